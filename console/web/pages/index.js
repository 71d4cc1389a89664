// The pages, in the order of the menu. To add one: a row here, a module beside this file, its words in
// words/*.json. A role that is missing here does not see the page; what it may read, the API decides.

import { lazily } from "../lazy.js";
import { FloorPage } from "./floor.js";
import { Mine } from "./mine.js";
import { Past } from "./past.js";
import { Voicemails } from "./voicemails.js";

/** @typedef {"Agent" | "Supervisor" | "Admin" | "Auditor"} Role */

/**
 * A queue as its people see it: served as an agent, supervised, or only looked at. `rank`: how many rings until it
 * is the agent's turn, 1 for the next; null while no call comes to them.
 * @typedef {import("../feed.js").QueueRow & {serve: boolean, supervise: boolean, rank: number | null}} MyQueue
 */

/**
 * Who is here, as the feed and /api/me say it.
 * @typedef {object} Me
 * @property {string} name
 * @property {Role[]} roles
 * @property {{state: string, since: number, presence: string, ready: boolean, not_ready_reason: string} | null} agent
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
  { place: "", title: "page.mine", roles: ["Agent", "Supervisor", "Admin", "Auditor"], view: Mine },
  { place: "voicemails", title: "page.voicemails", roles: ["Agent", "Supervisor", "Admin", "Auditor"], view: Voicemails },
  { place: "floor", title: "page.floor", roles: ["Supervisor", "Admin", "Auditor"], view: FloorPage, wide: true },
  { place: "reports", title: "page.reports", roles: ["Agent", "Supervisor", "Admin", "Auditor"], view: lazily(() => import("./reports.js"), "Reports") },
  { place: "past", title: "page.past", roles: ["Supervisor", "Admin", "Auditor"], view: Past, wide: true },
];
