"""Stock in from Amazon's fulfilment centres: all pages of it, or none."""

from datetime import UTC, datetime
from typing import Final

from truestock.connectors.amazon.calls import operations as op
from truestock.connectors.amazon.calls.transport import Refused, SellingPartnerApi
from truestock.connectors.amazon.mapping import inventory
from truestock.connectors.amazon.mapping.reading import NotAsAgreed, decoded
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.stock_read import Kept, KeptStock

PAGES_MAX: Final = 4000


class StockIn:
    """What Amazon keeps for one seller, as far as it can be sold in one marketplace."""

    def __init__(self, api: SellingPartnerApi, marketplace: str) -> None:
        self._api = api
        self._marketplace = marketplace

    async def all(self) -> KeptStock:
        """All of it. Raises ChannelDown."""
        as_of = datetime.now(UTC)
        kept: dict[str, Kept] = {}
        unread: dict[str, str] = {}
        token = ""
        for _ in range(PAGES_MAX):
            told = await self._page(token)
            try:
                some, not_read = inventory.read(told.payload.inventory_summaries)
            except NotAsAgreed as error:
                raise ChannelDown(f"Amazon's stock cannot be read: {error}") from error
            kept |= some
            unread |= not_read
            token = told.pagination.next_token
            if not token:
                return KeptStock(as_of, sorted(kept.values(), key=_sku), unread=unread)
        raise ChannelDown(f"Amazon's stock has no end after {PAGES_MAX} pages")

    async def first(self) -> int:
        """How many SKUs the first page has. Raises ChannelDown."""
        return len((await self._page("")).payload.inventory_summaries)

    async def _page(self, token: str) -> inventory.Page:
        query = {
            "details": "true",
            "granularityType": "Marketplace",
            "granularityId": self._marketplace,
            "marketplaceIds": self._marketplace,
            **({"nextToken": token} if token else {}),
        }
        try:
            return decoded(await self._api.ask(op.SUMMARIES, {}, query), inventory.Page)
        except Refused as refused:
            raise ChannelDown(str(refused)) from refused
        except NotAsAgreed as error:
            raise ChannelDown(f"Amazon's stock cannot be read: {error}") from error


def _sku(kept: Kept) -> str:
    return kept.sku
