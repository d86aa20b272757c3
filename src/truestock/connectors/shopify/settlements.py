"""Reads what Shopify Payments keeps besides the fees that orders tell: payout by payout, each once it was paid."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from truestock.connectors.contract.answers import ChannelDown, Throttle
from truestock.connectors.contract.orders import SettledFee, SettledFees
from truestock.connectors.orders.money import plain
from truestock.connectors.shopify.documents import Answer, PageInfo, Part
from truestock.connectors.shopify.orders.mapping import number_of
from truestock.connectors.shopify.orders.reading import CALL_POINTS
from truestock.connectors.shopify.transport import AdminApi

PAYOUTS = """
query Payouts($search: String!, $after: String) {
  shopifyPaymentsAccount {
    payouts(first: 50, after: $after, query: $search, sortKey: ISSUED_AT) {
      nodes { id issuedAt status }
      pageInfo { hasNextPage endCursor }
    }
  }
}"""
TRANSACTIONS = """
query Transactions($search: String!, $after: String) {
  shopifyPaymentsAccount {
    balanceTransactions(first: 50, after: $after, query: $search, sortKey: ID, hideTransfers: true) {
      nodes {
        id type test transactionDate sourceOrderTransactionId associatedOrder { id }
        amount { amount currencyCode } fee { amount currencyCode }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}"""
BACK: Final = timedelta(days=90)
PAGES_MAX: Final = 20
PAID: Final = "PAID"
UNDER_WAY: Final = frozenset({"SCHEDULED", "IN_TRANSIT"})
# The fees of these are told by the order's own transactions.
OF_ORDERS: Final = frozenset({"CHARGE", "REFUND"})
# Of these the amount is what is kept or given back.
FEES_THEMSELVES = re.compile("_FEE(_|$)|^SHIPPING_LABEL(_|$)")


class Amount(Part, frozen=True):
    """Money."""

    amount: Decimal
    currency_code: str


class Payout(Part, frozen=True):
    """A transfer to the bank."""

    id: str
    issued_at: datetime
    status: str


class Named(Part, frozen=True):
    """Something with an ID."""

    id: str


class Transaction(Part, frozen=True):
    """What changed the balance: `amount` raises it, `fee` was taken off that."""

    id: str
    type: str
    test: bool
    transaction_date: datetime
    source_order_transaction_id: str | int | None
    associated_order: Named | None
    amount: Amount
    fee: Amount


class Payouts(Part, frozen=True):
    """A page of them."""

    nodes: list[Payout]
    page_info: PageInfo


class Transactions(Part, frozen=True):
    """A page of them."""

    nodes: list[Transaction]
    page_info: PageInfo


class OfPayouts(Part, frozen=True):
    """The account, as PAYOUTS asks for it."""

    payouts: Payouts


class OfTransactions(Part, frozen=True):
    """The account, as TRANSACTIONS asks for it."""

    balance_transactions: Transactions


class PayoutsData(Part, frozen=True):
    """The answer to PAYOUTS; without an account the shop has no Shopify Payments."""

    shopify_payments_account: OfPayouts | None


class TransactionsData(Part, frozen=True):
    """The answer to TRANSACTIONS."""

    shopify_payments_account: OfTransactions | None


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far it was read: payouts issued from `since` on, of which `read` are done; in the midst of `payout`, `after`
    a place of the shop's own."""

    since: datetime
    read: list[str] = []
    payout: str = ""
    after: str = ""

    @property
    def cursor(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self).decode()


async def fees_since(api: AdminApi, cursor: str) -> SettledFees:
    """A page of one payout. Raises ChannelDown, which names the scopes that the app lacks."""
    place, points = _place(cursor), 0.0
    if not place.payout:
        known, throttle, points = await _payouts(api, place.since)
        todo = next((one for one in known if one.status == PAID and one.id not in place.read), None)
        if todo is None:
            return SettledFees([], _moved_on(place, known).cursor, throttle=throttle, points=points)
        place = msgspec.structs.replace(place, payout=todo.id)
    given: dict[str, object] = {
        "search": f"payments_transfer_id:{number_of(place.payout)}",
        "after": place.after or None,
    }
    data, throttle = await api.read(TRANSACTIONS, given, Answer[TransactionsData])
    if data.shopify_payments_account is None:
        raise _no_account()
    page = data.shopify_payments_account.balance_transactions
    fees: list[SettledFee] = []
    unread: dict[str, str] = {}
    for one in page.nodes:
        try:
            fee = fee_of(one, number_of(place.payout))
        except ArithmeticError:
            unread[number_of(place.payout)] = f"the transaction {number_of(one.id)} has no amount"
        else:
            fees += [fee] if fee is not None else []
    if page.page_info.has_next_page:
        place = msgspec.structs.replace(place, after=page.page_info.end_cursor or "")
    else:
        place = Place(place.since, [*place.read, place.payout])
    return SettledFees(fees, place.cursor, more=True, throttle=throttle, points=points, unread=unread)


def fee_of(one: Transaction, payout: str) -> SettledFee | None:
    """What the shop's books do not have from its order; None where nothing was kept."""
    order = number_of(one.associated_order.id) if one.associated_order else ""
    kept, kind = one.fee.amount, f"{one.type.lower()}_fee"
    if FEES_THEMSELVES.search(one.type):
        kept, kind = kept - one.amount.amount, one.type.lower()
    elif one.type in OF_ORDERS and order and one.source_order_transaction_id is not None:
        return None
    if one.test or not kept:
        return None
    return SettledFee(
        number_of(one.id), kind, plain(kept), one.fee.currency_code, one.transaction_date, order, settlement=payout
    )


async def _payouts(api: AdminApi, since: datetime) -> tuple[list[Payout], Throttle, float]:
    """All that were issued since, the oldest first, with what they cost."""
    found: list[Payout] = []
    given: dict[str, object] = {"search": f"issued_at:>='{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'", "after": None}
    for pages in range(PAGES_MAX):
        data, throttle = await api.read(PAYOUTS, given, Answer[PayoutsData])
        if data.shopify_payments_account is None:
            raise _no_account()
        page = data.shopify_payments_account.payouts
        found += page.nodes
        if not page.page_info.has_next_page:
            return sorted(found, key=lambda one: (one.issued_at, one.id)), throttle, CALL_POINTS * (pages + 1)
        given["after"] = page.page_info.end_cursor
    raise ChannelDown(f"the shop's payouts since {since:%Y-%m-%d} have no end after {PAGES_MAX} pages")


def _moved_on(place: Place, known: Sequence[Payout]) -> Place:
    """From the oldest payout that may still be paid, or else from the newest."""
    open_ = [one.issued_at for one in known if one.status in UNDER_WAY]
    since = min(open_, default=max((one.issued_at for one in known), default=place.since))
    recent = {one.id for one in known if one.issued_at >= since}
    return Place(since, [one for one in place.read if one in recent])


def _place(cursor: str) -> Place:
    if not cursor:
        return Place((datetime.now(UTC) - BACK).replace(microsecond=0))
    try:
        return msgspec.json.decode(cursor, type=Place)
    except msgspec.MsgspecError as error:
        raise ChannelDown(f"the fees' cursor is none of this connector's: {error}") from error


def _no_account() -> ChannelDown:
    return ChannelDown("the shop has no Shopify Payments account: set settlements to false")
