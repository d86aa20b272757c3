"""The messenger on bad days: killed with a mail in hand, servers that put off, refuse, hang or are away."""

import time

import pytest

from tests.clocks import until
from tests.sync.messages.casualty import at_work
from tests.sync.messages.conftest import Counter
from tests.sync.messages.postoffice import PostOffice, open_for_mail
from truestock.sync.messages.look import gather, look


def test_killed_between_sending_and_writing_it_down_one_more_mail_comes_with_the_same_id(
    counter: Counter, database_url: str
) -> None:
    counter.switch_on("confirmed")
    counter.sell("1", {counter.shop.item(dc=1): 1})
    with at_work(database_url, counter.office.url, lease_s=600.0) as process:
        counter.office.on_taken = lambda _: process.kill()  # taken, and the sender never hears of it
        until(lambda: bool(counter.office.taken))
        process.wait(60)
    assert counter.states() == ["waiting"]
    counter.office.on_taken = lambda _: None
    with counter.at_work():
        time.sleep(0.3)
        assert len(counter.office.taken) == 1, "another sent it before its lease had ended"
        counter.set("next_try_at = clock_timestamp(), leased_until = clock_timestamp()")
        until(lambda: counter.states() == ["done"])
        time.sleep(0.3)
    one, two = counter.office.mails
    assert one["Message-ID"] == two["Message-ID"]


def test_a_server_that_greylists_gets_it_again_later(counter: Counter) -> None:
    counter.switch_on("confirmed")
    counter.office.rcpt = ["451 4.7.1 greylisted", ""]
    counter.sell("1", {counter.shop.item(dc=1): 1})
    counter.look()
    with counter.at_work():
        until(lambda: "451" in counter.messages()[0].error)
        (message,) = counter.messages()
        assert (message.state, message.tries) == ("waiting", 1)
        counter.set("next_try_at = clock_timestamp()")
        until(lambda: counter.states() == ["done"])
    assert len(counter.office.taken) == 1


def test_one_that_is_refused_for_good_holds_up_no_other(counter: Counter) -> None:
    counter.switch_on("confirmed")
    counter.office.rcpt = ["550 5.1.1 no such user", ""]
    lamp = counter.shop.item(dc=9)
    counter.sell("1", {lamp: 1})
    counter.look()
    counter.sell("2", {lamp: 1})
    counter.send()
    assert sorted(counter.states()) == ["dead", "done"]


def test_while_the_server_is_away_everything_waits_and_no_try_is_lost(counter: Counter) -> None:
    counter.switch_on("confirmed")
    lamp = counter.shop.item(dc=9)
    for ref in ("1", "2"):
        counter.sell(ref, {lamp: 1})
    counter.look()
    away = PostOffice()
    with open_for_mail(away):
        pass
    with counter.at_work(away.url) as found:
        until(lambda: all("does not take mail" in m.error for m in counter.messages()))
        assert [(m.state, m.tries) for m in counter.messages()] == [("waiting", 0)] * 2
        calls = sum(found.results.values())
        counter.set("next_try_at = clock_timestamp()")
        time.sleep(0.5)
        assert sum(found.results.values()) == calls, "it rests"
    counter.send()
    assert counter.states() == ["done", "done"]


def test_a_server_that_hangs_is_given_up_and_asked_again(counter: Counter) -> None:
    counter.switch_on("confirmed")
    counter.office.data = ["hang", ""]
    counter.sell("1", {counter.shop.item(dc=1): 1})
    counter.look()
    with counter.at_work(sent_within_s=0.3):
        until(lambda: "longer than 0.3 s" in counter.messages()[0].error)
    counter.set("next_try_at = clock_timestamp()")
    counter.send()
    assert counter.states() == ["done"]
    one, two = counter.office.mails
    assert one["Message-ID"] == two["Message-ID"]


def test_a_template_that_cannot_be_filled_in_waits_for_whoever_mends_it(counter: Counter) -> None:
    counter.switch_on("confirmed")
    counter.sell("1", {counter.shop.item(dc=1): 1})
    with counter.db.transaction() as conn:
        conn.execute(
            "INSERT INTO message_template SELECT id, 'confirmed', 'en', '', '{{ order.nam }}', '', now() "
            "FROM channel WHERE code = 'web'"
        )
    counter.look()
    with counter.at_work():
        until(lambda: "nam" in counter.messages()[0].error)
    assert counter.states() == ["waiting"]
    with counter.db.transaction() as conn:
        conn.execute("DELETE FROM message_template")
    counter.set("next_try_at = clock_timestamp()")
    counter.send()
    assert counter.states() == ["done"]


def test_two_messengers_tell_each_shopper_once(counter: Counter) -> None:
    counter.switch_on("confirmed")
    lamp = counter.shop.item(dc=99)
    for n in range(20):
        counter.sell(f"R{n}", {lamp: 1})
    counter.set("read_to = read_to - interval '1 hour'", "message_rule")
    with counter.at_work(), counter.at_work(), counter.at_work():
        until(lambda: counter.told("done") == ["confirmed"] * 20)
        time.sleep(0.3)
    assert len(counter.office.taken) == 20
    assert len({mail["Message-ID"] for mail in counter.office.mails}) == 20


def test_without_rules_nothing_is_looked_at(counter: Counter) -> None:
    counter.sell("1", {counter.shop.item(dc=1): 1})
    gather(counter.db)
    assert look(counter.db) is False
    assert counter.shop.read("SELECT count(*) FROM message_watch") == [(0,)]


@pytest.mark.parametrize("most", [1, 3])
def test_what_is_behind_is_looked_at_page_by_page(counter: Counter, most: int) -> None:
    counter.switch_on("confirmed")
    lamp = counter.shop.item(dc=9)
    for ref in ("1", "2", "3", "4"):
        counter.sell(ref, {lamp: 1})
    gather(counter.db)
    turns = 1
    while look(counter.db, most):
        turns += 1
    assert turns >= 4 / most
    assert len(counter.messages()) == 4
