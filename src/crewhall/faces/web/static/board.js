// The board: what is known of each task, and where its card stands. The highest version of a task wins, however it arrived.
import { get, Refusal, send } from "./api.js";
import { date, fill, newCard, refuse, tell } from "./cards.js";
import { follow } from "./live.js";
import { startMoving } from "./moves.js";
import { startNewTask } from "./new-task.js";
import { facts, now, say } from "./page.js";

const FRESH = 60_000; // milliseconds: what is older is shown, but not as news
const PAGE = 50;
const GONE = Number.MAX_SAFE_INTEGER; // the version of a deleted task: nothing that still arrives is newer

const board = document.querySelector("#board");
const columns = new Map([...board.querySelectorAll(".col")].map((column) => [column.dataset.status, column]));

/** id -> { version, status, wanted, asked, turn }: `wanted` is a move of this reader that is not answered yet. */
const known = new Map();

const cardOf = (id) => board.querySelector(`.card[data-id="${id}"]`);
const word = (status) => columns.get(status).querySelector("h2").textContent;

function stateOf(id) {
  if (!known.has(id)) known.set(id, { version: -1, status: "", wanted: null, asked: 0, turn: Promise.resolve() });
  return known.get(id);
}

/** Put a card where it belongs: the newest task on top, as the server orders them. */
function place(card, status) {
  const shown = card.dataset.status;
  card.dataset.status = status;
  if (shown === status && card.isConnected) return;
  const focused = card.contains(document.activeElement) ? document.activeElement : null;
  const list = columns.get(status).querySelector(".cards");
  const next = [...list.children].find((other) => other.dataset.id < card.dataset.id);
  list.insertBefore(card, next ?? null);
  focused?.focus(); // an element that moves loses it
  count();
}

function count() {
  for (const [status, column] of columns) {
    const text = `${column.querySelectorAll(".card").length}${column.dataset.more ? "+" : ""}`;
    for (const number of document.querySelectorAll(`[data-count="${status}"]`)) number.textContent = text;
    column.querySelector(".more").hidden = !column.dataset.more;
  }
}

/** Show a task as it is now, unless something newer is shown already. Answers its card, or null when nothing changed. */
function take(task) {
  const state = stateOf(task.id);
  if (task.version <= state.version) return null;
  Object.assign(state, { version: task.version, status: task.status });
  const status = state.wanted ?? task.status;
  if (!columns.has(status)) return remove(task.id);
  const card = cardOf(task.id) ?? newCard();
  fill(card, task);
  place(card, status);
  return card;
}

function remove(id) {
  cardOf(id)?.remove();
  count();
  return null;
}

// What arrives ----------------------------------------------------------------------------------------------------

function onEvent(event) {
  if (event.type === "task_deleted") {
    stateOf(event.task_id).version = GONE;
    remove(event.task_id);
    return;
  }
  const card = take(event.task);
  const theirs = event.actor && event.actor.id !== facts.me;
  if (card && theirs && now() - Date.parse(event.timestamp) < FRESH) report(card, event);
}

function report(card, { actor, changed, task }) {
  const verb = changed.includes("created") ? "created" : changed.includes("status") ? "moved" : "changed";
  tell(card, actor, verb);
  say(`${actor.name} ${verb} ${task.key}${verb === "moved" ? ` to ${word(task.status)}` : ""}`);
}

/** The log does not reach back to where this page stood: load what it shows anew. Versions may have gone back too. */
async function onReset() {
  for (const state of known.values()) state.version = -1;
  for (const status of columns.keys()) await load(status);
  for (const card of board.querySelectorAll(".card")) {
    if (known.get(card.dataset.id).version < 0) card.remove();
  }
  count();
}

async function load(status, cursor = "") {
  const page = await get(`/api/tasks?status=${status}&limit=${PAGE}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
  columns.get(status).dataset.more = page.next_cursor ?? "";
  page.tasks.forEach(take);
  count();
}

// What the reader does ----------------------------------------------------------------------------------------------

/** Move a card at once, and ask; what is refused goes back with the reason on it. */
function move(card, status) {
  const { id, key } = card.dataset;
  const state = stateOf(id);
  if (card.dataset.status === status) return;
  state.wanted = status;
  state.asked += 1;
  place(card, status);
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
  say(`${key} moved to ${word(status)}`);
  const asked = state.asked;
  state.turn = state.turn.then(() => ask(id, key, status, asked)); // one after the other: the last move is the last to be made
}

async function ask(id, key, status, asked) {
  const state = stateOf(id);
  const { task, reason } = await send("PUT", `/api/tasks/${key}/status`, { new_status: status }).then(
    (moved) => ({ task: moved }),
    (error) => {
      if (error instanceof Refusal) return { reason: error.message };
      throw error;
    },
  );
  if (state.asked === asked) state.wanted = null;
  if (task) take(task);
  const card = cardOf(id);
  if (!card || state.wanted !== null) return;
  if (columns.has(state.status)) place(card, state.status);
  else remove(id);
  if (reason) {
    refuse(card, reason);
    say(`${key} not moved: ${reason}`);
  }
}

function showNew(task) {
  take(task);
  const card = cardOf(task.id);
  card?.scrollIntoView({ block: "nearest", inline: "nearest" });
  card?.querySelector(".card-more").focus();
  say(`${task.key} created`);
}

/** On a phone: which column is in view. */
function watchColumns() {
  const watch = new IntersectionObserver(
    (entries) => {
      const seen = entries.find((entry) => entry.isIntersecting);
      if (!seen) return;
      for (const link of document.querySelectorAll(".colpick a")) {
        const here = link.hash === `#${seen.target.id}`;
        link.toggleAttribute("aria-current", here);
        if (here) link.parentElement.scrollTo({ left: link.offsetLeft - 16, behavior: "smooth" });
      }
    },
    { root: board.parentElement, threshold: 0.7 },
  );
  for (const column of columns.values()) watch.observe(column);
}

for (const card of board.querySelectorAll(".card")) {
  const { id, version, status } = card.dataset;
  Object.assign(stateOf(id), { version: Number(version), status });
}
for (const instant of board.querySelectorAll(".when[datetime]")) date(instant, instant.dateTime);
for (const [status, column] of columns) {
  column.querySelector(".more").addEventListener("click", () => load(status, column.dataset.more));
}
if (board.classList.contains("movable")) {
  startMoving(board, move);
  startNewTask(showNew);
}
if (matchMedia("(max-width: 45em)").matches) watchColumns();
follow({ onEvent, onReset });
