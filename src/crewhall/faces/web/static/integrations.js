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

/** The dialog of a connection's messages; one that was just made has its own after the page is loaded anew. */
function openInbound(id) {
  const dialog = document.getElementById(`inbound-${id}`);
  if (dialog) openDialog(dialog);
  else location.reload();
}

document.querySelector("#main").addEventListener("click", ({ target }) => {
  const card = target.closest(".integ");
  const test = target.closest("[data-test]");
  const all = target.closest("[data-test-all]");
  const connect = target.closest("[data-connect]");
  if (test) done(test, `/api/v1/integrations/${card.dataset.id}/health/check`, ({ is_healthy: good, error_message: why }) => `${card.dataset.title}: ${good ? "works" : why}`);
  if (all) done(all, "/api/v1/integrations/health/check", ({ checked, healthy }) => `${healthy} of ${checked} connections work`);
  const inbound = target.closest("[data-inbound]");
  if (inbound) openInbound(inbound.dataset.inbound);
  if (connect) openDialog(document.getElementById(`connect-${connect.dataset.connect}`));
  const settings = target.closest("[data-settings]");
  if (settings) openSettings(settings.dataset.settings);
  if (target.closest("[data-disconnect]")) {
    chosen = card;
    question.querySelector("[data-name]").textContent = `${card.dataset.title}, ${card.dataset.account}`;
    openDialog(question);
  }
});

/** A card that came meanwhile has no dialog yet. */
function openSettings(id) {
  const dialog = document.getElementById(`settings-${id}`);
  if (dialog) openDialog(dialog);
  else location.reload();
}

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
      const fields = [...form.elements].filter((field) => "key" in field.dataset && field.value.trim());
      const credentials = Object.fromEntries(fields.map(({ name, value }) => [name, value.trim()]));
      return { method: "POST", path: "/api/v1/integrations/connect", body: { platform: dialog.dataset.platform, credentials } };
    },
    async () => location.assign(`/integrations?platform=${dialog.dataset.platform}&result=connected`), // with the new card's dialogs
  );
}

for (const dialog of document.querySelectorAll("dialog[data-settings-of]")) {
  onSubmit(
    dialog.querySelector("form"),
    ({ elements }) => {
      const fields = [...elements].filter((field) => "setting" in field.dataset);
      const settings = Object.fromEntries(fields.map(({ name, value }) => [name, value.trim() || null]));
      const body = { name: elements.name.value.trim(), health_checks: elements.health_checks.checked, settings };
      return { method: "PATCH", path: `/api/v1/integrations/${dialog.dataset.settingsOf}`, body };
    },
    async () => {
      dialog.close();
      await refresh();
      say(`The settings of ${dialog.dataset.title} are saved`);
    },
  );
}

for (const dialog of document.querySelectorAll("dialog[data-hook]")) {
  onSubmit(
    dialog.querySelector("form"),
    (form) => ({
      method: "POST",
      path: `/api/v1/integrations/${dialog.dataset.hook}/inbound`,
      body: form.elements.secret ? { secret: form.elements.secret.value.trim() } : {},
    }),
    async ({ secret }, form) => {
      if (secret) {
        form.querySelector("[data-secret]").textContent = secret;
        form.querySelector(".shown-once").hidden = false;
      } else {
        dialog.close();
        form.reset();
      }
      await refresh();
      say(`${dialog.dataset.title} can tell what happens there`);
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
