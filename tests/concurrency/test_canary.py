"""The same rush with the lock taken out: it oversells, so the tests of races are known to be able to fail."""

import pytest

from tests.concurrency.crowd import order, rush
from tests.factories import Shop


@pytest.mark.parametrize(
    "unlocked",
    [["lock_heads", "lock_free_heads", "lock_unchanged"], ["lock_unchanged"]],
    ids=["no lock", "nothing compared under it"],
)
def test_without_the_lock_and_the_check_the_hub_oversells(unproven_shop: Shop, unlocked: list[str]) -> None:
    shop, db = unproven_shop, unproven_shop.hub.db
    with db.transaction() as conn:
        conn.execute("ALTER TABLE stock DROP CONSTRAINT stock_no_promise_beyond")
        # Versions collide as well without the lock, and this key would notice by chance.
        conn.execute("ALTER TABLE changed DROP CONSTRAINT changed_pkey")
    sku = shop.item(dc=9_000)
    shop.buy("web", {sku: 3_000})
    crowd = [[order("web", f"c{p}-{n}", {sku: 1}) for n in range(5_000)] for p in range(3)]
    told = rush(db.url, crowd, unlocked=unlocked)
    sold = 3_000 + sum(t.answer.get("granted", False) for t in told)
    assert sold > 9_000, "the canary is dead: without the lock nothing was oversold"
