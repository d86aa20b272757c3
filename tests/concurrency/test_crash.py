"""Kill it anywhere: what was answered is there, and what was not can be sent again with the same key."""

import os
import signal
import time
from collections import Counter
from contextlib import ExitStack, suppress
from random import Random
from typing import Any

import msgspec
from pydantic import SecretStr

from tests.clocks import until
from tests.concurrency.casualty import answers, begin
from tests.concurrency.crowd import Call, decoded, order
from tests.concurrency.nursery import Process
from tests.factories import Shop
from tests.simulation.invariants import broken
from truestock.bootstrap import NotInTime, open_hub
from truestock.config import Settings
from truestock.store.embedded import EmbeddedServer
from truestock.store.errors import StoreError

ROUNDS = 25


def plan(skus: list[str], chance: Random, seed: int) -> list[Call]:
    """Orders, shipments of earlier ones, and receipts, each with a key of its own."""
    calls: list[Call] = []
    for n in range(4_000):
        sku = chance.choice(skus)
        kind = chance.choice(("order", "order", "order", "ship", "receipt"))
        if kind == "ship":
            body: dict[str, Any] = {"channel": "web", "ref": f"c{seed}-{max(0, n - 60)}"}
            calls.append(Call("ship", body, key=f"s{seed}-{n}"))
        elif kind == "receipt":
            body = {"kind": "receive", "sku": sku, "location": "dc", "qty": 1}
            calls.append(Call("booking", body, key=f"r{seed}-{n}"))
        else:
            lines = {one: chance.randint(1, 3) for one in {sku, chance.choice(skus)}}
            calls.append(order("web", f"c{seed}-{n}", lines, chance.choice(("all_or_nothing", "partial"))))
    return calls


def kill(server: EmbeddedServer, process: Process, chance: Random) -> None:
    """After a random moment of work, the hub's process or PostgreSQL, without a warning; and wait for the database."""
    time.sleep(0.02 + 0.3 * chance.random())
    if chance.random() < 0.6:
        process.kill()
        return
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: server.pid != pid and server.cluster.answers())


def again(shop: Shop, call: Call) -> dict[str, Any]:
    """Send a call until the database is back and it is answered."""
    handler, command = decoded(call)
    for _ in range(5):
        # A connection from before the restart fails once, and is replaced.
        with suppress(StoreError, NotInTime):
            (answer,) = shop.hub.run(handler, [command])
            said: dict[str, Any] = msgspec.to_builtins(answer)
            return said
    raise AssertionError("the hub does not come back")


def test_nothing_answered_is_lost_and_nothing_sent_again_is_there_twice(durable: EmbeddedServer) -> None:
    with ExitStack() as stack, open_hub(Settings(database_url=SecretStr(durable.url))) as hub:
        shop = Shop(hub)
        skus = [shop.item(dc=900_000), shop.item(dc=900_000), shop.item(dc=4_000, store=4_000)]
        stock = Counter({skus[0]: 900_000, skus[1]: 900_000, skus[2]: 8_000})
        answered = unanswered = replayed = 0
        for seed in range(ROUNDS):
            chance = Random(seed)
            calls = plan(skus, chance, seed)
            process, heard = begin(stack, durable.url, calls)
            kill(durable, process, chance)
            said = answers(heard)
            with suppress(StoreError):
                shop.read("SELECT 1")
            # Whoever was under way at the kill asks again, and a few that had their answer do as well.
            under_way = [n for n in range(min(len(calls), max(said, default=0) + 60)) if n not in said]
            repeated = {
                n: again(shop, calls[n]) for n in [*under_way, *chance.sample(sorted(said), min(10, len(said)))]
            }
            for n, answer in repeated.items():
                if n in said and said[n].get("outcome") != "refused" and said[n].get("granted", True):
                    assert answer["replay"], f"seed {seed}: {calls[n]} was answered, and lost"
            replayed += sum(bool(repeated[n].get("replay")) for n in under_way)
            answered, unanswered = answered + len(said), unanswered + len(under_way)
            check(shop, calls, {n: repeated.get(n, said.get(n)) for n in [*said, *repeated]}, stock, seed)
        shop.proven()
    print(f"{answered} answered, {unanswered} sent again, of which {replayed} had been done")  # noqa: T201
    # Enough to mean something, on a machine that has other things to do as well.
    assert answered > 300
    assert unanswered > 100


def check(shop: Shop, calls: list[Call], said: dict[int, Any], stock: Counter[str], seed: int) -> None:
    """Every accepted order has its units, once; every receipt came in once; what shipped has left once."""
    promised = dict(
        shop.read(
            "SELECT o.ref, coalesce(sum(p.qty), 0)::int FROM orders o LEFT JOIN promise p ON p.order_id = o.id "
            "WHERE o.ref LIKE %s GROUP BY o.part, o.id, o.ref", f"c{seed}-%"
        )
    )  # fmt: skip
    wanted = {
        calls[n].body["ref"]: sum(line["granted"] for line in answer["lines"])
        for n, answer in said.items()
        if calls[n].kind == "order" and answer["granted"]
    }
    assert promised == wanted, f"seed {seed}"
    for n, answer in said.items():
        if calls[n].kind == "booking":
            stock[calls[n].body["sku"]] += 1
            assert answer["outcome"] == "booked"
    shipped = dict(shop.read("SELECT sku, sum(posted)::int FROM promise p JOIN item i ON i.id = p.item GROUP BY sku"))
    for sku, units in stock.items():
        assert sum(on_hand for on_hand, _ in shop.shelf(sku).values()) == units - shipped.get(sku, 0), f"seed {seed}"
    assert not broken(shop.hub.db), f"seed {seed}"
