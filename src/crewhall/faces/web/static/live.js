// News from the server into this tab, and a word about how fresh the page is.
import { get, waiting } from "./api.js";
import { ago, clock, facts, now, say } from "./page.js";
import { TaskStream } from "./stream.js";

const OFFLINE_AFTER = 20_000; // milliseconds of reconnecting
const WORDS = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting", offline: "Offline" };
const MARKS = { connecting: "i-ring", live: "i-beat", reconnecting: "i-ring", offline: "s-drop" };

const place = facts.cursor;
const heartbeatSeconds = Number(facts.heartbeat);
let state = { word: "connecting", since: Date.now() };
let shown = "";
let lastChange = Date.parse(facts.lastChange) || 0;

const followers = [];

/** Follow the stream. `onEvent` gets every change of a task, `onNotice` what is told to the reader alone,
 * `onConnection` how a platform's connection fares, `onReset` word to load all anew. */
export function follow(handlers) {
  followers.push(handlers);
}

/** Begin, from where the server made this page; everybody who follows has said so by now. */
export function begin() {
  if ("SharedWorker" in globalThis) shared(take);
  else alone(take);
  setInterval(show, 1000);
  addEventListener("waiting", show);
}

function take(event) {
  if (event.type === "reset") {
    for (const { onReset } of followers) onReset?.();
    return;
  }
  if (event.type === "notification") {
    for (const { onNotice } of followers) onNotice?.(event);
    return;
  }
  if (event.type === "integration_changed") {
    for (const { onConnection } of followers) onConnection?.(event);
    return;
  }
  lastChange = Math.max(lastChange, Date.parse(event.timestamp));
  for (const { onEvent } of followers) onEvent?.(event);
  show();
}

/** One stream for all tabs of this log-in. */
function shared(take) {
  const worker = new SharedWorker(facts.worker, { name: facts.stream, type: "module" });
  const tab = worker.port;
  const join = () => tab.postMessage({ join: { place, heartbeatSeconds } });
  worker.onerror = () => alone(take);
  tab.onmessage = ({ data }) => {
    if (data.event) take(data.event);
    else become((data.joined ?? data).state);
    // The first tab's place is where the stream begins. A later tab asks what happened between its page and its joining.
    if (data.joined && !data.joined.first) catchUp(take);
  };
  addEventListener("pagehide", () => tab.postMessage({ leave: true }));
  addEventListener("pageshow", (event) => event.persisted && join());
  join();
}

/** A stream of this tab's own, only while somebody looks at it. */
function alone(take) {
  const stream = new TaskStream({ place, heartbeatSeconds, onEvent: take, onState: become });
  const look = () => (document.visibilityState === "visible" ? stream.open() : stream.close());
  document.addEventListener("visibilitychange", look);
  look();
}

async function catchUp(take) {
  let cursor = place;
  for (let more = true; more; ) {
    const answer = await get(`/api/changes?limit=500&cursor=${encodeURIComponent(cursor)}`);
    answer.changes.forEach(take);
    if (answer.reset) take({ type: "reset" });
    cursor = answer.next_cursor;
    more = answer.has_more;
  }
}

function become(next) {
  state = next;
  if (state.word === "ended") location.assign("/login");
  else show();
}

/** Write the state wherever the page has a place for it. */
function show() {
  const word = state.word === "reconnecting" && Date.now() - state.since > OFFLINE_AFTER ? "offline" : state.word;
  for (const line of document.querySelectorAll("[data-live]")) {
    line.querySelector(".live-age").textContent = age(word);
    if (line.dataset.live === word) continue;
    line.dataset.live = word;
    line.querySelector(".live-word").textContent = WORDS[word];
    line.querySelector("use").setAttribute("href", `${facts.icons}#${MARKS[word]}`);
  }
  if (word !== shown) announce(word);
  warn(word);
}

function age(word) {
  if (word === "live") return lastChange ? `last change ${ago(Math.min(lastChange, now()))}` : "";
  if (word === "connecting") return "";
  return `${word === "offline" ? "showing" : "since"} ${clock(state.since)}`;
}

function announce(word) {
  if (shown === "reconnecting" || shown === "offline" || word === "offline") say(WORDS[word]);
  shown = word;
}

/** The strip under the bar: since when, and how many changes of this reader wait here. */
function warn(word) {
  const strip = document.querySelector(".offline");
  const count = waiting();
  strip.hidden = word !== "offline" && count === 0;
  if (strip.hidden) return;
  const since = word === "live" ? "Crewhall cannot be reached." : `Offline since ${clock(state.since)}. What you see is as of then.`;
  const changes = count === 1 ? "1 change waits here and will be sent." : `${count} changes wait here and will be sent.`;
  strip.querySelector("span").textContent = count ? `${since} ${changes}` : `${since} Changes will wait here and be sent.`;
}
