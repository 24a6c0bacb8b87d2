// Instants as readers read them, in their zone: what the server wrote in UTC, and what arrives later.
import { ago, due, exactly, facts, now, when } from "./page.js";

const format = (options) => new Intl.DateTimeFormat("en-GB", options);
const WEEKDAY = format({ weekday: "short", day: "numeric", month: "short" });
const YEAR = format({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const TIME = format({ hour: "2-digit", minute: "2-digit" });
const HALF_A_YEAR = 182 * 86_400_000;

/** `Fri 20 Nov`, with the year when that is far. */
const dated = (instant) => (Math.abs(now() - instant) > HALF_A_YEAR ? YEAR : WEEKDAY).format(instant).replace(",", "");

/** `Today, Fri 20 Nov`. */
export function weekday(instant) {
  return dated(instant) === dated(now()) ? `Today, ${dated(instant)}` : dated(instant);
}

/** `today, 11:20`, else `Tue 17 Nov, 08:15`. */
export function moment(instant) {
  return `${dated(instant) === dated(now()) ? "today" : dated(instant)}, ${TIME.format(instant)}`;
}

const FORMS = { ago, day: when, due, weekday, moment };

/** Write every `<time>` below `root` that says how it wants to be written. */
export function writeTimes(root = document) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const form = Object.keys(FORMS).find((name) => name in time.dataset);
    if (!form) continue;
    const instant = Date.parse(time.dateTime);
    const words = FORMS[form](instant);
    if (time.textContent !== words) time.textContent = words;
    time.title = exactly(instant);
  }
}

if (facts.now) {
  writeTimes();
  setInterval(writeTimes, 20_000);
}
