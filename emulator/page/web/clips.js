// The sounds themselves: fetched once, kept for the life of the page, and looked at for their shape.

const HEAD_BYTES = 44;
const PEAKS_A_SECOND = 20;
const LOUDEST = 32_768;

/**
 * @typedef {object} Clip
 * @property {string} url for an audio element
 * @property {number} ms
 * @property {number[]} peaks the loudest of each twentieth of a second, 0 to 1
 */

/** @type {Map<string, Promise<Clip | null>>} */
const clips = new Map();
/** @type {Map<string, Clip>} */
const here = new Map();

/**
 * The clip with this key; null when it cannot be had.
 * @param {string} key
 * @returns {Promise<Clip | null>}
 */
export function clip(key) {
  const known = clips.get(key);
  if (known) return known;
  const coming = load(key);
  clips.set(key, coming);
  return coming;
}

/**
 * The clip if it is here already; else it is fetched, for the next time.
 * @param {string | null} key
 * @returns {Clip | null}
 */
export function clipNow(key) {
  if (!key) return null;
  if (!here.has(key)) void clip(key);
  return here.get(key) ?? null;
}

/**
 * @param {string} key
 * @returns {Promise<Clip | null>}
 */
async function load(key) {
  try {
    const answer = await fetch(`/page/sounds/${encodeURIComponent(key)}.wav`);
    if (!answer.ok) throw new Error(`HTTP status ${answer.status}`);
    const wav = await answer.arrayBuffer();
    const url = URL.createObjectURL(new Blob([wav], { type: "audio/wav" }));
    const found = shape(wav, url);
    here.set(key, found);
    return found;
  } catch {
    clips.delete(key); // asked again the next time
    return null;
  }
}

/**
 * @param {ArrayBuffer} wav 16-bit mono, as Graph plays it
 * @param {string} url
 * @returns {Clip}
 */
function shape(wav, url) {
  const rate = new DataView(wav).getUint32(24, true);
  const samples = new Int16Array(wav.slice(HEAD_BYTES, wav.byteLength - (wav.byteLength % 2)));
  const window = Math.floor(rate / PEAKS_A_SECOND);
  const peaks = [];
  for (let start = 0; start < samples.length; start += window) {
    let loudest = 0;
    const end = Math.min(samples.length, start + window);
    for (let n = start; n < end; n += 4) loudest = Math.max(loudest, Math.abs(samples[n] ?? 0));
    peaks.push(loudest / LOUDEST);
  }
  return { url, ms: (samples.length * 1000) / rate, peaks };
}

/**
 * How loud the clip is at this instant, 0 to 1.
 * @param {Clip} of
 * @param {number} ms
 */
export const loudness = (of, ms) => of.peaks[Math.floor((ms * PEAKS_A_SECOND) / 1000)] ?? 0;

/**
 * The clip's shape as the path of a drawing `width` wide and 2 high, loudest at 0 and 2.
 * @param {Clip} of
 * @param {number} from ms into the clip, which repeats itself
 * @param {number} lasts
 * @param {number} width
 */
export function path(of, from, lasts, width) {
  const bars = Math.max(8, Math.min(400, Math.round(lasts / 60)));
  let up = "";
  let down = "";
  for (let n = 0; n <= bars; n += 1) {
    const loud = Math.sqrt(loudness(of, (from + (lasts * n) / bars) % of.ms)) * 0.92 + 0.03;
    const x = ((width * n) / bars).toFixed(2);
    up += `${n ? "L" : "M"}${x} ${(1 - loud).toFixed(3)}`;
    down = `L${x} ${(1 + loud).toFixed(3)}${down}`;
  }
  return `${up}${down}Z`;
}
