"""Books several commands of several lines in one go, and gives each command its own answers back."""

from collections.abc import Sequence

from truestock.ledger.desk import Desk
from truestock.ledger.post import post
from truestock.ledger.values import Answer, NotBooked, Post
from truestock.store.lane import DEFERRED, Deferred

Told = Answer


def book_lines(desk: Desk, asked: Sequence[Sequence[Post | NotBooked]], wait: bool) -> list[list[Told] | Deferred]:
    """One list of answers a command; lines that could not be understood keep their own. A command of which a line is
    deferred is so as a whole: its other lines answer again by their keys."""
    answers = iter(post(desk, [one for lines in asked for one in lines if isinstance(one, Post)], wait))
    told: list[list[Told] | Deferred] = []
    for lines in asked:
        found = [one if isinstance(one, NotBooked) else next(answers) for one in lines]
        whole = [one for one in found if not isinstance(one, Deferred)]
        told.append(whole if len(whole) == len(found) else DEFERRED)
    return told
