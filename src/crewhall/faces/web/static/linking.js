// What a task is to others: link it by a key or by words, and take a link away again.
import { Refusal, send } from "./api.js";
import { onSubmit, reasonOf, trouble } from "./forms.js";
import { offer } from "./keys.js";
import { say } from "./page.js";
import { refresh } from "./parts.js";
import { suggestTasks } from "./suggesting.js";

const form = document.querySelector("#add-link");
const section = document.querySelector("#links");

/** Whether this task is linked to the one with this key: what becomes of that one is shown here. */
export const isLinked = (key) => Boolean(key) && section.querySelector(`[data-link="${CSS.escape(key)}"]`) !== null;

function startAdding(path) {
  onSubmit(
    form,
    () => ({ method: "POST", path, body: { kind: form.elements.kind.value, other_task_id: form.elements.other_task_id.value.trim() } }),
    async ({ changed, closed }) => {
      const words = `${form.elements.kind.selectedOptions[0].textContent} ${form.elements.other_task_id.value.trim().toUpperCase()}`;
      form.elements.other_task_id.value = "";
      await refresh();
      const ended = closed ? `. ${closed} is closed` : "";
      say(changed ? `Linked: ${words}${ended}` : `It was linked already: ${words}`);
    },
  );
  suggestTasks(form.elements.other_task_id);
}

function startRemoving(path) {
  section.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-unlink]");
    if (!button) return;
    button.disabled = true;
    try {
      await send("DELETE", `${path}/${button.dataset.unlink}`, { kind: button.dataset.kind });
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      button.disabled = false;
      trouble(form, reasonOf(refusal));
      say(`Not done: ${reasonOf(refusal)}`);
      return;
    }
    form.elements.other_task_id.focus();
    await refresh();
    say(`The link to ${button.dataset.unlink} is gone`);
  });
}

export function startLinking(key) {
  const path = `/api/tasks/${key}/links`;
  startAdding(path);
  startRemoving(path);
  offer({ key: "l", words: "Link to another task", icon: "link", run: () => form.elements.other_task_id.focus() });
}
