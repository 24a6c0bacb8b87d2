// What is shown once: a dialog turns from its form to what was made, and forgets it when it is closed.
import { copy } from "./copy.js";
import { say } from "./page.js";
import { refresh } from "./parts.js";

/** Show these texts, each in the element of its id, instead of the dialog's form. */
export function showSecrets(dialog, texts) {
  const form = dialog.querySelector("form");
  const shown = dialog.querySelector(".shown");
  for (const [id, text] of Object.entries(texts)) document.getElementById(id).textContent = text;
  form.hidden = true;
  shown.hidden = false;
  dialog.dataset.kept = ""; // a press beside it must not lose what is shown once
  shown.querySelector("button").focus();
  say("Made. It is shown once: copy it now");
  dialog.addEventListener(
    "close",
    () => {
      for (const id of Object.keys(texts)) document.getElementById(id).textContent = "";
      form.reset();
      form.hidden = false;
      shown.hidden = true;
      delete dialog.dataset.kept;
      refresh();
    },
    { once: true },
  );
}

export function listenToCopies() {
  addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-copy-from]");
    if (button) copy(document.getElementById(button.dataset.copyFrom).textContent, button);
  });
}
