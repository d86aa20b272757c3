"""Settled fees are kept once, found at the line that they are of, and kept too where their order has not come."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from io import BytesIO

import pytest
from msgspec.structs import replace

from tests.factories import Shop
from tests.feeds.channel_orders.till import OFTEN, Till, sold
from truestock.connections.reached import connection, put_connection
from truestock.connections.seal import Seal
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import Fee, SettledFee, SettledFees
from truestock.connectors.contract.traits import Budget, Traits
from truestock.core.problems import NotFound
from truestock.feeds.settlements.fee_file import Doing, load_fees
from truestock.feeds.settlements.keep import drop, keep
from truestock.feeds.settlements.reader import LOOK_EVERY_S, FeeReader, fee_reader_of
from truestock.reporting.lists import fee_totals, list_fees, read_order
from truestock.reporting.lists.money import FeeSum, Money, SoldRow
from truestock.store.errors import Busy

POSTED = datetime(2026, 11, 20, 10, tzinfo=UTC)
EARLY = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))
HEADER = "order,sku,kind,amount,currency,posted_at,settlement,id\n"


def fee(id_: str, order: str = "5001", amount: str = "1.50", **more: object) -> SettledFee:
    return SettledFee(id_, "commission", Decimal(amount), "EUR", POSTED, order, settlement="S1", **more)  # type: ignore[arg-type]


@dataclass
class Bank:
    """The channel's side: pages of fees by cursor. `faults` are raised by the next calls."""

    traits: Traits = OFTEN
    tells_fees: bool = True
    pages: dict[str, SettledFees] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def fees_since(self, cursor: str) -> SettledFees:
        self.asked.append(cursor)
        if self.faults:
            raise ChannelDown(self.faults.pop(0))
        return self.pages.get(cursor, SettledFees([], cursor))


def reader(till: Till, bank: Bank) -> FeeReader:
    return FeeReader(till.shop.hub.db, connection(till.shop.hub.db, "web"), bank)


def turn(reader: FeeReader) -> float:
    return asyncio.run(reader.turn())


def load(till: Till, text: str, doing: Doing = "keep") -> tuple[int, int, list[tuple[int, str | None]]]:
    report = load_fees(till.shop.hub.db, "web", BytesIO(text.encode()), doing)
    assert report.lines == report.created + report.unchanged + report.refused - (report.stopped is not None)
    return report.created, report.unchanged, [(problem.line, problem.field) for problem in report.problems]


def orders_of(till: Till, unmatched: bool = False) -> list[tuple[str, str, bool]]:
    page = list_fees(till.shop.hub.db, "web", unmatched=unmatched)
    return [(row.order, row.line, row.known) for row in page.rows]


def money(till: Till, ref: str) -> Money:
    found = read_order(till.shop.hub.db, "web", ref).money
    assert found
    return found


def test_pages_are_read_to_the_end_and_then_no_more_for_hours(till: Till) -> None:
    bank = Bank(pages={"": SettledFees([fee("a")], "1", more=True), "1": SettledFees([fee("a"), fee("b")], "2")})
    used = reader(till, bank)
    assert [turn(used), turn(used), turn(used)] == [0.0, LOOK_EVERY_S, LOOK_EVERY_S]
    assert bank.asked == ["", "1"]
    assert len(list_fees(till.shop.hub.db, "web").rows) == 2
    (reading,) = fee_totals(till.shop.hub.db).readings
    assert reading.read_at is not None
    with till.shop.hub.db.transaction() as conn:
        conn.execute("UPDATE fee_reading SET read_at = read_at - interval '7 hours'")
    turn(reader(till, bank))
    assert bank.asked[-1] == "2", "another process reads on from there"


def test_a_channel_that_is_connected_otherwise_is_read_from_the_beginning(till: Till) -> None:
    bank = Bank(pages={"": SettledFees([fee("a")], "1")})
    turn(reader(till, bank))
    turn(reader(till, bank))
    put_connection(till.shop.hub.db, Seal(b"k" * 32), "web", "generic", {"base_url": "https://other.test"}, {})
    bank.pages[""] = SettledFees([fee("a"), fee("b")], "1")
    turn(reader(till, bank))
    turn(reader(till, bank))
    assert bank.asked == ["", ""]
    assert len(list_fees(till.shop.hub.db, "web").rows) == 2


def test_a_channel_that_does_not_tell_says_why_until_it_does(till: Till) -> None:
    bank = Bank(faults=["the application lacks the role Finance"])
    used = reader(till, bank)
    turn(used)
    (reading,) = fee_totals(till.shop.hub.db).readings
    assert (reading.read_at, reading.trouble) == (None, "the application lacks the role Finance")
    turn(reader(till, bank))
    (reading,) = fee_totals(till.shop.hub.db).readings
    assert (reading.read_at is None, reading.trouble) == (False, "")
    assert till.shop.read("SELECT trouble FROM connection") == [("",)], "stock and orders are not concerned"


def test_a_settlement_that_cannot_be_read_is_named_and_holds_up_no_other(till: Till) -> None:
    bank = Bank(pages={"": SettledFees([fee("a")], "1", unread={"S0": "a date is not understood"})})
    turn(reader(till, bank))
    (reading,) = fee_totals(till.shop.hub.db).readings
    assert reading.unread == "S0: a date is not understood"
    assert len(list_fees(till.shop.hub.db, "web").rows) == 1


def test_words_of_a_channel_are_made_fit_to_store(till: Till) -> None:
    odd = SettledFee("a", "Com\x00mission\n fee", Decimal("1.23456"), "EUR", POSTED, settlement="x" * 999)
    bank = Bank(pages={"": SettledFees([odd, SettledFee("b", "\n", Decimal(1), "EUR", POSTED)], "1")})
    turn(reader(till, bank))
    found = {row.id: row for row in list_fees(till.shop.hub.db, "web").rows}
    assert (found["a"].kind, found["a"].amount) == ("Com mission fee", Decimal("1.2346"))
    assert len(found["a"].settlement) == 200
    assert found["b"].kind == "fee"


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (fee("a\x00"), "the fee a has an id over 200 characters or with control characters"),
        (fee("a" * 3_000), f"the fee {'a' * 40} has an id over 200 characters or with control characters"),
        (fee("a", "5001\n"), "the fee a has an order over 200 characters or with control characters"),
        (fee(""), "a fee has no id"),
        (fee("a", amount="1e30"), "the fee a has no amount up to 1,000,000,000,000"),
        (fee("a", amount="NaN"), "the fee a has no amount up to 1,000,000,000,000"),
        (replace(fee("a"), posted_at=EARLY), "the fee a was posted outside the years 1 to 9999"),
    ],
)
def test_a_fee_that_cannot_be_kept_is_named_and_holds_up_no_other(till: Till, odd: SettledFee, reason: str) -> None:
    bank = Bank(pages={"": SettledFees([odd, fee("b")], "1")})
    assert turn(reader(till, bank)) == LOOK_EVERY_S
    assert [row.id for row in list_fees(till.shop.hub.db, "web").rows] == ["b"]
    (reading,) = fee_totals(till.shop.hub.db).readings
    assert (reading.read_at is None, reading.unread) == (False, f"S1: {reason}")


def test_it_leaves_nearly_all_of_the_orders_budget_to_orders(till: Till) -> None:
    slow = Traits("at_once", Budget(1000, 1000), orders=Budget(per_s=0.1, burst=20))
    pages = {str(n or ""): SettledFees([], str(n + 1), more=True) for n in range(9)}
    used = reader(till, Bank(slow, pages=pages))
    assert [turn(used), turn(used)] == [0.0, 0.0]
    assert 50 < turn(used) <= 100


def test_only_a_channel_that_was_told_how_is_asked(till: Till) -> None:
    make = fee_reader_of(till.shop.hub.db)
    reached = connection(till.shop.hub.db, "web")
    assert make(reached, Bank()) is not None
    assert make(reached, Bank(tells_fees=False)) is None
    assert make(reached, till.register) is None


def test_the_same_fee_told_otherwise_stays_as_it_was(till: Till) -> None:
    with till.shop.hub.db.transaction() as conn:
        first = [fee("a"), fee("a"), fee("a", "other")]
        assert keep(conn, till.channel, first, "settlement") == ["new", "known", "new"]
        assert keep(conn, till.channel, [fee("a"), fee("a", amount="2")], "file") == ["known", "differs"]
        assert keep(conn, till.channel, [fee("b"), fee("b", amount="2")], "file") == ["new", "differs"]
    assert {row.amount for row in list_fees(till.shop.hub.db, "web").rows} == {Decimal("1.50")}


def test_an_order_shows_what_it_brought_and_what_was_kept_of_it(till: Till) -> None:
    lamp, bulb = till.shop.item(dc=5), till.shop.item(dc=5)
    kept = [Fee("card", Decimal("0.30")), Fee("card", Decimal("0.20"))]
    lines = (sold("a", lamp, 2), sold("b", bulb, 1), sold("c", bulb, 1))
    till.register.put("5001", *lines, currency="EUR", shipping=Decimal("4.90"), shipping_tax=Decimal("0.93"), fees=kept)
    till.turns()
    given = [
        fee("1", line="b"),
        fee("2", sku=lamp),
        fee("3", sku=lamp, amount="-0.50"),
        fee("4", sku=bulb),  # of two lines: nobody knows which
        fee("5", line="nowhere"),
        fee("6", "5002"),
    ]
    with till.shop.hub.db.transaction() as conn:
        keep(conn, till.channel, given, "settlement")
    found = money(till, "5001")
    assert (found.currency, found.shipping, found.shipping_tax) == ("EUR", Decimal("4.90"), Decimal("0.93"))
    assert found.lines[0] == SoldRow("a", lamp, f"{lamp} in blue", 2, Decimal("9.90"), Decimal("0.50"), Decimal("1.88"))
    assert [line.line for line in found.lines] == ["a", "b", "c"]
    assert found.fees == (
        FeeSum("", "card", Decimal("0.50"), "EUR", "order", "", None),
        FeeSum("", "commission", Decimal("3.00"), "EUR", "settlement", "S1", POSTED),
        FeeSum("a", "commission", Decimal("1.00"), "EUR", "settlement", "S1", POSTED),
        FeeSum("b", "commission", Decimal("1.50"), "EUR", "settlement", "S1", POSTED),
    )


def test_what_an_order_grew_by_shows_the_money_of_the_whole(till: Till) -> None:
    lamp = till.shop.item(dc=9)
    till.register.put("5001", sold("a", lamp, 1), currency="EUR")
    till.turns()
    till.register.put("5001", sold("a", lamp, 3))
    till.turns()
    load(till, HEADER + "5001,,commission,1.50,EUR,2026-11-20,S1,a\n")
    assert money(till, "5001~2") == money(till, "5001")
    assert money(till, "5001").fees[0].source == "file"


def test_fees_of_an_order_made_here_are_shown_too_and_one_without_any_has_none(till: Till) -> None:
    lamp = till.shop.item(dc=9)
    till.shop.buy("web", {lamp: 1}, "A1")
    assert read_order(till.shop.hub.db, "web", "A1").money is None
    load(till, HEADER + "A1,,commission,1.50,EUR,2026-11-20,S1,a\n")
    assert [(one.kind, one.amount) for one in money(till, "A1").fees] == [("commission", Decimal("1.50"))]


def test_a_fee_may_come_before_its_order_and_is_found_at_it_then(till: Till) -> None:
    lamp = till.shop.item(dc=5)
    load(till, HEADER + f"5001,{lamp},commission,1.50,EUR,2026-11-20,S1,\n,,storage,9,EUR,2026-11-19,S1,\n")
    assert orders_of(till) == [("5001", "", False), ("", "", False)]
    till.register.put("5001", sold("a", lamp, 2), currency="EUR")
    till.turns()
    assert [row[2] for row in orders_of(till)] == [True, False]
    assert orders_of(till, unmatched=True) == [("", "", False)]
    assert [one.line for one in money(till, "5001").fees] == ["a"]


def test_a_file_a_second_time_changes_nothing_and_equal_lines_are_two_fees(till: Till) -> None:
    twice = "5001,A,commission,1.50,EUR,2026-11-20,S1,\n" * 2
    text = HEADER + twice + "5001,A,commission,1.5,EUR,2026-11-20T00:00:00Z,S1,\n,,storage,-9,EUR,2026-11-19,S1,x\n"
    assert load(till, text, "try") == (4, 0, [])
    assert list_fees(till.shop.hub.db, "web").rows == ()
    assert load(till, text) == (4, 0, [])
    assert load(till, text) == (0, 4, [])
    assert load(till, text, "try") == (0, 4, [])


def test_a_file_can_be_taken_out_again_and_nothing_else_goes_with_it(till: Till) -> None:
    with till.shop.hub.db.transaction() as conn:
        keep(conn, till.channel, [fee("told")], "settlement")
    other = HEADER + "5001,A,commission,2,EUR,2026-11-20,S1,kept\n"
    load(till, other)
    told = "5001,,commission,1.50,EUR,2026-11-20T10:00:00Z,S1,told\n5001,A,commission,3,EUR,2026-11-20,S1,kept\n"
    text = HEADER + "5001,A,commission,1.50,EUR,2026-11-20,S1,\n" * 2 + ",,ads,5,EUR,2026-11-20,S1,\n"
    load(till, text)
    report = load_fees(till.shop.hub.db, "web", BytesIO((text + told).encode()), "undo")
    assert (report.changed, report.unchanged, report.refused) == (3, 2, 0)
    assert [row.id for row in list_fees(till.shop.hub.db, "web").rows] == ["told", "kept"]
    assert load(till, text) == (3, 0, [])


def test_what_is_kept_while_it_is_taken_out_is_there_or_to_be_tried_again(till: Till) -> None:
    db, fees = till.shop.hub.db, [fee(str(n)) for n in range(100)]

    def work(turn: int) -> list[str]:
        said: list[str] = []
        for _ in range(40):
            try:
                with db.transaction() as conn:
                    said += keep(conn, till.channel, fees, "file") if turn % 2 else drop(conn, till.channel, fees)
            except Busy:
                continue
        return said

    with ThreadPoolExecutor(4) as several:
        said = [word for words in several.map(work, range(4)) for word in words]
    assert set(said) <= {"new", "known", "gone", "absent"}
    assert len(list_fees(db, "web", limit=999).rows) == said.count("new") - said.count("gone")


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("5001,,,1,EUR,2026-11-20,,", "kind"),
        ("5001,,a,,EUR,2026-11-20,,", "amount"),
        ("5001,,a,1€,EUR,2026-11-20,,", "amount"),
        ("5001,,a,1.23456,EUR,2026-11-20,,", "amount"),
        ("5001,,a,1e30,EUR,2026-11-20,,", "amount"),
        ("5001,,a,NaN,EUR,2026-11-20,,", "amount"),
        ("5001,,a,1,Euro,2026-11-20,,", "currency"),
        ("5001,,a,1,EUR,20.11.2026,,", "posted_at"),
        ("5001,,a,1,EUR,0001-01-01T00:00:00+05:00,,", "posted_at"),
        ("5001,,a,1,EUR,2026-11-20,,,", None),
        (f"{'5' * 201},,a,1,EUR,2026-11-20,,", "order"),
        ("5001,,a,2,EUR,2026-11-20,,known", "id"),
        ("5001,,a,1,EUR,2026-11-20,,one", "id"),
        ("5001,,a,1,EUR,2026-11-20,,,surplus", "line"),
    ],
)
def test_a_bad_line_is_named_and_the_good_ones_go_in(till: Till, line: str, field: str | None) -> None:
    load(till, HEADER + "5001,,a,1,EUR,2026-11-20,,known\n")
    created, _, problems = load(till, HEADER + f"5001,,a,1,EUR,2026-11-20,,one\n{line}\n")
    assert (created, problems) == ((2, []) if field is None else (1, [(3, field)]))


def test_a_file_of_an_unknown_channel_or_without_a_column_is_refused(till: Till) -> None:
    with pytest.raises(NotFound):
        load_fees(till.shop.hub.db, "nowhere", BytesIO(HEADER.encode()))
    report = load_fees(till.shop.hub.db, "web", BytesIO(b"order,amount\n1,2\n"))
    assert (report.stopped, "'kind' is missing" in report.problems[0].reason) == (1, True)


def test_sums_are_by_currency_source_and_kind_and_by_time(till: Till) -> None:
    lamp = till.shop.item(dc=5)
    placed = POSTED - timedelta(days=40)
    till.register.put("5001", sold("a", lamp, 1), currency="EUR", fees=[Fee("card", Decimal("0.30"))], placed_at=placed)
    till.turns()
    load(till, HEADER + "5001,,card,1,EUR,2026-11-20,,\n5001,,card,-0.25,EUR,2026-11-21,,\n,,card,4,USD,2026-11-20,,\n")
    db = till.shop.hub.db

    def sums(**when: datetime) -> list[tuple[str, str, int, Decimal]]:
        return [(one.source, one.currency, one.fees, one.amount) for one in fee_totals(db, "web", **when).totals]

    in_euros = [("file", "EUR", 2, Decimal("0.75")), ("order", "EUR", 1, Decimal("0.30"))]
    assert sums() == [*in_euros, ("file", "USD", 1, Decimal(4))]
    assert sums(since=POSTED - timedelta(days=1), until=POSTED + timedelta(hours=1)) == [
        ("file", "EUR", 1, Decimal(1)),
        ("file", "USD", 1, Decimal(4)),
    ]
    assert fee_totals(db, "market").totals == ()
    assert fee_totals(db).totals == fee_totals(db, "web").totals


def test_a_list_is_paged_whatever_stands_in_the_ids(till: Till) -> None:
    rows = [("5~1", "~"), ("5~1", "a~b"), ("", "~~"), ("x", "1~x")]
    load(till, HEADER + "".join(f"{ref},,a,1,EUR,2026-11-20,,{id_}\n" for ref, id_ in rows))
    found: list[tuple[str, str]] = []
    after: str | None = None
    while True:
        page = list_fees(till.shop.hub.db, "web", after=after, limit=1)
        found += [(row.order, row.id) for row in page.rows]
        after = page.next
        if after is None:
            break
    assert found == sorted(rows, reverse=True)


def kept_orders(shop: Shop, refs: Sequence[str]) -> list[tuple[str, int]]:
    return shop.read("SELECT ref, count(*) FROM settled_fee WHERE ref = ANY(%s) GROUP BY ref ORDER BY ref", list(refs))


def test_a_file_longer_than_one_transaction_goes_in_whole(till: Till) -> None:
    lines = [f"{n % 2},,a,{n},EUR,2026-11-20,,\n" for n in range(2_500)]
    assert load(till, HEADER + "".join(lines)) == (2_500, 0, [])
    assert kept_orders(till.shop, ["0", "1"]) == [("0", 1_250), ("1", 1_250)]
