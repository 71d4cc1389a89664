// Plays what one phone hears, at the phone's own clock: who comes in the middle of a sound hears
// its middle, and who hears a sound begin hears it to its end.

import { now } from "./clock.js";
import { clip } from "./clips.js";

/** So little was missed that the sound may start at its beginning. */
const EARLY_MS = 450;
/** So little is left that the sound may ring out while the next one starts. */
const TAIL_MS = 700;
/** Further than that from the phone's clock: jump. */
const DRIFT_MS = 400;

/**
 * @typedef {object} Want
 * @property {string} leg
 * @property {string} sound
 * @property {string} label what it is, for the list of what was played
 * @property {number} since
 * @property {number} ms
 */

export class Player {
  /** @param {{started: (want: Want, offset: number) => void, ended: (want: Want) => void, refused: () => void}} hears */
  constructor(hears) {
    this.hears = hears;
    /** @type {Want | null} */
    this.want = null;
    /** @type {HTMLAudioElement | null} */
    this.audio = null;
    this.turn = 0;
  }

  /** How far into its sound the element is, in ms; null: nothing plays. */
  get position() {
    return this.audio && !this.audio.paused ? this.audio.currentTime * 1000 : null;
  }

  /**
   * From now on this is heard (null: nothing). Call it as often as you like.
   * @param {Want | null} want
   */
  hear(want) {
    if (same(want, this.want)) {
      if (want) this.keepTime(want);
      return;
    }
    this.letGo(want);
    this.want = want;
    if (want) void this.start(want);
  }

  /** @param {Want} want */
  async start(want) {
    this.turn += 1;
    const turn = this.turn;
    const found = await clip(want.sound);
    if (!found || turn !== this.turn) return;
    const audio = document.createElement("audio");
    audio.dataset.sound = want.sound;
    audio.dataset.leg = want.leg;
    audio.src = found.url;
    const offset = (now() - want.since) % found.ms;
    const begins = offset < EARLY_MS;
    if (!begins) audio.currentTime = offset / 1000;
    audio.addEventListener("ended", () => this.onEnded(want, audio));
    this.audio = audio;
    document.body.append(audio);
    try {
      await audio.play();
      this.hears.started(want, begins ? 0 : offset);
    } catch {
      if (turn === this.turn) this.hears.refused();
    }
  }

  /**
   * @param {Want} want
   * @param {HTMLAudioElement} audio
   */
  onEnded(want, audio) {
    this.hears.ended(want);
    if (audio !== this.audio) {
      audio.remove();
      return;
    }
    // Still wanted: music, ringing and the like begin again.
    audio.currentTime = 0;
    void audio.play().catch(() => this.hears.refused());
  }

  /** @param {Want | null} next */
  letGo(next) {
    const audio = this.audio;
    this.turn += 1;
    this.audio = null;
    if (!audio) return;
    const left = (audio.duration - audio.currentTime) * 1000;
    if (next && next.leg === audio.dataset.leg && left < TAIL_MS) return; // it removes itself
    audio.pause();
    audio.remove();
  }

  /** @param {Want} want */
  keepTime(want) {
    const audio = this.audio;
    if (!audio || audio.paused || audio.seeking || !want.ms) return;
    const should = (now() - want.since) % want.ms;
    const off = Math.abs(should - audio.currentTime * 1000);
    const around = Math.min(off, want.ms - off);
    if (around > DRIFT_MS + EARLY_MS) audio.currentTime = should / 1000;
  }
}

/**
 * @param {Want | null} one
 * @param {Want | null} other
 */
const same = (one, other) => one === other
  || (one !== null && other !== null && one.leg === other.leg && one.sound === other.sound && one.since === other.since);
