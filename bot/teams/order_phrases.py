"""What the bot answers to a supervisor's order, in English and Korean."""

from __future__ import annotations

from datetime import datetime, tzinfo

_HOW = (
    '\nclose sales "We are flooded" for 2h, open sales, announce all "..." until 14:30, '
    "silence all, closures"
)
_KO_HOW = (
    '\n닫기 sales "침수로 운영하지 않습니다" 2시간, 열기 sales, '
    '공지 전체 "..." 14:30까지, 공지 해제 전체, 마감 목록'
)
ENGLISH = {
    "not_supervisor": (
        "You supervise no queue, so nothing was changed. Whoever looks after the plan can name you "
        "under supervisors."
    ),
    "not_yours": "That is not yours to steer, so nothing was changed. Yours: {queues}.",
    "no_such_place": (
        "There is no queue and no entry point called {name}, so nothing was changed. "
        "Did you mean {near}?"
    ),
    "order_no_name": f"Say which queue, or all; nothing was changed.{_HOW}",
    "order_quotes": (f"Put what callers shall hear in quotation marks; nothing was changed.{_HOW}"),
    "order_empty": f"Say in quotation marks what callers shall hear; nothing was changed.{_HOW}",
    "order_twice": (
        "Give one text in English, one in Korean or both, not two in one language; "
        "nothing was changed."
    ),
    "order_too_long": (
        "The text is too long to be heard first; nothing was changed. Use up to 500 characters."
    ),
    "order_time": (
        "I cannot use that time: it must lie within the next 31 days; nothing was changed."
    ),
    "order_no_text": (
        "Write nothing behind the name, as in open sales or silence sales; nothing was changed."
    ),
    "not_spoken": "The text could not be spoken, so nothing was changed. {why}",
    "noted": "That is written down and takes effect in a moment.",
    "overtaken": ("Somebody else changed that at the same time: {by}. Say it again if need be."),
    "everything": "everything",
    "closed": "Closed: {about}, until you say open.",
    "closed_until": "Closed: {about}, until {until}.",
    "announced": "New callers of {about} hear this first, until you say silence.",
    "announced_until": "New callers of {about} hear this first, until {until}.",
    "callers_hear": "They hear: {text}",
    "instead_of": "This replaces what {by} said at {since}.",
    "opened": "Open again: {about}.",
    "silenced": "The message for {about} is gone.",
    "not_closed": "Nobody had closed {about}.",
    "not_announced": "There is no message for {about}.",
    "nothing_in_force": "Nothing is closed, and nothing is announced.",
    "lists_closed": "Closed since {since}, by {by}: {about}.",
    "lists_closed_until": "Closed since {since}, until {until}, by {by}: {about}.",
    "lists_announced": "Announced since {since}, by {by}: {about}.",
    "lists_announced_until": "Announced since {since}, until {until}, by {by}: {about}.",
    "closed_by_name": "Still closed by name: {names}. Say open with each name.",
    "announced_by_name": "Messages of their own: {names}. Say silence with each name.",
    "all_closed": "Everything is closed by {by}: say open all as well.",
    "hours_closed": "By its hours it is closed.",
    "hours_closed_until": "By its hours it is closed until {until}.",
}
KOREAN = {
    "not_supervisor": (
        "감독하시는 대기열이 없어 아무것도 바꾸지 않았습니다. "
        "설정 담당자가 supervisors에 추가할 수 있습니다."
    ),
    "not_yours": "담당하시는 곳이 아니어서 아무것도 바꾸지 않았습니다. 담당 대기열: {queues}.",
    "no_such_place": (
        "{name}(이)라는 대기열이나 진입점이 없어 아무것도 바꾸지 않았습니다. 혹시 {near}인가요?"
    ),
    "order_no_name": (
        f"어느 대기열인지, 또는 전체인지 알려 주세요. 아무것도 바꾸지 않았습니다.{_KO_HOW}"
    ),
    "order_quotes": f"들려줄 말을 따옴표 안에 넣어 주세요. 아무것도 바꾸지 않았습니다.{_KO_HOW}",
    "order_empty": f"들려줄 말을 따옴표 안에 적어 주세요. 아무것도 바꾸지 않았습니다.{_KO_HOW}",
    "order_twice": "한 언어에 한 문장씩만 적어 주세요. 아무것도 바꾸지 않았습니다.",
    "order_too_long": "문장이 너무 깁니다. 500자까지 쓸 수 있습니다. 아무것도 바꾸지 않았습니다.",
    "order_time": "앞으로 31일 안의 시간만 쓸 수 있습니다. 아무것도 바꾸지 않았습니다.",
    "order_no_text": (
        "'열기 sales', '공지 해제 sales'처럼 이름 뒤에는 아무것도 쓰지 마세요. "
        "아무것도 바꾸지 않았습니다."
    ),
    "not_spoken": "문장을 음성으로 만들지 못해 아무것도 바꾸지 않았습니다. {why}",
    "noted": "기록했고 곧 적용됩니다.",
    "overtaken": "같은 때에 다른 분({by})이 바꾸셨습니다. 확인하시고 필요하면 다시 말씀해 주세요.",
    "everything": "전체",
    "closed": "{about}: 닫았습니다. '열기'라고 하실 때까지 닫혀 있습니다.",
    "closed_until": "{about}: {until}까지 닫았습니다.",
    "announced": "{about}: 새로 거시는 분은 '공지 해제'라고 하실 때까지 이 안내를 먼저 듣습니다.",
    "announced_until": "{about}: 새로 거시는 분은 {until}까지 이 안내를 먼저 듣습니다.",
    "callers_hear": "안내: {text}",
    "instead_of": "{by} 님이 {since}에 하신 말씀을 대신합니다.",
    "opened": "{about}: 다시 열었습니다.",
    "silenced": "{about}: 공지를 없앴습니다.",
    "not_closed": "{about}: 닫혀 있지 않았습니다.",
    "not_announced": "{about}: 공지가 없습니다.",
    "nothing_in_force": "닫힌 곳도, 안내 중인 공지도 없습니다.",
    "lists_closed": "{about}: {since}부터 닫혀 있습니다({by} 님).",
    "lists_closed_until": "{about}: {since}부터 {until}까지 닫혀 있습니다({by} 님).",
    "lists_announced": "{about}: {since}부터 공지 중입니다({by} 님).",
    "lists_announced_until": "{about}: {since}부터 {until}까지 공지 중입니다({by} 님).",
    "closed_by_name": (
        "따로 닫은 곳은 그대로 닫혀 있습니다: {names}. 이름마다 '열기'라고 말씀해 주세요."
    ),
    "announced_by_name": (
        "따로 올린 공지는 남아 있습니다: {names}. 이름마다 '공지 해제'라고 말씀해 주세요."
    ),
    "all_closed": "{by} 님이 전체를 닫으셨습니다. '열기 전체'라고도 말씀해 주세요.",
    "hours_closed": "운영 시간이 아니어서 닫혀 있습니다.",
    "hours_closed_until": "운영 시간이 아니어서 {until}까지 닫혀 있습니다.",
}
PHRASES = {"en": ENGLISH, "ko": KOREAN}


def say(language: str, phrase: str, **values: object) -> str:
    """The phrase in that language; English where the language is none of ours."""
    return PHRASES.get(language, ENGLISH)[phrase].format(**values)


def clock(at: int, now: int, zone: tzinfo, language: str) -> str:
    """A time of day on the reader's clock, with the day when it is another one."""
    when, today = (datetime.fromtimestamp(each / 1000, zone) for each in (at, now))
    time = f"{when:%H:%M}"
    if when.date() == today.date():
        return time
    day = f"{when.month}월 {when.day}일" if language == "ko" else f"{when:%Y-%m-%d}"
    return f"{day} {time}"
