// Calls to Crewhall's own API, with the log-in that the cookie carries.

const PAUSES = [400, 1500, 4000]; // milliseconds before the second, third and fourth attempt
const PASSING = new Set(["still_running", "unavailable"]);

/** Why a call was refused, in Crewhall's words. */
export class Refusal extends Error {
  constructor(reason, { code = "", details = {} } = {}) {
    super(reason);
    Object.assign(this, { code, details });
  }
}

/** A pause, cut short when the machine finds its network again. */
const wait = (milliseconds) =>
  new Promise((done) => {
    setTimeout(done, milliseconds);
    addEventListener("online", done, { once: true });
  });

/** A new key for one intended change. Not randomUUID: that exists on https and localhost only. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const waitingCalls = new Set();

/** How many changes wait here until the hall can be reached. */
export const waiting = () => waitingCalls.size;

function note(call, waits) {
  if (waits) waitingCalls.add(call);
  else waitingCalls.delete(call);
  dispatchEvent(new Event("waiting"));
}

/**
 * Change something. The key makes it safe to send again: however often it arrives, it is done once.
 * A patient change waits, and is counted, for as long as the hall cannot be reached; others are refused after some seconds.
 * `version` is the one that the reader saw: when somebody changed the same thing since, the refusal's code is `version_conflict`.
 */
export async function send(method, path, body, { key = newKey(), patient = false, version = null } = {}) {
  const request = {
    method,
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "Idempotency-Key": key, ...(version && { "If-Match": `"${version}"` }) },
  };
  try {
    for (let attempt = 0; ; attempt++) {
      const answer = await ask(path, request);
      if (answer.value) return answer.value;
      if (!answer.passing || (attempt >= PAUSES.length && !(patient && answer.away))) throw new Refusal(answer.reason, answer);
      if (patient && answer.away) note(request, true);
      await wait(PAUSES[attempt] ?? PAUSES.at(-1));
    }
  } finally {
    note(request, false);
  }
}

/** Read something; asks until it is answered, because a page that has missed news must not give up. */
export async function get(path) {
  for (let pause = 400; ; pause = Math.min(pause * 2, 15_000)) {
    const answer = await ask(path, { cache: "no-store" });
    if (answer.value) return answer.value;
    if (!answer.passing) throw new Refusal(answer.reason);
    await wait(pause);
  }
}

async function ask(path, request) {
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    return { passing: true, away: true, reason: "Crewhall cannot be reached" };
  }
  if (response.status === 401) location.assign("/login");
  if (response.status === 204) return { value: {} };
  const answer = await response.json().catch(() => null); // a proxy in between may answer in HTML
  if (response.ok && answer) return { value: answer };
  const { code = "", message = `Crewhall answered ${response.status}`, details = {} } = answer?.error ?? {};
  return { passing: PASSING.has(code) || (!answer && response.status >= 500), reason: message, code, details };
}
