// A field that names a task by its key offers tasks by the words that are typed into it.
import { get, Refusal } from "./api.js";

const PAUSE = 150; // milliseconds of no typing before the hall is asked
const MOST = 8;
const KEY = /^[A-Za-z][A-Za-z0-9]*-\d+$/;

/** `input` has a list of suggestions (its datalist); whatever is chosen there is a key. */
export function suggestTasks(input) {
  let asking = 0;
  input.addEventListener("input", () => {
    clearTimeout(asking);
    asking = setTimeout(suggest, PAUSE, input);
  });
}

async function suggest(input) {
  const q = input.value.trim();
  if (!q || KEY.test(q)) return;
  const found = await get(`/api/tasks/search?limit=${MOST}&q=${encodeURIComponent(q)}`).catch((error) => {
    if (error instanceof Refusal) return { hits: [] }; // half a word may be no query
    throw error;
  });
  const options = found.hits.map(({ task }) => Object.assign(document.createElement("option"), { value: task.key, textContent: task.title }));
  input.list.replaceChildren(...options);
}
