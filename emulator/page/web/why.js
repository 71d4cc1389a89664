// Why this agent, and why not another: the service's own sentences.

import { ask } from "./act.js";
import { attr, byId, h, keyed, say } from "./dom.js";
import { readable, timeOf } from "./words.js";

/** @typedef {import("./story.js").Story} Story */

/** @type {{leg: string | null, upn: string, sentences: string[]}} */
const asked = { leg: null, upn: "", sentences: [] };

/** @param {Story} story */
export function drawWhy(story) {
  if (asked.leg !== story.leg) Object.assign(asked, { leg: story.leg, upn: "", sentences: [] });
  keyed(byId("why-offers"), story.offers, (offer) => `${offer.at} ${offer.agent}`,
    () => h("li", { class: "offer" }, h("p", { class: "offer-head" }, h("time"), " ", h("span", { class: "chip" })), h("div")),
    (node, offer) => {
      const [time, chip] = node.firstElementChild?.children ?? [];
      if (time) say(time, timeOf(offer.at));
      if (chip) {
        say(chip, offer.outcome.replaceAll("_", " ") || "under way");
        attr(chip, "data-outcome", offer.outcome);
      }
      const words = node.lastElementChild;
      if (words) keyed(words, offer.sentences, (sentence) => sentence, (sentence) => h("p", {}, readable(sentence)), () => {});
    });
  say(byId("why-note"), story.note || (story.known ? "" : "The service does not know this call yet."));
  byId("why-away").hidden = story.service || !story.known;
  const others = story.offers.length ? story.agents : [];
  byId("why-not").hidden = others.length === 0;
  keyed(byId("why-agents"), others, (agent) => agent.upn,
    (agent) => h("button", { type: "button", class: "chip-button", "data-upn": agent.upn }, agent.name),
    (node, agent) => attr(node, "aria-pressed", String(agent.upn === asked.upn)));
  drawAnswer();
}

function drawAnswer() {
  keyed(byId("why-answer"), asked.sentences.map((text, n) => ({ n, text })), (each) => String(each.n),
    () => h("p"), (node, each) => say(node, each.text));
}

/** @param {() => string | null} followed the contact that is asked about */
export function startWhy(followed) {
  byId("why-agents").addEventListener("click", async (event) => {
    const upn = event.target instanceof HTMLElement ? event.target.dataset.upn : "";
    const leg = followed();
    if (!upn || !leg) return;
    asked.upn = upn;
    for (const button of byId("why-agents").children) {
      attr(button, "aria-pressed", String(button instanceof HTMLElement && button.dataset.upn === upn));
    }
    const answer = await ask(`/page/contacts/${encodeURIComponent(leg)}/why?agent=${encodeURIComponent(upn)}`);
    if (asked.leg !== leg || asked.upn !== upn) return;
    asked.sentences = answer ? answer.sentences : ["The emulator does not answer."];
    drawAnswer();
  });
}
