"""Teams chat as it stands: who has the bot, and which teams; what it posted; what people press.

Part of the world: no clock, no I/O. What the bot sends comes in through `post` and `update`; what
people do leaves through `take`, and its answer comes back to `answered`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from emulator.callers import WorldError
from emulator.config import Application, Channel, Person, object_id
from emulator.exchange import Exchange
from emulator.log import BotInstalled, ButtonPressed, ChatShown
from emulator.ringing import Directory
from emulator.scripts import Press
from emulator.shapes import Json

CARD = "application/vnd.microsoft.card.adaptive"
EXECUTE = "adaptiveCard/action"
SERVICE_PATH = "/connector/"
OFFER = "offered"
"""what the first part of an offer's card is called, when it is posted"""


@dataclass(slots=True)
class Posted:
    """One activity the bot sent: as it was first, and as it stands after its last update."""

    id: str
    conversation: str
    at: int
    activity: Json
    first: Json
    updates: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An activity on its way to the bot."""

    person: Person
    application: Application
    activity: Json
    pressed: str = ""
    """the verb of the button behind it"""
    message: str = ""
    """the message that holds the button"""
    pressed_at: int = 0


@dataclass(slots=True)
class Chat:
    """Everybody's one-to-one chat with the bot of the first application, and teams' channels."""

    exchange: Exchange
    directory: Directory
    posted: list[Posted] = field(default_factory=list[Posted])
    _letters: list[Letter] = field(default_factory=list[Letter])
    _installed: set[str] = field(default_factory=set[str])
    _people: dict[str, Person] = field(init=False)
    _channels: dict[str, Channel] = field(init=False)
    _teams: set[str] = field(default_factory=set[str])
    """ids of the channels in whose teams the app is"""

    def __post_init__(self) -> None:
        config = self.exchange.config
        self._people = {conversation_of(person): person for person in config.people}
        self._channels = {channel.id: channel for channel in config.channels}

    # --- what people do

    def install(self, name: str) -> None:
        """The person adds the app: Teams tells the bot of it in two ways. Raises WorldError."""
        person = self._person(name)
        self._has_bot(person, on=True)
        application = self.application
        members = [{"id": f"28:{application.id}", "name": application.name}]
        self._send(person, {"type": "installationUpdate", "action": "add"})
        self._send(person, {"type": "conversationUpdate", "membersAdded": members})

    def remove(self, name: str) -> None:
        """The person removes the app. Raises WorldError."""
        person = self._person(name)
        self._has_bot(person, on=False)
        self._send(person, {"type": "installationUpdate", "action": "remove"})

    def install_in(self, name: str, by: str) -> None:
        """The person adds the app to the team that has this channel. Raises WorldError."""
        channel, person = self._channel(name), self._person(by)
        self._teams.add(channel.id)
        application = self.application
        members = [{"id": f"28:{application.id}", "name": application.name}]
        where = self._place(channel)
        self._send(person, {"type": "conversationUpdate", "membersAdded": members} | where)

    def remove_from(self, name: str, by: str) -> None:
        """The person takes the app out of the channel's team. Raises WorldError."""
        channel, person = self._channel(name), self._person(by)
        self._teams.discard(channel.id)
        where = self._place(channel)
        self._send(person, {"type": "installationUpdate", "action": "remove"} | where)

    def letter(self, name: str, fields: Json, channel: str = "") -> Letter:
        """What the person writes, to be delivered by the caller: to the bot, or in a channel with
        a mention, which Teams refuses where the bot is not. Raises WorldError."""
        person = self._person(name)
        if not channel:
            self._has_bot(person, on=True)
            return self._letter(person, fields)
        place = self._channel(channel)
        if place.id not in self._teams:
            raise WorldError(f"the app is not in the team of {place.name}: nobody can mention it")
        thread = f"{place.id};messageid={self.exchange.new_id()}"
        return self._letter(person, fields | self._place(place, thread))

    def press(self, name: str, press: Press) -> Letter:
        """The person presses a button of the newest card that has it. Raises WorldError."""
        person = self._person(name)
        conversation = conversation_of(person)
        for posted in reversed(self.posted):
            if posted.conversation != conversation:
                continue
            button = button_of(card_in(posted.first if press.stale else posted.activity), press)
            if button is not None:
                return self._pressed(person, posted, button, press)
        raise WorldError(f"no card of {person.upn} has a button {press.verb!r}")

    def take(self) -> list[Letter]:
        """What is to be delivered now."""
        letters, self._letters = self._letters, []
        return letters

    def answered(self, letter: Letter, status: int, body: object, now: int) -> None:
        """What the bot said to it; a card that comes back takes the pressed one's place."""
        if not letter.pressed:
            return
        answer: Json = body if isinstance(body, dict) else {}
        value = answer.get("value")
        said = value if isinstance(value, str) else ""
        if isinstance(value, dict):
            said = "; ".join(words_in(value)[:1])
        record = ButtonPressed(
            at=now,
            party=letter.person.upn,
            message=letter.message,
            verb=letter.pressed,
            pressed_at=letter.pressed_at,
            status=status,
            said=said,
        )
        self.exchange.log.add(record)
        posted = self._find(letter.message)
        if posted is not None and isinstance(value, dict):
            posted.activity = posted.activity | {
                "attachments": [{"contentType": CARD, "content": value}]
            }
            self._show(posted)

    # --- what the bot does

    def person_in(self, conversation: str) -> Person | None:
        return self._people.get(conversation)

    def channel_in(self, conversation: str) -> Channel | None:
        """The channel of a conversation, or of a thread in it."""
        return self._channels.get(conversation.partition(";")[0])

    def is_in_team(self, channel: Channel) -> bool:
        """Whether messages of the bot reach the channel."""
        return channel.id in self._teams

    def is_installed(self, person: Person) -> bool:
        """Whether messages of the bot reach the person."""
        return person.upn in self._installed

    def post(self, person: Person, activity: Json) -> Posted:
        """A new message of the bot's."""
        return self._post(conversation_of(person), activity)

    def post_in(self, channel: Channel, activity: Json) -> Posted:
        """A new message of the bot's in a channel."""
        return self._post(channel.id, activity)

    def _post(self, conversation: str, activity: Json) -> Posted:
        x = self.exchange
        posted = Posted(x.new_id(), conversation, x.now, activity, activity)
        self.posted.append(posted)
        self._show(posted)
        return posted

    def update(self, message: str, activity: Json) -> Posted | None:
        """The message says something else now; None: there is no such message."""
        posted = self._find(message)
        if posted is not None:
            posted.activity = activity
            posted.updates += 1
            self._show(posted)
        return posted

    def delete(self, message: str) -> None:
        self.posted = [posted for posted in self.posted if posted.id != message]

    def press_by_script(self, party: str, press: Press) -> None:
        """As `press`, to be delivered with the rest; a button that is not there is not pressed,
        and the log says so."""
        try:
            self._letters.append(self.press(party, press))
        except WorldError as missing:
            record = ButtonPressed(
                at=self.exchange.now,
                party=party,
                message="",
                verb=press.verb,
                pressed_at=self.exchange.now,
                status=0,
                said=str(missing),
            )
            self.exchange.log.add(record)

    # --- parts

    @property
    def application(self) -> Application:
        return self.exchange.config.applications[0]

    def _person(self, name: str) -> Person:
        person = self.directory.person(name)
        if person is None:
            raise WorldError(f"nobody is called {name!r}")
        return person

    def _find(self, message: str) -> Posted | None:
        return next((each for each in self.posted if each.id == message), None)

    def _has_bot(self, person: Person, *, on: bool) -> None:
        if on == (person.upn in self._installed):
            return
        change = self._installed.add if on else self._installed.discard
        change(person.upn)
        self.exchange.log.add(BotInstalled(at=self.exchange.now, party=person.upn, on=on))

    def _pressed(self, person: Person, posted: Posted, button: Json, press: Press) -> Letter:
        data = button.get("data")
        sent = (data if isinstance(data, dict) else {}) | dict(press.inputs)
        action: Json = {"type": "Action.Execute", "verb": press.verb, "data": sent}
        fields: Json = {
            "type": "invoke",
            "name": EXECUTE,
            "value": {"action": action, "trigger": "manual"},
            "replyToId": posted.id,
        }
        letter = self._letter(person, fields)
        now = self.exchange.now
        return replace(letter, pressed=press.verb, message=posted.id, pressed_at=now)

    def _send(self, person: Person, fields: Json) -> None:
        self._letters.append(self._letter(person, fields))

    def _letter(self, person: Person, fields: Json) -> Letter:
        """An activity as Teams sends it from a one-to-one chat."""
        application = self.application
        activity: Json = {
            "type": "message",
            "id": self.exchange.new_id(),
            "channelId": "msteams",
            "serviceUrl": self.exchange.base_url + SERVICE_PATH,
            "locale": "en-US",
            "text": "",
            "from": {"id": f"29:{person.id}", "name": person.name, "aadObjectId": person.id},
            "recipient": {"id": f"28:{application.id}", "name": application.name},
            "conversation": {
                "id": conversation_of(person),
                "conversationType": "personal",
                "tenantId": person.tenant_id,
            },
            "channelData": {"tenant": {"id": person.tenant_id}},
            "entities": [{"type": "clientInfo", "locale": "en-US", "platform": "Web"}],
        }
        return Letter(person=person, application=application, activity=activity | fields)

    def _channel(self, name: str) -> Channel:
        found = [each for each in self._channels.values() if name in (each.id, each.name)]
        if not found:
            raise WorldError(f"no channel is called {name!r}")
        return found[0]

    def _place(self, channel: Channel, thread: str = "") -> Json:
        """What an activity of a channel says of where it was."""
        tenant = self.exchange.config.tenant_id
        return {
            "conversation": {
                "id": thread or channel.id,
                "conversationType": "channel",
                "isGroup": True,
                "tenantId": tenant,
            },
            "channelData": {
                "tenant": {"id": tenant},
                "team": {"id": channel.id},
                "channel": {"id": channel.id},
            },
        }

    def _show(self, posted: Posted) -> None:
        person, channel = self.person_in(posted.conversation), self.channel_in(posted.conversation)
        card = card_in(posted.activity)
        told = words_in(card) if card else [str(posted.activity.get("text", ""))]
        record = ChatShown(
            at=self.exchange.now,
            party=person.upn if person else channel.name if channel else "",
            message=posted.id,
            name=name_of(card),
            first=name_of(card_in(posted.first)),
            words=told[0] if told else "",
            updated=posted.activity is not posted.first,
            text="\n".join([*told, *links_in(card)]),
        )
        self.exchange.log.add(record)


def conversation_of(person: Person) -> str:
    """The person's one-to-one chat with the bot."""
    return "a:" + object_id("chat:" + person.upn)


def card_in(activity: Json) -> Json:
    """The card that an activity brings; empty: none."""
    for each in _objects(activity.get("attachments")):
        content = each.get("content")
        if each.get("contentType") == CARD and isinstance(content, dict):
            return content
    return {}


def name_of(card: Json) -> str:
    """What the card's first part is called."""
    return next((str(part.get("id", "")) for part in _objects(card.get("body"))), "")


def words_in(card: Json) -> list[str]:
    """The card's lines, top to bottom."""
    return [
        "".join(str(run.get("text", "")) for run in _objects(part.get("inlines")))
        for part in _objects(card.get("body"))
        if part.get("type") == "RichTextBlock"
    ]


def links_in(card: Json) -> list[str]:
    """Titles of the pages that it opens, buttons in its middle included."""
    sets = [part for part in _objects(card.get("body")) if part.get("type") == "ActionSet"]
    return [
        f"{action.get('title')} {action.get('url')}"
        for part in (*sets, card)
        for action in _objects(part.get("actions"))
        if action.get("type") == "Action.OpenUrl"
    ]


def button_of(card: Json, press: Press) -> Json | None:
    """The card's button with this verb, folded away or not."""
    for action in _objects(card.get("actions")):
        inner = action.get("card")
        found = button_of(inner, press) if isinstance(inner, dict) else None
        if action.get("verb") == press.verb:
            return action
        if found is not None:
            return found
    return None


def _objects(value: object) -> Sequence[Json]:
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, dict)]
