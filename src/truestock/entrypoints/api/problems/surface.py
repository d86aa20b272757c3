"""What only HTTP can get wrong, and how the answers of use cases and the failures of the store become problems."""

from collections.abc import Sequence
from typing import Any

from truestock.bootstrap import NotInTime
from truestock.core.problems import Invalid, Problem
from truestock.entrypoints.api.problems.table import TABLE
from truestock.store.errors import Busy, Rejected, Unavailable
from truestock.store.lane import Overloaded


class Malformed(Problem):
    """The bytes are no JSON of ours at all."""

    type = "malformed"
    title = "The request cannot be read"


class InvalidFields(Invalid):
    """Several fields at once, each with what is wrong with it."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__(faults[0][0], faults[0][1])
        self.faults = faults


class Unauthorized(Problem):
    """Nobody we know."""

    type = "unauthorized"
    title = "An API key is needed"
    status = 401


class Forbidden(Problem):
    """Somebody we know, who may not."""

    type = "forbidden"
    title = "The API key does not allow this"
    status = 403


class NoSuchPath(Problem):
    """No endpoint has this path."""

    type = "no-such-path"
    title = "There is nothing at this path"
    status = 404


class MethodNotAllowed(Problem):
    """The path is right and the method is not."""

    type = "method-not-allowed"
    title = "The method is not allowed here"
    status = 405


class TooLarge(Problem):
    """A body or a bulk call past its bound."""

    type = "too-large"
    title = "The request is too large"
    status = 413


class UnsupportedMedia(Problem):
    """A body in a form that is not read here."""

    type = "unsupported-media-type"
    title = "The body's media type is not read here"
    status = 415


class Turned(Problem):
    """Fit to be sent again: `retry_after_s` says when."""

    retry_after_s = 1


class TooMany(Turned):
    """The queue is at its bound."""

    type = "too-many-requests"
    title = "More waits than can be answered in time"
    status = 429


class TryAgain(Turned):
    """Others held the rows; nothing was written."""

    type = "busy"
    title = "Others are at work on the same"
    status = 503


class OutcomeUnknown(Turned):
    """No answer by the deadline, or the database went away before it answered."""

    type = "outcome-unknown"
    title = "No answer came in time"
    status = 503
    retry_after_s = 2


class Unexpected(Problem):
    """A fault of ours."""

    type = "internal"
    title = "The server failed"
    status = 500


class Refused(Problem):
    """An order that no stock can back; `lines` says what was asked and what there is."""

    type = "insufficient-stock"
    title = "There is not enough to promise"
    status = 409

    def __init__(self, detail: str, lines: Sequence[Any]) -> None:
        super().__init__(detail, "lines")
        self.lines = lines


class Reused(Problem):
    """An idempotency key that stands for something else."""

    type = "idempotency-key-reused"
    title = "The key was used for another content"
    status = 422


class NotSold(Problem):
    """A line names what the channel does not sell."""

    type = "unknown-sku"
    title = "The channel sells nothing by this name"
    status = 422


class Told(Problem):
    """A refusal that a use case answered instead of raising it; the table knows its type's title and status."""

    def __init__(self, kind: str, field: str, detail: str) -> None:
        super().__init__(detail, field)
        entry = TABLE[kind]
        self.type, self.title, self.status = entry.type, entry.title, entry.status


def problem_of(error: BaseException) -> Problem:
    """The problem that an exception is; whatever nobody foresaw is a fault of ours and says nothing else."""
    if isinstance(error, Problem):
        return error
    for kind, problem, detail in _STORE:
        if isinstance(error, kind):
            return problem(detail)
    return Unexpected("something failed that should not; the log has it under this request's id")


_STORE: tuple[tuple[type[Exception], type[Problem], str], ...] = (
    (NotInTime, OutcomeUnknown, "no answer by the deadline; send the same request with the same key to learn"),
    (Overloaded, TooMany, "the queue is full; send the same request again after Retry-After seconds"),
    (Busy, TryAgain, "nothing was written; send the same request again after Retry-After seconds"),
    (Unavailable, OutcomeUnknown, "the database is away; send the same request with the same key when it is back"),
    (Rejected, Malformed, "a value in the request is not one that can be stored"),
)
