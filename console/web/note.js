// A note that is saved while it is typed. What was not saved yet is kept in this window, over a lost
// network, a reload and a page that was left, until the service has it.

import { doOnce, isLost, sentenceOf } from "./acts.js";
import { Refused } from "./api.js";
import { html, useEffect, useRef, useState } from "./view.js";
import { t } from "./words.js";

const AFTER_MS = 700; // without a key
const AGAIN_MS = 3_000;
const NEARLY_FULL = 0.9;
const URGENT = ["lost", "changed", "refused"]; // what is also said to who cannot see it
const KEPT = "switchboard.note.";

/** @typedef {"" | "typing" | "saving" | "saved" | "lost" | "changed" | "refused"} State */

/** One contact's note on its way into the service. */
class Draft {
  /**
   * @param {import("./api.js").Api} api
   * @param {string} contact
   * @param {string} text
   * @param {number} seen the revision it builds on
   * @param {(state: State, problem?: string) => void} tell
   */
  constructor(api, contact, text, seen, tell) {
    this.api = api;
    this.contact = contact;
    this.seen = seen;
    this.saved = text;
    let kept = read(contact);
    if (kept && kept.text.trim() === text) {
      kept = null; // it arrived as the page was left
      keep(contact, null);
    }
    this.text = kept ? kept.text : text;
    if (kept) this.seen = kept.seen;
    this.tell = tell;
    this.timer = 0;
    /** @type {Promise<void> | null} */
    this.sending = null;
    /** A later revision was seen, and has to be looked at. */
    this.isChanged = false;
    if (this.isDirty) this.soon(0);
  }

  get isDirty() { return this.text !== this.saved; }

  /** @param {string} text */
  type(text) {
    this.text = text;
    keep(this.contact, this.isDirty ? { text, seen: this.seen } : null);
    if (this.isChanged) return;
    this.tell("typing");
    this.soon(AFTER_MS);
  }

  /** @param {number} ms */
  soon(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), ms);
  }

  /** All that was typed is with the service when this returns true. */
  async save(how = {}) {
    clearTimeout(this.timer);
    if (this.sending) await this.sending;
    if (this.isChanged) return false;
    if (this.isDirty) {
      this.sending = this.send(how);
      await this.sending;
      this.sending = null;
    }
    return !this.isDirty;
  }

  /** @param {RequestInit} how */
  async send(how) {
    const text = this.text;
    this.tell("saving");
    this.timer = 0;
    try {
      const told = await doOnce(this.api, `/api/contacts/${encodeURIComponent(this.contact)}/note`, { note: text, seen: this.seen }, how);
      this.saved = text;
      this.seen = told.note_revision ?? this.seen + 1;
      keep(this.contact, this.isDirty ? { text: this.text, seen: this.seen } : null);
      this.tell(this.isDirty ? "typing" : "saved");
      if (this.isDirty) this.soon(AFTER_MS);
    } catch (problem) {
      this.failed(problem);
    }
  }

  /** @param {unknown} problem */
  failed(problem) {
    if (problem instanceof Refused && problem.code === "note_changed") {
      this.isChanged = true;
      this.tell("changed");
    } else if (isLost(problem) || !(problem instanceof Refused)) {
      this.tell("lost");
      this.soon(AGAIN_MS);
    } else {
      this.tell("refused", sentenceOf(problem));
    }
  }

  /**
   * The feed tells how the note stands. Returns whether it took what was written elsewhere.
   * @param {string} text
   * @param {number} revision
   */
  told(text, revision) {
    if (revision <= this.seen || this.sending || this.isDirty) return false;
    this.text = this.saved = text;
    this.seen = revision;
    return true;
  }

  /**
   * Somebody looked at both: this is what counts.
   * @param {string} text
   * @param {number} revision
   */
  settle(text, revision) {
    this.isChanged = false;
    this.seen = revision;
    this.type(text);
    this.soon(0);
  }

  leave() {
    clearTimeout(this.timer);
    if (this.isDirty) this.save({ keepalive: true });
  }
}

/**
 * @param {object} props
 * @param {import("./api.js").Api} props.api
 * @param {import("./pages/index.js").Work} props.work
 * @param {(flush: () => Promise<boolean>) => void} props.offers how to have all of it saved
 */
export function Note({ api, work, offers }) {
  const [state, setState] = useState(/** @type {{state: State, problem?: string | undefined}} */ ({ state: "" }));
  const [, redraw] = useState(0);
  const held = useRef(/** @type {Draft | null} */ (null));
  held.current ??= new Draft(api, work.contact, work.note, work.note_revision, (next, problem) => setState({ state: next, problem }));
  const draft = /** @type {Draft} */ (held.current);
  useEffect(() => {
    const away = () => { if (document.visibilityState === "hidden") draft.save({ keepalive: true }); };
    const back = () => draft.save();
    offers(() => draft.save());
    document.addEventListener("visibilitychange", away);
    window.addEventListener("online", back);
    return () => {
      document.removeEventListener("visibilitychange", away);
      window.removeEventListener("online", back);
      draft.leave();
    };
  }, []);
  useEffect(() => {
    if (draft.told(work.note, work.note_revision)) redraw((last) => last + 1);
  }, [work.note, work.note_revision, state]);
  const choose = (/** @type {string} */ text) => draft.settle(text, work.note_revision);
  const full = draft.text.length > work.note_most * NEARLY_FULL;
  return html`
    <div class="note">
      <label for="note">${t("note.title")}</label>
      <textarea id="note" rows="6" maxlength=${work.note_most} value=${draft.text} aria-describedby="note-state"
        onInput=${(/** @type {any} */ event) => draft.type(event.target.value)}></textarea>
      <p class="for-readers" role="status">${URGENT.includes(state.state) ? state.problem ?? t(`note.${state.state}`) : ""}</p>
      <p id="note-state" class="quiet" data-state=${state.state}>${state.problem ?? (state.state && t(`note.${state.state}`))}
        ${full && html` <span>${t("note.length", { length: draft.text.length, most: work.note_most })}</span>`}</p>
      ${state.state === "changed" && html`<div role="alert" class="card">
        <p>${t("note.elsewhere")}</p><blockquote>${work.note}</blockquote>
        <p class="acts"><button type="button" onClick=${() => choose(`${work.note}\n${draft.text}`.slice(0, work.note_most))}>${t("note.both")}</button>
          <button type="button" onClick=${() => choose(work.note)}>${t("note.theirs")}</button>
          <button type="button" onClick=${() => choose(draft.text)}>${t("note.mine")}</button></p></div>`}
    </div>`;
}

/** Whoever signs out leaves nothing in the window. */
export function forgetNotes() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(KEPT)) sessionStorage.removeItem(key);
}

/** @param {string} contact @returns {{text: string, seen: number} | null} */
function read(contact) {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT + contact) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} contact @param {{text: string, seen: number} | null} kept */
function keep(contact, kept) {
  try {
    if (kept) sessionStorage.setItem(KEPT + contact, JSON.stringify(kept));
    else sessionStorage.removeItem(KEPT + contact);
  } catch {
    // A browser that keeps nothing: then only this page has it.
  }
}
