// A deleted task: what it was, and the way back.
import { Refusal, send } from "./api.js";
import { reasonOf } from "./forms.js";
import "./times.js";

const gone = document.querySelector("#gone");

document.querySelector("#restore").addEventListener("click", async () => {
  try {
    await send("POST", `/api/tasks/${gone.dataset.key}/restore`, {});
    location.reload();
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    gone.querySelector(".trouble").hidden = false;
    gone.querySelector(".trouble span").textContent = reasonOf(refusal);
  }
});
