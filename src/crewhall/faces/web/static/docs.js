// The API reference: filter as you type, copy a sample, know where you are. Without it the page is whole, only longer.
import { switchTheme } from "./scheme.js";

const filter = document.querySelector("#filter");
const said = document.querySelector("#said");
const start = document.querySelector("[data-start]");
const entries = [...document.querySelectorAll("[data-entry]")].map((element) => ({
  element,
  link: document.querySelector(`[data-for="${element.id}"]`),
  words: element.dataset.words.toLowerCase(),
}));
const rooms = document.querySelectorAll("[data-room]");

/** Show the entries that hold every word of `text`; all, and the introduction, when there is none. */
function narrow(text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { element, link, words } of entries) {
    const fits = wanted.every((word) => words.includes(word));
    element.hidden = link.hidden = !fits;
    shown += fits;
  }
  for (const room of rooms) room.hidden = !room.querySelector("[data-entry]:not([hidden]), [data-for]:not([hidden])");
  start.hidden = wanted.length > 0;
  document.querySelector("#none").hidden = shown > 0;
  said.textContent = wanted.length ? `${shown} of ${entries.length}` : "";
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.closest(".code").querySelector("code").textContent);
    said.textContent = "Copied";
    button.title = "Copied";
  } catch {
    said.textContent = "Copying is not allowed here: select the text instead";
  }
}

filter.addEventListener("input", () => narrow(filter.value));
document.querySelector("[data-theme-toggle]").addEventListener("click", switchTheme);
addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (button) copy(button);
});
addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input")) {
    event.preventDefault();
    filter.focus();
  } else if (event.key === "Escape" && event.target === filter) {
    filter.value = "";
    narrow("");
  } else if (event.key === "Escape" && location.hash === "#nav") {
    location.hash = "#main";
  }
});

// What is being read is marked in the contents.
const inView = new IntersectionObserver(
  (seen) => {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      document.querySelector(".docs-item[aria-current]")?.removeAttribute("aria-current");
      const link = document.querySelector(`.docs-item[href="#${target.id}"]`);
      link?.setAttribute("aria-current", "true");
      link?.scrollIntoView({ block: "nearest" });
    }
  },
  { root: document.querySelector(".docs-body"), rootMargin: "0px 0px -80% 0px" },
);
for (const part of document.querySelectorAll(".docs-part")) inView.observe(part);
