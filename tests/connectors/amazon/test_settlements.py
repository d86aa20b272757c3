"""Fees are read from the settlement reports that Amazon makes: each report once, and of each the channel's own."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.amazon.conftest import Hub, settings
from tests.connectors.counterparts.amazon import Account
from truestock.connectors.amazon.connector import Merchant
from truestock.connectors.amazon.mapping.reading import ANSWER_MAX_BYTES, NotAsAgreed
from truestock.connectors.amazon.settings import AmazonSettings
from truestock.connectors.amazon.settlements.flat_file import Mine, fees_of
from truestock.connectors.contract.abilities import ReadsFees
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import SettledFee

HEADER = (
    *("settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date", "total-amount", "currency"),
    *("transaction-type", "order-id", "merchant-order-id", "adjustment-id", "shipment-id", "marketplace-name"),
    *("amount-type", "amount-description", "amount", "fulfillment-id", "posted-date", "posted-date-time"),
    *("order-item-code", "merchant-order-item-id", "merchant-adjustment-item-id", "sku", "quantity-purchased"),
    "promotion-id",
)
SOLD = {
    "transaction-type": "Order",
    "order-id": "206-1",
    "marketplace-name": "Amazon.de",
    "amount-type": "ItemFees",
    "amount-description": "Commission",
    "amount": "-4.50",
    "fulfillment-id": "MFN",
    "posted-date-time": "2026-11-20 10:00:00 UTC",
    "order-item-code": "11",
    "sku": "MUG",
}
SUBSCRIPTION = {
    "transaction-type": "other-transaction",
    "amount-type": "other-transaction",
    "amount-description": "Subscription Fee",
    "amount": "-39,00",
    "posted-date-time": "20.11.2026 10:00:00 UTC",
}
AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
MINE = Mine("amazon.de", "MFN", account_fees=False)


def report(*rows: Mapping[str, str], settlement: str = "900") -> bytes:
    """As Amazon makes it: the first row sums up, and is the only one with a currency."""
    sums = {"total-amount": "99.00", "currency": "EUR", "settlement-start-date": "2026-11-01 00:00:00 UTC"}
    lines = [{"settlement-id": settlement, **row} for row in (sums, *rows)]
    cells = [HEADER, *([line.get(column, "") for column in HEADER] for line in lines)]
    return "".join("\t".join(row) + "\r\n" for row in cells).encode()


def kinds(content: bytes, mine: Mine = MINE) -> list[tuple[str, Decimal]]:
    return [(fee.kind, fee.amount) for fee in fees_of(content, mine)]


def test_a_fee_is_of_its_order_line_and_settlement() -> None:
    (fee,) = fees_of(report(SOLD), MINE)
    expected = SettledFee(fee.id, "Commission", Decimal("4.5"), "EUR", AT, "206-1", "11", "MUG", "900")
    assert fee == expected


def test_only_what_amazon_calls_a_fee_is_one() -> None:
    def other(amount_type: str, described: str, amount: str = "-1.00", **more: str) -> dict[str, str]:
        return {**SOLD, "amount-type": amount_type, "amount-description": described, "amount": amount, **more}

    content = report(
        other("ItemPrice", "Principal", "29.99"),
        other("ItemPrice", "Tax", "5.70"),
        other("ItemWithheldTax", "MarketplaceFacilitatorTax-Principal"),
        other("Promotion", "Shipping"),
        other("ItemFees", "FBAPerUnitFulfillmentFee", "-3.10"),
        other("ItemFees", "RefundCommission", "0.90", **{"transaction-type": "Refund"}),
        other("ItemFees", "FixedClosingFee", "0.00"),
        other("Cost of Advertising", "TransactionTotalAmount", "-12.00", **{"transaction-type": "ServiceFee"}),
        other("other-transaction", "Current Reserve Amount", "-50.00", **{"transaction-type": "other-transaction"}),
        other("FBA Inventory Reimbursement", "WAREHOUSE_DAMAGE", "8.00"),
    )
    assert kinds(content) == [
        ("FBAPerUnitFulfillmentFee", Decimal("3.1")),
        ("RefundCommission", Decimal("-0.9")),
        ("Cost of Advertising", Decimal(12)),
    ]


def test_each_fee_is_one_channels_alone() -> None:
    rows = (
        SOLD,
        {**SOLD, "fulfillment-id": "AFN", "amount": "-2"},
        {**SOLD, "marketplace-name": "Amazon.fr", "amount": "-3"},
        {**SOLD, "fulfillment-id": "", "amount": "-5"},
        SUBSCRIPTION,
    )
    channels = [
        MINE,
        Mine("Amazon.de", "AFN", account_fees=True),
        Mine("Amazon.fr", "MFN", account_fees=False),
        Mine("Amazon.fr", "AFN", account_fees=False),
    ]
    found = [[fee.amount for fee in fees_of(report(*rows), mine)] for mine in channels]
    assert found == [[Decimal("4.5")], [Decimal(2), Decimal(5), Decimal(39)], [Decimal(3)], []]


@given(st.permutations([SOLD, SOLD, SOLD, {**SOLD, "sku": "JAR"}, {**SOLD, "amount": "-1"}]))
def test_a_fee_has_the_same_id_wherever_its_line_stands(rows: list[dict[str, str]]) -> None:
    ids = [fee.id for fee in fees_of(report(*rows), MINE)]
    assert len(set(ids)) == 5
    assert set(ids) == {fee.id for fee in fees_of(report(*sorted(rows, key=str)), MINE)}
    assert not set(ids) & {fee.id for fee in fees_of(report(*rows, settlement="901"), MINE)}


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-11-20 10:00:00 UTC", AT),
        ("2026-11-20T10:00:00+00:00", AT),
        ("20.11.2026 10:00:00 UTC", AT),
        ("2026-11-20", AT.replace(hour=0)),
    ],
)
def test_dates_are_read_as_amazon_writes_them(written: str, instant: datetime) -> None:
    (fee,) = fees_of(report({**SOLD, "posted-date-time": "", "posted-date": written}), MINE)
    assert fee.posted_at == instant


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"posted-date-time": "11/20/2026"}, "line 3: the date '11/20/2026' is not understood"),
        ({"posted-date-time": ""}, "line 3: the date '' is not understood"),
        ({"posted-date-time": "32.11.2026"}, "line 3: the date '32.11.2026' is not understood"),
        ({"amount": "1.234,50"}, "line 3: the amount '1.234,50' is not understood"),
    ],
)
def test_what_is_not_understood_is_not_guessed(row: dict[str, str], said: str) -> None:
    with pytest.raises(NotAsAgreed) as found:
        fees_of(report({**SOLD, **row}), MINE)
    assert str(found.value) == said


def test_a_report_of_another_form_is_none() -> None:
    with pytest.raises(NotAsAgreed, match="no column settlement-id"):
        fees_of(b"<html>", MINE)
    with pytest.raises(NotAsAgreed, match="no line before it names a currency"):
        fees_of(report(SOLD).replace(b"EUR", b""), MINE)


def test_only_an_end_of_line_ends_a_line() -> None:
    assert (
        kinds(report({**SOLD, "promotion-id": '10\u2028% \r \x0b\x85 "off'}, SOLD))
        == [("Commission", Decimal("4.5"))] * 2
    )


def test_titles_in_an_older_encoding_hold_up_nothing() -> None:
    assert kinds(report({**SOLD, "sku": "T-Ü"}).decode().encode("cp1252"))


@pytest.fixture
def settling(hub: Hub) -> Hub:
    hub.settings = settings(settlement_name="Amazon.de")
    return hub


def read(hub: Hub, cursor: str = "") -> tuple[list[SettledFee], dict[str, str], str]:
    """Pages until there is no more; what was not understood, and the last cursor."""

    async def steps(connector: Merchant) -> tuple[list[SettledFee], dict[str, str], str]:
        assert isinstance(connector, ReadsFees)
        fees: list[SettledFee] = []
        unread: dict[str, str] = {}
        at, more = cursor, True
        while more:
            page = await connector.fees_since(at)
            fees, unread, at, more = [*fees, *page.fees], unread | page.unread, page.cursor, page.more
        return fees, unread, at

    return hub(steps)


@pytest.mark.parametrize("zipped", [False, True])
def test_each_report_is_read_once_in_the_order_of_its_making(account: Account, settling: Hub, zipped: bool) -> None:
    account.zipped, account.page = zipped, 2
    for days_ago in (1, 43, 29, 95, 15):
        account.settle(report({**SOLD, "amount": f"-{days_ago}"}, settlement=str(days_ago)), days_ago)
    fees, unread, cursor = read(settling)
    assert ([fee.settlement for fee in fees], unread) == (["43", "29", "15", "1"], {})
    assert account.calls.count("getReportDocument") == 4
    assert read(settling, cursor)[0] == []
    account.settle(report(SOLD, settlement="0"), 0)
    assert [fee.settlement for fee in read(settling, cursor)[0]] == ["0"]


def test_a_report_that_is_being_made_holds_up_those_after_it(account: Account, settling: Hub) -> None:
    account.settle(report(SOLD, settlement="1"), 4)
    account.settle(b"", 3, "CANCELLED")
    waiting = account.settle(report(SOLD, settlement="2"), 2, "IN_PROGRESS")
    account.settle(report(SOLD, settlement="3"), 1)
    fees, _, cursor = read(settling)
    assert [fee.settlement for fee in fees] == ["1"]
    (told,) = [told for told in account.reports if told["reportId"] == waiting]
    told |= {"processingStatus": "DONE", "reportDocumentId": waiting}
    assert [fee.settlement for fee in read(settling, cursor)[0]] == ["2", "3"]


def test_a_report_that_cannot_be_understood_is_named_and_passed(account: Account, settling: Hub) -> None:
    odd = account.settle(report({**SOLD, "amount": "much"}), 3)
    account.settle(report(SOLD, settlement="2"), 2)
    fees, unread, cursor = read(settling)
    assert ([fee.settlement for fee in fees], set(unread)) == (["2"], {odd})
    account.zipped = True  # says so, of what was not packed
    torn = account.settle(report(SOLD), 1)
    account.documents[torn] = report(SOLD)
    assert set(read(settling, cursor)[1]) == {torn}


def test_a_report_that_is_too_long_is_named_and_passed(account: Account, settling: Hub) -> None:
    long = account.settle(bytes(ANSWER_MAX_BYTES + 1), 3)
    account.settle(report(SOLD, settlement="2"), 2)
    fees, unread, _ = read(settling)
    assert ([fee.settlement for fee in fees], set(unread)) == (["2"], {long})


def test_a_cursor_older_than_amazon_keeps_reports_is_moved_up(account: Account, settling: Hub) -> None:
    account.settle(report(SOLD), 1)
    assert len(read(settling, "2020-01-01T00:00:00+00:00 7")[0]) == 1


def test_a_role_that_is_missing_is_named(account: Account, settling: Hub) -> None:
    account.faults.of, account.faults.status = "getReports", 403
    with pytest.raises(ChannelDown, match="role"):
        read(settling)


def test_a_check_says_whether_settlements_may_be_read(settling: Hub) -> None:
    assert settling(lambda connector: connector.check()).endswith("settlements may be read")


def test_only_a_channel_that_was_told_a_name_reads_settlements(hub: Hub) -> None:
    async def tells(connector: Merchant) -> bool:
        return connector.tells_fees

    assert hub(tells) is False
    with pytest.raises(ValueError, match="account_fees"):
        msgspec.convert(settings(account_fees=True), AmazonSettings)
