// What waits for a person: one press answers, approves or refuses.
import { Refusal, send } from "./api.js";
import { reasonOf, trouble } from "./forms.js";
import { offer } from "./keys.js";
import { follow } from "./live.js";
import { touchesApprovals, countApprovals } from "./notices.js";
import { say } from "./page.js";
import { refresh } from "./parts.js";

const DONE = { answer: "Answered", approve: "Approved", reject: { review: "Sent back", confirmation: "Refused" } };
const column = document.querySelector(".column");
const cards = () => [...document.querySelectorAll(".asked")];
const at = () => document.activeElement?.closest?.(".asked");

/** What a button or the Enter key means: { decision, text }, or null when something has to be said first. */
function meant(form, { decision, text, needsText }) {
  const said = text ?? form.elements.text.value.trim();
  const needed = decision === "answer" ? "Write an answer first." : needsText;
  if (!said && needed) {
    trouble(form, needed);
    form.elements.text.setAttribute("aria-invalid", "true");
    form.elements.text.focus();
    return null;
  }
  return { decision, ...(said && { text: said }) };
}

async function answer(form, means) {
  const card = form.closest(".asked");
  const wanted = meant(form, means);
  if (!wanted) return;
  const place = cards().indexOf(card);
  const enable = (yes) => form.querySelectorAll("button").forEach((button) => (button.disabled = !yes));
  trouble(form);
  enable(false);
  try {
    await send("POST", `/api/v1/approvals/${card.dataset.id}/answer`, wanted);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    enable(true);
    trouble(form, reasonOf(refusal));
    form.elements.text.focus();
    return;
  }
  form.elements.text.value = ""; // so that nobody takes the card for one that is written on
  free(card);
  await Promise.all([refresh(), countApprovals()]);
  say(DONE[wanted.decision][card.dataset.kind] ?? DONE[wanted.decision]);
  enter(cards()[Math.min(place, cards().length - 1)]);
}

/** Go on with the next card, or with what the page says when nothing is left. */
function enter(card) {
  const next = card?.querySelector("form button") ?? card?.querySelector("a") ?? column.querySelector("h2");
  if (next?.matches("h2")) next.tabIndex = -1;
  next?.focus();
  card?.scrollIntoView({ block: "nearest" });
}

// Whoever is writing keeps the card that they write on; everything else comes anew.

const written = (card) => card.querySelector("input")?.value;
const free = (card) => delete card.closest("[data-part]")?.dataset.busy;

function renew() {
  for (const part of column.querySelectorAll("[data-part]")) {
    const writing = [...part.querySelectorAll(".asked")].some(written);
    if (writing) part.dataset.busy = "";
    else delete part.dataset.busy;
  }
  refresh();
}

function walk(step) {
  const all = cards();
  const place = all.indexOf(at());
  enter(all[place < 0 ? 0 : Math.max(0, Math.min(all.length - 1, place + step))]);
}

column.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-decision]");
  if (button) answer(button.form, button.dataset);
});
column.addEventListener("submit", (event) => {
  event.preventDefault(); // Enter answers a question; it neither approves nor refuses
  if (event.target.closest(".asked").dataset.kind === "question") answer(event.target, { decision: "answer" });
  else event.target.querySelector("[data-decision]").focus();
});
column.addEventListener("input", ({ target }) => {
  const part = target.closest("[data-part]");
  if (part) part.dataset.busy = ""; // also against what is on its way already
});
column.addEventListener("focusout", (event) => {
  const part = event.target.closest("[data-part]");
  if (part && "busy" in part.dataset) renew();
});
offer({ key: ["j", "ArrowDown"], words: "Next", shown: ["J"], run: () => walk(1), menu: false });
offer({ key: ["k", "ArrowUp"], words: "Previous", shown: ["K"], run: () => walk(-1), menu: false });
follow({ onEvent: (event) => (touchesApprovals(event) || event.changed?.includes("review")) && renew(), onNotice: renew, onReset: renew });
