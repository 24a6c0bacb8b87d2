// The audit trail: older lines come in below, filters act when they are chosen, times are exact and in the reader's zone.
import { exactly, say } from "./page.js";

const EXACT = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium" }); // 2026-11-21 11:20:05

function writeTimes(root) {
  for (const time of root.querySelectorAll("time[data-exact]")) {
    const instant = Date.parse(time.dateTime);
    time.textContent = EXACT.format(instant);
    time.title = exactly(instant);
  }
}

async function showOlder(link) {
  link.setAttribute("aria-disabled", "true");
  const answer = await fetch(link.href).catch(() => null);
  if (!answer?.ok) {
    location.assign(link.href);
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const rows = [...page.querySelectorAll("[data-lines] > tr")];
  writeTimes(page);
  document.querySelector("[data-lines]").append(...rows);
  document.querySelector("[data-older]").replaceWith(page.querySelector("[data-older]"));
  document.querySelector("[data-older] a")?.focus();
  say(`${rows.length} older lines`);
}

document.querySelector(".audit-box").addEventListener("click", (event) => {
  const link = event.target.closest("[data-older] a");
  if (!link) return;
  event.preventDefault();
  if (!link.hasAttribute("aria-disabled")) showOlder(link);
});

const form = document.querySelector(".bar2 form");

/** Only what is set belongs in the address; a day is meant in the reader's zone. */
function cleared() {
  for (const field of form.elements) {
    if (field.name && !field.value) field.disabled = true;
    if (field.type === "date" && field.value) {
      const [year, month, day] = field.value.split("-").map(Number);
      const instant = new Date(year, month - 1, day).toISOString();
      field.disabled = true;
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: field.name, value: instant }));
    }
  }
}

form.addEventListener("submit", cleared);
form.addEventListener("change", () => form.requestSubmit());
addEventListener("pageshow", () => {
  for (const field of form.elements) field.disabled = false;
});
writeTimes(document);
