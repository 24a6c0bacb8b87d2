// Walk over the tasks with keys, look into one, open one.
import { get } from "./api.js";
import { offer } from "./keys.js";
import { exactly } from "./page.js";

const peek = document.querySelector("#peek");

/** The card that has the focus, or of which the focus is inside. */
export const current = () => document.activeElement?.closest("[data-task]");

export function startWalking(board) {
  const list = board.dataset.layout === "list";
  const onCard = () => current();
  const walk = (step) => () => go(board, step, list);
  offer({ key: "j", words: "Next task", shown: ["J"], run: walk([0, 1]), menu: false });
  offer({ key: "k", words: "Previous task", shown: ["K"], run: walk([0, -1]), menu: false });
  for (const [key, step] of Object.entries({ ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] })) {
    offer({ key, words: "", shown: false, when: onCard, run: walk(step), menu: false }); // arrows scroll until a card is chosen
  }
  offer({ key: "Enter", words: "Open the task", shown: ["Enter"], when: () => false, menu: false }); // it is a link
  const onTitle = () => document.activeElement?.matches(".title"); // on a button the bar presses it
  offer({ key: " ", words: "Look into the task", shown: ["Space"], when: onTitle, run: () => look(current()), menu: false });
}

/** Go to the card beside this one; empty columns are stepped over. A list is one column. */
function go(board, [right, down], list) {
  const cardsIn = (part) => [...part.querySelectorAll("[data-task]")];
  const columns = (list ? [cardsIn(board)] : [...board.children].map(cardsIn)).filter((cards) => cards.length);
  const card = current();
  const x = columns.findIndex((cards) => cards.includes(card));
  if (x < 0) return focusOn(columns[0]?.[0]);
  const cards = columns[x + right] ?? columns[x];
  return focusOn(cards[Math.max(0, Math.min(cards.length - 1, columns[x].indexOf(card) + down))]);
}

function focusOn(card) {
  card?.querySelector(".title").focus();
  card?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** A task's text beside its card, without leaving the board. */
async function look(card) {
  const link = card.querySelector(".title");
  const task = await get(`/api/tasks/${card.dataset.key}`);
  peek.querySelector(".key").textContent = task.key;
  peek.querySelector("h2").textContent = task.title;
  peek.querySelector(".peek-facts").textContent = factsOf(task).join(" · ");
  peek.querySelector(".peek-text").textContent = task.description || "No description.";
  peek.querySelector("a").href = link.href;
  peek.showPopover();
  const box = card.getBoundingClientRect();
  const right = box.right + 8 + peek.offsetWidth < innerWidth;
  peek.style.left = `${Math.max(8, right && box.width < innerWidth / 2 ? box.right + 8 : Math.min(box.left + 40, innerWidth - peek.offsetWidth - 8) - (right || box.width > innerWidth / 2 ? 0 : box.width + 8))}px`;
  peek.style.top = `${Math.max(8, Math.min(box.top, innerHeight - peek.offsetHeight - 8))}px`;
  peek.querySelector("a").focus({ preventScroll: true });
  peek.addEventListener("toggle", () => link.focus({ preventScroll: true }), { once: true });
}

function factsOf(task) {
  return [
    task.assignee_name ?? "Nobody",
    task.repository,
    task.project,
    task.tags.join(", "),
    task.due_at && `due ${exactly(Date.parse(task.due_at))}`,
    task.comment_count && `${task.comment_count} comments`,
  ].filter(Boolean);
}

peek.addEventListener("keydown", (event) => {
  if (event.key !== " ") return;
  event.preventDefault();
  peek.hidePopover();
});
