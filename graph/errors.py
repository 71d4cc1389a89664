"""What can go wrong with a request to Graph, and what the end of a call meant.

Two questions decide everything after a failure: may the request have run, and is it worth asking
again. Each error answers the first; the second is the caller's policy (bot/sending/effects.py). The
table of endings stands here because nobody outside Microsoft could prove most of it: it is one
place to correct.
"""

from enum import StrEnum


class GraphError(Exception):
    """A request to Graph did not succeed."""

    may_have_run: bool = False
    """Whether Graph may have done what it was asked in spite of this error."""

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        code: str | None = None,
        subcode: str | None = None,
        request_id: str | None = None,
        retry_after_ms: int | None = None,
    ) -> None:
        """Keep the facts as fields; `code` and `subcode` are Graph's own strings."""
        super().__init__(message or (self.__doc__ or ""))
        self.message = message or (self.__doc__ or "")
        self.status = status
        self.code = code
        self.subcode = subcode
        self.request_id = request_id
        self.retry_after_ms = retry_after_ms

    def __str__(self) -> str:
        """Status, code and message in one line for the log."""
        parts = [str(part) for part in (self.status, self.code) if part]
        return f"{'/'.join(parts)}: {self.message}" if parts else self.message


class Refused(GraphError):
    """Graph refused the request (4xx): it did not run and will not by asking again."""


class PermissionMissing(Refused):
    """The application lacks a permission that an administrator would have to give (403)."""


class Throttled(GraphError):
    """Graph is throttling (429): the request did not run; `retry_after_ms` says when to ask."""


class Unavailable(GraphError):
    """Graph answered 5xx: a gateway may have given up on a request that still ran."""

    may_have_run = True


class OutcomeUnknown(GraphError):
    """The connection failed or timed out after the request left: it may have run."""

    may_have_run = True


class NotSent(GraphError):
    """The request never left: no connection, no token, no lease, or no time."""


class TokenFailed(NotSent):
    """No token for the call's tenant could be had, so nothing was sent."""


class BadNotification(Exception):
    """The body is not a notification: the web handler answers 400 with this message."""


class Unauthorized(Exception):
    """The bearer token is missing or not to be believed: 401."""


class Forbidden(Exception):
    """The token is genuine but not for this service or tenant: 403."""


class Ending(StrEnum):
    """How an outgoing call ended."""

    COMPLETED = "completed"
    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    FAILED = "failed"


# The outcome of an outgoing call by its SIP-like code. Only 480 and 408 are documented
# (learn.microsoft.com/graph/api/call-delete); 486, 487 and 603 carry their SIP meaning until a
# tenant proves otherwise.
_ENDINGS: dict[int, Ending] = {
    486: Ending.BUSY,
    603: Ending.DECLINED,
    408: Ending.NO_ANSWER,
    487: Ending.NO_ANSWER,
    480: Ending.UNREACHABLE,
}

TRANSFER_COMPLETED = 7015
_SUCCESS = range(200, 300)
KEEP_ALIVE_MISSED = (408, 8537)


def outcome_of_ending(code: int | None, subcode: int | None) -> Ending:
    """The outcome of an outgoing call that ended with `code` and `subcode`.

    A call that was talked on ends with a 2xx code, a completed transfer with subcode 7015 under
    any code. A missing code says nothing and counts as failed. 408 with 8537 is our own missing
    keepAlive on an established call, not somebody who did not pick up.
    """
    if subcode == TRANSFER_COMPLETED:
        return Ending.COMPLETED
    if code is None or (code, subcode) == KEEP_ALIVE_MISSED:
        return Ending.FAILED
    if code in _SUCCESS:
        return Ending.COMPLETED
    return _ENDINGS.get(code, Ending.FAILED)
