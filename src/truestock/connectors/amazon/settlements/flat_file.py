"""The fees in a settlement report (V2 flat file), and which of them are this channel's. Pure.

A report is the seller's: it has what all marketplaces and both kinds of fulfilment have sold."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from truestock.connectors.amazon.mapping.reading import NotAsAgreed
from truestock.connectors.contract.orders import SettledFee
from truestock.connectors.orders.money import plain
from truestock.core.identity import content_digest

COLUMNS: Final = (
    *("settlement-id", "currency", "transaction-type", "order-id", "marketplace-name", "amount-type"),
    *("amount-description", "amount", "fulfillment-id", "posted-date", "posted-date-time", "order-item-code", "sku"),
)
FEE = re.compile(r"fees?$", re.IGNORECASE)
ADVERTISING: Final = "Cost of Advertising"
# Says nothing: what was paid for stands in the type then.
WHOLE: Final = "TransactionTotalAmount"
AMOUNT = re.compile(r"-?\d+([.,]\d+)?")
GERMAN_DATE = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})(.*)")
Row = Mapping[str, str]


class Mine(NamedTuple):
    """Which fees are this channel's: those of its marketplace, as settlements call it, and of its fulfilment.

    `account_fees`: those too that name no marketplace or no fulfilment, such as a subscription."""

    marketplace: str
    fulfilment: str
    account_fees: bool

    def has(self, row: Row) -> bool:
        """Whether a row is."""
        marketplace, fulfilment = row["marketplace-name"].lower(), row["fulfillment-id"].upper()
        if not marketplace or not fulfilment:
            return self.account_fees
        return (marketplace, fulfilment) == (self.marketplace.lower(), self.fulfilment)


def fees_of(content: bytes, mine: Mine) -> list[SettledFee]:
    """This channel's fees; Amazon writes what it keeps below zero. Raises NotAsAgreed."""
    currency = settlement = ""
    fees: list[SettledFee] = []
    alike: Counter[bytes] = Counter()
    for line, row in _rows(content):
        # The currency stands in the first row alone, which sums the settlement up.
        currency, settlement = row["currency"] or currency, row["settlement-id"] or settlement
        if not _is_fee(row) or not mine.has(row):
            continue
        digest = content_digest("\t".join([settlement, *row.values()]).encode())
        alike[digest] += 1
        try:
            kept, posted_at = -_amount(row["amount"]), _instant(row["posted-date-time"] or row["posted-date"])
        except ValueError as error:
            raise NotAsAgreed(f"line {line}: {error}") from error
        if not currency:
            raise NotAsAgreed(f"line {line}: no line before it names a currency")
        if kept:
            id_, of = f"{digest.hex()}-{alike[digest]}", (row["order-id"], row["order-item-code"], row["sku"])
            fees.append(SettledFee(id_, _kind(row), plain(kept), currency, posted_at, *of, settlement=settlement))
    return fees


def _rows(content: bytes) -> Iterator[tuple[int, Row]]:
    """The lines with their numbers, every column in each. Raises NotAsAgreed."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    # One line at a time: a large seller's report, all taken apart at once, is ten times as large.
    lines = (line.rstrip("\r").split("\t") for line in text.split("\n"))
    header = next(lines)
    if missing := [name for name in COLUMNS if name not in header]:
        raise NotAsAgreed(f"the report has no column {', '.join(missing)}")
    for number, cells in enumerate(lines, 2):
        if any(cells):
            row = dict.fromkeys(header, "") | {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
            yield number, row


def _is_fee(row: Row) -> bool:
    """What Amazon calls a fee, and advertising; not what was sold, taxes, promotions, reserves and reimbursements."""
    return row["amount-type"] == ADVERTISING or any(
        FEE.search(row[name]) for name in ("transaction-type", "amount-type", "amount-description")
    )


def _kind(row: Row) -> str:
    described = row["amount-description"]
    return described if described and described != WHOLE else row["amount-type"] or row["transaction-type"]


def _amount(text: str) -> Decimal:
    """With a point or, as in some of Europe's reports, a comma. Raises ValueError."""
    if not AMOUNT.fullmatch(text):
        raise ValueError(f"the amount {text[:40]!r} is not understood")
    return Decimal(text.replace(",", "."))


def _instant(text: str) -> datetime:
    """As 2026-11-20 10:00:00 UTC, in ISO 8601, or as 20.11.2026; without a zone UTC. Raises ValueError."""
    written = text.removesuffix(" UTC")
    if found := GERMAN_DATE.fullmatch(written):
        written = f"{found[3]}-{found[2]}-{found[1]}{found[4]}"
    try:
        instant = datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(f"the date {text[:40]!r} is not understood") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
