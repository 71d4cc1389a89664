"""What the cards in a team's channel say, in English and Korean. See `phrases.py`."""

from __future__ import annotations

ENGLISH = {
    "team_summary": "{what} {queue}: {caller}",
    "team news": "News of a caller.",
    "team callback_expired": "A caller waited to be called back, and was not reached in time.",
    "team_hint callback_expired": "Please call them back.",
    "team voicemail_message": "A caller left a message.",
    "team voicemail_wish": "A caller wanted to leave a message, and said nothing.",
    "team_hint voicemail_wish": "They may want to be called back.",
    "team voicemail_failed": "A caller left a message, and it could not be kept.",
    "team_hint voicemail_failed": "Please call them back.",
    "team_somebody": "A caller",
    "team_row number": "To call back: {value}",
    "team_row length_ms": "Length: {value}",
    "team_row waited_ms": "Waited for {value}",
    "team_row tries": "Attempts: {value}",
    "team_row reason": "Why: {value}",
    "button listen": "Listen",
    "here": (
        "This is the channel {channel}\n"
        "To have a team told here, put this line under its queue in the plan "
        "(or at the top, for all queues):\n"
        'channel: "{channel}"'
    ),
    "here_no_channel": (
        "This is no channel of a team. Say it in the channel in which a team is to be told: "
        "@Switchboard here"
    ),
}
KOREAN = {
    "team_summary": "{what} {queue}: {caller}",
    "team news": "고객 관련 소식입니다.",
    "team callback_expired": "콜백을 기다리던 고객에게 시간 안에 연락하지 못했습니다.",
    "team_hint callback_expired": "고객에게 전화해 주세요.",
    "team voicemail_message": "고객이 메시지를 남겼습니다.",
    "team voicemail_wish": "고객이 메시지를 남기려다가 아무 말도 하지 않았습니다.",
    "team_hint voicemail_wish": "연락을 원하실 수 있습니다.",
    "team voicemail_failed": "고객이 메시지를 남겼지만 보관하지 못했습니다.",
    "team_hint voicemail_failed": "고객에게 전화해 주세요.",
    "team_somebody": "고객",
    "team_row number": "회신 번호: {value}",
    "team_row length_ms": "길이: {value}",
    "team_row waited_ms": "기다린 시간: {value}",
    "team_row tries": "시도 횟수: {value}",
    "team_row reason": "사유: {value}",
    "button listen": "듣기",
    "here": (
        "이 채널은 {channel} 입니다\n"
        "팀이 여기서 소식을 받으려면 설정의 대기열 아래(모든 대기열이면 맨 위)에 "
        "다음 줄을 넣어 주세요:\n"
        'channel: "{channel}"'
    ),
    "here_no_channel": (
        "여기는 팀의 채널이 아닙니다. 팀이 소식을 받을 채널에서 말씀해 주세요: @Switchboard 여기"
    ),
}
