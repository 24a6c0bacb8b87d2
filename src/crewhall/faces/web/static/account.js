// The reader's own account: name, theme, password, sessions, programs that were let in.
import { Refusal, send } from "./api.js";
import { onSubmit } from "./forms.js";
import { say } from "./page.js";
import { refresh } from "./parts.js";
import { chooseTheme } from "./scheme.js";

function saved(form) {
  const line = form.querySelector(".saved");
  line.hidden = false;
  say(line.textContent);
  form.addEventListener("input", () => (line.hidden = true), { once: true });
}

const me = document.querySelector("#me");
onSubmit(
  me,
  () => {
    const changed = [...me.elements].filter((field) => field.name && field.value !== field.defaultValue);
    const body = Object.fromEntries(changed.map(({ name, value }) => [name, value.trim() || null]));
    return { method: "PATCH", path: "/api/v1/users/me", body };
  },
  (now) => {
    document.querySelector(".me-name > span:last-child").textContent = now.name;
    for (const field of me.elements) field.defaultValue = field.value;
    saved(me);
  },
);

const password = document.querySelector("#password");
onSubmit(
  password,
  () => {
    const { current_password: old, new_password: next } = password.elements;
    return { method: "POST", path: "/api/v1/auth/password", body: { current_password: old.value, new_password: next.value } };
  },
  async () => {
    password.reset();
    saved(password);
    await refresh();
  },
);

document.querySelector(".column").addEventListener("click", async (event) => {
  const button = event.target.closest("[data-revoke]");
  if (!button) return;
  try {
    await send("DELETE", `${button.closest("ul").dataset.path}/${button.closest("li").dataset.id}`, {});
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return say(`Not ended: ${refusal.message}`);
  }
  await refresh();
  return say(button.dataset.revoke);
});

// The theme of this browser ---------------------------------------------------------------------------------------------

const root = document.documentElement;
const choices = document.querySelectorAll("[data-theme-choice]");

function showTheme() {
  for (const button of choices) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === (root.dataset.theme ?? "")));
}

for (const button of choices) button.addEventListener("click", () => chooseTheme(button.dataset.themeChoice));
new MutationObserver(showTheme).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
showTheme();
