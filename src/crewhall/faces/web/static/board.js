// The board and the list: what is known of each task, and where it stands. The highest version of a task wins, however it arrived.
import { startActing } from "./acts.js";
import { get, Refusal, send } from "./api.js";
import { fill, newCard, refuse, tell, writeTimes } from "./cards.js";
import { startDragging } from "./drag.js";
import { fits, precedes, query } from "./filter.js";
import { follow } from "./live.js";
import { startNewTask } from "./new-task.js";
import { facts, isNews, say } from "./page.js";
import { startWalking } from "./walk.js";

const PAGE = 50;
const MOST = 500; // tasks in one answer
const GONE = Number.MAX_SAFE_INTEGER; // the version of a deleted task: nothing that still arrives is newer
const SOON = 300; // milliseconds in which several changes become one question

const VERBS = [["created", "created"], ["restored", "restored"], ["status", "moved"], ["rank", "moved"], ["assignee_id", "assigned"], ["unblocked", "unblocked"]];

const board = document.querySelector("#board");
const columns = new Map([...board.querySelectorAll(".col")].map((column) => [column.dataset.status, column]));

/** id -> { version, status, wanted, asked, turn }: `wanted` is a move of this reader that is not answered yet. */
const known = new Map();

const cardOf = (id) => board.querySelector(`[data-task][data-id="${id}"]`);
const listOf = (status) => columns.get(status).querySelector("[data-list]") ?? columns.get(status);
const cardsOf = (status) => [...listOf(status).querySelectorAll("[data-task]")];
const word = (status) => document.querySelector(`#head-${status}`)?.textContent ?? "Dropped";

function stateOf(id) {
  if (!known.has(id)) known.set(id, { version: -1, status: "", wanted: null, asked: 0, turn: Promise.resolve() });
  return known.get(id);
}

// Where cards stand ---------------------------------------------------------------------------------------------------

/** Put a card where it belongs by the order of this page. */
function place(card, status) {
  const next = cardsOf(status).find((other) => other !== card && precedes(card, other));
  put(card, status, next);
}

/** Put a card before `next`, or last. */
function put(card, status, next) {
  const list = listOf(status);
  const place = next ?? list.querySelector(".tail");
  card.dataset.status = status;
  if (card.parentElement === list && following(card) === (place ?? null)) return;
  const focused = card.contains(document.activeElement) ? document.activeElement : null;
  list.insertBefore(card, place);
  focused?.focus({ preventScroll: true }); // an element that moves loses it
  count();
}

const following = (card) => card.nextElementSibling;

function count() {
  for (const [status, column] of columns) {
    const number = cardsOf(status).length;
    const text = `${number}${column.dataset.more ? "+" : ""}`;
    for (const place of document.querySelectorAll(`[data-count="${status}"]`)) if (place.textContent !== text) place.textContent = text;
    column.querySelector(".more").hidden = !column.dataset.more;
    column.querySelector(".col-nothing").hidden = number > 0;
  }
}

/**
 * Show a task as it is now, unless something newer is shown already. Answers its card, or null when it is not shown.
 * The same version counts: a comment, and a neighbour that makes room, change a task without a new one.
 */
function take(task, fitting = fits(task)) {
  const state = stateOf(task.id);
  if (task.version < state.version) return null;
  Object.assign(state, { version: task.version, status: task.status });
  const belongs = fitting ?? cardOf(task.id) !== null; // where only the server knows, what is shown stays until it has said so
  if (state.wanted === null && (!belongs || !columns.has(task.status))) return remove(task.id);
  const card = cardOf(task.id) ?? newCard();
  fill(card, task);
  if (state.wanted === null) place(card, task.status);
  return card;
}

function remove(id) {
  const card = cardOf(id);
  if (card?.contains(document.activeElement)) (card.nextElementSibling ?? card.previousElementSibling)?.querySelector(".title")?.focus();
  card?.remove();
  count();
  return null;
}

// What arrives ----------------------------------------------------------------------------------------------------

let asking = 0;

function onEvent(event) {
  if (event.type === "task_deleted") {
    stateOf(event.task_id).version = GONE;
    remove(event.task_id);
    return;
  }
  if (event.changed.includes("restored")) stateOf(event.task_id).version = -1;
  const fitting = fits(event.task);
  if (fitting === null) {
    clearTimeout(asking);
    asking = setTimeout(readAnew, SOON);
    return;
  }
  const card = take(event.task, fitting);
  const theirs = event.actor && event.actor.id !== facts.me;
  if (card && theirs && isNews(event)) report(card, event);
}

function report(card, { type, actor, changed, task, previous }) {
  if (changed.join() === "rank" && !previous?.rank) return; // it only made room for another
  if (changed.join() === "open_blockers") return; // the card says how many it still waits for
  const verb = VERBS.find(([name]) => changed.includes(name))?.[1] ?? (type === "task_commented" ? "commented on" : "changed");
  tell(card, actor, verb);
  say(`${actor.name} ${verb} ${task.key}${changed.includes("status") ? ` to ${word(task.status)}` : ""}`);
}

/** Load what the page shows anew: the log does not reach back to where it stood, or only the server can tell what fits. */
async function readAnew() {
  for (const state of known.values()) if (state.version !== GONE) state.version = -1; // versions may have gone back too
  for (const status of columns.keys()) await load(status, { limit: Math.min(MOST, Math.max(PAGE, cardsOf(status).length)) });
  for (const card of board.querySelectorAll("[data-task]")) {
    if (known.get(card.dataset.id).version < 0) card.remove();
  }
  count();
}

async function load(status, { cursor, limit = PAGE } = {}) {
  const page = await get(`/api/tasks?${query({ status, order: "rank", limit, ...(cursor && { cursor }) })}`);
  columns.get(status).dataset.more = page.next_cursor ?? "";
  for (const task of page.tasks) take(task, fits(task) ?? true);
  count();
}

// What the reader does ----------------------------------------------------------------------------------------------

/** Move a card at once, and ask; what is refused goes back with the reason on it. Without a neighbour it goes on top. */
function move(card, status, { before, after } = {}) {
  const { id, key } = card.dataset;
  const shown = card.dataset.status;
  if (!before && !after && shown === status) return;
  const state = stateOf(id);
  state.wanted = status;
  state.asked += 1;
  put(card, status, before ?? (after ? after.nextElementSibling : cardsOf(status)[0]));
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
  const beside = before ? `above ${before.dataset.key}` : after && `below ${after.dataset.key}`;
  say(`${key} moved ${shown === status ? beside : `to ${word(status)}`}`);
  const asked = state.asked;
  const wanted = { status, ...(before && { before: before.dataset.key }), ...(after && { after: after.dataset.key }) };
  state.turn = state.turn.then(() => ask(id, key, wanted, asked)); // one after the other: the last move is the last to be made
}

async function ask(id, key, wanted, asked) {
  const state = stateOf(id);
  const { task, reason } = await attempt(send("PUT", `/api/tasks/${key}/place`, wanted, { patient: true }));
  if (state.asked === asked) state.wanted = null;
  if (task) take(task);
  const card = cardOf(id);
  if (!card || state.wanted !== null) return;
  if (columns.has(state.status)) place(card, state.status);
  else remove(id);
  if (reason) refused(card, reason);
  else if (task?.review && wanted.status === "completed") say(`${key} is not completed yet: it waits for a review`);
}

function refused(card, reason) {
  refuse(card, reason);
  say(`${card.dataset.key} not changed: ${reason}`);
}

const attempt = (sending) =>
  sending.then(
    (task) => ({ task }),
    (error) => {
      if (error instanceof Refusal) return { reason: error.message };
      throw error;
    },
  );

/** Change fields of a task; they show when they are kept. */
async function change(card, changes, words) {
  const { task, reason } = await attempt(send("PATCH", `/api/tasks/${card.dataset.key}`, changes, { patient: true }));
  if (reason) return refused(card, reason);
  take(task);
  return say(`${task.key} ${words}`);
}

/** Change several tasks at once: all of them, or none. */
async function changeAll(cards, changes, words) {
  const task_ids = cards.map((card) => card.dataset.id);
  const { task: answer, reason } = await attempt(send("PATCH", "/api/tasks/batch", { task_ids, changes }, { patient: true }));
  if (reason) return cards.forEach((card) => refused(card, reason));
  for (const task of answer.tasks) take(task);
  return say(`${answer.tasks.length} tasks ${words}`);
}

function showNew(task) {
  take(task);
  const card = cardOf(task.id);
  card?.scrollIntoView({ block: "nearest", inline: "nearest" });
  card?.querySelector(".title").focus();
  say(card ? `${task.key} created` : `${task.key} created; the filter hides it`);
}

/** On a phone: which column is in view. */
function watchColumns() {
  const watch = new IntersectionObserver(
    (entries) => {
      const seen = entries.find((entry) => entry.isIntersecting);
      if (!seen) return;
      for (const link of document.querySelectorAll(".colpick a")) {
        const here = link.hash === `#${seen.target.id}`;
        if (here) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
        if (here) link.parentElement.scrollTo({ left: link.offsetLeft - 16, behavior: "smooth" });
      }
    },
    { root: board.parentElement, threshold: 0.7 },
  );
  for (const column of columns.values()) watch.observe(column);
}

for (const card of board.querySelectorAll("[data-task]")) {
  const { id, version, status } = card.dataset;
  Object.assign(stateOf(id), { version: Number(version), status });
  writeTimes(card);
}
for (const [status, column] of columns) {
  column.querySelector(".more").addEventListener("click", () => load(status, { cursor: column.dataset.more }));
}
count();
startWalking(board);
startActing(board, { move, change, changeAll, statuses: [...columns.keys()], word });
if (board.classList.contains("movable")) {
  startNewTask(showNew);
  if (board.dataset.layout === "board") startDragging(board, move);
}
if (board.dataset.layout === "board" && matchMedia("(max-width: 45em)").matches) watchColumns();
follow({ onEvent, onReset: readAnew });
