// The dialog for a new task: C or a button opens it.
import { newKey, Refusal, send } from "./api.js";
import { offer } from "./keys.js";
import { openLinked } from "./linked.js";
import { view } from "./filter.js";

const dialog = document.querySelector("#new-task");
const form = dialog?.querySelector("form");
let sent = { body: null, key: "" };

/** `onCreated` gets the new task. */
export function startNewTask(onCreated) {
  for (const button of document.querySelectorAll("[data-new-task]")) button.addEventListener("click", () => open(button.dataset.newTask));
  offer({ key: "c", words: "New task", icon: "plus", run: () => open() });
  openLinked("new-task", () => open());
  for (const button of form.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(onCreated);
  });
}

/** Empty, but for what the filter says already: a task made on a board shall show on it. */
function open(status = "") {
  form.reset();
  form.querySelector(".trouble").hidden = true;
  sent = { body: null, key: "" };
  const { assignee, repository, priority } = view.filters;
  const fields = form.elements;
  if (status) fields.status.value = status;
  if (assignee && fields.assignee_id.querySelector(`option[value="${CSS.escape(assignee)}"]`)) fields.assignee_id.value = assignee;
  if (assignee === "me") fields.assignee_id.value = document.body.dataset.me;
  if (repository) fields.repository.value = repository;
  if (priority) fields.priority.value = priority;
  dialog.showModal();
  fields.title.focus();
}

async function submit(onCreated) {
  const create = form.querySelector(".btn.primary");
  create.disabled = true;
  try {
    const task = await send("POST", "/api/tasks", wanted(), { key: keyOfThis() });
    dialog.close();
    onCreated(task);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    const trouble = form.querySelector(".trouble");
    trouble.hidden = false;
    trouble.lastElementChild.textContent = refusal.message;
  } finally {
    create.disabled = false;
  }
}

/** What was filled in; a day is its last moment in the reader's zone. */
function wanted() {
  const { title, due, tags, ...rest } = Object.fromEntries(new FormData(form));
  const filled = Object.entries(rest).filter(([, value]) => value.trim());
  const words = tags.split(",").map((tag) => tag.trim()).filter(Boolean);
  return {
    title,
    ...Object.fromEntries(filled),
    ...(words.length && { tags: words }),
    ...(due && { due_at: new Date(`${due}T23:59:59`).toISOString() }),
  };
}

/** The same words sent again are the same task; other words are another one. */
function keyOfThis() {
  const body = JSON.stringify(wanted());
  if (sent.body !== body) sent = { body, key: newKey() };
  return sent.key;
}
