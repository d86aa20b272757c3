"""Lots, their dates and their holds, each of which changes ATP without a movement."""

from datetime import UTC, datetime

from tests.catalog.conftest import epoch, outcomes, versions
from truestock.catalog.changes import How
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.lots import HoldDraft, LotDraft, hold_lots, list_lots, put_lots, read_lots, release_lots
from truestock.store.database import Database

MAY = datetime(2027, 5, 1, tzinfo=UTC)
JUNE = datetime(2027, 6, 1, tzinfo=UTC)


def test_lots_are_numbered_within_their_item(shop: Database) -> None:
    put_items(shop, [ItemDraft("M", lot_tracked=True)])
    put_lots(shop, [LotDraft("L", "x", MAY), LotDraft("M", "x"), LotDraft("L", "y")])
    put_lots(shop, [LotDraft("L", "z")])
    assert [(lot.id, lot.code, lot.expires_at) for lot in list_lots(shop, "L").rows] == [
        (1, "x", MAY),
        (2, "y", None),
        (3, "z", None),
    ]
    assert [lot.id for lot in list_lots(shop, "M").rows] == [1]
    assert all(lot.received_at is not None for lot in list_lots(shop, "L").rows)


def test_only_a_lot_tracked_item_has_lots(shop: Database) -> None:
    assert outcomes(put_lots(shop, [LotDraft("A", "x"), LotDraft("ghost", "x"), LotDraft("L", "")])) == [
        "item",
        "item",
        "code",
    ]
    assert outcomes(put_lots(shop, [LotDraft("L", "x", datetime(2027, 5, 1))])) == ["expires_at"]  # noqa: DTZ001


def test_a_new_expiry_raises_the_items_version_once_and_says_so_to_the_publisher(shop: Database) -> None:
    put_lots(shop, [LotDraft("L", "x", MAY), LotDraft("L", "y", MAY)])
    assert versions(shop)["L"] == 1
    assert outcomes(put_lots(shop, [LotDraft("L", "x", JUNE), LotDraft("L", "y", MAY)])) == ["changed", "unchanged"]
    assert versions(shop) == {"A": 0, "B": 0, "C": 0, "L": 2}
    with shop.transaction() as conn:
        changed = conn.execute(
            "SELECT c.version, c.recorded_at = h.recorded_at FROM changed c JOIN head h USING (item)"
        )
        assert sorted(changed.fetchall()) == [(1, False), (2, True)]


def test_an_expiry_that_is_cleared_raises_the_version_too(shop: Database) -> None:
    put_lots(shop, [LotDraft("L", "x", MAY)])
    before = versions(shop)["L"]
    assert outcomes(put_lots(shop, [LotDraft("L", "x", clear=("expires_at",))])) == ["changed"]
    assert (list_lots(shop, "L").rows[0].expires_at, versions(shop)["L"]) == (None, before + 1)


def test_a_hold_is_opened_given_another_reason_and_released_and_its_history_stays(shop: Database) -> None:
    put_lots(shop, [LotDraft("L", "x")])
    before = epoch(shop)
    assert outcomes(hold_lots(shop, [HoldDraft("L", "x", "recall"), HoldDraft("L", "ghost", "recall")])) == [
        "changed",
        "code",
    ]
    assert outcomes(hold_lots(shop, [HoldDraft("L", "x", "recall")])) == ["unchanged"]
    assert outcomes(hold_lots(shop, [HoldDraft("L", "x", "mould")])) == ["changed"]
    assert read_lots(shop, [("L", "x")])["L", "x"].held == "mould"
    assert outcomes(release_lots(shop, [("L", "x")])) == ["ended"]
    assert outcomes(release_lots(shop, [("L", "x")])) == ["unchanged"]
    assert versions(shop)["L"] == 4
    assert epoch(shop) == before
    with shop.transaction() as conn:
        history = conn.execute("SELECT reason, recorded_to > recorded_from FROM lot_hold ORDER BY recorded_from")
        assert history.fetchall() == [("recall", True), ("mould", True)]


def test_a_hold_needs_a_reason(shop: Database) -> None:
    put_lots(shop, [LotDraft("L", "x")])
    assert outcomes(hold_lots(shop, [HoldDraft("L", "x")])) == ["reason"]


def test_a_dry_run_leaves_the_version_alone(shop: Database) -> None:
    assert outcomes(put_lots(shop, [LotDraft("L", "x")], How(dry_run=True))) == ["created"]
    assert versions(shop)["L"] == 0


def test_an_item_with_lots_stays_lot_tracked(shop: Database) -> None:
    put_lots(shop, [LotDraft("L", "x")])
    assert outcomes(put_items(shop, [ItemDraft("L", lot_tracked=False)])) == ["lot_tracked"]
