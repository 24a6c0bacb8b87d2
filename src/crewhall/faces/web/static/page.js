// What every page of the hall has: facts from the server, the live region, the theme switch, words for times.

/** What the server wrote onto the page: who reads it, when it was made, where its stream begins. */
export const facts = document.body.dataset;

const ahead = Date.now() - Date.parse(facts.now);

/** The server's clock, in milliseconds: a reader's own may be minutes off. */
export const now = () => Date.now() - ahead;

/** Tell the reader of a screen reader, politely. */
export function say(text) {
  document.querySelector("#said").textContent = text;
}

const format = (options) => new Intl.DateTimeFormat("en-GB", options);
const TIME = format({ hour: "2-digit", minute: "2-digit" });
const WEEKDAY = format({ weekday: "short" });
const DAY = format({ day: "numeric", month: "short" });
const EXACT = format({ weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
const WEEK = 6 * 86_400_000;

/** `11:38`, in the reader's zone. */
export const clock = (instant) => TIME.format(instant);

/** `11:38` today, `Thu` within the week, else `21 Nov`. */
export function when(instant) {
  if (DAY.format(instant) === DAY.format(now())) return TIME.format(instant);
  return (now() - instant < WEEK ? WEEKDAY : DAY).format(instant);
}

/** The whole instant, for those who point at a short one. */
export const exactly = (instant) => EXACT.format(instant);

/** `just now`, `4 s ago`, `4 min ago`, `4 h ago`; from a day on the date. */
export function ago(instant) {
  const seconds = Math.max(0, Math.round((now() - instant) / 1000));
  if (seconds < 2) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h ago` : DAY.format(instant);
}

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {
    // Not kept in a private window; it holds for this page.
  }
}

document.querySelector("[data-theme-toggle]").addEventListener("click", switchTheme);

// On a phone the navigation is a drawer, open while the address says #nav: Escape or a press beside it closes it.
const closeDrawer = (event) => {
  if (location.hash !== "#nav") return;
  event.preventDefault();
  event.stopPropagation();
  location.hash = "#main";
};
addEventListener("keydown", (event) => event.key === "Escape" && closeDrawer(event));
addEventListener("click", (event) => event.target.closest?.(".nav") || closeDrawer(event), { capture: true });
