"""A channel that lays its messages into a queue, from which we fetch them; most send them to an address of ours."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import msgspec

from truestock.connectors.contract.notices import Notice


class Heard(msgspec.Struct, frozen=True):
    """Genuine messages, each perhaps not for the first time, and `receipts` by which the queue forgets them.

    There may be more receipts than notices: a message that asks for nothing is to be forgotten as well."""

    notices: list[Notice] = []
    receipts: list[str] = []


@runtime_checkable
class ListensFor(Protocol):
    """Hears what the channel says by itself. A queue is one channel's own: what it holds for others is passed over."""

    @property
    def queue(self) -> str:
        """Where messages wait, in the channel's own words; empty where we were told of none: then ask nothing here."""
        ...

    async def listen(self) -> None:
        """See to it that messages are laid into the queue: nothing twice, however often called. Raises ChannelDown."""
        ...

    async def heard(self) -> Heard:
        """What waits there, after a few seconds at most if nothing does. What is not forgotten comes again later.

        Raises ChannelDown."""
        ...

    async def forget(self, receipts: Sequence[str]) -> None:
        """These are kept on our side: the queue need not give them again. Raises ChannelDown; they then come again."""
        ...
