"""A file that is read by its changed lines does what it does when it is read whole."""

from datetime import datetime
from io import BytesIO
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import accept, ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.catalog.items import ItemDraft, put_items
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import Run, lines_of
from truestock.feeds.stock.engine.taking import FeedFile
from truestock.feeds.stock.files import Format
from truestock.ledger.values import Adjust, Opening
from truestock.orders.actions import Ship

CELLS = [(item, location) for item in range(3) for location in ("dc", "store")]
FILE = st.fixed_dictionaries({cell: st.sampled_from(["4", "4", "4", "5", "9", "x", ""]) for cell in CELLS})
STEP = st.one_of(
    st.tuples(st.just("file"), FILE),
    st.tuples(st.just("file"), FILE),
    st.tuples(st.just("late"), FILE),
    st.tuples(st.just("again"), st.sampled_from(CELLS)),
    st.tuples(st.just("move"), st.sampled_from(CELLS)),
    st.tuples(st.just("tell"), st.sampled_from(CELLS)),
    st.tuples(st.just("undo"), st.none()),
    st.tuples(st.just("trait"), st.sampled_from(CELLS)),
)


class Twin:
    """Items of its own and a feed about them."""

    def __init__(self, feeds: Feeds, *, by_lines: bool, posture: str, complete: bool) -> None:
        self.feeds, self.shop = feeds, feeds.shop
        self.skus = [self.shop.item(dc=4, store=4) for _ in range(3)]
        self.by_lines = by_lines
        form = Format() if by_lines else Format(columns=("sku", "location", "qty"))
        category = f"twin-{self.skus[0]}"
        accept(put_items(self.shop.hub.db, [ItemDraft(sku, category=category) for sku in self.skus]))
        self.code = feeds.add(
            "on_hand", format=form, posture=posture, complete=complete, zero_share=100, categories=(category,)
        )
        self.lines: list[str] = []

    def send(self, as_of: datetime, booked_until: datetime) -> Run:
        """The lines as a file."""
        head = ["sku,location,qty"] if self.by_lines else [""]
        content = "\n".join([*head, *self.lines]).encode()
        return self.feeds.engine.take(self.code, FeedFile("f.csv", BytesIO(content), as_of, booked_until), "test")

    def told(self, run: Run) -> dict[str, Any]:
        """What a run says of itself, but for what differs between twins."""
        report = run.report
        names = (
            "rows",
            "taken",
            "quarantined",
            "differed",
            "booked",
            "review",
            "left",
            "older",
            "up",
            "down",
            "moves",
            "zeroed",
        )
        kept = [(fault.line, fault.field) for fault in lines_of(self.shop.hub.db, run.id).rows]
        changed = report.fresh + report.otherwise
        return {name: getattr(report, name) for name in names} | {"kept": kept, "changed": changed, "state": run.state}


class Twins:
    """The same happens to both."""

    def __init__(self, feeds: Feeds, posture: str, *, complete: bool) -> None:
        self.feeds, self.shop = feeds, feeds.shop
        self.both = [Twin(feeds, by_lines=by_lines, posture=posture, complete=complete) for by_lines in (True, False)]
        self.runs: list[tuple[Run, Run]] = []
        self.started = self.now()

    def now(self) -> datetime:
        ((now,),) = self.shop.read("SELECT clock_timestamp()")
        assert isinstance(now, datetime)
        return now

    def file(self, figures: dict[tuple[int, str], str]) -> None:
        for twin in self.both:
            twin.lines = [f"{twin.skus[n]},{place},{qty}" for (n, place), qty in figures.items() if qty]
        self.sent(self.now())

    def late(self, figures: dict[tuple[int, str], str]) -> None:
        for twin in self.both:
            twin.lines = [f"{twin.skus[n]},{place},{qty}" for (n, place), qty in figures.items() if qty]
        self.sent(self.started)

    def again(self, cell: tuple[int, str]) -> None:
        """The last file, with one more line."""
        for twin in self.both:
            twin.lines = [*twin.lines, f"{twin.skus[cell[0]]},{cell[1]},7"]
        self.sent(self.now())

    def sent(self, as_of: datetime) -> None:
        one, two = (twin.send(as_of, self.started) for twin in self.both)
        assert self.both[0].told(one) == self.both[1].told(two)
        self.runs.append((one, two))

    def move(self, cell: tuple[int, str]) -> None:
        for twin in self.both:
            self.shop.book(Adjust(sku=twin.skus[cell[0]], location=cell[1], qty=2, reason="moved"))

    def tell(self, cell: tuple[int, str]) -> None:
        for twin in self.both:
            booking = Adjust(
                sku=twin.skus[cell[0]], location=cell[1], qty=3, reason="told late", effective_at=self.started
            )
            self.shop.book(booking)

    def undo(self, _: None) -> None:
        if self.runs and all(run.state == "done" for run in self.runs[-1]):
            mending = Mending(self.shop.hub.db, self.shop.hub.rules)
            for run in self.runs.pop():
                mending.undo(run.id, "test", "", preview=False)

    def trait(self, cell: tuple[int, str]) -> None:
        for twin in self.both:
            category = f"twin-{twin.skus[0]}" if len(self.runs) % 2 else "another"
            put_items(self.shop.hub.db, [ItemDraft(twin.skus[cell[0]], category=category)])

    def hold(self) -> None:
        one, two = ([self.shop.shelf(sku) for sku in twin.skus] for twin in self.both)
        assert one == two


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, min_size=3, max_size=9), how=st.sampled_from(["book", "compare", "complete"]))
def test_what_is_read_by_lines_is_as_if_it_were_read_whole(
    feeds: Feeds, steps: list[tuple[str, Any]], how: str
) -> None:
    complete = how == "complete"
    twins = Twins(feeds, "book" if complete else how, complete=complete)
    for what, of in steps:
        getattr(twins, what)(of)
        twins.hold()


def kept_run(feeds: Feeds, code: str) -> list[int]:
    """The run whose lines are kept for the next file."""
    told = "SELECT b.run FROM feed_before b JOIN feed f ON f.id = b.feed WHERE f.code = %s"
    return [run for (run,) in feeds.shop.read(told, code)]


def read_by_lines(feeds: Feeds, code: str, text: str) -> list[int]:
    """How many rows each piece of a file had that were read of it."""
    read: list[int] = []
    feeds.send(code, text, say=lambda what, count: read.append(count) if what == "reading" else None)
    return read


def test_of_a_file_only_the_lines_that_changed_are_read(feeds: Feeds) -> None:
    erp, skus = feeds.add("on_hand"), [feeds.shop.item(dc=1) for _ in range(9)]
    lines = [f"{sku} dc 1" for sku in skus]
    run = feeds.send(erp, " | ".join(["sku location qty", *lines]))
    assert kept_run(feeds, erp) == [run.id]
    lines[4] = f"{skus[4]} dc 7"
    # One that is new, one that is gone, and the rest, which nobody looks at.
    assert read_by_lines(feeds, erp, " | ".join(["sku location qty", *lines])) == [1, 1, 8]
    assert [feeds.shop.shelf(sku)["dc"][0] for sku in skus] == [1, 1, 1, 1, 7, 1, 1, 1, 1]


def test_what_moved_between_two_figures_that_say_the_same_is_seen(feeds: Feeds) -> None:
    erp, sku = feeds.add("on_hand"), feeds.shop.item(dc=10)
    other = feeds.shop.item(dc=1)
    text = f"sku location qty | {sku} dc 10 | {other} dc 1"
    was = ago(hours=3)
    feeds.shop.book(Adjust(sku=sku, location="dc", qty=-2, reason="damaged", effective_at=ago(hours=2)))
    feeds.send(erp, text, was)
    assert feeds.shop.shelf(sku)["dc"] == (8, 0)
    run = feeds.send(erp, text, ago(hours=1))
    assert run.report.booked == 1
    assert feeds.shop.shelf(sku)["dc"] == (10, 0)


def test_a_line_that_was_bad_is_bad_again_until_it_is_not(feeds: Feeds) -> None:
    erp, sku = feeds.add("on_hand"), feeds.shop.item(dc=10)
    text = f"sku location qty | {sku} dc 9 | later-{erp} dc 5"
    assert feeds.send(erp, text).report.quarantined == 1
    assert feeds.send(erp, text).report.quarantined == 1
    put_items(feeds.shop.hub.db, [ItemDraft(f"later-{erp}")])
    assert feeds.send(erp, text).report.booked == 1
    assert feeds.shop.shelf(f"later-{erp}")["dc"] == (5, 0)


def test_what_was_said_before_the_file_before_stands_again_once_the_newest_is_undone(feeds: Feeds) -> None:
    erp, sku, other = feeds.add("on_hand"), feeds.shop.item(dc=5), feeds.shop.item(dc=1)
    feeds.send(erp, f"sku location qty | {sku} dc 5 | {other} dc 1", ago(hours=8))
    feeds.send(erp, f"sku location qty | {other} dc 1", ago(hours=6))
    newest = feeds.send(erp, f"sku location qty | {other} dc 1 | {sku} dc 7", ago(hours=4))
    assert (newest.report.fresh, newest.report.otherwise) == (0, 1)
    Mending(feeds.shop.hub.db, feeds.shop.hub.rules).undo(newest.id, "test", "", preview=False)
    found = Adjust(sku=sku, location="dc", qty=3, reason="found", effective_at=ago(hours=9))
    feeds.shop.book(found)
    assert feeds.shop.shelf(sku)["dc"] == (5, 0)


def test_a_source_that_has_booked_less_than_it_said_before_is_believed(feeds: Feeds) -> None:
    erp, sku, other = feeds.add("on_hand"), feeds.shop.item(dc=10), feeds.shop.item(dc=1)
    text = f"sku location qty | {sku} dc 10 | {other} dc 1"
    began = now_of(feeds)
    order = feeds.shop.buy("web", {feeds.shop.listing("web", {sku: 1}): 2})
    feeds.shop.do(Ship("web", order.ref))
    feeds.send(erp, text, now_of(feeds))
    assert feeds.shop.shelf(sku)["dc"] == (10, 0)
    feeds.send(erp, text, now_of(feeds), booked_until=began)
    assert feeds.shop.shelf(sku)["dc"] == (8, 0)


def test_a_complete_file_that_names_a_new_status_or_lots_takes_away_what_it_does_not_mention(feeds: Feeds) -> None:
    shop, category = feeds.shop, "complete-by-lines"
    by_lots, by_status, other = shop.item(lots=True), shop.item(dc=1), shop.item(dc=1)
    put_items(shop.hub.db, [ItemDraft(sku, category=category) for sku in (by_status, other)])
    put_items(shop.hub.db, [ItemDraft(by_lots, lot_tracked=True, category=category)])
    for code in ("A", "B"):
        shop.lot(by_lots, code)
        shop.book(Opening(sku=by_lots, location="dc", qty=4, lot=code, effective_at=ago(days=7)))
    shop.book(Opening(sku=other, location="dc", qty=6, status="damaged", effective_at=ago(days=7)))
    erp = feeds.add("on_hand", complete=True, zero_share=100, categories=(category,))
    plain = f"{by_status} dc 1 sellable | {other} dc 1 sellable"
    feeds.send(erp, f"sku location qty status lot | {by_lots} dc 8 | {plain}".replace("8 |", "8 sellable |"))
    feeds.send(erp, f"sku location qty status lot | {by_lots} dc 4 sellable A | {plain}")
    assert shop.shelf(by_lots)["dc"] == (4, 0)
    feeds.send(erp, f"sku location qty status lot | {by_lots} dc 4 sellable A | {plain} | {by_status} dc 2 damaged")
    left = "SELECT sum(t.on_hand)::int FROM stock t JOIN item i ON i.id = t.item WHERE i.sku = %s AND t.status <> 0"
    assert [shop.read(left, sku) for sku in (by_status, other)] == [[(2,)], [(0,)]]


def test_a_complete_file_asks_before_it_takes_away_what_came_where_it_says_nothing(feeds: Feeds) -> None:
    shop, category = feeds.shop, "asks-by-lines"
    skus = [shop.item(dc=10) for _ in range(3)]
    put_items(shop.hub.db, [ItemDraft(sku, category=category) for sku in skus])
    erp = feeds.add("on_hand", complete=True, categories=(category,))
    text = f"sku location qty | {skus[0]} dc 10 | {skus[1]} dc 10"
    asks = feeds.send(erp, text)
    assert asks.state == "asks"
    assert feeds.engine.confirm(asks.id, "test", take=True).state == "done"
    shop.stock(skus[2], dc=900)
    assert feeds.send(erp, text).state == "asks"
    assert shop.shelf(skus[2])["dc"] == (900, 0)


def test_after_an_older_file_is_undone_the_next_is_read_whole(feeds: Feeds) -> None:
    erp, sku, other = feeds.add("on_hand"), feeds.shop.item(dc=5), feeds.shop.item(dc=1)
    older = feeds.send(erp, f"sku location qty | {sku} dc 4 | {other} dc 1", ago(hours=8))
    feeds.send(erp, f"sku location qty | {sku} dc 4 | {other} dc 2", ago(hours=6))
    Mending(feeds.shop.hub.db, feeds.shop.hub.rules).undo(older.id, "test", "", preview=False)
    assert kept_run(feeds, erp) == []


def test_what_a_run_has_laid_into_another_lot_is_looked_at_again(feeds: Feeds) -> None:
    shop = feeds.shop
    erp, sku = feeds.add("on_hand"), shop.item(lots=True)
    shop.lot(sku, "A")
    shop.book(Opening(sku=sku, location="dc", qty=5, lot="A", effective_at=ago(days=7)))
    shop.book(Adjust(sku=sku, location="dc", qty=-8, reason="lost", effective_at=ago(days=6)))
    text = f"sku location qty lot | {sku} dc 10 A"
    feeds.send(erp, text)
    feeds.send(erp, text)

    assert shop.cells(sku)["dc", "A", "sellable", ""] == (10, 0)


def now_of(feeds: Feeds) -> datetime:
    """The database's clock."""
    ((now,),) = feeds.shop.read("SELECT clock_timestamp()")
    assert isinstance(now, datetime)
    return now
