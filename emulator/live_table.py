"""The terminal's picture of this instant: who waits, rings and talks, who is there, how fast."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from emulator.child import Child
from emulator.exchange import Leg
from emulator.shapes import Json
from emulator.tally import Pace, Tally, caller_of, short
from emulator.world import World

EVENTS_SHOWN = 8
COLOR = {"waits": "yellow", "rings": "cyan", "talks": "green", "hears": "white"}
STAGES = {
    "in_flow": "in a menu",
    "ringing": "waits; a phone rings",
    "recording": "leaves a message",
}
HEARS = {"prompt": "hears a prompt or music", "hold_music": "hears hold music"}
PRESENCE_COLOR = {"Available": "green", "Busy": "red", "DoNotDisturb": "red"}


@dataclass(slots=True, kw_only=True)
class LiveTable:
    """`render` draws what world, tally and board hold now."""

    world: World
    tally: Tally
    child: Child
    url: str
    tab: str = ""
    """where agents and supervisors look; empty: the service has none"""
    board: Json | None = None
    """the service's own board, as last read; None while the service is away"""
    offered: Pace = field(default_factory=Pace)
    _seen_offers: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])

    def take_board(self, board: Json | None) -> None:
        """The board, read a moment ago."""
        self.board = board
        for contact in rows(board, "contacts"):
            self._note_offer(contact)

    def _note_offer(self, contact: Json) -> None:
        """From the queue to the first agent's phone, by the ring in the emulator's own log."""
        queued, agent = contact.get("queued_at"), str(contact.get("agent_upn") or "")
        if not isinstance(queued, int) or not agent or contact.get("offers") != 1:
            return
        key = (str(contact.get("contact")), queued)
        rings = [r.at for r in self.tally.rings.values() if r.party == agent and r.at >= queued]
        if rings and key not in self._seen_offers:
            self._seen_offers.add(key)
            self.offered.add(queued, rings[-1])

    def render(self) -> RenderableType:
        return Group(
            self._header(),
            self._callers(),
            Columns([self._agents(), Group(self._paces(), self._events())], expand=False),
        )

    # --- parts

    def _header(self) -> RenderableType:
        child = self.child
        line = Text.assemble(("Switchboard", "bold"), "   page: ", (self.url, "underline"))
        if self.tab:
            line.append("   tab: ").append(self.tab, "underline")
        line.append("\n")
        if child.pid is None:
            line.append(f"service: down ({child.last_error or 'starting again'})", "red")
        else:
            line.append(f"service: pid {child.pid}", "bold")
            if child.starts > 1:
                line.append(f", started {child.starts} times")
            if self.board is None:
                line.append(" (getting ready)", "yellow")
        hint = f"kill -9 {child.pid}" if child.pid is not None else "kill -9 the service"
        line.append(f"\n{hint} while people wait: everybody is still there. Ctrl-C stops.")
        return Panel(line, border_style="dim")

    def _callers(self) -> RenderableType:
        now = self.world.now
        table = Table(title="Callers", title_justify="left", expand=True, box=SIMPLE_HEAD)
        for name in ("caller", "called", "queue", "what goes on", "since", "in line"):
            table.add_column(name, no_wrap=True, min_width=len(name))
        contacts = {
            str(call.get("call")).lower(): contact
            for contact in rows(self.board, "contacts")
            for call in rows(contact, "calls")
            if call.get("role") == "caller"
        }
        legs = [leg for leg in self.world.exchange.legs.values() if leg.role == "caller"]
        for leg in legs:
            story = self.tally.stories.get(leg.id)
            if story is None:
                continue
            contact = contacts.get(leg.call.lower(), {})
            kind, words, since = self._doing(leg, contact)
            table.add_row(
                caller_of(story),
                short(story.to),
                str(contact.get("queue", "")),
                Text(words, COLOR.get(kind, "")),
                _ago(now - since),
                _ago(now - story.placed_at),
            )
        if not legs:
            table.add_row("[dim]nobody at the moment[/dim]", "", "", "", "", "")
        return table

    def _doing(self, leg: Leg, contact: Json) -> tuple[str, str, int]:
        others = [o.party for o in leg.room.legs if o is not leg] if leg.room is not None else []
        if leg.hears[0] == "talk" and others:
            return "talks", f"talks with {', '.join(map(short, others))}", leg.hears_since
        if leg.state == "ringing":
            return "hears", "rings", leg.hears_since
        agent = str(contact.get("agent_upn") or "")
        for ring in self.tally.rings.values():
            if ring.party == agent or ring.call == leg.call:
                return "rings", f"waits; {short(ring.party)}'s phone rings", ring.at
        if contact.get("stage") == "deciding":
            return "rings", f"waits; {short(agent)} hears who calls", leg.hears_since
        queued = contact.get("queued_at")
        if contact.get("stage") == "queued" and isinstance(queued, int):
            return "waits", "waits", queued
        stage = str(contact.get("stage") or "")
        words = STAGES.get(stage, stage.replace("_", " "))
        return "hears", words or HEARS.get(leg.hears[0], "hears nothing"), leg.hears_since

    def _agents(self) -> RenderableType:
        table = Table(title="Agents", title_justify="left", box=SIMPLE_HEAD)
        for name in ("agent", "presence", "service says"):
            table.add_column(name, no_wrap=True)
        known = {str(row.get("upn")): row for row in rows(self.board, "agents")}
        for upn in known or {}:
            availability, activity = self.world.presences.shown(upn)
            shown = availability if availability == activity else f"{availability}, {activity}"
            state = str(known[upn].get("state", "")).replace("_", " ")
            state = "talk presumed" if state == "presumed" else state
            back_off = known[upn].get("back_off")
            table.add_row(
                short(upn),
                Text(shown, PRESENCE_COLOR.get(availability, "dim")),
                f"{state} ({back_off})" if back_off else state,
            )
        if not known:
            table.add_row("[dim]the service is away[/dim]", "", "")
        return table

    def _paces(self) -> RenderableType:
        table = Table(title="Milliseconds", title_justify="left", box=SIMPLE_HEAD)
        table.add_column("from ... to", no_wrap=True)
        for name in ("last", "median", "p95", "worst"):
            table.add_column(name, justify="right")
        for name, pace in self.paces().items():
            summary = pace.summary()
            table.add_row(name, *(map(str, summary) if summary else ("-",) * 4))
        return table

    def paces(self) -> dict[str, Pace]:
        tally = self.tally
        return {
            "ring to answer": tally.ring_to_answer,
            "answer to first audio": tally.answer_to_audio,
            "queue to agent's phone": self.offered,
            "agent's accept to talk": tally.key_to_talk,
        }

    def _events(self) -> RenderableType:
        newest = list(self.tally.events)[-EVENTS_SHOWN:]
        lines = [f"{clock(event.at)} {event.words}" for event in newest]
        return Panel("\n".join(lines) or "nothing yet", title="Last events", border_style="dim")


def rows(source: Json | None, key: str) -> list[Json]:
    """The objects of a list in an answer."""
    found = (source or {}).get(key)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def clock(at: int) -> str:
    """Local time of day."""
    return f"{datetime.fromtimestamp(at / 1000).astimezone():%H:%M:%S}"


def _ago(ms: int) -> str:
    seconds = max(0, ms) // 1000
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60}:{seconds % 60:02d} min"
