// Keeping time: start, stop, log, correct and delete. On a task's page, and on the timesheet where a dialog asks for the task.
import { Refusal, send } from "./api.js";
import { dayOf, duration, minutesOf } from "./durations.js";
import { onSubmit, openDialog, reasonOf, trouble } from "./forms.js";
import { offer } from "./keys.js";
import { now, say } from "./page.js";
import { refresh } from "./parts.js";
import { suggestTasks } from "./suggesting.js";
import { renewTimer, timerRuns, timerRunsHere } from "./timer.js";

const HOW = "Write the duration as 1h 30m, 1:30 or 90";
const log = document.querySelector("#log-time");
const start = document.querySelector("#start-timer");
const editor = document.querySelector("#edit-entry");
const deleting = document.querySelector("#delete-entry");
let chosen = null; // the entry that a dialog is about, as its line says it

const pathOf = (key) => `/api/tasks/${encodeURIComponent(key)}`;
const taskOf = (form) => log.dataset.task ?? form.elements.task.value.trim();
const noteOf = ({ elements: { note } }) => note.value.trim() || null;

/** What a form says of a duration; says what is wrong with it and answers null where it is none. */
function lengthOf(form) {
  const minutes = minutesOf(form.elements.minutes.value.trim());
  if (minutes > 0) return minutes;
  trouble(form, HOW);
  form.elements.minutes.setAttribute("aria-invalid", "true");
  form.elements.minutes.focus();
  say(HOW);
  return null;
}

/** After a change: its dialog closes, the page and the timer show it. */
async function done(dialog, words) {
  dialog?.close();
  await Promise.all([refresh(), renewTimer()]);
  say(words);
}

// Log and start -------------------------------------------------------------------------------------------------------

function today() {
  const day = dayOf(now());
  Object.assign(log.querySelector("[name=day]"), { value: day, max: day });
}

function askToLog() {
  today();
  openDialog(log);
}

/** What ends today ended just now; of another day only the length is known. */
function whatIsLogged(form) {
  const minutes = lengthOf(form);
  if (minutes === null) return null;
  const day = form.elements.day.value;
  const body = { minutes, note: noteOf(form), ...(day !== dayOf(now()) && { started_at: day }) };
  return { method: "POST", path: `${pathOf(taskOf(form))}/time`, body };
}

/** A word about entries that lie at the same time: they are kept, and counted twice. */
function logged({ entry, overlaps }) {
  const twice = overlaps.length ? `; ${overlaps.length} other ${overlaps.length === 1 ? "entry is" : "entries are"} at the same time` : "";
  return `${duration(Math.round(entry.minutes))} logged on ${entry.key}${twice}`;
}

async function startOn(key) {
  try {
    await send("POST", `${pathOf(key)}/timer`, {});
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return say(`Not done: ${reasonOf(refusal)}`);
  }
  return done(null, `Timer started on ${key}`);
}

// Correct and delete --------------------------------------------------------------------------------------------------

const wholeMinutes = ({ minutes }) => Math.max(1, Math.round(Number(minutes)));

function askToEdit(entry) {
  chosen = entry;
  const { minutes, day, note } = editor.querySelector("form").elements;
  minutes.value = entry.ended ? duration(wholeMinutes(entry)) : "";
  day.value = dayOf(Date.parse(entry.started));
  day.max = dayOf(now());
  note.value = entry.note;
  for (const field of [minutes, day]) field.disabled = !entry.ended; // how long a timer ran is known when it is stopped
  editor.querySelector(".two").hidden = !entry.ended;
  openDialog(editor);
}

/** The same time of another day, where the reader is. */
function onDay(instant, day) {
  const at = new Date(instant);
  const [year, month, date] = day.split("-").map(Number);
  at.setFullYear(year, month - 1, date);
  return at;
}

/** What the editor changes. A day alone moves the entry as it is; a new length counts from its start. */
function whatIsChanged(form) {
  const body = noteOf(form) === (chosen.note || null) ? {} : { note: noteOf(form) };
  if (chosen.ended) {
    const minutes = lengthOf(form);
    if (minutes === null) return null;
    const [begin, end] = [chosen.started, chosen.ended].map(Date.parse);
    const start = onDay(begin, form.elements.day.value);
    const moved = start.getTime() !== begin;
    if (moved) body.started_at = start.toISOString();
    if (minutes !== wholeMinutes(chosen)) body.minutes = minutes;
    else if (moved) body.ended_at = new Date(start.getTime() + end - begin).toISOString();
  }
  return { method: "PATCH", path: `/api/v1/time-entries/${chosen.entry}`, body };
}

function askToDelete(entry) {
  chosen = entry;
  deleting.querySelector("[data-length]").textContent = entry.ended ? duration(wholeMinutes(entry)) : "The timer stops, and its minutes";
  openDialog(deleting);
}

// All of it -----------------------------------------------------------------------------------------------------------

/** `key`: of the task that the page is about. */
export function startTiming(key = null) {
  today();
  document.querySelector("#main").addEventListener("click", (event) => {
    const entry = event.target.closest("[data-entry]")?.dataset;
    if (event.target.closest("[data-edit-entry]")) askToEdit(entry);
    else if (event.target.closest("[data-delete-entry]")) askToDelete(entry);
    else if (event.target.closest("[data-log-time]")) askToLog();
    else if (event.target.closest("[data-starts-timer]")) startOn(key);
  });
  onSubmit(log.querySelector("form"), whatIsLogged, (answer, form) => {
    form.reset();
    today();
    return done(log, logged(answer));
  });
  onSubmit(editor.querySelector("form"), whatIsChanged, () => done(editor, "Time saved"));
  onSubmit(
    deleting.querySelector("form"),
    () => ({ method: "DELETE", path: `/api/v1/time-entries/${chosen.entry}` }),
    () => done(deleting, "Time deleted"),
  );
  if (start) startByName();
  const may = () => (key ? !timerRunsHere() : !timerRuns());
  offer({ key: "t", words: "Start timer", icon: "play", when: may, run: () => (key ? startOn(key) : openDialog(start)) });
  offer({ words: "Log time", icon: "clock", run: askToLog, shown: false });
}

function startByName() {
  onSubmit(
    start.querySelector("form"),
    (form) => ({ method: "POST", path: `${pathOf(form.elements.task.value.trim())}/timer`, body: { note: noteOf(form) } }),
    ({ entry }, form) => {
      form.reset();
      return done(start, `Timer started on ${entry.key}`);
    },
  );
  for (const dialog of [log, start]) suggestTasks(dialog.querySelector("[name=task]"));
}
