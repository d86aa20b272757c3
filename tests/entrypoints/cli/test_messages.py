"""message: switched on and off, previewed, listed and sent again from the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli
from tests.entrypoints.shops import SEALED_WITH, everything_stored
from tests.sync.messages.postoffice import PostOffice, open_for_mail
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.store.database import Database
from truestock.sync.messages.look import gather, look

URL = "https://shop.example/told"


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, db: Database) -> Iterator[PostOffice]:
    put_items(db, [ItemDraft("LAMP")])
    put_locations(db, [LocationDraft("dc", kind="dc")])
    put_channels(db, [ChannelDraft("web", locations=("dc",))])
    monkeypatch.setenv("TRUESTOCK_SECRET_KEY", SEALED_WITH)
    with open_for_mail(PostOffice()) as office:
        monkeypatch.setenv("TRUESTOCK_SMTP_URL", office.url)
        monkeypatch.setenv("TRUESTOCK_MAIL_FROM", "Lamp Shop <orders@lamps.test>")
        yield office


def test_a_message_is_switched_on_paused_resumed_and_off(cli: Cli, answer: Answer, fault: Answer) -> None:
    told = cli("message", "on", "web", "shipped", "--via", "email").stdout
    assert told.startswith("Channel web sends shipped of orders placed since ")
    assert "truestock message preview web shipped --order REF" in told
    (found,) = answer("message", "rules")
    assert (found["via"], found["to"], found["paused"]) == ("email", "", False)
    assert "the buyer's" in cli("message", "rules", "--channel", "web").stdout
    assert cli("message", "pause", "web", "shipped").stdout == "Message shipped of channel web is paused.\n"
    assert fault("message", "pause", "web", "shipped")["type"] == "invalid"
    assert answer("message", "resume", "web", "shipped")["paused"] is False
    assert cli("message", "off", "web", "shipped").stdout == "Channel web sends shipped no more.\n"
    assert fault("message", "off", "web", "shipped")["type"] == "not-found"


def test_a_webhooks_secret_is_shown_once(cli: Cli, db: Database) -> None:
    told = cli("message", "on", "web", "shipped", "--via", "webhook", "--to", URL).stdout
    secret = told.splitlines()[0]
    assert secret.startswith("whsec_")
    assert secret not in cli("message", "rules").stdout + everything_stored(db)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lost", "--via", "email"], "choose one of"),
        (["shipped", "--via", "webhook"], "needs a URL"),
        (["shipped", "--via", "email", "--to", "x"], "no address"),
    ],
)
def test_what_cannot_be_switched_on_is_said_with_what_to_do(fault: Answer, words: list[str], said: str) -> None:
    assert said in fault("message", "on", "web", *words)["detail"]


def test_mail_without_a_server_is_said(fault: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUESTOCK_SMTP_URL")
    assert fault("message", "on", "web", "shipped", "--via", "email")["field"] == "TRUESTOCK_SMTP_URL"


def test_a_message_of_a_real_order_is_previewed_listed_and_sent_again(
    cli: Cli, answer: Answer, fault: Answer, db: Database
) -> None:
    answer("message", "on", "web", "confirmed", "--via", "email")
    answer("book", "receive", "LAMP", "dc", 5)
    answer("orders", "reserve", "web", "1001", "LAMP=2")
    shown = cli("message", "preview", "web", "confirmed", "--order", "1001")
    assert shown.stdout.startswith("Subject: Your order 1001\n\nHello,\n")
    assert "- 2 x LAMP" in shown.stdout
    assert "it would be sent" in shown.stderr
    assert "<li>2 x LAMP</li>" in cli("message", "preview", "web", "confirmed", "--order", "1001", "--html").stdout
    assert answer("message", "preview", "web", "confirmed", "--order", "1001", "--language", "de")["language"] == "de"
    assert fault("message", "preview", "web", "confirmed", "--order", "1002")["type"] == "not-found"
    gather(db)
    look(db)
    (found,) = answer("message", "list", "--channel", "web")["rows"]
    assert (found["order"], found["kind"], found["state"]) == ("1001", "confirmed", "waiting")
    assert found["id"] in cli("message", "list", "--state", "waiting").stdout
    assert cli("message", "retry", found["id"]).stdout == "1 message is sent again.\n"
    assert answer("message", "retry", "--dead", "web") == {"messages": 0}
    assert fault("message", "retry")["type"] == "invalid"
    assert fault("message", "retry", "msg_1")["type"] == "not-found"


def test_a_template_is_shown_set_and_reset(cli: Cli, answer: Answer, fault: Answer, tmp_path: Path) -> None:
    assert "ours" in cli("message", "template", "web", "shipped").stdout
    assert "order.name" in cli("message", "template", "web", "shipped", "--fields").stdout
    assert "order.name" in answer("message", "template", "web", "shipped", "--fields")
    text = tmp_path / "shipped.txt"
    text.write_text("{{ order.name }} is on its way", encoding="utf-8")
    made = answer("message", "template", "web", "shipped", "--subject", "Off it goes", "--text", text)
    assert (made["subject"], made["text"]) == ("Off it goes", "{{ order.name }} is on its way")
    assert "the channel's own since" in cli("message", "template", "web", "shipped").stdout
    text.write_text("{{ order.nam }}", encoding="utf-8")
    assert "nam" in fault("message", "template", "web", "shipped", "--text", text)["detail"]
    text.write_bytes(b"\xff\xfe")
    assert "UTF-8" in fault("message", "template", "web", "shipped", "--text", text)["detail"]
    assert answer("message", "template", "web", "shipped", "--reset")["changed_at"] is None
