"""The one table of what the end of a call means."""

import pytest

from graph.errors import (
    Ending,
    GraphError,
    NotSent,
    OutcomeUnknown,
    Refused,
    Throttled,
    TokenFailed,
    Unavailable,
    outcome_of_ending,
)


@pytest.mark.parametrize(
    ("code", "subcode", "ending"),
    [
        (486, None, Ending.BUSY),
        (486, 1, Ending.BUSY),
        (603, 0, Ending.DECLINED),
        (408, 10057, Ending.NO_ANSWER),
        (408, None, Ending.NO_ANSWER),
        (487, 5, Ending.NO_ANSWER),
        (480, 10037, Ending.UNREACHABLE),
        (480, None, Ending.UNREACHABLE),
        (408, 8537, Ending.FAILED),
        (500, 7000, Ending.FAILED),
        (403, 7504, Ending.FAILED),
        (None, None, Ending.FAILED),
        (0, 0, Ending.FAILED),
        (200, 4521, Ending.COMPLETED),
        (299, None, Ending.COMPLETED),
        (300, None, Ending.FAILED),
        (0, 7015, Ending.COMPLETED),
        (500, 7015, Ending.COMPLETED),
        (None, 7015, Ending.COMPLETED),
    ],
)
def test_the_outcome_of_an_outgoing_call(
    code: int | None, subcode: int | None, ending: Ending
) -> None:
    assert outcome_of_ending(code, subcode) is ending


@pytest.mark.parametrize(
    ("kind", "may_have_run"),
    [
        (Refused, False),
        (Throttled, False),
        (NotSent, False),
        (TokenFailed, False),
        (Unavailable, True),
        (OutcomeUnknown, True),
    ],
)
def test_every_error_says_whether_the_request_may_have_run(
    kind: type[GraphError], may_have_run: bool
) -> None:
    assert kind("x").may_have_run is may_have_run
    assert str(kind()) != ""
