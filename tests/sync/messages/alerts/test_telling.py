"""People are told of alerts by mail, by Apprise and by webhook: together, in their hours, and each once."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from tests.clocks import until
from tests.factories import Shop, ahead
from tests.reconciliation.alerts.conftest import Guardroom
from tests.sync.messages.casualty import at_work
from tests.sync.messages.conftest import FROM, SEAL, messenger
from tests.sync.messages.postoffice import PostOffice, open_for_mail
from tests.sync.webhooks.conftest import Post, running
from tests.sync.webhooks.receivers import Receiver, answering
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.reconciliation.alerts.manage import act
from truestock.store.database import Database
from truestock.sync.messages.alerts.outbox import Alerts
from truestock.sync.messages.alerts.targets import add_target, list_targets, remove_target, try_target
from truestock.sync.messages.rules import Outside
from truestock.sync.messages.sending.mail import Mailer
from truestock.sync.messages.sending.posted import Poster
from truestock.sync.messages.sending.ways import AllWays
from truestock.sync.webhooks.sender import Sender

# Of a library that Apprise imports.
pytestmark = pytest.mark.filterwarnings("ignore:.imghdr. is deprecated:DeprecationWarning")


class Watch(Guardroom):
    """Who looks, and a mail server by which others are told."""

    def __init__(self, shop: Shop, office: PostOffice) -> None:
        super().__init__(shop)
        self.office = office

    def target(self, name: str = "ops", via: str = "email", to: str = "") -> None:
        add_target(self.db, SEAL, name, via, to or f"{name}@example.org", Outside(self.office.url, FROM, True))

    def tell(self, kind: str = "short", **more: object) -> None:
        """The only rule, which tells ops."""
        self.target()
        self.alone(kind, targets=["ops"], **more)

    def short(self, units: int = 1) -> str:
        sku = self.shop.item(dc=0)
        self.shop.buy("web", {sku: units}, mode="sold")
        return sku

    def states(self) -> list[str]:
        """Of messages, the first made first."""
        return [state for (state,) in self.shop.read("SELECT state FROM alert_message ORDER BY id")]

    def send(self) -> None:
        """Send what is due, until nothing is."""
        with self.at_work():
            until(
                lambda: (
                    not self.shop.read("SELECT 1 FROM alert_message WHERE state = 'waiting' AND next_try_at <= now()")
                )
            )

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """A messenger until the block ends."""
        found = messenger(self.db, self.office.url, Alerts())
        found.start()
        try:
            yield
        finally:
            found.stop()

    def minute(self) -> None:
        """A minute goes by for all messages."""
        self.hurry("alert_message SET next_try_at = next_try_at - interval '61 s', done_at = done_at - interval '61 s'")


@pytest.fixture
def watch(db: Database) -> Iterator[Watch]:
    with open_for_mail(PostOffice()) as office, open_hub(Settings(database_url=SecretStr(db.url))) as hub:
        yield Watch(Shop(hub), office)


def test_a_mail_says_what_happened_what_is_at_risk_and_what_to_do(watch: Watch) -> None:
    watch.tell()
    sku = watch.short(3)
    watch.look()
    watch.send()
    (mail,) = watch.office.mails
    assert mail["To"] == "ops@example.org"
    assert mail["Subject"].startswith(f"[critical] web has sold 3 units of {sku} that no stock backs")
    text = mail.get_content()
    assert "At risk: 3 units owed to customers; what they are worth is not known" in text
    assert f"truestock book receive {sku} LOCATION 3" in text
    assert f"truestock alerts ack {watch.one().id}" in text
    watch.look()
    watch.send()
    assert len(watch.office.mails) == 1


def test_alerts_of_a_rule_that_come_within_a_minute_go_in_one_mail(watch: Watch) -> None:
    watch.tell()
    watch.short()
    watch.look()
    watch.send()
    for _ in range(40):
        watch.short()
        watch.look() if len(watch.alerts()) == 20 else None
    watch.look()
    watch.send()
    assert len(watch.office.mails) == 1
    watch.minute()
    watch.send()
    (_, many) = watch.office.mails
    assert many["Subject"] == "[critical] 40 alerts of short"
    assert "And 10 more: truestock alerts list --rule" in many.get_content()


def test_other_groups_go_by_themselves(watch: Watch) -> None:
    watch.tell(group_by="channel")
    for channel in ("web", "b2b"):
        watch.shop.buy(channel, {watch.shop.item(dc=0): 1}, mode="sold")
    watch.look()
    watch.send()
    assert sorted(mail["Subject"].split()[1] for mail in watch.office.mails) == ["b2b", "web"]


def test_what_is_well_again_before_anybody_was_told_is_not_told_and_else_it_is(watch: Watch) -> None:
    watch.tell()
    quick, slow = watch.short(), watch.short()
    watch.look()
    watch.shop.stock(quick, dc=1)
    watch.look()
    watch.send()
    (told,) = watch.office.mails
    assert slow in told["Subject"]
    assert watch.states() == ["done", "dropped"]
    watch.shop.stock(slow, dc=1)
    watch.look()
    watch.minute()
    watch.send()
    assert watch.office.mails[1]["Subject"].startswith("[critical] Well again: web has sold")


def test_quiet_hours_hold_back_all_but_what_is_critical(watch: Watch) -> None:
    now = datetime.now(UTC)
    quiet = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
    watch.tell(quiet=quiet, severity="warning")
    watch.short()
    watch.look()
    watch.send()
    assert watch.office.mails == []
    ((at,),) = watch.shop.read("SELECT next_try_at FROM alert_message")
    assert timedelta(minutes=58) < at - now <= timedelta(hours=1)
    watch.rule("short", targets=["ops"], quiet=quiet, severity="critical", channel="b2b")
    watch.shop.buy("b2b", {watch.shop.item(dc=0): 1}, mode="sold")
    watch.look()
    watch.hurry("alert_message SET next_try_at = next_try_at - interval '1 minute'")
    watch.send()
    assert [mail["Subject"].split()[1] for mail in watch.office.mails] == ["b2b"]


def test_nobody_takes_it_on_so_it_is_escalated_and_what_is_acknowledged_is_not(watch: Watch) -> None:
    watch.target("boss")
    watch.tell(escalate_after_minutes=10, escalate_to=["boss"])
    left, taken = watch.short(), watch.short()
    watch.look()
    watch.send()
    act(watch.db, watch.one(item=taken).id, "acknowledge", "ada")
    watch.past("escalate_at", minutes=10)
    watch.look()
    watch.send()
    (first, escalated) = watch.office.mails
    assert (first["To"], escalated["To"]) == ("ops@example.org", "boss@example.org")
    assert escalated["Subject"].startswith("[critical] Nobody has taken this on: web has sold 1 unit of " + left)
    assert [what for what, _ in watch.steps(watch.one(item=left))] == ["opened", "escalated"]
    watch.look()
    watch.send()
    assert len(watch.office.mails) == 2


def test_a_snoozed_alert_is_told_again_when_its_time_has_come(watch: Watch) -> None:
    watch.tell()
    watch.short()
    watch.look()
    watch.send()
    act(watch.db, watch.one().id, "snooze", "ada", until=ahead(hours=1))
    watch.past("snoozed_until", hours=1)
    watch.look()
    watch.minute()
    watch.send()
    assert len(watch.office.mails) == 2


def test_a_mail_server_that_is_down_is_asked_again_and_one_that_refuses_is_not(watch: Watch) -> None:
    watch.tell()
    watch.office.data = ["451 later", "250"]
    watch.short()
    watch.look()
    with watch.at_work():
        until(lambda: watch.shop.read("SELECT tries FROM alert_message WHERE error <> ''") == [(1,)])
    assert watch.states() == ["waiting"]
    watch.office.data = ["550 no such user"]
    watch.minute()
    watch.send()
    assert watch.states() == ["dead"]
    assert "550" in list_targets(watch.db)[0].trouble


@pytest.mark.parametrize("taken", [False, True])
def test_killed_it_is_sent_once_or_again_under_the_same_name(watch: Watch, database_url: str, taken: bool) -> None:
    watch.tell()
    watch.short()
    watch.look()
    with at_work(database_url, watch.office.url, 600.0, "alerts") as process:
        if taken:
            watch.office.on_taken = lambda _: process.kill()
        until(lambda: bool(watch.office.taken))
        if not taken:
            until(lambda: watch.states() == ["done"])
            process.kill()
        process.wait(60)
    watch.office.on_taken = lambda _: None
    watch.hurry("alert_message SET next_try_at = now(), leased_until = now() WHERE state = 'waiting'")
    with watch.at_work():
        until(lambda: watch.states() == ["done"])
        time.sleep(0.2)
    mails = watch.office.mails
    assert len(mails) == (2 if taken else 1)
    assert len({mail["Message-ID"] for mail in mails}) == 1


def test_apprise_carries_it_to_a_chat(watch: Watch) -> None:
    receiver = Receiver([204])
    with answering(receiver):
        watch.target("chat", "apprise", f"json://127.0.0.1:{receiver.port}")
        watch.alone("short", targets=["chat"])
        watch.short()
        watch.look()
        watch.send()
    (seen,) = receiver.seen
    assert "no stock backs" in json.loads(seen.body)["title"]
    assert "At risk: 1 unit owed" in json.loads(seen.body)["message"]
    assert list_targets(watch.db)[0].address == ""


def test_webhooks_are_told_of_what_is_opened_escalated_and_resolved(watch: Watch) -> None:
    receiver = Receiver()
    with answering(receiver), running(watch.db):
        Post(watch.db).add(receiver, "alert.opened", "alert.escalated", "alert.resolved")
        watch.target()
        watch.alone("short", escalate_after_minutes=1, escalate_to=["ops"])
        sku = watch.short()
        watch.look()
        watch.past("escalate_at", minutes=1)
        watch.look()
        watch.shop.stock(sku, dc=1)
        watch.look()
        until(lambda: len(receiver.seen) == 3)
    assert sorted(receiver.events) == ["alert.escalated", "alert.opened", "alert.resolved"]
    data = receiver.seen[0].event["data"]
    assert (data["rule"], data["item"], data["channel"], data["severity"]) == ("short", sku, "web", "critical")
    assert f"book receive {sku}" in data["remedy"]


def test_targets_are_added_tried_and_removed(watch: Watch) -> None:
    watch.tell()
    ways = lambda: AllWays(Mailer(watch.office.url, FROM), Poster(Sender(to_lan=True)))  # noqa: E731
    assert asyncio.run(try_target(watch.db, SEAL, ways, "ops")).kind == "done"
    assert "test" in watch.office.mails[0]["Subject"]
    for problem, wanted in (
        (Conflict, ("ops", "email", "a@b.org")),
        (Invalid, ("x", "fax", "1")),
        (Invalid, ("x", "email", "nobody")),
        (Invalid, ("x", "apprise", "nonsense")),
        (Invalid, ("x", "apprise", "json://127.0.0.1/{email}")),
    ):
        with pytest.raises(problem):
            watch.target(*wanted)
    with pytest.raises(Conflict, match="short"):
        remove_target(watch.db, "ops")
    watch.rule("short")
    remove_target(watch.db, "ops")
    assert list_targets(watch.db) == []
    with pytest.raises(NotFound):
        remove_target(watch.db, "ops")
