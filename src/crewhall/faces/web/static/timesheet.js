// A week of somebody's time: keeps itself up to date, while a timer runs once a minute, too.
import { now } from "./page.js";
import { keepUpToDate } from "./renewing.js";
import { startTiming } from "./timing.js";

const MINUTE = 60_000;

if (document.querySelector("#log-time")) startTiming();
document.querySelector("form[data-submits]")?.addEventListener("change", (event) => event.currentTarget.requestSubmit());

const renew = keepUpToDate(({ time, changed = [] }) => time || changed.some((what) => ["title", "project", "deleted", "restored"].includes(what)));
let looked = now();
setInterval(() => {
  if (document.visibilityState !== "visible" || now() - looked < MINUTE || !document.querySelector("[data-runs]")) return;
  looked = now();
  renew();
}, MINUTE / 4);
