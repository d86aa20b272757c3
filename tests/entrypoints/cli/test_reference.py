"""The pages of docs/reference are those that the code makes."""

from pathlib import Path

import pytest

from truestock.entrypoints.cli.reference import PAGES
from truestock.entrypoints.cli.reference.pages import tables_page

REFERENCE = Path(__file__).parents[3] / "docs/reference"


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_the_one_that_the_code_makes(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == PAGES[name](), "run make docs"


def test_every_table_of_the_schema_has_its_columns_and_its_key() -> None:
    page = tables_page()
    for said in (
        "## stock\n",
        "| `reserved` | bigint NOT NULL DEFAULT 0 |",
        "Key: (part, item, loc, lot, status, owner)",
    ):
        assert said in page
