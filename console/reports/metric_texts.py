"""What each figure is called and what it means, in the languages of the tab.

The hover texts of the page (console/web/figures/) and docs/reports.md are written from here.
"""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    name: str
    meaning: str


EN: dict[str, Text] = {
    "offered": Text(
        "Offered",
        "Contacts that joined the queue's line. One that comes to several queues counts in each.",
    ),
    "waiting": Text("Still waiting", "Offered, and not yet over in any of the ways below."),
    "answered": Text("Answered", "Connected with an agent."),
    "abandoned": Text("Abandoned", "The caller hung up while waiting."),
    "timed_out": Text("Timed out", "Waited for as long as the queue's max_wait allows."),
    "no_agent": Text("Nobody on duty", "Sent on because nobody served the queue (no_agent)."),
    "exit": Text("Left by key", "The caller pressed a key to go elsewhere."),
    "callback": Text("Chose a callback", "The caller is called back, and hung up for it."),
    "moved": Text("Moved", "Went on to another queue."),
    "closed": Text("Closed", "The queue closed while the caller waited."),
    "withdrawn": Text("Withdrawn", "Taken out of the line by a supervisor."),
    "failed": Text("Failed", "Lost by an error: of a call, of Teams, of the plan or of ours."),
    "overflowed": Text(
        "Overflowed", "Left the line for queues that had no room, one after another."
    ),
    "refused": Text("Refused", "Refused after all."),
    "served": Text("Served elsewhere", "Left the line for a menu that was all the caller needed."),
    "abandoned_short": Text(
        "Short abandons", "Abandoned sooner than the queue's service_level.short; 5 s by default."
    ),
    "full_at_door": Text("Full at the door", "Came to the queue when it was full; not offered."),
    "closed_at_door": Text("Closed at the door", "Came to the closed queue; not offered."),
    "sl_met_handled": Text(
        "Service level, of answered (sl_met_handled)",
        "Of those who were answered, the share answered within the target.",
    ),
    "sl_met_no_abandon": Text(
        "Service level, without abandons (sl_met_no_abandon)",
        "Of all who were offered except those who hung up within the target, the share answered "
        "within it.",
    ),
    "sl_met_positive_abandon": Text(
        "Service level, abandons as met (sl_met_positive_abandon)",
        "Of all who were offered, the share answered within the target or gone within it.",
    ),
    "sl_met_negative_abandon": Text(
        "Service level, abandons as missed (sl_met_negative_abandon)",
        "Of all who were offered, the share answered within the target.",
    ),
    "asa": Text(
        "Average speed of answer",
        "How long answered callers waited on average, from joining the queue until they were "
        "connected: ringing included, menus before the queue not.",
    ),
    "wait_p50": Text("Wait, 50 %", "Half of the answered callers waited no longer than this."),
    "wait_p80": Text("Wait, 80 %", "80 % of the answered callers waited no longer than this."),
    "wait_p95": Text("Wait, 95 %", "95 % of the answered callers waited no longer than this."),
    "abandon_rate": Text(
        "Abandonment", "The share of the offered who hung up while waiting. Callbacks are none."
    ),
    "abandon_rate_without_short": Text(
        "Abandonment without short ones",
        "The same, with short abandons neither among the abandoned nor among the offered.",
    ),
    "avg_abandon_time": Text(
        "Average time to abandon", "How long those who hung up had waited on average."
    ),
    "handled": Text(
        "Handled", "Contacts that an agent talked with and whose wrap-up is over, callbacks too."
    ),
    "avg_handle_time": Text(
        "Average handle time", "Talk and wrap-up of a handled contact on average; hold is talk."
    ),
    "avg_talk_time": Text(
        "Average talk time",
        "From the connection to the end of the talk, on average. Teams' own record of the call "
        "corrects it where it differs.",
    ),
    "avg_wrap_up_time": Text("Average wrap-up", "Time for paperwork after the talk, on average."),
    "handle_p50": Text("Handle time, 50 %", "Half of the handled contacts took no longer."),
    "handle_p80": Text("Handle time, 80 %", "80 % of the handled contacts took no longer."),
    "handle_p95": Text("Handle time, 95 %", "95 % of the handled contacts took no longer."),
    "offers": Text("Offers", "Attempts to give a contact to an agent."),
    "accepted": Text("Accepted", "Offers after which agent and caller were connected."),
    "declined": Text("Declined", "Offers to which the agent said no."),
    "missed": Text("Missed", "Offers that nobody answered in time; each counts."),
    "not_taken": Text(
        "Came to nothing",
        "Offers that ended without the agent's doing: the caller hung up, the line was busy, the "
        "phone could not be reached.",
    ),
    "acceptance": Text(
        "Acceptance", "Of the offers that the agent could take, the share that was accepted."
    ),
    "told_waits": Text(
        "Expected waits told", "Expected waits that were told to callers who were then answered."
    ),
    "told_held": Text(
        "Expected waits that held", "The share of actual waits within the range that was told."
    ),
    "told_error": Text(
        "Error of expected waits",
        "By how much actual waits differed from the expected ones on average, up or down.",
    ),
    "told_bias": Text(
        "Bias of expected waits",
        "Actual minus expected wait on average: above zero, callers waited longer than expected.",
    ),
    "occupancy": Text(
        "Occupancy", "Of the time in which the agent worked or could be rung, the share worked."
    ),
    "available_time": Text("Available", "Time in which a contact could be offered to the agent."),
    "ringing_time": Text("Ringing", "Time in which an offer was out to the agent."),
    "talking_time": Text("Talking", "Time with callers of ours."),
    "wrapping_time": Text("Wrap-up", "Time in wrap-up."),
    "not_ready_time": Text(
        "Not ready", "Time in which the agent had said not ready, while Teams showed them online."
    ),
    "not_responding_time": Text(
        "Not responding", "Time after missed offers, until the agent was back."
    ),
}

KO: dict[str, Text] = {
    "offered": Text(
        "인입",
        "대기열에 들어온 통화 수입니다. 여러 대기열을 거친 통화는 각 대기열에서 한 번씩 셉니다.",
    ),
    "waiting": Text("대기 중", "인입되었고 아래의 어떤 방식으로도 아직 끝나지 않은 통화입니다."),
    "answered": Text("응답", "상담원과 연결된 통화입니다."),
    "abandoned": Text("포기", "기다리는 동안 고객이 전화를 끊은 통화입니다."),
    "timed_out": Text("대기 시간 초과", "대기열의 max_wait만큼 기다린 통화입니다."),
    "no_agent": Text(
        "근무 상담원 없음",
        "대기열에 근무 중인 상담원이 없어(no_agent) 다른 곳으로 보낸 통화입니다.",
    ),
    "exit": Text("버튼으로 나감", "고객이 버튼을 눌러 다른 곳으로 간 통화입니다."),
    "callback": Text("콜백 선택", "고객이 콜백을 선택하고 끊은 통화입니다."),
    "moved": Text("이동", "다른 대기열로 옮겨 간 통화입니다."),
    "closed": Text("영업 종료", "기다리는 동안 대기열이 닫힌 통화입니다."),
    "withdrawn": Text("제외", "관리자가 대기열에서 뺀 통화입니다."),
    "failed": Text("실패", "통화, Teams, 플랜 또는 서비스의 오류로 끝난 통화입니다."),
    "overflowed": Text("넘침", "대기열을 떠났으나 다음 대기열들에도 자리가 없었던 통화입니다."),
    "refused": Text("거절", "결국 거절된 통화입니다."),
    "served": Text("메뉴에서 처리", "대기열을 떠나 메뉴에서 필요한 것을 해결한 통화입니다."),
    "abandoned_short": Text(
        "짧은 포기",
        "대기열의 service_level.short보다 일찍 끊은 통화입니다. 기본값은 5초입니다.",
    ),
    "full_at_door": Text(
        "가득 차서 못 들어옴", "대기열이 가득 찼을 때 온 통화입니다. 인입에는 들어가지 않습니다."
    ),
    "closed_at_door": Text(
        "닫혀서 못 들어옴", "대기열이 닫혔을 때 온 통화입니다. 인입에는 들어가지 않습니다."
    ),
    "sl_met_handled": Text(
        "서비스 수준, 응답 기준 (sl_met_handled)",
        "응답된 통화 가운데 목표 시간 안에 응답된 비율입니다.",
    ),
    "sl_met_no_abandon": Text(
        "서비스 수준, 포기 제외 (sl_met_no_abandon)",
        "목표 시간 안에 끊은 통화를 뺀 인입 가운데 목표 시간 안에 응답된 비율입니다.",
    ),
    "sl_met_positive_abandon": Text(
        "서비스 수준, 포기를 달성으로 (sl_met_positive_abandon)",
        "인입 가운데 목표 시간 안에 응답되었거나 목표 시간 안에 끊은 비율입니다.",
    ),
    "sl_met_negative_abandon": Text(
        "서비스 수준, 포기를 미달로 (sl_met_negative_abandon)",
        "인입 가운데 목표 시간 안에 응답된 비율입니다.",
    ),
    "asa": Text(
        "평균 응답 속도",
        "응답된 고객이 대기열에 들어온 때부터 연결될 때까지 기다린 평균 시간입니다. 벨이 울린 "
        "시간은 포함하고, 대기열에 들어오기 전의 메뉴는 포함하지 않습니다.",
    ),
    "wait_p50": Text("대기 50 %", "응답된 고객의 절반은 이보다 오래 기다리지 않았습니다."),
    "wait_p80": Text("대기 80 %", "응답된 고객의 80 %는 이보다 오래 기다리지 않았습니다."),
    "wait_p95": Text("대기 95 %", "응답된 고객의 95 %는 이보다 오래 기다리지 않았습니다."),
    "abandon_rate": Text("포기율", "인입 가운데 기다리다 끊은 비율입니다. 콜백은 포기가 아닙니다."),
    "abandon_rate_without_short": Text(
        "짧은 포기를 뺀 포기율", "짧은 포기를 포기와 인입 양쪽에서 모두 뺀 비율입니다."
    ),
    "avg_abandon_time": Text("평균 포기 시간", "끊은 고객이 기다린 평균 시간입니다."),
    "handled": Text("처리", "상담원이 통화하고 후처리까지 끝낸 통화입니다. 콜백도 포함합니다."),
    "avg_handle_time": Text(
        "평균 처리 시간", "처리된 통화의 통화 시간과 후처리의 평균입니다. 보류는 통화 시간입니다."
    ),
    "avg_talk_time": Text(
        "평균 통화 시간",
        "연결부터 통화가 끝날 때까지의 평균입니다. Teams의 통화 기록이 다르면 그에 맞게 고칩니다.",
    ),
    "avg_wrap_up_time": Text("평균 후처리 시간", "통화 후 정리에 쓴 평균 시간입니다."),
    "handle_p50": Text("처리 시간 50 %", "처리된 통화의 절반은 이보다 오래 걸리지 않았습니다."),
    "handle_p80": Text("처리 시간 80 %", "처리된 통화의 80 %는 이보다 오래 걸리지 않았습니다."),
    "handle_p95": Text("처리 시간 95 %", "처리된 통화의 95 %는 이보다 오래 걸리지 않았습니다."),
    "offers": Text("제안", "상담원에게 통화를 연결하려고 한 횟수입니다."),
    "accepted": Text("수락", "상담원과 고객이 연결된 제안입니다."),
    "declined": Text("거부", "상담원이 거부한 제안입니다."),
    "missed": Text("놓침", "제때 아무도 받지 않은 제안입니다. 한 번마다 셉니다."),
    "not_taken": Text(
        "무산",
        "상담원과 관계없이 끝난 제안입니다. 고객이 끊었거나, 통화 중이거나, 연결할 수 없었습니다.",
    ),
    "acceptance": Text("수락률", "상담원이 받을 수 있었던 제안 가운데 수락된 비율입니다."),
    "told_waits": Text("안내한 예상 대기", "나중에 응답된 고객에게 안내한 예상 대기 횟수입니다."),
    "told_held": Text("맞은 예상 대기", "실제 대기가 안내한 범위 안에 있었던 비율입니다."),
    "told_error": Text(
        "예상 대기의 오차", "실제 대기와 예상 대기의 차이를 위아래 구분 없이 평균한 것입니다."
    ),
    "told_bias": Text(
        "예상 대기의 치우침",
        "실제 대기에서 예상 대기를 뺀 평균입니다. 0보다 크면 예상보다 오래 기다렸습니다.",
    ),
    "occupancy": Text("점유율", "상담원이 일했거나 호출될 수 있었던 시간 가운데 일한 비율입니다."),
    "available_time": Text("대기 중", "상담원에게 통화를 제안할 수 있었던 시간입니다."),
    "ringing_time": Text("호출 중", "상담원에게 제안이 나가 있던 시간입니다."),
    "talking_time": Text("통화 중", "고객과 통화한 시간입니다."),
    "wrapping_time": Text("후처리", "후처리를 한 시간입니다."),
    "not_ready_time": Text(
        "준비 안 됨", "Teams에 온라인으로 표시되지만 상담원이 준비 안 됨으로 둔 시간입니다."
    ),
    "not_responding_time": Text("응답 없음", "제안을 놓친 뒤 상담원이 돌아올 때까지의 시간입니다."),
}

TEXTS = {"en": EN, "ko": KO}
