// The keys' page: made here, shown once, deleted here.
import { onSubmit, openDialog, valuesOf } from "./forms.js";
import { say } from "./page.js";
import { refresh } from "./parts.js";
import { listenToCopies, showSecrets } from "./secrets.js";

const make = document.querySelector("#make");
const question = document.querySelector("#ask-delete");
let doomed = null;

/** What the key is limited to: names with commas between them; none is no limit. */
function only(words) {
  const names = (words ?? "").split(",").map((name) => name.trim()).filter(Boolean);
  return names.length ? names : null;
}

function wanted(form) {
  const { repositories, projects, expires_at: day, scopes, ...body } = valuesOf(form);
  Object.assign(body, { repositories: only(repositories), projects: only(projects) });
  if (day) body.expires_at = new Date(`${day}T23:59:59`).toISOString();
  return { method: "POST", path: "/api/v1/api-keys", body: { ...body, scopes: scopes ?? [] } };
}

/** How an agent comes in with this key. */
function snippets(key) {
  const url = new URL("/mcp", location).href;
  const servers = { mcpServers: { crewhall: { type: "http", url, headers: { Authorization: `Bearer ${key}` } } } };
  return {
    "new-key": key,
    "new-command": `claude mcp add --transport http crewhall ${url} --header "Authorization: Bearer ${key}"`,
    "new-json": JSON.stringify(servers, null, 2),
  };
}

onSubmit(make.querySelector("form"), wanted, ({ key }) => showSecrets(make, snippets(key)));

document.querySelector(".column").addEventListener("click", (event) => {
  if (event.target.closest("[data-open]")) openDialog(make); // a button that arrived with a refresh
  if (!event.target.closest("[data-delete]")) return;
  doomed = event.target.closest("li");
  question.querySelector("[data-name]").textContent = doomed.dataset.name;
  openDialog(question);
});

onSubmit(
  question.querySelector("form"),
  () => ({ method: "DELETE", path: `/api/v1/api-keys/${doomed.dataset.id}` }),
  async () => {
    question.close();
    await refresh();
    say("Key deleted");
  },
);
listenToCopies();
