// The webhooks' page: made here, tried here, and what did not arrive is sent again.
import { Refusal, send } from "./api.js";
import { onSubmit, openDialog, reasonOf, valuesOf } from "./forms.js";
import { say } from "./page.js";
import { refresh } from "./parts.js";
import { listenToCopies, showSecrets } from "./secrets.js";

const LOOKS = [600, 1500, 4000]; // milliseconds after which it is looked how a message went
const chosen = document.querySelector("[data-webhook]")?.dataset.webhook;
const path = `/api/v1/webhooks/${chosen}`;
const make = document.querySelector("#make");

function wanted(form) {
  const { repositories, events, ...body } = valuesOf(form);
  const names = (repositories ?? "").split(",").map((name) => name.trim()).filter(Boolean);
  return { method: "POST", path: "/api/v1/webhooks", body: { ...body, events: events ?? [], repositories: names } };
}

async function act(method, where, body, done) {
  try {
    await send(method, where, body);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return say(`Not done: ${reasonOf(refusal)}`);
  }
  await refresh();
  return say(done);
}

let looks = [];

function lookLater() {
  looks.forEach(clearTimeout);
  looks = LOOKS.map((pause) => setTimeout(refresh, pause));
}

const ACTS = {
  ping: () => act("POST", `${path}/ping`, {}, "Test sent").then(lookLater),
  pause: () => act("PATCH", path, { state: "paused" }, "Paused"),
  resume: () => act("PATCH", path, { state: "active" }, "Switched on").then(lookLater),
  replay: (row) => act("POST", `/api/v1/webhook-deliveries/${row.dataset.id}/replay`, {}, "Sent again").then(lookLater),
  rotate: () => openDialog(document.querySelector("#rotate")),
  delete: () => openDialog(document.querySelector("#ask-delete")),
};

document.querySelector(".column").addEventListener("click", (event) => {
  if (event.target.closest("[data-open]")) openDialog(make); // a button that arrived with a refresh
  const button = event.target.closest("[data-do]");
  if (button) ACTS[button.dataset.do](button.closest("li"));
});

onSubmit(make.querySelector("form"), wanted, ({ secret }) => showSecrets(make, { "new-secret": secret }));
if (chosen) {
  const rotate = document.querySelector("#rotate");
  onSubmit(
    rotate.querySelector("form"),
    () => ({ method: "POST", path: `${path}/secret`, body: {} }),
    ({ secret }) => showSecrets(rotate, { "next-secret": secret }),
  );
  onSubmit(
    document.querySelector("#ask-delete form"),
    () => {
      looks.forEach(clearTimeout); // what is being deleted need not be looked at
      return { method: "DELETE", path };
    },
    () => location.assign("/webhooks"),
  );
}
listenToCopies();
