"""Documents of supply that are longer than what goes in at once, and lines in them that cannot be taken."""

import pytest

from tests.feeds.stock.engine.conftest import Feeds
from truestock.core.problems import NotFound
from truestock.feeds.stock.engine.happening import documents
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import lines_of
from truestock.ledger.documents import read_document

DUE = "2091-05-01T00:00:00+00:00"


def told(ref: str, *lines: tuple[str, int]) -> str:
    """A file of one document: item and units."""
    return " | ".join(["ref sku qty due_at", *(f"{ref} {sku} {qty} {DUE}" for sku, qty in lines)])


def expected(feeds: Feeds, ref: str) -> list[tuple[str, int]]:
    lines = read_document(feeds.shop.hub.db, ref).lines
    return [(line.sku, line.qty) for line in lines if line.state == "open"]


def test_a_long_document_goes_in_by_parts_which_are_told_again_and_undone_as_one(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "LINES_MAX", 3)
    erp, ref, skus = feeds.add("expected", location="dc"), "PO-long", [feeds.shop.item() for _ in "abc"]
    lines = [(sku, qty) for qty in (5, 6) for sku in skus]
    seen = feeds.send(erp, told(ref, *lines), preview=True)
    run = feeds.send(erp, told(ref, *lines))
    assert (seen.report.booked, run.report.booked, run.report.quarantined) == (6, 6, 0)
    assert sorted(expected(feeds, ref)) == sorted(lines)
    later = feeds.send(erp, told(ref, *((sku, 7) for sku in skus)))
    assert sorted(expected(feeds, ref)) == [(sku, 7) for sku in sorted(skus)]
    mending = Mending(feeds.shop.hub.db, feeds.shop.hub.rules)
    mending.undo(later.id, "maria", "", preview=False)
    assert sorted(expected(feeds, ref)) == sorted(lines)
    mending.undo(run.id, "maria", "", preview=False)
    assert expected(feeds, ref) == []


def test_more_lines_of_one_item_than_go_in_at_once_are_set_aside_and_say_what_to_do(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "LINES_MAX", 3)
    erp, ref, sku, other = feeds.add("expected", location="dc"), "PO-far-too-long", feeds.shop.item(), feeds.shop.item()
    text = told(ref, *[(sku, 5)] * 4, (other, 9))
    seen, run = feeds.send(erp, text, preview=True), feeds.send(erp, text)
    for report in (seen.report, run.report):
        assert (report.booked, report.quarantined) == (1, 4)
        assert {fault.field for fault in report.faults} == {"ref"}
        assert {fault.repair for fault in report.faults} == {
            "add up those of one date, or give each part of them a document number of its own"
        }
    assert expected(feeds, ref) == [(other, 9)]


@pytest.mark.parametrize("fault", ["kit", "due_at"])
def test_one_line_that_cannot_be_taken_leaves_the_others_of_its_document(feeds: Feeds, fault: str) -> None:
    shop, ref = feeds.shop, f"PO-one-bad-{fault}"
    erp, sku = feeds.add("expected", location="dc"), shop.item()
    bad = shop.kit({sku: 2}) if fault == "kit" else sku
    rows = [f"{ref} {sku} 5 {DUE}", f"{ref} {bad} 6 {DUE if fault == 'kit' else '9999-01-01T00:00:00+00:00'}"]
    run = feeds.send(erp, " | ".join(["ref sku qty due_at", *rows]))
    assert (run.report.booked, run.report.quarantined) == (1, 1)
    (line,) = lines_of(shop.hub.db, run.id).rows
    assert (line.line, line.field) == (3, "sku" if fault == "kit" else "due_at")
    assert expected(feeds, ref) == [(sku, 5)]


def test_a_document_of_which_nothing_can_be_taken_is_not_there(feeds: Feeds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LINES_MAX", 1)
    erp, sku = feeds.add("expected", location="dc"), feeds.shop.item()
    assert feeds.send(erp, told("PO-nothing", (sku, 5), (sku, 6))).report.booked == 0
    with pytest.raises(NotFound):
        read_document(feeds.shop.hub.db, "PO-nothing")
