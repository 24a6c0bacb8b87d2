// What can be done with a key. One list: the keys themselves, the command menu and the page of keys are all made from it.

const LEAD = 1200; // milliseconds between G and the letter behind it

/** { key, words, run, icon?, shown?, when? }: `key` as in "c", "Alt+ArrowUp" or "g b"; `when` says whether it applies now. */
export const offers = [];

const byKey = new Map();
let led = -LEAD; // when G was pressed, on the clock of the page

/** Offer something. `shown` are the caps on the page of keys; false keeps it out, and out of the command menu `menu: false`. */
export function offer(given) {
  offers.push(given);
  for (const key of [given.key ?? []].flat()) byKey.set(key, [given, ...(byKey.get(key) ?? [])]);
}

/** The caps of a key as people read them. */
export function caps({ key, shown }) {
  if (shown) return shown;
  const first = [key ?? []].flat()[0];
  if (!first) return [];
  return first.split(/[ +]/).map((cap) => (cap.length === 1 ? cap.toUpperCase() : cap.replace("Arrow", "")));
}

/** A field of a dialog that was just closed keeps the focus until the next frame: nobody types in what is not seen. */
const typing = (element) => element.closest?.("input, textarea, select, [contenteditable]")?.checkVisibility();
const busy = () => document.querySelector("dialog[open], :popover-open");

function nameOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${event.ctrlKey || event.metaKey ? "Mod+" : ""}${event.altKey ? "Alt+" : ""}${event.shiftKey && event.key.length > 1 ? "Shift+" : ""}${key}`;
}

function onKey(event) {
  const name = nameOf(event);
  const plain = !name.startsWith("Mod+");
  if (event.isComposing || (plain && (typing(event.target) || busy()))) return;
  const after = plain && performance.now() - led < LEAD ? byKey.get(`g ${name}`) : null;
  led = !after && name === "g" ? performance.now() : -LEAD;
  const wanted = (after ?? byKey.get(name) ?? []).find(({ when }) => !when || when());
  if (!wanted) return;
  event.preventDefault();
  wanted.run(event);
}

addEventListener("keydown", onKey);
