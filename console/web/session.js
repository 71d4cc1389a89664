// Signing in, by one path for all pages: inside Teams by its single sign-on, else in the browser.
// Either way there is a token for the API and nothing else: both come out as the same `Session`.

import { openInBrowser } from "./in_browser.js";
import { openInTeams } from "./in_teams.js";

/**
 * What anybody may know of the service, from /tab/config.json.
 * @typedef {object} Config
 * @property {string} authority with the tenant
 * @property {string} client_id
 * @property {string} scope
 */

/**
 * @typedef {object} Session
 * @property {() => Promise<string>} token good for the next request
 * @property {() => Promise<string>} renew another one: the service did not believe the last
 * @property {(() => void) | null} signOut null where Teams decides who somebody is
 */

/** Nobody is signed in. `key` is a sentence of the catalog, `detail` what the other side said. */
export class SignedOut extends Error {
  /**
   * @param {string} key
   * @param {string} [detail]
   */
  constructor(key, detail = "") {
    super(key);
    this.key = key;
    this.detail = detail;
  }
}

export const isFramed = window.parent !== window;

/**
 * The session of whoever is here. Raises SignedOut when there is none.
 * @param {Config} config
 * @returns {Promise<Session>}
 */
export function openSession(config) {
  return isFramed ? openInTeams() : openInBrowser(config);
}
