// What can be done with a task without opening it: its menu, S A P, Alt with an arrow, and X for several at once.
import { mark } from "./actors.js";
import { offer } from "./keys.js";
import { icon, openMenu, svg } from "./menu.js";
import { facts, say } from "./page.js";
import { current } from "./walk.js";

const PRIORITIES = ["critical", "high", "medium", "low"];
const DROPPED = "deprecated";
const capital = (text) => text[0].toUpperCase() + text.slice(1);

let acts = null; // { move, change, changeAll, statuses, word }
let board = null;
const chosen = new Set(); // ids

/** The cards that a key is for: those chosen with X, else the one with the focus. */
function targets(card = current()) {
  if (!chosen.size) return [card];
  return [...chosen].map((id) => board.querySelector(`[data-task][data-id="${id}"]`)).filter(Boolean);
}

export function startActing(wholeBoard, given) {
  board = wholeBoard;
  acts = given;
  document.querySelector("[data-share]").addEventListener("click", share);
  document.querySelector("[data-filter]").addEventListener("click", openFilter);
  offer({ key: "f", words: "Filter", icon: "filter", run: openFilter });
  offer({ words: "Copy the address of this view", icon: "link", shown: false, run: share });
  startFilter();
  if (!board.classList.contains("movable")) return;
  board.addEventListener("click", onClick);
  const onCard = (from = document.activeElement) => from?.closest?.("[data-task]");
  offer({ key: "s", words: "Set the status", icon: "board", when: onCard, run: () => openStatus(current()) });
  offer({ key: "a", words: "Assign", icon: "person", when: onCard, run: () => openAssign(current()) });
  offer({ key: "p", words: "Set the priority", icon: "up", when: onCard, run: () => openPriority(current()) });
  offer({ key: "x", words: "Choose several", icon: "check", when: onCard, run: () => choose(current()) });
  offer({ key: "Escape", words: "Let go of the chosen", shown: false, when: () => chosen.size > 0, run: letGo, menu: false });
  for (const [key, run] of Object.entries({ ArrowLeft: () => shift(-1), ArrowRight: () => shift(1), ArrowUp: () => lift(-1), ArrowDown: () => lift(1) })) {
    const first = key === "ArrowLeft" && { words: "Move the task", shown: ["Alt", "←", "→", "↑", "↓"] };
    offer({ key: `Alt+${key}`, words: "", shown: false, menu: false, when: onCard, run, ...first });
  }
}

// Menus ---------------------------------------------------------------------------------------------------------------

function onClick(event) {
  const pressed = event.target.closest(".card-more");
  if (!pressed) return;
  const card = pressed.closest("[data-task]");
  const back = card.querySelector(".title");
  const rest = [
    { words: "Assign", mark: icon("person"), key: "A", run: () => openAssign(card) },
    { words: "Priority", mark: icon("up"), key: "P", run: () => openPriority(card) },
    { words: chosen.has(card.dataset.id) ? "Let go" : "Choose", mark: icon("check"), key: "X", run: () => choose(card) },
    { words: "Open", mark: icon("right"), run: () => back.click() },
  ];
  openMenu(pressed, [{ label: "Move to", items: statusItems([card]) }, { items: rest }], { label: `Move or edit ${card.dataset.key}`, back, pressed: event.detail > 0 });
}

function beside(card, group) {
  const cards = targets(card);
  const label = cards.length > 1 ? `${group.label} of ${cards.length} tasks` : `${group.label} of ${card.dataset.key}`;
  openMenu(card.querySelector(".card-more"), [{ ...group, label }], { label, back: card.querySelector(".title") });
}

function openStatus(card) {
  beside(card, { label: "Status", items: statusItems(targets(card)) });
}

function statusItems(cards) {
  const items = acts.statuses.map((status, at) => ({
    words: acts.word(status),
    mark: svg(`m m-${status}`, `s-${status}`),
    checked: cards.every((card) => card.dataset.status === status),
    key: String(at + 1),
    run: () => setStatus(cards, status),
  }));
  return [...items, { words: "Dropped", mark: svg("m m-deprecated", "s-drop"), checked: false, key: "6", run: () => apply(cards, { status: DROPPED }, "dropped") }];
}

function setStatus(cards, status) {
  if (cards.length === 1) acts.move(cards[0], status);
  else apply(cards, { status }, `moved to ${acts.word(status)}`);
}

function openAssign(card) {
  const cards = targets(card);
  const people = [...document.querySelectorAll('#new-task [name="assignee_id"] option')].sort((one, other) => (other.value === facts.me) - (one.value === facts.me));
  const items = people.map(({ value, textContent: name, dataset: { kind } }) => ({
    words: value === facts.me ? `${name} (you)` : name,
    mono: kind === "agent",
    mark: mark(value || "0", value && name, kind),
    checked: cards.every(({ dataset }) => dataset.assignee === value),
    run: () => apply(cards, { assignee_id: value || null }, value ? `given to ${name}` : "given to nobody"),
  }));
  beside(card, { label: "Assignee", items });
}

function openPriority(card) {
  const cards = targets(card);
  const items = PRIORITIES.map((priority, at) => ({
    words: capital(priority),
    mark: svg(`m m-priority ${priority}`, `p-${priority}`),
    checked: cards.every(({ dataset }) => dataset.priority === priority),
    key: String(at + 1),
    run: () => apply(cards, { priority }, `set to priority ${priority}`),
  }));
  beside(card, { label: "Priority", items });
}

function apply(cards, changes, words) {
  if (cards.length === 1) acts.change(cards[0], changes, words);
  else acts.changeAll(cards, changes, words).then(letGo);
}

// Alt with an arrow -----------------------------------------------------------------------------------------------------

/** To the column beside. */
function shift(step) {
  const card = current();
  const to = acts.statuses[acts.statuses.indexOf(card.dataset.status) + step];
  if (to) acts.move(card, to);
}

/** Up or down in its column. */
function lift(step) {
  const card = current();
  if (board.dataset.layout !== "board") return;
  if (step < 0 && card.previousElementSibling) acts.move(card, card.dataset.status, { before: card.previousElementSibling });
  else if (step > 0 && card.nextElementSibling) acts.move(card, card.dataset.status, { after: card.nextElementSibling });
}

// Several at once -------------------------------------------------------------------------------------------------------

function choose(card) {
  const { id, key } = card.dataset;
  if (chosen.has(id)) chosen.delete(id);
  else chosen.add(id);
  card.classList.toggle("chosen", chosen.has(id));
  say(`${key} ${chosen.has(id) ? "chosen" : "let go"}, ${chosen.size} in all`);
}

function letGo() {
  chosen.clear();
  for (const card of board.querySelectorAll(".chosen")) card.classList.remove("chosen");
}

// The filter and the address ----------------------------------------------------------------------------------------------

const form = document.querySelector("#filter");

function openFilter() {
  form.showPopover();
  form.querySelector("input:not([type=hidden]), select").focus();
}

function startFilter() {
  form.addEventListener("change", (event) => event.target.matches("select") && form.requestSubmit());
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value.trim()) field.disabled = true; // a short address
  });
}

async function share() {
  try {
    await navigator.clipboard.writeText(location.href);
    say("Address copied");
  } catch {
    say("The address bar holds the address of this view"); // no clipboard on plain http
  }
}
