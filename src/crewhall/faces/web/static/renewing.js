// A page of lists that keeps itself up to date: whatever changes, the server writes its parts anew.
import { follow } from "./live.js";
import { refresh } from "./parts.js";

const SOON = 500; // milliseconds in which many changes become one look
const LATEST = 3000; // milliseconds: changes that never pause do not put a look off for ever

/** `concerns(event)` says whether a change can be seen on this page; `done` runs after each look. */
export function keepUpToDate(concerns = () => true, done = () => {}) {
  let soon = 0;
  let first = 0;

  function renew() {
    clearTimeout(soon);
    first ||= performance.now();
    soon = setTimeout(look, Math.max(0, Math.min(SOON, first + LATEST - performance.now())));
  }

  function look() {
    first = 0;
    refresh().then(() => done());
  }

  follow({ onEvent: (event) => concerns(event) && renew(), onReset: look });
  return renew;
}
