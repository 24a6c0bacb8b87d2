// Copy to the clipboard, also where the page came over plain http and browsers offer no clipboard.
import { say } from "./page.js";

/** Copy `text`, and say on `button` for a moment that it is done. */
export async function copy(text, button) {
  const done = await write(text);
  say(done ? "Copied" : "Not copied: select it and copy by hand");
  if (!done || !button) return;
  button.dataset.copied = "";
  setTimeout(() => delete button.dataset.copied, 1500);
}

async function write(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => byHand(text),
    );
  }
  return byHand(text);
}

function byHand(text) {
  const back = document.activeElement;
  const field = Object.assign(document.createElement("textarea"), { value: text, className: "vh", ariaHidden: "true" });
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  back?.focus();
  return done;
}
