"""What a shop answers and nobody can reckon with is told with the order it is in, and the others are read."""

import msgspec
import pytest

from tests.fuzz.targets.shops import called, recorded
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import Orders, SettledFees


@pytest.mark.parametrize(
    ("shop", "good", "strange", "says"),
    [
        ("medusa", '"quantity":3', '"quantity":"NaN"', "no number"),
        ("medusa", '"original_subtotal":30', '"original_subtotal":"sNaN"', "no number"),
        ("vendure", '"orderPlacedAt":"2026-11-22T08:00:00.000Z"', '"orderPlacedAt":"2026-11-22T08:00:00"', "zone"),
        ("square", '"quantity":"0.5"', '"quantity":"NaN"', "no number"),
    ],
)
def test_an_order_that_cannot_be_reckoned_with_holds_up_no_others(
    shop: str, good: str, strange: str, says: str
) -> None:
    known = recorded(shop)["orders"]
    first = known["answers"][0].replace(" ", "")
    assert good in first
    answers = [first.replace(good, strange, 1), *known["answers"][1:]]
    found = called(shop, "orders", known["about"], [text.encode() for text in answers])
    assert isinstance(found, Orders)
    ((_, reason),) = [told for told in found.unread.items() if says in told[1]]
    assert reason
    assert found.orders


@pytest.mark.parametrize("shop", ["shopify", "vendure"])
def test_an_answer_that_is_no_text_is_no_answer(shop: str) -> None:
    with pytest.raises(ChannelDown, match="answer"):
        called(shop, "orders", ["1"], [b'{"errors": [{"message": "\x80"}]}'])


def test_a_payout_with_an_amount_that_is_none_is_named() -> None:
    known = recorded("shopify")["fees_since"]
    last = msgspec.json.decode(known["answers"][-1])
    nodes = last["data"]["shopifyPaymentsAccount"]["balanceTransactions"]["nodes"]
    nodes.append({**nodes[0], "type": "DISPUTE", "fee": {"amount": "sNaN", "currencyCode": "EUR"}})
    answers = [*known["answers"][:-1], msgspec.json.encode(last).decode()]
    found = called("shopify", "fees_since", [], [text.encode() for text in answers])
    assert isinstance(found, SettledFees)
    assert found.fees
    assert ["has no amount" in reason for reason in found.unread.values()] == [True]
