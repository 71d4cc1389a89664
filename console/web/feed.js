// The live feed: one stream of what changed, read with fetch so that the token stays in a header.
// After sleep or a lost network the page finds itself again: a new stream begins with everything.

import { Refused } from "./api.js";
import { SignedOut } from "./session.js";
import { useEffect, useState } from "./view.js";

/** @typedef {import("./api.js").Api} Api */

/**
 * A closure or message of a supervisor's that concerns a queue.
 * @typedef {object} Bulletin
 * @property {boolean} closes
 * @property {"queue" | "entry_point" | "all"} about
 * @property {string} name of the queue or entry point
 * @property {number} since
 * @property {number | null} until
 * @property {string} by
 * @property {string} text
 */

/**
 * A queue, as everybody who may see it is told of it.
 * @typedef {object} QueueRow
 * @property {string} queue
 * @property {string} title
 * @property {number} waiting
 * @property {number | null} oldest_since
 * @property {Record<string, number>} agents by what they do
 * @property {Bulletin[]} bulletins
 */

/**
 * @typedef {object} AgentRow
 * @property {string} upn
 * @property {string} name
 * @property {Record<string, string>} queues what they do for each
 * @property {number} since
 * @property {string} presence
 * @property {number} presence_at
 * @property {string} not_ready_reason
 * @property {Record<string, string>} not_ready_words by language; none for their own words
 * @property {string} needs what keeps their wrap-up from ending
 * @property {string} back_off
 * @property {boolean} chat
 * @property {string} contact
 */

/**
 * @typedef {object} ContactRow
 * @property {string} contact
 * @property {string} stage
 * @property {string} queue
 * @property {string} entry_point
 * @property {string} caller
 * @property {number} arrived_at
 * @property {number | null} queued_at
 * @property {number | null} left_queue_at
 * @property {number | null} connected_at
 * @property {number} offers
 * @property {number | null} held_since since when the caller is on hold
 * @property {string} beside who else is being brought into the call
 * @property {number} context how many places have told what they know of the caller
 * @property {string} agent
 */

/**
 * @typedef {object} Floor
 * @property {import("./pages/index.js").Me} me
 * @property {QueueRow[]} queues
 * @property {AgentRow[]} agents
 * @property {ContactRow[]} contacts
 */

/**
 * @typedef {object} Told
 * @property {Floor | null} floor as last told, also while the service is away
 * @property {"" | "lost" | "refused" | "signed_out"} trouble
 * @property {any} problem
 * @property {number} ahead how far the service's clock is ahead of ours, in milliseconds
 */

const SILENT_MS = 35_000; // two beats and a little
const AGAIN_MS = [300, 1_000, 2_000, 5_000];

/**
 * What the service says, as it says it. `wide`: also queues, agents and contacts.
 * @param {Api} api
 * @param {boolean} wide
 * @returns {Told}
 */
export function useFeed(api, wide) {
  const [told, setTold] = useState(/** @type {Told} */ (NOTHING));
  useEffect(() => {
    const feed = new Feed(api, wide, (next) => setTold((/** @type {Told} */ last) => ({ ...last, ...next })));
    feed.start();
    return () => feed.stop();
  }, [api, wide]);
  return told;
}

const NOTHING = { floor: null, trouble: "", problem: null, ahead: 0 };

class Feed {
  /**
   * @param {Api} api
   * @param {boolean} wide
   * @param {(next: Partial<Told>) => void} tell
   */
  constructor(api, wide, tell) {
    this.api = api;
    this.wide = wide;
    this.tell = tell;
    /** @type {Map<string, any>} */
    this.rows = new Map();
    this.over = false;
    this.failures = 0;
    this.heardAt = 0;
    this.timer = 0;
    this.ending = new AbortController();
    this.wake = () => this.look();
    this.isLost = false;
    this.lost = () => { this.isLost = true; tell({ trouble: "lost" }); };
  }

  start() {
    document.addEventListener("visibilitychange", this.wake);
    window.addEventListener("online", this.wake);
    window.addEventListener("offline", this.lost);
    this.timer = setInterval(this.wake, 5_000);
    this.run();
  }

  stop() {
    this.over = true;
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.wake);
    window.removeEventListener("online", this.wake);
    window.removeEventListener("offline", this.lost);
    this.ending.abort();
  }

  /** A stream that has been silent for too long is dead, whatever the browser thinks. */
  look() {
    const back = this.isLost && navigator.onLine;
    if (back || (this.heardAt && Date.now() - this.heardAt > SILENT_MS)) this.ending.abort();
    this.isLost = false;
  }

  async run() {
    while (!this.over) {
      const trouble = await this.listen();
      if (this.over) return;
      if (trouble.trouble) this.tell(trouble);
      if (trouble.trouble === "signed_out" || trouble.trouble === "refused") return;
      const pause = AGAIN_MS[Math.min(this.failures, AGAIN_MS.length - 1)] ?? 0;
      this.failures += 1;
      await new Promise((resolve) => setTimeout(resolve, pause * (0.7 + Math.random() * 0.6)));
    }
  }

  /**
   * One stream, until it ends.
   * @returns {Promise<Partial<Told>>}
   */
  async listen() {
    this.ending = new AbortController();
    this.heardAt = Date.now();
    try {
      const path = this.wide ? "/api/feed?floor=1" : "/api/feed";
      const answer = await this.api.send(path, { signal: this.ending.signal });
      await this.read(/** @type {ReadableStream<Uint8Array>} */ (answer.body));
      return {}; // ended by the service, as with a token: at once another
    } catch (problem) {
      if (problem instanceof SignedOut) return { trouble: "signed_out", problem };
      if (problem instanceof Refused && problem.status < 500) return { trouble: "refused", problem };
      return { trouble: "lost", problem };
    } finally {
      this.heardAt = 0;
    }
  }

  /** @param {ReadableStream<Uint8Array>} body */
  async read(body) {
    const reader = body.getReader();
    const text = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.heardAt = Date.now();
      const lines = (rest + text.decode(value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("data: ")) this.take(JSON.parse(line.slice(6)));
    }
  }

  /** @param {{now: number, all?: boolean, rows?: Record<string, any>, gone?: string[]}} event */
  take(event) {
    this.failures = 0;
    if (event.all) this.rows.clear();
    for (const [key, row] of Object.entries(event.rows ?? {})) this.rows.set(key, row);
    for (const key of event.gone ?? []) this.rows.delete(key);
    this.tell({ floor: floorOf(this.rows), trouble: "", problem: null, ahead: event.now - Date.now() });
  }
}

/**
 * @param {Map<string, any>} rows
 * @returns {Floor}
 */
function floorOf(rows) {
  const of = (/** @type {string} */ kind) => [...rows].filter(([key]) => key.startsWith(kind)).map(([, row]) => row);
  return { me: rows.get("me"), queues: of("queue/"), agents: of("agent/"), contacts: of("contact/") };
}
