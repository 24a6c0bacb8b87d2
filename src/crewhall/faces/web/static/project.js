// One project: its settings; everything else keeps itself up to date.
import { onSubmit } from "./forms.js";
import { follow } from "./live.js";
import { refresh } from "./parts.js";

const SOON = 500; // milliseconds in which many changes become one look
const dialog = document.querySelector("#settings");

/** Only what the reader changed. */
function changes({ elements }) {
  const found = {};
  for (const name of ["name", "description"]) if (elements[name].value !== elements[name].defaultValue) found[name] = elements[name].value.trim();
  const lead = elements.lead;
  if (!lead.selectedOptions[0].defaultSelected) found.lead = lead.value || null;
  const chosen = [...elements.visibility].find((one) => one.checked);
  if (chosen && !chosen.defaultChecked) found.visibility = chosen.value;
  for (const name of ["review_required", "archived"]) if (elements[name].checked !== elements[name].defaultChecked) found[name] = elements[name].checked;
  return found;
}

if (dialog) {
  onSubmit(
    dialog.querySelector("form"),
    (form) => ({ method: "PATCH", path: `/api/v1/projects/${dialog.dataset.id}`, body: changes(form) }),
    () => location.reload(),
  );
}

let soon = 0;

function renew() {
  clearTimeout(soon);
  soon = setTimeout(refresh, SOON);
}

follow({ onEvent: renew, onReset: refresh });
