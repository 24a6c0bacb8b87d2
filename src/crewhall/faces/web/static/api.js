// Calls to Crewhall's own API, with the log-in that the cookie carries.

const PAUSES = [400, 1500, 4000]; // milliseconds before the second, third and fourth attempt
const PASSING = new Set(["still_running", "unavailable"]);

/** Why a call was refused, in Crewhall's words. */
export class Refusal extends Error {}

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** A new key for one intended change. Not randomUUID: that exists on https and localhost only. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Change something. The key makes it safe to send again: however often it arrives, it is done once. */
export async function send(method, path, body, key = newKey()) {
  const request = {
    method,
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
  };
  for (const pause of PAUSES) {
    const answer = await ask(path, request);
    if (answer.value) return answer.value;
    if (!answer.passing) throw new Refusal(answer.reason);
    await wait(pause);
  }
  const last = await ask(path, request);
  if (last.value) return last.value;
  throw new Refusal(last.reason);
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
    return { passing: true, reason: "Crewhall cannot be reached" };
  }
  if (response.status === 401) location.assign("/login");
  const answer = await response.json().catch(() => null); // a proxy in between may answer in HTML
  if (response.ok && answer) return { value: answer };
  const error = answer?.error ?? { message: `Crewhall answered ${response.status}` };
  return { passing: PASSING.has(error.code) || (!answer && response.status >= 500), reason: error.message };
}
