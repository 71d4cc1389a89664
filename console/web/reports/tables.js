// A report's tables: one row per queue or agent over the whole period, and one per interval.

import { Table } from "../tables.js";
import { html } from "../view.js";
import { lasting, t } from "../words.js";
import { Term, percent, written } from "./figures.js";

/** @typedef {import("./figures.js").Figure} Figure */
/** @typedef {import("./figures.js").Values} Values */
/**
 * What happened to one queue or agent in an interval. `begins`: on the clocks of the zone.
 * @typedef {object} Row
 * @property {string} [queue]
 * @property {string} [agent]
 * @property {string} name
 * @property {number} start
 * @property {number} end
 * @property {string} begins
 * @property {string} zone
 * @property {Values} figures
 * @property {{within_ms: number, share: number}} [service_level]
 */

const MOST_SHOWN = 300;

/** What is shown together, for queues and for agents. */
export const GROUPS = {
  queue: {
    overview: ["offered", "answered", "abandoned", "waiting", "sl_met_negative_abandon", "asa", "wait_p80", "abandon_rate", "avg_handle_time"],
    outcomes: ["offered", "answered", "abandoned", "timed_out", "no_agent", "exit", "callback", "moved", "closed", "withdrawn", "failed", "overflowed", "refused", "served", "waiting", "full_at_door", "closed_at_door"],
    level: ["offered", "sl_met_handled", "sl_met_no_abandon", "sl_met_positive_abandon", "sl_met_negative_abandon"],
    waits: ["asa", "wait_p50", "wait_p80", "wait_p95", "abandoned", "abandoned_short", "abandon_rate", "abandon_rate_without_short", "avg_abandon_time", "told_waits", "told_held", "told_error", "told_bias"],
    handling: ["handled", "avg_handle_time", "avg_talk_time", "avg_wrap_up_time", "handle_p50", "handle_p80", "handle_p95"],
    offers: ["offers", "accepted", "declined", "missed", "not_taken", "acceptance"],
  },
  agent: {
    overview: ["handled", "avg_handle_time", "offers", "acceptance", "missed", "occupancy"],
    handling: ["handled", "avg_handle_time", "avg_talk_time", "avg_wrap_up_time", "handle_p50", "handle_p80", "handle_p95"],
    offers: ["offers", "accepted", "declined", "missed", "not_taken", "acceptance"],
    time: ["occupancy", "available_time", "ringing_time", "talking_time", "wrapping_time", "not_ready_time", "not_responding_time"],
  },
};

/** @param {{keys: string[], table: string, figures: {[key: string]: Figure}}} props */
function Head({ keys, table, figures }) {
  return html`${keys.map((key) => html`<th key=${key} scope="col" class="number"><${Term} of=${key} table=${table} figures=${figures} /></th>`)}`;
}

/** @param {{keys: string[], figures: {[key: string]: Figure}, values: Values}} props */
function Cells({ keys, figures, values }) {
  return html`${keys.map((key) => html`<td key=${key} class="number">${written(values[key], figures[key]?.unit ?? "count")}</td>`)}`;
}

/**
 * @param {object} props
 * @param {"queue" | "agent"} props.by
 * @param {Row[]} props.rows
 * @param {Values} props.total
 * @param {string[]} props.keys
 * @param {{[key: string]: Figure}} props.figures
 */
export function Totals({ by, rows, total, keys, figures }) {
  return html`
    <${Table} title=${t("report.totals")}>
      <thead><tr><th scope="col">${by === "queue" ? t("queue") : t("contact.agent")}</th><${Head} table="totals" keys=${keys} figures=${figures} /></tr></thead>
      <tbody>${rows.map((row) => html`
        <tr key=${row.queue ?? row.agent}>
          <th scope="row">${row.name}${row.service_level && html`<small>${promise(row.service_level)}</small>`}</th>
          <${Cells} keys=${keys} figures=${figures} values=${row.figures} />
        </tr>`)}
        ${rows.length > 1 && html`<tr class="sum"><th scope="row">${t("report.all")}</th><${Cells} keys=${keys} figures=${figures} values=${total} /></tr>`}
      </tbody>
    </${Table}>`;
}

/** @param {{within_ms: number, share: number}} level */
function promise(level) {
  return t("report.promise", { share: percent(level.share), within: lasting(level.within_ms) });
}

/**
 * @param {object} props
 * @param {"queue" | "agent"} props.by
 * @param {Row[]} props.rows
 * @param {string[]} props.keys
 * @param {{[key: string]: Figure}} props.figures
 */
export function Intervals({ by, rows, keys, figures }) {
  const shown = rows.slice(0, MOST_SHOWN);
  return html`
    <${Table} title=${t("report.intervals")}>
      <thead><tr><th scope="col">${t("report.begins")}</th><th scope="col">${by === "queue" ? t("queue") : t("contact.agent")}</th>
        <${Head} table="intervals" keys=${keys} figures=${figures} /></tr></thead>
      <tbody>${shown.map((row) => html`
        <tr key=${`${row.start} ${row.name}`}>
          <th scope="row">${clock(row)}</th><td>${row.name}</td><${Cells} keys=${keys} figures=${figures} values=${row.figures} />
        </tr>`)}</tbody>
    </${Table}>
    ${rows.length > MOST_SHOWN && html`<p class="quiet">${t("report.more", { shown: MOST_SHOWN, rows: rows.length })}</p>`}`;
}

/**
 * When a row begins, on the clocks of its own zone: also an hour that comes twice is told apart.
 * @param {Row} row
 */
function clock(row) {
  const [day = "", time = ""] = row.begins.split("T");
  return `${day} ${time.slice(0, 5)} ${time.slice(5)}`;
}
