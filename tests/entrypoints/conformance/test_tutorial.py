"""The tutorial shows the code that runs, and no other."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.entrypoints.conformance.conftest import EXAMPLE
from truestock.entrypoints.conformance import worlds
from truestock.entrypoints.conformance.stories import STORIES

PAGE = Path(__file__).parents[3] / "docs/connectors/tutorial.md"
QUOTED = re.compile(r"<!-- (?P<file>[\w./]+) -->\n\n```\w+\n(?P<code>.*?)```\n", re.DOTALL)
FILES = ("shop.py", "connector.py", "__init__.py", "world.py")


def quoted() -> dict[str, str]:
    return {found["file"]: found["code"] for found in QUOTED.finditer(PAGE.read_text(encoding="utf-8"))}


def test_every_file_is_quoted() -> None:
    assert set(quoted()) == {*(f"tutorial_connector/{name}" for name in FILES), "pyproject.toml"}


@pytest.mark.parametrize("file", sorted(quoted()))
def test_what_is_quoted_is_the_file(file: str) -> None:
    assert quoted()[file] == (EXAMPLE / file).read_text(encoding="utf-8")


def test_the_shop_and_its_connector_are_short() -> None:
    lines = sum((EXAMPLE / "tutorial_connector" / name).read_text().count("\n") for name in ("shop.py", "connector.py"))
    assert lines < 150


def test_every_story_and_everything_a_world_may_offer_is_described() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [story.name for story in STORIES if f"\n| {story.name} |" not in page] == []
    offered = {kind.__name__ for story in STORIES for kind in story.needs} | {worlds.World.__name__}
    assert {name for name in offered if f"`{name}`" not in page} == set()


def test_the_package_offers_the_connector_by_its_entry_point() -> None:
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["truestock.connectors"] == {"tutorial": "tutorial_connector:KIND"}
