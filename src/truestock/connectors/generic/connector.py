"""The stock of a channel that speaks our REST: each call is made once, and what became of it is told."""

import time
from collections.abc import Mapping, Sequence

import httpx2

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Shown, Spot, spots
from truestock.connectors.contract.listed import Listings
from truestock.connectors.contract.orders import SettledFees
from truestock.connectors.contract.traits import Traits
from truestock.connectors.generic import mapping, refusals
from truestock.connectors.generic.listed import listings
from truestock.connectors.generic.settings import GenericSettings, traits_of
from truestock.connectors.generic.settled import fees_since
from truestock.connectors.generic.transport import SignedCalls, whole


class GenericChannel:
    """Pushes stock, reads it back, settles tickets, lists what it sells, tells fees, and can be checked."""

    def __init__(self, client: httpx2.AsyncClient, settings: GenericSettings, secrets: Mapping[str, str]) -> None:
        """Make no call. Raises ValueError for an address or a secret that cannot be meant."""
        self._calls = SignedCalls(client, settings, secrets)
        self._settings = settings
        self._traits = traits_of(settings)

    @property
    def traits(self) -> Traits:
        """What the channel is like, by its settings."""
        return self._traits

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Write the lines in one call. Raises ChannelDown and InDoubt."""
        assert len(lines) <= self._settings.batch_max
        if not lines:
            return Pushed({})
        body = mapping.payload(lines)
        reply = await self._calls.call("POST", self._settings.stock_path, mapping.call_key(body), body)
        now_s = time.time()
        refusals.raise_for(reply, now_s)
        if reply.status >= 400:
            refused = Outcome("rejected", refusals.words(reply))
            return Pushed({line.spot: refused for line in lines})
        try:
            answer = whole(reply, mapping.Results)
        except mapping.NotAsAgreed as error:
            raise InDoubt(f"the answer cannot be read: {error}") from error
        return Pushed(spots(mapping.outcomes(lines, answer)), refusals.throttle(reply, now_s))

    async def read_back(self, asked: Sequence[Spot]) -> Shown:
        """What the other side shows, in as many calls as the length of an address asks for. Raises ChannelDown."""
        found: dict[str, int] = {}
        skus = [spot.sku for spot in asked]
        calls = 0
        for query in mapping.queries("sku", skus, self._settings.batch_max):
            answer = await self._calls.get(f"{self._settings.stock_path}?{query}", mapping.AllShown)
            try:
                found |= mapping.shown(skus, answer)
                calls += 1
            except mapping.NotAsAgreed as error:
                raise ChannelDown(f"the answer cannot be read: {error}") from error
        return Shown(spots(found), points=max(0, calls - 1))

    async def settle(self, tickets: Mapping[Spot, str]) -> Mapping[Spot, Outcome]:
        """What became of lines that were accepted with a ticket. Raises ChannelDown."""
        found: dict[str, Outcome] = {}
        open_tickets = dict.fromkeys(ticket for ticket in tickets.values() if ticket)
        for query in mapping.queries("ticket", open_tickets, self._settings.batch_max):
            answer = await self._calls.get(f"{self._settings.tickets_path}?{query}", mapping.Results)
            found |= mapping.settled({spot.sku: ticket for spot, ticket in tickets.items()}, answer)
        return spots(found)

    @property
    def lists(self) -> bool:
        """Whether the other side can be asked for all that it sells."""
        return bool(self._settings.listings_path)

    async def listings(self, cursor: str) -> Listings:
        """A page of all that it sells. Raises ChannelDown."""
        return await listings(self._calls, self._settings.listings_path, cursor)

    @property
    def tells_fees(self) -> bool:
        """Whether the other side can be asked for what it has settled."""
        return bool(self._settings.fees_path)

    async def fees_since(self, cursor: str) -> SettledFees:
        """A page of the fees that it has settled. Raises ChannelDown."""
        return await fees_since(self._calls, self._settings.fees_path, cursor)

    async def check(self) -> str:
        """The other side's name for itself. Raises ChannelDown."""
        health = await self._calls.get(self._settings.health_path, mapping.Health)
        return refusals.one_line(health.name) or "it answers, and has no name"
