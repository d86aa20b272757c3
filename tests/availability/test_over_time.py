"""Days to come, from what is expected where a channel draws."""

from tests.factories import Shop, ago, ahead
from truestock.availability.over_time import ends_of_days, horizon
from truestock.availability.read import Reader
from truestock.availability.values import Horizon
from truestock.core.identity import part_of


def expect(shop: Shop, sku: str, kind: str, loc: str, qty: int, days: int) -> None:
    """Supply or demand at noon, so many days from today."""
    ((item, at),) = shop.read("SELECT i.id, p.id FROM item i, location p WHERE i.sku = %s AND p.code = %s", sku, loc)
    due = ends_of_days(ahead(), 1)[0] - (ahead(hours=12) - ahead())
    shop.read(
        "INSERT INTO expected VALUES (%s, %s, (SELECT count(*) FROM expected), %s, %s, 'PO', %s, 0, "
        "greatest(%s::timestamptz, now() + '1 minute') + %s * interval '1 day') RETURNING 1",
        part_of(item),
        item,
        kind,
        at,
        qty,
        due,
        days,
    )


def atps(reader: Reader, channel: str, sku: str, days: int) -> list[int]:
    found = horizon(reader, channel, sku, days)
    assert isinstance(found, Horizon)
    return [day.atp for day in found.days]


def test_supply_counts_from_its_day_on_and_demand_before_it_too(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=10)
    expect(shop, sku, "purchase", "dc", 5, days=1)
    expect(shop, sku, "demand", "dc", 3, days=3)
    assert atps(reader, "web", sku, 5) == [10, 12, 12, 12, 12]


def test_what_is_expected_elsewhere_is_not_the_channels(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=1)
    expect(shop, sku, "purchase", "store", 5, days=1)
    assert atps(reader, "market", sku, 3) == [1, 1, 1]
    assert atps(reader, "web", sku, 3) == [1, 6, 6]


def test_the_rules_of_each_day_hold_on_it(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=10)
    midnight = ends_of_days(ahead(), 1)[0]
    shop.rule("buffer", 4, item=sku, starts_at=midnight)
    pack = shop.listing("web", together=False, **{sku: 3})
    assert atps(reader, "web", sku, 3) == [10, 6, 6]
    assert atps(reader, "web", pack, 3) == [3, 2, 2]
    assert shop.atp("web", sku) == 10


def test_overdue_supply_is_told_and_not_counted(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=1)
    expect(shop, sku, "transfer", "dc", 5, days=0)
    late = ago(hours=3)
    of_item = "WHERE item = (SELECT id FROM item WHERE sku = %s) RETURNING 1"
    shop.read(f"UPDATE expected SET due_at = %s {of_item}", late, sku)
    found = horizon(reader, "web", sku, 2)
    assert isinstance(found, Horizon)
    assert [day.atp for day in found.days] == [1, 1]
    assert [(o.location, o.qty, o.due_at) for o in found.overdue] == [("dc", 5, late)]
