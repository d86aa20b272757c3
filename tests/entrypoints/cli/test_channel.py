"""channel: connected, tried, paused, reset and watched from the command line, with secrets that nobody sees."""

import fcntl
import os
import pty
import select
import subprocess
import termios
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.clocks import PATIENCE_S
from tests.connectors.counterparts.generic import SECRET, Shop
from tests.entrypoints.cli.conftest import Answer, Cli
from tests.entrypoints.shops import BEARER, SEALED_WITH, SETTINGS, answering, everything_stored, secret_forms
from tests.factories import accept
from tests.served import PROGRAM
from truestock.availability.publishing.publish import publish_once
from truestock.bootstrap import seal_of
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import Component, ItemDraft, put_items
from truestock.catalog.listings import ListingDraft, put_listings
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.catalog.rules import RuleBook
from truestock.config import Settings
from truestock.connections.reached import Connection, connection, whose
from truestock.entrypoints.cli.selling.channel import state_of
from truestock.store.database import Database
from truestock.sync.manage import ChannelStatus
from truestock.sync.outbound import Backlog

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUESTOCK_SECRET_KEY", SEALED_WITH)


@pytest.fixture
def web(db: Database) -> None:
    """A channel with two listings."""
    accept(put_locations(db, [LocationDraft("dc", kind="dc")]))
    accept(put_channels(db, [ChannelDraft("web", locations=("dc",))]))
    accept(put_items(db, [ItemDraft("LAMP"), ItemDraft("DESK")]))
    accept(put_listings(db, [ListingDraft("web", sku, (Component(sku, 1),)) for sku in ("LAMP", "DESK")]))


@pytest.fixture
def shop() -> Iterator[Shop]:
    with answering(Shop({"LAMP": 0, "DESK": 0})) as shop:
        yield shop


def settings(url: str) -> list[str]:
    """The settings as they are typed."""
    return [word for name, value in {"base_url": url, **SETTINGS}.items() for word in ("--set", f"{name}={value}")]


def added(answer: Answer, url: str = "http://127.0.0.1:9/hub") -> Any:
    return answer(
        "channel", "add", "web", "--connector", "generic", *settings(url), "--secret", "signing_secret",
        input=f"{SECRET}\n",
    )  # fmt: skip


def stored(db: Database) -> dict[str, str]:
    """The secrets as the sync opens them."""
    reached = connection(db, "web")
    return seal_of(Settings(secret_key=SecretStr(SEALED_WITH))).open(whose(reached.id), reached.sealed)


def publish(db: Database) -> None:
    while publish_once(db, RuleBook(db)).more:
        pass


def test_without_a_connector_the_installed_ones_are_listed(cli: Cli, answer: Answer) -> None:
    told = cli("channel", "add").stdout
    assert "generic: Signed REST" in told
    assert "Where the other side answers" in told
    assert "at_once, never, when_shipped" in told
    assert "signing_secret" in told
    (generic,) = [found for found in answer("channel", "add", "web") if found["name"] == "generic"]
    assert set(generic["secrets"]) == {"signing_secret", "bearer_token"}
    assert generic["settings"]["$defs"]["GenericSettings"]["required"] == ["base_url", "decrements"]


@pytest.mark.usefixtures("web")
def test_a_channel_is_connected_with_settings_as_people_type_them(answer: Answer) -> None:
    made = added(answer)
    assert (made["channel"], made["connector"], made["paused"], made["trouble"]) == ("web", "generic", False, "")
    assert (made["settings"]["burst"], made["settings"]["batch_max"]) == (1000.0, 100)


@pytest.mark.usefixtures("web")
def test_secrets_come_from_standard_input_a_variable_and_a_file(
    cli: Cli, file: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, db: Database
) -> None:
    line = ["channel", "add", "web", "--connector", "generic", *settings("http://127.0.0.1:9")]
    both = ["--secret", "signing_secret", "--secret", "bearer_token"]
    assert "is connected by generic" in cli(*line, *both, input=f"{SECRET}\n{BEARER}\n").stdout
    assert stored(db) == {"signing_secret": SECRET, "bearer_token": BEARER}

    monkeypatch.setenv("SIGNING", SECRET)
    told = cli(*line, "--secret", "signing_secret=env:SIGNING")
    assert (told.exit_code, stored(db)) == (0, {"signing_secret": SECRET})

    path = file("bearer", f"{BEARER}\n")
    told = cli(*line, "--secret", "signing_secret=env:SIGNING", "--secret", f"bearer_token=file:{path}")
    assert (told.exit_code, stored(db)) == (0, {"signing_secret": SECRET, "bearer_token": BEARER})


def test_a_terminal_is_asked_and_shows_nothing_of_what_is_typed(answer: Answer, database_url: str, web: None) -> None:
    ours, theirs = pty.openpty()
    line = [*PROGRAM, "--database-url", database_url, "channel", "add", "web", "--connector", "generic"]
    with subprocess.Popen(
        [*line, *settings("http://127.0.0.1:9"), "--secret", "signing_secret"],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    ) as process:  # fmt: skip
        os.close(theirs)
        # The blank comes when the echo is off; what was typed before would be thrown away.
        seen = _seen_until(ours, "signing_secret: ")
        os.write(ours, f"{SECRET}\n".encode())
        seen += _seen_until(ours, "is connected by generic")
        assert process.wait(PATIENCE_S) == 0
    os.close(ours)
    assert SECRET not in seen


def _seen_until(terminal: int, words: str) -> str:
    seen = ""
    while words not in seen:
        assert select.select([terminal], [], [], 20)[0], seen
        seen += os.read(terminal, 1000).decode()
    return seen


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--secret", f"signing_secret={SECRET}"], "must not stand in the line"),
        (
            ["--secret", f"signing_secret=env:{SECRET}x", "--secret", "signing_secret"],
            "the environment has no variable",
        ),
        (["--secret", "signing_secret"], "standard input ended"),
        (["--secret", "signing_secret=env:EMPTY"], "is empty"),
        (["--set", "burst"], "write it as name=value"),
        (["--set", "burst=1", "--set", "burst=2"], "given twice"),
    ],
)
def test_a_line_that_cannot_be_meant_is_a_wrong_call(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.setenv("EMPTY", "")
    found = cli("channel", "add", "web", "--connector", "generic", *words)
    assert found.exit_code == 2
    assert told in found.stderr
    assert not any(word.startswith("signing_secret=whsec") for word in found.output.split())


def test_a_secret_in_the_line_is_not_shown_again(cli: Cli) -> None:
    found = cli("channel", "add", "web", "--connector", "generic", "--secret", f"signing_secret={SECRET}")
    assert found.exit_code == 2
    assert not [form for form in secret_forms() if form in found.output]


def test_options_without_their_connector_or_channel_are_a_wrong_call(cli: Cli) -> None:
    assert cli("channel", "add", "web", "--set", "burst=1").exit_code == 2
    assert cli("channel", "add", "--connector", "generic").exit_code == 2


@pytest.mark.usefixtures("web")
def test_what_a_connector_does_not_know_is_named(fault: Answer) -> None:
    line = ["channel", "add", "web", "--connector"]
    assert "installed are: " in fault(*line, "nothing")["detail"]
    assert "base_url" in fault(*line, "generic")["detail"]
    assert "colour" in fault(*line, "generic", *settings("http://a"), "--set", "colour=red")["detail"]
    found = fault(*line, "generic", *settings("http://a"), "--secret", "password", input=f"{SECRET}\n")
    assert (found["field"], SECRET in found["detail"]) == ("secrets", False)
    nowhere = fault("channel", "add", "shop", "--connector", "generic", *settings("http://a"))
    assert nowhere["type"] == "not-found"


@pytest.mark.usefixtures("web")
def test_a_connected_channel_is_tried(cli: Cli, answer: Answer, shop: Shop) -> None:
    added(answer, shop.url)
    assert cli("channel", "test", "web").stdout == "web: Corner shop\n"
    assert answer("channel", "test", "web") == {"channel": "web", "said": "Corner shop"}
    assert shop.stock == {"LAMP": 0, "DESK": 0}


@pytest.mark.usefixtures("web")
def test_a_channel_that_does_not_answer_says_what_to_do(answer: Answer, fault: Answer) -> None:
    assert fault("channel", "test", "web")["type"] == "not-found"
    added(answer)
    found = fault("channel", "test", "web")
    assert (found["type"], "check the base URL" in found["detail"]) == ("conflict", True)


@pytest.mark.usefixtures("web")
def test_a_channel_is_paused_resumed_and_reset(cli: Cli, answer: Answer, fault: Answer, db: Database) -> None:
    added(answer)
    publish(db)
    assert answer("channel", "pause", "web") == {"channel": "web", "paused": True}
    assert "paused already" in fault("channel", "pause", "web")["detail"]
    assert "paused; 2 waiting" in cli("channel", "status").stdout
    assert cli("channel", "resume", "web").stdout == "The channel web is resumed.\n"
    assert fault("channel", "resume", "web")["type"] == "invalid"
    assert answer("channel", "reset", "web") == {"channel": "web", "listings": 2}
    assert cli("channel", "reset", "web").stdout == "2 listings of web will be sent anew.\n"
    for verb in ("pause", "resume", "reset", "status", "test"):
        assert fault("channel", verb, "nowhere")["type"] == "not-found"


@pytest.mark.usefixtures("web")
def test_status_shows_every_connected_channel_and_the_listings_in_trouble(
    cli: Cli, answer: Answer, db: Database
) -> None:
    assert answer("channel", "status") == []
    assert cli("channel", "status").stdout == "Nothing there.\n"
    added(answer)
    publish(db)
    with db.transaction() as conn:
        conn.execute(
            "UPDATE outbound o SET trouble = 'we do not carry LAMP', tries = 3 FROM listing l "
            "WHERE l.id = o.listing AND l.sku = 'LAMP'"
        )
    (found,) = answer("channel", "status")
    assert found == answer("channel", "status", "web")
    assert (found["backlog"]["waiting"], found["backlog"]["in_trouble"]) == (2, 1)
    assert [trouble["sku"] for trouble in found["troubles"]] == ["LAMP"]
    told = cli("channel", "status", "web").stdout
    assert "2 waiting, the oldest for" in told
    assert "1 in trouble" in told
    assert "we do not carry LAMP" in told
    assert "we do not carry LAMP" not in cli("channel", "status").stdout


@pytest.mark.usefixtures("web")
def test_a_secret_is_in_no_answer_and_no_row(cli: Cli, answer: Answer, db: Database, shop: Shop) -> None:
    added(answer, shop.url)
    said = [cli(*flag, "channel", verb, "web").output for flag in ([], ["--json"]) for verb in ("test", "status")]
    found = "\n".join([*said, cli("channel", "status").output, everything_stored(db)])
    assert "Corner shop" in found
    assert not [form for form in secret_forms() if form in found]


@pytest.mark.parametrize(
    ("backlog", "more", "said"),
    [
        ({}, {}, "in step"),
        ({"waiting": 12, "oldest": NOW - timedelta(seconds=3)}, {}, "12 waiting, the oldest for 3 s"),
        ({"waiting": 1, "oldest": NOW - timedelta(minutes=5)}, {}, "1 waiting, the oldest for 5 min"),
        ({"waiting": 1, "oldest": NOW - timedelta(hours=7)}, {}, "1 waiting, the oldest for 7 h"),
        ({"waiting": 1, "oldest": NOW - timedelta(days=3)}, {}, "1 waiting, the oldest for 3 days"),
        ({"waiting": 1, "oldest": NOW + timedelta(seconds=1)}, {}, "1 waiting, the oldest for 0 s"),
        (
            {"waiting": 2, "in_trouble": 1, "oldest": NOW - timedelta(seconds=9)},
            {},
            "2 waiting, the oldest for 9 s, 1 in trouble",
        ),
        ({}, {"paused": True, "trouble": "nobody there"}, "paused"),
        ({}, {"mode": "shadow"}, "nothing is sent while its mode is shadow"),
        ({"waiting": 1, "oldest": NOW}, {"trouble": "no"}, "does not answer: no; 1 waiting, the oldest for 0 s"),
    ],
)
def test_a_state_is_told_in_a_few_words(backlog: dict[str, Any], more: dict[str, Any], said: str) -> None:
    figures = {"listings": 20, "waiting": 0, "in_flight": 0, "in_trouble": 0, "oldest": None, **backlog}
    fields = {"mode": "live", "paused": False, "trouble": "", "trouble_since": None, **more}
    made = Connection(channel="web", connector="generic", settings={}, added_at=NOW, **fields)
    assert state_of(ChannelStatus(made, Backlog(**figures), []), NOW) == said


def test_a_number_that_somebody_changed_there_is_told(cli: Cli, answer: Answer, db: Database, web: None) -> None:
    added(answer)
    assert "shows what it acknowledged" in cli("channel", "drift", "web").stdout
    publish(db)
    with db.transaction() as conn:
        conn.execute(
            "UPDATE outbound SET shown = 5, observed = 9, observed_at = now(), drift = 'edited', drift_since = now() "
            "WHERE listing = (SELECT id FROM listing WHERE sku = 'LAMP')"
        )
    told = cli("channel", "drift", "web").stdout
    assert "LAMP" in told
    assert "somebody changed" in told
    (drifted,) = answer("channel", "drift", "web")
    assert (drifted["shown"], drifted["observed"], drifted["drift"]) == (5, 9, "edited")


def test_pages_are_switched_on_only_where_they_can_be_written(
    cli: Cli, answer: Answer, db: Database, web: None
) -> None:
    added(answer)
    assert "are not written" in cli("channel", "pages", "web").stdout
    refused = cli("channel", "pages", "web", "--on")
    assert refused.exit_code != 0
    assert "writes no pages" in refused.stderr
    given = ["--set", "shop=corner.myshopify.com", "--set", "location=1", "--secret", "access_token=env:PATH"]
    answer("channel", "add", "web", "--connector", "shopify", *given)
    assert answer("channel", "pages", "web", "--on")["on"] is True
    with db.transaction() as conn:
        conn.execute(
            "INSERT INTO page_pushed (part, listing, channel, digest, seen, tries, next_try_at, trouble) "
            "SELECT 0, id, channel, '', '', 3, now(), 'Title is too long' FROM listing WHERE sku = 'LAMP'"
        )
    told = cli("channel", "pages", "web").stdout
    assert "1 in trouble" in told
    assert "Title is too long" in told
    assert "by its connector or its settings: options, summary, attributes, tax class." in told
    assert answer("channel", "pages", "web", "--off")["on"] is False
