// What every page of the hall does: keys, find or do, the theme, times in the reader's zone, and news from the server.
import { startFinding } from "./find.js";
import { caps, offer, offers } from "./keys.js";
import { begin } from "./live.js";
import { startNotices } from "./notices.js";
import { switchTheme } from "./scheme.js";
import { startTimer } from "./timer.js";
import "./times.js";

const keys = document.querySelector("#keys");

function showKeys() {
  const rows = offers.filter(({ shown }) => shown !== false).map((one) => {
    const row = document.createElement("div");
    const words = document.createElement("dt");
    const cell = document.createElement("dd");
    words.textContent = one.words;
    cell.append(...caps(one).map((cap) => Object.assign(document.createElement("kbd"), { className: "kbd", textContent: cap })));
    row.append(words, cell);
    return row;
  });
  keys.querySelector("dl").replaceChildren(...rows);
  keys.showModal();
}

/** On a phone the navigation is a drawer, open while the address says #nav: Escape or a press beside it closes it. */
function closeDrawer(event) {
  if (location.hash !== "#nav") return;
  event.preventDefault();
  event.stopPropagation();
  location.hash = "#main";
}

for (const link of document.querySelectorAll(".nav-item")) {
  offer({ key: `g ${link.dataset.key}`, words: `Go to ${link.dataset.word}`, run: () => location.assign(link.href), menu: false });
}
offer({ key: "?", words: "Show the keys", icon: "hash", run: showKeys });
offer({ words: "Switch between light and dark", icon: "theme", run: switchTheme, shown: false });
document.querySelector("[data-theme-toggle]").addEventListener("click", switchTheme);
keys.addEventListener("click", (event) => event.target === keys && keys.close());
addEventListener("keydown", (event) => event.key === "Escape" && closeDrawer(event));
addEventListener("click", (event) => event.target.closest?.(".nav") || closeDrawer(event), { capture: true });
startFinding();
startNotices();
startTimer();
begin();
