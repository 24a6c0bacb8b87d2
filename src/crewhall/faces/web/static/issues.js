// Issues: report one, take one, settle one; the list keeps itself up to date.
import { mark } from "./actors.js";
import { onSubmit, openDialog, tryTo, valuesOf } from "./forms.js";
import { offer } from "./keys.js";
import { openMenu } from "./menu.js";
import { facts, say } from "./page.js";
import { refresh } from "./parts.js";
import { keepUpToDate } from "./renewing.js";
import { walkOver } from "./rows.js";

const report = document.querySelector("#report");
const settle = document.querySelector("#settle");
const at = (from = document.activeElement) => from?.closest?.(".list-of-issues > li[data-id]");
let chosen = null; // the row that a question is about

async function give(row, { id, name }) {
  if (await tryTo("POST", `/api/v1/issues/${row.dataset.id}/assign`, { assigned_to: id })) say(`${row.dataset.key} is given to ${name}`);
}

/** Everybody whom an issue can be given to, the reader first. */
function assignees(row) {
  const people = [...(document.querySelector("#people")?.content.children ?? [])].map(({ dataset }) => dataset);
  people.sort((one, other) => (other.id === facts.me) - (one.id === facts.me));
  return people.map((one) => ({
    words: one.id === facts.me ? `${one.name} (you)` : one.name,
    mono: one.kind === "agent",
    mark: mark(one.id, one.name, one.kind),
    checked: row.dataset.assignee === one.id,
    run: () => row.dataset.assignee !== one.id && give(row, one),
  }));
}

function chooseAssignee(row, button) {
  openMenu(button, [{ label: "Assignee", items: assignees(row) }], { label: `Assignee of ${row.dataset.key}`, pressed: true });
}

function askToSettle(row) {
  chosen = row;
  settle.querySelector("[data-key]").textContent = row.dataset.key;
  settle.querySelector("[data-title]").textContent = row.dataset.title;
  openDialog(settle);
}

document.querySelector("#main").addEventListener("click", (event) => {
  const row = event.target.closest(".list-of-issues > li[data-id]");
  const assign = event.target.closest("[data-assign]");
  if (assign) chooseAssignee(row, assign);
  else if (event.target.closest("[data-settle]")) askToSettle(row);
});

/** A filter acts when it is chosen; only what is set belongs in the address. */
const filters = document.querySelector("form[data-submits]");
const onlySet = () => [...filters.elements].forEach((field) => (field.disabled = Boolean(field.name) && !field.value));
filters?.addEventListener("submit", onlySet);
filters?.addEventListener("change", () => filters.requestSubmit());
addEventListener("pageshow", () => [...(filters?.elements ?? [])].forEach((field) => (field.disabled = false)));

if (report) {
  onSubmit(
    report.querySelector("form"),
    (form) => ({ method: "POST", path: "/api/v1/issues", body: valuesOf(form) }),
    async (made, form) => {
      report.close();
      form.reset();
      await refresh();
      say(`${made.key} reported`);
    },
  );
}
if (settle) {
  onSubmit(
    settle.querySelector("form"),
    (form) => ({ method: "POST", path: `/api/v1/issues/${chosen.dataset.id}/resolve`, body: { resolution: form.elements.resolution.value.trim() } }),
    async (_, form) => {
      settle.close();
      form.reset();
      await refresh();
      say(`${chosen.dataset.key} settled`);
    },
  );
  offer({ key: "e", words: "Settle the issue", icon: "check", when: (from) => at(from)?.querySelector("[data-settle]"), run: () => askToSettle(at()) });
  offer({ key: "a", words: "Assign the issue", icon: "person", when: (from) => at(from)?.querySelector("[data-assign]"), run: () => chooseAssignee(at(), at().querySelector("[data-assign]")) });
}

if (report) offer({ key: "c", words: "Report an issue", icon: "plus", run: () => openDialog(report) });
walkOver(".list-of-issues > li[data-id]");
keepUpToDate();
