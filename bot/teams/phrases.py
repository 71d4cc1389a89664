"""What the bot says, in English and Korean. A test keeps the two sets alike."""

from __future__ import annotations

from bot.teams import card_phrases, context_phrases, team_phrases

_ENGLISH = {
    "help": (
        "You can say:\n"
        "ready - calls may come to you\n"
        "not ready - no new calls; add a reason and a time if you like: "
        "not ready lunch, not ready 15m, not ready until 14:30\n"
        "status - your state, your queues and why calls do or do not come to you\n"
        "here - in a team's channel: what the plan calls this channel\n"
        "help - this list\n"
        'Supervisors: close sales "We are flooded" for 2h, open sales, '
        'announce all "..." until 14:30, silence all, closures'
    ),
    "not_understood": "I did not understand that.",
    "welcome": "I bring you the calls of your queues.",
    "no_identity": (
        "I cannot tell who you are here. Please write to me in Microsoft Teams, "
        "from your own account."
    ),
    "not_agent": (
        "You are not an agent of any queue, so there are no calls to bring you. "
        "Whoever looks after the plan can add you to a queue."
    ),
    "not_written": (
        "I could not write that down just now and am not sure that it took effect. "
        "Please say it again in a moment; status tells how things stand."
    ),
    "noted": "That is written down and takes effect in a moment. Say status to see it.",
    "no_cards": "This card is not in use any more. Write help to see what I understand.",
    "time_dropped": (
        "I cannot use that time: it must lie within the next 24 hours. "
        "You stay not ready until you say ready."
    ),
    "ready": "You are ready.",
    "not_ready": "You are not ready{reason}{until}.",
    "reason": ": {reason}",
    "until": ", until {time}",
    "not signed in": "not signed in",
    "idle": "Free since {since}.",
    "reserved": "A call is being offered to you, since {since}.",
    "may_ring": "Your phone may still ring from a call that is over. Say ready if it is silent.",
    "on_contact": "With a caller since {since}.",
    "presumed": (
        "With a caller since {since}, as far as I know: I left that call when I transferred it."
    ),
    "wrap_up": "In wrap-up since {since}{until}. Say ready to end it now.",
    "wrap_up_needs": (
        "In wrap-up since {since}: choose on the card, or on the tab, how the contact ended."
    ),
    "not_responding": "Not responding since {since}: you missed an offered call.",
    "queues": "Queues: {queues}.",
    "queue": "{title}",
    "queue_waiting": "{title} ({count} waiting)",
    "presence": "Your Teams presence as I hold it: {presence}, since {since}.",
    "presence_never": "I have not read your Teams presence yet.",
    "calls_come": "Calls come to you now.",
    "calls_come_from": "Calls come to you now from: {queues}.",
    "no_calls_not_ready": "No calls come to you until you say ready.",
    "no_calls_not_ready_until": "No calls come to you until {time}, or until you say ready.",
    "no_calls_occupied": "No other call comes to you before this is over.",
    "no_calls_not_responding": (
        "No calls come to you until you say ready, "
        "or your presence leaves Available and comes back."
    ),
    "no_calls_not_responding_until": (
        "No calls come to you until {time}, or until you say ready, "
        "or your presence leaves Available and comes back."
    ),
    "no_calls_back_off": "No calls come to you until {time} ({why}). Say ready to end this now.",
    "no_calls_presence": "No calls from {queues}: {presence} is not let through there.",
    "no_calls_opted_out": "No calls from {queues}: you opted out. The tab brings you back.",
    "no_calls_frozen": (
        "No calls from {queues}: I could not read presence for {minutes} min, "
        "and there a call is only offered on a fresh reading."
    ),
    "not_in_plan": "No queue lists you now, so no calls come to you.",
    "tomorrow": "tomorrow {time}",
    "yesterday": "yesterday {time}",
    "back_off declined": "you declined a call",
    "back_off no answer": "you missed a call",
    "back_off busy": "your line was busy",
    "back_off failed": "ringing you failed",
    "back_off unreachable": "you could not be reached",
    "back_off unverified": "I could not see your last call in your presence",
    "presence available": "available",
    "presence busy": "busy",
    "presence away": "away",
    "presence be right back": "be right back",
    "presence offline": "offline",
    "presence in a call": "in a call",
    "presence presenting": "presenting",
    "presence do not disturb": "do not disturb",
    "presence focusing": "focusing",
    "presence out of office": "out of office",
    "presence unknown": "unknown",
}
_KOREAN = {
    "help": (
        "다음과 같이 말씀하시면 됩니다.\n"
        "준비 - 전화를 받습니다\n"
        "준비 안 됨 - 새 전화를 받지 않습니다. 사유와 시간을 붙일 수 있습니다: "
        "준비 안 됨 점심, 준비 안 됨 15분, 준비 안 됨 14:30까지\n"
        "상태 - 내 상태와 대기열, 전화가 오거나 오지 않는 이유\n"
        "여기 - 팀 채널에서: 설정에 넣을 이 채널의 이름\n"
        "도움말 - 이 목록\n"
        '감독자: 닫기 sales "침수로 운영하지 않습니다" 2시간, 열기 sales, '
        '공지 전체 "..." 14:30까지, 공지 해제 전체, 마감 목록'
    ),
    "not_understood": "말씀을 이해하지 못했습니다.",
    "welcome": "담당 대기열의 전화를 연결해 드립니다.",
    "no_identity": (
        "여기서는 누구신지 알 수 없습니다. Microsoft Teams에서 본인 계정으로 말씀해 주세요."
    ),
    "not_agent": (
        "어느 대기열의 상담원도 아니므로 연결할 전화가 없습니다. "
        "설정 담당자가 대기열에 추가할 수 있습니다."
    ),
    "not_written": (
        "방금 말씀을 기록하지 못해 적용되었는지 확실하지 않습니다. "
        "잠시 후 다시 말씀해 주세요. 현재 상태는 '상태'로 확인할 수 있습니다."
    ),
    "noted": "기록했고 곧 적용됩니다. '상태'로 확인할 수 있습니다.",
    "no_cards": (
        "이 카드는 더 이상 사용되지 않습니다. '도움말'을 입력하면 할 수 있는 말을 보여 드립니다."
    ),
    "time_dropped": (
        "앞으로 24시간 안의 시간만 쓸 수 있습니다. '준비'라고 하실 때까지 준비 안 됨 상태입니다."
    ),
    "ready": "준비 상태입니다.",
    "not_ready": "준비 안 됨 상태입니다{reason}{until}.",
    "reason": " - {reason}",
    "until": ", {time}까지",
    "not signed in": "아직 시작하지 않음",
    "idle": "{since}부터 대기 중입니다.",
    "reserved": "{since}부터 전화가 연결되는 중입니다.",
    "may_ring": "끝난 전화 때문에 벨이 아직 울릴 수 있습니다. 조용하면 '준비'라고 하세요.",
    "on_contact": "{since}부터 고객과 통화 중입니다.",
    "presumed": "{since}부터 고객과 통화 중인 것으로 알고 있습니다(전화를 넘기고 저는 빠졌습니다).",
    "wrap_up": "{since}부터 후처리 중입니다{until}. 바로 끝내려면 '준비'라고 하세요.",
    "wrap_up_needs": "{since}부터 후처리 중입니다. 카드나 탭에서 상담 결과를 선택해 주세요.",
    "not_responding": "{since}부터 응답 없음 상태입니다. 연결된 전화를 받지 않으셨습니다.",
    "queues": "대기열: {queues}.",
    "queue": "{title}",
    "queue_waiting": "{title}({count}명 대기)",
    "presence": "제가 아는 Teams 상태: {presence}, {since}부터.",
    "presence_never": "Teams 상태를 아직 읽지 못했습니다.",
    "calls_come": "지금 전화가 연결됩니다.",
    "calls_come_from": "지금 다음 대기열의 전화가 연결됩니다: {queues}.",
    "no_calls_not_ready": "'준비'라고 하실 때까지 전화가 오지 않습니다.",
    "no_calls_not_ready_until": "{time}이 되거나 '준비'라고 하실 때까지 전화가 오지 않습니다.",
    "no_calls_occupied": "이 일이 끝나기 전에는 다른 전화가 오지 않습니다.",
    "no_calls_not_responding": (
        "'준비'라고 하시거나 Teams 상태가 대화 가능에서 바뀌었다가 "
        "돌아올 때까지 전화가 오지 않습니다."
    ),
    "no_calls_not_responding_until": (
        "{time}이 되거나, '준비'라고 하시거나, Teams 상태가 대화 가능에서 바뀌었다가 "
        "돌아올 때까지 전화가 오지 않습니다."
    ),
    "no_calls_back_off": (
        "{time}까지 전화가 오지 않습니다({why}). 바로 끝내려면 '준비'라고 하세요."
    ),
    "no_calls_presence": "{queues}: 전화가 오지 않습니다. '{presence}' 상태에는 연결하지 않습니다.",
    "no_calls_opted_out": (
        "{queues}: 빠지셨으므로 전화가 오지 않습니다. 탭에서 다시 참여하실 수 있습니다."
    ),
    "no_calls_frozen": (
        "{queues}: 전화가 오지 않습니다. {minutes}분 동안 Teams 상태를 읽지 못했고, "
        "새로 읽은 상태에서만 연결합니다."
    ),
    "not_in_plan": "지금은 어느 대기열에도 속해 있지 않아 전화가 오지 않습니다.",
    "tomorrow": "내일 {time}",
    "yesterday": "어제 {time}",
    "back_off declined": "전화를 거절하셨습니다",
    "back_off no answer": "전화를 받지 않으셨습니다",
    "back_off busy": "통화 중이었습니다",
    "back_off failed": "전화를 걸지 못했습니다",
    "back_off unreachable": "연결할 수 없었습니다",
    "back_off unverified": "지난 통화를 Teams 상태에서 확인하지 못했습니다",
    "presence available": "대화 가능",
    "presence busy": "다른 용무 중",
    "presence away": "자리 비움",
    "presence be right back": "곧 돌아오겠음",
    "presence offline": "오프라인",
    "presence in a call": "통화 중",
    "presence presenting": "발표 중",
    "presence do not disturb": "방해 금지",
    "presence focusing": "집중 중",
    "presence out of office": "부재 중",
    "presence unknown": "알 수 없음",
}
PHRASES = {
    "en": _ENGLISH | card_phrases.ENGLISH | context_phrases.ENGLISH | team_phrases.ENGLISH,
    "ko": _KOREAN | card_phrases.KOREAN | context_phrases.KOREAN | team_phrases.KOREAN,
}


def say(language: str, phrase: str, **values: object) -> str:
    """The phrase in that language; English where the language is none of ours."""
    return PHRASES.get(language, PHRASES["en"])[phrase].format(**values)
