"""A company with a supplier, whose files lie in a folder of this machine unless a test says otherwise."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from tests.conftest import TEMPLATE
from tests.factories import Shop, accept
from truestock.bootstrap import open_hub
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.config import Settings
from truestock.connections.seal import Seal
from truestock.feeds.file_sources.reading import Looked, SourceReader
from truestock.feeds.file_sources.report import FileReport
from truestock.feeds.file_sources.settings import SourceSettings
from truestock.feeds.file_sources.sources import NewSource, Source, put_source, read_source

SEAL = Seal(b"k" * 32)
HEADER = "sku,title,price,qty"


def text(*rows: str, header: str = HEADER) -> str:
    """A file of the supplier's."""
    return "\n".join([header, *rows, ""])


class Supplier:
    """Drops files, and has them read."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop = shop
        self.db = shop.hub.db
        self.folder = folder
        self.reader = SourceReader(self.db, lambda: SEAL, shop.hub.call, on_lan=True)
        accept(put_locations(self.db, [LocationDraft("acme", kind="supplier", tier="virtual")]))
        accept(put_channels(self.db, [ChannelDraft("b2b", locations=("dc", "acme"))]))

    def source(
        self, secrets: dict[str, str] | None = None, location: str | None = "acme", code: str = "acme", **settings: Any
    ) -> Source:
        """The source as it is from now on."""
        given = {"address": str(self.folder), "complete": "renamed", "currency": "EUR", **settings}
        draft = NewSource("web", msgspec.convert(given, SourceSettings), location, secrets or {})
        return put_source(self.db, SEAL, code, draft, on_lan=True)

    @property
    def now(self) -> Source:
        """The source, and what its last look came to."""
        return read_source(self.db, "acme")

    def drop(self, name: str, *rows: str, ago_s: float = 3600.0, header: str = HEADER) -> Path:
        """A file that was written so long ago."""
        path = self.folder / name
        path.write_text(text(*rows, header=header))
        when = (datetime.now(UTC) - timedelta(seconds=ago_s)).timestamp()
        os.utime(path, (when, when))
        return path

    def read(self, *, again: bool = False) -> list[FileReport]:
        """One look."""
        return self.look(again=again).files

    def look(self, *, again: bool = False) -> Looked:
        """The same, with where it looked."""
        return self.reader.read("acme", again=again)

    def lies(self, sku: str) -> int:
        """On hand at the supplier."""
        return self.shop.shelf(sku).get("acme", (0, 0))[0]

    def movements(self) -> Sequence[Any]:
        """How many there are."""
        return self.shop.read("SELECT count(*) FROM movement")


@contextmanager
def a_supplier(url: str, folder: Path) -> Iterator[Supplier]:
    """A supplier with a source, and no file yet."""
    with open_hub(Settings(database_url=SecretStr(url))) as hub:
        made = Supplier(Shop(hub), folder)
        made.source()
        yield made


@pytest.fixture
def supplier(database_url: str, tmp_path: Path) -> Iterator[Supplier]:
    """A supplier of the test's own."""
    folder = tmp_path / "drop"
    folder.mkdir()
    with a_supplier(database_url, folder) as made:
        yield made


@pytest.fixture(scope="module")
def shared(clone: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supplier]:
    """One for all tests of a module by which nothing comes in."""
    with a_supplier(clone(TEMPLATE), tmp_path_factory.mktemp("drop")) as made:
        yield made
