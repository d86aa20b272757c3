"""alerts: looked at, taken on and left alone from the command line, with their rules and who is told."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from tests.core.reconcile.test_alerts import ITEMS, NOW, WATCHED, rule
from tests.entrypoints.cli.conftest import Answer, Cli
from tests.entrypoints.shops import SEALED_WITH, everything_stored
from tests.reconciliation.alerts.conftest import Guardroom
from tests.sync.messages.postoffice import PostOffice, open_for_mail
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.core.reconcile.alerts.findings import command
from truestock.core.reconcile.alerts.stock import item_findings
from truestock.core.reconcile.alerts.watched import watched_finding
from truestock.entrypoints.cli import app
from truestock.entrypoints.cli.root import hoisted
from truestock.store.database import Database


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    with open_for_mail(PostOffice()) as found:
        monkeypatch.setenv("TRUESTOCK_SECRET_KEY", SEALED_WITH)
        monkeypatch.setenv("TRUESTOCK_SMTP_URL", found.url)
        monkeypatch.setenv("TRUESTOCK_MAIL_FROM", "Hub <hub@lamps.test>")
        yield found


@pytest.fixture
def alert(database_url: str) -> Iterator[str]:
    from pydantic import SecretStr

    from tests.factories import Shop

    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        room = Guardroom(Shop(hub))
        room.shop.buy("web", {room.shop.item(dc=1): 4}, mode="sold")
        room.look()
        yield str(room.one().id)


def test_an_alert_is_listed_shown_and_dealt_with(cli: Cli, answer: Answer, fault: Answer, alert: str) -> None:
    listed = cli("alerts", "list").stdout
    assert alert in listed.replace("\n", "")
    assert "critical" in listed
    shown = cli("alerts", "show", alert).stdout
    assert "no stock backs" in shown
    assert "truestock book receive" in shown
    assert cli("alerts", "ack", alert, "--note", "mine").stdout == f"Alert {alert} is acknowledged.\n"
    assert answer("alerts", "assign", alert, "ada")["owner"] == "ada"
    assert "is snoozed until" in cli("alerts", "snooze", alert, "--hours", "2").stdout
    assert answer("alerts", "list", "--state", "open")["rows"] == []
    assert fault("alerts", "snooze", alert)["field"] == "until"
    assert answer("alerts", "resolve", alert)["state"] == "resolved"
    whats = [step["what"] for step in answer("alerts", "show", alert)["steps"]]
    assert whats == ["opened", "acknowledged", "assigned", "snoozed", "resolved"]
    assert fault("alerts", "ack", 7)["type"] == "not-found"


def remedies() -> Iterator[str]:
    """What alerts say is to be done, of every kind."""
    for kind, threshold, state, *_ in ITEMS:
        yield from (finding.remedy for finding in item_findings(rule(kind, threshold), state))
    for name, watched, *_ in WATCHED:
        found = watched_finding(rule(name), watched, NOW)
        assert found is not None
        yield found.remedy


@pytest.mark.parametrize("remedy", [remedy for remedy in remedies() if " x erp" not in remedy])
def test_what_an_alert_says_is_to_be_done_is_a_command_that_can_be_typed(remedy: str) -> None:
    for typed in re.findall(r"truestock [^,.]+", remedy):
        assert understood(typed.replace("QTY", "1").replace("DAY", "2026-12-01"))


def understood(typed: str) -> dict[str, Any]:
    """What the command line takes from what is pasted into a shell."""
    _, *words = shlex.split(typed)
    words = hoisted(words)
    found: Any = get_command(app)
    while hasattr(found, "commands"):
        found = found.commands[words.pop(0)]
    return dict(found.make_context("typed", words).params)


NAMES = st.text(min_size=1, max_size=20).filter(lambda name: name.isprintable() and name == name.strip())


@given(NAMES | NAMES.map("-{}".format), NAMES | st.sampled_from(["--json", "--", "-h", "--lot=x"]), NAMES)
def test_a_command_of_an_alert_means_its_names_whatever_they_look_like(sku: str, place: str, lot: str) -> None:
    taken = understood(command("book", "status", sku, place, 4, options={"lot": lot, "from": place, "to": sku}))
    said = {"sku": sku, "location": place, "qty": 4, "lot": lot, "from_status": place, "to_status": sku}
    assert said.items() <= taken.items()


def test_a_shell_hands_on_the_names_of_a_command_as_they_are() -> None:
    names = ["-dash", 'it\'s "red"', "$HOME `id` \\ !", "ä 名 *?~#;&|<>(){}[]", "--json"]
    told = command("book", *names, options={"lot": names[2], "to": "~"})
    printed = subprocess.run(
        ["sh", "-c", told.replace("truestock", "printf '%s\\n'", 1)], capture_output=True, text=True, check=True
    )
    assert printed.stdout.splitlines() == ["book", f"--lot={names[2]}", "--to=~", "--", *names]


def test_rules_are_shown_put_and_removed(cli: Cli, answer: Answer, fault: Answer) -> None:
    assert "oversell risk" in cli("alerts", "rules", "list").stdout
    assert "expected_overdue" in cli("alerts", "rules", "kinds").stdout
    told = cli("alerts", "rules", "put", "few", "atp_low", "--threshold", 9, "--severity", "warning").stdout
    assert told == "Rule few is on: atp_low, 9 units, warning.\n"
    assert fault("alerts", "rules", "put", "few", "nonsense")["detail"].startswith("kind")
    assert fault("alerts", "rules", "put", "few", "atp_low", "--tell", "ops")["field"] == "targets"
    assert cli("alerts", "rules", "remove", "few").stdout == "Rule few is removed.\n"
    assert "few" not in [rule["name"] for rule in answer("alerts", "rules", "list")]


def test_targets_are_added_tried_and_removed_and_their_secrets_are_not_shown(
    cli: Cli, answer: Answer, fault: Answer, office: PostOffice, db: Database
) -> None:
    assert "targets test ops" in cli("alerts", "targets", "add", "ops", "--to", "ops@example.org").stdout
    assert cli("alerts", "targets", "test", "ops").stdout == "A test went to ops.\n"
    assert office.mails[0]["To"] == "ops@example.org"
    office.rcpt = ["550 no such user"]
    assert cli("alerts", "targets", "test", "ops").exit_code == 1
    made = answer("alerts", "rules", "put", "few", "atp_low", "--tell", "ops")
    assert made["targets"] == ["ops"]
    assert "few" in fault("alerts", "targets", "remove", "ops")["detail"]
    cli("alerts", "rules", "remove", "few")
    assert cli("alerts", "targets", "remove", "ops").stdout == "Target ops is removed.\n"
    assert "Nothing there" in cli("alerts", "targets", "list").stdout
    assert "ops@example.org" not in everything_stored(db)
