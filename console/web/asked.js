// An answer of the API for a page that asks for it: now, and again when the page says so.

import { Refused } from "./api.js";
import { useEffect, useState } from "./view.js";

/**
 * @template T
 * @typedef {object} Answer
 * @property {T | null} data the last answer, also while the next is on its way
 * @property {string} refused what the service said instead of an answer
 */

/**
 * The answer at `path`; asked again whenever `version` is another.
 * @template T
 * @param {import("./api.js").Api} api
 * @param {string} path
 * @param {unknown} version
 * @returns {Answer<T>}
 */
export function useAnswer(api, path, version) {
  const [told, setTold] = useState(/** @type {Answer<T>} */ ({ data: null, refused: "" }));
  useEffect(() => {
    let over = false;
    api.get(path).then(
      (data) => { if (!over) setTold({ data, refused: "" }); },
      (problem) => {
        // Lost or signed out: the feed knows as well, and shows it.
        if (!over && problem instanceof Refused) setTold({ data: null, refused: problem.message });
      },
    );
    return () => { over = true; };
  }, [api, path, version]);
  return told;
}
