// Whose call this page follows: the one somebody chose, or by itself whoever can be heard now.

import { announce, callerOf, goneOf, onChange, told } from "./state.js";
import { now } from "./clock.js";

/** Talk has no sound here: after so long the page looks for a call that has. */
const TALK_MS = 4000;
const AUDIBLE = ["ringing", "greeting", "choosing", "recording", "waiting", "offered", "deciding", "connecting", "leaving"];

/** The phone that the address names; null: none. The skip link has a fragment too. */
const named = () => /^#(leg-\d+)$/.exec(location.hash)?.[1] ?? null;

/** @type {{leg: string | null, pinned: boolean}} */
export const followed = { leg: named(), pinned: named() !== null };

/**
 * Follow this caller until another is chosen.
 * @param {string} leg
 */
export function follow(leg) {
  set(leg, true);
}

/** Follow by itself whoever can be heard. */
export function followAnybody() {
  set(followed.leg, false);
  choose();
}

/**
 * @param {string | null} leg
 * @param {boolean} pinned
 */
function set(leg, pinned) {
  if (followed.leg === leg && followed.pinned === pinned) return;
  followed.leg = leg;
  followed.pinned = pinned;
  history.replaceState(null, "", pinned && leg ? `#${leg}` : location.pathname);
  announce(["followed"]);
}

function choose() {
  if (followed.pinned && (callerOf(followed.leg) || goneOf(followed.leg))) return;
  if (followed.pinned && !told.callers.length && !told.ended.length) return;
  const current = callerOf(followed.leg);
  if (current && AUDIBLE.includes(current.stage)) return;
  const audible = told.callers.filter((caller) => AUDIBLE.includes(caller.stage));
  const next = audible.find((caller) => caller.mine) ?? newest(audible);
  const patient = current && now() - (current.talk_at ?? now()) < TALK_MS;
  if (next && !patient) set(next.leg, false);
  else if (!current) set((newest(told.callers) ?? told.ended[0])?.leg ?? null, false);
}

/**
 * @param {import("./state.js").Caller[]} callers
 * @returns {import("./state.js").Caller | undefined}
 */
const newest = (callers) => callers.toSorted((a, b) => b.placed_at - a.placed_at)[0];

onChange(["callers", "ended"], choose);
addEventListener("hashchange", () => {
  const leg = named();
  if (leg) follow(leg);
});
