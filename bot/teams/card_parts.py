"""The parts of an Adaptive Card (version 1.4), as narrow as a phone: one thing below the other.

Words are set in text runs, which show what they hold: a text block would read a caller's name as
Markdown, and a name may hold a link. Buttons are `Action.Execute`; a client too old for that sends
the same with `Action.Submit`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.teams.conversation import Card, Json

VERSION = "1.4"
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"

FEW = 6
"""More choices than these unfold only when somebody wants to choose."""

Part = dict[str, Json]


def card(
    body: Sequence[Part], actions: Sequence[Part] = (), *, summary: str, language: str = "en"
) -> Card:
    """The card; `summary` is what a notification says, and whatever shows no cards."""
    content: Part = {
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": VERSION,
        "lang": language,
        "fallbackText": summary,
        "body": list(body),
    }
    if actions:
        content["actions"] = list(actions)
    return Card(content=content, summary=summary)


def line(text: str, *, name: str = "", **style: Json) -> Part:
    """One line of words; `name` lets programs find it, whatever the language."""
    part: Part = {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}
    return {"id": name, **part} if name else part


def lines(text: str) -> list[Part]:
    """Several lines, the first one stronger."""
    first, *others = text.split("\n")
    return [line(first, weight="Bolder"), *(line(each) for each in others if each)]


def small(text: str) -> Part:
    """A line that explains."""
    return line(text, isSubtle=True, size="Small")


def button(
    title: str, verb: str, data: Mapping[str, str] | None = None, *, style: str = ""
) -> Part:
    """A button that asks us to do `verb`."""
    sent: Part = {"verb": verb, **(data or {})}
    part: Part = {"type": "Action.Execute", "title": title, "verb": verb, "data": sent}
    if style:
        part["style"] = style
    return {**part, "fallback": {"type": "Action.Submit", "title": title, "data": sent}}


def open_url(title: str, url: str) -> Part:
    """A button that opens a page in the browser."""
    return {"type": "Action.OpenUrl", "title": title, "url": url}


def action_set(actions: Sequence[Part]) -> Part:
    """Buttons in the middle of a card, apart from those that answer it."""
    return {"type": "ActionSet", "actions": list(actions)}


def unfold(title: str, body: Sequence[Part], actions: Sequence[Part]) -> Part:
    """A button that shows more below it, and asks nobody."""
    inner: Part = {
        "type": "AdaptiveCard",
        "version": VERSION,
        "body": list(body),
        "actions": list(actions),
    }
    return {"type": "Action.ShowCard", "title": title, "card": inner}


def text_input(name: str, label: str, most: int, *, multiline: bool = False) -> Part:
    """Room for the agent's own words."""
    return {
        "type": "Input.Text",
        "id": name,
        "label": label,
        "maxLength": most,
        "isMultiline": multiline,
    }


def choice(
    name: str, choices: Mapping[str, str], *, label: str = "", value: str = "", needed: str = ""
) -> Part:
    """One of a few; `choices` by the value that is sent. `needed` is said when none was chosen."""
    part: Part = {
        "type": "Input.ChoiceSet",
        "id": name,
        "style": "expanded" if len(choices) <= FEW else "compact",
        "choices": [{"title": title, "value": each} for each, title in choices.items()],
    }
    if label:
        part["label"] = label
    if value:
        part["value"] = value
    if needed:
        part |= {"isRequired": True, "errorMessage": needed}
    return part
