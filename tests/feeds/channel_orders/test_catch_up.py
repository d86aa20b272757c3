"""All orders are read when somebody waits for them; a channel in trouble is passed over once its trouble has stood."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from tests.clocks import PATIENCE_S
from tests.connectors.counterparts.generic import SECRET
from tests.feeds.channel_orders.till import OFTEN, Till, sold
from truestock.connections.reached import Reached, connection, put_connection, set_trouble
from truestock.connections.seal import Seal
from truestock.core.problems import NotFound
from truestock.feeds.channel_orders.catch_up import Look, Patience, judged, read_orders
from truestock.store.jobs.kinds import Interrupted, Work
from truestock.store.jobs.stages import Progress

SEAL = Seal(b"k" * 32)
SHOP = {"base_url": "http://127.0.0.1:9/hub", "decrements": "never", "orders": "read"}


class Asking:
    """The stage in a thread of its own, as a job has it."""

    def __init__(self, till: Till, channel: str | None, patience: Patience) -> None:
        self.said = ""
        self.fault: Exception | None = None
        self._till = till
        self._over = threading.Event()
        with till.shop.hub.db.transaction() as conn:
            conn.execute("DELETE FROM job_stage")
        self._stage = read_orders(till.shop.hub.db, lambda: SEAL, patience)
        self._progress = Progress(till.shop.hub.db, Work(1, channel, self._over.is_set), 1, "orders", set())
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.said = self._stage(self._progress)
        except (Interrupted, NotFound) as fault:
            self.fault = fault

    def end(self, *, stop: bool = False) -> list[tuple[Any, ...]]:
        """What it said by channel, after its end."""
        if stop:
            self._over.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        return self._till.shop.read("SELECT channel, state, said FROM job_stage WHERE channel <> '' ORDER BY channel")

    @property
    def running(self) -> bool:
        return self._thread.is_alive()


Ask = Callable[..., Asking]


@pytest.fixture
def ask(till: Till) -> Iterator[Ask]:
    """Begins the stage; none outlives its test. The web shop is asked for its orders once an hour."""
    till.register.traits = msgspec.structs.replace(OFTEN, poll_every_s=3600)
    put_connection(till.shop.hub.db, SEAL, "web", "generic", SHOP, {"signing_secret": SECRET})
    begun: list[Asking] = []

    def begin(channel: str | None = "web", trouble_s: float = PATIENCE_S, within_s: float = PATIENCE_S) -> Asking:
        begun.append(Asking(till, channel, Patience(trouble_s, within_s)))
        return begun[-1]

    yield begin
    for one in begun:
        one.end(stop=True)


def begins(till: Till) -> None:
    """Wait until somebody waits for the orders."""
    while not till.shop.read("SELECT FROM connection WHERE orders_wanted_at IS NOT NULL"):
        till.shop.wait(0.02)


def test_a_channel_is_asked_at_once_though_it_was_read_a_moment_ago(till: Till, ask: Ask) -> None:
    sku = till.shop.item(dc=10)
    puller = till.turns()
    till.register.put("5001", sold("a", sku, 3))
    till.register.read.clear()
    till.turns(puller)
    assert till.register.read == []
    asking = ask()
    begins(till)
    till.turns(puller)
    assert asking.end() == [("web", "done", "its orders are here")]
    assert asking.said == "channels that were read: 1, passed over: 0"
    assert till.stands("5001") == {sku: (3, 0)}
    till.register.read.clear()
    till.turns(puller)
    assert till.register.read == []


def test_it_waits_for_all_pages_and_for_messages_that_came_before(till: Till, ask: Ask) -> None:
    sku = till.shop.item(dc=100)
    puller = till.turns()
    for n in range(5):
        till.register.put(f"o{n}", sold("a", sku, 1))
    till.register.page = 2
    till.hear("o0")
    asking = ask()
    begins(till)
    till.turns(puller, most=2)
    till.shop.wait(0.7)
    assert asking.running
    till.turns(puller)
    assert asking.end() == [("web", "done", "its orders are here")]
    assert till.shop.shelf(sku)["dc"] == (100, 5)


def test_trouble_that_stands_is_told_and_trouble_that_passes_is_not(till: Till, ask: Ask) -> None:
    puller = till.turns()
    till.register.faults = ["the door is shut"]
    asking = ask(trouble_s=PATIENCE_S)
    begins(till)
    till.turns(puller, most=1)
    assert connection(till.shop.hub.db, "web").connection.trouble == "the door is shut"
    till.turns()
    assert asking.end() == [("web", "done", "its orders are here")]
    set_trouble(till.shop.hub.db, till.channel, "the door is shut for good")
    asking = ask(trouble_s=0.3)
    assert asking.end() == [("web", "passed", "the door is shut for good")]
    assert asking.said == "channels that were read: 0, passed over: 1"


def test_an_order_that_is_tried_again_is_waited_for_but_not_for_long(till: Till, ask: Ask) -> None:
    till.register.put("5001", sold("a", till.shop.item(dc=10), 3))
    till.turns()

    def settled(yes: bool) -> None:
        with till.shop.hub.db.transaction() as conn:
            conn.execute("UPDATE channel_order SET settled = %s", [yes])

    def read(trouble_s: float) -> Asking:
        """All was read, but of the order not everything came through."""
        settled(False)
        asking = ask(trouble_s=trouble_s)
        begins(till)
        with till.shop.hub.db.transaction() as conn:
            conn.execute("UPDATE connection SET orders_read_at = clock_timestamp(), orders_wanted_at = NULL")
        return asking

    asking = read(PATIENCE_S)
    till.shop.wait(1.2)
    assert asking.running
    settled(True)
    assert asking.end() == [("web", "done", "its orders are here")]
    assert read(0.3).end() == [("web", "done", "its orders are here; 1 of them wait, see the inbox")]


def test_a_channel_that_nobody_reads_is_passed_over_in_the_end(ask: Ask) -> None:
    assert ask(within_s=0.2).end() == [("web", "passed", "its orders were not read in time")]


def test_it_can_be_stopped(ask: Ask) -> None:
    asking = ask()
    assert asking.end(stop=True) == []
    assert isinstance(asking.fault, Interrupted)


def test_a_channel_without_orders_holds_up_nothing(till: Till, ask: Ask) -> None:
    settings = {**SHOP, "orders": "no"}
    put_connection(till.shop.hub.db, SEAL, "market", "generic", settings, {"signing_secret": SECRET})
    assert ask("market").end() == [("market", "done", "its orders are here")]
    asking = ask("retail")
    asking.end()
    assert isinstance(asking.fault, NotFound)


@pytest.mark.parametrize(
    ("look", "reads", "late", "found"),
    [
        (Look(True, 0, "", False, 0, 0), True, False, ("done", "its orders are here")),
        (
            Look(True, 0, "shut", True, 2, 0),
            True,
            False,
            ("done", "its orders are here; 2 of them wait, see the inbox"),
        ),
        (Look(False, 0, "", False, 0, 0), False, False, ("done", "its orders are here")),
        (Look(True, 1, "", False, 0, 0), True, False, None),
        (Look(False, 0, "", False, 0, 0), True, False, None),
        (Look(False, 0, "shut", False, 0, 0), True, False, None),
        (Look(False, 0, "shut", True, 0, 0), True, False, ("passed", "shut")),
        (Look(False, 0, "", False, 0, 0), True, True, ("passed", "its orders were not read in time")),
    ],
)
def test_what_becomes_of_a_channel(
    till: Till, look: Look, reads: bool, late: bool, found: tuple[str, str] | None
) -> None:
    reached = connection(till.shop.hub.db, "web")
    assert judged(reached, look, reads=reads, late=late) == found
    for change, said in (({"paused": True}, "it is paused"), ({"mode": "off"}, "it is off")):
        other = Reached(reached.id, msgspec.structs.replace(reached.connection, **change), reached.sealed)
        assert judged(other, look, reads=reads, late=late) == ("passed", said)
