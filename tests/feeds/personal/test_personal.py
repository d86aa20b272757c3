"""Personal data is kept no longer than it may be, and erased for good when its person asks."""

from datetime import timedelta

import msgspec
import pytest

from tests.factories import ago
from tests.feeds.channel_orders.till import BUYER, Till, sold
from truestock.connections.reached import connection, put_connection
from truestock.connections.seal import Seal
from truestock.connectors.contract.notices import Notice
from truestock.connectors.contract.orders import Buyer, SeenOrder
from truestock.core.problems import Invalid, NotFound
from truestock.feeds.channel_orders.notices import Heard, add, sent
from truestock.feeds.personal.erase import Erased, Person, erase
from truestock.feeds.personal.forget import BUYERS, NOTICES
from truestock.store.errors import StoreError
from truestock.store.upkeep.retention import Kept, trim_all

ADA = msgspec.structs.replace(BUYER, id="77", phone="+44 (20) 7946-0018")
BOB = Buyer(name="Bob", email="bob@example.org", phone="+44 20 7946 0999", lat=48.0, lng=2.0)


@pytest.fixture
def sku(till: Till) -> str:
    """Ada has bought twice, Bob once; the channel has sent messages about all of it."""
    sku = till.shop.item(dc=100)
    till.register.put("5001", sold("a", sku, 3), buyer=ADA)
    till.register.put("5002", sold("a", sku, 1), buyer=BOB)
    till.register.put("5003", sold("a", sku, 2), buyer=msgspec.structs.replace(ADA, email="ADA@example.org", phone=""))
    till.hear("5001", body=b'{"id": 5001}')
    till.hear("5002", body=b'{"id": 5002, "email": "bob@example.org"}')
    till.hear("none", topic="customers/update", body=b'{"email": "Ada@Example.org"}')
    till.turns()
    return sku


def known(till: Till) -> list[tuple[str, str | None]]:
    """Orders with the address of mail that is known of who bought."""
    return till.shop.read(
        "SELECT o.ref, b.data ->> 'email' FROM channel_order o "
        "LEFT JOIN buyer b ON b.part = o.part AND b.order_id = o.id ORDER BY o.ref"
    )


def bodies(till: Till) -> list[bytes]:
    return [bytes(body) for (body,) in till.shop.read("SELECT body FROM notice ORDER BY received_at, object")]


def destinations(till: Till) -> int:
    """How many orders, the channel's and ours, say where they went; as they were asked for, they say so too."""
    ((count, asked),) = till.shop.read(
        "SELECT (SELECT count(lat) FROM channel_order) + (SELECT count(lat) FROM orders), "
        "(SELECT count(content::jsonb ->> 'lat') FROM taken_order)"
    )
    assert asked == count / 2
    return int(count)


def test_a_person_is_erased_from_every_order_and_message_and_nobody_else_is(till: Till, sku: str) -> None:
    assert destinations(till) == 6
    told = Person(email="ada@example.org")
    assert erase(till.shop.hub.db, told, dry_run=True) == Erased(2, 2)
    assert known(till)[0] == ("5001", "ada@example.org")
    assert erase(till.shop.hub.db, told) == Erased(2, 2)
    assert known(till) == [("5001", None), ("5002", "bob@example.org"), ("5003", None)]
    assert bodies(till) == [b"", b'{"id": 5002, "email": "bob@example.org"}', b""]
    assert destinations(till) == 2
    everything = str(till.shop.read("SELECT b::text FROM buyer b")).lower()
    assert not [word for word in ("ada", "byron", "london", "7946-0018") if word in everything]
    assert erase(till.shop.hub.db, told) == Erased(0, 0)
    assert till.stands("5001") == {sku: (3, 0)}
    till.shop.proven()


def test_messages_of_another_channels_order_of_the_same_number_are_kept(till: Till, sku: str) -> None:
    put_connection(till.shop.hub.db, Seal(b"k" * 32), "market", "generic", {}, {})
    market = connection(till.shop.hub.db, "market").id
    told = Heard(market, Notice("orders/updated", "5001"), b'{"email": "bob@example.org"}')
    with till.shop.hub.db.connect() as conn:
        add(conn, [told])
    person = Person(channel="web", order="5001")
    assert erase(till.shop.hub.db, person, dry_run=True) == Erased(1, 1)
    assert erase(till.shop.hub.db, person) == Erased(1, 1)
    assert told.body in bodies(till)


def test_what_a_fault_left_is_done_by_the_next_one(till: Till, sku: str) -> None:
    person = Person(email="ada@example.org")
    with till.shop.hub.db.transaction() as conn:
        conn.execute("ALTER TABLE notice ADD CONSTRAINT kept CHECK (body <> '')")
    with pytest.raises(StoreError):
        erase(till.shop.hub.db, person)
    with till.shop.hub.db.transaction() as conn:
        conn.execute("ALTER TABLE notice DROP CONSTRAINT kept")
    assert erase(till.shop.hub.db, person) == Erased(2, 2)
    assert bodies(till) == [b"", b'{"id": 5002, "email": "bob@example.org"}', b""]
    assert [email for _, email in known(till)] == [None, "bob@example.org", None]


def test_messages_about_an_order_that_could_not_be_read_are_emptied_by_its_id(till: Till, sku: str) -> None:
    till.hear("6001", body=b'{"name": "Ada"}')
    assert erase(till.shop.hub.db, Person(channel="web", order="6001")) == Erased(0, 1)
    assert b'{"name": "Ada"}' not in bodies(till)


def test_who_bought_leaves_orders_that_came_whole_whether_they_were_taken_or_not(till: Till, sku: str) -> None:
    orders = [
        SeenOrder(name, ago(), ago(), [sold("a", sku, 1)], buyer=who)
        for name, who in (("6001", ADA), ("6002", ADA), ("6003", BOB))
    ]
    with till.shop.hub.db.connect() as conn:
        add(conn, [Heard(till.channel, Notice("order", o.id, order=o), b"<order/>") for o in orders])
        conn.execute("UPDATE notice SET done_at = clock_timestamp() WHERE object = '6001'")
    person = Person(email="ADA@example.org")
    assert erase(till.shop.hub.db, person) == Erased(2, 4)
    ((rest,),) = till.shop.read("SELECT string_agg(sent, ' ') FROM notice")
    assert "ada@" not in rest.lower()
    assert "Ada" not in rest
    waiting = {order.id: order for order in sent(till.shop.hub.db, till.channel, 10).values()}
    assert waiting == {"6002": msgspec.structs.replace(orders[1], buyer=Buyer()), "6003": orders[2]}
    assert erase(till.shop.hub.db, person) == Erased(0, 0)


def test_what_the_channel_says_of_the_order_later_does_not_bring_the_person_back(till: Till, sku: str) -> None:
    erase(till.shop.hub.db, Person(email="ada@example.org"))
    till.register.put("5001", sold("a", sku, 1), buyer=ADA)
    till.turns()
    assert till.stands("5001") == {sku: (1, 0)}
    assert known(till)[0] == ("5001", None)
    assert destinations(till) == 2


@pytest.mark.parametrize(
    ("person", "orders"),
    [
        (Person(phone="0044 20 79460018"), 0),
        (Person(phone="+44 20 7946 0018"), 1),
        (Person(channel="web", buyer="77"), 2),
        (Person(channel="web", order="5003"), 1),
        (Person(channel="market", order="5003"), 0),
        (Person(email="nobody@example.org"), 0),
        (Person(email="%@example.org"), 0),
    ],
)
def test_a_person_is_found_by_what_is_told(till: Till, sku: str, person: Person, orders: int) -> None:
    assert erase(till.shop.hub.db, person).orders == orders
    assert [email for _, email in known(till)].count(None) == orders


@pytest.mark.parametrize(
    ("person", "field"),
    [
        (Person(), "email"),
        (Person(email="ada"), "email"),
        (Person(phone="12"), "phone"),
        (Person(buyer="77"), "channel"),
        (Person(channel="web"), "email"),
        (Person(email="a@b.c", channel="web"), "channel"),
        (Person(email="a@b.c\n"), "email"),
    ],
)
def test_what_tells_of_nobody_is_refused(till: Till, person: Person, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        erase(till.shop.hub.db, person)
    assert refused.value.field == field


def test_an_unknown_channel_is_not_found(till: Till) -> None:
    with pytest.raises(NotFound):
        erase(till.shop.hub.db, Person(channel="nowhere", order="1"))


def test_messages_and_buyers_go_after_their_days_and_what_was_sold_stays(till: Till, sku: str) -> None:
    db = till.shop.hub.db
    kept = [Kept(NOTICES, 30), Kept(BUYERS, 730)]
    assert trim_all(db, kept) == {"messages of channels": 0, "buyers": 0}
    with db.transaction() as conn:
        conn.execute("UPDATE notice SET received_at = %s WHERE object = '5001'", [ago(days=31)])
        conn.execute("UPDATE buyer SET placed_at = %s WHERE data ->> 'email' = 'bob@example.org'", [ago(days=731)])
    assert trim_all(db, kept) == {"messages of channels": 1, "buyers": 1}
    assert len(bodies(till)) == 2
    assert known(till) == [("5001", "ada@example.org"), ("5002", None), ("5003", "ADA@example.org")]
    assert destinations(till) == 4
    assert till.stands("5002") == {sku: (1, 0)}
    till.shop.proven()


def test_the_settings_say_how_long(till: Till) -> None:
    settings = till.shop.hub.settings
    assert timedelta(days=settings.keep_raw_days) == timedelta(days=30)
    assert timedelta(days=settings.keep_personal_days) == timedelta(days=730)
