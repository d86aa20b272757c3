"""What is fetched from channels as a whole, and what people and scanners send up: settlements, sheets, receipts."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

from tests.connectors.amazon.test_settlements import SOLD, SUBSCRIPTION
from tests.connectors.amazon.test_settlements import report as settled
from tests.fuzz.running import Target
from truestock.connectors.amazon.mapping import inventory
from truestock.connectors.amazon.mapping.reading import NotAsAgreed
from truestock.connectors.amazon.settlements.flat_file import Mine, fees_of
from truestock.connectors.contract.orders import SettledFee
from truestock.connectors.shopify.documents import Answer
from truestock.connectors.shopify.settlements import TransactionsData, fee_of
from truestock.core.problems import Invalid
from truestock.feeds.receiving.values import Decision, PutAwayUnits, Receipt, TillReceipt, Transfer, Variance
from truestock.feeds.receiving.variances.files import book_file
from truestock.feeds.settlements.keep import AMOUNT_MAX
from truestock.feeds.settlements.reader import _clean, unfit
from truestock.feeds.stock.kept.counting import counted
from truestock.reconciliation.counts.taking.sheet_file import _cells
from truestock.reconciliation.counts.values import Upload
from truestock.store.lane import Handler

NOW = datetime(2026, 11, 22, 9, 14, tzinfo=UTC)
PAYOUT = (
    b'{"data": {"shopifyPaymentsAccount": {"balanceTransactions": {"nodes": [{"id": "gid://shopify/Transaction/7", '
    b'"type": "CHARGEBACK_FEE", "test": false, "transactionDate": "2026-11-20T10:00:00Z", "sourceOrderTransactionId": '
    b'null, "associatedOrder": {"id": "gid://shopify/Order/501"}, "amount": {"amount": "-15.00", "currencyCode": "EUR"}'
    b', "fee": {"amount": "1.45", "currencyCode": "EUR"}}], "pageInfo": {"hasNextPage": false, "endCursor": null}}}}}'
)
CENTRES = (
    b'{"sellerSku": "MUG", "lastUpdatedTime": "2026-11-22T09:14:03Z", "inventoryDetails": {"fulfillableQuantity": 5, '
    b'"reservedQuantity": {"totalReservedQuantity": 3, "pendingCustomerOrderQuantity": 2}, "researchingQuantity": '
    b'{"totalResearchingQuantity": 1}, "unfulfillableQuantity": {"totalUnfulfillableQuantity": 4}}}'
)
SHEET = (
    b"sku,code,lot,bin,qty,counted_at\nMUG,,L-1,A-1,7,2026-11-22T09:00:00Z\n,4006381333931,,,2,\nCUP,,,,,\n",
    "sku;qty\nB\u00fccher;12\n".encode(),
)
VARIANCES = (
    b"location,reason,qty,sku,barcode,lot,status,happened_at,ref,note\nDC,defective,2,MUG,,L-1,sellable,2026-11-22,7,x\n",
)
UPLOAD = (
    b'{"scans": [{"key": "k-1", "task": 7, "kind": "units", "code": "4006381333931", "qty": 3, "bin": "A-1", '
    b'"counted_at": "2026-11-22T09:14:03Z"}]}'
)
RECEIPT = (
    b'{"ref": "R-1", "location": "DC", "document": "PO-7", "received_at": "2026-11-22T09:14:03Z", "lines": [{"qty": 5, '
    b'"sku": "MUG", "lot": "L-1", "expires_at": "2027-11-22T00:00:00+01:00"}, {"qty": 2, "barcode": "4006381333931"}]}'
)
TILL = b'{"ref": "T-1", "location": "S1", "channel": "pos", "lines": [{"qty": 1, "sku": "MUG", "returned": true}]}'
VARIANCE = b'{"location": "DC", "reason": "lost", "qty": 3, "sku": "MUG", "status": "sellable", "note": "a box"}'


def fits(fees: Sequence[SettledFee]) -> None:
    """Fees that are kept have an amount and an instant that there are."""
    for fee in fees:
        if not unfit(fee):
            assert abs(_clean(fee).amount) <= AMOUNT_MAX
            fee.posted_at.astimezone(UTC)


def amazon(raw: bytes) -> None:
    """A settlement, of one fulfilment and with the account's own fees."""
    for mine in (Mine("amazon.de", "MFN", account_fees=False), Mine("amazon.de", "AFN", account_fees=True)):
        with suppress(NotAsAgreed):
            fits(fees_of(raw, mine))


def shopify(raw: bytes) -> None:
    """A page of a payout."""
    with suppress(msgspec.MsgspecError, UnicodeError):
        data = msgspec.json.decode(raw, type=Answer[TransactionsData]).data
        if data is not None and data.shopify_payments_account is not None:
            page = data.shopify_payments_account.balance_transactions.nodes
            fits([fee for one in page if (fee := fee_of(one, "9")) is not None])


def centres(raw: bytes) -> None:
    """What a marketplace keeps for us, as counts."""
    with suppress(NotAsAgreed):
        kept, unread = inventory.read([msgspec.Raw(raw)])
        told = counted(list(kept.values()), unread, {"MUG": ("MUG", 2)}, {("MUG", "sellable"): 3}, "FC", NOW)
        msgspec.json.encode(told.counts)


def sheet(raw: bytes) -> None:
    """A counted sheet, as far as it is read before anything is looked up."""
    with suppress(Invalid):
        list(_cells(raw))


def variances(raw: bytes) -> None:
    """A file of variances; a bad line is refused and stops no other."""

    def run(handler: Handler, commands: Sequence[Any]) -> list[Any]:
        return [None] * len(commands)

    with suppress(Invalid):
        book_file(run, raw, "anna", "wms")


def scanned(raw: bytes) -> None:
    """What devices and tills send up: taken as a whole, or refused as a whole; what is taken can be written again."""
    for form in (Upload, Receipt, TillReceipt, Variance, Decision, PutAwayUnits, Transfer):
        with suppress(msgspec.MsgspecError, UnicodeError):
            found = msgspec.json.decode(raw, type=form)
            assert msgspec.json.decode(msgspec.json.encode(found), type=form) == found


REPORTS = (
    Target(
        "amazon-settlement",
        amazon,
        (settled(SOLD, SUBSCRIPTION), settled(SOLD, settlement="901")),
        (b"\t", b"Fee", b"9999-12-31 23:59:59-14:00", b"9" * 20),
    ),
    Target("shopify-payout", shopify, (PAYOUT,)),
    Target("kept-stock", centres, (CENTRES,)),
    Target("count-sheet", sheet, SHEET),
    Target("variances", variances, VARIANCES),
    Target("scans", scanned, (UPLOAD, RECEIPT, TILL, VARIANCE)),
)
