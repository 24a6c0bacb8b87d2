// Walking over the rows of a page with J and K; what is in a row is a link, so Enter opens it.
import { offer } from "./keys.js";

/** `rows` is the selector of a row; the first link of the next one gets the focus. */
export function walkOver(rows) {
  const here = () => document.activeElement?.closest?.(rows);
  const walk = (step) => () => {
    const all = [...document.querySelectorAll(rows)].filter((row) => row.checkVisibility());
    const next = all[here() ? all.indexOf(here()) + step : 0];
    next?.querySelector("a[href], button, input")?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  offer({ key: "j", words: "Next", shown: ["J"], run: walk(1), menu: false });
  offer({ key: "k", words: "Previous", shown: ["K"], run: walk(-1), menu: false });
  for (const [key, step] of Object.entries({ ArrowDown: 1, ArrowUp: -1 })) {
    offer({ key, words: "", shown: false, when: here, run: walk(step), menu: false }); // arrows scroll until a row is chosen
  }
}
