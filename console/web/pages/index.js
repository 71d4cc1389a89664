// The pages, in the order of the menu. To add one: a row here, a module beside this file, its words in
// words/*.json. A role that is missing here does not see the page; what it may read, the API decides.

import { lazily } from "../lazy.js";
import { Calls } from "./calls.js";
import { FloorPage } from "./floor.js";
import { Mine } from "./mine.js";
import { Past } from "./past.js";
import { Voicemails } from "./voicemails.js";
import { Work as WorkPage } from "./work.js";

/** @typedef {"Agent" | "Supervisor" | "Admin" | "Auditor"} Role */

/**
 * A queue as its people see it: served as an agent, supervised, or only looked at. `rank`: how many rings until it
 * is the agent's turn, 1 for the next; null while no call comes to them.
 * `out`: taken out of it as an agent.
 * @typedef {import("../feed.js").QueueRow & {serve: boolean, supervise: boolean, rank: number | null, out: boolean, may_opt_out: boolean}} MyQueue
 */

/**
 * One of the things that the plan lets people choose from.
 * @typedef {{code: string, words: Record<string, string>, back_after_ms?: number | null}} Choice
 */

/**
 * Me as an agent.
 * @typedef {object} MyAgent
 * @property {string} state
 * @property {number} since
 * @property {string} presence
 * @property {boolean} ready
 * @property {string} not_ready_reason
 * @property {number | null} not_ready_until
 * @property {string} back_off
 * @property {boolean} may_ring
 * @property {number | null} wrap_up_until
 * @property {number} extended how often this wrap-up was made longer
 * @property {string} needs what the wrap-up still needs, when nothing else keeps it from ending
 * @property {Choice[]} reasons
 */

/**
 * The offer I decide on, or the contact I am at. `may`: why not, for each act; empty: I may.
 * @typedef {object} Work
 * @property {string} offer
 * @property {string} contact
 * @property {"offered" | "accepted" | "connecting" | "dialing" | "connected" | "wrap_up"} face
 * @property {string} caller
 * @property {string} title the queue's
 * @property {Record<string, string>} attributes what the caller keyed in
 * @property {boolean} callback
 * @property {string} number
 * @property {number | null} queued_at
 * @property {number | null} connected_at
 * @property {number | null} talk_ended_at
 * @property {{held_since: number | null, beside: string}} call changes whenever the call does
 * @property {{accept: string, decline: string, note: string, extend: string, done: string}} may
 * @property {string} note
 * @property {number} note_revision
 * @property {number} note_most
 * @property {Choice[]} dispositions
 * @property {string} disposition
 * @property {boolean} disposition_required
 * @property {number} extend_ms
 */

/**
 * Who is here, as the feed and /api/me say it.
 * @typedef {object} Me
 * @property {string} name
 * @property {Role[]} roles
 * @property {MyAgent | null} agent
 * @property {Work | null} work
 * @property {MyQueue[]} queues
 */

/**
 * What every page is given.
 * @typedef {object} PageProps
 * @property {import("../api.js").Api} api
 * @property {import("../feed.js").Floor} floor as it is now; its lists are empty where the page is not `wide`
 * @property {Me} me
 * @property {number} ahead of our clock, the service's, in milliseconds
 * @property {string[]} rest what follows the page in the address
 */

/**
 * @typedef {object} Page
 * @property {string} place after `#/`
 * @property {string} title a key of the catalog
 * @property {Role[]} roles one is enough
 * @property {boolean} [wide] it wants queues, agents and contacts of the feed
 * @property {(props: PageProps) => any} view
 */

/** @type {Page[]} */
export const PAGES = [
  { place: "work", title: "page.work", roles: ["Agent"], view: WorkPage },
  { place: "", title: "page.mine", roles: ["Supervisor", "Admin", "Auditor"], view: Mine },
  { place: "calls", title: "page.calls", roles: ["Agent", "Supervisor", "Admin", "Auditor"], view: Calls },
  { place: "voicemails", title: "page.voicemails", roles: ["Agent", "Supervisor", "Admin", "Auditor"], view: Voicemails },
  { place: "floor", title: "page.floor", roles: ["Supervisor", "Admin", "Auditor"], view: FloorPage, wide: true },
  { place: "reports", title: "page.reports", roles: ["Agent", "Supervisor", "Admin", "Auditor"], view: lazily(() => import("./reports.js"), "Reports") },
  { place: "past", title: "page.past", roles: ["Supervisor", "Admin", "Auditor"], view: Past, wide: true },
];
