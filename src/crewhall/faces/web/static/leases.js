// Who holds what, and for how long still. Once a second each strip says what is left, and a lease that ended says so.
import { ago, now } from "./page.js";

const LOW = 5 * 60; // seconds

/** Fill a card's strip for a claim, or take it away. */
export function fillHeld(card, claim, kind = "agent") {
  const strip = card.querySelector(".held");
  if (!strip) return;
  strip.hidden = !claim;
  card.classList.toggle("lit", Boolean(claim));
  if (!claim) return;
  Object.assign(strip.dataset, { until: claim.expires_at, whole: claim.lease_seconds });
  Object.assign(strip.querySelector("b"), { textContent: claim.holder, className: kind });
  write(strip);
}

/** `18 min left`, `40 s left`. */
function left(seconds) {
  return seconds >= 90 ? `${Math.round(seconds / 60)} min left` : `${Math.ceil(seconds)} s left`;
}

function write(strip) {
  const until = Date.parse(strip.dataset.until);
  const seconds = (until - now()) / 1000;
  const ended = seconds <= 0;
  strip.classList.toggle("low", !ended && seconds < LOW);
  strip.classList.toggle("ended", ended);
  strip.closest(".card")?.classList.toggle("lit", !ended);
  const words = ended ? `ended ${ago(until)}, free to take` : left(seconds);
  const place = strip.querySelector(".t");
  if (place.textContent !== words) place.textContent = words;
  strip.querySelector(".left")?.setAttribute("width", String(ended ? 0 : Math.min(100, (100 * seconds) / strip.dataset.whole).toFixed(1)));
}

export function writeLeases(root = document) {
  for (const strip of root.querySelectorAll(".held:not([hidden])")) write(strip);
}

writeLeases();
setInterval(writeLeases, 1000);
