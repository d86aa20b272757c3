"""A shop that speaks our REST, as the stories meet it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
import msgspec

from tests.connectors.counterparts import generic
from tests.sync.conformance.line import Line, OnALine, Undo
from truestock.connectors.contract.abilities import PushesStock
from truestock.connectors.generic import KIND
from truestock.entrypoints.conformance.worlds import Message


class Generic(OnALine):
    def __init__(self, shop: generic.Shop) -> None:
        self.shop = shop
        self.line = Line(httpx2.AsyncHTTPTransport(), _writes, self._keep)
        self.connector: PushesStock
        self._now = time.time()
        self._said: list[Message] = []

    def shown(self, sku: str) -> int | None:
        return self.shop.stock.get(sku)

    def sell(self, sku: str, units: int) -> None:
        self.shop.sell(sku, units)

    def throttle(self, calls: int) -> None:
        self.shop.faults.throttle_next, self.shop.faults.retry_after = calls, "0"

    def hang_after_effect(self) -> None:
        self.shop.faults.hang_after_effect = 1

    def break_before_effect(self) -> None:
        self.shop.faults.throttle_next, self.shop.faults.throttle_status = 1, 503

    def fail(self, calls: int) -> None:
        self.shop.faults.fail_after_effect = calls

    async def down(self) -> None:
        await self.shop.down()

    async def up(self) -> None:
        await self.shop.up()

    def place(self, sku: str, units: int) -> str:
        order = f"A-{len(self.shop.orders)}"
        self.shop.sell(sku, units)
        self._change(order, lines=[{"id": "1", "sku": sku, "quantity": units}])
        return order

    def edit(self, order: str, units: int) -> None:
        line = self._line(order)
        self.shop.sell(line["sku"], units - line["quantity"])
        self._change(order, lines=[{**line, "quantity": units}])

    def cancel(self, order: str) -> None:
        line = self._line(order)
        self.shop.sell(line["sku"], -line["quantity"])
        self._change(order, status="cancelled")

    def send(self, order: str) -> None:
        lines = [{"line": "1", "quantity": self._line(order)["quantity"]}]
        self._change(order, parcels=[{"id": "by hand", "lines": lines}], status="closed")

    def messages(self) -> list[Message]:
        said, self._said = self._said, []
        return said

    def _line(self, order: str) -> dict[str, Any]:
        line: dict[str, Any] = self.shop.orders[order]["lines"][0]
        return line

    def _change(self, order: str, **changes: Any) -> None:
        self._now += 1
        now = datetime.fromtimestamp(self._now, UTC).isoformat()
        before = self.shop.orders.get(order, {"id": order, "placed_at": now})
        self.shop.order({**before, "changed_at": now, **changes})
        told = {"type": "order.changed", "id": order, "changed_at": now}
        self._said.append(Message("", *self.shop.signed(told, name=f"msg_{order}_{self._now}")))

    def _keep(self) -> Undo:
        before = dict(self.shop.stock)

        def undo() -> None:
            self.shop.stock = before

        return undo


def _writes(request: httpx2.Request) -> bool:
    return request.method == "POST" and request.url.path == "/hub/stock"


@asynccontextmanager
async def a_generic_shop(skus: list[str], compare: Any = "no") -> AsyncIterator[Generic]:
    world = Generic(generic.Shop(dict.fromkeys(skus, 0), compare=compare))
    async with generic.opened(world.shop), httpx2.AsyncClient(transport=world.line) as client:
        given = {
            "base_url": world.shop.url,
            "decrements": "at_once",
            "compare": compare,
            "timeout_s": 5.0,
            "orders": "read",
            # Several calls for a backlog, so that it matters what goes first.
            "batch_max": 4,
            "calls_per_s": 1000.0,
            "burst": 1000.0,
        }
        world.connector = KIND.build(client, msgspec.convert(given, KIND.settings), {"signing_secret": generic.SECRET})  # type: ignore[assignment]
        yield world
