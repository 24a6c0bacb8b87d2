// Issues: report one, take one, settle one; the list keeps itself up to date.
import { Refusal, send } from "./api.js";
import { onSubmit, openDialog, reasonOf, valuesOf } from "./forms.js";
import { offer } from "./keys.js";
import { follow } from "./live.js";
import { icon, openMenu } from "./menu.js";
import { say } from "./page.js";
import { refresh } from "./parts.js";

const SOON = 500; // milliseconds in which many changes become one look
const report = document.querySelector("#report");
const settle = document.querySelector("#settle");
let chosen = null; // the row that a question is about

async function take(row) {
  try {
    await send("POST", `/api/v1/issues/${row.dataset.id}/assign`, { assigned_to: "me" });
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return say(`Not done: ${reasonOf(refusal)}`);
  }
  await refresh();
  return say(`${row.dataset.key} is yours`);
}

function askToSettle(row) {
  chosen = row;
  settle.querySelector("[data-key]").textContent = row.dataset.key;
  settle.querySelector("[data-title]").textContent = row.dataset.title;
  openDialog(settle);
}

document.querySelector("#main").addEventListener("click", (event) => {
  const button = event.target.closest("[data-more]");
  const row = button?.closest("li");
  if (!row) return;
  const items = [
    { words: "Assign to me", mark: icon("person"), run: () => take(row) },
    { words: "Settle", mark: icon("check"), run: () => askToSettle(row) },
  ];
  openMenu(button, [{ items }], { label: `Assign or settle ${row.dataset.key}`, pressed: true });
});
document.querySelector("[data-submits]")?.addEventListener("change", ({ target }) => target.form.submit());

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
  offer({ key: "c", words: "Report an issue", icon: "plus", when: () => document.querySelector('[data-open="report"]'), run: () => openDialog(report) });
}

let soon = 0;

function renew() {
  clearTimeout(soon);
  soon = setTimeout(refresh, SOON);
}

follow({ onEvent: renew, onReset: refresh });
