"""A shop to import into, and the sample files of the shop systems beside the project."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import SkipTest

import pytest

from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.catalog.rules import RuleBook
from truestock.feeds.product_files import ExportReport, ImportReport, ReadAs, export_products, import_products
from truestock.store.database import Database

SAMPLES = Path(__file__).parents[4] / "shared/data/channel_csv"
Table = list[dict[str, str]]
Import = Callable[..., ImportReport]
Export = Callable[..., tuple[Table, ExportReport]]


def sample(name: str) -> bytes:
    """A sample file; a test that needs an absent one says so and is left out."""
    path = SAMPLES / name
    if not path.exists():
        raise SkipTest(f"../shared/data/channel_csv/{name} is not there")
    return path.read_bytes()


def table(raw: bytes) -> Table:
    """The rows of a CSV file by column."""
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


@pytest.fixture
def shop(db: Database) -> Database:
    """Channels shop and other, which draw on dc."""
    put_locations(db, [LocationDraft("dc", kind="dc")])
    put_channels(db, [ChannelDraft("shop", locations=("dc",)), ChannelDraft("other", locations=("dc",))])
    return db


@pytest.fixture
def rules(shop: Database) -> RuleBook:
    """The rules in force."""
    return RuleBook(shop)


@pytest.fixture
def take(shop: Database) -> Import:
    """Imports a text or bytes into the channel shop."""

    def taken(raw: str | bytes, form: str, channel: str = "shop", **more: Any) -> ImportReport:
        as_read = ReadAs(more.pop("make_skus", False), more.pop("mapping", {}))
        source = io.BytesIO(raw.encode() if isinstance(raw, str) else raw)
        return import_products(shop, source, form, channel, more.pop("dry_run", False), as_read, **more)

    return taken


@pytest.fixture
def give(shop: Database, rules: RuleBook) -> Export:
    """Exports the channel shop; gives the rows by column, and the report."""

    def given(form: str, channel: str = "shop", **more: Any) -> tuple[Table, ExportReport]:
        out = io.BytesIO()
        report = export_products(shop, rules, channel, form, out, **more)
        return table(out.getvalue()), report

    return given
