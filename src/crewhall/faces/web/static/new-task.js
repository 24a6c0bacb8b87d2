// The dialog for a new task: C or a button opens it.
import { newKey, Refusal, send } from "./api.js";

const dialog = document.querySelector("#new-task");
const form = dialog.querySelector("form");
const trouble = form.querySelector(".trouble");
const create = form.querySelector(".btn.primary");
const typing = (element) => element.closest?.("input, textarea, select, [contenteditable]");
let sent = { body: null, key: "" };

/** `onCreated` gets the new task. */
export function startNewTask(onCreated) {
  for (const button of document.querySelectorAll("[data-new-task]")) button.addEventListener("click", open);
  addEventListener("keydown", (event) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key !== "c" || !plain || typing(event.target) || document.querySelector("dialog[open], :popover-open")) return;
    event.preventDefault();
    open();
  });
  form.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(onCreated);
  });
}

function open() {
  form.reset();
  trouble.hidden = true;
  sent = { body: null, key: "" };
  const names = new Set([...document.querySelectorAll(".repo")].map((repo) => repo.textContent).filter(Boolean));
  form.querySelector("datalist").replaceChildren(...[...names].sort().map((name) => new Option(name)));
  dialog.showModal();
}

async function submit(onCreated) {
  create.disabled = true;
  try {
    const task = await send("POST", "/api/tasks", wanted(), keyOfThis());
    dialog.close();
    onCreated(task);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    trouble.hidden = false;
    trouble.lastElementChild.textContent = refusal.message;
  } finally {
    create.disabled = false;
  }
}

function wanted() {
  const repository = form.elements.repository.value.trim();
  return { title: form.elements.title.value, ...(repository && { repository }) };
}

/** The same words sent again are the same task; other words are another one. */
function keyOfThis() {
  const body = JSON.stringify(wanted());
  if (sent.body !== body) sent = { body, key: newKey() };
  return sent.key;
}
