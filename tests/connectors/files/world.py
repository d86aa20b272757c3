"""A shop over SFTP as the stories meet it: it takes each stock file as it comes, drops a report of what it shows after
each change, and an order file for each change of an order."""

import csv
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import msgspec

from tests.connectors.counterparts.sftp import HOST_KEY, PASSWORD, USER, Files, Server, cut, forbid, public, serving
from truestock.connectors.contract.abilities import PushesStock
from truestock.connectors.files import build
from truestock.connectors.files.settings import FilesSettings


class FilesShop:
    """What buyers see there and do, and what goes wrong with the next file."""

    def __init__(self, server: Server, connector: PushesStock, skus: list[str]) -> None:
        self.connector = connector
        self._stock = dict.fromkeys(skus, 0)
        self._orders: dict[str, tuple[str, int]] = {}
        self._server = server
        self._numbers = count(1)
        self._now = datetime.now(UTC)
        self._forgets = False
        server.on_rename = self._take
        self._report()

    def shown(self, sku: str) -> int | None:
        return self._stock.get(sku)

    def sell(self, sku: str, units: int) -> None:
        self._stock[sku] -= units
        self._report()

    def throttle(self, calls: int) -> None:
        self._server.once("open", *[forbid] * calls)

    def hang_after_effect(self) -> None:
        """The file is taken at once, so that nobody can see it any more, and the connection is lost."""

        def taken(files: Files) -> None:
            for path in (self._server.root / "stock").iterdir():
                path.unlink()
            cut(files)

        self._server.once("after rename", taken)

    def break_before_effect(self) -> None:
        self._server.once("before rename", cut)

    async def down(self) -> None:
        self._server.closed = True
        self._server.cut_all()

    async def up(self) -> None:
        self._server.closed = False

    def forget(self) -> None:
        self._forgets = True

    def expire(self) -> None:
        """The connection that the hub has kept is of no more use."""
        self._server.cut_all()

    def place(self, sku: str, units: int) -> str:
        order = f"A-{len(self._orders)}"
        self._change(order, sku, units, "open", -units)
        return order

    def edit(self, order: str, units: int) -> None:
        sku, before = self._orders[order]
        self._change(order, sku, units, "open", before - units)

    def cancel(self, order: str) -> None:
        sku, units = self._orders[order]
        self._change(order, sku, units, "cancelled", units)

    def send(self, order: str) -> None:
        self._change(order, *self._orders[order], "shipped", 0)

    def _take(self, path: Path) -> None:
        """What the file says is in force at once."""
        with path.open(newline="", encoding="utf-8") as rows:
            numbers = {row["sku"]: int(row["quantity"]) for row in csv.DictReader(rows)}
        if self._forgets:
            self._forgets = False
        else:
            self._stock |= numbers
        self._report()

    def _report(self) -> None:
        """A server tells whole seconds only: a report of this second has to be later than what was just sent."""
        text = "sku,quantity\n" + "".join(f"{sku},{number}\n" for sku, number in self._stock.items())
        path = self._server.root / f"reports/r{next(self._numbers):06}.csv"
        path.write_text(text)
        os.utime(path, (time.time(), time.time() + 2))

    def _change(self, order: str, sku: str, units: int, state: str, shown: int) -> None:
        self._orders[order] = sku, units
        self._stock[sku] += shown
        self._now += timedelta(seconds=1)
        text = f"order,sku,quantity,state,changed\n{order},{sku},{units},{state},{self._now.isoformat()}\n"
        (self._server.root / f"orders/o{next(self._numbers):06}.csv").write_text(text)
        self._report()


@asynccontextmanager
async def a_shop_with_files(skus: list[str]) -> AsyncIterator[FilesShop]:
    """With these listings, all sold out."""
    with TemporaryDirectory(prefix="ts-files-") as folder:
        for name in ("stock", "reports", "orders"):
            (Path(folder) / name).mkdir()
        async with serving(Path(folder)) as server:
            given = {
                "folder": "/",
                "decrements": "at_once",
                "host": "127.0.0.1",
                "port": server.port,
                "user": USER,
                "host_key": public(HOST_KEY),
                "timeout_s": 5.0,
                "file_every_s": 0,
                "report_name": "reports/r*.csv",
                "report_newest": "name",
                "report_lag_s": 0,
                "orders_name": "orders/o*.csv",
                "order_columns": "order; sku; quantity; state; changed_at=changed",
                "complete": "renamed",
            }
            found = build(httpx2.AsyncClient(), msgspec.convert(given, FilesSettings), {"password": PASSWORD})
            assert isinstance(found, PushesStock)
            yield FilesShop(server, found, skus)
            server.closed = False
            await found.check()
