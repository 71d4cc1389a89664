// Reports: what happened today and lately, by queue and by agent, as charts and as tables.
// What each figure means shows where it stands. Whose figures somebody gets, the API decides.

import { useAnswer } from "../asked.js";
import { ContactsChart, LevelChart } from "../reports/chart.js";
import { useFigures } from "../reports/figures.js";
import { GROUPS, Intervals, Totals } from "../reports/tables.js";
import { html, useEffect, useState } from "../view.js";
import { dayTime, t } from "../words.js";

/** @typedef {import("../reports/tables.js").Row} Row */
/** @typedef {{as_of: number, by: "queue" | "agent", interval: string, rows: Row[], totals: Row[], total: import("../reports/figures.js").Values}} Report */

const PERIODS = ["today", "yesterday", "7d", "30d"];
const INTERVALS = ["15m", "hour", "day"];
const EVERY_MS = 60_000;
const MOST_BARS = 120;

/** @param {import("./index.js").PageProps} props */
export function Reports({ api, me }) {
  const leads = me.roles.some((role) => role !== "Agent");
  const [by, setBy] = useState(/** @type {"queue" | "agent"} */ (leads ? "queue" : "agent"));
  const [period, setPeriod] = useState("today");
  const [interval, setInterval_] = useState("15m");
  const [queue, setQueue] = useState("");
  const [agent, setAgent] = useState("");
  const [group, setGroup] = useState("overview");
  const [turn, setTurn] = useState(0);
  const figures = useFigures();
  useEffect(() => {
    const again = setInterval(() => setTurn((last) => last + 1), EVERY_MS);
    return () => clearInterval(again);
  }, []);
  const asked = new URLSearchParams({ by, period, interval, ...(queue && { queue }), ...(by === "agent" && agent && { agent }) });
  const path = `/api/reports?${asked}`;
  const told = useAnswer(api, path, turn);
  const report = /** @type {Report | null} */ (told.data && told.data.by === by ? told.data : null);
  const people = usePeople(report, by, agent);
  const groups = /** @type {{[name: string]: string[]}} */ (GROUPS[by]);
  const keys = groups[group] ?? groups.overview ?? [];
  const choosePeriod = (/** @type {string} */ chosen) => {
    setPeriod(chosen);
    setInterval_(chosen === "7d" || chosen === "30d" ? "day" : "15m");
  };
  const chooseBy = (/** @type {string} */ chosen) => { setBy(chosen === "agent" ? "agent" : "queue"); setAgent(""); };
  return html`
    <h1>${t("page.reports")}</h1>
    <div class="filters">
      <${Choice} id="period" label=${t("report.period")} value=${period} choose=${choosePeriod} options=${PERIODS.map((each) => [each, t(`report_period.${each}`)])} />
      <${Choice} id="interval" label=${t("report.interval")} value=${interval} choose=${setInterval_} options=${INTERVALS.map((each) => [each, t(`report_interval.${each}`)])} />
      ${leads && html`<${Choice} id="by" label=${t("report.by")} value=${by} choose=${chooseBy} options=${["queue", "agent"].map((each) => [each, t(`report_by.${each}`)])} />`}
      <${Choice} id="queue" label=${t("queue")} value=${queue} choose=${setQueue} options=${[["", t("report.all")], ...me.queues.map((each) => [each.queue, each.title])]} />
      ${leads && by === "agent" && html`<${Choice} id="agent" label=${t("contact.agent")} value=${agent} choose=${setAgent} options=${[["", t("report.all")], ...people]} />`}
      <${Choice} id="figures" label=${t("report.figures")} value=${groups[group] ? group : "overview"} choose=${setGroup} options=${Object.keys(groups).map((each) => [each, t(`report_group.${each}`)])} />
      <button type="button" onClick=${() => setTurn(turn + 1)}>${t("past.again")}</button>
      <${Csv} api=${api} path=${path} />
    </div>
    ${told.refused && html`<p role="alert">${told.refused}</p>`}
    ${report ? html`<${Told} report=${report} keys=${keys} figures=${figures} />` : !told.refused && html`<p class="quiet" role="status">${t("loading")}</p>`}`;
}

/**
 * Agents who can be chosen: those of the last report that was about all.
 * @param {Report | null} report
 * @param {string} by
 * @param {string} agent
 */
function usePeople(report, by, agent) {
  const [people, setPeople] = useState(/** @type {string[][]} */ ([]));
  useEffect(() => {
    if (report && by === "agent" && !agent) setPeople(report.totals.map((row) => [row.agent ?? "", row.name]));
  }, [report]);
  return people;
}

/** @param {{report: Report, keys: string[], figures: {[key: string]: import("../reports/figures.js").Figure}}} props */
function Told({ report, keys, figures }) {
  if (!report.totals.length) return html`<p>${t("report.nothing")}</p>`;
  const bars = report.by === "queue" ? barsOf(report.rows) : [];
  const [only] = report.totals;
  const alone = report.totals.length === 1 && only;
  return html`
    <p class="quiet">${t("report.as_of", { at: dayTime(report.as_of) })}</p>
    <section class="totals">
      <h2>${t("report.totals")}</h2>
      <${Totals} by=${report.by} rows=${report.totals} total=${report.total} keys=${keys} figures=${figures} />
    </section>
    ${bars.length > 0 && html`<div class="charts">
      <${ContactsChart} bars=${bars} title=${t("report.contacts")} />
      ${alone && html`<${LevelChart} bars=${bars} title=${t("report.level")} target=${alone.service_level?.share ?? null} />`}
    </div>`}
    ${report.rows.length > 0 && html`<section class="intervals">
      <h2>${t("report.intervals")}</h2>
      <${Intervals} by=${report.by} rows=${report.rows} keys=${keys} figures=${figures} />
    </section>`}`;
}

/**
 * A bar per interval, all queues in it together: counts add up, shares do not.
 * @param {Row[]} rows
 */
function barsOf(rows) {
  /** @type {Map<string, import("../reports/chart.js").Bar>} */
  const bars = new Map();
  const long = new Set(rows.map((row) => row.begins.slice(0, 10))).size > 1;
  for (const row of rows) {
    const label = long ? row.begins.slice(5, 10) : row.begins.slice(11, 16);
    const bar = bars.get(row.begins) ?? { label, answered: 0, abandoned: 0, other: 0, level: row.figures.sl_met_negative_abandon ?? null };
    const [offered, answered, abandoned] = ["offered", "answered", "abandoned"].map((key) => row.figures[key] ?? 0);
    bar.answered += answered ?? 0;
    bar.abandoned += abandoned ?? 0;
    bar.other += (offered ?? 0) - (answered ?? 0) - (abandoned ?? 0);
    bars.set(row.begins, bar);
  }
  return [...bars.values()].slice(-MOST_BARS);
}

/** @param {{id: string, label: string, value: string, choose: (value: string) => void, options: string[][]}} props */
function Choice({ id, label, value, choose, options }) {
  /** @param {Event} event */
  const chosen = (event) => choose(/** @type {HTMLSelectElement} */ (event.target).value);
  return html`<div><label for=${`report-${id}`}>${label}</label>
    <select id=${`report-${id}`} value=${value} onChange=${chosen}>${options.map(([each, name]) => html`
      <option key=${each} value=${each} selected=${each === value}>${name}</option>`)}</select></div>`;
}

/** @param {{api: import("../api.js").Api, path: string}} props */
function Csv({ api, path }) {
  const [problem, setProblem] = useState("");
  const fetchIt = async () => {
    try {
      const answer = await api.send(`${path}&format=csv`);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await answer.blob());
      link.download = "report.csv";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), EVERY_MS);
      setProblem("");
    } catch (failed) {
      setProblem(failed instanceof Error ? failed.message : String(failed));
    }
  };
  return html`<button type="button" onClick=${fetchIt}>${t("report.csv")}</button>
    ${problem && html`<p role="alert">${problem}</p>`}`;
}
