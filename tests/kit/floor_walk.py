"""Random walks over a floor, with what always holds: tests add to it what is theirs."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any, ClassVar

import hypothesis.strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from kit.floor_desk import Desk, plan
from kit.toy_platform import Platform, Reply
from kit.twin_engine import TwinEngine, saved

from routing import card
from routing.action import Action, ActionKind
from routing.bulletin import Scope
from routing.callback_state import away
from routing.card import BEFORE_CARD_MS, BEFORE_RING_MS
from routing.card_face import offer_card
from routing.events import (
    OwnerChanged,
    PlanChanged,
    Tick,
)
from routing.facts import FactKind
from routing.floor import Floor
from routing.hours import Hours, Span
from routing.plan import AtClose, Delivery, Plan, Queue, Rule
from routing.state import AgentState, CallState, ContactState, OfferState, Outcome
from routing.word_events import (
    AcceptedByCard,
    AgentSet,
    BulletinLifted,
    BulletinSet,
    CardChanged,
    ChatsRead,
    DeclinedByCard,
    DoneByCard,
)

RING_AT_LATEST_MS = 1_000
"""From the offer on, whatever the agent's card waits for."""
HELD = (OfferState.ENDED, OfferState.LINKED)
TO_NUMBER = Action(kind=ActionKind.NUMBER, ref="+49301")
PROBLEMS = ["refused", "throttled", "unavailable", "too_late", "unknown"]


CLOSES_SOON = Hours(
    name="day",
    zone="Etc/UTC",
    week=((Span(opens=0, closes=17), Span(opens=19, closes=24 * 60)),) * 7,
)
"""A walk begins at 00:16:40: it closes 20 s later, for two minutes."""


def queue(name: str, delivery: Delivery, *, wait: bool, sent_on: bool, rule: Rule) -> Queue:
    return Queue(
        at_close=AtClose.MOVE if sent_on else AtClose.SERVE_WAITING,
        on_closed=TO_NUMBER if sent_on and not wait else Action(),
        name=name,
        delivery=delivery,
        rule=rule,
        wrap_up_ms=5_000,
        max_wait_ms=40_000 if wait else None,
        on_max_wait=TO_NUMBER if sent_on else Action(),
        max_length=4,
        return_after_ms=30_000,
    )


def with_hours(the_plan: Plan) -> Plan:
    """The plan with every queue kept to hours."""
    kept = tuple(replace(each, hours=CLOSES_SOON.name) for each in the_plan.queues)
    return replace(the_plan, queues=kept, hours=(CLOSES_SOON,))


class FloorWalk(RuleBasedStateMachine):
    """Random walks over callers, agents and a platform that may fail, reorder and repeat."""

    delivery: ClassVar[Delivery]
    reached: ClassVar[dict[Delivery, Counter[str]]] = defaultdict(Counter)

    @initialize(agents=st.integers(1, 3), wait=st.booleans(), sent_on=st.booleans())
    def start(self, agents: int, wait: bool, sent_on: bool) -> None:
        self.plans = [
            self._plan(wait=wait, sent_on=sent_on),
            self._plan(wait=True, sent_on=not sent_on, rule=Rule.ROUND_ROBIN),
            plan(queue("other", self.delivery, wait=wait, sent_on=sent_on, rule=Rule.SERIAL)),
            with_hours(self._plan(wait=wait, sent_on=sent_on)),
        ]
        self.desk = Desk(self.plans[0], agents=agents)
        self.everybody = self.desk.members
        self.desk.engine = TwinEngine(self.plans[0], self.desk.engine.state)
        self.platform = Platform(self.desk)
        self.platform.done = len(self.desk.commands)
        self.facts = len(self.desk.facts)
        self.taken_over_at = 0

    def _plan(self, *, wait: bool, sent_on: bool, rule: Rule = Rule.LONGEST_IDLE) -> Plan:
        first = queue("sales", self.delivery, wait=wait, sent_on=sent_on, rule=rule)
        other = queue("other", self.delivery, wait=not wait, sent_on=sent_on, rule=rule)
        return plan(first, other, entry={"greeting": "plan:welcome"} if sent_on else {})

    # -- the platform

    @precondition(lambda self: self.platform.pending())
    @rule(reply=st.sampled_from(Reply), prompt_ok=st.booleans())
    def execute(self, reply: Reply, prompt_ok: bool) -> None:
        self.platform.execute(reply=reply, prompt_ok=prompt_ok)

    @precondition(lambda self: self.platform.pending())
    @rule()
    def execute_all(self) -> None:
        for _ in self.platform.pending():
            self.platform.execute()

    @precondition(lambda self: self.platform.pending())
    @rule(problem=st.sampled_from(PROBLEMS), late=st.booleans())
    def fail(self, problem: str, late: bool) -> None:
        self.platform.execute(fail=problem, reply=Reply.LATE if late else Reply.TOLD)

    @precondition(lambda self: self.platform.news)
    @rule(data=st.data(), again=st.booleans())
    def notify(self, data: st.DataObject, again: bool) -> None:
        index = data.draw(st.integers(0, len(self.platform.news) - 1))
        self.platform.deliver(index, again=again)

    @precondition(lambda self: self.platform.losable())
    @rule(data=st.data())
    def lose_news(self, data: st.DataObject) -> None:
        self.platform.lose(data.draw(st.sampled_from(self.platform.losable())))

    @precondition(lambda self: self.platform.news)
    @rule()
    def notify_all(self) -> None:
        for _ in range(len(self.platform.news)):
            self.platform.deliver(0)

    @precondition(lambda self: self.platform.transfers)
    @rule(data=st.data(), works=st.booleans())
    def finish_transfer(self, data: st.DataObject, works: bool) -> None:
        command = data.draw(st.sampled_from(sorted(self.platform.transfers)))
        if works:
            self.platform.complete_transfer(command)
        else:
            self.platform.fail_transfer(command)

    # -- people

    @precondition(lambda self: self.desk.calls < 12)
    @rule(account=st.sampled_from(["", "account-sales", "account-other"]))
    def caller_rings(self, account: str) -> None:
        self.platform.caller_rings(account)

    @precondition(lambda self: self.platform.callers())
    @rule(data=st.data())
    def caller_hangs_up(self, data: st.DataObject) -> None:
        self.platform.caller_hangs_up(data.draw(st.sampled_from(self.platform.callers())))

    @precondition(lambda self: self.desk.calls < 12)
    @rule(account=st.sampled_from(["account-sales", "account-other"]))
    def caller_is_heard(self, account: str) -> None:
        """A caller rings, and nothing goes wrong until they wait."""
        self.platform.caller_rings(account)
        self.desk.present(*{m.agent for m in self.desk.members})
        self.platform.settle()

    @rule()
    def an_agent_says_yes(self) -> None:
        """Whatever rings is picked up, and taken; what becomes of it is open."""
        self.execute_all()
        for wire in self._agents_legs("ringing"):
            self.platform.pick_up(wire)
        for command in list(self.platform.invites):
            self.platform.join(command)
        self.notify_all()
        for wire in self._agents_legs("established"):
            self.desk.presses(wire, "1")
        self.execute_all()

    @rule()
    def a_talk_begins(self) -> None:
        self.an_agent_says_yes()
        for command in list(self.platform.transfers):
            self.platform.complete_transfer(command)
        self.notify_all()

    def _agents_legs(self, state: str) -> list[str]:
        return [w for w, g in self.platform.legs.items() if g.agent and g.state == state]

    @precondition(lambda self: self._agents_legs("ringing"))
    @rule(data=st.data(), yes=st.booleans())
    def phone(self, data: st.DataObject, yes: bool) -> None:
        wire = data.draw(st.sampled_from(self._agents_legs("ringing")))
        if yes:
            self.platform.pick_up(wire)
        else:
            self.platform.decline(wire)

    @precondition(lambda self: self._agents_legs("established"))
    @rule(data=st.data())
    def agent_hangs_up(self, data: st.DataObject) -> None:
        self.platform.agent_hangs_up(data.draw(st.sampled_from(self._agents_legs("established"))))

    @precondition(lambda self: self.platform.invites)
    @rule(data=st.data(), yes=st.booleans())
    def invitation(self, data: st.DataObject, yes: bool) -> None:
        command = data.draw(st.sampled_from(sorted(self.platform.invites)))
        if yes:
            self.platform.join(command)
        else:
            self.platform.refuse_invite(command)

    @precondition(lambda self: self.platform.invites)
    @rule()
    def an_agent_joins_late(self) -> None:
        """When the maximum wait is over, if there is one: perhaps during the last words."""
        self.desk.wait(41_000)
        for command in list(self.platform.invites):
            self.platform.join(command)
        self.notify_all()

    def _with_guests(self) -> list[str]:
        return [w for w, g in self.platform.legs.items() if g.guests]

    @precondition(lambda self: self._with_guests())
    @rule(data=st.data())
    def guest_leaves(self, data: st.DataObject) -> None:
        self.platform.guest_leaves(data.draw(st.sampled_from(self._with_guests())))

    @precondition(lambda self: self._agents_legs("established"))
    @rule(data=st.data(), tone=st.sampled_from("1125#"))
    def key(self, data: st.DataObject, tone: str) -> None:
        self.desk.presses(data.draw(st.sampled_from(self._agents_legs("established"))), tone)

    @rule(agent=st.integers(0, 2), ready=st.booleans(), until=st.booleans())
    def word(self, agent: int, ready: bool, until: bool) -> None:
        at = self.desk.now + 20_000 if until else None
        self.desk.give(AgentSet(agent=f"a{agent}", ready=ready, until=at))

    # -- the chat

    @rule(who=st.sampled_from(["", "a0", "a0a1a2", "a0a1a2"]))
    def chats_are_read(self, who: str) -> None:
        agents = tuple(m.agent for m in self.desk.members if m.agent in who)
        self.desk.give(ChatsRead(agents=agents))

    @precondition(lambda self: self.desk.engine.state.offers)
    @rule(
        data=st.data(),
        press=st.sampled_from([AcceptedByCard, DeclinedByCard, DoneByCard]),
        own=st.sampled_from([True, True, True, False]),
        tells=st.booleans(),
    )
    def a_button_is_pressed(self, data: st.DataObject, press: Any, own: bool, tells: bool) -> None:
        offers = self.desk.engine.state.offers
        offer = offers[data.draw(st.sampled_from(sorted(offers)))]
        message = f"message-{offer.card}" if tells and offer.card else ""
        agent = offer.agent if own else "a9"
        self.desk.give(press(offer=offer.id, agent=agent, message=message))

    @precondition(lambda self: self.desk.engine.stale_cards())
    @rule(gone=st.sampled_from([False, False, False, True]), late=st.booleans())
    def cards_are_refreshed(self, gone: bool, late: bool) -> None:
        stale = self.desk.engine.stale_cards()
        if late:
            self.desk.wait(1_000)
        for each in stale:
            self.desk.give(CardChanged(offer=each.offer, shows=each.shows, gone=gone))

    @rule(agent=st.integers(0, 2), presence=st.sampled_from(["Available", "Away", "InACall"]))
    def presence(self, agent: int, presence: str) -> None:
        self.desk.present(f"a{agent}", as_=presence)

    @rule(ms=st.sampled_from([1, 299, 1_000, 3_000, 5_000]))
    def time_passes(self, ms: int) -> None:
        self.desk.wait(ms)

    @rule(ms=st.sampled_from([8_000, 18_000, 41_000]))
    def much_time_passes(self, ms: int) -> None:
        """What was asked for is done by then, and the sweeper has come round."""
        self.execute_all()
        self.desk.wait(ms)
        self.platform.stop_ringing()
        self.platform.sweep()
        self.desk.present()

    # -- the service

    @rule(index=st.integers(0, 3))
    def plan_changes(self, index: int) -> None:
        self.desk.give(PlanChanged(plan=self.plans[index]))

    @rule(left_out=st.sampled_from(["", "", "a0", "a1", "a0a1a2"]))
    def directory_changes(self, left_out: str) -> None:
        self.desk.members = tuple(m for m in self.everybody if m.agent not in left_out)
        self.desk.enlist()
        self.desk.present(*{m.agent for m in self.desk.members})

    @rule(ms=st.sampled_from([0, 1_000, 20_000]))
    def owner_changes(self, ms: int) -> None:
        state = saved(self.desk.engine.state)
        state.epoch, state.counted = state.epoch + 1, 0
        self.desk.engine = TwinEngine(self.desk.engine.plan, state)
        self.desk.give(OwnerChanged(epoch=state.epoch), after=ms)
        self.taken_over_at = self.desk.now

    @rule(
        closes=st.booleans(),
        lifts=st.booleans(),
        place=st.sampled_from(["queue sales", "queue other", "entry_point sales", "all "]),
        lasts_ms=st.sampled_from([None, 1, 30_000]),
    )
    def a_supervisor_speaks(
        self, closes: bool, lifts: bool, place: str, lasts_ms: int | None
    ) -> None:
        scope, _, name = place.partition(" ")
        where: dict[str, Any] = {"closes": closes, "scope": Scope(scope), "name": name}
        if lifts:
            self.desk.give(BulletinLifted(**where))
            return
        until = None if lasts_ms is None else self.desk.now + lasts_ms
        self.desk.give(BulletinSet(**where, until=until, clips={"en": "a" * 64}, lasts_ms=2_000))

    # -- what always holds

    @invariant()
    def holds(self) -> None:
        self._an_agent_has_at_most_one_offer_or_contact()
        self._a_phone_rings_once_at_most()
        self._nobody_waits_while_somebody_could_take_them()
        self._the_indexes_are_what_a_load_would_make_of_them()
        self._a_live_contact_has_a_live_leg_and_a_queue()
        self._whoever_waits_has_music_or_soon_again()
        self._an_agents_offer_and_state_agree()
        self._a_ring_waits_a_second_at_most()
        self._a_card_that_shows_something_else_is_known()
        self._nobody_is_cut_off_in_a_ring_because_it_closes()
        self._visits_add_up()
        self._note_what_was_reached()

    def _nobody_is_cut_off_in_a_ring_because_it_closes(self) -> None:
        state = self.desk.engine.state
        closed = {c.id for c in state.contacts.values() if c.outcome is Outcome.CLOSED}
        cut = [o for o in state.offers.values() if o.contact in closed and o.outcome == "rescinded"]
        assert cut == []

    def _visits_add_up(self) -> None:
        begun: Counter[str] = Counter()
        for fact in self.desk.facts:
            if fact.kind is FactKind.CONTACT_QUEUED:
                begun[fact.queue] += 1
            elif fact.kind is FactKind.CONTACT_LEFT_QUEUE:
                begun[fact.queue] -= 1
        contacts = self.desk.engine.state.contacts.values()
        assert +begun == Counter(each.queue for each in contacts if each.visiting)

    def _an_agent_has_at_most_one_offer_or_contact(self) -> None:
        state = self.desk.engine.state
        busy = Counter(o.agent for o in state.offers.values() if o.state not in HELD)
        for contact in state.contacts.values():
            if contact.state is ContactState.CONNECTED:
                busy[contact.agent] += 1
        assert not [a for a, n in busy.items() if n > 1]
        for agent, count in busy.items():
            assert count == 0 or state.agents[agent].state is not AgentState.IDLE

    def _a_phone_rings_once_at_most(self) -> None:
        assert not [a for a, n in self.platform.phones().items() if n > 1]

    def _nobody_waits_while_somebody_could_take_them(self) -> None:
        floor = self.desk.engine.floor
        fresh = self.desk.now - floor.state.tenant.presence_read_at <= 60_000
        for name, line in floor.lines.items():
            assert not (line.places and floor.pools[name].order and fresh and not floor.starved)

    def _the_indexes_are_what_a_load_would_make_of_them(self) -> None:
        floor = self.desk.engine.floor
        fresh = Floor(floor.plan, floor.state)
        assert fresh.lengths == floor.lengths
        assert {n: x.places for n, x in fresh.lines.items()} == {
            n: x.places for n, x in floor.lines.items()
        }
        assert {n: (p.order, p.reasons) for n, p in fresh.pools.items()} == {
            n: (p.order, p.reasons) for n, p in floor.pools.items()
        }
        assert +Counter(fresh.legs) == +Counter(floor.legs)
        assert fresh.presumed.keys() == floor.presumed.keys()
        assert fresh.held.keys() == floor.held.keys()
        assert fresh.checking == floor.checking
        assert fresh.offers_of == floor.offers_of
        assert fresh.callbacks == floor.callbacks

    def _a_live_contact_has_a_live_leg_and_a_queue(self) -> None:
        state = self.desk.engine.state
        for contact in state.contacts.values():
            over = contact.state in (ContactState.ENDED, ContactState.CONNECTED)
            waits_away = away(contact.callback) and contact.state is ContactState.QUEUED
            if not over and not waits_away:
                assert state.calls[contact.call].state is not CallState.ENDED
            if contact.state is ContactState.QUEUED:
                assert contact.queue in self.desk.engine.floor.queues

    def _whoever_waits_has_music_or_soon_again(self) -> None:
        for contact in self.desk.engine.state.contacts.values():
            if contact.state is ContactState.QUEUED and not away(contact.callback):
                assert contact.music
                assert contact.music not in self.platform.heard or "music" in contact.timers

    def _an_agents_offer_and_state_agree(self) -> None:
        state = self.desk.engine.state
        for agent in state.agents.values():
            offer = state.offers.get(agent.offer)
            assert (agent.state is AgentState.RESERVED) == (offer is not None)
            assert offer is None or (offer.agent == agent.id and offer.state not in HELD)
            rescinding = offer is not None and offer.state is OfferState.RESCINDING
            assert bool(agent.may_ring) == rescinding

    def _a_ring_waits_a_second_at_most(self) -> None:
        """For the chat 300 ms, and for what is asked about the caller only before that. Longer from
        the start only for what a takeover adds."""
        for offer in self.desk.engine.state.offers.values():
            if offer.state is OfferState.CHECKING:
                assert offer.timers
                others = [due for kind, due in offer.timers.items() if kind != card.TIMER]
                assert max(others, default=0) <= self.desk.now + BEFORE_RING_MS
                assert offer.timers.get(card.TIMER, 0) <= offer.created_at + BEFORE_CARD_MS
                if offer.created_at >= self.taken_over_at:
                    latest = max(offer.created_at + RING_AT_LATEST_MS, self.desk.now + 1)
                    assert max(offer.timers.values()) <= latest

    def _a_card_that_shows_something_else_is_known(self) -> None:
        engine = self.desk.engine
        wrong = {
            offer.id
            for offer in engine.state.offers.values()
            if offer.card_message
            and offer_card(engine.state, engine.floor.queues, offer).shows != offer.card_shows
        }
        assert {each.offer for each in engine.stale_cards()} == wrong

    def _note_what_was_reached(self) -> None:
        reached, facts = self.reached[self.delivery], self.desk.facts
        new, self.facts = facts[self.facts :], len(facts)
        reached.update(f.kind.value for f in new)
        reached.update(f"wins {f.detail['wins']}" for f in new if f.kind is FactKind.LATE_JOIN)
        reached.update(o.state.value for o in self.desk.engine.state.offers.values())

    def teardown(self) -> None:
        """After silence everything ends, and no call is left anywhere."""
        if not hasattr(self, "desk"):
            return
        for wire in self.platform.callers():
            self.platform.caller_hangs_up(wire)
        for _ in range(14):
            self.platform.settle()
            self.desk.wait(15_000)
            self.platform.stop_ringing()
            self.platform.sweep()
        self.desk.wait(9 * 3_600_000)
        self.desk.give(Tick())
        state = self.desk.engine.state
        assert not state.contacts
        assert not state.calls
        assert not state.offers
        assert not self.desk.engine.floor.cards
        assert not +Counter(self.desk.engine.floor.legs)
        # Missed for a queue that is no more, only the agent's word or presence brings them back.
        at_rest = {AgentState.IDLE, AgentState.NOT_RESPONDING}
        assert {a.state for a in state.agents.values()} <= at_rest
        assert {w: g for w, g in self.platform.legs.items() if g.state != "gone"} == {}
