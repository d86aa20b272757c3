"""What the ledger would not book, as a problem like any other."""

from truestock.core.problems import Problem
from truestock.ledger.values import NotBooked


class Refused(Problem):
    """In the ledger's own words."""

    def __init__(self, answer: NotBooked) -> None:
        super().__init__(answer.detail, answer.field)
        self.type = answer.type
