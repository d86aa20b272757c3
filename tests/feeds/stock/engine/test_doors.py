"""What lies at the doors of feeds is taken in at the start of a day, each file once; a feed that is overdue is told."""

import os
from datetime import datetime
from pathlib import Path

import pytest

from tests.factories import Shop, ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.core.problems import Invalid
from truestock.feeds.file_sources.settings import SourceSettings
from truestock.feeds.stock.engine.doors import feeds_kind
from truestock.feeds.stock.engine.feeds import late_feeds, read_feed, remove_feed
from truestock.feeds.stock.engine.settings import Look, feed_of
from truestock.store.jobs.kinds import Work


def laid(folder: Path, name: str, text: str, at: datetime) -> None:
    """A file that was written at an instant."""
    file = folder / name
    file.write_text("\n".join(",".join(line.split()) for line in text.split("|")))
    os.utime(file, (at.timestamp(), at.timestamp()))


def door(folder: Path, name: str) -> SourceSettings:
    return SourceSettings(address=str(folder), name=name, stable_s=0)


def start_of_day(shop: Shop) -> str:
    """What the job says."""
    return feeds_kind(shop.hub.feeds, shop.hub.db).run(Work(1, None, lambda: False))


def test_stores_and_warehouses_start_the_day_with_what_each_has_left(feeds: Feeds, tmp_path: Path) -> None:
    shop = feeds.shop
    one, two = shop.item(dc=10, store=10), shop.item(dc=10, store=10)
    shop.buy("web", {shop.listing("web", {one: 1}): 4})  # from dc
    at_six = ago(seconds=0)
    shop.buy("market", {shop.listing("market", {one: 1}): 3})  # from dc, too late for the file
    sim = feeds.add("available", door=door(tmp_path, "sim*"), locations=("store",))
    wms = feeds.add("available", door=door(tmp_path, "wms*"), locations=("dc",))
    laid(tmp_path, "sim.csv", f"sku location qty | {one} store 8 | {two} store 10", at_six)
    laid(tmp_path, "wms.csv", f"sku location qty | {one} dc 5 | {two} dc 9", at_six)
    said = start_of_day(shop)
    assert f"{sim}: sim.csv: 1 changed (+0 -2 units);" in said
    assert f"{wms}: wms.csv: 2 changed (+0 -2 units)" in said
    assert shop.shelf(one) == {"dc": (9, 7), "store": (8, 0)}
    assert shop.shelf(two) == {"dc": (9, 0), "store": (10, 0)}
    assert start_of_day(shop) == "no file waits"


def test_a_start_of_a_day_says_what_became_short_and_not_what_a_file_had_changed_before(
    feeds: Feeds, tmp_path: Path
) -> None:
    shop = feeds.shop
    sku = shop.item(dc=10)
    shop.buy("web", {shop.listing("web", {sku: 1}): 6})
    wms = feeds.add("delta", door=door(tmp_path, "*"))
    laid(tmp_path, "moved.csv", f"sku location qty | {sku} dc -5 | {sku} nowhere 1", ago(minutes=2))
    assert f"{wms}: moved.csv: 1 changed (+0 -5 units), 1 lines set aside" in start_of_day(shop)
    laid(tmp_path, "moved.csv", f"sku location qty | {sku} dc -5 | {sku} nowhere 1", ago(minutes=1))
    assert start_of_day(shop) == "no file waits"
    assert shop.shelf(sku) == {"dc": (5, 5)}


def test_a_file_that_breaks_off_changes_nothing_and_is_told(feeds: Feeds, tmp_path: Path) -> None:
    shop = feeds.shop
    sku = shop.item(dc=10)
    erp = feeds.add("on_hand", door=door(tmp_path, "*"))
    laid(tmp_path, "bad.csv", f'sku location qty | {sku} dc 4 | "{sku} dc 4', ago(minutes=1))
    assert f"{erp}: bad.csv: line 3" in start_of_day(shop)
    assert "bad.csv: line 3" in read_feed(shop.hub.db, erp).trouble
    assert shop.shelf(sku) == {"dc": (10, 0)}
    remove_feed(shop.hub.db, erp)


def test_each_feed_is_looked_at_by_its_own_times(feeds: Feeds, tmp_path: Path) -> None:
    shop, leap_day = feeds.shop, Look("0 4 29 2 *", "Europe/Berlin")
    sku = shop.item(dc=10)
    due, later = (feeds.add("on_hand", door=door(tmp_path, f"{name}*"), look=leap_day) for name in ("due", "later"))

    def nine_years_pass(column: str, code: str) -> None:
        with shop.hub.db.transaction() as conn:
            conn.execute(f"UPDATE feed SET {column} = {column} - interval '9 years' WHERE code = %s", [code])

    nine_years_pass("added_at", due)
    laid(tmp_path, "due.csv", f"sku location qty | {sku} dc 4", ago(hours=3))
    laid(tmp_path, "later.csv", f"sku location qty | {sku} dc 5", ago(hours=2))
    said = start_of_day(shop)
    assert (due in said, later in said) == (True, False)
    laid(tmp_path, "due-2.csv", f"sku location qty | {sku} dc 3", ago(hours=1))
    assert start_of_day(shop) == "no file waits"
    nine_years_pass("looked_at", due)
    nine_years_pass("added_at", later)
    said = start_of_day(shop)
    assert (due in said, later in said) == (True, True)
    assert shop.shelf(sku) == {"dc": (3, 0)}


def test_times_that_are_none_are_refused(feeds: Feeds) -> None:
    with pytest.raises(Invalid, match="cron: 'at four' has 2 fields"):
        feed_of({"meaning": "on_hand", "settings": {"look": {"cron": "at four"}}})


def test_a_feed_that_is_due_and_did_not_come_is_late(feeds: Feeds) -> None:
    shop = feeds.shop
    erp, wms = feeds.add("on_hand", due=1), feeds.add("on_hand", due=1)
    sku = shop.item(dc=10)
    with shop.hub.db.transaction() as conn:
        conn.execute("UPDATE feed SET added_at = added_at - interval '5 minutes' WHERE code = ANY (%s)", [[erp, wms]])
    feeds.send(wms, f"sku location qty | {sku} dc 10")
    with shop.hub.db.transaction() as conn:
        assert [feed.code for feed in late_feeds(conn)] == [erp]
    assert read_feed(shop.hub.db, erp).late
    assert not read_feed(shop.hub.db, wms).late
