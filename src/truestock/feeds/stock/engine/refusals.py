"""Why a file is not taken at all: it breaks off, or so much of it is bad that it is read in the wrong way."""

from typing import Final

from truestock.core.problems import Conflict
from truestock.feeds.stock.engine.runs import LineFault

# Past so many, what is wrong is how the file is read, not its rows.
FAULTS_MAX: Final = 10_000
ALL_OR_NOTHING: Final = "the feed goes in whole or not at all, and rows of this file are bad"


class TooManyFaults(Conflict):
    """So many rows are bad that the file is not taken."""


class Unreadable(Conflict):
    """The file breaks off; nothing of it is taken. `fault` says where."""

    def __init__(self, fault: LineFault) -> None:
        super().__init__(f"line {fault.line}: {fault.reason}; {fault.repair}", fault.field)
        self.fault = fault
