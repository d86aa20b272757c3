"""A file of expected supply is undone: its lines stand as before, but for those of which something newer was said."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import ahead
from tests.feeds.stock.engine.conftest import NUMBERS, Feeds, document
from truestock.availability.over_time import horizon
from truestock.availability.read import Reader
from truestock.availability.values import Horizon
from truestock.core.problems import Conflict, Invalid
from truestock.feeds.stock.engine.feeds import remove_feed
from truestock.feeds.stock.engine.happening import rows
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import TRIM, Run, read_run
from truestock.feeds.stock.engine.undoing import supply, undo
from truestock.ledger.documents import (
    Document,
    DocumentLine,
    close_document,
    list_documents,
    move_document,
    put_document,
    read_document,
)
from truestock.ledger.documents.told import put_back
from truestock.store.upkeep.retention import Kept, trim_all

DAYS = [datetime(2091, 5, day, tzinfo=UTC) for day in range(1, 5)]


def announce(feeds: Feeds, code: str, *told: tuple[str, str, int, datetime]) -> Run:
    """A file of lines: document, item, units and date; its name tells it from others that say the same."""
    lines = [f"{ref} {sku} {qty} {due.isoformat()} {next(NUMBERS)}" for ref, sku, qty, due in told]
    return feeds.send(code, " | ".join(["ref sku qty due_at serial", *lines]))


def open_lines(feeds: Feeds, ref: str) -> list[tuple[str, int, int, datetime]]:
    """What is still expected of a document: item, units, of them received, date."""
    lines = read_document(feeds.shop.hub.db, ref).lines
    return sorted((line.sku, line.qty, line.received, line.due_at) for line in lines if line.state == "open")


def test_what_a_file_announced_is_expected_no_more_after_a_preview_that_says_so(feeds: Feeds, mending: Mending) -> None:
    shop, erp, ref = feeds.shop, feeds.add("expected", location="dc"), document()
    sku = shop.item(dc=1)
    run = announce(feeds, erp, (ref, sku, 20, DAYS[0]), (ref, sku, 5, DAYS[2]))
    assert run.report.booked == 2
    seen = mending.undo(run.id, "maria", "wrong file", preview=True)
    assert open_lines(feeds, ref) == [(sku, 5, 0, DAYS[2]), (sku, 20, 0, DAYS[0])]
    done = mending.undo(run.id, "maria", "wrong file", preview=False)
    assert done == seen
    assert (done.lines_back, done.lines_stay) == (2, 0)
    assert {(line.ref, line.sku, line.location, line.state) for line in done.supply} == {(ref, sku, "dc", "cancelled")}
    assert open_lines(feeds, ref) == []
    assert {(line.state, line.reason) for line in read_document(shop.hub.db, ref).lines} == {
        ("cancelled", "wrong file")
    }
    assert read_run(shop.hub.db, run.id).state == "undone"
    again = announce(feeds, erp, (ref, sku, 20, DAYS[0]))
    assert (again.known, open_lines(feeds, ref)) == (False, [(sku, 20, 0, DAYS[0])])


def test_what_may_be_promised_on_days_to_come_follows(feeds: Feeds, mending: Mending) -> None:
    shop, erp, ref = feeds.shop, feeds.add("expected", location="dc"), document()
    sku, tomorrow = shop.item(dc=1), ahead(days=1)
    listing = shop.listing("market", {sku: 1})

    def promised() -> list[int]:
        with closing(shop.hub.db.connect()) as conn:
            found = horizon(Reader(conn, shop.hub.rules), "market", listing, 5)
        assert isinstance(found, Horizon)
        return [day.atp for day in found.days]

    announce(feeds, erp, (ref, sku, 20, tomorrow))
    run = announce(feeds, erp, (ref, sku, 30, tomorrow + timedelta(days=2)))
    assert promised() == [1, 1, 1, 31, 31]
    mending.undo(run.id, "maria", "", preview=False)
    assert promised() == [1, 21, 21, 21, 21]


def test_what_it_changed_stands_as_before_with_the_date_that_it_had_at_first(feeds: Feeds, mending: Mending) -> None:
    shop, erp, ref = feeds.shop, feeds.add("expected", location="dc"), document()
    one, two = shop.item(dc=1), shop.item(dc=1)
    announce(feeds, erp, (ref, one, 20, DAYS[0]), (ref, one, 5, DAYS[1]), (ref, two, 7, DAYS[0]))
    before = read_document(shop.hub.db, ref)
    run = announce(feeds, erp, (ref, one, 30, DAYS[2]), (ref, two, 7, DAYS[0]))
    assert open_lines(feeds, ref) == sorted([(one, 30, 0, DAYS[2]), (two, 7, 0, DAYS[0])])
    done = mending.undo(run.id, "maria", "", preview=False)
    assert (done.lines_back, done.lines_stay) == (2, 0)
    assert read_document(shop.hub.db, ref) == before


def test_lines_of_which_units_came_or_somebody_spoke_since_stay_and_the_answer_says_why(
    feeds: Feeds, mending: Mending
) -> None:
    shop, erp, wms = feeds.shop, feeds.add("expected", location="dc"), feeds.add("receipt", location="dc")
    came, moved, closed, told, left = refs = [document() for _ in range(5)]
    sku = shop.item(dc=1)
    run = announce(feeds, erp, *((ref, sku, 20, DAYS[0]) for ref in refs))
    feeds.send(wms, f"sku qty ref order | {sku} 12 WE-{came} {came}")
    move_document(shop.hub.db, moved, DAYS[3])
    close_document(shop.hub.db, closed, "the supplier has none", "maria")
    later = announce(feeds, erp, (told, sku, 20, DAYS[0]))
    seen = mending.undo(run.id, "maria", "", preview=True)
    done = mending.undo(run.id, "maria", "", preview=False)
    assert done == seen
    assert (done.lines_back, done.lines_stay) == (1, 4)
    assert {line.ref: line.stays for line in done.supply} == {
        came: "units of it have come since",
        moved: "it was changed by hand since",
        closed: "it was changed by hand since",
        told: f"run {later.id} has told it since",
        left: "",
    }
    assert open_lines(feeds, came) == [(sku, 20, 12, DAYS[0])]
    assert open_lines(feeds, moved) == [(sku, 20, 0, DAYS[3])]
    assert open_lines(feeds, told) == [(sku, 20, 0, DAYS[0])]
    assert (open_lines(feeds, closed), open_lines(feeds, left)) == ([], [])
    mending.undo(later.id, "maria", "", preview=False)
    assert open_lines(feeds, told) == []


def test_of_many_lines_those_that_stay_are_told_first(
    feeds: Feeds, mending: Mending, monkeypatch: pytest.MonkeyPatch
) -> None:
    erp, refs, sku = feeds.add("expected", location="dc"), [document() for _ in range(4)], feeds.shop.item()
    run = announce(feeds, erp, *((ref, sku, 20, DAYS[0]) for ref in refs))
    move_document(feeds.shop.hub.db, refs[3], DAYS[3])
    monkeypatch.setattr(undo, "CHANGES_MAX", 2)
    done = mending.undo(run.id, "maria", "", preview=False)
    assert (done.lines_back, done.lines_stay) == (3, 1)
    assert [line.ref for line in done.supply] == [refs[3], refs[0]]


def test_an_undoing_that_was_cut_off_goes_on(feeds: Feeds, mending: Mending, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, erp = feeds.shop, feeds.add("expected", location="dc")
    refs, sku, calls = [document(), document()], shop.item(dc=1), count()
    run = announce(feeds, erp, *((ref, sku, 20, DAYS[0]) for ref in refs))

    def broken(*given: Any) -> Any:
        if next(calls):
            raise KeyboardInterrupt
        return put_back(*given)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(supply, "put_back", broken)
        mending.undo(run.id, "maria", "", preview=False)
    assert [len(open_lines(feeds, ref)) for ref in refs] == [0, 1]
    assert mending.undo(run.id, "maria", "", preview=False).lines_back == 1
    assert [len(open_lines(feeds, ref)) for ref in refs] == [0, 0]


def test_a_document_that_a_run_told_before_it_was_cut_off_is_not_told_again_over_what_somebody_told_since(
    feeds: Feeds, mending: Mending, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, erp, wms = feeds.shop, feeds.add("expected", location="dc"), feeds.add("receipt", location="dc")
    came, left, told = documents = [document() for _ in range(3)]
    sku = shop.item(dc=1)
    announce(feeds, erp, *((ref, sku, 20, DAYS[0]) for ref in documents))
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(rows, "add_lines", broken_off)
        announce(feeds, erp, *((ref, sku, 30, DAYS[1]) for ref in documents))
    feeds.send(wms, f"sku qty ref order | {sku} 5 WE-{came} {came}")
    later = announce(feeds, feeds.add("expected", location="dc"), (told, sku, 40, DAYS[2]))
    (run,) = feeds.engine.go_on(erp)
    assert (run.state, run.report.booked) == ("done", 3)
    assert open_lines(feeds, told) == [(sku, 40, 0, DAYS[2])]
    mending.undo(later.id, "maria", "", preview=False)
    assert open_lines(feeds, told) == [(sku, 30, 0, DAYS[1])]
    done = mending.undo(run.id, "maria", "", preview=False)
    assert {line.ref: line.stays for line in done.supply} == {came: "units of it have come since", left: "", told: ""}
    assert open_lines(feeds, came) == [(sku, 30, 5, DAYS[1])]
    assert open_lines(feeds, left) == open_lines(feeds, told) == [(sku, 20, 0, DAYS[0])]


def test_a_run_that_was_cut_off_is_gone_on_with_before_the_next_file_of_its_feed(
    feeds: Feeds, mending: Mending, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, erp, ref, calls = feeds.shop, feeds.add("expected", location="dc"), document(), count()
    sku, first = shop.item(dc=1), document()

    def broken(*given: Any) -> Any:
        if next(calls):
            raise KeyboardInterrupt
        return put_document(*given)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(rows, "put_document", broken)
        announce(feeds, erp, (first, sku, 20, DAYS[0]), (ref, sku, 20, DAYS[0]))
    assert (len(open_lines(feeds, first)), shop.read("SELECT FROM expected WHERE ref = %s", ref)) == (1, [])
    later = announce(feeds, erp, (ref, sku, 30, DAYS[1]))
    assert feeds.engine.go_on(erp) == []
    assert open_lines(feeds, ref) == [(sku, 30, 0, DAYS[1])]
    mending.undo(later.id, "maria", "", preview=False)
    assert open_lines(feeds, ref) == [(sku, 20, 0, DAYS[0])]


def broken_off(*_: Any) -> None:
    """The process ends here."""
    raise KeyboardInterrupt


def test_what_somebody_changed_between_two_files_outlives_both(feeds: Feeds, mending: Mending) -> None:
    shop, erp, ref = feeds.shop, feeds.add("expected", location="dc"), document()
    sku = shop.item(dc=1)
    first = announce(feeds, erp, (ref, sku, 20, DAYS[0]))
    move_document(shop.hub.db, ref, DAYS[2])
    second = announce(feeds, erp, (ref, sku, 20, DAYS[2]))
    (line,) = mending.undo(first.id, "maria", "", preview=False).supply
    assert line.stays == f"run {second.id} has told it since"
    assert mending.undo(second.id, "maria", "", preview=False).supply == []
    assert open_lines(feeds, ref) == [(sku, 20, 0, DAYS[2])]


def test_what_somebody_told_by_hand_since_stays_also_if_it_says_the_same(feeds: Feeds, mending: Mending) -> None:
    shop, erp, ref = feeds.shop, feeds.add("expected", location="dc"), document()
    one, two = shop.item(dc=1), shop.item(dc=1)

    def told_by_hand(sku: str) -> None:
        lines = [DocumentLine(sku, 20, "dc", DAYS[0])]
        put_document(shop.hub.db, shop.hub.rules, Document(ref, lines, whole=False), "maria")

    first = announce(feeds, erp, (ref, one, 20, DAYS[0]), (ref, two, 20, DAYS[0]))
    told_by_hand(one)
    second = announce(feeds, erp, (ref, one, 30, DAYS[0]))
    done = mending.undo(first.id, "maria", "", preview=False)
    assert {line.sku: line.stays for line in done.supply} == {one: "it was told by hand since", two: ""}
    told_by_hand(two)
    mending.undo(second.id, "maria", "", preview=False)
    assert open_lines(feeds, ref) == sorted([(one, 20, 0, DAYS[0]), (two, 20, 0, DAYS[0])])
    third = announce(feeds, erp, (ref, one, 40, DAYS[0]))
    for _ in range(2):
        told_by_hand(one)
    mending.undo(third.id, "maria", "", preview=False)
    assert open_lines(feeds, ref) == sorted([(one, 20, 0, DAYS[0]), (two, 20, 0, DAYS[0])])
    remove_feed(shop.hub.db, erp)
    assert shop.read("SELECT FROM supply_told WHERE run = 0") == []


def test_what_a_file_says_again_is_kept_without_how_it_stands(feeds: Feeds) -> None:
    shop, erp, ref = feeds.shop, feeds.add("expected", location="dc"), document()
    sku = shop.item(dc=1)
    for _ in range(2):
        announce(feeds, erp, (ref, sku, 20, DAYS[0]))
    kept = (
        "SELECT told IS NULL, found IS NULL FROM supply_told s JOIN item i ON i.id = s.item WHERE i.sku = %s ORDER BY n"
    )
    assert shop.read(kept, sku) == [(False, True), (True, False)]


def test_rows_that_were_mended_are_undone_with_their_run(feeds: Feeds, mending: Mending) -> None:
    shop, erp, ref = feeds.shop, feeds.add("expected", location="dc"), document()
    sku = shop.item(dc=1)
    run = announce(feeds, erp, (ref, sku, 20, DAYS[0]), (ref, "nobody", 5, DAYS[1]))
    other = shop.item(dc=1)
    assert mending.retry(run.id, [3], {3: {"sku": other}}, "maria").taken == [3]
    assert len(open_lines(feeds, ref)) == 2
    assert mending.undo(run.id, "maria", "", preview=False).lines_back == 2
    assert open_lines(feeds, ref) == []


def test_a_mended_row_comes_to_the_others_of_its_item_once(
    feeds: Feeds, mending: Mending, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, erp, ref, broken = feeds.shop, feeds.add("expected", location="dc"), document(), "no-date"
    sku, last = shop.item(dc=1), DAYS[2].isoformat()
    rows = [(20, DAYS[0].isoformat()), (5, broken), (7, broken)]
    run = feeds.send(erp, " | ".join(["ref sku qty due_at", *(f"{ref} {sku} {qty} {due}" for qty, due in rows)]))
    assert run.report.quarantined == 2
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Mending, "_told", broken_off)
        mending.retry(run.id, [3], {3: {"due_at": last}}, "maria")
    with pytest.raises(Invalid, match="does not wait"):
        mending.retry(run.id, [3], {3: {"due_at": last}}, "maria")
    assert open_lines(feeds, ref) == [(sku, 5, 0, DAYS[2]), (sku, 20, 0, DAYS[0])]
    later = announce(feeds, erp, (ref, sku, 30, DAYS[0]))
    (fault,) = mending.retry(run.id, [4], {4: {"due_at": last}}, "maria").faults
    assert fault.reason == f"run {later.id} has told this item of {ref} since, which stands"
    assert open_lines(feeds, ref) == [(sku, 30, 0, DAYS[0])]
    for number in (later.id, run.id):
        mending.undo(number, "maria", "", preview=False)
    assert open_lines(feeds, ref) == []


@pytest.mark.parametrize("whole", [False, True])
def test_a_mended_row_does_not_replace_what_somebody_told_by_hand_since(
    feeds: Feeds, mending: Mending, whole: bool
) -> None:
    shop, erp, ref = feeds.shop, feeds.add("expected", location="dc"), document()
    sku, other, due = shop.item(dc=1), shop.item(dc=1), DAYS[0].isoformat()

    def told_by_hand(sku: str) -> None:
        lines = [DocumentLine(sku, 20, "dc", DAYS[1])]
        put_document(shop.hub.db, shop.hub.rules, Document(ref, lines, whole=whole), "maria")

    told_by_hand(sku)
    run = feeds.send(erp, f"ref sku qty due_at | {ref} {sku} 5 no-date")
    assert mending.retry(run.id, [2], {2: {"due_at": due}}, "maria").taken == [2]
    assert open_lines(feeds, ref) == [(sku, 5, 0, DAYS[0])]
    run = feeds.send(
        erp, f"ref sku qty due_at | {ref} {sku} 6 no-date | {ref} {other} 6 {due} | {ref} {other} 7 no-date"
    )
    told_by_hand(other if whole else sku)
    stands = open_lines(feeds, ref)
    assert len(stands) == (1 if whole else 2)
    (fault,) = mending.retry(run.id, [2], {2: {"due_at": due}}, "maria").faults
    assert fault.reason == f"somebody has told this item of {ref} by hand since, which stands"
    assert open_lines(feeds, ref) == stands
    if not whole:
        told_by_hand(other)
    (fault,) = mending.retry(run.id, [4], {4: {"due_at": due}}, "maria").faults
    assert fault.repair == "drop the line"
    assert (other, 20, 0, DAYS[1]) in open_lines(feeds, ref)


def test_what_was_told_is_kept_as_long_as_its_run(feeds: Feeds, mending: Mending) -> None:
    shop, erp, ref = feeds.shop, feeds.add("expected", location="dc"), document()
    sku, table = shop.item(dc=1), "SELECT s.run FROM supply_told s JOIN item i ON i.id = s.item WHERE i.sku = %s"
    old, young = announce(feeds, erp, (ref, sku, 20, DAYS[0])), announce(feeds, erp, (ref, sku, 30, DAYS[0]))
    with shop.hub.db.transaction() as conn:
        conn.execute("UPDATE feed_run SET ended_at = ended_at - interval '91 days' WHERE id = %s", [old.id])
    trim_all(shop.hub.db, [Kept(TRIM, 90)])
    assert shop.read(table, sku) == [(young.id,)]
    mending.undo(young.id, "maria", "", preview=False)
    assert open_lines(feeds, ref) == [(sku, 20, 0, DAYS[0])]
    announce(feeds, erp, (ref, sku, 30, DAYS[0]))
    remove_feed(shop.hub.db, erp)
    assert shop.read(table, sku) == []


def test_a_run_of_which_it_was_not_kept_is_not_undone(feeds: Feeds, mending: Mending) -> None:
    shop, erp, ref = feeds.shop, feeds.add("expected", location="dc"), document()
    run = announce(feeds, erp, (ref, shop.item(dc=1), 20, DAYS[0]))
    with shop.hub.db.transaction() as conn:
        conn.execute("DELETE FROM supply_told WHERE run = %s", [run.id])
    with pytest.raises(Conflict, match="truestock expected close"):
        mending.undo(run.id, "maria", "", preview=False)


LINES = st.lists(st.tuples(st.sampled_from([5, 20]), st.sampled_from([0, 1])), min_size=1, max_size=3)
# What a file says of one of two items: so that a later one may leave an earlier one's item alone.
FILES = st.lists(st.dictionaries(st.sampled_from([0, 1]), LINES, min_size=1), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None)
@given(files=FILES, data=st.data())
def test_files_taken_and_undone_in_any_order_leave_what_the_newest_of_those_that_stand_says(
    feeds: Feeds, files: list[dict[int, list[tuple[int, int]]]], data: st.DataObject
) -> None:
    """The model: of each item in the document that file's lines, and nothing where none stands."""
    mending = Mending(feeds.shop.hub.db, feeds.shop.hub.rules)
    erp, ref, skus = feeds.add("expected", location="dc"), document(), sorted(feeds.shop.item() for _ in range(2))
    standing: list[tuple[Run, dict[int, list[tuple[int, int]]]]] = []
    waiting = list(files)
    while waiting or standing:
        if waiting and (not standing or data.draw(st.booleans(), "take")):
            file = waiting.pop(0)
            told = [(ref, skus[n], qty, DAYS[day]) for n, lines in file.items() for qty, day in lines]
            standing.append((announce(feeds, erp, *told), file))
        else:
            run, _ = standing.pop(data.draw(st.integers(0, len(standing) - 1), "undo"))
            mending.undo(run.id, "maria", "", preview=False)
        wanted: dict[int, list[tuple[int, int]]] = {}
        for _, file in standing:
            wanted |= file
        expected = [(skus[n], qty, 0, DAYS[day]) for n, lines in wanted.items() for qty, day in lines]
        assert open_lines(feeds, ref) == sorted(expected)
    assert ref not in {listed.ref for listed in list_documents(feeds.shop.hub.db)}
