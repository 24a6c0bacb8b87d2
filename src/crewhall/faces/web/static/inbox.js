// The inbox: read one or keep it unread, read all, choose what to be told of.
import { Refusal, send } from "./api.js";
import { onSubmit, reasonOf } from "./forms.js";
import { offer } from "./keys.js";
import { follow } from "./live.js";
import { say } from "./page.js";
import { refresh } from "./parts.js";
import { walkOver } from "./rows.js";

async function mark(path, done, body = {}) {
  try {
    await send("POST", path, body);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return say(`Not done: ${reasonOf(refusal)}`);
  }
  await refresh();
  return say(done);
}

const read = (row) => mark(`/api/v1/notifications/${row.dataset.id}/read`, "Read");
const unread = (row) => mark(`/api/v1/notifications/${row.dataset.id}/read`, "Unread again", { read: false });
const readAll = () => mark("/api/v1/notifications/mark-all-read", "Everything is read");

document.querySelector("#main").addEventListener("click", (event) => {
  const row = event.target.closest(".list-of-news > li");
  if (event.target.closest("#read-all")) readAll();
  else if (event.target.closest("[data-read]")) read(row);
  else if (event.target.closest("[data-unread]")) unread(row);
  else if (row?.matches(".unread") && event.target.closest("a")) {
    // The page is about to be left: the request goes on without it.
    fetch(`/api/v1/notifications/${row.dataset.id}/read`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}", keepalive: true });
  }
});

const at = (from = document.activeElement) => from?.closest?.(".list-of-news > li");

walkOver(".list-of-news > li[data-id]");
offer({ key: "e", words: "Mark as read, or unread again", icon: "check", when: at, run: () => (at().matches(".unread") ? read : unread)(at()) });
offer({ key: "Shift+e", words: "Mark all read", icon: "check", shown: false, run: readAll });

const preferences = document.querySelector("#preferences");
onSubmit(
  preferences.querySelector("form"),
  (form) => {
    const changed = [...form.querySelectorAll("input")].filter((box) => box.checked !== box.defaultChecked);
    return { method: "PATCH", path: "/api/v1/notifications/preferences", body: Object.fromEntries(changed.map((box) => [box.name, box.checked])) };
  },
  (_, form) => {
    for (const box of form.querySelectorAll("input")) box.defaultChecked = box.checked;
    preferences.close();
    say("Saved");
  },
);
follow({ onNotice: refresh, onReset: refresh });
