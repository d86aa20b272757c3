"""webhook: added, tried, paused, given new secrets, watched and replayed from the command line."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli
from tests.entrypoints.shops import SEALED_WITH, everything_stored
from tests.sync.webhooks.conftest import Post, shipped
from tests.sync.webhooks.receivers import Receiver, answering
from truestock.store.database import Database
from truestock.sync.webhooks.deliveries import fan_out

URL = "https://shop.example/hooks"


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUESTOCK_SECRET_KEY", SEALED_WITH)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("TRUESTOCK_WEBHOOKS_TO_LAN", "true")
    with answering(found := Receiver()):
        yield found


def test_without_a_url_the_kinds_are_listed(cli: Cli, answer: Answer) -> None:
    assert "order.shipped" in cli("webhook", "add").stdout
    assert {"order.shipped", "channel.down"} <= {kind["kind"] for kind in answer("webhook", "add")}


def test_a_webhook_is_added_and_its_secret_shown_once(cli: Cli, answer: Answer, db: Database) -> None:
    told = cli("webhook", "add", URL, "--kind", "order.shipped", "--kind", "order.short").stdout
    secret = told.splitlines()[0]
    assert secret.startswith("whsec_")
    assert "truestock webhook test 1" in told
    (found,) = answer("webhook", "list")
    assert (found["url"], found["kinds"], found["paused"]) == (URL, ["order.shipped", "order.short"], False)
    listed = cli("webhook", "list").stdout
    assert URL in listed
    assert secret not in listed + everything_stored(db)


def test_a_test_says_what_was_answered(cli: Cli, answer: Answer, fault: Answer, receiver: Receiver) -> None:
    made = answer("webhook", "add", receiver.url, "--kind", "order.shipped")
    told = cli("webhook", "test", 1).stdout
    assert told == f"Webhook 1 took {receiver.ids[0]} and answered 204.\n"
    receiver.seen[0].verify(made["secret"])
    assert answer("webhook", "test", 1)["status"] == 204
    receiver.answers = [b'HTTP/1.1 400 No\r\ncontent-length: 23\r\n\r\n{"detail": "not today"}']
    assert "400 not today" in fault("webhook", "test", 1)["detail"]


def test_paused_resumed_rotated_and_removed(cli: Cli, answer: Answer, fault: Answer) -> None:
    made = answer("webhook", "add", URL, "--kind", "order.shipped")
    assert cli("webhook", "pause", 1).stdout == "Webhook 1 is paused; 0 waiting.\n"
    assert "paused" in cli("webhook", "list").stdout
    assert fault("webhook", "pause", 1)["type"] == "invalid"
    assert answer("webhook", "resume", 1)["paused"] is False
    told = cli("webhook", "rotate", 1).stdout
    assert told.splitlines()[0].startswith("whsec_")
    assert "The one before signs as well until" in told
    assert answer("webhook", "rotate", 1)["secret"] not in (told, made["secret"])
    assert cli("webhook", "remove", 1).stdout == "Webhook 1 is removed.\n"
    assert fault("webhook", "remove", 1)["type"] == "not-found"


def test_deliveries_are_shown_and_replayed(cli: Cli, answer: Answer, fault: Answer, db: Database) -> None:
    answer("webhook", "add", URL, "--kind", "order.shipped")
    post = Post(db)
    post.tell(shipped("1"), shipped("2"))
    fan_out(db, datetime.now(UTC))
    post.set("state = 'dead', tries = 13, last_status = 500, last_error = '500 out of order'")
    told = cli("webhook", "deliveries", 1, "--limit", 1).stdout
    assert "500 out of order" in told
    after = told.split("--after ")[1].strip()
    (older,) = answer("webhook", "deliveries", 1, "--after", after)["rows"]
    assert older["state"] == "dead"
    assert cli("webhook", "replay", 1, older["id"]).stdout == "1 delivery is sent again.\n"
    assert [row["id"] for row in answer("webhook", "deliveries", 1, "--state", "waiting")["rows"]] == [older["id"]]
    assert cli("webhook", "replay", 1, "--since", "2026-01-01").stdout == "2 deliveries are sent again.\n"
    assert fault("webhook", "replay", 1)["type"] == "invalid"
    assert fault("webhook", "replay", 1, "evt_1")["type"] == "not-found"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([URL], "name what is to be told"),
        ([URL, "--kind", "order.lost"], "choose one of"),
        (["http://shop.example/", "--kind", "order.shipped"], "https://"),
        (["https://127.0.0.1/", "--kind", "order.shipped"], "TRUESTOCK_WEBHOOKS_TO_LAN"),
        ([URL, "--kind", "order.shipped", "--channel", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_added_is_said_with_what_to_do(fault: Answer, words: list[str], said: str) -> None:
    assert said in fault("webhook", "add", *words)["detail"]
