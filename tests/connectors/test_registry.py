"""Connectors are found by their entry points, ours and those of other packages."""

import sys
from pathlib import Path

import pytest

from truestock.connectors import generic
from truestock.connectors.registry import UnknownKind, kind_of, names

MODULE = """
import msgspec
from truestock.connectors.generic import KIND as GENERIC
KIND = msgspec.structs.replace(GENERIC, name="other")
"""
ENTRY_POINTS = """
[truestock.connectors]
other = somebodys_shop:KIND
posing = somebodys_shop:KIND
missing = somebodys_shop:OTHERS
away = somebodys_lost_shop:KIND
generic = somebodys_shop:KIND
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of somebody else, as an installer leaves it, that offers one good kind."""
    information = tmp_path / "somebodys_shop-1.0.dist-info"
    information.mkdir()
    (tmp_path / "somebodys_shop.py").write_text(MODULE)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: somebodys-shop\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "somebodys_shop", None)
    monkeypatch.delitem(sys.modules, "somebodys_shop")


def test_our_own_are_registered() -> None:
    assert "generic" in names()
    assert kind_of("generic") is generic.KIND


def test_a_name_that_nobody_registered_is_answered_with_those_that_are() -> None:
    with pytest.raises(UnknownKind, match=r"no connector 'shopfiy'; installed are: .*generic"):
        kind_of("shopfiy")


@pytest.mark.usefixtures("installed")
def test_others_are_found_too() -> None:
    assert {"generic", "other"} <= set(names())
    assert kind_of("other").name == "other"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("posing", "not a Kind of that name"),
        ("missing", "cannot be loaded"),
        ("away", "cannot be loaded"),
        ("generic", "registered by somebodys_shop:KIND, truestock"),
    ],
)
def test_what_is_not_what_it_says_is_refused_by_name(name: str, why: str) -> None:
    with pytest.raises(UnknownKind, match=why):
        kind_of(name)
