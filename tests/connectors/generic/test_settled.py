"""Fees that the other side has settled are read a page at a time, and one that is not understood is not passed over."""

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.counterparts.generic import Said, Shop
from tests.connectors.generic.channels import connected
from truestock.connectors.contract.abilities import ReadsFees
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import SettledFee, SettledFees

AT = "2026-11-20T10:00:00Z"
FEE = {"id": "F-1", "kind": "commission", "amount": "70.00", "currency": "INR", "posted_at": AT}
OF_LINE = {**FEE, "id": "F-2", "order": "7001", "line": "1", "sku": "TEA-1", "settlement": "44"}


def pages(shop: Shop, *cursors: str) -> list[SettledFees]:
    async def told() -> list[SettledFees]:
        async with connected(shop, fees_path="/fees") as channel:
            assert isinstance(channel, ReadsFees)
            return [await channel.fees_since(cursor) for cursor in cursors]

    return asyncio.run(told())


def test_pages_follow_one_another_and_later_fees_the_last_cursor() -> None:
    shop = Shop({})
    shop.fees = [FEE, OF_LINE, {**FEE, "id": "F-3", "amount": -1.5}]
    posted = datetime(2026, 11, 20, 10, tzinfo=UTC)
    first, second, third = pages(shop, "", "2", "3")
    assert first == SettledFees(
        [
            SettledFee("F-1", "commission", Decimal(70), "INR", posted),
            SettledFee("F-2", "commission", Decimal(70), "INR", posted, "7001", "1", "TEA-1", "44"),
        ],
        "2",
        more=True,
    )
    assert ([fee.amount for fee in second.fees], second.cursor, second.more) == ([Decimal("-1.5")], "3", False)
    assert third == SettledFees([], "3")


def test_only_who_was_told_where_is_asked() -> None:
    async def told() -> tuple[bool, bool]:
        async with connected(Shop({})) as without, connected(Shop({}), fees_path="/fees") as channel:
            return without.tells_fees, channel.tells_fees

    assert asyncio.run(told()) == (False, True)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"fees": [{**FEE, "currency": "Rupee"}], "cursor": "3"},
        {"fees": [{**FEE, "amount": "much"}], "cursor": "3"},
        {"fees": [{**FEE, "amount": "1e14"}], "cursor": "3"},
        {"fees": [{**FEE, "amount": "NaN"}], "cursor": "3"},
        {"fees": [{**FEE, "posted_at": "2026-11-20T10:00:00"}], "cursor": "3"},
        {"fees": [{**FEE, "id": ""}], "cursor": "3"},
        {"fees": [FEE]},
        {"fees": [FEE], "cursor": "2"},
        {"fees": [], "more": True, "cursor": "2"},
    ],
)
def test_an_answer_of_another_form_is_none(body: Any) -> None:
    shop = Shop({})
    shop.faults.answer = Said(200, json.dumps(body).encode())
    with pytest.raises(ChannelDown):
        pages(shop, "2")
