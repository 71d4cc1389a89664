// Instants, durations, numbers and states in the words of people.

const KINDS = {
  phone: "phone", pstn: "phone", withheld: "withheld", user: "colleague", guest: "guest",
  federated: "other organization", encrypted: "hidden",
};
/** How one can call, for choosing. */
export const CALL_AS = {
  pstn: "A phone number", withheld: "A phone, number withheld", user: "A colleague in Teams",
  guest: "A guest in Teams", federated: "Somebody of another organization",
  encrypted: "Somebody whose identity is hidden",
};
const PRESENCES = {
  Available: "Available", Busy: "Busy", InACall: "In a call", InAMeeting: "In a meeting",
  DoNotDisturb: "Do not disturb", Presenting: "Presenting", BeRightBack: "Be right back",
  Away: "Away", Offline: "Offline", OffWork: "Off work",
};
const STATES = {
  idle: "free", reserved: "rung", on_contact: "on a call", presumed: "on a call", wrap_up: "wraps up",
};
const HEARS = {
  ringback: "ringing", phone: "rings", prompt: "a prompt", beep: "a beep", recording: "nothing: it is being recorded", hold_music: "hold music",
  silence: "nothing", talk: "conversation",
};
const OUTCOMES = {
  talked: "talked", "gave up": "gave up", "turned away": "turned away", "let go": "let go",
  "to be called back": "to be called back",
  lost: "lost", over_limit: "no line was free", redirect_failed: "forwarding failed",
};

/**
 * The word for it; unknown ones with spaces for underscores.
 * @param {Record<string, string>} words
 * @param {string} word
 */
const named = (words, word) => words[word] ?? word.replaceAll("_", " ");

/** @param {string} kind */
export const kindOf = (kind) => named(KINDS, kind);
/** @param {string} word */
export const presenceOf = (word) => named(PRESENCES, word);
/** @param {string} word */
export const stateOf = (word) => named(STATES, word);
/** @param {string} word */
export const outcomeOf = (word) => named(OUTCOMES, word);

/**
 * What a phone hears, in one or two words.
 * @param {string} what
 * @param {string} like
 */
export const hearsOf = (what, like) => (what === "prompt" && like === "music" ? "music" : named(HEARS, what));

/**
 * 7 -> 0:07, 61 -> 1:01.
 * @param {number} ms
 */
export function clockOf(ms) {
  const s = Math.floor(ms / 1000);
  return `${Math.floor(s / 60)}:${two(s % 60)}`;
}

/**
 * 0.4 s, 12 s, 1 min 5 s.
 * @param {number | null | undefined} ms
 */
export function lasting(ms) {
  if (ms === null || ms === undefined) return "";
  const s = Math.max(0, ms) / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  return s < 60 ? `${Math.round(s)} s` : `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
}

/**
 * The time of day, to the second or the millisecond.
 * @param {number} at
 * @param {boolean} [fine]
 */
export function timeOf(at, fine) {
  const when = new Date(at);
  const clock = `${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())}`;
  return fine ? `${clock}.${String(when.getMilliseconds()).padStart(3, "0")}` : clock;
}

/**
 * +14255550123 -> +1 425 555 0123, wherever it stands; anything else as it is.
 * @param {string} text
 */
export function readable(text) {
  return text.replace(/\+1(\d{3})(\d{3})(\d{4})(?!\d)/g, "+1\u00a0$1\u00a0$2\u00a0$3");
}

/**
 * Ada Agent -> AA.
 * @param {string} name
 */
export function initials(name) {
  const words = name.split(/[\s.@_-]+/).filter(Boolean);
  return words.slice(0, 2).map((word) => word[0]?.toUpperCase()).join("");
}

/**
 * 1 caller, 2 callers.
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export const counted = (count, one, many) => `${count} ${count === 1 ? one : (many ?? `${one}s`)}`;

/** @param {number} n */
const two = (n) => String(n).padStart(2, "0");
