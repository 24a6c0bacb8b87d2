// How much waits for the reader: the counts beside the navigation, brought up to date by what is told to them alone.
import { get, Refusal, send } from "./api.js";
import { follow } from "./live.js";
import { say } from "./page.js";

function write(name, count) {
  for (const place of document.querySelectorAll(`[data-waiting="${name}"]`)) {
    place.textContent = count > 99 ? "99+" : String(count);
    place.hidden = !count;
  }
}

/** A notice says how many notifications are unread now; for what else waits the hall is asked. */
async function take({ unread, notification }) {
  write("inbox", unread);
  if (notification) say(notification.title);
  if (notification?.kind.startsWith("approval")) await countApprovals();
}

/** Whether an event may change what waits for people: with a task goes what was asked about it, and comes back with it. */
export const touchesApprovals = ({ approval, changed }) => Boolean(approval || changed?.some((field) => field === "deleted" || field === "restored"));

/** How much waits for the reader's word; who may not answer has no place for it, and is not asked. */
export async function countApprovals() {
  if (!document.querySelector('[data-waiting="approvals"]')) return;
  const page = await get("/api/v1/approvals?status=pending&yours=true&limit=100").catch((error) => {
    if (error instanceof Refusal) return null;
    throw error;
  });
  if (page) write("approvals", page.approvals.length);
}

/** How many connections need somebody; only who may connect has a place for it. */
async function countIntegrations() {
  if (!document.querySelector('[data-waiting="integrations"]')) return;
  const found = await get("/api/v1/integrations?status=error").catch((error) => {
    if (error instanceof Refusal) return null;
    throw error;
  });
  if (found) write("integrations", found.integrations.filter((one) => one.needs_reconnect).length);
}

/** What the reader was told of a task is read by opening its page. */
export async function readAbout(key) {
  await send("POST", "/api/v1/notifications/mark-all-read", { task_id: key }).catch((error) => {
    if (!(error instanceof Refusal)) throw error;
  });
}

export function startNotices() {
  follow({ onNotice: take, onEvent: (event) => touchesApprovals(event) && countApprovals(), onConnection: countIntegrations });
}
