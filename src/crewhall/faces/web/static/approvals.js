// What waits for a person: one press answers, approves or refuses.
import { Refusal, send } from "./api.js";
import { reasonOf, trouble } from "./forms.js";
import { offer } from "./keys.js";
import { follow } from "./live.js";
import { say } from "./page.js";
import { refresh } from "./parts.js";

const DONE = { answer: "Answered", approve: "Approved", reject: "Refused" };

/** What a press on one of a form's buttons means: { decision, text }, or null when there is nothing to say yet. */
function meant(form, button) {
  const text = form.elements.text.value.trim();
  if (button?.name === "option") return { decision: "answer", text: button.value };
  const decision = button?.value || "answer";
  if (decision === "answer" && !text) return null;
  return { decision, ...(text && { text }) };
}

async function answer(event) {
  const form = event.target;
  const row = form.closest("[data-id]");
  event.preventDefault();
  const wanted = meant(form, event.submitter);
  if (!wanted) return form.elements.text.focus();
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  try {
    await send("POST", `/api/v1/approvals/${row.dataset.id}/answer`, wanted);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    for (const button of form.querySelectorAll("button")) button.disabled = false;
    trouble(form, reasonOf(refusal));
    return say(`Not done: ${reasonOf(refusal)}`);
  }
  await refresh();
  document.querySelector(".asked button, .asked input")?.focus();
  return say(DONE[wanted.decision]);
}

/** Somebody who is writing keeps the card that they write on. */
function renew() {
  const writing = document.activeElement?.closest?.(".asked");
  const part = writing?.closest("[data-part]");
  if (part && writing.querySelector("input").value) part.dataset.busy = "";
  refresh().then(() => part && delete part.dataset.busy);
}

const cards = () => [...document.querySelectorAll(".asked")];

function walk(step) {
  const at = cards().indexOf(document.activeElement?.closest?.(".asked"));
  const next = cards()[at < 0 ? 0 : at + step];
  next?.querySelector("a, input, button")?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

document.querySelector(".column").addEventListener("submit", answer);
offer({ key: "j", words: "Next", run: () => walk(1), menu: false });
offer({ key: "k", words: "Previous", run: () => walk(-1), menu: false });
follow({ onEvent: (event) => event.changed?.includes("approval") && renew(), onNotice: renew, onReset: refresh });
