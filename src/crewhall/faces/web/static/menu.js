// One menu for the whole page: filled anew each time it opens, walked with arrows, chosen by press, Enter or the item's key.

const menu = document.querySelector("#menu");
let anchor = null;
let closed = { anchor: null, at: 0 };
let items = [];

/**
 * Open a menu beside `button`. `groups` are { label, items: [{ words, run, mark?, checked?, key?, mono? }] }; where an item has
 * `checked` the group is a choice: of one, or where it says `many` of several. The focus returns to `back` (else the button) before an
 * item runs. `pressed`: it was the button that was pressed, and the press that closes an open menu arrives as one that opens it.
 */
export function openMenu(button, groups, { label, back = button, pressed = false }) {
  if (pressed && closed.anchor === button && performance.now() - closed.at < 300) return;
  const box = button.getBoundingClientRect();
  anchor = { button, back, left: box.left, top: box.top };
  items = [];
  menu.role = "menu";
  menu.setAttribute("aria-label", label);
  menu.replaceChildren(...groups.flatMap(drawGroup));
  menu.showPopover();
  put(box);
  button.setAttribute("aria-expanded", "true");
  (items.find(({ node }) => node.getAttribute("aria-checked") === "true") ?? items[0])?.node.focus();
}

function drawGroup({ label, items: offered }) {
  const group = document.createElement("div");
  group.role = "group";
  const head = document.createElement("p");
  if (label) {
    group.setAttribute("aria-label", label);
    Object.assign(head, { textContent: label, role: "presentation" });
    group.append(head);
  }
  group.append(...offered.map(draw));
  return [group];
}

function draw(item) {
  const node = document.createElement("button");
  Object.assign(node, { type: "button", tabIndex: -1 });
  node.role = item.checked === undefined ? "menuitem" : item.many ? "menuitemcheckbox" : "menuitemradio";
  if (item.checked !== undefined) node.setAttribute("aria-checked", String(item.checked));
  const words = document.createElement("span");
  Object.assign(words, { textContent: item.words, className: item.mono ? "words agent" : "words" });
  node.append(...[item.mark, words].filter(Boolean));
  if (item.checked) node.append(icon("check", "here"));
  if (item.key) node.append(Object.assign(document.createElement("kbd"), { className: "kbd", textContent: item.key }));
  node.addEventListener("click", () => choose(item));
  items.push({ node, item });
  return node;
}

/** An icon of the sprite. */
export function icon(name, classes = "") {
  return svg(`i ${classes}`, `i-${name}`);
}

/** A mark of the sprite, such as svg("m m-blocked", "s-blocked"). */
export function svg(classes, name) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  drawing.setAttribute("class", classes);
  drawing.setAttribute("aria-hidden", "true");
  drawing.append(use);
  return drawing;
}

function choose(item) {
  const { back } = anchor;
  menu.hidePopover();
  back.focus();
  item.run();
}

function put(box) {
  const below = box.bottom + 4 + menu.offsetHeight < innerHeight - 8;
  menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${below ? box.bottom + 4 : Math.max(8, box.top - menu.offsetHeight - 4)}px`;
}

function walk(event) {
  const at = items.findIndex(({ node }) => node === document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: items.length - 1 }[event.key];
  const to = { Home: 0, End: items.length - 1 }[event.key] ?? (step && (at + step) % items.length);
  const named = items.find(({ item }) => item.key?.toLowerCase() === event.key.toLowerCase());
  if (to !== undefined) items[to].node.focus();
  else if (event.key === "Tab") menu.hidePopover();
  else if (named) choose(named.item);
  else if (event.key.length === 1 && /\S/.test(event.key)) jump(event.key, at);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** To the next item that begins with this letter. */
function jump(letter, at) {
  const begins = ({ item }) => item.words.toLowerCase().startsWith(letter.toLowerCase());
  (items.slice(at + 1).find(begins) ?? items.find(begins))?.node.focus();
}

menu.addEventListener("keydown", walk);
menu.addEventListener("toggle", (event) => {
  if (event.newState === "open" || !anchor) return;
  anchor.button.setAttribute("aria-expanded", "false");
  closed = { anchor: anchor.button, at: performance.now() };
  if (document.activeElement === document.body) anchor.back.focus();
});
// What it belongs to is scrolled away under it. A scroll that ended just before the menu opened is told after: nothing has moved then.
addEventListener("scroll", (event) => {
  if (!anchor || menu.contains(event.target)) return;
  const { left, top } = anchor.button.getBoundingClientRect();
  if (left !== anchor.left || top !== anchor.top) menu.hidePopover();
}, { capture: true, passive: true });
