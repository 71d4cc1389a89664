"""A person's hands on the emulated phones: dial, answer, decline, press keys, set presence.

An agent whom a person touches is played by that person from then on: the script rests until the
agent is given back. Nothing here knows HTTP. Raises WorldError or ConfigError with a sentence.
"""

from __future__ import annotations

import re

from emulator.callers import WorldError
from emulator.exchange import Leg
from emulator.scripts import CALLER_KINDS, KEYS, CallerScript
from emulator.shell import Shell

NUMBER = re.compile(r"\+[1-9]\d{5,14}")
PRESENCES = {
    "Available": ("Available", "Available"),
    "Busy": ("Busy", "Busy"),
    "InAMeeting": ("Busy", "InAMeeting"),
    "DoNotDisturb": ("DoNotDisturb", "DoNotDisturb"),
    "Presenting": ("DoNotDisturb", "Presenting"),
    "BeRightBack": ("BeRightBack", "BeRightBack"),
    "Away": ("Away", "Away"),
    "Offline": ("Offline", "Offline"),
}
"""what people can choose in Teams: availability and activity"""
MINE_AT_MOST = 20
"""callers that one person can play at once"""
WORD_MS = 400
"""how long a word takes to say"""
LEAST_MS, MOST_MS = 1_500, 120_000


class Hands:
    def __init__(self, shell: Shell, mine: set[str], mine_as: set[str]) -> None:
        """`mine`: phones of the callers whom people play, `mine_as`: who those callers are; dialing
        adds to both."""
        self._shell = shell
        self._world = shell.world
        self._mine = mine
        self._mine_as = mine_as

    # --- as a caller

    def dial(self, to: str, kind: str, who: str = "") -> Leg:
        """Somebody calls, and stays on the line until they hang up. Whoever calls them back finds
        the same person: no script picks up."""
        if kind not in CALLER_KINDS:
            raise WorldError(f"a caller is one of {', '.join(CALLER_KINDS)}, not {kind!r}")
        if who and kind == "pstn" and NUMBER.fullmatch(who) is None:
            raise WorldError("A number is written like +14255550123: plus, country, digits.")
        legs = self._world.exchange.legs
        if sum(1 for leg in legs if leg in self._mine) >= MINE_AT_MOST:
            raise WorldError(f"You are on {MINE_AT_MOST} calls already: hang one up first.")
        leg = self._world.place_call(CallerScript(to=to, kind=kind, who=who), self._shell.now())
        self._mine.add(leg.id)
        self._mine_as.add(leg.party)
        self._world.people.take_over(leg.party)
        return leg

    def say(self, leg_id: str, words: str) -> int:
        """Say this into a recording: the emulator's people hum, so long as the words take."""
        if not words.strip():
            raise WorldError("Write what you say.")
        leg = self._touched(leg_id)
        if leg.hears[0] != "recording":
            raise WorldError("Nobody records just now: speak after the beep.")
        lasts_ms = min(max(WORD_MS * len(words.split()), LEAST_MS), MOST_MS)
        self._world.speak(leg.id, lasts_ms, self._shell.now())
        return lasts_ms

    def press(self, leg_id: str, key: str) -> None:
        """A key of the phone, by a caller or an agent."""
        if key not in KEYS:
            raise WorldError(f"a phone has the keys 0 to 9, * and #, not {key!r}")
        leg = self._touched(leg_id)
        if leg.state != "connected":
            raise WorldError("Keys are heard once somebody has picked up.")
        self._world.press(leg.id, key, self._shell.now())

    def hang_up(self, leg_id: str) -> None:
        """End the call, or decline one that rings."""
        self._world.hang_up(self._touched(leg_id).id, self._shell.now())

    # --- as an agent, or as who is called back

    def answer(self, leg_id: str) -> None:
        self._world.agent_answer(self._ringing(leg_id).id, self._shell.now())

    def decline(self, leg_id: str) -> None:
        self._world.agent_decline(self._ringing(leg_id).id, self._shell.now())

    def ignore(self, leg_id: str) -> None:
        """Let it ring: nobody picks up any more."""
        self._ringing(leg_id)

    def voicemail(self, leg_id: str) -> None:
        """Send the call to the agent's voicemail, as Teams does by itself after a while."""
        leg = self._ringing(leg_id)
        if leg.via == "invite" and self._world.switches["voicemail_invite"] == "never":
            raise WorldError(
                "Voicemail does not take an invitation to a call, as far as anybody knows "
                "(switch voicemail_invite)."
            )
        self._world.phones.stop(leg, "voicemail")

    def play(self, upn: str, *, on: bool) -> None:
        """Take this agent into your hands, or give the agent back to the script."""
        self._world.must_know(upn)
        if on:
            self._world.people.take_over(upn)
        else:
            self._world.people.give_back(upn)

    def presence(self, upn: str, chosen: str) -> None:
        """Choose a presence in Teams; the agent is played by a person from then on."""
        if chosen not in PRESENCES:
            raise WorldError(f"presence is one of {', '.join(PRESENCES)}, not {chosen!r}")
        self.play(upn, on=True)
        self._world.set_presence(upn, *PRESENCES[chosen], self._shell.now())

    # --- phones

    def _touched(self, leg_id: str) -> Leg:
        """A live phone; if it is an agent's, a person plays the agent from now on."""
        self._world.advance(self._shell.now())
        leg = self._world.exchange.legs.get(leg_id)
        if leg is None:
            raise WorldError("That call is over.")
        if leg.role == "agent":
            self._world.people.take_over(leg.party)
        return leg

    def _ringing(self, leg_id: str) -> Leg:
        leg = self._touched(leg_id)
        if leg.state != "ringing" or leg.rung is None:
            raise WorldError("That phone does not ring any more.")
        if leg.role == "caller":
            raise WorldError("That is the caller's own phone.")
        return leg
