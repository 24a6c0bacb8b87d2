// A task's page: its title and text edited in place, comments, sub-tasks, and everything that others do to it meanwhile.
import { copy } from "./copy.js";
import { change, edit } from "./fields.js";
import { onSubmit, openDialog, reasonOf, trouble } from "./forms.js";
import { startHolding } from "./holding.js";
import { offer } from "./keys.js";
import { writeLeases } from "./leases.js";
import { isLinked, startLinking } from "./linking.js";
import { follow } from "./live.js";
import { icon, openMenu } from "./menu.js";
import { readAbout } from "./notices.js";
import { ago, facts, isNews, say } from "./page.js";
import { refresh } from "./parts.js";
import { startTiming } from "./timing.js";
import { startWatching } from "./watching.js";

const FIELDS = { due_at: "due date", start_at: "start", estimate_minutes: "estimate", progress_percentage: "progress", parent_id: "parent", assignee_id: "assignee", description: "text", status_name: "status", open_blockers: "what this task waits for" };

const task = document.querySelector("#task");
const { id, key } = task.dataset;
const part = (name) => document.querySelector(`[data-part="${name}"]`);

// What others do ------------------------------------------------------------------------------------------------------

let heard = [];
let soon = 0;

function onEvent(event) {
  if (event.task_id !== id && event.task?.parent_id !== id && !isLinked(event.task?.key)) return;
  if (event.type === "task_deleted" && event.task_id === id) {
    location.reload(); // what is left of it, and the way back
    return;
  }
  const theirs = event.actor && event.actor.id !== facts.me && isNews(event);
  if (theirs && event.task_id === id) heard.push(event);
  clearTimeout(soon);
  soon = setTimeout(renew, 60);
}

async function renew() {
  const news = heard;
  heard = [];
  const changed = await refresh();
  writeLeases();
  if (!news.length) return;
  for (const name of changed) if (part(name).matches(".prop, [data-part=text]")) tint(part(name));
  if (changed.includes("feed")) tint(document.querySelector(".feed > li:last-child"));
  say(news.map(sentence).join(". "));
}

function tint(shown) {
  shown?.classList.add("moved");
  shown?.addEventListener("animationend", () => shown.classList.remove("moved"), { once: true });
}

const TIMES = { time_started: "started a timer", time_stopped: "stopped a timer", time_logged: "logged time", time_changed: "changed time", time_deleted: "deleted time" };

function sentence({ type, actor, changed, time }) {
  if (type === "task_commented") return `${actor.name} commented`;
  if (time) return `${actor.name} ${TIMES[time.what] ?? "changed time"}`;
  if (changed.includes("unblocked")) return "Nothing blocks this task any more";
  return `${actor.name} changed ${changed.map((field) => FIELDS[field] ?? field).join(", ") || "this task"}`;
}

// Title and text ------------------------------------------------------------------------------------------------------

const form = document.querySelector("#edit-form");

function editText(focus = "title") {
  if (!form || !form.hidden) return;
  form.hidden = false;
  form.dataset.version = part("head").dataset.version;
  form.elements.title.value = form.elements.title.defaultValue = part("head").dataset.value;
  form.elements.description.value = form.elements.description.defaultValue = part("text").dataset.value;
  trouble(form);
  form.querySelector(".both")?.remove();
  for (const shown of [part("head"), part("text")]) {
    shown.dataset.busy = "";
    shown.hidden = true;
  }
  fit(form.elements.title);
  fit(form.elements.description);
  form.elements[focus].focus();
}

async function leaveText() {
  form.hidden = true;
  for (const shown of [part("head"), part("text")]) {
    delete shown.dataset.busy;
    shown.hidden = false;
  }
  document.querySelector("#edit").focus();
  await refresh();
}

const edited = () => ["title", "description"].filter((name) => form.elements[name].value !== form.elements[name].defaultValue);

async function saveText(version = form.dataset.version) {
  const fields = Object.fromEntries(edited().map((name) => [name, form.elements[name].value]));
  if (!Object.keys(fields).length) return leaveText();
  const refusal = await change(fields, version);
  if (!refusal) {
    await leaveText();
    say("Saved");
  } else if (refusal.code === "version_conflict") offerBoth(refusal.details);
  else trouble(form, reasonOf(refusal));
}

/** Somebody changed the same text: show theirs beside, and ask. */
function offerBoth({ current_version: version, clashes }) {
  form.querySelector(".both")?.remove();
  const box = document.querySelector("#both-texts").content.firstElementChild.cloneNode(true);
  const [clash] = Object.values(clashes);
  const what = Object.keys(clashes).map((name) => (name === "title" ? "title" : "text")).join(" and the ");
  const told = `${clash.changed_by.split(" ")[0]} changed the ${what} ${ago(Date.parse(clash.changed_at))}.`;
  box.querySelector("b").textContent = told;
  box.querySelector("pre").textContent = Object.values(clashes).map(({ theirs }) => theirs).join("\n\n");
  box.querySelector("[data-keep]").addEventListener("click", leaveText);
  box.querySelector("[data-set]").addEventListener("click", () => saveText(version));
  form.querySelector("footer").before(box);
  box.querySelector("[data-keep]").focus();
  say(`${told} Keep theirs or set yours?`);
}

/** A field for text is as high as its text. */
function fit(field) {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

function startText() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    saveText();
  });
  form.querySelector("[data-cancel]").addEventListener("click", leaveText);
  form.addEventListener("input", (event) => fit(event.target));
  form.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const inTitle = event.target === form.elements.title;
    if (event.key === "Escape") leaveText();
    else if (event.key === "Enter" && (inTitle || event.ctrlKey || event.metaKey)) form.requestSubmit();
    else return;
    event.preventDefault();
  });
  document.querySelector("#edit").addEventListener("click", () => editText());
  task.addEventListener("click", (event) => event.target.closest("[data-edit-text]") && editText("description"));
  task.addEventListener("dblclick", (event) => event.target.closest("h1") && editText());
}

// Comments and sub-tasks ----------------------------------------------------------------------------------------------

function startComments() {
  const write = document.querySelector("#write");
  onSubmit(
    write,
    () => ({ method: "POST", path: `/api/tasks/${key}/comments`, body: { comment: write.elements.comment.value } }),
    async () => {
      write.reset();
      fit(write.elements.comment);
      await refresh();
      say("Comment added");
    },
  );
  write.addEventListener("input", () => fit(write.elements.comment));
  write.addEventListener("keydown", (event) => {
    if (event.key === "Escape") write.elements.comment.blur();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) write.requestSubmit();
  });
  document.querySelector("#activity").addEventListener("click", (event) => {
    const said = event.target.closest("[data-comment]");
    if (event.target.closest("[data-edit-comment]")) editComment(said);
    if (event.target.closest("[data-delete-comment]")) askToDelete(said);
  });
}

function editComment(said) {
  const editor = document.querySelector("#edit-comment").content.firstElementChild.cloneNode(true);
  const text = editor.elements.comment;
  const leave = async () => {
    delete part("feed").dataset.busy;
    editor.replaceWith(said.querySelector(".prose") ?? prose);
    prose.hidden = false;
    await refresh();
    document.querySelector(`[data-comment="${said.dataset.comment}"] [data-edit-comment]`)?.focus();
  };
  const prose = said.querySelector(".prose");
  part("feed").dataset.busy = "";
  prose.hidden = true;
  prose.after(editor);
  text.value = said.dataset.source;
  fit(text);
  text.focus();
  onSubmit(
    editor,
    () => ({ method: "PATCH", path: `/api/tasks/${key}/comments/${said.dataset.comment}`, body: { comment: text.value } }),
    async () => {
      await leave();
      say("Comment saved");
    },
  );
  editor.querySelector("[data-cancel]").addEventListener("click", leave);
  editor.addEventListener("input", () => fit(text));
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) editor.requestSubmit();
  });
}

let doomed = "";

function askToDelete(said) {
  doomed = said.dataset.comment;
  openDialog(document.querySelector("#ask-comment"));
}

function startDeleting() {
  const comment = document.querySelector("#ask-comment");
  onSubmit(
    comment.querySelector("form"),
    () => ({ method: "DELETE", path: `/api/tasks/${key}/comments/${doomed}` }),
    async () => {
      comment.close();
      await refresh();
      say("Comment deleted");
      document.querySelector("#comment").focus();
    },
  );
  const whole = document.querySelector("#ask-delete");
  onSubmit(
    whole.querySelector("form"),
    () => ({ method: "DELETE", path: `/api/tasks/${key}` }),
    () => location.reload(),
  );
  document.querySelector("#more").addEventListener("click", (event) => {
    const items = [
      { words: "Copy key", mark: icon("hash"), run: () => copy(key) },
      { words: "Copy branch name", mark: icon("branch"), run: () => copy(branch()) },
      { words: "Delete this task", mark: icon("bin"), run: () => openDialog(whole) },
    ];
    openMenu(event.currentTarget, [{ items }], { label: "More actions", pressed: true });
  });
}

function startSubTasks() {
  const add = document.querySelector("#add-sub");
  onSubmit(
    add,
    () => {
      const { repository, project } = task.dataset;
      const body = { title: add.elements.title.value, parent_id: id, ...(repository && { repository }), ...(project && { project }) };
      return { method: "POST", path: "/api/tasks", body };
    },
    async (made) => {
      add.reset();
      await refresh();
      say(`${made.key} created`);
    },
  );
}

// Tabs, copying, keys -------------------------------------------------------------------------------------------------

function showTab(link) {
  task.dataset.show = link.dataset.tab;
  history.replaceState(null, "", link.href);
  for (const tab of document.querySelectorAll("[data-tab]")) {
    if (tab === link) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
  refresh();
}

const words = (text) => text.normalize("NFKD").replace(/[^\w\s-]/g, "").trim().toLowerCase().split(/[\s_-]+/).filter(Boolean);
const branch = () => [key.toLowerCase(), ...words(part("head").dataset.value)].join("-").slice(0, 60).replace(/-+$/, "");
const COPIES = { key: () => key, link: () => new URL(`/t/${key}`, location).href, branch };

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  const tab = event.target.closest("[data-tab]");
  const more = event.target.closest("[data-more-entries]");
  if (button) copy(COPIES[button.dataset.copy](), button);
  if (tab && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    showTab(tab);
  }
  if (more && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    history.replaceState(null, "", more.href);
    refresh();
  }
});

if (form) {
  startText();
  startComments();
  startDeleting();
  startSubTasks();
  startLinking(key);
  startTiming(key);
  startHolding(key, () => part("claim").querySelector(".claim"));
  offer({ key: "e", words: "Edit title and text", icon: "edit", run: () => editText() });
  offer({ key: "c", words: "Comment", icon: "say", run: () => document.querySelector("#comment").focus() });
  offer({ key: "s", words: "Set status", icon: "ring", run: () => edit("status") });
  offer({ key: "a", words: "Assign", icon: "person", run: () => edit("assignees") });
  offer({ key: "p", words: "Set priority", icon: "up", run: () => edit("priority") });
}
startWatching(key);
offer({ words: "Copy link", icon: "link", run: () => copy(COPIES.link()), shown: false });
follow({ onEvent, onReset: refresh });
if ("news" in task.dataset) readAbout(key);
