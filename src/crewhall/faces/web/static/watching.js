// How much one wants to hear of a task: a bell with three choices.
import { Refusal, send } from "./api.js";
import { reasonOf } from "./forms.js";
import { offer } from "./keys.js";
import { icon, openMenu } from "./menu.js";
import { say } from "./page.js";

const CHOICES = {
  watching: { mark: "bell-on", words: "Watch every comment", said: "You watch this task" },
  usual: { mark: "bell", words: "As usual", said: "Watch or mute this task" },
  muted: { mark: "bell-off", words: "Mute", said: "You muted this task" },
};
const bell = document.querySelector("#watch");

async function set(key, watch) {
  try {
    await send("PUT", `/api/tasks/${encodeURIComponent(key)}/watch`, { watch });
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    say(reasonOf(refusal));
    return;
  }
  const { mark, said } = CHOICES[watch];
  bell.dataset.watch = watch;
  bell.replaceChildren(icon(mark));
  bell.title = said;
  bell.setAttribute("aria-label", said);
  say(watch === "usual" ? "You hear of this task what your part in it brings" : said);
}

/** Let the bell of a task's page do what it shows. */
export function startWatching(key) {
  if (!bell) return;
  const items = () =>
    Object.entries(CHOICES).map(([watch, { mark, words }]) => ({ words, mark: icon(mark), checked: bell.dataset.watch === watch, run: () => set(key, watch) }));
  const open = (pressed) => openMenu(bell, [{ items: items() }], { label: "What you hear of this task", pressed });
  bell.addEventListener("click", () => open(true));
  offer({ words: "Watch or mute this task", icon: "bell", run: () => open(false) });
}
