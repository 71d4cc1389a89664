// Bad days: faults with their strengths, the switches of every unproven fact, and the callers.

import { act } from "./act.js";
import { attr, byId, h, keyed, say } from "./dom.js";
import { onChange, told } from "./state.js";

/** @typedef {{name: string, values: string[], value: string}} Choice */

/**
 * A choice as a row of radio buttons.
 * @param {string} what the act that chooses
 * @param {Choice} row
 * @param {string} title
 */
function choices(what, row, title) {
  return h("div", { class: "segments", role: "radiogroup", "aria-label": title },
    ...row.values.map((value) => h("label", {},
      h("input", {
        type: "radio", name: `${what}-${row.name}`, value, onchange: () => { void act(what, { name: row.name, value }); },
      }), h("span", {}, value.replace("application/json", "json")))));
}

/**
 * @param {HTMLElement} node
 * @param {Choice} row
 */
function choose(node, row) {
  for (const input of node.querySelectorAll("input")) input.checked = input.value === row.value;
}

function drawFaults() {
  keyed(byId("faults"), told.faults, (fault) => fault.name,
    (fault) => h("li", {}, h("div", {}, h("b", {}, fault.title), h("p", {}, fault.meaning)), choices("fault", fault, fault.title)),
    (node, fault) => {
      choose(node, fault);
      attr(node, "data-on", fault.value !== fault.values[0]);
    });
}

function drawSwitches() {
  const changed = told.switches.filter((row) => row.value !== row.usual);
  keyed(byId("switches"), told.switches, (row) => row.name,
    (row) => h("li", {}, h("div", {}, h("code", {}, row.name), h("p", {}, row.question)), choices("switch", row, row.question)),
    (node, row) => {
      choose(node, row);
      attr(node, "data-on", row.value !== row.usual);
    });
  say(byId("switches-changed"), changed.length ? `${changed.length} differ from the likeliest` : "all as is likeliest");
  search();
}

function drawCount() {
  const on = told.faults.filter((fault) => fault.value !== fault.values[0]).length
    + told.switches.filter((row) => row.value !== row.usual).length;
  const count = byId("bad-days-count");
  count.hidden = on === 0;
  say(count, String(on));
  attr(byId("bad-days-open"), "data-on", on > 0);
}

function drawTraffic() {
  const box = /** @type {HTMLInputElement} */ (byId("traffic"));
  byId("traffic-row").hidden = told.traffic.on === null;
  box.checked = told.traffic.on === true;
}

/** Leave what fits the words that were typed. */
function search() {
  const wanted = /** @type {HTMLInputElement} */ (byId("switches-search")).value.trim().toLowerCase();
  for (const node of byId("switches").children) {
    if (node instanceof HTMLElement) node.hidden = !node.textContent?.toLowerCase().includes(wanted);
  }
}

function allUsual() {
  for (const fault of told.faults) {
    if (fault.value !== fault.values[0]) void act("fault", { name: fault.name, value: fault.values[0] ?? "off" });
  }
  for (const row of told.switches) {
    if (row.value !== row.usual) void act("switch", { name: row.name, value: row.usual });
  }
}

/** @param {boolean} open */
function show(open) {
  const panel = byId("bad-days");
  panel.hidden = !open;
  attr(byId("bad-days-open"), "aria-expanded", String(open));
  if (open) byId("bad-days-close").focus();
  else byId("bad-days-open").focus();
}

/** Put the panel to work. */
export function startBadDays() {
  byId("bad-days-open").addEventListener("click", () => show(byId("bad-days").hidden));
  byId("bad-days-close").addEventListener("click", () => show(false));
  byId("bad-days-reset").addEventListener("click", allUsual);
  byId("switches-search").addEventListener("input", search);
  byId("traffic").addEventListener("change", (event) => {
    void act("traffic", { on: /** @type {HTMLInputElement} */ (event.target).checked });
  });
  byId("bad-days").addEventListener("keydown", (event) => { if (event.key === "Escape") show(false); });
  onChange(["faults"], drawFaults);
  onChange(["switches"], drawSwitches);
  onChange(["faults", "switches"], drawCount);
  onChange(["traffic"], drawTraffic);
}
