// The reader's own timer on every page: what it runs on, how long already, and a way to stop it.
import { get, Refusal, send } from "./api.js";
import { counted, duration } from "./durations.js";
import { offer } from "./keys.js";
import { follow } from "./live.js";
import { facts, now, say } from "./page.js";

const places = () => document.querySelectorAll("[data-timer]");
const shown = () => [...places()].find((place) => !place.hidden);
export const timerRuns = () => Boolean(shown());
/** The task of this page, if a timer can be started here, and whether it runs on it: the frame hears of that first. */
export const taskHere = () => document.querySelector("#timer-here") && document.querySelector("#task").dataset.key;
export const timerRunsHere = () => timerRuns() && shown().querySelector(".key").textContent === taskHere();
let asked = 0;

/** Ask what runs, and write it wherever the page has a place for it; of two answers the one counts that was asked for last. */
export async function renewTimer() {
  const mine = ++asked;
  const { entry } = await get("/api/v1/timer");
  if (mine === asked) write(entry);
}

function write(entry) {
  for (const place of places()) {
    const task = place.querySelector(".on");
    place.hidden = !entry;
    task.querySelector(".key").textContent = entry ? (entry.key ?? "Timer") : "";
    task.title = task.querySelector(".words").textContent = entry?.title ?? "";
    if (entry?.key) task.href = `/t/${entry.key}`;
    else task.removeAttribute("href");
    place.querySelector("[data-counts]").dataset.counts = entry?.started_at ?? "";
  }
  count();
}

/** Every clock of the page that counts up. */
function count() {
  for (const clock of document.querySelectorAll("[data-counts]:not([data-counts=''])")) {
    const words = counted(now() - Date.parse(clock.dataset.counts));
    if (clock.textContent !== words) clock.textContent = words;
  }
}

/** Stop the timer, wherever it runs; answers whether one ran. */
export async function stopTimer() {
  try {
    const entry = await send("POST", "/api/v1/timer/stop", {});
    say(`Timer stopped: ${duration(Math.floor(entry.minutes))}${entry.key ? ` on ${entry.key}` : ""}`);
    return true;
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    say(`Not done: ${refusal.message}`);
    return false;
  } finally {
    await renewTimer();
  }
}

/** Whether an event is about the reader's timer; or about a task that comes or goes: it may be the one that the timer runs on. */
function concerns({ time, changed = [] }) {
  if (time) return time.user_id === facts.me;
  return timerRuns() && (changed.includes("deleted") || changed.includes("restored"));
}

export function startTimer() {
  if (!document.querySelector("[data-timer]")) return;
  follow({ onEvent: (event) => concerns(event) && renewTimer(), onReset: renewTimer });
  document.addEventListener("click", (event) => event.target.closest("[data-stop-timer]") && stopTimer());
  offer({ key: "t", words: "Stop timer", icon: "stop", when: () => (taskHere() ? timerRunsHere() : timerRuns()), run: stopTimer });
  count();
  setInterval(count, 1000);
}
