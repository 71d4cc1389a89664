"""Korean system prompts.

Korean counts with two sets of numbers. Minutes, seconds and the digits of a number are Sino-Korean
(일 분, 이십 초), hours and places in a row are native (한 시간, 세 번째). Zero is 영 as an amount
and 공 in a telephone number. The numbers are written out, so that no voice has to choose.
"""

from bot.prompts.language.rules import (
    SPOKEN_PLACES,
    Language,
    WhisperClips,
    counted,
    minutes_told,
)

SINO = ("영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구")
PHONE_ZERO = "공"
NATIVE_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")

SENTENCES = {
    "greeting": "안녕하세요. 전화해 주셔서 감사합니다.",
    "hold": "지금은 모든 상담원이 통화 중입니다. 끊지 말고 기다려 주시면 곧 연결해 드리겠습니다.",
    "still_holding": (
        "오래 기다리시게 해서 죄송합니다. 순서는 그대로 유지됩니다. 잠시만 더 기다려 주세요."
    ),
    "nobody_available": (
        "죄송합니다. 지금은 전화를 받을 수 없습니다. 나중에 다시 전화해 주세요. 안녕히 계세요."
    ),
    "queue_full": (
        "죄송합니다. 지금은 대기 중인 고객이 많습니다. 나중에 다시 전화해 주세요. 안녕히 계세요."
    ),
    "closed": "지금은 상담 시간이 아닙니다. 상담 시간에 다시 전화해 주세요. 안녕히 계세요.",
    "technical_problem": (
        "죄송합니다. 기술적인 문제로 연결할 수 없습니다. 나중에 다시 전화해 주세요. 안녕히 계세요."
    ),
    "transferring": "잠시만 기다려 주세요. 연결해 드리겠습니다.",
    "goodbye": "전화해 주셔서 감사합니다. 안녕히 계세요.",
    "test_call": (
        "스위치보드 시험 통화입니다. 이 안내가 들리면 통화가 잘 되고 있습니다. 안녕히 계세요."
    ),
    "voicemail_greeting": (
        "삐 소리가 나면 메시지를 남겨 주세요. 확인 후 연락드리겠습니다. "
        "메시지는 녹음되어 담당 팀이 보관합니다. "
        "다 말씀하셨으면 우물 정자를 누르시거나 잠시 기다려 주세요."
    ),
    "voicemail_again": "삐 소리가 나면 메시지를 다시 말씀해 주세요.",
    "voicemail_interrupted": "죄송합니다. 잠시 장애가 있었습니다.",
    "voicemail_menu": (
        "메시지가 녹음되었습니다. 그대로 남기시려면 1번을 누르거나 전화를 끊으시고, "
        "들어 보시려면 2번, 다시 녹음하시려면 3번을 눌러 주세요."
    ),
    "voicemail_kept": "감사합니다. 메시지를 담당 팀에 전달했습니다. 안녕히 계세요.",
    "voicemail_nothing": (
        "메시지가 들리지 않았습니다. 전화하신 것을 담당 팀에 알리겠습니다. 안녕히 계세요."
    ),
    "voicemail_lost": (
        "죄송합니다. 지금은 메시지를 녹음할 수 없습니다. 전화하신 것을 담당 팀에 알리겠습니다. "
        "안녕히 계세요."
    ),
    "keys": "받으시려면 일 번, 거절하시려면 이 번을 누르세요.",
    "queue": "대기열",
    "invalid_key": "죄송합니다. 사용할 수 없는 번호입니다.",
    "invalid_digits": "죄송합니다. 번호가 부족합니다.",
    "unknown_extension": "죄송합니다. 없는 내선 번호입니다.",
    "digits_read_back": "누르신 번호는 다음과 같습니다.",
    "digits_confirm": "맞으면 일 번, 다시 입력하시려면 이 번을 눌러 주세요.",
    "objection_noted": "네, 동의하지 않으시는 것으로 기록했습니다.",
}
CALLBACK = {
    "callback_offer": (
        "기다리시는 대신 순서를 그대로 두고 저희가 다시 전화를 드릴 수 있습니다. "
        "원하시면 다음 번호를 누르세요."
    ),
    "callback_this_number": "지금 전화하신 번호로 받으시려면 일 번을 누르세요.",
    "callback_other_number": "다른 번호로 받으시려면 이 번을 누르세요.",
    "callback_wait_on": "계속 기다리시려면 별표를 누르세요.",
    "callback_key_in": "전화번호를 누르신 다음 우물 정자를 누르세요.",
    "callback_keyed": "누르신 번호는 다음과 같습니다.",
    "callback_right": "맞으면 일 번, 다시 누르시려면 이 번을 누르세요.",
    "callback_our_number": "저희 대표 번호입니다. 그 번호로는 전화를 드릴 수 없습니다.",
    "callback_wrong_number": "죄송합니다. 그 번호로는 전화를 드릴 수 없습니다.",
    "callback_soon": "순서가 되는 대로 전화를 받으시려면 일 번을 누르세요.",
    "callback_in": "또는",
    "callback_press": "뒤에 전화를 받으시려면 다음 번호를 누르세요.",
    "callback_promised": (
        "감사합니다. 순서는 그대로 유지되며, 저희가 다시 전화를 드리겠습니다. 안녕히 계세요."
    ),
    "callback_kept": "감사합니다. 약속드린 대로 다시 전화를 드리겠습니다. 안녕히 계세요.",
    "callback_not_possible": "죄송합니다. 다시 전화를 드릴 수 없습니다.",
    "callback_known": (
        "이미 저희가 다시 전화를 드리기로 했습니다. 그대로 두고 통화를 마치시려면 일 번을 "
        "누르세요. 대신 같은 순서로 여기서 기다리시려면 이 번을 누르시거나 그대로 계세요."
    ),
    "callback_dialing": "감사합니다. 고객에게 전화를 걸고 있습니다. 끊지 말고 기다려 주세요.",
    "callback_hello": "안녕하세요. 요청하신 대로 다시 전화를 드렸습니다. 여기는",
    "callback_press_1": "지금 연결하시려면 일 번을 누르세요.",
    "callback_busy": "고객이 통화 중입니다. 나중에 다시 걸겠습니다.",
    "callback_no_answer": "고객이 전화를 받지 않습니다. 나중에 다시 걸겠습니다.",
    "callback_machine": (
        "자동 응답기가 받았거나 아무 번호도 누르지 않았습니다. 나중에 다시 걸겠습니다."
    ),
    "callback_refused": "고객이 지금은 통화할 수 없습니다. 나중에 다시 걸겠습니다.",
    "callback_unreached": "고객에게 연결하지 못했습니다.",
}
"""What is said about calling back. A key's name follows `callback_offer` and `callback_press`; a
length of time stands before `callback_press`."""
WHISPER = {
    "whisper.call": "전화입니다.",
    "whisper.callback": "다시 걸기 요청입니다.",
    "callback.number": "걸 번호",
    "callback.number_ending": "걸 번호 뒷자리",
    "whisper.waited": "대기 시간",
    "caller.number": "발신 번호",
    "caller.number_ending": "발신 번호 뒷자리",
    "caller.withheld": "발신 번호 표시 제한입니다.",
    "caller.internal": "사내 전화입니다.",
    "caller.guest": "게스트 전화입니다.",
    "caller.federated": "다른 조직에서 온 전화입니다.",
    "caller.unknown": "발신자를 알 수 없습니다.",
    "duration.day": "하루 이상",
    "position.1": "고객님이 다음 순서입니다.",
    "position.many": "고객님 앞에 스무 명 이상 기다리고 있습니다.",
}


def sino(count: int) -> str:
    """A number from 0 to 199 in Sino-Korean: 영, 십, 십일, 이십일, 백이십."""
    if count >= 100:  # noqa: PLR2004 the hundred has a word of its own
        return "백" + (sino(count - 100) if count > 100 else "")  # noqa: PLR2004 as above
    tens, ones = divmod(count, 10)
    if not tens:
        return SINO[ones]
    return ("" if tens == 1 else SINO[tens]) + "십" + (SINO[ones] if ones else "")


def native(count: int) -> str:
    """A number from 1 to 99 as it stands before what is counted: 한, 열두, 스무, 스물세."""
    if count == 20:  # noqa: PLR2004 the one irregular number: 스물 becomes 스무 before a noun
        return "스무"
    tens, ones = divmod(count, 10)
    return NATIVE_TENS[tens] + NATIVE_ONES[ones]


def ordinal(place: int) -> str:
    """첫 번째, 두 번째, 스무 번째: only the first one is irregular."""
    return f"{'첫' if place == 1 else native(place)} 번째"


def _arrange(clips: WhisperClips) -> list[str]:
    what = "whisper.callback" if clips.callback else "whisper.call"
    about = [clips.queue, what, "whisper.waited", *clips.waited]
    return [*about, *clips.caller, "keys"]


LANGUAGE = Language(
    code="ko",
    arrange=_arrange,
    texts=SENTENCES
    | CALLBACK
    | WHISPER
    | {f"digit.{value}": word for value, word in enumerate((PHONE_ZERO, *SINO[1:]))}
    | counted("seconds", 0, 59, lambda count: f"{sino(count)} 초")
    | counted("minutes", 1, 59, lambda count: f"{sino(count)} 분")
    | counted("hours", 1, 23, lambda count: f"{native(count)} 시간")
    | counted("position", 2, SPOKEN_PLACES, lambda place: f"고객님은 {ordinal(place)} 순서입니다.")
    | minutes_told(
        lambda count: f"예상 대기 시간은 {sino(count)} 분에서",
        lambda count: f"{sino(count)} 분 사이입니다.",
        lambda count: f"예상 대기 시간은 {sino(count)} 분 이내입니다.",
    ),
)
