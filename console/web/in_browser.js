// In a browser: the authorization code flow with proof (PKCE), as Entra wants it of a page.
//
// The code comes back behind the # of the address, which no server and no log sees, and is taken
// out of the address before anything else happens. Tokens are kept for this browser tab only.

import { SignedOut } from "./session.js";

/** @typedef {import("./session.js").Config} Config */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {{access: string, until: number, refresh: string}} Held */
/** @typedef {{state: string, verifier: string, back: string}} Begun */

const HELD = "switchboard.session";
const BEGUN = "switchboard.sign-in";
const EARLY_MS = 5 * 60_000;
const WITHIN_MS = 15_000;

/**
 * @param {Config} config
 * @returns {Promise<Session>}
 */
export async function openInBrowser(config) {
  const answer = takeAnswer();
  let held = answer ? await redeem(config, answer) : /** @type {Held | null} */ (stored(HELD));
  if (!held) throw new SignedOut("sign_in.needed");
  /** @type {Promise<string> | null} */
  let renewing = null;

  const renew = () => {
    renewing ??= refreshed(config, held?.refresh ?? "")
      .then((fresh) => { held = fresh; return fresh.access; })
      .finally(() => { renewing = null; });
    return renewing;
  };
  return {
    token: async () => (held && Date.now() < held.until - EARLY_MS ? held.access : renew()),
    renew,
    signOut: () => { held = null; forget(); },
  };
}

/**
 * Leave this page for the one on which people sign in. Comes back with an answer after the #.
 * @param {Config} config
 * @param {{another?: boolean}} [how] another: let a signed-in person choose somebody else
 */
export async function leaveToSignIn(config, { another = false } = {}) {
  const begun = { state: chance(), verifier: chance() + chance(), back: location.hash };
  sessionStorage.setItem(BEGUN, JSON.stringify(begun));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(begun.verifier));
  const query = new URLSearchParams({
    client_id: config.client_id,
    response_type: "code",
    response_mode: "fragment",
    redirect_uri: here(),
    scope: `${config.scope} offline_access`,
    state: begun.state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    ...(another ? { prompt: "select_account" } : {}),
  });
  location.assign(`${config.authority}/oauth2/v2.0/authorize?${query}`);
}

const here = () => location.origin + location.pathname;

/** What stands after the #, if it is an answer; it is taken away from there. */
function takeAnswer() {
  const said = new URLSearchParams(location.hash.slice(1));
  if (!said.has("state") || !(said.has("code") || said.has("error"))) return null;
  const begun = /** @type {Begun | null} */ (stored(BEGUN));
  sessionStorage.removeItem(BEGUN);
  history.replaceState(null, "", here() + (begun?.back ?? ""));
  return { said, begun };
}

/**
 * @param {Config} config
 * @param {{said: URLSearchParams, begun: Begun | null}} answer
 */
async function redeem(config, { said, begun }) {
  // Not ours, or not of this tab: somebody else may have made this address.
  if (!begun || said.get("state") !== begun.state) throw new SignedOut("sign_in.not_begun_here");
  const code = said.get("code");
  if (!code) throw new SignedOut("sign_in.refused", said.get("error_description") ?? said.get("error") ?? "");
  return ask(config, {
    grant_type: "authorization_code",
    code,
    redirect_uri: here(),
    code_verifier: begun.verifier,
  });
}

/**
 * @param {Config} config
 * @param {string} refresh
 */
async function refreshed(config, refresh) {
  if (!refresh) {
    forget();
    throw new SignedOut("sign_in.over");
  }
  return ask(config, { grant_type: "refresh_token", refresh_token: refresh });
}

/**
 * @param {Config} config
 * @param {Record<string, string>} form
 * @returns {Promise<Held>}
 */
async function ask(config, form) {
  const body = new URLSearchParams({ client_id: config.client_id, scope: `${config.scope} offline_access`, ...form });
  const answer = await fetch(`${config.authority}/oauth2/v2.0/token`, {
    method: "POST",
    body,
    credentials: "omit",
    referrerPolicy: "no-referrer",
    signal: AbortSignal.timeout(WITHIN_MS),
  });
  const told = await answer.json();
  if (!answer.ok) {
    forget();
    throw new SignedOut("sign_in.refused", String(told.error_description ?? told.error ?? answer.status));
  }
  const held = {
    access: String(told.access_token),
    until: Date.now() + Number(told.expires_in) * 1000,
    refresh: String(told.refresh_token ?? ""),
  };
  sessionStorage.setItem(HELD, JSON.stringify(held));
  return held;
}

/**
 * What we put there, or null: what is no longer whole is as good as nothing.
 * @param {string} key
 */
function stored(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    sessionStorage.removeItem(key);
    return null;
  }
}

function forget() {
  sessionStorage.removeItem(HELD);
}

/** 43 characters that nobody can guess. */
function chance() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
