"""Asks the other side for the fees that it has settled, a page at a time."""

from decimal import Decimal
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import SettledFee, SettledFees
from truestock.connectors.generic.orders.forms import Cursor, Id, Instant
from truestock.connectors.generic.orders.mapping import MONEY_MAX
from truestock.connectors.generic.refusals import one_line
from truestock.connectors.generic.transport import SignedCalls
from truestock.connectors.orders.money import plain


class FeeSettled(msgspec.Struct, frozen=True):
    """What you keep for yourself, below zero where you give it back. `id` is never another's, and `order` is left out
    where it is of none; `line` or `sku` where it is of one line."""

    id: Id
    kind: Id
    amount: Decimal
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    posted_at: Instant
    order: Annotated[str, Meta(max_length=200)] = ""
    line: str = ""
    sku: str = ""
    settlement: str = ""


class FeesPage(msgspec.Struct, frozen=True):
    """Fees that were settled, the longest settled first. `cursor`: from where to go on after these."""

    fees: list[FeeSettled]
    cursor: Cursor = ""
    more: bool = False


async def fees_since(calls: SignedCalls, path: str, cursor: str) -> SettledFees:
    """A page, the first with an empty cursor; one with a fee of another form is none of them. Raises ChannelDown."""
    page = await calls.get(f"{path}?{urlencode({'cursor': cursor})}" if cursor else path, FeesPage)
    if (page.more or page.fees) and page.cursor in ("", cursor):
        raise ChannelDown("it tells fees, or that there are more, and gives no cursor to go on with")
    strange = [fee.id for fee in page.fees if not (fee.amount.is_finite() and abs(fee.amount) < MONEY_MAX)]
    if strange:
        raise ChannelDown(one_line(f"the amount of the fee {strange[0]} is not below {MONEY_MAX:,}"))
    fees = [
        SettledFee(
            fee.id,
            fee.kind,
            plain(fee.amount),
            fee.currency,
            fee.posted_at,
            fee.order,
            fee.line,
            fee.sku,
            fee.settlement,
        )
        for fee in page.fees
    ]
    return SettledFees(fees, page.cursor or cursor, page.more)
