// What every page of the hall has: facts from the server, the live region, words for times.

/** What the server wrote onto the page: who reads it, when it was made, where its stream begins. */
export const facts = document.body.dataset;

const opened = Date.parse(facts.now);
const ahead = Date.now() - opened;

/** The server's clock, in milliseconds: a reader's own may be minutes off. */
export const now = () => Date.now() - ahead;

const FRESH = 60_000; // milliseconds

/** Whether to tell of an event: what is older than the page, or than a minute, is shown, but not as news. */
export const isNews = ({ timestamp }) => Date.parse(timestamp) >= Math.max(opened, now() - FRESH);

/** Tell the reader of a screen reader, politely. */
export function say(text) {
  document.querySelector("#said").textContent = text;
}

const format = (options) => new Intl.DateTimeFormat("en-GB", options);
const TIME = format({ hour: "2-digit", minute: "2-digit" });
const WEEKDAY = format({ weekday: "short" });
const DAY = format({ day: "numeric", month: "short" });
const DATED = format({ day: "numeric", month: "short", year: "numeric" });
const EXACT = format({ weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
const WEEK = 6 * 86_400_000;

/** `11:38`, in the reader's zone. */
export const clock = (instant) => TIME.format(instant);

const sameDay = (one, other) => DATED.format(one) === DATED.format(other);

/** `21 Nov`, with the year when it is not this one. */
const day = (instant) => (new Date(instant).getFullYear() === new Date(now()).getFullYear() ? DAY : DATED).format(instant);

/** `11:38` today, `Thu` within the week, else `21 Nov`. */
export function when(instant) {
  if (sameDay(instant, now())) return TIME.format(instant);
  return now() - instant < WEEK ? WEEKDAY.format(instant) : day(instant);
}

/** The whole instant, for those who point at a short one. */
export const exactly = (instant) => EXACT.format(instant);

/** `just now`, `4 s ago`, `4 min ago`, `4 h ago`; from a day on the date. */
export function ago(instant) {
  const seconds = Math.max(0, Math.round((now() - instant) / 1000));
  if (seconds < 2) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h ago` : day(instant);
}

const DAY_LENGTH = 86_400_000;

/** When something is due: `today`, `Thu` within the week, `27 Nov`; and when it was, `late` or `2 days late`. */
export function due(instant) {
  const late = Math.floor((now() - instant) / DAY_LENGTH);
  if (late >= 0) return late === 0 ? "late" : `${late} ${late === 1 ? "day" : "days"} late`;
  if (sameDay(instant, now())) return "today";
  return instant - now() < WEEK ? WEEKDAY.format(instant) : day(instant);
}
