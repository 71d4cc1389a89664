// Doing something: one act at a time, safe to repeat, and a sentence when it is refused.

import { Refused } from "./api.js";
import { useCallback, useRef, useState } from "./view.js";
import { refusal, t } from "./words.js";

/** @typedef {import("./api.js").Api} Api */

const LOST = 503;
const AGAIN_MS = 600;

/**
 * Have something done. A lost answer is asked for once more under the same key, so it is done once.
 * Raises what the last try raised.
 * @param {Api} api
 * @param {string} path
 * @param {object} [body]
 * @param {RequestInit} [how]
 * @returns {Promise<any>} what the service says; `done` may still be to come
 */
export async function doOnce(api, path, body = {}, how = {}) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": newKey() };
  const send = async () => (await api.send(path, { method: "POST", body: JSON.stringify(body), headers, ...how })).json();
  try {
    return await send();
  } catch (problem) {
    if (!isLost(problem)) throw problem;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    return send();
  }
}

/**
 * Nobody knows whether it was done: no answer, or one that says so.
 * @param {unknown} problem
 */
export function isLost(problem) {
  return problem instanceof TypeError || (problem instanceof DOMException && problem.name === "TimeoutError")
    || (problem instanceof Refused && problem.status === LOST);
}

/**
 * Acts of one part of a page. While one is on its way no other begins.
 * @param {Api} api
 */
export function useActs(api) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const under = useRef(false);
  const act = useCallback(async (/** @type {string} */ path, /** @type {object} */ body = {}) => {
    if (under.current) return false;
    under.current = true;
    setBusy(true);
    try {
      await doOnce(api, path, body);
      setProblem("");
      return true;
    } catch (failed) {
      setProblem(sentenceOf(failed));
      return false;
    } finally {
      under.current = false;
      setBusy(false);
    }
  }, [api]);
  return { act, busy, problem };
}

/** @param {unknown} failed */
export function sentenceOf(failed) {
  if (isLost(failed)) return t("act.lost");
  if (failed instanceof Refused) return refusal(failed.code) || failed.message;
  return failed instanceof Error ? failed.message : String(failed);
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");
}
