// Messages that callers left for my queues: a list, and a player. A card in a team's channel leads here
// with a message's id in the address; the sound itself is fetched with the token, never by an address.

import { useAnswer } from "../asked.js";
import { html, useEffect, useState } from "../view.js";
import { dayTime, lasting, t } from "../words.js";

/**
 * @typedef {object} Voicemail
 * @property {string} id
 * @property {string} title of its queue
 * @property {"fetching" | "message" | "wish" | "failed"} result
 * @property {number} left_at
 * @property {number} delete_at
 * @property {string} caller
 * @property {number} length_ms
 * @property {{at: number, by: string} | null} heard
 * @property {{name: string, mine: boolean} | null} owner
 * @property {{at: number, by: string} | null} done
 */

const EVERY_MS = 10_000;

/** @param {import("./index.js").PageProps} props */
export function Voicemails({ api, me, rest }) {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const again = setInterval(() => setTurn((last) => last + 1), EVERY_MS);
    return () => clearInterval(again);
  }, []);
  const told = useAnswer(api, "/api/voicemails", turn);
  const [problem, setProblem] = useState("");
  const listed = /** @type {Voicemail[]} */ (told.data ? told.data.voicemails : []);
  const asked = rest[0] ?? "";
  const missing = asked && told.data && !listed.some((each) => each.id === asked);
  /** @param {string} path @param {RequestInit} how */
  const act = async (path, how) => {
    try {
      await api.send(path, how);
      setProblem("");
    } catch (failed) {
      setProblem(failed instanceof Error ? failed.message : String(failed));
    }
    setTurn(turn + 1);
  };
  return html`
    <h1>${t("page.voicemails")}</h1>
    <p class="notice" role="alert" hidden=${!problem}>${problem}</p>
    ${missing && html`<p class="notice">${t("voicemail.missing")}</p>`}
    ${told.refused && html`<p class="notice">${told.refused}</p>`}
    ${told.data && !listed.length && html`<p>${t(me.queues.length ? "voicemail.none" : "voicemail.no_queue")}</p>`}
    <ul class="messages">${listed.map((each) => html`
      <li key=${each.id} class="card" id=${`message-${each.id}`} data-result=${each.result}
          aria-current=${each.id === asked ? "true" : null}>
        <${Message} api=${api} message=${each} me=${me} act=${act} open=${each.id === asked}
          changed=${() => setTurn(turn + 1)} />
      </li>`)}</ul>`;
}

/** @param {{api: import("../api.js").Api, message: Voicemail, me: import("./index.js").Me, act: (path: string, how: RequestInit) => Promise<void>, open: boolean, changed: () => void}} props */
function Message({ api, message, me, act, open, changed }) {
  const path = `/api/voicemails/${encodeURIComponent(message.id)}`;
  const mayAct = me.roles.some((role) => role !== "Auditor");
  /** @param {boolean} on */
  const body = (on) => ({ method: "POST", body: JSON.stringify({ on }) });
  return html`
    <h2>${message.caller || t("voicemail.somebody")}</h2>
    <p>${t(`voicemail.${message.result}`)} <b>${message.title}</b>
      <span class="since">${dayTime(message.left_at)}${message.result === "message" ? `, ${lasting(message.length_ms)}` : ""}</span></p>
    ${message.result === "message" && mayAct && html`<${Player} api=${api} path=${`${path}/audio`} open=${open} changed=${changed} />`}
    <p class="quiet">
      ${message.heard && t("voicemail.heard", { by: message.heard.by })}
      ${!message.heard && message.result === "message" && t("voicemail.not_heard")}
      ${message.owner && ` ${t("voicemail.owner", { name: message.owner.name })}`}
      ${message.done && ` ${t("voicemail.done", { by: message.done.by })}`}
    </p>
    ${mayAct && html`<p class="acts">
      <button type="button" onClick=${() => act(`${path}/owner`, body(!message.owner?.mine))}>
        ${message.owner?.mine ? t("voicemail.let_go") : t("voicemail.take")}</button>
      <button type="button" onClick=${() => act(`${path}/done`, body(!message.done))}>
        ${message.done ? t("voicemail.reopen") : t("voicemail.finish")}</button>
    </p>`}`;
}

/** @param {{api: import("../api.js").Api, path: string, open: boolean, changed: () => void}} props */
function Player({ api, path, open, changed }) {
  const [sound, setSound] = useState("");
  const [problem, setProblem] = useState("");
  const load = async () => {
    try {
      const answer = await api.send(path);
      setSound(URL.createObjectURL(await answer.blob()));
      changed();
    } catch (failed) {
      setProblem(failed instanceof Error ? failed.message : String(failed));
    }
  };
  useEffect(() => () => { if (sound) URL.revokeObjectURL(sound); }, [sound]);
  if (problem) return html`<p class="notice" role="alert">${problem}</p>`;
  if (sound) return html`<audio controls autoplay=${!open} src=${sound} aria-label=${t("voicemail.player")}></audio>`;
  return html`<p><button type="button" class="listen" onClick=${load}>${t("voicemail.listen")}</button></p>`;
}
