// Charts of our own: bars of contacts by how they ended, told apart by pattern and not by color alone.
// What they show stands in the table beside them as well.

import { html, useEffect, useRef, useState } from "../view.js";
import { t } from "../words.js";
import { percent } from "./figures.js";

/**
 * One bar, or one point of a line.
 * @typedef {object} Bar
 * @property {string} label
 * @property {number} answered
 * @property {number} abandoned
 * @property {number} other
 * @property {number | null} level the service level; null where there is none
 */

const HEIGHT = 180;
const LEFT = 44;
const BOTTOM = 20;
const PARTS = /** @type {const} */ (["answered", "abandoned", "other"]);

/** How wide an element is, also when that changes. */
function useWidth() {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [width, setWidth] = useState(600);
  useEffect(() => {
    if (!box.current) return;
    const watch = new ResizeObserver(([entry]) => { if (entry) setWidth(Math.max(200, Math.floor(entry.contentRect.width))); });
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return { box, width };
}

/** @param {{bars: Bar[], title: string}} props */
export function ContactsChart({ bars, title }) {
  const { box, width } = useWidth();
  const most = Math.max(1, ...bars.map((bar) => bar.answered + bar.abandoned + bar.other));
  const step = (width - LEFT) / bars.length;
  const high = (/** @type {number} */ n) => (n / most) * (HEIGHT - BOTTOM - 8);
  return html`
    <figure class="chart" ref=${box}>
      <figcaption>${title}</figcaption>
      <svg role="img" aria-label=${t("report.chart", { title })} width=${width} height=${HEIGHT} viewBox=${`0 0 ${width} ${HEIGHT}`}>
        <defs>
          <pattern id="hatched" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="6" height="6" class="under" /><rect width="3" height="6" class="abandoned" /></pattern>
          <pattern id="dotted" width="6" height="6" patternUnits="userSpaceOnUse">
            <rect width="6" height="6" class="under" /><circle cx="3" cy="3" r="1.6" class="other" /></pattern>
        </defs>
        <${Axis} width=${width} top=${String(most)} />
        ${bars.map((bar, number) => {
          let below = 0;
          return html`<g key=${number}>${PARTS.map((part) => {
            const size = high(bar[part]);
            below += size;
            return size > 0 && html`<rect class=${part} fill=${part === "answered" ? null : `url(#${part === "abandoned" ? "hatched" : "dotted"})`}
              x=${LEFT + number * step + step * 0.1} width=${Math.max(1, step * 0.8)} y=${HEIGHT - BOTTOM - below} height=${size} />`;
          })}</g>`;
        })}
        <${Labels} bars=${bars} step=${step} />
      </svg>
      <ul class="legend">${PARTS.map((part) => html`
        <li key=${part}><svg width="14" height="14" aria-hidden="true"><rect width="14" height="14" class=${part}
          fill=${part === "answered" ? null : `url(#${part === "abandoned" ? "hatched" : "dotted"})`} /></svg> ${t(`report_part.${part}`)}</li>`)}</ul>
    </figure>`;
}

/**
 * The service level over time, and what is promised as a broken line.
 * @param {{bars: Bar[], title: string, target: number | null}} props
 */
export function LevelChart({ bars, title, target }) {
  const { box, width } = useWidth();
  const step = (width - LEFT) / bars.length;
  const x = (/** @type {number} */ number) => LEFT + (number + 0.5) * step;
  const y = (/** @type {number} */ share) => HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - 8);
  const points = bars.flatMap((bar, number) => (bar.level === null ? [] : [{ x: x(number), y: y(bar.level) }]));
  return html`
    <figure class="chart" ref=${box}>
      <figcaption>${title}${target !== null && html` <span class="quiet">${t("report.target", { share: percent(target) })}</span>`}</figcaption>
      <svg role="img" aria-label=${t("report.chart", { title })} width=${width} height=${HEIGHT} viewBox=${`0 0 ${width} ${HEIGHT}`}>
        <${Axis} width=${width} top=${percent(1)} />
        ${target !== null && html`<line class="target" x1=${LEFT} x2=${width} y1=${y(target)} y2=${y(target)} />`}
        <polyline class="level" points=${points.map((point) => `${point.x},${point.y}`).join(" ")} />
        ${points.map((point) => html`<circle key=${point.x} class="level" cx=${point.x} cy=${point.y} r="3" />`)}
        <${Labels} bars=${bars} step=${step} />
      </svg>
    </figure>`;
}

/** @param {{width: number, top: string}} props */
function Axis({ width, top }) {
  return html`
    <line class="axis" x1=${LEFT} x2=${width} y1=${HEIGHT - BOTTOM} y2=${HEIGHT - BOTTOM} />
    <text x=${LEFT - 6} y="14" text-anchor="end">${top}</text>
    <text x=${LEFT - 6} y=${HEIGHT - BOTTOM} text-anchor="end">0</text>`;
}

/**
 * As many names below as there is room for.
 * @param {{bars: Bar[], step: number}} props
 */
function Labels({ bars, step }) {
  const every = Math.max(1, Math.ceil(56 / step));
  return html`${bars.map((bar, number) => number % every === 0 && html`
    <text key=${number} x=${LEFT + (number + 0.5) * step} y=${HEIGHT - 4} text-anchor=${number === 0 ? "start" : "middle"}>${bar.label}</text>`)}`;
}
