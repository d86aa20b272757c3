"""What a web shop's shoppers get in their mail, from the order to the last parcel."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.clocks import until
from tests.factories import ahead
from tests.feeds.channel_orders.till import parcel, sold
from tests.sync.messages.conftest import ADA, Counter
from truestock.connectors.contract.orders import Buyer
from truestock.feeds.personal.erase import Person, erase
from truestock.orders.actions import Release, ReleaseLine, Ship, ShipLine
from truestock.sync.messages import rules
from truestock.sync.messages.look import gather, look
from truestock.sync.messages.manage import retry


def body(counter: Counter, at: int = -1) -> str:
    mail = counter.office.mails[at]
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_nothing_is_told_until_somebody_switches_it_on(counter: Counter) -> None:
    counter.sell("1", {counter.shop.item(dc=5): 1})
    counter.look()
    counter.switch_on()
    counter.look()
    assert counter.messages() == []
    counter.sell("2", {counter.shop.item(dc=5): 1})
    counter.look()
    assert [(m.order, m.kind) for m in counter.messages()] == [("2", "confirmed")]


def test_an_order_is_confirmed_split_and_shipped_each_once(counter: Counter) -> None:
    counter.switch_on()
    lamp, bulb = counter.shop.item(dc=5), counter.shop.item(dc=5)
    counter.sell("1", {lamp: 1, bulb: 2})
    counter.send()
    (mail,) = counter.office.mails
    assert mail["Subject"] == "Your order #1"
    assert mail["To"] == "Ada Byron <ada@example.org>"
    assert mail["From"] == "Lamp Shop <orders@lamps.test>"
    assert counter.office.envelopes == [("orders@lamps.test", ["ada@example.org"])]
    assert f"- 2 x {bulb} in blue" in body(counter)
    assert "Hello Ada Byron," in body(counter)
    counter.shop.do(Ship("web", "1", [ShipLine(0, 1)], carrier="DHL", tracking="J1", tracking_url="https://t.test/J1"))
    counter.send()
    assert "first parcel" in counter.office.mails[-1]["Subject"]
    assert "DHL J1" in body(counter)
    assert "This follows later" in body(counter)
    counter.shop.do(Ship("web", "1", tracking="J2"))
    for _ in range(3):
        counter.send()
    assert counter.told("done") == ["confirmed", "shipped", "split"]
    assert "https://t.test/J1" in body(counter)
    assert "J2" in body(counter)
    assert len({mail["Message-ID"] for mail in counter.office.mails}) == 3


def test_a_short_order_is_confirmed_when_it_is_backed_and_not_before(counter: Counter) -> None:
    counter.switch_on()
    lamp = counter.shop.item(dc=1)
    counter.sell("1", {lamp: 3})
    counter.look()
    assert counter.messages() == []
    counter.shop.do(Ship("web", "1", [ShipLine(0, 1)]))
    counter.look()
    assert counter.told() == ["split"]
    counter.shop.stock(lamp, dc=5)
    counter.look()
    assert counter.told() == ["split"], "a parcel has left: that is what is told"
    counter.sell("2", {lamp: 9})
    counter.look()
    counter.shop.stock(lamp, dc=9)
    counter.look()
    assert [m.kind for m in counter.messages() if m.order == "2"] == ["confirmed"]


def test_what_waited_is_not_said_once_a_line_has_become_short(counter: Counter) -> None:
    counter.switch_on("confirmed")
    lamp = counter.shop.item(dc=2)
    counter.sell("1", {lamp: 2})
    counter.look()
    counter.shop.count(lamp, "dc", 0)
    with counter.at_work():
        until(lambda: "short" in counter.messages()[0].error)
    assert counter.office.taken == []
    counter.shop.stock(lamp, dc=2)
    counter.set("next_try_at = clock_timestamp()")
    counter.send()
    assert counter.states() == ["done"]


def test_an_order_that_was_cancelled_before_it_was_confirmed_gets_only_that(counter: Counter) -> None:
    counter.switch_on()
    lamp = counter.shop.item()
    counter.sell("1", {lamp: 2})
    counter.look()
    counter.shop.do(Release("web", "1", reason="no longer made"))
    counter.shop.stock(lamp, dc=5)
    counter.send()
    assert counter.told() == ["cancelled"]
    assert counter.office.mails[0]["Subject"] == "Your order #1 is cancelled"
    counter.send()
    assert len(counter.office.taken) == 1


def test_a_confirmation_that_waited_is_dropped_when_the_order_is_cancelled(counter: Counter) -> None:
    counter.switch_on()
    counter.sell("1", {counter.shop.item(dc=2): 2})
    counter.look()
    counter.shop.do(Release("web", "1", [ReleaseLine(0, 2)]))
    counter.send()
    assert {m.kind: m.state for m in counter.messages()} == {"confirmed": "dropped", "cancelled": "done"}
    assert counter.office.mails[0]["Subject"] == "Your order #1 is cancelled"


def test_a_part_that_will_not_come_is_told_and_the_rest_shipped(counter: Counter) -> None:
    counter.switch_on("shipped", "cancelled")
    lamp = counter.shop.item(dc=5)
    counter.sell("1", {lamp: 3})
    counter.shop.do(Release("web", "1", [ReleaseLine(0, 1)]))
    counter.send()
    assert counter.office.mails[-1]["Subject"] == "Part of your order #1 is cancelled"
    assert f"- 1 x {lamp}" in body(counter)
    counter.shop.do(Ship("web", "1"))
    counter.send()
    assert f"- 2 x {lamp}" in body(counter)


def test_a_delay_names_the_day_and_is_told_again_when_that_moves(counter: Counter) -> None:
    counter.switch_on("delayed", after_hours=24)
    lamp = counter.shop.item()
    friday, monday = ahead(days=5), ahead(days=8)
    counter.expect(lamp, 5, friday)
    counter.sell("1", {lamp: 2})
    counter.send()
    assert counter.messages() == [], "not late yet"
    counter.set("since = since - interval '25 hours'", "short")
    counter.send()
    assert f"expected {friday.date()}" in body(counter)
    assert counter.messages()[0].expected == friday.date().isoformat()
    counter.set(f"due_at = '{monday.isoformat()}'", "expected")
    counter.send()
    assert len(counter.messages()) == 1, "not twice in a day"
    counter.set("created_at = created_at - interval '25 hours'")
    counter.send()
    assert f"expected {monday.date()}" in body(counter)
    assert len(counter.office.taken) == 2


def test_the_day_is_when_supply_suffices_for_all_who_come_before(counter: Counter) -> None:
    counter.switch_on("delayed")
    lamp = counter.shop.item()
    for days, qty in ((5, 2), (9, 2)):
        counter.expect(lamp, qty, ahead(days=days))
    for ref in ("1", "2", "3"):
        counter.sell(ref, {lamp: 2})
    counter.set("since = since - interval '25 hours'", "short")
    counter.look()
    assert {m.order: m.expected for m in counter.messages()} == {
        "1": ahead(days=5).date().isoformat(),
        "2": ahead(days=9).date().isoformat(),
        "3": None,
    }


def test_what_the_shop_shipped_itself_is_told_with_its_parcel(counter: Counter) -> None:
    counter.switch_on()
    lamp = counter.shop.item(dc=5)
    counter.sell("1", {lamp: 2})
    counter.till.register.put("1", parcels=[parcel("P", {f"1-{lamp}": 2}, carrier="UPS", tracking="1Z9")])
    counter.till.turns()
    counter.send()
    assert counter.told() == ["shipped"]
    assert "UPS 1Z9" in body(counter)


def test_an_order_that_grows_on_its_channel_is_one_order_to_its_shopper(counter: Counter) -> None:
    counter.switch_on("confirmed", "shipped")
    lamp, bulb = counter.shop.item(dc=5), counter.shop.item(dc=5)
    counter.sell("1", {lamp: 1})
    counter.till.register.put("1", sold(f"1-{lamp}", lamp, 1), sold("b", bulb, 1))
    counter.till.turns()
    counter.send()
    counter.shop.do(Ship("web", "1"))
    counter.send()
    assert counter.told() == ["confirmed"], "a part is still to leave"
    counter.shop.do(Ship("web", "1~2"))
    counter.send()
    assert [(m.order, m.kind) for m in counter.messages()] == [("1", "confirmed"), ("1", "shipped")]
    assert f"1 x {lamp}" in body(counter)
    assert f"1 x {bulb}" in body(counter)


def test_what_is_not_paid_or_means_nothing_here_is_not_confirmed(counter: Counter) -> None:
    counter.switch_on("confirmed")
    lamp = counter.shop.item(dc=9)
    counter.sell("1", {lamp: 1}, state="pending")
    counter.sell("2", {lamp: 1, "UNHEARD-OF": 1})
    counter.look()
    assert counter.messages() == []
    counter.till.register.put("1", state="open")
    counter.till.turns()
    counter.look()
    assert [m.order for m in counter.messages()] == ["1"]


def test_an_erased_buyer_gets_nothing_and_no_message_names_anybody(counter: Counter) -> None:
    counter.switch_on()
    counter.office.rcpt = ["550 5.1.1 <Ada@example.org>: Ada Byron is unknown here"]
    lamp = counter.shop.item(dc=9)
    counter.sell("1", {lamp: 1})
    counter.send()
    assert counter.messages()[0].error == "550 5.1.1 <[the buyer]>: [the buyer] is unknown here"
    counter.sell("2", {lamp: 1})
    counter.look()
    erase(counter.db, Person(email="ada@example.org"))
    counter.send()
    assert [m.state for m in counter.messages()] == ["dead", "dropped"]
    assert counter.messages()[1].error == "the buyer has been erased"
    assert counter.office.asked == 1
    rows = counter.shop.read("SELECT m::text FROM message m UNION ALL SELECT w::text FROM message_watch w")
    assert not any(name in row for (row,) in rows for name in ("ada", "Ada", "Byron", "7946"))


def test_an_order_without_an_address_is_no_mails(counter: Counter) -> None:
    counter.switch_on("confirmed")
    counter.sell("1", {counter.shop.item(dc=1): 1}, Buyer(name="Ada"))
    counter.sell("2", {counter.shop.item(dc=1): 1}, msgspec.structs.replace(ADA, email="ada@example.org\nx: y"))
    counter.send()
    assert {m.order: m.state for m in counter.messages()} == {"1": "dropped", "2": "dead"}
    assert counter.office.asked == 0


def test_orders_made_here_and_carts_are_told_to_an_address_that_is_set(counter: Counter) -> None:
    counter.switch_on(to="desk@lamps.test")
    lamp = counter.shop.item(dc=9)
    counter.shop.buy("web", {lamp: 1}, "A")
    counter.shop.buy("web", {lamp: 1}, "CART", hold=60)
    counter.shop.buy("web", {lamp: 1}, "CART2", hold=60)
    counter.shop.do(Release("web", "CART2"))
    counter.shop.buy("market", {lamp: 1}, "B")
    counter.send()
    assert [(m.order, m.kind) for m in counter.messages()] == [("A", "confirmed")]
    assert counter.office.mails[0]["To"] == "desk@lamps.test"
    assert counter.shop.read("SELECT count(*) FROM message_watch") == [(2,)], "the open one, and the cart"


def test_paused_messages_wait_and_switched_off_ones_are_dropped(counter: Counter) -> None:
    counter.switch_on("confirmed")
    lamp = counter.shop.item(dc=9)
    rules.pause(counter.db, "web", "confirmed", paused=True)
    counter.sell("1", {lamp: 1})
    counter.look()
    with counter.at_work() as found:
        found.wake()
        counter.sell("2", {lamp: 1})
        until(lambda: len(counter.messages()) == 2)
        assert counter.states() == ["waiting", "waiting"]
    rules.pause(counter.db, "web", "confirmed", paused=False)
    counter.send()
    assert counter.states() == ["done", "done"]
    counter.sell("3", {lamp: 1})
    counter.look()
    rules.switch_off(counter.db, "web", "confirmed")
    counter.switch_on("confirmed")
    counter.send()
    assert counter.states() == ["done", "done", "dropped"]
    retry(counter.db, counter.messages()[2].id)
    counter.send()
    assert counter.states() == ["done", "done", "dropped"], "it was placed before the message was switched on anew"


def test_a_step_wakes_an_order_that_would_be_looked_at_much_later(counter: Counter) -> None:
    counter.switch_on("confirmed", "shipped")
    counter.sell("1", {counter.shop.item(dc=1): 1})
    gather(counter.db)
    look(counter.db)
    ((at,),) = counter.shop.read("SELECT look_at FROM message_watch")
    assert at > datetime.now(UTC) + timedelta(minutes=50)
    counter.shop.do(Ship("web", "1"))
    gather(counter.db)
    look(counter.db)
    assert counter.told() == ["confirmed", "shipped"]
    gather(counter.db)
    look(counter.db)
    assert counter.shop.read("SELECT count(*) FROM message_watch") == [(0,)], "it is over"


@pytest.mark.parametrize(
    ("language", "said"), [("de-AT", "Guten Tag"), ("fr", "Bonjour"), ("es", "Hola"), ("ja", "Hello")]
)
def test_the_buyer_is_told_in_their_language_where_we_have_it(counter: Counter, language: str, said: str) -> None:
    counter.switch_on("confirmed")
    counter.sell("1", {counter.shop.item(dc=1): 1}, msgspec.structs.replace(ADA, language=language))
    counter.send()
    assert body(counter).startswith(said)


def test_what_was_sent_can_be_sent_again_under_the_same_name(counter: Counter) -> None:
    counter.switch_on("confirmed")
    counter.sell("1", {counter.shop.item(dc=1): 1})
    counter.send()
    retry(counter.db, counter.messages()[0].id)
    counter.send()
    one, two = counter.office.mails
    assert one["Message-ID"] == two["Message-ID"]
