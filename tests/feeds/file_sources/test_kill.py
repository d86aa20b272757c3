"""Kill it between what a file says of products and what it says of stock: the next look does the file again, and books
each difference once."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from tests.feeds.file_sources.conftest import SEAL, Supplier
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.feeds.file_sources.reading import SourceReader
from truestock.feeds.file_sources.stock import AT_ONCE

ROOT = Path(__file__).parents[3]
ROWS = 700


def test_a_file_whose_reader_was_killed_is_gone_on_from(supplier: Supplier, database_url: str) -> None:
    supplier.drop("a.csv", *(f"S{n},Thing {n},1,5" for n in range(ROWS)))
    command = [sys.executable, "-m", "tests.feeds.file_sources.test_kill", database_url]
    with subprocess.Popen(command, cwd=ROOT) as process:
        assert process.wait(60) == -signal.SIGKILL
    assert supplier.shop.read("SELECT count(*) FROM item") == [(ROWS,)]
    assert supplier.movements() == [(AT_ONCE,)]
    assert supplier.now.last_file is None
    (report,) = supplier.read()
    assert (report.created, report.unchanged) == (0, ROWS)
    assert report.stock is not None
    assert report.stock.changed == ROWS - AT_ONCE
    assert supplier.shop.read("SELECT sum(on_hand), count(*) FROM stock") == [(5 * ROWS, ROWS)]
    assert supplier.movements() == [(ROWS,)]
    supplier.shop.proven()


def main() -> None:
    """One look that does not survive its first counts."""
    with open_hub(Settings(database_url=SecretStr(sys.argv[1]))) as hub:

        async def commit(*given: Any) -> list[Any]:
            await hub.call(*given)
            os.kill(os.getpid(), signal.SIGKILL)
            return []

        SourceReader(hub.db, lambda: SEAL, commit, on_lan=False).read("acme")


if __name__ == "__main__":
    main()
