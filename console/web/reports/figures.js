// What the figures of a report are called, what they mean, how they are written.

import { html, useEffect, useRef, useState } from "../view.js";
import { lasting, t } from "../words.js";

/** @typedef {{name: string, meaning: string, formula: string, unit: "count" | "share" | "ms"}} Figure */
/** @typedef {{[key: string]: number | null}} Values */

/** @type {{[key: string]: Figure}} */
let known = {};

/** The definitions in the page's language; none until they are here. */
export function useFigures() {
  const [figures, setFigures] = useState(known);
  useEffect(() => {
    if (Object.keys(known).length) return;
    fetch(`/tab/figures/${document.documentElement.lang}.json`)
      .then((answer) => answer.json())
      .then((told) => { known = told; setFigures(told); }, () => {});
  }, []);
  return figures;
}

/**
 * A value as a person reads it.
 * @param {number | null | undefined} value
 * @param {string} unit
 */
export function written(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "ms") return (value < 0 ? "−" : "") + lasting(Math.abs(value));
  if (unit === "share") return percent(value);
  return new Intl.NumberFormat(document.documentElement.lang).format(value);
}

/** @param {number} share */
export function percent(share) {
  const how = /** @type {const} */ ({ style: "percent", maximumFractionDigits: 1 });
  return new Intl.NumberFormat(document.documentElement.lang, how).format(share);
}

/**
 * A figure's name. Its definition shows while it is pointed at or has the focus, goes with Escape, and is read out with it.
 * @param {object} props
 * @param {string} props.of the figure's key
 * @param {string} props.table in which it stands
 * @param {{[key: string]: Figure}} props.figures
 */
export function Term({ of, table, figures }) {
  const [open, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const note = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (open && box.current && note.current) place(note.current, box.current);
  }, [open]);
  const figure = figures[of];
  if (!figure) return html`<span>${of}</span>`;
  const id = `${table}-${of}`;
  const close = (/** @type {KeyboardEvent} */ event) => { if (event.key === "Escape") setOpen(false); };
  return html`
    <span class="term" ref=${box} onMouseEnter=${() => setOpen(true)} onMouseLeave=${() => setOpen(false)}>
      <button type="button" aria-describedby=${id} onFocus=${() => setOpen(true)} onBlur=${() => setOpen(false)} onKeyDown=${close}>${figure.name}</button>
      <span class="meaning" role="tooltip" id=${id} ref=${note} data-open=${open}>
        ${figure.meaning}<span class="detail">${t("report.formula", { formula: figure.formula })}</span></span>
    </span>`;
}

/**
 * Below the term, within the window: a table that scrolls would cut it off.
 * @param {HTMLElement} note
 * @param {HTMLElement} term
 */
function place(note, term) {
  const at = term.getBoundingClientRect();
  const room = document.documentElement.clientWidth - note.offsetWidth - 8;
  note.style.left = `${Math.max(8, Math.min(at.left, room))}px`;
  note.style.top = `${at.bottom + note.offsetHeight > innerHeight ? Math.max(8, at.top - note.offsetHeight) : at.bottom}px`;
}
