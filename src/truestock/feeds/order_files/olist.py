"""Reads the Olist marketplace: consumers' orders with the places of customers, and its sellers as locations.

Times carry no zone and count as UTC. The channel is how the customer paid first (credit card, boleto, voucher, debit
card): one marketplace sold it all, and the payment is what a shop, an app and a counter would differ in."""

from collections.abc import Iterator, Mapping
from datetime import UTC
from functools import cached_property
from pathlib import Path
from typing import Any

from truestock.core.replay.events import LatLng, Location, OrderEvent
from truestock.feeds.order_files import parquet
from truestock.feeds.order_files.order_file import OrderFile, OrderFileError, ReadReport, merged

_UNPAID = "not_defined"


class OlistFolder(OrderFile):
    """The orders of a folder, and where what they sold was kept."""

    def __init__(self, folder: Path) -> None:
        super().__init__(self._events)
        self._folder = folder

    @cached_property
    def stocked_at(self) -> Mapping[str, tuple[str, ...]]:
        """The sellers of each item, first seen first; fit for `derive_world`."""
        sellers: dict[str, dict[str, None]] = {}
        for _, sku, seller in self._items():
            sellers.setdefault(sku, {})[seller] = None
        return {sku: tuple(names) for sku, names in sellers.items()}

    @cached_property
    def locations(self) -> tuple[Location, ...]:
        """The sellers that sold something, where their postcode is known with its coordinates."""
        active = {seller for sellers in self.stocked_at.values() for seller in sellers}
        columns = ("seller_id", "seller_zip_code_prefix", "seller_city", "seller_state")
        return tuple(
            Location(seller, f"{city}, {state}", "3pl", "primary", 1, self._places.get(prefix))
            for seller, prefix, city, state in self._rows("sellers", columns)
            if seller in active
        )

    def _events(self, report: ReadReport) -> Iterator[OrderEvent]:
        baskets: dict[str, list[tuple[str, int]]] = {}
        for order, sku, _ in self._items():
            baskets.setdefault(order, []).append((sku, 1))  # a row is one unit
        paid = self._first_payments()
        homes = {
            customer: self._places.get(prefix)
            for customer, prefix in self._rows("customers", ("customer_id", "customer_zip_code_prefix"))
        }
        columns = ("order_purchase_timestamp", "order_id", "customer_id")
        for at, order, customer in sorted(self._rows("orders", columns)):
            report.rows += 1
            if order in baskets:
                yield OrderEvent(
                    at.replace(tzinfo=UTC),
                    paid.get(order, _UNPAID),
                    order,
                    "order",
                    merged(baskets[order]),
                    homes.get(customer),
                )
            else:
                report.left_out["without items"] += 1

    @cached_property
    def _places(self) -> Mapping[int, LatLng]:
        columns = ("geolocation_zip_code_prefix", "geolocation_lat", "geolocation_lng")
        places = parquet.rows(self._folder / "geolocation_by_prefix.parquet", columns)
        # A few prefixes carry coordinates outside of Brazil: no place is better than a wrong one.
        return {prefix: LatLng(lat, lng) for prefix, lat, lng in places if -34 <= lat <= 6 and -74 <= lng <= -34}

    def _first_payments(self) -> dict[str, str]:
        columns = ("order_id", "payment_sequential", "payment_type")
        payments = sorted(self._rows("order_payments", columns), reverse=True)
        return {order: kind for order, _, kind in payments}

    def _items(self) -> Iterator[tuple[str, str, str]]:
        return self._rows("order_items", ("order_id", "product_id", "seller_id"))

    def _rows(self, table: str, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
        """The sample of a table if there is one, as its parts refer to each other completely; else the full table."""
        for name in (f"sample20k_{table}.parquet", f"full_{table}.parquet"):
            if (self._folder / name).exists():
                return parquet.rows(self._folder / name, columns)
        raise OrderFileError(f"no table {table} in {self._folder.name}")


def read_olist(folder: Path) -> OlistFolder:
    """The orders in order of time; needs the extra `truestock[parquet]`."""
    return OlistFolder(folder)
