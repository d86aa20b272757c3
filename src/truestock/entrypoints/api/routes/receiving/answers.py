"""Answers line by line, as every call that books several lines gives them."""

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from truestock.entrypoints.api.problems import Document, document_of
from truestock.entrypoints.api.problems.surface import Told, problem_of
from truestock.ledger.values import Booked, NotBooked


class LineAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a line."""

    line: int
    booked: Booked | None = None
    problem: Document | None = None


class LineAnswers(msgspec.Struct, frozen=True):
    """One answer a line, in their order; HTTP says 207 when any was refused."""

    statuses: ClassVar = (200, 207)
    refused: int
    lines: list[LineAnswer]

    @property
    def http_status(self) -> int:
        """207 makes a caller look who sees only statuses."""
        return 207 if self.refused else 200


def told(found: Sequence[Any]) -> LineAnswers:
    """Answers of the lane as the lines of one call."""
    lines = [
        LineAnswer(n, booked=one) if isinstance(one, Booked) else LineAnswer(n, problem=problem(one))
        for n, one in enumerate(found)
    ]
    return LineAnswers(sum(line.problem is not None for line in lines), lines)


def problem(one: Any) -> Document:
    """A refusal, or an exception, as a problem document."""
    return document_of(problem_of(one) if isinstance(one, Exception) else Told(one.type, one.field, one.detail))


def done(one: Any) -> Any:
    """The answer of a call that is about one thing; raises what refused it."""
    if isinstance(one, Exception):
        raise problem_of(one)
    if isinstance(one, NotBooked):
        raise Told(one.type, one.field, one.detail)
    return one
