// What the emulator told, section by section, and who wants to know when one changes.
// The shapes are those of emulator/page/picture.py, recovery.py, bad_days.py and routes.py.

/**
 * A phone: one person's end of a call.
 * @typedef {object} Leg
 * @property {string} who
 * @property {string} role caller, agent, number, application or voicemail
 * @property {string} state ringing or connected
 * @property {string} via
 * @property {string} what ringback, phone, prompt, beep, hold_music, silence or talk
 * @property {number} since
 * @property {string | null} sound
 * @property {number | null} ms
 * @property {string} like
 * @property {string[]} with
 *
 * @typedef {object} Caller
 * @property {string} leg
 * @property {string} name
 * @property {string} kind
 * @property {string} to
 * @property {boolean} mine
 * @property {number} placed_at
 * @property {string} stage ringing, greeting, choosing, recording, waiting, offered, deciding, connecting, talking, leaving
 * @property {string} queue
 * @property {number | null} queued_at
 * @property {number | null} talk_at
 * @property {string} delivery
 * @property {string} agent
 * @property {string | null} agent_leg
 *
 * @typedef {object} Rung
 * @property {string} leg
 * @property {string} name as whom a person had called
 * @property {string} by
 * @property {string} state ringing or connected
 *
 * @typedef {object} Gone
 * @property {string} leg
 * @property {string} name
 * @property {string} kind
 * @property {string} to
 * @property {string} label
 * @property {boolean} mine
 * @property {number} placed_at
 * @property {number} ended_at
 * @property {number | null} talk_at
 * @property {string} queue
 * @property {string} agent
 * @property {string} outcome
 *
 * @typedef {object} Agent
 * @property {string} upn
 * @property {string} name
 * @property {string} availability
 * @property {string} activity
 * @property {string} state the service's word for what the agent does
 * @property {number | null} since
 * @property {boolean} ready
 * @property {string} why_not
 * @property {string[]} queues
 * @property {boolean} played
 * @property {string | null} leg
 * @property {string | null} caller
 *
 * @typedef {object} Queue
 * @property {string} queue
 * @property {string} title
 * @property {number} waiting
 * @property {number | null} oldest
 * @property {number} agents
 * @property {number} available
 *
 * @typedef {object} Service
 * @property {boolean} owned
 * @property {boolean} up
 * @property {number | null} [pid]
 * @property {number} [starts]
 * @property {number} [started_at]
 * @property {string} [said]
 *
 * @typedef {object} Recovery
 * @property {number} at
 * @property {string} how
 * @property {number} waiting
 * @property {number} talking
 * @property {number} ringing
 * @property {number | null} ready_at
 * @property {boolean} done
 * @property {number} still
 * @property {number} left
 * @property {number} kept
 * @property {number} compared
 * @property {number} taken_up
 * @property {number} silence_ms
 * @property {string} quietest
 *
 * @typedef {{name: string, title: string, meaning: string, values: string[], value: string}} Fault
 * @typedef {{name: string, question: string, values: string[], usual: string, value: string}} Switch
 * @typedef {{upn: string, name: string, number: string | null}} Account
 * @typedef {{boot: string, accounts: Account[], kinds: string[], presences: string[]}} Cast
 * @typedef {{name: string, last: number, median: number, worst: number}} Pace
 * @typedef {{at: number, text: string}} News
 *
 * @typedef {object} Sections
 * @property {Service} service
 * @property {Record<string, Leg>} legs
 * @property {Caller[]} callers
 * @property {Rung[]} rung phones of people as whom somebody on the page called
 * @property {Agent[]} agents
 * @property {Queue[]} queues
 * @property {Gone[]} ended
 * @property {Pace[]} paces
 * @property {News[]} news
 * @property {Recovery | null} recovery
 * @property {Fault[]} faults
 * @property {Switch[]} switches
 * @property {{on: boolean | null}} traffic
 * @property {Cast} cast
 */

/** @type {Sections} */
export const told = {
  service: { owned: false, up: false },
  legs: {},
  callers: [],
  rung: [],
  agents: [],
  queues: [],
  ended: [],
  paces: [],
  news: [],
  recovery: null,
  faults: [],
  switches: [],
  traffic: { on: null },
  cast: { boot: "", accounts: [], kinds: [], presences: [] },
};

/** @type {{names: Set<string>, draw: () => void}[]} */
const readers = [];

/**
 * Draw again whenever one of these sections changed.
 * @param {(keyof Sections | "followed" | "ear" | "connected")[]} names
 * @param {() => void} draw
 */
export function onChange(names, draw) {
  readers.push({ names: new Set(names), draw });
}

/**
 * Take over what changed, and let everybody draw who shows it.
 * @param {Partial<Sections>} changed
 */
export function take(changed) {
  Object.assign(told, changed);
  announce(Object.keys(changed));
}

/** @param {string[]} names */
export function announce(names) {
  for (const reader of readers) {
    if (!names.some((name) => reader.names.has(name))) continue;
    try {
      reader.draw();
    } catch (wrong) {
      reportError(wrong); // what one part cannot draw is no reason for the others to stand still
    }
  }
}

/**
 * The live caller with this phone.
 * @param {string | null} leg
 * @returns {Caller | undefined}
 */
export const callerOf = (leg) => told.callers.find((caller) => caller.leg === leg);

/**
 * The caller with this phone who has gone.
 * @param {string | null} leg
 * @returns {Gone | undefined}
 */
export const goneOf = (leg) => told.ended.find((caller) => caller.leg === leg);
