// Inside Teams: who somebody is, Teams knows. Microsoft's library is fetched only here.

import { SignedOut } from "./session.js";
import { wear } from "./theme.js";
import { speak } from "./words.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {typeof import("@microsoft/teams-js")} Teams */

const LIBRARY = "/tab/vendor/teams.js";
const WITHIN_MS = 10_000;

/** @returns {Promise<Session>} */
export async function openInTeams() {
  const teams = await library();
  try {
    await within(teams.app.initialize());
  } catch (problem) {
    throw new SignedOut("teams.silent", told(problem));
  }
  const context = await teams.app.getContext();
  wear(context.app.theme);
  teams.app.registerOnThemeChangeHandler(wear);
  await speak([context.app.locale]);
  teams.app.notifySuccess();
  const fresh = async () => {
    try {
      return await teams.authentication.getAuthToken();
    } catch (problem) {
      throw new SignedOut("teams.no_token", told(problem));
    }
  };
  // Teams keeps the token and renews it; to ask again is to get one that is good.
  return { token: fresh, renew: fresh, signOut: null };
}

/** @returns {Promise<Teams>} */
function library() {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = LIBRARY;
    script.addEventListener("load", () => resolve(/** @type {any} */ (window).microsoftTeams));
    script.addEventListener("error", () => reject(new SignedOut("teams.no_library")));
    document.head.append(script);
  });
}

/**
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
function within(work) {
  const late = new Promise((_, reject) => setTimeout(reject, WITHIN_MS, new Error(`${WITHIN_MS} ms`)));
  return /** @type {Promise<T>} */ (Promise.race([work, late]));
}

/** @param {unknown} problem */
const told = (problem) => (problem instanceof Error ? problem.message : String(problem ?? ""));
