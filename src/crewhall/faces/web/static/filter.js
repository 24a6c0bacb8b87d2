// Which tasks this page shows, and in which order: what its address says, applied to what arrives.
import { facts } from "./page.js";

/** `filters` by name; `ask` names those that only the server can apply; `sort` and `down` as the list's headings say. */
export const view = JSON.parse(document.querySelector("#board").dataset.liveFilter);

const same = (one, other) => (one ?? "").toLowerCase() === other.toLowerCase();
const ASSIGNEES = {
  me: (task) => task.assignee_id === facts.me,
  nobody: (task) => !task.assignee_id,
  agents: (task) => task.assignee_kind === "agent",
};
const TESTS = {
  assignee: (task, who) => (ASSIGNEES[who] ? ASSIGNEES[who](task) : task.assignee_id === who),
  repository: (task, name) => same(task.repository, name),
  project: (task, name) => same(task.project, name),
  tag: (task, name) => task.tags.some((tag) => same(tag, name)),
  priority: (task, level) => task.priority === level,
  q: () => true,
};

/** Whether a task fits the filter; `null` when only the server knows: text, and tasks with several assignees. */
export function fits(task) {
  if (task.archived) return false;
  const tests = Object.entries(view.filters).filter(([name]) => !view.ask.includes(name));
  const several = "assignee" in view.filters && view.filters.assignee !== "nobody" && task.assignee_count > 1;
  if (!tests.every(([name, wanted]) => (several && name === "assignee") || TESTS[name](task, wanted))) return false;
  return view.ask.length || several ? null : true;
}

/** The same filter in words of the API. */
export function query(more) {
  const filters = { ...view.filters, ...more };
  if (filters.assignee === "agents") delete filters.assignee;
  return new URLSearchParams(filters).toString();
}

// The orders of view.py.
const LEVELS = { low: 0, medium: 1, high: 2, critical: 3, extreme: 3 };
const LAST = "\u{10ffff}";
const text = (card, part) => card.querySelector(part)?.textContent.toLowerCase() || LAST;
const ORDERS = {
  "": (card) => card.dataset.rank,
  key: (card) => Number(card.dataset.key.split("-").at(-1)),
  title: (card) => text(card, ".title"),
  assignee: (card) => text(card, ".c-who .name"),
  priority: (card) => -LEVELS[card.dataset.priority],
  complexity: (card) => -LEVELS[card.dataset.complexity],
  repository: (card) => text(card, ".repo"),
  due: (card) => Date.parse(card.dataset.due) || Infinity,
  changed: (card) => -Date.parse(card.dataset.changed),
};

/** Whether `card` stands before `other`. On the board the larger rank is further up. */
export function precedes(card, other) {
  const [one, two] = [card, other].map(ORDERS[view.sort]);
  return view.down || !view.sort ? one > two : one < two;
}
