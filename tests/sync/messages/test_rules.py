"""What people switch on, try, look at and send again; and messages that go by other ways than mail."""

import json

import pytest

from tests.clocks import until
from tests.feeds.channel_orders.till import parcel
from tests.sync.messages.conftest import FROM, SEAL, Counter
from tests.sync.webhooks.receivers import Receiver, answering
from truestock.connections.rotation import reseal
from truestock.connections.seal import Seal
from truestock.connectors.contract.orders import Buyer
from truestock.core.problems import Invalid, NotFound
from truestock.feeds.personal.erase import Person, erase
from truestock.orders.actions import Ship
from truestock.store.upkeep.retention import Kept, trim_all
from truestock.sync.messages import manage, rules, templates
from truestock.sync.messages.outbox import TRIM
from truestock.sync.messages.rules import Outside, Wanted, switch_on
from truestock.sync.messages.sending.apprised import check_url, filled
from truestock.sync.messages.writing.render import Template

# Apprise looks for a module that Python is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:.imghdr. is deprecated:DeprecationWarning")
OUTSIDE = Outside("smtp://127.0.0.1:25?starttls=never", FROM)


@pytest.mark.parametrize(
    ("wanted", "field", "why"),
    [
        (Wanted("web", "lost", "email"), "kind", "choose one of"),
        (Wanted("web", "shipped", "pigeon"), "via", "choose one of"),
        (Wanted("web", "shipped", "email", "desk"), "to", "no address of mail"),
        (Wanted("web", "shipped", "email", language="xx"), "language", "de, en, es, fr"),
        (Wanted("web", "delayed", "email", after_hours=0), "after_hours", "from 1"),
        (Wanted("web", "shipped", "webhook"), "to", "needs a URL"),
        (Wanted("web", "shipped", "webhook", "http://shop.example/"), "to", "https://"),
        (Wanted("web", "shipped", "webhook", "https://169.254.169.254/"), "to", "never go to"),
        (Wanted("web", "shipped", "apprise", "nonsense"), "to", "does not know this URL"),
    ],
)
def test_what_cannot_be_switched_on_is_said_with_the_field(
    counter: Counter, wanted: Wanted, field: str, why: str
) -> None:
    with pytest.raises(Invalid) as caught:
        switch_on(counter.db, SEAL, wanted, OUTSIDE)
    assert caught.value.field == field
    assert why in caught.value.detail
    assert rules.rules(counter.db) == []


def test_mail_needs_a_server_and_a_sender_and_a_rule_its_channel(counter: Counter) -> None:
    for outside, setting in ((Outside(), "SMTP_URL"), (Outside(OUTSIDE.smtp_url), "MAIL_FROM")):
        with pytest.raises(Invalid) as caught:
            switch_on(counter.db, SEAL, Wanted("web", "shipped", "email"), outside)
        assert caught.value.field == f"TRUESTOCK_{setting}"
    with pytest.raises(NotFound):
        switch_on(counter.db, SEAL, Wanted("nowhere", "shipped", "email"), OUTSIDE)
    with pytest.raises(NotFound):
        rules.pause(counter.db, "web", "shipped", paused=True)


def test_a_rule_that_changes_its_way_goes_on_from_where_it_began(counter: Counter) -> None:
    first = counter.switch_on("shipped").rule
    counter.sell("1", {counter.shop.item(dc=1): 1})
    second = counter.switch_on("shipped", to="desk@lamps.test", language="de").rule
    assert (second.since, second.to, second.language) == (first.since, "desk@lamps.test", "de")
    counter.shop.do(Ship("web", "1"))
    counter.send()
    assert counter.office.mails[0]["To"] == "desk@lamps.test"
    assert "unterwegs" in counter.office.mails[0]["Subject"]


def test_a_message_is_posted_signed_and_again_until_it_is_taken(counter: Counter) -> None:
    receiver = Receiver([500, 204])
    with answering(receiver):
        made = counter.switch_on("confirmed", via="webhook", to=receiver.url)
        counter.sell("1", {counter.shop.item(dc=1): 1})
        counter.look()
        with counter.at_work():
            until(lambda: "500" in counter.messages()[0].error)
            counter.set("next_try_at = clock_timestamp()")
            until(lambda: counter.states() == ["done"])
    assert len(set(receiver.ids)) == 1
    assert receiver.ids[0] == counter.messages()[0].id
    for seen in receiver.seen:
        seen.verify(made.secret)
    said = json.loads(receiver.seen[0].body)
    assert (said["kind"], said["order"], said["subject"]) == ("confirmed", "1", "Your order #1")
    assert said["to"] == {"name": "Ada Byron", "email": "ada@example.org", "phone": "+44 20 7946 0000"}
    assert said["data"]["told"][0]["units"] == 1
    stored = counter.shop.read("SELECT r::text FROM message_rule r")
    assert made.secret not in str(stored)


def test_an_erased_buyer_is_posted_nowhere_and_one_never_told_is(counter: Counter) -> None:
    receiver = Receiver()
    with answering(receiver):
        counter.switch_on("confirmed", via="webhook", to=receiver.url)
        lamp = counter.shop.item(dc=9)
        counter.sell("1", {lamp: 1})
        erase(counter.db, Person(email="ada@example.org"))
        counter.shop.buy("web", {lamp: 1}, "A")
        counter.send()
    assert [json.loads(seen.body)["order"] for seen in receiver.seen] == ["A"]


def test_apprise_takes_a_message_with_the_buyers_number_in_its_url(counter: Counter) -> None:
    receiver = Receiver([204])
    with answering(receiver):
        url = f"json://127.0.0.1:{receiver.port}/sms/{{phone}}"
        made = counter.switch_on("confirmed", via="apprise", to=url)
        assert (made.rule.to, made.secret) == ("", "")
        lamp = counter.shop.item(dc=9)
        counter.sell("1", {lamp: 1})
        counter.sell("2", {lamp: 1}, Buyer(name="Ada"))
        counter.send()
    assert {m.order: m.state for m in counter.messages()} == {"1": "done", "2": "dead"}
    (seen,) = receiver.seen
    assert json.loads(seen.body)["title"] == "Your order #1"
    assert "7946" in seen.target
    assert url not in str(counter.shop.read("SELECT r::text FROM message_rule r"))


def test_what_apprise_is_given_cannot_break_out_of_its_place() -> None:
    assert filled("mailto://x/?to={email}", Buyer(email="a&b=c/../@x")) == "mailto://x/?to=a%26b%3Dc%2F..%2F%40x"
    assert filled("mailto://x/?to={email}", Buyer()) is None
    assert filled("slack://x", Buyer()) == "slack://x"
    check_url("json://localhost/{phone}")


def test_a_preview_writes_of_a_real_order_and_sends_nothing(counter: Counter) -> None:
    lamp = counter.shop.item(dc=9)
    counter.sell("1", {lamp: 2})
    found = manage.preview(counter.db, "web", "confirmed", "1", "fr")
    assert (found.subject, found.verdict) == ("Votre commande #1", "it would be sent")
    assert manage.preview(counter.db, "web", "shipped", "1").verdict == "it would not be sent"
    counter.till.register.put("1", parcels=[parcel("P", {f"1-{lamp}": 1})])
    counter.till.turns()
    assert f"- 1 x {lamp}" in manage.preview(counter.db, "web", "split", "1").text
    for channel, kind, order, language in (
        ("web", "confirmed", "no", ""),
        ("no", "confirmed", "1", ""),
        ("web", "no", "1", ""),
        ("web", "confirmed", "1", "xx"),
    ):
        with pytest.raises((NotFound, Invalid)):
            manage.preview(counter.db, channel, kind, order, language)
    assert counter.messages() == []


def test_a_channel_says_it_in_its_own_words_and_in_a_language_of_its_own(counter: Counter) -> None:
    own = Template("Bestelling {{ order.name }}", "Dag {{ buyer.name }}", "")
    assert templates.put_template(counter.db, "web", "confirmed", "nl", own).changed_at is not None
    counter.switch_on("confirmed", language="nl")
    counter.sell("1", {counter.shop.item(dc=1): 1})
    counter.send()
    (mail,) = counter.office.mails
    assert (mail["Subject"], mail.get_content().strip()) == ("Bestelling #1", "Dag Ada Byron")
    templates.drop_template(counter.db, "web", "confirmed", "nl")
    assert templates.read_template(counter.db, "web", "confirmed", "nl").changed_at is None
    for attempt in (
        lambda: templates.drop_template(counter.db, "web", "confirmed", "nl"),
        lambda: templates.put_template(counter.db, "no", "confirmed", "nl", own),
        lambda: templates.put_template(counter.db, "web", "confirmed", "NL!", own),
        lambda: templates.put_template(counter.db, "web", "confirmed", "nl", Template(text="x" * 200_000)),
        lambda: templates.put_template(counter.db, "web", "confirmed", "nl", Template(text="{{ order.nam }}")),
    ):
        with pytest.raises((NotFound, Invalid)):
            attempt()


def test_messages_are_listed_page_by_page_and_dead_ones_sent_again(counter: Counter) -> None:
    counter.switch_on("confirmed")
    counter.office.rcpt = ["550 no"]
    lamp = counter.shop.item(dc=9)
    for ref in ("1", "2", "3"):
        counter.sell(ref, {lamp: 1})
    counter.send()
    page = manage.messages(counter.db, "web", "confirmed", "dead", limit=2)
    rest = manage.messages(counter.db, after=page.next, limit=2)
    assert len({m.id for m in (*page.rows, *rest.rows)}) == 3
    assert rest.next is None
    (dead,), oldest_s = manage.counts(counter.db)
    assert (dead.messages, dead.state, oldest_s) == (3, "dead", 0)
    counter.office.rcpt = [""]
    assert manage.retry(counter.db, page.rows[0].id).state == "waiting"
    assert manage.retry_dead(counter.db, "web", "confirmed") == 2
    counter.send()
    assert counter.states() == ["done"] * 3
    for wrong in (
        "msg_1",
        "evt_1",
        "msg_" + "0" * 32 + "_shipped_1",
        page.rows[0].id + "9",
        "msg_" + "0" * 32 + "_x_1",
    ):
        with pytest.raises(NotFound):
            manage.retry(counter.db, wrong)


def test_secrets_are_sealed_anew_with_a_new_key(counter: Counter) -> None:
    counter.switch_on("confirmed", via="webhook", to="https://shop.example/")
    counter.switch_on("shipped")
    newer = Seal(b"n" * 32, [b"k" * 32])
    assert reseal(counter.db, [rules.VAULT], newer).resealed == 1
    assert reseal(counter.db, [rules.VAULT], newer).resealed == 0


def test_messages_are_kept_while_their_order_is_open_and_then_for_so_long(counter: Counter) -> None:
    counter.switch_on("confirmed")
    lamp = counter.shop.item(dc=9)
    for ref in ("1", "2"):
        counter.sell(ref, {lamp: 1})
    counter.send()
    counter.shop.do(Ship("web", "1"))
    counter.look()
    counter.set("created_at = created_at - interval '100 days'")
    assert trim_all(counter.db, [Kept(TRIM, 90)]) == {"messages to shoppers": 1}
    assert [m.order for m in counter.messages()] == ["2"]
