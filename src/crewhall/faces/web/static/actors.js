// The shapes of people and agents, as templates/parts.html draws them.

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

/** The same beside its name: there it needs no name of its own. */
export function mark(id, name, kind) {
  const shape = avatar(id, name, kind);
  for (const attribute of ["role", "aria-label", "title"]) shape.removeAttribute(attribute);
  shape.setAttribute("aria-hidden", "true");
  return shape;
}
