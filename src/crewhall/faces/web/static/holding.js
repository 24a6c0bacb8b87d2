// Holding a task from its page: take it, give it back, take it over with a reason.
import { Refusal, send } from "./api.js";
import { onSubmit, openDialog, reasonOf } from "./forms.js";
import { offer } from "./keys.js";
import { say } from "./page.js";
import { refresh } from "./parts.js";

/** `held()` answers the claim's element, or null when nobody holds the task. */
export function startHolding(key, held) {
  const path = `/api/tasks/${key}/claim`;

  async function ask(method, done) {
    try {
      await send(method, path, {});
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      return say(`Not done: ${reasonOf(refusal)}`);
    }
    await refresh();
    return say(done);
  }

  document.querySelector("#task").addEventListener("click", (event) => {
    if (event.target.closest("[data-release]")) ask("DELETE", "You gave the task back");
    if (event.target.closest("#take-over")) openDialog(document.querySelector("#ask-take-over"));
  });
  offer({ key: "h", words: "Hold this task", icon: "flame", when: () => !held(), run: () => ask("POST", "You hold this task now") });
  offer({ words: "Give this task back", icon: "flame", shown: false, when: () => held()?.querySelector("[data-release]"), run: () => ask("DELETE", "You gave the task back") });

  const takeOver = document.querySelector("#ask-take-over");
  onSubmit(
    takeOver.querySelector("form"),
    (form) => ({ method: "POST", path, body: { override: true, reason: form.elements.reason.value.trim() } }),
    async () => {
      takeOver.close();
      await refresh();
      say("You hold this task now");
    },
  );
}
