// Three ways to move a card, one outcome: drag it, choose in its menu, or Alt with an arrow key. Arrows, J and K walk.

const menu = document.querySelector("#move-menu");
const items = [...menu.querySelectorAll("button")];
const typing = (element) => element.closest?.("input, textarea, select, [contenteditable]");

/** Let the cards of this board be moved; `move(card, status)` does it. */
export function startMoving(board, move) {
  drag(board, move);
  offerMenu(board, move);
  listenToKeys(board, move);
}

function drag(board, move) {
  let lifted = null;
  const over = (column) => {
    for (const other of board.querySelectorAll(".col.over")) if (other !== column) other.classList.remove("over");
    column?.classList.add("over");
  };
  board.addEventListener("dragstart", (event) => {
    lifted = event.target.closest(".card");
    lifted.classList.add("lift");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", lifted.dataset.key);
  });
  board.addEventListener("dragover", (event) => {
    const column = event.target.closest(".col");
    if (!lifted || !column) return;
    event.preventDefault();
    over(column);
  });
  board.addEventListener("dragleave", (event) => {
    if (!board.contains(event.relatedTarget)) over(null);
  });
  board.addEventListener("drop", (event) => {
    const column = event.target.closest(".col");
    if (!lifted || !column) return;
    event.preventDefault();
    move(lifted, column.dataset.status);
  });
  board.addEventListener("dragend", () => {
    lifted?.classList.remove("lift");
    lifted = null;
    over(null);
  });
}

function offerMenu(board, move) {
  let card = null;
  let closed = { card: null, at: 0 };
  const button = () => card.querySelector(".card-more");

  board.addEventListener("click", (event) => {
    const pressed = event.target.closest(".card-more");
    // The press that closes an open menu arrives here too: it must not open it again.
    if (!pressed || (closed.card === pressed.closest(".card") && performance.now() - closed.at < 300)) return;
    card = pressed.closest(".card");
    openMenu(card, pressed);
  });
  menu.addEventListener("toggle", (event) => {
    button().setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState === "closed") closed = { card, at: performance.now() };
  });
  menu.addEventListener("click", (event) => {
    const item = event.target.closest("[data-to]");
    if (!item) return;
    menu.hidePopover();
    button().focus();
    move(card, item.dataset.to);
  });
  menu.addEventListener("keydown", (event) => walkMenu(event));
  board.addEventListener("scroll", () => menu.hidePopover(), { capture: true, passive: true });
}

function openMenu(card, button) {
  for (const item of items) item.setAttribute("aria-checked", String(item.dataset.to === card.dataset.status));
  menu.showPopover();
  const box = button.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${box.bottom + 4 + menu.offsetHeight < innerHeight - 8 ? box.bottom + 4 : Math.max(8, box.top - menu.offsetHeight - 4)}px`;
  items.find((item) => item.dataset.to === card.dataset.status).focus();
}

function walkMenu(event) {
  const at = items.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: items.length - 1 }[event.key];
  if (step) items[(at + step) % items.length].focus();
  else if (event.key === "Tab") menu.hidePopover();
  else if (/^[1-9]$/.test(event.key)) items[Number(event.key) - 1]?.click();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

const WALK = { j: [0, 1], ArrowDown: [0, 1], k: [0, -1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };

function listenToKeys(board, move) {
  addEventListener("keydown", (event) => {
    const step = WALK[event.key];
    if (!step || event.ctrlKey || event.metaKey || typing(event.target) || document.querySelector("dialog[open], :popover-open")) return;
    const card = document.activeElement.closest(".card");
    if (!card && event.key.length > 1) return; // arrows scroll until a card is chosen
    event.preventDefault();
    if (event.altKey) shift(board, card, step[0], move);
    else walk(board, card, step);
  });
}

function shift(board, card, step, move) {
  const columns = [...board.children];
  const to = columns[columns.indexOf(card?.closest(".col")) + step];
  if (card && step && to) move(card, to.dataset.status);
}

/** Go to the card beside this one; empty columns are stepped over. */
function walk(board, card, [right, down]) {
  const columns = [...board.children].map((column) => [...column.querySelectorAll(".card")]).filter((cards) => cards.length);
  const x = columns.findIndex((cards) => cards.includes(card));
  if (x < 0) return focusOn(columns[0]?.[0]);
  const cards = columns[x + right] ?? columns[x];
  return focusOn(cards[Math.max(0, Math.min(cards.length - 1, columns[x].indexOf(card) + down))]);
}

function focusOn(card) {
  card?.querySelector(".card-more").focus();
  card?.scrollIntoView({ block: "nearest", inline: "nearest" });
}
