"""Looks listings up: many SKUs a call, a SKU that a search cannot carry by itself, or all there are, page by page."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from truestock.connectors.amazon.calls import operations as op
from truestock.connectors.amazon.calls.operations import Operation
from truestock.connectors.amazon.calls.transport import NOT_FOUND, Refused, SellingPartnerApi
from truestock.connectors.amazon.mapping.listed import Page, listed_of, place_after, place_of
from truestock.connectors.amazon.mapping.listings import PAGE, Found, Item, parts
from truestock.connectors.amazon.mapping.reading import NotAsAgreed, decoded
from truestock.connectors.amazon.settings import AmazonSettings
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listed import Listings

TO_PLACE: Final = "productTypes,summaries,fulfillmentAvailability"
TO_LOOK: Final = "fulfillmentAvailability,issues"
TO_LIST: Final = "summaries,attributes,fulfillmentAvailability"
T = TypeVar("T")


class Listed:
    """The listings of one seller in one marketplace."""

    def __init__(self, api: SellingPartnerApi, settings: AmazonSettings) -> None:
        self._api = api
        self._seller = settings.seller_id
        self._marketplace = settings.marketplace
        self._by_amazon = settings.fulfilled_by == "amazon"

    async def items(self, skus: Sequence[str], included: str) -> dict[str, Item]:
        """Those of the SKUs that are listed. Raises ChannelDown."""
        found: dict[str, Item] = {}
        for part in parts(skus):
            items = await (self._alone(part[0], included) if "," in part[0] else self._search(part, included))
            found |= {item.sku: item for item in items if item.sku in part}
        return found

    async def count(self) -> int:
        """How many there are. Raises ChannelDown."""
        answer = await self._ask(op.SEARCH_ITEMS, {}, {"includedData": "summaries", "pageSize": "1"}, Found)
        return answer.number_of_results if answer else 0

    async def page(self, cursor: str) -> Listings:
        """A page of all that whom the channel is for fulfils, the oldest first. Raises ChannelDown."""
        try:
            place = place_of(cursor)
            asked = {"includedData": TO_LIST, "sortBy": "createdDate", "sortOrder": "ASC", "pageSize": str(PAGE)}
            where = {"createdAfter": place.after, "pageToken": place.token}
            given = {name: value for name, value in where.items() if value}
            page = await self._ask(op.SEARCH_ITEMS, {}, asked | given, Page) or Page()
            after = place_after(place, page)
        except NotAsAgreed as error:
            raise ChannelDown(str(error)) from error
        found = [listed_of(entry) for entry in page.items if entry.from_centres == self._by_amazon]
        return Listings(found, msgspec.json.encode(after).decode() if after else "", after is not None)

    async def _search(self, skus: Sequence[str], included: str) -> list[Item]:
        asked = {"identifiers": ",".join(skus), "identifiersType": "SKU"}
        answer = await self._ask(op.SEARCH_ITEMS, {}, {**asked, "includedData": included, "pageSize": str(PAGE)}, Found)
        return answer.items if answer else []

    async def _alone(self, sku: str, included: str) -> list[Item]:
        item = await self._ask(op.GET_ITEM, {"sku": sku}, {"includedData": included}, Item)
        return [item] if item else []

    async def _ask(
        self, operation: Operation, names: Mapping[str, str], query: Mapping[str, str], form: type[T]
    ) -> T | None:
        """The answer, None where Amazon has nothing. Raises ChannelDown."""
        try:
            answer = await self._api.ask(
                operation, {"sellerId": self._seller, **names}, {"marketplaceIds": self._marketplace, **query}
            )
            return decoded(answer, form)
        except Refused as refused:
            if refused.status == NOT_FOUND:
                return None
            raise ChannelDown(str(refused)) from refused
        except NotAsAgreed as error:
            raise ChannelDown(f"the answer of {operation.name} cannot be read: {error}") from error
