// Forms and questions that change something through the API: one way to send, to say what went wrong, and to go on.
import { newKey, Refusal, send } from "./api.js";
import { openLinked } from "./linked.js";
import { say } from "./page.js";
import { refocus, refresh } from "./parts.js";

/** Say in a form what went wrong; without a reason, take it away. */
export function trouble(form, reason = "") {
  const line = form.querySelector(".trouble");
  line.hidden = !reason;
  line.lastElementChild.textContent = reason;
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

/** What is wrong with which field, when the hall said so. */
function mark(form, details) {
  const [first] = (details?.fields ?? []).map(({ field }) => form.elements[field]).filter((field) => field instanceof HTMLElement);
  first?.setAttribute("aria-invalid", "true");
  first?.focus();
}

/** The words of a refusal; for values that are wrong, which and why. */
export function reasonOf({ message, details }) {
  const fields = (details?.fields ?? []).map(({ field, message: why }) => `${field}: ${why}`);
  return fields.length ? fields.join(". ") : message;
}

/**
 * Send what a form holds when it is submitted. `call(form)` answers { method, path, body }, or null for nothing to send;
 * `done(answer, form)` goes on. The same values sent again are the same change.
 */
export function onSubmit(form, call, done) {
  let sent = { body: null, key: "" };
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.value === "cancel") return;
    event.preventDefault();
    const wanted = call(form);
    if (!wanted) return;
    const body = JSON.stringify(wanted);
    if (sent.body !== body) sent = { body, key: newKey() };
    const button = form.querySelector("button:not([type=button])");
    const focused = document.activeElement;
    button.disabled = true;
    trouble(form);
    try {
      const answer = await send(wanted.method, wanted.path, wanted.body ?? {}, { key: sent.key });
      sent = { body: null, key: "" };
      await done(answer, form);
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      trouble(form, reasonOf(refusal));
      mark(form, refusal.details);
      say(`Not done: ${reasonOf(refusal)}`);
    } finally {
      button.disabled = false;
      if (isLost()) focused.focus(); // a button that is disabled loses it
    }
  });
}

/** Change something from a menu; what went wrong is said in the page's strip, and answers false. */
export async function tryTo(method, path, body) {
  const strip = document.querySelector("#trouble");
  strip.hidden = true;
  try {
    await send(method, path, body);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    strip.hidden = false;
    strip.lastElementChild.textContent = reasonOf(refusal);
    return false;
  }
  await refresh();
  return true;
}

/** Fields as the API takes them: what is empty is left out, boxes that share a name are a list. */
export function valuesOf(form) {
  const values = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled || field.type === "submit") continue;
    if (field.type === "checkbox") {
      values[field.name] ??= [];
      if (field.checked) values[field.name].push(field.value);
    } else if (field.type === "radio") {
      if (field.checked) values[field.name] = field.value;
    } else if (field.value.trim()) values[field.name] = field.type === "password" ? field.value : field.value.trim();
  }
  return values;
}

/** Nothing has the focus: what had it is gone or can have it no more. */
const isLost = () => document.activeElement === document.body;

/** Open a dialog; a press beside it or on [data-close] shuts it, and the focus goes back. */
export function openDialog(dialog) {
  const form = dialog.querySelector("form");
  if (form?.querySelector(".trouble")) trouble(form);
  const opener = document.activeElement;
  dialog.showModal();
  dialog.addEventListener("close", () => setTimeout(() => isLost() && refocus(opener)), { once: true }); // it was replaced meanwhile
}

for (const dialog of document.querySelectorAll("dialog.ask, dialog.sheetlet")) {
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]") || (event.target === dialog && !("kept" in dialog.dataset))) dialog.close();
  });
}
/** Parts of a page come anew, with their buttons: who presses is asked then. */
document.querySelector("#main")?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-open]");
  if (button) openDialog(document.getElementById(button.dataset.open));
});
for (const dialog of document.querySelectorAll("dialog[data-linked]")) openLinked(dialog.id, () => openDialog(dialog));
