// The pages, in the order of the menu. To add one: a row here, a module beside this file, its words in
// words/*.json. A role that is missing here does not see the page; what it may read, the API decides.

import { Mine } from "./mine.js";
import { Voicemails } from "./voicemails.js";

/** @typedef {"Agent" | "Supervisor" | "Admin" | "Auditor"} Role */

/**
 * A queue as its people see it.
 * @typedef {object} MyQueue
 * @property {string} queue
 * @property {string} title
 * @property {boolean} serve as an agent
 * @property {boolean} supervise
 * @property {number} waiting
 * @property {number | null} oldest_since
 * @property {Record<string, number>} agents by what they do
 */

/**
 * The answer of /api/me.
 * @typedef {object} Me
 * @property {number} now
 * @property {string} name
 * @property {Role[]} roles
 * @property {{state: string, since: number, presence: string, ready: boolean, not_ready_reason: string} | null} agent
 * @property {MyQueue[]} queues
 */

/**
 * What every page is given.
 * @typedef {object} PageProps
 * @property {import("../api.js").Api} api
 * @property {Me} me
 * @property {number} ahead of our clock, the service's, in milliseconds
 * @property {string[]} rest what follows the page in the address
 */

/**
 * @typedef {object} Page
 * @property {string} place after `#/`
 * @property {string} title a key of the catalog
 * @property {Role[]} roles one is enough
 * @property {(props: PageProps) => any} view
 */

/** @type {Page[]} */
export const PAGES = [
  { place: "", title: "page.mine", roles: ["Agent", "Supervisor", "Admin", "Auditor"], view: Mine },
  { place: "voicemails", title: "page.voicemails", roles: ["Agent", "Supervisor", "Admin", "Auditor"], view: Voicemails },
];
