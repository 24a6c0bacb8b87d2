// The one stream of all tabs. A browser opens six connections to a host: with a stream in each tab the seventh would not load.
import { TaskStream } from "./stream.js";

const tabs = new Set();
let stream = null;

function toAll(message) {
  for (const tab of tabs) tab.postMessage(message);
}

function changed(state) {
  toAll({ state });
  if (state.word === "ended") stream = null;
}

function join(tab, { place, heartbeatSeconds }) {
  tabs.add(tab);
  const first = stream === null;
  if (first) {
    stream = new TaskStream({ place, heartbeatSeconds, onEvent: (event) => toAll({ event }), onState: changed });
    stream.open();
  }
  tab.postMessage({ joined: { first, state: stream.state } });
}

function leave(tab) {
  tabs.delete(tab);
  if (tabs.size > 0) return;
  stream?.close();
  stream = null;
}

addEventListener("connect", ({ ports: [tab] }) => {
  tab.onmessage = ({ data }) => (data.join ? join(tab, data.join) : leave(tab));
});
