"""A seller as the engine meets it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import msgspec

from tests.connectors.counterparts.openapi import Contract
from tests.connectors.counterparts.square import CLIENT_ID, CLIENT_SECRET, HOST, KEY, REFRESH, WEST, Seller
from tests.connectors.counterparts.vendor import Redirected, served
from tests.sync.conformance.line import Line, OnALine, Undo
from truestock.connectors.vendors.square import build
from truestock.connectors.vendors.square.connector import SquareConnector
from truestock.connectors.vendors.square.settings import SquareSettings
from truestock.entrypoints.conformance.worlds import Message

WRITE = "POST /v2/inventory/changes/batch-create"
CONSENT = {"client_secret": CLIENT_SECRET, "refresh_token": REFRESH, "signature_key": KEY}
URL = "https://hub.example/v1/hooks/web"
# Square tells whole seconds of its clock; what happens in the second of a count is not what the stories are about.
APART_S = 2


class Square(OnALine):
    """What buyers do at a till and in the online shop, what is in stock, and what goes wrong with the next count."""

    def __init__(self, seller: Seller) -> None:
        self.line = Line(Redirected(int(seller.url.rsplit(":", 1)[1]), HOST), _writes, self._keep)
        self.connector: SquareConnector
        self._seller = seller
        seller.faults.of = WRITE

    def shown(self, sku: str) -> int | None:
        units = self._seller.shown(sku)
        return None if units is None else int(units)

    def sell(self, sku: str, units: int) -> None:
        with self._seller.apart(APART_S):
            self._seller.order([self._seller.line(sku, units)])

    def throttle(self, calls: int) -> None:
        self._seller.faults.throttle_next = calls

    def hang_after_effect(self) -> None:
        self._seller.faults.hang_after_effect = True

    def break_before_effect(self) -> None:
        self._seller.faults.drop_before_effect = True

    def expire(self) -> None:
        self._seller.token = "of somebody else"

    def place(self, sku: str, units: int) -> str:
        parcel = {"uid": "F1", "type": "SHIPMENT", "state": "PROPOSED", "shipment_details": {}}
        with self._seller.apart(APART_S):
            return str(self._seller.order([self._seller.line(sku, units)], "OPEN", fulfillments=[parcel])["id"])

    def edit(self, order: str, units: int) -> None:
        with self._seller.apart(APART_S):
            self._seller.edit(self._seller.orders[order], units)

    def cancel(self, order: str) -> None:
        with self._seller.apart(APART_S):
            self._seller.cancel(self._seller.orders[order])

    def send(self, order: str) -> None:
        with self._seller.apart(APART_S):
            self._seller.send(self._seller.orders[order])

    def messages(self) -> list[Message]:
        told, self._seller.told = self._seller.told, []
        return [Message(URL, *self._seller.message(URL, order, kind)) for order, kind in told]

    def _keep(self) -> Undo:
        before = dict(self._seller.counted)

        def undo() -> None:
            self._seller.counted = before

        return undo


def _writes(request: httpx2.Request) -> bool:
    return WRITE.endswith(request.url.path)


@asynccontextmanager
async def a_square_seller(skus: list[str], contract: Contract) -> AsyncIterator[Square]:
    """With these variations at its location."""
    contract.violations.clear()
    with served(Seller(contract)) as seller:
        seller.clock = datetime.now(UTC)
        for sku in skus:
            seller.put(sku)
        world = Square(seller)
        async with httpx2.AsyncClient(transport=world.line) as client:
            given = {"location": WEST, "client_id": CLIENT_ID, "timeout_s": 5.0, "calls_per_s": 100}
            world.connector = build(client, msgspec.convert(given, SquareSettings), CONSENT)
            yield world
    assert contract.violations == []
