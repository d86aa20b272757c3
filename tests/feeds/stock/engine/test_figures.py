"""Files of figures: what they say goes in, what they cannot say is kept aside, and nothing is said twice."""

from itertools import count

import pytest

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.core.feed import Meaning
from truestock.core.problems import Conflict
from truestock.feeds.stock.engine.feeds import read_feed
from truestock.feeds.stock.engine.figures import loading
from truestock.feeds.stock.engine.refusals import Unreadable
from truestock.feeds.stock.engine.runs import lines_of, runs_of
from truestock.feeds.stock.files import Format, mapping_of
from truestock.ledger.values import Adjust
from truestock.reconciliation.discrepancies.accuracy import read_accuracy
from truestock.reconciliation.discrepancies.tolerances import ToleranceDraft, put_tolerance
from truestock.store.jobs.kinds import Interrupted


def test_a_file_goes_in_and_only_what_differs_is_booked(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    one, two = shop.item(dc=10, store=5), shop.item(dc=3)
    run = feeds.send(erp, f"sku location qty | {one} dc 12 | {one} store 5 | {two} dc 1")
    assert (run.state, run.report.taken, run.report.booked, run.report.up, run.report.down) == ("done", 3, 2, 2, 2)
    assert shop.shelf(one) == {"dc": (12, 0), "store": (5, 0)}
    assert shop.shelf(two) == {"dc": (1, 0)}


def test_bad_rows_are_kept_aside_and_the_good_ones_go_in(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    one, two = shop.item(dc=10), shop.item(dc=3)
    text = f"sku location qty | {one} dc 7 | nobody dc 1 | {one} nowhere 1 | {one} store -1 | {two} dc x"
    run = feeds.send(erp, text)
    kept = lines_of(shop.hub.db, run.id).rows
    assert [(fault.line, fault.field) for fault in kept] == [(3, "sku"), (4, "location"), (5, "qty"), (6, "qty")]
    assert all(fault.repair for fault in kept)
    assert shop.shelf(one) == {"dc": (7, 0)}
    assert shop.shelf(two) == {"dc": (3, 0)}


@pytest.mark.parametrize("meaning", ["on_hand", "available", "delta", "sales"])
def test_a_file_without_a_column_of_quantities_is_one_error_that_names_it(feeds: Feeds, meaning: Meaning) -> None:
    shop, code = feeds.shop, feeds.add(meaning, location="dc")
    sku = shop.item(dc=10)
    for preview in (False, True):
        with pytest.raises(Unreadable) as told:
            feeds.send(code, f"sku location | {sku} dc | {sku} store", preview=preview)
        assert told.value.detail == (
            "line 1: the file has no column qty; it has sku, location; give the feed a mapping of its columns"
        )
    said = "line 1: the feed's mapping says nothing of qty; name its column there, or give a constant"
    mapping = mapping_of({"fields": {"sku": {"columns": ["a"]}}})
    for form in (Format(), Format("json_lines"), Format("x12"), Format("edifact")):
        feeds.put(code, meaning, location="dc", format=form, mapping=mapping)
        with pytest.raises(Unreadable) as told:
            feeds.send(code, f"a | {sku}")
        assert told.value.detail == said
    assert shop.shelf(sku) == {"dc": (10, 0)}


def test_two_lines_about_one_cell_are_held_unless_they_say_the_same(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    one, two = shop.item(dc=10), shop.item(dc=10)
    run = feeds.send(erp, f"sku location qty | {one} dc 4 | {one} dc 5 | {two} dc 6 | {two} dc 6")
    assert [(f.line, f.reason.partition(" says")[0], f.repair) for f in lines_of(shop.hub.db, run.id).rows] == [
        (2, "a line further down", "add them up: 9"),
        (3, "line 2", "add them up: 9"),
    ]
    assert shop.shelf(one) == {"dc": (10, 0)}
    assert shop.shelf(two) == {"dc": (6, 0)}


def test_two_lines_about_one_cell_are_held_when_one_of_them_is_what_was_said_before(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    one, two = shop.item(dc=10), shop.item(dc=1)
    feeds.send(erp, f"sku location qty | {one} dc 4 | {two} dc 1")
    run = feeds.send(erp, f"sku location qty | {one} dc 4 | {one} dc 5 | {two} dc 1")
    assert [f.line for f in lines_of(shop.hub.db, run.id).rows] == [2, 3]
    assert shop.shelf(one) == {"dc": (4, 0)}


def test_a_cell_whose_lines_are_held_stays_as_it_is_and_as_of_the_file_before(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    one, two = shop.item(dc=10), shop.item(dc=1)
    feeds.send(erp, f"sku location qty | {one} dc 4 | {two} dc 1", ago(hours=1))
    shop.book(Adjust(sku=one, location="dc", qty=2, reason="found"))
    feeds.send(erp, f"sku location qty | {one} dc 4 | {one} dc 5 | {two} dc 1")
    assert shop.shelf(one) == {"dc": (6, 0)}


def test_a_complete_feed_whose_scope_has_shrunk_takes_nothing_away_outside(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    one, two = shop.item(far=4), shop.item(store=4)
    feeds.send(erp, f"sku location qty | {one} far 5 | {two} store 5")
    feeds.put(erp, "on_hand", complete=True, zero_share=100, locations=("far",))
    feeds.send(erp, f"sku location qty | {one} far 3")
    assert shop.shelf(one) == {"far": (3, 0)}
    assert shop.shelf(two) == {"store": (5, 0)}


def test_all_or_nothing_takes_no_row_of_a_file_with_a_bad_one(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand", all_or_nothing=True)
    sku = shop.item(dc=10)
    run = feeds.send(erp, f"sku location qty | {sku} dc 7 | nobody dc 1")
    assert (run.state, run.report.booked) == ("refused", 0)
    assert shop.shelf(sku) == {"dc": (10, 0)}


@pytest.mark.parametrize("tracked", [False, True])
def test_a_line_that_stands_twice_in_a_file_is_one_cell_in_its_report(feeds: Feeds, tracked: bool) -> None:
    erp, sku = feeds.add("on_hand"), feeds.shop.item(lots=tracked)
    lot = "L1" if tracked else ""
    for hours, qty, fresh, otherwise in ((3, 4, 1, 0), (2, 5, 0, 1), (1, 5, 0, 0)):
        line = f"{sku} dc {qty} {lot}"
        for preview in (True, False):
            text = f"sku location qty {'lot' * tracked} | {line} | {line} | {line}"
            report = feeds.send(erp, text, ago(hours=hours), preview=preview).report
            assert (report.taken, report.fresh, report.otherwise) == (3, fresh, otherwise)
            assert report.booked == fresh + otherwise


def test_the_same_file_twice_is_recognised(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku, as_of = shop.item(dc=10), ago(seconds=1)
    first = feeds.send(erp, f"sku location qty | {sku} dc 7", as_of)
    again = feeds.send(erp, f"sku location qty | {sku} dc 7", as_of)
    assert (again.id, again.known) == (first.id, True)
    assert len(runs_of(shop.hub.db, erp).rows) == 1


def test_a_late_file_never_undoes_a_newer_truth(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    one, two = shop.item(dc=10), shop.item(dc=10)
    evening, morning = ago(hours=1), ago(hours=9)
    feeds.send(erp, f"sku location qty | {one} dc 7", evening)
    run = feeds.send(erp, f"sku location qty | {one} dc 9 | {two} dc 8", morning)
    assert shop.shelf(one) == {"dc": (7, 0)}
    assert shop.shelf(two) == {"dc": (8, 0)}
    assert run.report.booked == 1


def test_what_was_stated_again_still_keeps_late_facts_from_counting_twice(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku = shop.item(dc=10)
    feeds.send(erp, f"sku location qty | {sku} dc 10", ago(hours=9))
    feeds.send(erp, f"sku location qty | {sku} dc 10", ago(hours=1))
    shop.book(Adjust(sku=sku, location="dc", qty=-3, reason="lost", effective_at=ago(hours=2)))
    assert shop.shelf(sku) == {"dc": (10, 0)}
    shop.book(Adjust(sku=sku, location="dc", qty=-3, reason="lost", effective_at=ago(minutes=2)))
    assert shop.shelf(sku) == {"dc": (7, 0)}


def test_a_complete_feed_takes_away_what_it_does_not_mention_in_its_scope(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand", complete=True, zero_share=100, locations=("far",))
    one, two = shop.item(far=10), shop.item(far=5, dc=5)
    run = feeds.send(erp, f"sku location qty | {one} far 10")
    assert run.report.zeroed >= 1
    assert shop.shelf(two) == {"dc": (5, 0)}
    assert shop.shelf(one) == {"far": (10, 0)}


def test_a_complete_feed_that_would_take_too_much_away_asks_first(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand", complete=True, zero_share=5, locations=("vendor",))
    one, two = shop.item(vendor=50), shop.item(vendor=50)
    run = feeds.send(erp, f"sku location qty | {one} vendor 40")
    assert (run.state, run.report.would_zero, run.report.in_scope) == ("asks", 50, 100)
    assert shop.shelf(one) == {"vendor": (50, 0)}
    done = feeds.engine.confirm(run.id, "boss", take=True)
    assert done.state == "done"
    assert shop.shelf(one) == {"vendor": (40, 0)}
    assert shop.shelf(two) == {}
    with pytest.raises(Conflict, match="does not ask"):
        feeds.engine.confirm(run.id, "boss", take=True)


def test_a_complete_feed_asks_where_its_file_has_nothing_but_a_header(feeds: Feeds) -> None:
    shop = feeds.shop
    put_locations(shop.hub.db, [LocationDraft("annex", kind="dc")])
    erp, sku = feeds.add("on_hand", complete=True, zero_share=50, locations=("annex",)), shop.item(annex=10)
    assert feeds.send(erp, f"sku location qty | {sku} annex 9", ago(hours=2)).state == "done"
    there = shop.shelf(sku)
    run = feeds.send(erp, "sku location qty", ago(hours=1))
    assert (run.state, run.report.rows, shop.shelf(sku)) == ("asks", 0, there)
    assert feeds.engine.confirm(run.id, "maria", take=False).state == "refused"
    assert shop.shelf(sku) == there


def test_a_complete_feed_that_would_empty_a_whole_location_asks_however_small_it_is(feeds: Feeds) -> None:
    shop = feeds.shop
    put_locations(shop.hub.db, [LocationDraft("depot", kind="dc"), LocationDraft("kiosk", kind="store")])
    big, small = shop.item(depot=1_000), shop.item(kiosk=2)
    erp = feeds.add("on_hand", complete=True, zero_share=20, locations=("depot", "kiosk"))
    run = feeds.send(erp, f"sku location qty | {big} depot 1000")
    assert (run.state, run.report.notes) == ("asks", ["the file does not mention kiosk at all"])
    assert shop.shelf(small) == {"kiosk": (2, 0)}
    assert feeds.engine.confirm(run.id, "boss", take=True).state == "done"
    assert feeds.send(erp, f"sku location qty | {big} depot 1000").state == "done"


def test_a_file_that_asked_waits_on_when_its_answer_could_not_be_carried_out(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand", complete=True, zero_share=5, locations=("vendor",))
    one, two = shop.item(vendor=50), shop.item(vendor=50)
    run = feeds.send(erp, f"sku location qty | {one} vendor 40")
    with monkeypatch.context() as patched:
        patched.setattr(loading, "FAULTS_MAX", -1)
        with pytest.raises(Conflict):
            feeds.engine.confirm(run.id, "boss", take=True)
    assert feeds.engine.confirm(run.id, "boss", take=True).state == "done"
    assert (shop.shelf(one), shop.shelf(two)) == ({"vendor": (40, 0)}, {})


def test_a_preview_shows_the_effect_and_writes_nothing(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku = shop.item(dc=10)
    shop.buy("market", {shop.listing("market", {sku: 1}): 5})
    seen = feeds.send(erp, f"sku location qty | {sku} dc 4", preview=True)
    assert (seen.report.down, seen.report.displaced, seen.report.owed) == (6, 1, 1)
    assert shop.shelf(sku) == {"dc": (10, 5)}
    assert not runs_of(shop.hub.db, erp).rows
    assert read_feed(shop.hub.db, erp).as_of is None


def test_a_figure_that_nets_off_promises_has_them_put_back(feeds: Feeds) -> None:
    shop, sim = feeds.shop, feeds.add("available")
    sku = shop.item(dc=10)
    shop.buy("market", {shop.listing("market", {sku: 1}): 5})
    feeds.send(sim, f"sku location qty | {sku} dc 4")
    assert shop.shelf(sku) == {"dc": (9, 5)}


def test_a_feed_that_is_only_compared_changes_and_binds_nothing(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("on_hand", posture="compare")
    sku = shop.item(dc=10)
    run = feeds.send(wms, f"sku location qty | {sku} dc 4")
    assert (run.report.differed, run.report.booked, run.report.left) == (1, 0, 1)
    shop.book(Adjust(sku=sku, location="dc", qty=-3, reason="lost", effective_at=ago(hours=1)))
    assert shop.shelf(sku) == {"dc": (7, 0)}


def test_lots_are_stated_by_lot_and_made_where_they_are_new(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku = shop.item(lots=True)
    feeds.send(erp, f"sku location lot expires_at qty | {sku} dc A 2027-01-01 4 | {sku} dc B 2027-02-01 5")
    assert {lot: units for (_, lot, _, _), (units, _) in shop.cells(sku).items()} == {"A": 4, "B": 5}
    feeds.send(erp, f"sku location qty | {sku} dc 7")
    assert {lot: units for (_, lot, _, _), (units, _) in shop.cells(sku).items()} == {"A": 2, "B": 5}


def test_a_run_that_was_cut_off_goes_on_where_it_was(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    skus = [shop.item(dc=10) for _ in range(40)]
    text = "sku location qty | " + " | ".join(f"{sku} dc 7" for sku in skus)
    as_of, looks = ago(seconds=1), count()
    with pytest.raises(Interrupted):
        feeds.send(erp, text, as_of, stopping=lambda: next(looks) > 8)
    (cut,) = runs_of(shop.hub.db, erp).rows
    done = [sku for sku in skus if shop.shelf(sku) == {"dc": (7, 0)}]
    assert (cut.state, 0 < len(done) < len(skus)) == ("booking", True)
    late = next(sku for sku in skus if sku not in done)
    shop.book(Adjust(sku=late, location="dc", qty=-3, reason="lost", effective_at=ago(hours=1)))
    assert feeds.send(erp, text, as_of).state == "done"
    assert all(shop.shelf(sku) == {"dc": (7, 0)} for sku in skus)


def test_what_a_master_had_otherwise_is_known_although_the_run_was_cut_off(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    skus, new = [shop.item(dc=10) for _ in range(40)], shop.item()
    text = "sku location qty | " + " | ".join(f"{sku} dc 7" for sku in skus) + f" | {new} dc 4"
    as_of, looks = ago(seconds=1), count()
    with pytest.raises(Interrupted):
        feeds.send(erp, text, as_of, stopping=lambda: next(looks) > 8)
    assert 0 < sum(shop.shelf(sku) == {"dc": (7, 0)} for sku in skus) < len(skus)
    feeds.send(erp, text, as_of)
    columns = "state, (stated - expected)::int, cause <> 'unknown', movement IS NULL"
    told = shop.read(f"SELECT {columns} FROM discrepancy WHERE source = %s", erp)
    assert told == [("adjusted", -3, True, False)] * len(skus)
    (day,) = read_accuracy(shop.hub.db, source=erp).days
    assert (day.cells, day.right) == (len(skus) + 1, 1)


def test_within_tolerance_it_is_booked_and_beyond_it_somebody_looks(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("on_hand", posture="reconcile")
    one, two = shop.item(dc=100), shop.item(dc=10)
    put_tolerance(shop.hub.db, ToleranceDraft(units=2, source=wms), "test")
    run = feeds.send(wms, f"sku location qty allocated | {one} dc 99 3 | {two} dc 4 0")
    assert (run.report.booked, run.report.review) == (1, 1)
    assert shop.shelf(one) == {"dc": (99, 0)}
    assert shop.shelf(two) == {"dc": (10, 0)}
    shop.book(Adjust(sku=two, location="dc", qty=-6, reason="lost", effective_at=ago(hours=1)))
    assert shop.shelf(two) == {"dc": (4, 0)}
    assert feeds.send(wms, f"sku location qty | {one} dc 99 | {two} dc 4").report.differed == 0
    wait = "SELECT count(*) FROM discrepancy WHERE source = %s AND state IN ('open', 'review') AND kind = 'stock'"
    ((waits,),) = shop.read(wait, wms)
    assert waits == 0


@pytest.mark.parametrize("look", range(6))
def test_what_is_told_late_while_a_figure_is_weighed_counts_where_the_figure_does_not(feeds: Feeds, look: int) -> None:
    shop, wms = feeds.shop, feeds.add("on_hand", posture="reconcile")
    put_tolerance(shop.hub.db, ToleranceDraft(units=2, source=wms), "test")
    beyond, within, same = (shop.item(dc=10) for _ in range(3))
    as_of, looks = ago(seconds=1), count()

    def meanwhile() -> bool:
        if next(looks) == look:
            for sku in (beyond, within, same):
                shop.book(Adjust(sku=sku, location="dc", qty=-2, reason="lost", effective_at=ago(hours=1)))
        return False

    feeds.send(wms, f"sku location qty | {beyond} dc 3 | {within} dc 8 | {same} dc 10", as_of, stopping=meanwhile)
    assert next(looks) > look
    assert [shop.shelf(sku)["dc"][0] for sku in (beyond, within, same)] == [8, 8, 10]


def test_what_is_kept_for_orders_is_compared_order_by_order(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("on_hand", posture="compare")
    sku = shop.item(dc=20)
    right, less, unknown = (shop.buy("web", {sku: qty}).ref for qty in (2, 3, 4))
    told = f"sku location qty order channel allocated | {sku} dc 20 {right} web 2 | {sku} dc 20 {less} web 1"
    run = feeds.send(wms, f"{told} | {sku} dc 20 {right} web 2 | {sku} dc 20 elsewhere web 5")
    assert (run.state, run.report.faults, run.report.differed) == ("done", [], 0)
    differing = (
        "SELECT order_ref, stated, expected FROM discrepancy "
        "WHERE source = %s AND kind = 'allocated' AND state IN ('open', 'review') ORDER BY expected, order_ref"
    )
    assert shop.read(differing, wms) == [("elsewhere", 5, 0), (less, 1, 3), (unknown, 0, 4)]
    every = " | ".join(f"{sku} dc 20 {ref} web {qty}" for ref, qty in ((right, 2), (less, 3), (unknown, 4)))
    feeds.send(wms, f"sku location qty order channel allocated | {every}")
    assert shop.read(differing, wms) == []


def lots(feeds: Feeds, sku: str) -> dict[str, int]:
    """On hand by lot, where there is any."""
    return {lot: units for (_, lot, _, _), (units, _) in feeds.shop.cells(sku).items() if units}


def test_a_complete_feed_takes_away_the_lots_that_it_does_not_mention_and_no_others(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("on_hand")
    sku = shop.item(lots=True)
    feeds.send(wms, f"sku location lot expires_at qty | {sku} far A 2027-01-01 4 | {sku} far C 2027-02-01 3")
    erp = feeds.add("on_hand", complete=True, zero_share=100, locations=("far",))
    feeds.send(erp, f"sku location lot qty | {sku} far A 4")
    assert lots(feeds, sku) == {"A": 4}


def test_a_complete_feed_may_name_lots_one_day_and_none_the_next(feeds: Feeds) -> None:
    sku = feeds.shop.item(lots=True)
    erp = feeds.add("on_hand", complete=True, zero_share=100, locations=("far",))
    whole = f"sku location qty | {sku} far 10"
    by_lot = f"sku location lot expires_at qty | {sku} far A 2027-01-01 6 | {sku} far B 2027-02-01 4"
    feeds.send(erp, whole, ago(hours=5))
    for hours in (4, 3):
        feeds.send(erp, by_lot, ago(hours=hours))
        assert lots(feeds, sku) == {"A": 6, "B": 4}
    for hours in (2, 1):
        feeds.send(erp, whole, ago(hours=hours))
        assert lots(feeds, sku) == {"A": 6, "B": 4}


def test_lines_of_one_cell_that_say_the_same_figure_and_other_things_are_held(feeds: Feeds) -> None:
    """Two barcodes, or two bins: whether they are parts or one and the same nobody knows."""
    shop, erp = feeds.shop, feeds.add("on_hand")
    one, two = shop.item(dc=10), shop.item(dc=10)
    text = f"sku location qty bin | {one} dc 5 A1 | {one} dc 5 A2 | {two} dc 6 B1 | {two} dc 6 B1"
    run = feeds.send(erp, text)
    assert [(f.line, f.repair[-2:]) for f in lines_of(shop.hub.db, run.id).rows] == [(2, "10"), (3, "10")]
    assert (shop.shelf(one)["dc"], shop.shelf(two)["dc"]) == ((10, 0), (6, 0))
    barcodes = feeds.add("on_hand", repeats_count_once=True)
    assert feeds.send(barcodes, text).report.quarantined == 0
    assert shop.shelf(one)["dc"] == (5, 0)


def test_a_second_line_that_says_what_was_said_before_is_held_too(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand", format=Format(columns=("sku", "location", "qty", "bin")))
    one, two = shop.item(dc=10), shop.item(dc=10)
    feeds.send(erp, f"{one} dc 5 A1 | {two} dc 6 B1")
    run = feeds.send(erp, f"{one} dc 5 A1 | {one} dc 5 A2 | {two} dc 6 B1 | {two} dc 6 B1")
    assert [f.line for f in lines_of(shop.hub.db, run.id).rows] == [1, 2]
    assert (run.report.otherwise, run.report.booked) == (0, 0)
