// The service's API: one way to ask it, with the token in a header, never in an address.

import { SignedOut } from "./session.js";

/** @typedef {import("./session.js").Session} Session */

const WITHIN_MS = 20_000;
const UNAUTHORIZED = 401;

/** The service answered, and not with what was asked for. `message` is its own sentence. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} message
   * @param {string} [code] why, in a word that the page has its own sentence for
   */
  constructor(status, message, code = "") {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The service of whoever is signed in. */
export class Api {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
  }

  /**
   * The JSON at this address. Raises Refused, SignedOut, or TypeError without a network.
   * @param {string} path
   * @returns {Promise<any>}
   */
  async get(path) {
    return (await this.send(path)).json();
  }

  /**
   * The answer as it comes, for what is no JSON. Raises as `get` does.
   * @param {string} path
   * @param {RequestInit} [how]
   * @returns {Promise<Response>}
   */
  async send(path, how = {}) {
    const limit = { signal: AbortSignal.timeout(WITHIN_MS), ...how };
    let answer = await ask(path, await this.session.token(), limit);
    if (answer.status === UNAUTHORIZED) answer = await ask(path, await this.session.renew(), limit);
    if (answer.ok) return answer;
    const { error, code } = await said(answer);
    if (answer.status === UNAUTHORIZED) throw new SignedOut("sign_in.not_believed", error);
    throw new Refused(answer.status, error, code);
  }
}

/**
 * @param {string} path
 * @param {string} token
 * @param {RequestInit} how
 */
function ask(path, token, how) {
  const headers = new Headers(how.headers);
  headers.set("Authorization", `Bearer ${token}`);
  return fetch(path, { ...how, headers, cache: "no-store", credentials: "omit" });
}

/** @param {Response} answer */
async function said(answer) {
  try {
    const { error, code } = await answer.json();
    return { error: String(error ?? answer.status), code: String(code ?? "") };
  } catch {
    return { error: String(answer.status), code: "" };
  }
}
