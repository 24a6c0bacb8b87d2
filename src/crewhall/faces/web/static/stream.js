// One live stream from the server, kept open. Runs in the shared worker, or in the page where there is none.

const KINDS = ["task_assigned", "task_updated", "task_completed", "task_commented", "task_deleted", "notification", "integration_changed", "reset"];
const LOOK_EVERY = 2000; // milliseconds
const LONGEST_PAUSE = 15_000;

export class TaskStream {
  #source = null;
  #place;
  #silence;
  #onEvent;
  #onState;
  #heardAt = 0;
  #attempts = 0;
  #again = 0;
  #watch = 0;

  /** `connecting`, `live`, `reconnecting` or `ended`, and since when. */
  state = { word: "connecting", since: Date.now() };

  /** `place` is the cursor to begin behind; `heartbeatSeconds` how often the server speaks when nothing happens. */
  constructor({ place, heartbeatSeconds, onEvent, onState }) {
    this.#place = place;
    this.#silence = Math.max(3 * heartbeatSeconds, 10) * 1000;
    this.#onEvent = onEvent;
    this.#onState = onState;
  }

  open() {
    this.close();
    const source = new EventSource(`/api/tasks/stream?last_event_id=${encodeURIComponent(this.#place)}`);
    source.addEventListener("open", () => this.#heard());
    source.addEventListener("heartbeat", (event) => this.#heard(event));
    source.addEventListener("error", (event) => this.#failed(source, event));
    for (const kind of KINDS) source.addEventListener(kind, (event) => this.#take(event));
    this.#source = source;
    this.#heardAt = Date.now();
    this.#watch = setInterval(() => this.#look(), LOOK_EVERY);
  }

  close() {
    clearInterval(this.#watch);
    clearTimeout(this.#again);
    this.#source?.close();
    this.#source = null;
  }

  #take(event) {
    this.#heard(event);
    this.#onEvent(JSON.parse(event.data));
  }

  #heard(event = null) {
    this.#heardAt = Date.now();
    this.#attempts = 0;
    this.#place = event?.lastEventId || this.#place;
    this.#become("live");
  }

  #failed(source, event) {
    // The server's own word "error" has the same name as the browser's: it says that the log-in has ended.
    if (event instanceof MessageEvent) this.#end();
    else {
      this.#become("reconnecting");
      if (source.readyState === EventSource.CLOSED) this.#refused(); // else the browser comes back by itself
    }
  }

  /** Not a stream was answered: the log-in is over, or the server is starting or full. */
  async #refused() {
    const answer = await fetch("/users/me", { cache: "no-store" }).catch(() => null);
    if (answer?.status === 401) this.#end();
    else this.#again = setTimeout(() => this.open(), Math.min(1000 * 2 ** this.#attempts++, LONGEST_PAUSE));
  }

  /** A connection can die without a word, as when a laptop sleeps. */
  #look() {
    if (this.state.word !== "live" || Date.now() - this.#heardAt < this.#silence) return;
    this.#become("reconnecting");
    this.open();
  }

  #end() {
    this.close();
    this.#become("ended");
  }

  #become(word) {
    if (this.state.word === word) return;
    this.state = { word, since: Date.now() };
    this.#onState(this.state);
  }
}
