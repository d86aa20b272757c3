"""A channel that exchanges files: it has the abilities that its settings speak of, and no others."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from truestock.connectors.contract.traits import Traits
from truestock.connectors.files.columns import columns, words
from truestock.connectors.files.filed import Filed
from truestock.connectors.files.folders.folder import Folder
from truestock.connectors.files.folders.ripe import Ripeness
from truestock.connectors.files.orders import reading
from truestock.connectors.files.orders.intake import Intake
from truestock.connectors.files.orders.told import CANCEL_FIELDS, PARCEL_FIELDS, Told
from truestock.connectors.files.settings import FilesSettings, traits_of
from truestock.connectors.files.sheets.writing import Style
from truestock.connectors.files.stock import acks, report, rows
from truestock.connectors.files.stock.acks import Acks
from truestock.connectors.files.stock.memory import Memory
from truestock.connectors.files.stock.out import StockOut
from truestock.connectors.files.stock.report import Reports


class FilesChannel:
    """Which abilities a channel has is asked of it while it runs; so those it lacks are not there at all."""

    def __init__(self, folder: Folder, settings: FilesSettings) -> None:
        """Look at nothing yet. Raises ValueError for settings that cannot be meant."""
        self._settings = settings
        self._folder = folder
        self._filed = Filed(
            folder,
            Ripeness(settings.complete, settings.stable_s, settings.marker),
            _style(settings),
            settings.file_max_mb * 2**20,
            settings.read_encoding or None,
        )
        written = columns("stock_columns", settings.stock_columns, rows.FIELDS, ("sku",))
        differences = "adjustment" in written
        self._traits = traits_of(settings, by_place="place" in written, differences=differences)
        self._reports: Reports | None = None
        self._intake: Intake | None = None
        if settings.stock_name:
            self._has_stock(written, differences=differences)
        if settings.orders_name:
            self._has_orders()
        elif settings.parcel_name or settings.cancel_name:
            raise ValueError("orders_name: parcels and cancellations are told of orders that were read; give it")

    @property
    def traits(self) -> Traits:
        """What the channel is like, by its settings."""
        return self._traits

    async def check(self) -> str:
        """What is seen there; nothing is written. Raises ChannelDown."""
        try:
            seen = [await self._folder.about()]
            if name := self._settings.stock_name:
                await self._folder.entries(name.rpartition("/")[0])
            if self._reports is not None:
                newest = await self._reports.newest()
                at = f"{newest.name} of {newest.changed_at:%Y-%m-%d %H:%M} UTC" if newest else "none that is whole"
                seen.append(f"newest report: {at}")
            if self._intake is not None:
                seen.append(f"{await self._intake.waiting()} whole order files")
            for name in filter(None, (self._settings.parcel_name, self._settings.cancel_name)):
                await self._folder.entries(name.rpartition("/")[0])
            return "; ".join(seen)
        finally:
            await self._folder.close()

    async def close(self) -> None:
        """Let go of the connection to the server."""
        await self._folder.close()

    def _has_stock(self, written: Mapping[str, str], *, differences: bool) -> None:
        settings = self._settings
        if differences and ("quantity" in written or not settings.report_name or settings.stock_mode == "whole"):
            raise ValueError(
                "stock_columns: adjustment takes the place of quantity, and needs report_name and stock_mode=changes: "
                "without reading back, one that was lost or came twice would stay"
            )
        if not differences and "quantity" not in written:
            raise ValueError("stock_columns: give quantity, or adjustment where the channel takes only differences")
        memory = Memory(datetime.now(UTC))
        self.push = StockOut(self._filed, settings, written, memory).push
        if settings.ack_name:
            headers = columns("ack_columns", settings.ack_columns, acks.FIELDS, ("sku",))
            if settings.ack_lists == "all" and "status" not in headers:
                raise ValueError("ack_columns: give status, or set ack_lists=refused")
            _with_places("ack_columns", headers, written)
            self.settle = Acks(self._filed, settings, headers, memory).settle
        if settings.report_name:
            headers = columns("report_columns", settings.report_columns, report.FIELDS, ("sku", "quantity"))
            _with_places("report_columns", headers, written)
            self._reports = Reports(self._filed, settings, headers, memory, differences=differences)
            self.read_back = self._reports.read_back

    def _has_orders(self) -> None:
        settings = self._settings
        headers = columns("order_columns", settings.order_columns, reading.FIELDS, reading.NEEDED)
        states = words("order_states", settings.order_states, reading.STATES)
        if settings.order_states and "state" not in headers:
            raise ValueError("order_columns: order_states is given, and no column holds the state; add state=Header")
        try:
            zone = ZoneInfo(settings.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"time_zone: there is no zone {settings.time_zone!r}; write it as Europe/Berlin") from None
        manner = reading.Manner(states, settings.decimal, zone, settings.time_format)
        self._intake = Intake(self._filed, settings, headers, manner)
        self.cursor_at = self._intake.cursor_at
        self.orders_since = self._intake.orders_since
        self.open_orders = self._intake.open_orders
        self.orders = self._intake.orders
        if settings.parcel_name:
            headers = columns("parcel_columns", settings.parcel_columns, PARCEL_FIELDS, ("order", "quantity"))
            self.ship = Told(self._filed, settings.parcel_name, headers).ship
        if settings.cancel_name:
            headers = columns("cancel_columns", settings.cancel_columns, CANCEL_FIELDS, ("order", "quantity"))
            self.cancel = Told(self._filed, settings.cancel_name, headers).cancel


def _with_places(setting: str, headers: Mapping[str, str], written: Mapping[str, str]) -> None:
    if ("place" in headers) != ("place" in written):
        raise ValueError(f"{setting}: give place here and in stock_columns, or in neither")


def _style(settings: FilesSettings) -> Style:
    for setting, name in (("encoding", settings.encoding), ("read_encoding", settings.read_encoding)):
        try:
            "".encode(name or "utf-8")
        except LookupError:
            raise ValueError(f"{setting}: there is no encoding {name!r}; write utf-8 or cp1252") from None
    return Style(settings.delimiter, settings.encoding, settings.line_end, settings.header, settings.guard_formulas)
