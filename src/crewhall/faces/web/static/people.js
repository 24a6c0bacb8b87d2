// The people's page: roles, invitations, leaving and coming back.
import { get } from "./api.js";
import { onSubmit, openDialog, tryTo, valuesOf } from "./forms.js";
import { writeLeases } from "./leases.js";
import { icon, openMenu } from "./menu.js";
import { say } from "./page.js";
import { refresh } from "./parts.js";
import { keepUpToDate } from "./renewing.js";
import { listenToCopies, showSecrets } from "./secrets.js";

let chosen = null; // the row that a question is about

/** Change something outside of a form; what is refused is said above the list. */
async function change(method, path, body, done) {
  if (await tryTo(method, path, body)) say(done);
}

const roles = [...(document.querySelector("#roles")?.content.children ?? [])];

function chooseRole(row, button) {
  const { id, name, kind, role } = row.dataset;
  const items = roles
    .filter((one) => kind === "person" || "agents" in one.dataset)
    .map(({ dataset: { to, words } }) => ({
      words,
      checked: to === role,
      run: () => to !== role && change("PATCH", `/api/v1/members/${id}`, { role: to }, `${name} is ${words} now`),
    }));
  openMenu(button, [{ items }], { label: `Role of ${name}`, pressed: true });
}

/** Ask about one row: its name stands wherever the question has a place for it. */
function ask(question, row) {
  chosen = row;
  const dialog = document.querySelector(`#${question}`);
  for (const place of dialog.querySelectorAll("[data-name]")) place.textContent = row.dataset.name;
  openDialog(dialog);
}

/** How many open tasks somebody has: `7`, `500+`. */
async function openTasksOf(id) {
  const page = await get(`/api/tasks?assignee=${id}&status=not_started,in_progress,blocked,ready_for_review&limit=500`);
  return `${page.tasks.length}${page.next_cursor ? "+" : ""}`;
}

async function askToDeactivate(row) {
  const dialog = document.querySelector("#ask-deactivate");
  const tasks = await openTasksOf(row.dataset.id);
  dialog.querySelector("h2").textContent = `Deactivate ${row.dataset.name}?`;
  dialog.querySelector("[data-hand-over]").hidden = tasks === "0";
  dialog.querySelector("[data-tasks]").textContent = `${tasks} open ${tasks === "1" ? "task" : "tasks"} to hand over. Who gets ${tasks === "1" ? "it" : "them"}?`;
  for (const option of dialog.querySelectorAll("option")) option.hidden = option.disabled = option.value === row.dataset.id;
  dialog.querySelector("select").value = "";
  ask("ask-deactivate", row);
}

function more(row, button) {
  const items = [{ words: "Deactivate", mark: icon("leave"), run: () => askToDeactivate(row) }];
  openMenu(button, [{ items }], { label: `More about ${row.dataset.name}`, pressed: true });
}

document.querySelector(".column").addEventListener("click", (event) => {
  const row = event.target.closest("li");
  const pressed = (name) => event.target.closest(`[data-${name}]`);
  if (pressed("change-role")) chooseRole(row, pressed("change-role"));
  else if (pressed("more")) more(row, pressed("more"));
  else if (pressed("revoke")) ask("ask-revoke", row);
  else if (pressed("reactivate")) ask("ask-reactivate", row);
});

/** A question whose yes is `wanted(row)`; then the lists are as the hall has them. */
function onYes(question, wanted, done) {
  const dialog = document.querySelector(`#${question}`);
  onSubmit(dialog.querySelector("form"), () => wanted(chosen), async () => {
    dialog.close();
    await refresh();
    say(done(chosen.dataset.name));
  });
}

if (document.querySelector("#invite")) {
  const invite = document.querySelector("#invite");
  onSubmit(
    invite.querySelector("form"),
    (form) => ({ method: "POST", path: "/api/v1/invitations", body: valuesOf(form) }),
    (made) => {
      invite.querySelector("[data-role]").textContent = made.role;
      showSecrets(invite, { "invite-link": new URL(made.url, location).href });
    },
  );
  onYes(
    "ask-deactivate",
    (row) => {
      const to = document.querySelector("#ask-deactivate select").value;
      return { method: "POST", path: `/api/v1/members/${row.dataset.id}/deactivate`, body: to ? { hand_over_to: to } : {} };
    },
    (name) => `${name} is deactivated`,
  );
  onYes("ask-revoke", (row) => ({ method: "DELETE", path: `/api/v1/invitations/${row.dataset.id}` }), () => "Invitation revoked");
  onYes("ask-reactivate", (row) => ({ method: "POST", path: `/api/v1/members/${row.dataset.id}/reactivate` }), (name) => `${name} is back`);
  listenToCopies();
}

// Who comes and who goes is no change of a task: the page looks by itself, while somebody looks at it.
const LOOK = 60_000; // milliseconds
const look = keepUpToDate(() => true, writeLeases);
setInterval(() => document.visibilityState === "visible" && look(), LOOK);
