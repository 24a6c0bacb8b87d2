// One project: its settings and its members; everything else keeps itself up to date.
import { mark } from "./actors.js";
import { onSubmit, openDialog, tryTo } from "./forms.js";
import { offer } from "./keys.js";
import { openMenu } from "./menu.js";
import { say } from "./page.js";
import { refresh } from "./parts.js";
import { keepUpToDate } from "./renewing.js";
import { walkOver } from "./rows.js";

const settings = document.querySelector("#settings");
const remove = document.querySelector("#ask-remove");
let leaving = null; // the member that the question is about

/** Only what the reader changed; what only some may settle is not in everybody's form. */
function changes({ elements }) {
  const found = {};
  for (const name of ["name", "description"]) if (elements[name].value !== elements[name].defaultValue) found[name] = elements[name].value.trim();
  if (!elements.lead) return found;
  if (!elements.lead.selectedOptions[0].defaultSelected) found.lead = elements.lead.value || null;
  const chosen = [...elements.visibility].find((one) => one.checked);
  if (!chosen.defaultChecked) found.visibility = chosen.value;
  for (const name of ["review_required", "archived"]) if (elements[name].checked !== elements[name].defaultChecked) found[name] = elements[name].checked;
  return found;
}

async function add({ id, name }) {
  if (await tryTo("POST", `/api/v1/projects/${settings.dataset.id}/members`, { member: id })) say(`${name} is a member now`);
}

function chooseMember(button) {
  const inside = new Set([...document.querySelectorAll(".team [data-id]")].map(({ dataset }) => dataset.id));
  const people = [...document.querySelector("#people").content.children].map(({ dataset }) => dataset);
  const items = people.filter(({ id }) => !inside.has(id)).map((one) => ({
    words: one.name,
    mono: one.kind === "agent",
    mark: mark(one.id, one.name, one.kind),
    run: () => add(one),
  }));
  if (items.length) openMenu(button, [{ items }], { label: "Who becomes a member", pressed: true });
  else say("Everybody is a member already");
}

if (settings) {
  onSubmit(
    settings.querySelector("form"),
    (form) => ({ method: "PATCH", path: `/api/v1/projects/${settings.dataset.id}`, body: changes(form) }),
    () => location.reload(),
  );
  onSubmit(
    remove.querySelector("form"),
    () => ({ method: "DELETE", path: `/api/v1/projects/${settings.dataset.id}/members/${leaving.dataset.id}` }),
    async () => {
      remove.close();
      await refresh();
      say(`${leaving.dataset.name} is out`);
    },
  );
  document.querySelector("#main").addEventListener("click", (event) => {
    const button = event.target.closest("#add-member");
    leaving = event.target.closest("[data-remove]")?.closest("li") ?? leaving;
    if (button) chooseMember(button);
    if (!event.target.closest("[data-remove]")) return;
    remove.querySelector("[data-name]").textContent = leaving.dataset.name;
    openDialog(remove);
  });
  offer({ key: "e", words: "Settings of this project", icon: "tune", run: () => openDialog(settings) });
}
walkOver(".list-of-risks > li, .list-of-issues > li[data-id], .list-of-open > li[data-id]");
keepUpToDate();
