"""Group commit: one thread that gathers what waits into transactions, and sends some of them ahead of their locks.

`Direct` commits the same commands without a thread, and `Trial` none of them."""

from truestock.store.lane.direct import Direct
from truestock.store.lane.giving_way import GivingWay
from truestock.store.lane.lane import Lane
from truestock.store.lane.protocols import DEFERRED, Ahead, Command, Deferred, Flight, Handler, Overloaded
from truestock.store.lane.trial import Trial
from truestock.store.lane.wire import GuessFailed, Statement, Wire

__all__ = [
    "DEFERRED",
    "Ahead",
    "Command",
    "Deferred",
    "Direct",
    "Flight",
    "GivingWay",
    "GuessFailed",
    "Handler",
    "Lane",
    "Overloaded",
    "Statement",
    "Trial",
    "Wire",
]
