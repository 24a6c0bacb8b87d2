// Find or do: every action, every page, and projects, people and tasks as you type.
import { mark } from "./actors.js";
import { get, Refusal } from "./api.js";
import { caps, offer, offers } from "./keys.js";
import { icon, svg } from "./menu.js";
import { say } from "./page.js";

const PAUSE = 120; // milliseconds of no typing before the hall is asked
const TASKS = 8;
const NAMES = 5; // projects, and people, that are shown of those that fit

const dialog = document.querySelector("#find");
const input = dialog.querySelector("input");
const list = dialog.querySelector(".cmd-list");
const none = dialog.querySelector(".cmd-none");

let entries = []; // what is listed: { node, run }
let tasks = { q: "", hits: [] };
let known = { projects: [], members: [] };
let asking = 0;
let back = null;

export function startFinding() {
  for (const button of document.querySelectorAll("[data-find]")) button.addEventListener("click", open);
  offer({ key: ["Mod+k", "/"], words: "Find or do", shown: ["Ctrl", "K"], run: open, menu: false });
  input.addEventListener("input", () => type());
  list.addEventListener("click", (event) => run(entries.find(({ node }) => node.contains(event.target))));
  list.addEventListener("mousemove", (event) => pick(entries.find(({ node }) => node.contains(event.target)), false));
  dialog.addEventListener("keydown", onKey);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

function open() {
  if (dialog.open) return;
  back = document.activeElement;
  input.value = "";
  tasks = { q: "", hits: [] };
  dialog.showModal();
  draw();
  know();
}

/** Projects and people by name; what was known the last time stands until then. */
async function know() {
  const [{ projects = [] }, { members = [] }] = await Promise.all(["/api/v1/projects?limit=200", "/api/v1/members"].map(allowed));
  known = { projects, members };
  if (dialog.open) draw();
}

/** What is read, or nothing for a reader who may not. */
const allowed = (path) =>
  get(path).catch((error) => {
    if (error instanceof Refusal) return {};
    throw error;
  });

function type() {
  clearTimeout(asking);
  const q = input.value.trim();
  if (!q || !q.startsWith(tasks.q)) tasks = { q: "", hits: [] }; // what was found stands while the word grows
  if (q) asking = setTimeout(() => search(q), PAUSE);
  draw();
}

async function search(q) {
  const found = await get(`/api/tasks/search?limit=${TASKS}&q=${encodeURIComponent(q)}`).catch((error) => {
    if (error instanceof Refusal) return { hits: [] }; // half a word may be no query; the rest of the list stands
    throw error;
  });
  if (q !== input.value.trim()) return;
  tasks = { q, hits: found.hits };
  draw();
  say(`${found.hits.length} tasks`);
}

// The list ------------------------------------------------------------------------------------------------------------

function draw() {
  const words = input.value.trim().toLowerCase().split(/\s+/u);
  const q = words.join(" ");
  const named = (entry) => words.every((word) => entry.words.toLowerCase().includes(word));
  const called = (entries) => (q ? entries.filter(named).slice(0, NAMES) : []);
  const groups = [
    ["Actions", actions().filter(named)],
    ["Go to", places().filter(named)],
    ["Projects", called(known.projects.map(ofProject))],
    ["People", called(known.members.map(ofMember))],
    ["Tasks", tasks.hits.map(({ task }) => ofTask(task))],
    ["Board", q ? [onTheBoard(input.value.trim())] : []],
  ];
  entries = [];
  list.replaceChildren(...groups.filter(([, found]) => found.length).map(([label, found]) => drawGroup(label, found)));
  none.hidden = entries.length > 0;
  pick(entries[0]);
}

/** What this page offers, then what any page does by going to another one. */
function actions() {
  const here = offers.filter((one) => one.menu !== false && (!one.when || one.when(back))).map((one) => ({
    words: one.words,
    mark: icon(one.icon ?? "right"),
    caps: caps(one),
    run: () => one.run(),
  }));
  const everywhere = [...document.querySelectorAll("#everywhere li")].map(({ dataset: { word, icon: name, address } }) => ({
    words: word,
    mark: icon(name),
    caps: [],
    run: () => location.assign(address),
  }));
  return [...here, ...everywhere.filter(({ words }) => here.every((one) => one.words !== words))];
}

function places() {
  return [...document.querySelectorAll(".nav-item")].map((link) => ({
    words: link.dataset.word,
    mark: link.querySelector("svg").cloneNode(true),
    caps: ["G", link.dataset.key.toUpperCase()],
    run: () => location.assign(link.href),
  }));
}

function ofTask(task) {
  return { words: task.title, code: task.key, mark: svg(`m m-${task.status}`, `s-${task.status}`), caps: [], run: () => location.assign(`/t/${task.key}`) };
}

function ofProject({ id, name, visibility }) {
  return { words: name, mark: icon(visibility === "private" ? "lock" : "project"), caps: [], run: () => location.assign(`/projects/${id}`) };
}

/** Somebody's tasks: a person's or an agent's own page is the board of what is theirs. */
function ofMember({ id, name, kind }) {
  return { words: name, mono: kind === "agent", mark: mark(id, name, kind), caps: [], run: () => location.assign(`/board?assignee=${id}`) };
}

function onTheBoard(q) {
  return { words: `Board of “${q}”`, mark: icon("filter"), caps: [], run: () => location.assign(`/board?q=${encodeURIComponent(q)}`) };
}

function drawGroup(label, found) {
  const group = document.createElement("div");
  group.role = "group";
  group.setAttribute("aria-label", label);
  group.append(part("p", "cmd-group", label), ...found.map(drawEntry));
  group.firstChild.role = "presentation";
  return group;
}

function drawEntry(entry) {
  const node = part("div", "cmd-item", "");
  Object.assign(node, { id: `find-${entries.length}`, role: "option" });
  node.append(entry.mark);
  if (entry.code) node.append(part("span", "key", entry.code));
  node.append(part("span", entry.mono ? "words agent" : "words", entry.words));
  const keys = part("span", "k", "");
  keys.append(...entry.caps.map((cap) => part("kbd", "kbd", cap)));
  if (entry.caps.length) node.append(keys);
  entries.push({ node, run: entry.run });
  return node;
}

function part(name, className, textContent) {
  return Object.assign(document.createElement(name), { className, textContent });
}

function pick(entry, scroll = true) {
  if (!entry && !scroll) return;
  for (const { node } of entries) node.setAttribute("aria-selected", String(node === entry?.node));
  if (!entry) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", entry.node.id);
  if (scroll) entry.node.scrollIntoView({ block: "nearest" });
}

function onKey(event) {
  const at = entries.findIndex(({ node }) => node.ariaSelected === "true");
  const step = { ArrowDown: 1, ArrowUp: entries.length - 1 }[event.key];
  if (step && entries.length) pick(entries[(at + step) % entries.length]);
  else if (event.key === "Enter" && !event.isComposing) run(entries[at]);
  else return;
  event.preventDefault();
}

function run(entry) {
  if (!entry) return;
  dialog.close();
  back?.focus();
  entry.run();
}
