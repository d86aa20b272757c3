"""What several processes were told about one item, as if one clerk had served them one after the other."""

from random import Random

import pytest

from tests.concurrency.crowd import Call, Told, order, rush
from tests.concurrency.linear import Seen, could_have_happened
from tests.factories import Shop


@pytest.mark.parametrize(
    ("history", "possible"),
    [
        ([Seen(0, 1, -3, 3), Seen(2, 3, 0, 0)], True),
        ([Seen(0, 1, -3, 3), Seen(2, 3, 0, 3)], False),
        ([Seen(0, 3, -3, 3), Seen(1, 2, 0, 3)], True),
        ([Seen(0, 3, -2, 3), Seen(1, 2, -2, 3)], False),
        ([Seen(0, 9, -2), Seen(1, 8, -2), Seen(2, 3, 1)], True),
        ([Seen(0, 9, -2), Seen(1, 8, -2)], False),
    ],
)
def test_the_checker_knows_what_could_have_happened(history: list[Seen], possible: bool) -> None:
    assert could_have_happened(history, 3) is possible


def seen(told: Told) -> Seen:
    times = told.called_at, told.answered_at
    if told.call.kind == "booking":
        return Seen(*times, told.call.body["qty"])
    if told.call.kind == "release":
        return Seen(*times, told.answer.get("units", 0))
    (line,) = told.answer["lines"]
    return Seen(*times, -line["granted"], line["available"])


@pytest.mark.parametrize("seed", range(3))
def test_orders_releases_and_receipts_through_several_processes_are_linearizable(shop: Shop, seed: int) -> None:
    chance = Random(seed)
    skus = [shop.item(dc=20, store=12) for _ in range(3)]
    for sku in skus:
        shop.buy("web", {sku: 7})

    def calls(p: int) -> list[Call]:
        made = []
        for n in range(90):
            sku, ref = skus[n % 3], f"{p}-{n}"
            kind = chance.choice(("order", "order", "order", "receipt", "release"))
            if kind == "receipt":
                body = {"kind": "receive", "sku": sku, "location": "dc", "qty": chance.randint(1, 3)}
                made.append(Call("booking", body, key=ref))
            elif kind == "release" and n >= 9:
                made.append(Call("release", {"channel": "web", "ref": f"{p}-{n - 9}"}))
            else:
                made.append(order("web", ref, {sku: chance.randint(1, 4)}))
        return made

    told = rush(shop.hub.db.url, [calls(p) for p in range(3)], callers=3)
    item_of = {t.call.body["ref"]: t.call.body["lines"][0]["sku"] for t in told if t.call.kind == "order"}
    for sku in skus:
        about = [t for t in told if sku in (t.call.body.get("sku"), item_of.get(t.call.body.get("ref", "")))]
        history = [seen(t) for t in about]
        assert len(history) > 60
        assert could_have_happened(history, 25), f"seed {seed}, {sku}"
        wrong = [h._replace(available=h.available + 1) if h.available is not None else h for h in history]
        assert not could_have_happened(wrong, 25), "a history of other numbers could not have happened"
