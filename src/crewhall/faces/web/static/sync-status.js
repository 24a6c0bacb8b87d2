// The mirror of ClickUp: run it now, or read everything anew after a question.
import { Refusal, send } from "./api.js";
import { onSubmit, openDialog, reasonOf } from "./forms.js";
import { say } from "./page.js";
import { refresh } from "./parts.js";

const question = document.querySelector("#ask-resync");
const EVERY = 5000; // milliseconds between two looks at a run

async function start(button) {
  button.disabled = true;
  try {
    const { message } = await send("POST", button.dataset.sync, {});
    await refresh();
    say(message);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    say(`Not done: ${reasonOf(refusal)}`);
  } finally {
    button.disabled = false;
  }
}

document.querySelector("[data-sync]")?.addEventListener("click", ({ currentTarget }) => start(currentTarget));
document.querySelector("[data-resync]")?.addEventListener("click", () => openDialog(question));
if (question) {
  onSubmit(
    question.querySelector("form"),
    () => ({ method: "POST", path: "/api/v1/clickup/resync" }),
    async ({ message }) => {
      question.close();
      await refresh();
      say(message);
    },
  );
}
// Changes that ClickUp does not have: sent again, or let go of.

const SAID = { retry: "is being sent to ClickUp", dismiss: "is as ClickUp has it, or will be in a moment" };

document.querySelector(".column").addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-decide]:not([aria-disabled])");
  if (!button) return;
  const { write, key } = button.closest("[data-write]").dataset;
  button.setAttribute("aria-disabled", "true"); // a disabled one loses the focus, which goes on to what takes its place
  try {
    await send("POST", `/api/v1/clickup/writes/${write}/${button.dataset.decide}`, {});
    await refresh();
    say(`${key} ${SAID[button.dataset.decide]}`);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    await refresh(); // somebody else may have decided
    say(`Not done: ${reasonOf(refusal)}`);
  } finally {
    button.removeAttribute("aria-disabled");
  }
});

setInterval(() => {
  if (document.visibilityState === "visible") refresh();
}, EVERY);
