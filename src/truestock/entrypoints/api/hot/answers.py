"""What an order was answered, as HTTP says it."""

from typing import Any

from truestock.core.problems import Problem
from truestock.entrypoints.api.problems.surface import NotSold, Refused, Reused, problem_of
from truestock.orders.values import ContentDiffers, OrderResult, UnknownSku


def problem_in(answer: Any) -> Problem | None:
    """The problem that an answer is; None when the order is granted."""
    if isinstance(answer, OrderResult):
        if answer.granted:
            return None
        return Refused("fewer may be promised than the lines ask; nothing is held", answer.lines)
    if isinstance(answer, UnknownSku):
        return NotSold(f"{answer.channel!r} sells nothing as {answer.sku!r}", answer.field)
    if isinstance(answer, ContentDiffers):
        return Reused(f"order {answer.ref!r} of {answer.channel!r} was answered before with other content", "ref")
    return problem_of(answer)


def status_of(answer: OrderResult) -> int:
    """200 for what was answered before, 201 for what is new."""
    return 200 if answer.replay else 201
