// Projects: the list keeps itself up to date, and a new one opens when it is made.
import { onSubmit, openDialog } from "./forms.js";
import { offer } from "./keys.js";
import { keepUpToDate } from "./renewing.js";
import { walkOver } from "./rows.js";

const dialog = document.querySelector("#new-project");

if (dialog) {
  onSubmit(
    dialog.querySelector("form"),
    ({ elements: { name, description, plan } }) => {
      const said = { name: name.value.trim(), description: description.value.trim() };
      const body = Object.fromEntries(Object.entries(said).filter(([, value]) => value));
      return { method: "POST", path: "/api/v1/projects", body: { ...body, plan: Boolean(plan.value) } };
    },
    (made) => location.assign(`/projects/${made.id}`),
  );
  offer({ key: "c", words: "New project", icon: "plus", run: () => openDialog(dialog) });
}

walkOver(".list-of-projects > li[data-id]");
keepUpToDate();
