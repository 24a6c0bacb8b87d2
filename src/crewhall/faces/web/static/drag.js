// Drag a card: within its column, or to a place in another.

/** Let cards be dragged; `move(card, status, { before, after })` moves one. */
export function startDragging(board, move) {
  let lifted = null;
  const mark = (column, place) => {
    for (const other of board.querySelectorAll(".col.over, .drop-before, .drop-after")) other.classList.remove("over", "drop-before", "drop-after");
    if (!column) return;
    if (place.before) place.before.classList.add("drop-before");
    else if (place.after) place.after.classList.add("drop-after");
    else column.classList.add("over");
  };
  board.addEventListener("dragstart", (event) => {
    lifted = event.target.closest?.(".card");
    if (!lifted) return;
    lifted.classList.add("lift");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", lifted.dataset.key);
  });
  board.addEventListener("dragover", (event) => {
    const column = event.target.closest(".col");
    if (!lifted || !column) return;
    event.preventDefault();
    mark(column, placeAt(column, event.clientY, lifted));
  });
  board.addEventListener("dragleave", (event) => board.contains(event.relatedTarget) || mark(null));
  board.addEventListener("drop", (event) => {
    const column = event.target.closest(".col");
    if (!lifted || !column) return;
    event.preventDefault();
    const place = placeAt(column, event.clientY, lifted);
    if (!stays(lifted, place)) move(lifted, column.dataset.status, place);
  });
  board.addEventListener("dragend", () => {
    lifted?.classList.remove("lift");
    lifted = null;
    mark(null);
  });
}

/** Before the first card whose middle is below the pointer, else behind the last; {} in an empty column. */
function placeAt(column, y, lifted) {
  const cards = [...column.querySelectorAll(".card")].filter((card) => card !== lifted);
  const before = cards.find((card) => {
    const { top, height } = card.getBoundingClientRect();
    return y < top + height / 2;
  });
  return before ? { before } : cards.length ? { after: cards.at(-1) } : {};
}

const stays = (card, { before, after }) => (before && before === card.nextElementSibling) || (after && after === card.previousElementSibling);
