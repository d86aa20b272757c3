"""A hot item sold from several processes at once: exactly what is there, and every key once."""

from random import Random

from tests.concurrency.crowd import Call, Told, order, rush
from tests.factories import Shop
from truestock.core.decide.reserve import Mode

CHANNELS = ("web", "retail", "market")


def granted(told: list[Told]) -> int:
    """Units newly promised; what was answered before is not counted again."""
    return sum(sum(line["granted"] for line in t.answer["lines"]) for t in told if not t.answer["replay"])


def test_512_buyers_sell_a_partly_allocated_item_out_to_exactly_zero(shop: Shop) -> None:
    sku = shop.item(dc=900, store=400, far=200)
    shop.ring(sku, "dc", 100, to="retail")
    assert all(answer.granted for answer in shop.place(*(shop.order("web", {sku: 1 + n % 3}) for n in range(90))))
    left = sum(on_hand - reserved for on_hand, reserved in shop.shelf(sku).values())
    chance = Random(512)
    crowd = [
        [order(chance.choice(CHANNELS), f"r{p}-{n}", {sku: chance.randint(1, 4)}, "partial") for n in range(700)]
        for p in range(2)
    ]
    told = rush(shop.hub.db.url, crowd)
    # Web alone draws on the far store and retail alone on its ring: let each have the rest.
    rest = [shop.buy(channel, {sku: 2_000}, mode="partial") for channel in CHANNELS]
    assert granted(told) + sum(answer.lines[0].granted for answer in rest) == left
    assert shop.shelf(sku) == {"dc": (900, 900), "store": (400, 400), "far": (200, 200)}


def test_one_key_sent_through_several_processes_at_once_has_one_effect(shop: Shop) -> None:
    sku = shop.item(dc=500)
    same = [order("web", f"same-{n}", {sku: 1}) for n in range(300)]
    receipts = [
        Call("booking", {"kind": "receive", "sku": sku, "location": "store", "qty": 1}, key=f"receipt-{n}")
        for n in range(30)
    ]
    told = rush(shop.hub.db.url, [same + receipts for _ in range(3)], callers=64)
    orders = [t for t in told if t.call.kind == "order"]
    assert all(t.answer["granted"] for t in orders)
    assert sum(not t.answer["replay"] for t in orders) == granted(orders) == 300
    assert shop.shelf(sku) == {"dc": (500, 300), "store": (30, 0)}
    assert len({t.answer["movement"] for t in told if t.call.kind == "booking"}) == 30


def test_orders_of_many_items_in_opposite_orders_never_wait_for_each_other_in_a_circle(shop: Shop) -> None:
    skus = [shop.item(dc=400, store=400) for _ in range(12)]
    chance = Random(7)

    def calls(p: int) -> list[Call]:
        made = []
        for n in range(250):
            some = chance.sample(skus, chance.choice((1, 1, 2, 3, 6, 12)))
            made.append(order("web", f"many{p}-{n}", {sku: chance.randint(1, 5) for sku in some}))
        return made

    before = deadlocks(shop)
    told = rush(shop.hub.db.url, [calls(p) for p in range(3)], callers=48)
    assert len(told) == 750
    assert not [t.answer for t in told if "error" in t.answer]
    assert deadlocks(shop) == before
    reserved = sum(reserved for sku in skus for _, reserved in shop.shelf(sku).values())
    assert reserved == granted(told) > 0


def deadlocks(shop: Shop) -> int:
    return int(shop.read("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0][0])


def test_facts_and_orders_race_and_the_ledger_stays_true(shop: Shop) -> None:
    sku = shop.item(dc=300, store=100)
    chance = Random(3)

    def facts(p: int) -> list[Call]:
        made = []
        for n in range(150):
            kind = chance.choice(("receive", "adjust", "adjust"))
            body: dict[str, object] = {"kind": kind, "sku": sku, "location": chance.choice(("dc", "store"))}
            body["qty"] = chance.randint(1, 6) if kind == "receive" else -chance.randint(1, 6)
            made.append(Call("booking", body | ({"reason": "lost"} if kind == "adjust" else {}), key=f"f{p}-{n}"))
        return made

    def trade(p: int) -> list[Call]:
        made = []
        for n in range(150):
            ref = f"t{p}-{n}"
            mode: Mode = chance.choice(("all_or_nothing", "partial", "sold"))
            made.append(order("web", ref, {sku: chance.randint(1, 6)}, mode))
            after = f"t{p}-{max(0, n - 30)}"
            if n % 3 == 0:
                made.append(Call("release", {"channel": "web", "ref": after}))
            if n % 3 == 1:
                made.append(Call("ship", {"channel": "web", "ref": after, "location": "dc"}))
        return made

    told = rush(shop.hub.db.url, [facts(1), trade(2), trade(3)], callers=12)
    assert not [t.answer for t in told if "error" in t.answer]
    booked = sum(t.call.body["qty"] for t in told if t.call.kind == "booking")
    shipped = sum(t.answer.get("units", 0) for t in told if t.call.kind == "ship")
    assert shipped > 0
    assert sum(on_hand for on_hand, _ in shop.shelf(sku).values()) == 400 + booked - shipped
