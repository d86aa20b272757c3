"""The examples of the guide are read as it says."""

import json
import re
from pathlib import Path

import pytest

from tests.feeds.stock.files.reads import rows_of
from truestock.feeds.stock.files import FeedRow, Format, Mapping, mapping_of

GUIDE = (Path(__file__).parents[4] / "docs/guide/feed-files.md").read_text()


def examples(heading: str) -> list[str]:
    """The indented blocks of a section."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"(?:^    .*\n)+", section, re.MULTILINE)
    return [re.sub("^    ", "", block, flags=re.MULTILINE) for block in blocks]


@pytest.mark.parametrize(
    ("heading", "form"),
    [
        ("CSV and workbooks", Format()),
        ("JSON lines", Format("json_lines")),
        ("X12", Format("x12", quantity="33")),
        ("EDIFACT", Format("edifact", quantity="145")),
    ],
)
def test_an_example_is_what_the_guide_says(heading: str, form: Format) -> None:
    file, *between, result = examples(heading)
    mapping = mapping_of(between[0]) if between else Mapping()
    found = rows_of(file, mapping, form)
    assert all(isinstance(answer, FeedRow) for answer in found), found
    assert [row.fields for row in found if isinstance(row, FeedRow)] == [
        json.loads(line) for line in result.splitlines()
    ]


def test_every_step_is_in_the_guide() -> None:
    schema = mapping_of({"fields": {"sku": {"columns": ["a"], "steps": steps()}}})
    assert len(schema.fields["sku"].steps) == 9


def steps() -> list[object]:
    """The steps of the guide's table."""
    return [json.loads(found) for found in re.findall(r"^\| `(\{\"do\".*?\})`", GUIDE, re.MULTILINE)]
