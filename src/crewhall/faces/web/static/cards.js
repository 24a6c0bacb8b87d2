// A task's card, filled as templates/parts.html writes it.
import { exactly, facts, when } from "./page.js";

const blank = document.querySelector("#card").content.firstElementChild;
const FIRST_NAME = /^\S+/u;

/** A new card for a task that the page did not have. */
export const newCard = () => blank.cloneNode(true);

/** Write a task onto its card. */
export function fill(card, task) {
  Object.assign(card.dataset, { id: task.id, key: task.key, version: task.version });
  card.querySelector(".key").textContent = task.key;
  card.querySelector(".card-more").setAttribute("aria-label", `Move ${task.key}: ${task.title}`);
  card.querySelector(".card-top .av").replaceWith(avatar(task.assignee_id, task.assignee_name, task.assignee_kind));
  Object.assign(card.querySelector("h3"), { textContent: task.title, title: task.title });
  mean(card.querySelector(".m-priority"), "Priority", task.priority);
  card.querySelector(".m-priority").classList.toggle("critical", task.priority === "critical");
  mean(card.querySelector(".m-complexity"), "Complexity", task.complexity);
  Object.assign(card.querySelector(".repo"), { textContent: task.repository ?? "", title: task.repository ?? "" });
  date(card.querySelector(".when"), task.completed_at);
}

function mean(mark, kind, value) {
  mark.setAttribute("aria-label", `${kind} ${value}`);
  mark.querySelector("title").textContent = `${kind} ${value}`;
  mark.querySelector("use").setAttribute("href", `${facts.icons}#${kind[0].toLowerCase()}-${value}`);
}

/** Write an instant in the reader's zone; null for none. */
export function date(place, instant) {
  place.textContent = instant ? when(Date.parse(instant)) : "";
  place.title = instant ? `Completed ${exactly(Date.parse(instant))}` : "";
  if (instant) place.dateTime = instant;
  else place.removeAttribute("datetime");
}

/** A person is a circle, an agent a hexagon, a service a square, nobody a dashed circle. */
export function avatar(id, name, kind) {
  const shape = document.createElement("span");
  shape.setAttribute("role", "img");
  shape.className = name ? `av ${kind} h${tint(id)}` : "av nobody";
  shape.title = name ? `${name}, ${kind}` : "Nobody";
  shape.setAttribute("aria-label", shape.title);
  shape.textContent = name ? initials(name, kind) : "";
  return shape;
}

// The same as in wording.py.
const tint = (id) => (parseInt(id.at(-1), 16) % 4) + 1;
const letters = (text, count = 1) => Array.from(text).slice(0, count).join("");

function initials(name, kind) {
  if (kind === "person") {
    const words = name.trim().split(/\s+/u);
    return (letters(words[0]) + (words.length > 1 ? letters(words.at(-1)) : "")).toUpperCase();
  }
  const parts = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return (parts.length > 1 ? letters(parts[0]) + letters(parts[1]) : letters(parts[0] ?? "?", 2)).toLowerCase();
}

/** Say on the card what somebody else just did, and tint it once. */
export function tell(card, actor, verb) {
  const line = card.querySelector(".just");
  const [shape, text] = line.children;
  const who = document.createElement("span");
  const person = actor.kind === "person";
  who.className = person ? "" : "agent-name";
  who.textContent = person ? actor.name.match(FIRST_NAME)[0] : actor.name;
  shape.replaceWith(avatar(actor.id, actor.name, actor.kind));
  text.replaceChildren(who, ` ${verb} this`);
  card.classList.add("moved");
  card.addEventListener("animationend", () => card.classList.remove("moved"), { once: true });
  briefly(line, 60);
}

/** Say on the card why it went back. */
export function refuse(card, reason) {
  const line = card.querySelector(".why");
  line.lastElementChild.textContent = `Not moved: ${reason}`;
  briefly(line, 10);
}

const hiding = new WeakMap();

function briefly(line, seconds) {
  clearTimeout(hiding.get(line));
  line.hidden = false;
  hiding.set(line, setTimeout(() => (line.hidden = true), seconds * 1000));
}
