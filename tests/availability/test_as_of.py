"""The past: what was told then is told again, on either axis, of a random history made by the real use cases."""

from datetime import datetime
from random import Random

import pytest
from msgspec.structs import replace

from tests.factories import Shop, ago
from truestock.availability.as_of import Past
from truestock.availability.explain import Explanation, explain, explain_past
from truestock.availability.figures import figures_of
from truestock.availability.past import Axis
from truestock.availability.read import Reader
from truestock.availability.values import Available, FiguresPage, ItemTerms
from truestock.catalog.rules import Snapshot
from truestock.core.available.node import Node, inner, walk
from truestock.core.problems import Invalid
from truestock.ledger.values import Adjust, Receive
from truestock.orders.actions import Release, Ship

CHANNELS = ("retail", "web", "market", "b2b")
AXES: tuple[Axis, Axis] = ("effective", "recorded")


def now(shop: Shop) -> datetime:
    ((at,),) = shop.read("SELECT clock_timestamp()")
    assert isinstance(at, datetime)
    return at


def terms(answer: object) -> tuple[ItemTerms, ...]:
    assert isinstance(answer, Available)
    return tuple(replace(t, version=0) for t in answer.items)


def live(reader: Reader, skus: list[str]) -> dict[tuple[str, str], object]:
    return {(c, sku): terms(reader.available(c, sku)) for c in CHANNELS for sku in skus}


def past(reader: Reader, shop: Shop, skus: list[str], at: datetime, axis: Axis) -> dict[tuple[str, str], object]:
    then = Past(shop.hub.db, reader.conn, at, axis)
    return {(c, sku): terms(then.available(c, sku)) for c in CHANNELS for sku in skus}


def figures(reader: Reader, skus: list[str]) -> FiguresPage:
    def read(snapshot: Snapshot) -> FiguresPage:
        ids = snapshot.item_ids(skus)
        items = snapshot.items(ids.values())
        return figures_of(reader.conn, snapshot, [items[ids[sku]] for sku in skus])

    return reader.rules.read(read)


def observed(
    shop: Shop, reader: Reader, skus: list[str]
) -> tuple[datetime, dict[tuple[str, str], object], FiguresPage]:
    """An instant and what was told at it: told anew if a cart ran out while it was being told."""
    while True:
        at, answers, page = now(shop), live(reader, skus), figures(reader, skus)
        if shop.read("SELECT FROM hold WHERE expires_at > %s AND expires_at <= %s", at, now(shop)) == []:
            return at, answers, page


def sums(root: Node) -> None:
    """Every inner node is the stated combination of its children."""
    for _, node in walk(root):
        if node.op != "leaf":
            assert inner(node.label, node.op, *node.children, **node.facts).value == node.value


def one_event(shop: Shop, chance: Random, skus: list[str], placed: list[tuple[str, str]]) -> None:
    sku, channel, place = chance.choice(skus), chance.choice(CHANNELS), chance.choice(["dc", "store", "far", "vendor"])
    match chance.randrange(9):
        case 0 | 1 | 2:
            ref = shop.new_ref()
            mode = chance.choice(["partial", "sold"])
            hold = chance.choice([None, None, 1, 600]) if mode == "partial" else None
            if shop.buy(channel, {sku: chance.randint(1, 6)}, ref, mode=mode, hold=hold).granted and hold is None:
                placed.append((channel, ref))
        case 3:
            shop.stock(sku, **{place: chance.randint(1, 9)})
        case 4:
            shop.count(sku, place, chance.randint(0, 8))
        case 5 if placed:
            shop.try_do(Release(*placed.pop(chance.randrange(len(placed)))))
        case 6 if placed:
            shop.try_do(Ship(*placed.pop(chance.randrange(len(placed))), location=chance.choice([None, "dc"])))
        case 7:
            shop.rule(chance.choice(["buffer", "protection"]), chance.randint(0, 5), item=sku, channel=channel)
        case _:
            shop.try_book(Adjust(sku=sku, location=place, qty=chance.randint(-4, 4) or 1, reason="found"))


@pytest.mark.parametrize("seed", range(3))
def test_what_was_told_then_is_told_again(shop: Shop, reader: Reader, seed: int) -> None:
    chance = Random(seed)
    skus = [shop.item(dc=20, store=5), shop.item(dc=8, vendor=30)]
    told: list[tuple[datetime, dict[tuple[str, str], object], FiguresPage]] = []
    placed: list[tuple[str, str]] = []
    for step in range(40):
        one_event(shop, chance, skus, placed)
        if step % 4 == 0:
            told.append(observed(shop, reader, skus))
    for at, answers, page in told:
        assert past(reader, shop, skus, at, "recorded") == answers
        assert past(reader, shop, skus, at, "effective") == answers
        assert Past(shop.hub.db, reader.conn, at, "recorded").figures(skus).items == page.items


@pytest.mark.parametrize("seed", range(3))
def test_as_of_now_is_now_and_every_explanation_sums(shop: Shop, reader: Reader, seed: int) -> None:
    chance = Random(100 + seed)
    skus = [shop.item(dc=20, store=5), shop.item(dc=8, vendor=30)]
    listing = {c: shop.listing(c, together=True, **{skus[0]: 2, skus[1]: 1}) for c in CHANNELS}
    placed: list[tuple[str, str]] = []
    for _ in range(25):
        one_event(shop, chance, skus, placed)
    at, answers, _ = observed(shop, reader, skus)
    for axis in AXES:
        assert past(reader, shop, skus, at, axis) == answers
    for channel in CHANNELS:
        for sku in [*skus, listing[channel]]:
            told = explain(reader, channel, sku)
            then = explain_past(Past(shop.hub.db, reader.conn, at, "effective"), channel, sku)
            assert isinstance(told, Explanation)
            assert isinstance(then, Explanation)
            assert told.root.value == told.answer.atp
            assert then.root.value == then.answer.atp
            sums(told.root)
            sums(then.root)


def test_a_late_fact_changes_what_had_happened_and_not_what_was_known(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=10)
    between = now(shop)
    shop.read("SELECT pg_sleep(0.02)")
    shop.book(Receive(sku=sku, location="dc", qty=5, effective_at=ago(hours=2)))
    for axis, units in (("recorded", 10), ("effective", 15)):
        then = Past(shop.hub.db, reader.conn, between, axis).available("web", sku)  # type: ignore[arg-type]
        assert isinstance(then, Available)
        assert then.atp == units


def test_an_instant_without_a_zone_is_refused(shop: Shop, reader: Reader) -> None:
    with pytest.raises(Invalid, match="no time zone"):
        Past(shop.hub.db, reader.conn, datetime(2026, 1, 1))  # noqa: DTZ001
