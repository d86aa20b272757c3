"""What Shopify Payments keeps besides what orders tell is read payout by payout, once each was paid."""

from decimal import Decimal

import pytest

from tests.connectors.counterparts.shopify import Shop
from tests.connectors.counterparts.shopify_payments import SCOPES, Payments
from tests.connectors.shopify.conftest import Hub
from truestock.connectors.contract.abilities import ReadsFees
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import SettledFee
from truestock.connectors.shopify.connector import ShopifyConnector

ORDER = "gid://shopify/Order/501"


@pytest.fixture
def payments(shop: Shop, hub: Hub) -> Payments:
    shop.scopes |= set(SCOPES)
    hub.settings["settlements"] = True
    return shop.payments


def read(hub: Hub, cursor: str = "", most: int = 20) -> tuple[list[SettledFee], str]:
    """Pages until there is no more; the last cursor."""

    async def steps(connector: ShopifyConnector) -> tuple[list[SettledFee], str]:
        assert isinstance(connector, ReadsFees)
        fees: list[SettledFee] = []
        at = cursor
        for _ in range(most):
            page = await connector.fees_since(at)
            fees, at = [*fees, *page.fees], page.cursor
            if not page.more:
                return fees, at
        raise AssertionError("there is no end")

    return hub(steps)


def test_only_a_channel_that_was_told_so_reads_fees(hub: Hub) -> None:
    async def tells(connector: ShopifyConnector) -> bool:
        return connector.tells_fees

    assert hub(tells) is False
    hub.settings["settlements"] = True
    assert hub(tells) is True


def test_what_orders_tell_themselves_is_left_out(payments: Payments, hub: Hub) -> None:
    made = payments.transaction
    number = payments.pay_out(
        made("CHARGE", "50.0", "1.45", ORDER),
        made("REFUND", "-50.0", "-1.45", ORDER),
        made("CHARGE", "50.0", "1.45", None, None),
        made("DISPUTE_WITHDRAWAL", "-50.0", "15.0", ORDER),
        made("CHARGEBACK_FEE", "-15.0", order=ORDER),
        made("CHARGEBACK_FEE_REFUND", "15.0", order=ORDER),
        made("SHIPPING_LABEL", "-4.2", order=ORDER),
        made("ADJUSTMENT", "3.0"),
        made("STRIPE_FEE", "-2.0", test=True),
    )
    fees, _ = read(hub)
    assert [(fee.kind, fee.amount, fee.order) for fee in fees] == [
        ("charge_fee", Decimal("1.45"), ""),
        ("dispute_withdrawal_fee", Decimal(15), "501"),
        ("chargeback_fee", Decimal(15), "501"),
        ("chargeback_fee_refund", Decimal(-15), "501"),
        ("shipping_label", Decimal("4.2"), "501"),
    ]
    assert {(fee.settlement, fee.currency) for fee in fees} == {(number, "EUR")}
    assert len({fee.id for fee in fees}) == 5


def test_each_payout_is_read_once_when_it_was_paid(payments: Payments, hub: Hub) -> None:
    def one() -> dict[str, object]:
        return payments.transaction("STRIPE_FEE", "-1.0")

    first = payments.pay_out(one(), days_ago=3)
    late = payments.pay_out(one(), days_ago=2, status="IN_TRANSIT")
    payments.pay_out(one(), days_ago=2, status="FAILED")
    third = payments.pay_out(one(), days_ago=1)
    payments.pay_out(one(), days_ago=99)
    fees, cursor = read(hub)
    assert [fee.settlement for fee in fees] == [first, third]
    assert read(hub, cursor)[0] == []
    payments.set_status(late, "PAID")
    fees, cursor = read(hub, cursor)
    assert [fee.settlement for fee in fees] == [late]
    fourth = payments.pay_out(one(), days_ago=0)
    fees, cursor = read(hub, cursor)
    assert [fee.settlement for fee in fees] == [fourth]
    assert [asked for asked in payments.asked if asked != "payouts"] == [first, third, late, fourth]
    assert len(cursor) < 300


def test_a_long_payout_is_read_in_pages_from_where_it_was_left(payments: Payments, hub: Hub) -> None:
    payments.page = 2
    for _ in range(3):
        payments.pay_out(*(payments.transaction("STRIPE_FEE", f"-{n}.0") for n in range(1, 6)))
    fees, _ = read(hub)
    assert len(fees) == len({fee.id for fee in fees}) == 15


def test_the_shop_says_which_scope_is_missing(shop: Shop, payments: Payments, hub: Hub) -> None:
    shop.scopes -= set(SCOPES)
    with pytest.raises(ChannelDown, match="read_shopify_payments_accounts"):
        read(hub)


def test_a_shop_without_shopify_payments_is_told_so(payments: Payments, hub: Hub) -> None:
    payments.open = False
    with pytest.raises(ChannelDown, match="no Shopify Payments account"):
        read(hub)


def test_a_cursor_of_something_else_is_no_fault_of_ours(payments: Payments, hub: Hub) -> None:
    with pytest.raises(ChannelDown, match="cursor"):
        read(hub, "7")
