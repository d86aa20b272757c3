"""Many writers at once: one rule of a scope stays open, one item of a SKU is made, and history never overlaps."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from time import sleep

from tests.catalog.conftest import epoch, versions
from truestock.catalog.changes import Result
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.lots import HoldDraft, LotDraft, hold_lots, put_lots, release_lots
from truestock.catalog.policies import PolicyDraft, list_policies, put_policies
from truestock.store.database import Database
from truestock.store.errors import Busy


def until_done(write: Callable[[], list[Result]]) -> list[Result]:
    while True:
        try:
            return write()
        except Busy:
            sleep(0.01)


def together(count: int, work: Callable[[int], list[Result]]) -> None:
    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(until_done, lambda n=n: work(n)) for n in range(count)]:  # type: ignore[misc]
            future.result()


def test_of_many_who_replace_a_rule_at_once_one_stays_and_each_follows_another(shop: Database) -> None:
    before = epoch(shop)
    together(24, lambda n: put_policies(shop, [PolicyDraft("buffer", n, channel="web")]))
    history = sorted(list_policies(shop, ended=True).rows, key=lambda rule: rule.recorded_from)
    assert len(list_policies(shop).rows) == 1
    assert len(history) == 24
    assert [rule.recorded_to for rule in history[:-1]] == [rule.recorded_from for rule in history[1:]]
    assert epoch(shop) == before + 24


def test_of_many_who_make_an_item_at_once_one_makes_it(db: Database) -> None:
    together(16, lambda n: put_items(db, [ItemDraft(f"S{k}", name=str(n)) for k in (n % 3, 3, 4)]))
    assert versions(db) == {f"S{k}": 0 for k in range(5)}


def test_holds_and_releases_at_once_never_overlap(shop: Database) -> None:
    put_lots(shop, [LotDraft("L", "x")])
    together(
        24, lambda n: hold_lots(shop, [HoldDraft("L", "x", f"r{n}")]) if n % 2 else release_lots(shop, [("L", "x")])
    )
    with shop.transaction() as conn:
        rows = conn.execute("SELECT recorded_from, recorded_to FROM lot_hold ORDER BY recorded_from").fetchall()
    assert sum(end is None for _, end in rows) <= 1
    assert all(end <= start for (_, end), (start, _) in pairwise(rows))
