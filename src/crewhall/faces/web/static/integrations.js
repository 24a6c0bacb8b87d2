// Integrations: connect, test, disconnect; the cards keep themselves up to date.
import { Refusal, send } from "./api.js";
import { onSubmit, openDialog, reasonOf, trouble } from "./forms.js";
import { follow } from "./live.js";
import { say } from "./page.js";
import { refresh } from "./parts.js";

const SOON = 300; // milliseconds in which many changes become one look
const question = document.querySelector("#ask-disconnect");
let chosen = null; // the card that a question is about

async function done(button, path, words) {
  button.disabled = true;
  try {
    const answer = await send("POST", path, {});
    await refresh();
    say(words(answer));
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    say(`Not done: ${reasonOf(refusal)}`);
  } finally {
    button.disabled = false;
  }
}

document.querySelector("#main").addEventListener("click", ({ target }) => {
  const card = target.closest(".integ");
  const test = target.closest("[data-test]");
  const all = target.closest("[data-test-all]");
  const connect = target.closest("[data-connect]");
  if (test) done(test, `/api/v1/integrations/${card.dataset.id}/health/check`, ({ is_healthy: good, error_message: why }) => `${card.dataset.title}: ${good ? "works" : why}`);
  if (all) done(all, "/api/v1/integrations/health/check", ({ checked, healthy }) => `${healthy} of ${checked} connections work`);
  if (connect) openDialog(document.getElementById(`connect-${connect.dataset.connect}`));
  if (target.closest("[data-disconnect]")) {
    chosen = card;
    question.querySelector("[data-name]").textContent = `${card.dataset.title}, ${card.dataset.account}`;
    openDialog(question);
  }
});

/** To the platform, and back to the card. */
async function signIn(dialog, button) {
  const form = dialog.querySelector("form");
  button.disabled = true;
  trouble(form);
  try {
    const { authorization_url: address } = await send("POST", `/api/v1/oauth/${dialog.dataset.platform}/authorize`, {});
    location.assign(address);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    trouble(form, reasonOf(refusal));
    button.disabled = false;
  }
}

for (const dialog of document.querySelectorAll("dialog[data-platform]")) {
  dialog.querySelector("[data-oauth]")?.addEventListener("click", ({ currentTarget }) => signIn(dialog, currentTarget));
  onSubmit(
    dialog.querySelector("form"),
    (form) => {
      const fields = [...form.elements].filter((field) => field.type === "password" && field.value.trim());
      const credentials = Object.fromEntries(fields.map(({ name, value }) => [name, value.trim()]));
      return { method: "POST", path: "/api/v1/integrations/connect", body: { platform: dialog.dataset.platform, credentials } };
    },
    async (_, form) => {
      dialog.close();
      form.reset();
      await refresh();
      say(`${dialog.dataset.title} is connected`);
    },
  );
}

if (question) {
  onSubmit(
    question.querySelector("form"),
    () => ({ method: "POST", path: `/api/v1/integrations/${chosen.dataset.id}/disconnect` }),
    async ({ note }) => {
      question.close();
      await refresh();
      say(`Disconnected. ${note}`);
    },
  );
}

let soon = 0;

function renew() {
  clearTimeout(soon);
  soon = setTimeout(refresh, SOON);
}

follow({ onConnection: renew, onReset: refresh });
