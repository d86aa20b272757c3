"""A file that is read by its changed lines does what it does when it is read whole."""

from datetime import datetime
from io import BytesIO
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import accept, ago, ahead
from tests.feeds.stock.engine.conftest import Feeds
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.listings.aliases import ITEM_ALIASES, ItemAliasDraft
from truestock.core.feed import Statement
from truestock.core.problems import Conflict
from truestock.core.words import Status
from truestock.feeds.stock.engine.figures.booking import shares
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import Run, lines_of, read_run
from truestock.feeds.stock.engine.taking import FeedFile
from truestock.feeds.stock.files import Format, Mapping
from truestock.ledger.values import Adjust, Count, Opening
from truestock.orders.actions import Ship

Cell = tuple[int, str, str, str]
# The third item has lots, and item 3 is whatever the source calls "it" at the time.
CELLS: list[Cell] = [
    *[(item, location, "", "") for item in range(2) for location in ("dc", "store")],
    (0, "dc", "", "damaged"),
    *[(2, "dc", lot, "") for lot in ("A", "B")],
    (3, "dc", "", ""),
]
OURS = CELLS[:-1]
FILE = st.fixed_dictionaries({cell: st.sampled_from(["4", "4", "4", "", "5", "9", "x"]) for cell in CELLS})
NTH = st.integers(0, 9)
STEP = st.one_of(
    st.tuples(st.just("file"), FILE),
    st.tuples(st.just("file"), FILE),
    st.tuples(st.just("but"), st.tuples(st.sampled_from(CELLS), st.sampled_from(["4", "", "7", "x"]))),
    st.tuples(st.just("but"), st.tuples(st.sampled_from(CELLS), st.sampled_from(["4", "", "7", "x"]))),
    st.tuples(st.just("late"), st.tuples(FILE, NTH)),
    st.tuples(st.just("until"), NTH),
    st.tuples(st.just("again"), st.sampled_from(CELLS)),
    st.tuples(st.just("retry"), st.none()),
    st.tuples(st.just("undo"), NTH),
    st.tuples(st.just("move"), st.tuples(st.sampled_from(OURS), st.sampled_from([-2, 2, 40]))),
    st.tuples(st.just("tell"), st.tuples(st.sampled_from(OURS), NTH)),
    st.tuples(st.just("count"), st.sampled_from(OURS)),
    st.tuples(st.just("order"), st.tuples(st.integers(0, 1), st.booleans())),
    st.tuples(st.just("ship"), NTH),
    st.tuples(st.just("call"), st.integers(0, 2)),
    st.tuples(st.just("trait"), st.integers(0, 1)),
)
SAID = """
    SELECT l.code, coalesce(t.code, s.lot::text), s.status, s.qty, coalesce(s.as_of, f.as_of),
           coalesce(s.booked_until, f.booked_until), s.binds
    FROM stated s
    JOIN feed f ON f.id = s.feed
    JOIN item i ON i.id = s.item
    JOIN location l ON l.id = s.loc
    LEFT JOIN lot t ON t.item = s.item AND t.id = s.lot
    WHERE f.code = %s AND i.sku = %s
    ORDER BY 1, 2, 3
"""


class Twin:
    """Items of its own and a feed about them."""

    def __init__(self, feeds: Feeds, *, by_lines: bool, how: str) -> None:
        self.feeds, self.shop = feeds, feeds.shop
        db = self.shop.hub.db
        self.skus = [self.shop.item(dc=4, store=4), self.shop.item(dc=4, store=4), self.shop.item(lots=True)]
        self.category = f"twin-{self.skus[0]}"
        accept(put_items(db, [ItemDraft(sku, category=self.category) for sku in self.skus[:2]]))
        accept(put_items(db, [ItemDraft(self.skus[2], lot_tracked=True, category=self.category)]))
        for code, days in (("A", 900), ("B", 990)):
            self.shop.lot(self.skus[2], code, ahead(days=days))
            self.shop.book(Opening(sku=self.skus[2], location="dc", qty=4, lot=code, effective_at=ago(days=7)))
        self.sold_as = [self.shop.listing("market", {sku: 1}) for sku in self.skus[:2]]
        self.call(1)
        self.by_lines = by_lines
        posture = how.partition(",")[0]
        complete = "complete" in how or how == "asks"
        self.code = feeds.add(
            "available" if how == "available" else "on_hand",
            posture=posture if posture in ("compare", "reconcile") else "book",
            format=Format() if by_lines else Format(columns=("sku", "location", "lot", "status", "qty")),
            mapping=Mapping(source=self.category),
            complete=complete,
            zero_share=40 if how == "asks" else 100,
            categories=(self.category,),
        )
        self.lines: list[str] = []

    def call(self, n: int) -> None:
        """From now on the source calls this item so."""
        accept(ITEM_ALIASES.put(self.shop.hub.db, [ItemAliasDraft(self.category, "it", self.skus[n])]))

    def named(self, cell: Cell) -> dict[str, Any]:
        """A cell as bookings name it."""
        n, location, lot, status = cell
        return {"sku": self.skus[n], "location": location, "lot": lot or None, "status": status or "sellable"}

    def line(self, cell: Cell, qty: str) -> str:
        """A cell as files name it."""
        n, *where = cell
        return ",".join([[*self.skus, "it"][n], *where, qty])

    def send(self, as_of: datetime, booked_until: datetime, *, preview: bool = False) -> Run:
        """The lines as a file."""
        head = ["sku,location,lot,status,qty"] if self.by_lines else [""]
        content = "\n".join([*head, *self.lines]).encode()
        file = FeedFile("f.csv", BytesIO(content), as_of, booked_until)
        return self.feeds.engine.take(self.code, file, "test", preview=preview)

    def told(self, run: Run) -> dict[str, Any]:
        """What a run says of itself, but for what differs between twins."""
        report = run.report
        names = (
            "rows", "taken", "quarantined", "differed", "booked", "review", "left", "older", "up", "down", "moves",
            "zeroed",
        )  # fmt: skip
        faults = lines_of(self.shop.hub.db, run.id).rows if run.id else report.faults
        kept = [(fault.line, fault.field) for fault in faults]
        changed = report.fresh + report.otherwise
        return {name: getattr(report, name) for name in names} | {"kept": kept, "changed": changed, "state": run.state}


class Twins:
    """The same happens to both."""

    def __init__(self, feeds: Feeds, how: str) -> None:
        self.feeds, self.shop = feeds, feeds.shop
        self.mending = Mending(self.shop.hub.db, self.shop.hub.rules)
        self.times = [now_of(feeds)]
        self.both = [Twin(feeds, by_lines=by_lines, how=how) for by_lines in (True, False)]
        self.figures: dict[Cell, str] = {}
        self.runs: list[tuple[Run, Run]] = []
        self.orders: list[tuple[str, str]] = []
        self.booked_until = self.times[0]

    def time(self, nth: int) -> datetime:
        """One of those at which something happened."""
        return self.times[nth % len(self.times)]

    def file(self, figures: dict[Cell, str]) -> None:
        self.written(figures)
        self.sent(now_of(self.feeds))

    def but(self, other: tuple[Cell, str]) -> None:
        """The last file, with another figure."""
        cell, qty = other
        self.file({**self.figures, cell: qty})

    def late(self, of: tuple[dict[Cell, str], int]) -> None:
        self.written(of[0])
        self.sent(self.time(of[1]))

    def written(self, figures: dict[Cell, str]) -> None:
        self.figures = figures
        for twin in self.both:
            twin.lines = [twin.line(cell, qty) for cell, qty in figures.items() if qty]

    def again(self, cell: Cell) -> None:
        """The last file, with one more line."""
        for twin in self.both:
            twin.lines = [*twin.lines, twin.line(cell, "7")]
        self.sent(now_of(self.feeds))

    def until(self, nth: int) -> None:
        """From now on the source has booked our documents up to then."""
        self.booked_until = self.time(nth)

    def sent(self, as_of: datetime) -> None:
        # In turns one of them is tried first, which says what becomes of it and changes nothing.
        turn = len(self.runs) % 2
        twin = self.both[turn]
        tried = twin.send(as_of, self.booked_until, preview=True)
        self.ran([twin.send(as_of, self.booked_until) for twin in self.both])
        if self.runs[-1][0].state == "asks":
            self.ran([self.feeds.engine.confirm(run.id, "test", take=True) for run in self.runs.pop()])
        run = self.runs[-1][turn]
        assert run.known or twin.told(tried) | {"state": run.state} == twin.told(run)

    def ran(self, runs: list[Run]) -> None:
        one, two = runs
        assert self.both[0].told(one) == self.both[1].told(two)
        self.runs.append((one, two))

    def retry(self, _: None) -> None:
        """All lines of the last file that wait, with a figure that they can have."""
        told = []
        for run in [read_run(self.shop.hub.db, run.id) for run in self.runs[-1]] if self.runs else ():
            waiting = lines_of(self.shop.hub.db, run.id).rows
            if run.state == "done" and waiting:
                changes = {fault.line: {"qty": "6"} for fault in waiting}
                told.append(self.mending.retry(run.id, None, changes, "test"))
        assert not told or told[0].taken == told[1].taken

    def undo(self, nth: int) -> None:
        if not self.runs:
            return
        refused = []
        for run in self.runs[nth % len(self.runs)]:
            try:
                self.mending.undo(run.id, "test", "", preview=False)
            except Conflict as conflict:
                refused.append(type(conflict))
        assert len(refused) in (0, 2)

    def move(self, of: tuple[Cell, int]) -> None:
        for twin in self.both:
            self.shop.book(Adjust(**twin.named(of[0]), qty=of[1], reason="moved"))

    def tell(self, of: tuple[Cell, int]) -> None:
        for twin in self.both:
            at = self.time(of[1])
            self.shop.book(Adjust(**twin.named(of[0]), qty=3, reason="told late", effective_at=at))

    def count(self, cell: Cell) -> None:
        at = now_of(self.feeds)
        for twin in self.both:
            self.shop.book(Count(**twin.named(cell), qty=6, effective_at=at))

    def order(self, of: tuple[int, bool]) -> None:
        refs = self.shop.new_ref(), self.shop.new_ref()
        for twin, ref in zip(self.both, refs, strict=True):
            mode: Any = "sold" if of[1] else "partial"
            self.shop.place(self.shop.order("market", {twin.sold_as[of[0]]: 1}, ref, mode=mode))
        self.orders.append(refs)

    def ship(self, nth: int) -> None:
        if self.orders:
            for ref in self.orders[nth % len(self.orders)]:
                self.shop.try_do(Ship("market", ref))

    def call(self, n: int) -> None:
        for twin in self.both:
            twin.call(n)

    def trait(self, n: int) -> None:
        for twin in self.both:
            category = "another" if len(self.runs) % 2 else twin.category
            put_items(self.shop.hub.db, [ItemDraft(twin.skus[n], category=category)])

    def hold(self) -> None:
        lies = [[self.shop.cells(sku) for sku in twin.skus] for twin in self.both]
        assert lies[0] == lies[1]
        said = [[self.shop.read(SAID, twin.code, sku) for sku in twin.skus] for twin in self.both]
        assert said[0] == said[1]
        self.times.append(now_of(self.feeds))


HOW = ["book", "compare", "compare, complete", "reconcile", "reconcile, complete", "complete", "asks", "available"]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, min_size=3, max_size=12), how=st.sampled_from(HOW))
def test_what_is_read_by_lines_is_as_if_it_were_read_whole(
    feeds: Feeds, steps: list[tuple[str, Any]], how: str
) -> None:
    twins = Twins(feeds, how)
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


def test_what_waits_and_says_the_same_again_is_not_said_otherwise(feeds: Feeds) -> None:
    shop, category = feeds.shop, "waits-by-lines"
    one, two, three = (shop.item(dc=4) for _ in range(3))
    put_items(shop.hub.db, [ItemDraft(sku, category=category) for sku in (one, two, three)])
    for form in (Format(), Format(columns=("sku", "location", "qty"))):
        wms = feeds.add(
            "on_hand", posture="compare", complete=True, categories=(category,), zero_share=100, format=form
        )
        head = "" if form.columns else "sku location qty | "
        feeds.send(wms, f"{head}{one} dc 4 | {two} dc 1")
        run = feeds.send(wms, f"{head}{one} dc 5 | {two} dc 1")
        told = run.report
        assert (told.fresh, told.otherwise, told.zeroed, told.differed) == (0, 1, 1, 3)


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


def test_an_item_that_left_the_scope_while_a_file_was_taken_in_is_seen_in_the_next(feeds: Feeds) -> None:
    sku, other = feeds.shop.item(dc=1), feeds.shop.item(dc=1)
    put_items(feeds.shop.hub.db, [ItemDraft(one, category="seen") for one in (sku, other)])
    erp = feeds.add("on_hand", categories=("seen",))

    def moved(what: str, _count: int) -> None:
        if what == "booking":
            put_items(feeds.shop.hub.db, [ItemDraft(sku, category="elsewhere")])

    assert feeds.send(erp, f"sku location qty | {sku} dc 1 | {other} dc 1", say=moved).report.quarantined == 0
    assert feeds.send(erp, f"sku location qty | {sku} dc 1 | {other} dc 2").report.quarantined == 1


def test_a_file_in_another_encoding_is_read_whole(feeds: Feeds) -> None:
    erp, sku = feeds.add("on_hand", format=Format(encoding="utf-16-le")), feeds.shop.item(dc=1)
    for qty in (1, 3):
        lines = f"sku,location,qty\n{sku},dc,{qty}\n".encode("utf-16-le")
        feeds.engine.take(erp, FeedFile("f.csv", BytesIO(lines), now_of(feeds)), "test")
    assert feeds.shop.shelf(sku)["dc"] == (3, 0)


def test_what_is_said_of_one_item_is_booked_by_one_and_in_order() -> None:
    told = [Statement(0, item, 1, lot, Status.SELLABLE, 1, ago(), ago()) for item in (1, 2, 2, 2, 3) for lot in (4, 5)]
    assert [[one.item for one in share] for share in shares(told, 2)] == [[1, 1, 2, 2, 2, 2, 2, 2], [3, 3]]
    assert [len(share) for share in shares(told[2:8], 2)] == [6, 0]
    assert shares([], 2) == [[], []]
