"""What a channel tells and nobody can keep is told, and stops no other order."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from truestock.connectors.contract.orders import Fee, Orders, Parcel, SeenLine, SeenOrder
from truestock.connectors.orders.keeping import sifted, unfit

NOW = datetime(2026, 11, 22, 9, 14, tzinfo=UTC)
LINE = SeenLine("1", "MUG", 2, Decimal("9.90"))
ORDER = SeenOrder("7", NOW, NOW, [LINE, SeenLine("2", "TEE", 0)], parcels=[Parcel("p", {"1": 1}, NOW)])
FIRST_DAY = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))


def line(**changes: Any) -> dict[str, Any]:
    return {"lines": [msgspec.structs.replace(LINE, **changes)]}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"id": ""}, "no id"),
        ({"placed_at": NOW.replace(tzinfo=None)}, "no time zone"),
        ({"changed_at": FIRST_DAY}, "years 1 to 9999"),
        ({"parcels": [Parcel("p", {"1": 1}, FIRST_DAY)]}, "years 1 to 9999"),
        (line(qty=10**9 + 1), "units"),
        (line(returned=-1), "'-1' units"),
        ({"parcels": [Parcel("p", {"1": 10**30})]}, "units"),
        (line(price=Decimal("NaN")), "'NaN' is not below"),
        (line(tax=Decimal("1E+999999")), "is not below"),
        ({"shipping": Decimal("Infinity")}, "is not below"),
        ({"fees": [Fee("commission", Decimal(10**13))]}, "is not below"),
        ({"lines": [LINE, LINE]}, "same id"),
        (line(title="a\0b"), "NUL"),
        ({"parcels": [Parcel("p", {"1\0": 1})]}, "NUL"),
        ({"name": "n" * 30_000}, "30,000 characters"),
    ],
)
def test_what_cannot_be_kept_says_why(changes: dict[str, Any], says: str) -> None:
    assert says in unfit(msgspec.structs.replace(ORDER, **changes))


def test_what_can_be_kept_is_left_as_it_is() -> None:
    assert unfit(ORDER) == ""
    assert unfit(msgspec.structs.replace(ORDER, **line(title="a \\u0000 b" * 1_900))) == "", "no NUL, only its name"
    page = Orders([ORDER], "next", more=True)
    assert sifted(page) is page


def test_one_of_a_page_is_shown_beside_those_that_were_not_understood() -> None:
    wrong = msgspec.structs.replace(ORDER, id="8\0", **line(qty=-1))
    found = sifted(Orders([ORDER, wrong], "next", more=True, unread={"9": "no lines"}))
    assert found == Orders(
        [ORDER], "next", more=True, unread={"9": "no lines", "8 ": "'-1' units are not from 0 to 1,000,000,000"}
    )
