// A task's card or row, filled as templates/cards.html writes it. What one of the two does not show is not looked for in it.
import { avatar } from "./actors.js";
import { fillHeld } from "./leases.js";
import { icon } from "./menu.js";
import { ago, due, exactly, facts, now, when } from "./page.js";

const blank = document.querySelector("#task").content.firstElementChild;
const FIRST_NAME = /^\S+/u;
const TAGS = 2;
const ENDED = new Set(["completed", "deprecated"]); // what is done waits for no other task

/** A new card or row for a task that the page did not have. */
export const newCard = () => blank.cloneNode(true);

/** Write a task onto its card. */
export function fill(card, task) {
  const { id, key, version, rank, priority, complexity } = task;
  Object.assign(card.dataset, { id, key, version, rank, priority, complexity });
  Object.assign(card.dataset, { assignee: task.assignee_id ?? "", due: task.due_at ?? "", changed: task.updated_at });
  card.querySelector(".key").textContent = key;
  Object.assign(card.querySelector(".title"), { textContent: task.title, href: `/t/${key}` });
  card.querySelector(".card-more").setAttribute("aria-label", `Move or edit ${key}`);
  card.querySelector(".card-top .av, .c-who .av").replaceWith(avatar(task.assignee_id, task.assignee_name, task.assignee_kind));
  mean(card.querySelector(".m-priority"), "Priority", priority);
  card.querySelector(".m-priority").classList.toggle("critical", priority === "critical");
  mean(card.querySelector(".m-complexity"), "Complexity", complexity);
  Object.assign(card.querySelector(".repo"), { textContent: task.repository ?? "", title: task.repository ?? "" });
  fillCounts(card, task);
  fillMoment(card, task.completed_at, task.due_at);
  fillWaits(card, task);
  fillHeld(card, task.claim, task.claim?.holder_id === task.assignee_id ? task.assignee_kind : "agent");
  writeTimes(card);
}

function fillCounts(card, task) {
  const says = card.querySelector(".says");
  if (says) {
    says.hidden = !task.comment_count;
    says.querySelector(".count").textContent = task.comment_count;
  }
  const name = card.querySelector(".c-who .name");
  if (name) Object.assign(name, { textContent: task.assignee_name ?? "", className: task.assignee_kind === "agent" ? "name agent" : "name" });
  card.querySelector(".tags")?.replaceChildren(
    ...task.tags.slice(0, TAGS).map((tag) => Object.assign(document.createElement("span"), { className: "tag", textContent: tag })),
  );
}

function fillMoment(card, completed, dueAt) {
  const place = card.querySelector(".when");
  const time = place.querySelector("time");
  place.hidden = !(completed ?? dueAt);
  time.dateTime = completed ?? dueAt ?? "";
  time.dataset.word = completed ? "Completed" : "Due";
}

/** People first, for they may be who reads it; then other tasks. */
function fillWaits(card, { status, open_questions: questions, review, open_blockers }) {
  const line = card.querySelector(".waits");
  const blockers = ENDED.has(status) ? 0 : open_blockers;
  const count = (number, one, many) => (number === 1 ? one : number ? `${number} ${many}` : "");
  const people = count(questions, "an answer", "answers") || (review ? "a review" : "");
  line.hidden = !(people || blockers);
  line.classList.toggle("people", Boolean(people));
  line.querySelector("use").setAttribute("href", `${facts.icons}#i-${questions ? "ask" : people ? "eye" : "lock"}`);
  line.title = line.lastElementChild.textContent = `Waits for ${people || count(blockers, "another task", "tasks")}`;
}

/** Write the instants of a card in the reader's zone. */
export function writeTimes(card) {
  const place = card.querySelector(".when");
  const time = place.querySelector("time");
  const instant = Date.parse(time.dateTime);
  const late = time.dataset.word === "Due" && instant < now();
  place.classList.toggle("late", late);
  if (!place.hidden) time.textContent = time.dataset.word === "Due" ? due(instant) : when(instant);
  if (!place.hidden) place.title = `${time.dataset.word} ${exactly(instant)}`;
  const changed = card.querySelector(".changed");
  if (!changed) return;
  changed.dateTime = card.dataset.changed;
  changed.textContent = ago(Date.parse(changed.dateTime));
  changed.title = `Changed ${exactly(Date.parse(changed.dateTime))}`;
}

function mean(mark, kind, value) {
  mark.setAttribute("aria-label", `${kind} ${value}`);
  mark.querySelector("title").textContent = `${kind} ${value}`;
  mark.querySelector("use").setAttribute("href", `${facts.icons}#${kind[0].toLowerCase()}-${value}`);
}

/** Say on the card what somebody else just did, and tint it once. */
export function tell(card, actor, verb) {
  const who = document.createElement("span");
  const person = actor.kind === "person";
  who.className = person ? "" : "agent-name";
  who.textContent = person ? actor.name.match(FIRST_NAME)[0] : actor.name;
  const text = document.createElement("span");
  text.append(who, ` ${verb} this just now`);
  card.classList.add("moved");
  card.addEventListener("animationend", () => card.classList.remove("moved"), { once: true });
  briefly(card, "just", 60, avatar(actor.id, actor.name, actor.kind), text);
}

/** Say on the card why it went back. */
export function refuse(card, reason) {
  const text = document.createElement("span");
  text.textContent = `Not moved: ${reason}`;
  briefly(card, "why", 10, icon("stopsign", "i-s"), text);
}

/** One more line on the card; a second of its kind takes the place of the first. */
function briefly(card, kind, seconds, ...parts) {
  const line = document.createElement(card.matches("tr") ? "span" : "p");
  line.className = kind;
  line.append(...parts);
  card.querySelector(`.${kind}`)?.remove();
  const last = card.matches(".card") && card.querySelector(".held"); // which is drawn along the card's lower edge
  if (last) last.before(line);
  else (card.querySelector(".c-title") ?? card).append(line);
  setTimeout(() => line.remove(), seconds * 1000);
}
