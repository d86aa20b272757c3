"""Orders are read when a message tells of them, and asked for when none does; what fails is read again."""

import msgspec

from tests.clocks import ByHand
from tests.factories import ago
from tests.feeds.channel_orders.till import OFTEN, Till, parcel, sold
from truestock.connections.reached import connection, put_connection
from truestock.connections.seal import Seal
from truestock.core.identity import order_identity
from truestock.feeds.channel_orders.puller import CURSOR_LASTS_S


def test_first_come_the_open_orders_then_what_changes(till: Till) -> None:
    sku = till.shop.item(dc=1_000)
    till.register.page = 4
    for n in range(10):
        till.register.put(f"o{n:02}", sold("a", sku, 1))
    till.register.put("done", sold("a", sku, 1), state="closed")
    puller = till.turns(most=4)
    assert till.register.read == ["open", "open", "open", "since"]
    assert till.shop.shelf(sku)["dc"] == (1_000, 10)
    till.register.put("o10", sold("a", sku, 5))
    till.turns(puller)
    assert till.shop.shelf(sku)["dc"] == (1_000, 15)
    assert "open" not in till.register.read[4:]


def test_a_message_has_its_order_read_at_once_and_once(till: Till) -> None:
    till.begin(ago(days=3))
    till.register.traits = msgspec.structs.replace(OFTEN, poll_every_s=3600)
    sku = till.shop.item(dc=10)
    puller = till.turns()
    till.register.read.clear()
    till.register.put("5001", sold("a", sku, 3))
    till.hear("5001", "5001", "gone")
    till.hear("5001", body=b"another body")
    till.turns(puller)
    assert till.register.read == ["ids"]
    assert till.stands("5001") == {sku: (3, 0)}
    heard = till.shop.read("SELECT object, done_at IS NOT NULL, trouble FROM notice ORDER BY object, body")
    assert heard == [("5001", True, ""), ("5001", True, ""), ("gone", True, "the channel does not have this order")]


def test_what_nobody_told_of_is_asked_for_by_the_clock(till: Till) -> None:
    till.begin(ago(days=3))
    till.register.traits = msgspec.structs.replace(OFTEN, poll_every_s=240)
    sku, clock = till.shop.item(dc=10), ByHand()
    puller = till.turns(till.puller(clock))
    till.register.put("5001", sold("a", sku, 3))
    clock.at_s += 239
    till.turns(puller)
    assert till.register.read == ["since"]
    clock.at_s += 1
    till.turns(puller)
    assert till.register.read == ["since", "since"]
    assert till.stands("5001") == {sku: (3, 0)}


def test_a_call_that_fails_is_made_again_and_says_why(till: Till) -> None:
    sku = till.shop.item(dc=10)
    till.register.put("5001", sold("a", sku, 3))
    till.register.faults = ["the door is shut"]
    puller = till.puller()
    till.turns(puller, most=1)
    assert connection(till.shop.hub.db, "web").connection.trouble == "the door is shut"
    till.turns()
    assert till.stands("5001") == {sku: (3, 0)}


def test_an_order_that_cannot_be_understood_is_shown_and_holds_up_none(till: Till) -> None:
    sku = till.shop.item(dc=10)
    till.register.put("5001", sold("a", sku, 3))
    till.register.put("5002", sold("a", sku, 3))
    till.register.unread["5001"] = "line 1 has no quantity"
    puller = till.turns()
    assert till.stands("5002") == {sku: (3, 0)}
    assert till.shop.read("SELECT ref, reason FROM unread_order") == [("5001", "line 1 has no quantity")]
    till.register.unread.clear()
    till.register.put("5001", sold("a", sku, 2))
    till.turns(puller)
    assert till.stands("5001") == {sku: (2, 0)}
    assert till.shop.read("SELECT * FROM unread_order") == []


def test_an_order_that_cannot_be_kept_is_shown_and_holds_up_none(till: Till) -> None:
    sku = till.shop.item(dc=10)
    till.register.put("5001", sold("a", sku, 10**12))
    till.register.put("5002", sold("a", sku, 3), name="a\0b")
    till.register.put("5003", sold("a", sku, 3))
    till.turns()
    assert till.stands("5003") == {sku: (3, 0)}
    assert till.shop.read("SELECT ref, reason FROM unread_order ORDER BY ref") == [
        ("5001", "'1000000000000' units are not from 0 to 1,000,000,000"),
        ("5002", "'a\\x00b' has a NUL character"),
    ]


def test_a_hundred_orders_of_one_second_are_all_read(till: Till) -> None:
    sku = till.shop.item(dc=1_000)
    till.begin(ago(days=3))
    for n in range(100):
        till.register.put(f"o{n:03}", sold("a", sku, 1), parcels=[parcel("p", {"a": 1})] if n % 2 else [])
    till.register.page = 100
    till.turns()
    assert till.shop.shelf(sku)["dc"] == (950, 50)
    assert till.shop.read("SELECT count(*) FROM channel_order WHERE settled") == [(100,)]
    assert till.stands("o001") == {sku: (0, 1)}
    assert len({order_identity(till.channel, f"o{n:03}").id for n in range(100)}) == 100


def test_another_shop_is_read_from_its_open_orders_on(till: Till) -> None:
    sku = till.shop.item(dc=100)
    till.register.put("5001", sold("a", sku, 3))
    till.turns()
    till.register.orders_now.clear()
    till.register.put("7001", sold("a", sku, 2))
    till.register.read.clear()
    put_connection(till.shop.hub.db, Seal(b"k" * 32), "web", "generic", {"base_url": "http://127.0.0.1:9"}, {})
    till.turns()
    assert till.register.read[:2] == ["open", "since"]
    assert till.stands("7001") == {sku: (2, 0)}
    till.register.read.clear()
    put_connection(till.shop.hub.db, Seal(b"k" * 32), "web", "generic", {"base_url": "http://127.0.0.1:9"}, {})
    till.turns()
    assert "open" not in till.register.read


def test_a_cursor_that_the_channel_has_forgotten_is_given_up(till: Till) -> None:
    sku, clock = till.shop.item(dc=100), ByHand()
    puller = till.turns(till.puller(clock))
    till.register.faults = ["that cursor has ended"] * 2
    till.register.put("5001", sold("a", sku, 3))
    till.register.read.clear()
    till.turns(puller, most=1)
    clock.at_s += CURSOR_LASTS_S
    till.turns(puller, most=1)
    till.turns(puller)
    assert till.register.read[:4] == ["since", "since", "open", "since"]
    assert till.stands("5001") == {sku: (3, 0)}
