"""What became of commands that rows asked for: what was booked, or why not."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from truestock.feeds.receiving.receive import receive
from truestock.feeds.receiving.till import RingUp, ring_up
from truestock.feeds.receiving.values import ReceiptTold, Receive
from truestock.feeds.stock.engine.happening.happened import Command
from truestock.feeds.stock.engine.happening.keys import NTH, movements_in
from truestock.feeds.stock.engine.runs import LineFault
from truestock.feeds.stock.files import FeedRow
from truestock.ledger.post import post
from truestock.ledger.values import NotBooked, Post
from truestock.orders.act import act
from truestock.orders.actions import Act, NotDone
from truestock.store.lane import Handler

HANDLERS: Final[dict[type, Handler]] = {Post: post, RingUp: ring_up, Receive: receive, Act: act}
# Rows are known by their documents; keys are our own.
TOLD_OTHERWISE: Final = (
    "this row of the document was told otherwise before; if it is another, give it a number or a serial of its own; "
    "if it corrects that one, book the difference and drop this row"
)


class Ready(NamedTuple):
    """A row with what it asks."""

    row: FeedRow
    command: Command


class Done(NamedTuple):
    """A row that was booked, now or before, and the movements that say so."""

    row: FeedRow
    movements: list[int]


def answered(asked: Sequence[Ready], answers: Sequence[Any]) -> tuple[list[Done], list[LineFault]]:
    """What was done of what was asked, and what was refused."""
    done: list[Done] = []
    refused: list[LineFault] = []
    for one, answer in zip(asked, answers, strict=True):
        wrong = _problem_of(answer)
        if wrong is not None and wrong.field == "key":
            refused.append(refusal(one.row, "ref", TOLD_OTHERWISE))
        elif wrong is not None:
            # A row has no lines, as what it asks for may have.
            refused.append(refusal(one.row, wrong.field.rpartition(".")[2], wrong.detail))
        else:
            told = answer.lines if isinstance(answer, ReceiptTold) else answer
            done.append(Done(one.row, movements_in(msgspec.to_builtins(told))))
    return done, refused


def refusal(row: FeedRow, field: str, detail: str) -> LineFault:
    """A row that is not booked. What is refused says itself what would mend it, behind the semicolon."""
    reason, _, repair = detail.partition("; ")
    fields = {name: cell for name, cell in row.fields.items() if name != NTH}
    return LineFault(row.line, field, reason, repair or "correct the row, and try it again", fields, mapped=True)


def _problem_of(answer: Any) -> NotBooked | NotDone | None:
    """What is wrong with a command, from whatever answers it."""
    if isinstance(answer, ReceiptTold):
        return answer.lines[0].problem
    if isinstance(answer, list):
        return _problem_of(answer[0])
    return answer if isinstance(answer, NotBooked | NotDone) else None
