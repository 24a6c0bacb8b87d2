// The fields in the rail: opened with a press, saved on leaving them, and asked about when somebody else was quicker.
import { Refusal, send } from "./api.js";
import { dayOf, duration, minutesOf } from "./durations.js";
import { onSubmit, openDialog, reasonOf } from "./forms.js";
import { icon, openMenu } from "./menu.js";
import { ago, say } from "./page.js";
import { refresh, restore } from "./parts.js";
import { weekday } from "./times.js";

const task = document.querySelector("#task");
const rowOf = (field) => document.querySelector(`.prop[data-field="${field}"]`);
const PLACEHOLDERS = { tags: "one, another", time: "2 h 30 min", share: "40 %", task: "CH-12" };

/** Open a field's editor; `pressed` when its own button asks for that. */
export async function edit(field, pressed = false) {
  const row = rowOf(field);
  const button = row.querySelector("[data-edit]");
  if (!button) return;
  await bring(button);
  if (button.dataset.edit === "menu") chooseOne(row, button, pressed);
  else if (button.dataset.edit === "people") choosePeople(row, button, pressed);
  else editLine(row, button);
}

/** Scroll to what is out of view, and wait for that: scrolling closes menus. */
async function bring(button) {
  const { top } = button.getBoundingClientRect();
  button.scrollIntoView({ block: "nearest" });
  if (button.getBoundingClientRect().top === top) return;
  for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
}

// Menus -------------------------------------------------------------------------------------------------------------

/** What a field may be: { value, words, mark }, as the page's templates say. */
export function choicesOf(field) {
  const offered = document.querySelector(`#choices-${field}`)?.content.children ?? [];
  return [...offered].map((mark) => ({ value: mark.dataset.to, words: mark.dataset.words, mark }));
}

function chooseOne(row, button, pressed) {
  const { field, name, value: current } = row.dataset;
  const items = choicesOf(field).map(({ value, words, mark }, at) => ({
    words,
    mark: mark.cloneNode(true),
    checked: value === current,
    key: at < 9 ? String(at + 1) : undefined,
    run: () => value !== current && save(row, value, [mark.cloneNode(true), words]),
  }));
  openMenu(button, [{ items }], { label: name, pressed });
}

function choosePeople(row, button, pressed) {
  const held = row.dataset.value ? row.dataset.value.split(",") : [];
  const people = choicesOf("assignees");
  const take = (ids) => save(row, ids, shapesOf(ids));
  const items = people.map(({ value, words, mark }) => ({
    words,
    mark: mark.cloneNode(true),
    many: true,
    checked: held.includes(value),
    run: () => take(held.includes(value) ? held.filter((id) => id !== value) : [...held, value]),
  }));
  const nobody = held.length ? [{ items: [{ words: "Nobody", mark: icon("x"), run: () => take([]) }] }] : [];
  openMenu(button, [{ items }, ...nobody], { label: row.dataset.name, pressed });
}

function shapesOf(ids) {
  const known = new Map(choicesOf("assignees").map((one) => [one.value, one]));
  return [ids.map((id) => known.get(id)?.words).filter(Boolean).join(", ") || "Nobody"];
}

// Lines, dates, durations -------------------------------------------------------------------------------------------

/** `40 %`, `40` in percent. */
function shareOf(text) {
  const share = Number(/^(\d{1,3}) *%?$/.exec(text)?.[1] ?? NaN);
  if (!(share <= 100)) throw new Error("Write a number from 0 to 100");
  return share;
}

/** What a field's text means to the API; an Error with what to write instead. */
function parsed(kind, field, text) {
  if (kind === "tags") return [...new Set(text.split(",").map((tag) => tag.trim()).filter(Boolean))];
  if (!text) return null;
  if (kind === "date") {
    const [year, month, day] = text.split("-").map(Number);
    return (field === "due_at" ? new Date(year, month - 1, day, 23, 59) : new Date(year, month - 1, day)).toISOString();
  }
  if (kind === "share") return shareOf(text);
  if (kind !== "time") return text;
  const minutes = minutesOf(text);
  if (Number.isNaN(minutes)) throw new Error("Write it as 2 h 30 min");
  return minutes;
}

function editLine(row, button) {
  const { field, value } = row.dataset;
  const kind = button.dataset.edit;
  const input = document.createElement("input");
  const before = kind === "date" && value ? dayOf(value) : value;
  Object.assign(input, { className: "edit-line", type: kind === "date" ? "date" : "text", value: before, autocomplete: "off", maxLength: 255 });
  if (kind === "tags") input.maxLength = 2000;
  input.placeholder = PLACEHOLDERS[kind] ?? "None";
  input.setAttribute("aria-labelledby", `n-${field}`);
  if (document.querySelector(`#list-${field}`)) input.setAttribute("list", `list-${field}`);
  row.dataset.busy = "";
  row.querySelector(".field-trouble")?.remove();
  button.replaceWith(input);
  input.focus();
  if (kind !== "date") input.select();
  let over = false;
  const leave = (keep, focus) => {
    if (over) return;
    over = true;
    const text = input.value.trim();
    const next = !keep || text === before ? undefined : attempt(() => parsed(kind, field, text));
    if (next instanceof Error) {
      over = false;
      complain(row, next.message);
      return;
    }
    input.replaceWith(button);
    if (focus) button.focus();
    if (next === undefined) release(row);
    else save(row, next, [text || "None"]);
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    leave(event.key === "Enter", true);
  });
  input.addEventListener("blur", () => leave(true, false));
}

function attempt(read) {
  try {
    return read();
  } catch (error) {
    return error;
  }
}

/** Nothing was changed: what arrived meanwhile may be shown. */
function release(row) {
  delete row.dataset.busy;
  refresh();
}

// Saving ------------------------------------------------------------------------------------------------------------

/** Save a field. `shape` is how it looks until the answer is there; `version` is the one that the reader saw. */
async function save(row, value, shape, version = row.dataset.version) {
  const { field, name } = row.dataset;
  row.dataset.busy = "";
  row.querySelector(".field-trouble")?.remove();
  row.querySelector("[data-edit]")?.replaceChildren(...shape);
  const refusal = await change({ [field]: value }, version);
  if (refusal?.code === "version_conflict") return conflict(row, value, shape, refusal.details);
  delete row.dataset.busy;
  if (wantsReason(refusal)) return askWhy(row, value, version);
  if (refusal) {
    restore(row);
    complain(rowOf(field), reasonOf(refusal));
    return refresh();
  }
  await refresh();
  say(`${name} saved`);
}

// A reason, where the hall wants one -----------------------------------------------------------------------------------

const why = document.querySelector("#ask-why");
let waiting = null; // the change that waits for its reason

const wantsReason = (refusal) => refusal?.details.fields?.some(({ field }) => field === "comment");

/** Work that leaves a project where it is reviewed: the history says why. */
function askWhy(row, value, version) {
  waiting = { [row.dataset.field]: value, expected_version: Number(version) };
  restore(row);
  why.querySelector("form").reset();
  openDialog(why);
}

if (why) {
  onSubmit(
    why.querySelector("form"),
    (form) => ({ method: "PATCH", path: `/api/tasks/${task.dataset.key}`, body: { ...waiting, comment: form.elements.comment.value.trim() } }),
    async () => {
      why.close();
      await refresh();
      say("Project saved");
    },
  );
}

/** Change fields of this task; answers the refusal, or null. */
export async function change(fields, version) {
  return send("PATCH", `/api/tasks/${task.dataset.key}`, fields, { version, patient: true }).then(
    () => null,
    (error) => {
      if (error instanceof Refusal) return error;
      throw error;
    },
  );
}

function complain(row, reason) {
  row.querySelector(".field-trouble")?.remove();
  const line = Object.assign(document.createElement("p"), { className: "field-trouble" });
  line.append(icon("stopsign", "i-s"), Object.assign(document.createElement("span"), { textContent: reason }));
  row.querySelector("dd").append(line);
  say(`${row.dataset.name} not saved: ${reason}`);
}

/** What a value is called in a sentence. */
export function wordsFor(field, value) {
  if (value === null || value === undefined || value === "" || value.length === 0) return field === "assignees" ? "Nobody" : "none";
  if (field === "due_at" || field === "start_at") return weekday(Date.parse(value));
  if (field === "estimate_minutes") return duration(Number(value));
  if (field === "progress_percentage") return `${value} %`;
  const choices = new Map(choicesOf(field).map((one) => [one.value, one.words]));
  return [value].flat().map((one) => choices.get(one) ?? one.name ?? String(one)).join(", ");
}

/** "Tomas set Blocked 3 s ago. Keep theirs or set In review?" */
function conflict(row, value, shape, { current_version: version, clashes }) {
  const { field, name } = row.dataset;
  const clash = clashes[field] ?? Object.values(clashes)[0];
  const [theirs, mine] = [wordsFor(field, clash.theirs), wordsFor(field, value)];
  const who = clash.changed_by.split(" ")[0];
  const told = `${who} set ${theirs} ${ago(Date.parse(clash.changed_at))}.`;
  restore(row);
  const fresh = rowOf(field);
  fresh.dataset.busy = "";
  const box = document.createElement("div");
  box.className = "both";
  box.role = "group";
  box.setAttribute("aria-label", `${name}: two changes`);
  const end = () => {
    box.remove();
    delete fresh.dataset.busy;
  };
  const keep = button(`Keep ${theirs}`, () => {
    end();
    refresh().then(() => rowOf(field).querySelector("[data-edit]")?.focus());
    say(`${name} stays ${theirs}`);
  });
  const set = button(`Set ${mine}`, () => {
    end();
    rowOf(field).querySelector("[data-edit]")?.focus();
    save(rowOf(field), value, shape, version);
  });
  box.append(
    line([bold(told), " Keep theirs or set ", mine, "?"]),
    line([markOf(field, clash.theirs), theirs, small("theirs")], "row"),
    line([markOf(field, value), mine, small("yours")], "row"),
    line([keep, set], "row wrap"),
  );
  fresh.querySelector("dd").append(box);
  keep.focus();
  say(`${told} Keep theirs or set ${mine}?`);
}

const element = (name, content, className = "") => {
  const made = Object.assign(document.createElement(name), { className });
  made.append(...[content].flat().filter(Boolean));
  return made;
};
const line = (content, className) => element("p", content, className);
const bold = (text) => element("b", text);
const small = (text) => element("span", text, "mute");

function button(words, run) {
  const made = Object.assign(element("button", words, "btn"), { type: "button" });
  made.addEventListener("click", run);
  return made;
}

const markOf = (field, value) => choicesOf(field).find((one) => one.value === value)?.mark.cloneNode(true);

document.querySelector(".rail").addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-edit]");
  if (pressed) edit(pressed.closest(".prop").dataset.field, true);
});
