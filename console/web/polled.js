// What the service says, asked again and again: after sleep or a lost network it is there by itself.

import { Refused } from "./api.js";
import { SignedOut } from "./session.js";
import { useEffect, useState } from "./view.js";

/** @typedef {import("./api.js").Api} Api */

/**
 * @template T
 * @typedef {object} Told
 * @property {T | null} data the last answer, also while the service is away
 * @property {"" | "lost" | "refused" | "signed_out"} trouble
 * @property {unknown} problem
 * @property {number} ahead how far the service's clock is ahead of ours, in milliseconds
 */

/**
 * The answer at `path`, now and every `everyMs`. Nothing is asked while nobody looks.
 * @template T
 * @param {Api} api
 * @param {string} path
 * @param {number} everyMs
 * @returns {Told<T>}
 */
export function usePolled(api, path, everyMs) {
  const [told, setTold] = useState(/** @type {Told<T>} */ (NOTHING));
  useEffect(() => {
    let timer = 0;
    let over = false;
    let asking = false;
    const look = async () => {
      clearTimeout(timer);
      if (over || asking || document.hidden) return;
      asking = true;
      const next = await ask(api, path);
      asking = false;
      if (over) return;
      setTold((/** @type {Told<T>} */ last) => ({ ...last, ...next }));
      if (next.trouble === "" || next.trouble === "lost") timer = setTimeout(look, everyMs);
    };
    const wake = () => { look(); };
    look();
    document.addEventListener("visibilitychange", wake);
    window.addEventListener("online", wake);
    return () => {
      over = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
      window.removeEventListener("online", wake);
    };
  }, [api, path, everyMs]);
  return told;
}

const NOTHING = { data: null, trouble: "", problem: null, ahead: 0 };

/**
 * @param {Api} api
 * @param {string} path
 */
async function ask(api, path) {
  try {
    const data = await api.get(path);
    return { data, trouble: /** @type {const} */ (""), problem: null, ahead: data.now - Date.now() };
  } catch (problem) {
    if (problem instanceof SignedOut) return { trouble: /** @type {const} */ ("signed_out"), problem };
    if (problem instanceof Refused && problem.status < 500) return { trouble: /** @type {const} */ ("refused"), problem };
    return { trouble: /** @type {const} */ ("lost"), problem };
  }
}

/** This instant, again each second, so that what lasts is seen to last. */
export function useNow() {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
