// A page that changed on the server: fetched anew, and what differs is put in place. So HTML is made in one place only.
import { writeTimes } from "./times.js";

const VERSION = / data-version="\d+"/;
const sources = new WeakMap();

const partsOf = (root) => new Map([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));

/** How the server wrote a part: what scripts did to it since does not count as a difference. */
function keep(part) {
  sources.set(part, part.outerHTML);
  return part;
}

function put(part, next) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const placed = keep(document.importNode(next, true));
  for (const { id } of part.querySelectorAll("details[id][open]")) placed.querySelector(`#${id}`)?.setAttribute("open", "");
  part.replaceWith(placed);
  writeTimes(placed);
  if (focused) refocus(focused, placed); // an element that is replaced loses it
}

const PRESSED = "button:not(:disabled), a[href]";

/** Focus what stands for an element that is gone: its successor, else what can be pressed near it, else in the page's bar. */
export function refocus({ id }, near = document.createElement("p")) {
  const others = [...near.querySelectorAll(PRESSED), ...document.querySelectorAll(`.bar :is(${PRESSED})`)];
  const next = [id && document.getElementById(id), ...others].find((one) => one && one.checkVisibility());
  next?.focus();
}

/** Put a part back as the server wrote it. */
export function restore(part) {
  const source = new DOMParser().parseFromString(sources.get(part), "text/html");
  put(part, source.body.firstElementChild);
}

let running = null;
let again = false;

/**
 * Bring every part up to date; one that is being edited (data-busy) stays as it is, with the version that its editor saw.
 * Answers the names of the parts that changed. Calls that arrive while it runs share one more run.
 */
export async function refresh() {
  if (running) {
    again = true;
    return running;
  }
  running = (async () => {
    const changed = new Set();
    do {
      again = false;
      for (const name of await renew()) changed.add(name);
    } while (again);
    return [...changed];
  })();
  try {
    return await running;
  } finally {
    running = null;
  }
}

async function renew() {
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (!answer) return []; // the foot of the page says that the hall is away; the stream brings the change again
  if (new URL(answer.url).pathname !== location.pathname) {
    location.assign(answer.url);
    return [];
  }
  const next = partsOf(new DOMParser().parseFromString(await answer.text(), "text/html"));
  const changed = [];
  for (const [name, part] of partsOf(document)) {
    const now = next.get(name);
    if (!now || "busy" in part.dataset) continue;
    if (now.outerHTML.replace(VERSION, "") === sources.get(part).replace(VERSION, "")) {
      keepVersion(part, now);
    } else {
      put(part, now);
      changed.push(name);
    }
  }
  return changed;
}

function keepVersion(part, now) {
  if (part.dataset.version === now.dataset.version) return;
  part.dataset.version = now.dataset.version;
  sources.set(part, now.outerHTML);
}

for (const part of partsOf(document).values()) keep(part);
