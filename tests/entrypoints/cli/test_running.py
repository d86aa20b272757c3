"""init, serve, doctor, db: a hub is made, runs, tells what ails it, and comes back from its backup."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from socket import socket

import msgspec
import pytest

from tests.clocks import PATIENCE_S
from tests.entrypoints.cli.conftest import Answer, Cli
from tests.served import PROGRAM, serving
from truestock.entrypoints.cli.root import hoisted
from truestock.entrypoints.cli.running.start import without_password
from truestock.store.database import Database


def typed(*words: object, **more: str) -> "subprocess.CompletedProcess[str]":
    """The program in a process of its own."""
    environment = {**os.environ, **more}
    line = [*PROGRAM, *map(str, words)]
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S)


def test_help_comes_before_anybody_looks_away() -> None:
    def one() -> float:
        # The processor's time, not the clock's: tests share the machine.
        before = getrusage(RUSAGE_CHILDREN)
        assert "doctor" in typed("--help").stdout
        after = getrusage(RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(one() for _ in range(5)) < 0.3


def test_help_imports_no_room_below() -> None:
    code = "import sys; from truestock.entrypoints.cli import app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"psycopg", "pydantic", "fastapi", "rich", "msgspec", "truestock.bootstrap"} & set(loaded)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (["items", "list", "--json"], ["--json", "items", "list"]),
        (["db", "check", "--data-dir", "x", "y"], ["--data-dir", "x", "db", "check", "y"]),
        (["a", "--database-url=u", "b"], ["--database-url=u", "a", "b"]),
        (["a", "--", "--json"], ["a", "--", "--json"]),
        (["a", "--data-dir"], ["--data-dir", "a"]),
    ],
)
def test_options_of_every_command_stand_anywhere(given: list[str], wanted: list[str]) -> None:
    assert hoisted(given) == wanted


def test_a_password_is_not_shown() -> None:
    assert without_password("postgresql://me:secret@db:5432/ts?sslmode=require") == "postgresql://me@db:5432/ts"
    assert without_password("host=db password=secret") == "the configured PostgreSQL"


def test_no_database_is_made_by_a_mistyped_name(bare: Cli, tmp_path: Path) -> None:
    told = bare("--data-dir", tmp_path / "typo", "items", "list")
    assert (told.exit_code, told.stdout) == (1, "")
    assert "there is no database in" in told.stderr
    assert "truestock init" in told.stderr
    assert not (tmp_path / "typo").exists()


def test_a_database_of_somebody_else_is_left_alone(bare: Cli, clone: Callable[[str], str]) -> None:
    url = clone("template0")
    told = bare("--json", "--database-url", url, "items", "list")
    assert msgspec.json.decode(told.stderr)["error"]["type"] == "no-database"
    with Database(url) as db, db.transaction() as conn:
        tables = conn.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace").fetchall()
    assert tables == [(0,)]
    made = bare("--json", "--database-url", url, "init")
    assert msgspec.json.decode(made.stdout)["applied"]
    assert "up to date already" in bare("--database-url", url, "init").stdout
    assert bare("--database-url", url, "items", "list").exit_code == 0


def test_a_wrong_setting_and_an_unknown_word_are_wrong_calls(bare: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bare("nonsense").exit_code == 2
    assert bare("items", "list", "--limit", "0").exit_code == 2
    monkeypatch.setenv("TRUESTOCK_PORT", "abc")
    told = bare("doctor")
    assert (told.exit_code, "TRUESTOCK_PORT" in told.stderr) == (2, True)


def test_an_unreachable_database_is_one_sentence() -> None:
    told = typed("items", "list", "--database-url", "postgresql://nobody@127.0.0.1:9/none")
    assert (told.returncode, told.stdout, "Traceback" in told.stderr) == (1, "", False)
    assert "cannot be reached" in told.stderr


def sick(code: int, said: str) -> dict[str, str]:
    """What is not well, with its fix."""
    told = msgspec.json.decode(said)
    found = {finding["name"]: finding["fix"] for finding in told["findings"] if not finding["ok"]}
    assert (code, told["ok"]) == ((1, False) if found else (0, True))
    return found


@pytest.fixture
def doctor(bare: Cli, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, str]]:
    """Asks the doctor under some settings: what is not well, with its fix."""

    def ask(*words: object, **settings: str) -> dict[str, str]:
        with monkeypatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(name, value)
            told = bare("doctor", "--json", *words)
        return sick(told.exit_code, told.stdout)

    return ask


# The tests' own server runs without fsync, which the doctor rightly does not like.
@pytest.mark.parametrize("more", [[], ["--quick"]])
def test_the_doctor_finds_a_hub_well(database_url: str, more: list[str]) -> None:
    told = typed("doctor", "--json", "--database-url", database_url, *more, TRUESTOCK_PORT="0")
    assert list(sick(told.returncode, told.stdout)) == ["fsync"]
    names = [finding["name"] for finding in msgspec.json.decode(told.stdout)["findings"]]
    assert {"Python", "schema", "partitions", "clock", "address"} <= set(names)
    assert ("ledger" in names) == (not more)


def test_the_doctor_finds_what_ails_a_hub(
    answer: Answer, doctor: Callable[..., dict[str, str]], database_url: str
) -> None:
    with Database(database_url) as db, db.transaction() as conn:
        conn.execute("INSERT INTO stock VALUES (1, 1, 1, 0, 0, 0, 5)")
    with closing(socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        listening = doctor("--database-url", database_url, TRUESTOCK_PORT=port)
    assert listening[f"port {port}"] == "stop what listens there, or set TRUESTOCK_PORT to another"
    assert "truestock repair" in listening["ledger"]
    to_all = {"TRUESTOCK_PORT": "0", "TRUESTOCK_HOST": "0.0.0.0"}
    open_to_all = doctor("--quick", "--database-url", database_url, **to_all)
    assert "truestock keys create" in open_to_all["address"]
    answer("keys", "create", "someone")
    assert "address" not in doctor("--quick", "--database-url", database_url, **to_all)


def test_the_doctor_needs_no_database_to_say_that_there_is_none(
    doctor: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    away = doctor("--database-url", "postgresql://nobody@127.0.0.1:9/none", TRUESTOCK_PORT="0")
    assert "start PostgreSQL" in away["database"]
    assert doctor("--data-dir", tmp_path / "new", TRUESTOCK_PORT="0") == {"database": "truestock init"}


def test_the_database_is_brought_up_to_date_and_checked(cli: Cli, answer: Answer, database_url: str) -> None:
    assert answer("db", "upgrade")["applied"] == []
    with Database(database_url) as db, db.transaction() as conn:
        partitions = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'entry'::regclass"
        for (name,) in conn.execute(partitions).fetchall():
            conn.execute(f"DROP TABLE {name}")
    checked = msgspec.json.decode(cli("--json", "db", "check").stdout)["findings"]
    assert {finding["name"] for finding in checked if not finding["ok"]} == {"fsync", "partitions"}
    told = cli("--json", "db", "repair")
    unwell = [finding["name"] for finding in msgspec.json.decode(told.stdout)["findings"] if not finding["ok"]]
    assert unwell == ["fsync"]
    assert "NOT OK" in cli("db", "check").stdout


def test_a_backup_is_restored_whole(answer: Answer, fault: Answer, cli: Cli, tmp_path: Path) -> None:
    answer("items", "put", "LAMP")
    folder = tmp_path / "monday"
    assert answer("db", "backup", folder)["rows"]["item"] == 1
    assert "is there already" in fault("db", "backup", folder)["detail"]
    answer("items", "put", "MILK")
    assert "not empty" in fault("db", "restore", folder)["detail"]
    assert cli("db", "restore", folder, "--replace", input="n\n").exit_code == 1
    assert len(answer("items", "list")["rows"]) == 2
    assert "Restored from" in cli("db", "restore", folder, "--replace", input="y\n").stdout
    assert [row["sku"] for row in answer("items", "list")["rows"]] == ["LAMP"]
    (folder / "truestock.dump").write_bytes(b"cut off")
    assert "has changed" in fault("db", "restore", folder, "--replace", "--yes")["detail"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_hub_serves_until_it_is_told_to_stop(database_url: str, number: signal.Signals) -> None:
    with serving(PROGRAM, database_url) as (process, address):
        with urllib.request.urlopen(f"{address}/health", timeout=PATIENCE_S) as answered:
            assert answered.status == 200
        process.send_signal(number)
        assert process.stderr
        said = process.stderr.read()
        assert (process.wait(timeout=PATIENCE_S), "Traceback" in said) == (0, False)
    assert "Stopped." in said


def test_a_hub_without_keys_listens_on_loopback_only(database_url: str) -> None:
    told = typed("serve", "--host", "0.0.0.0", "--port", "0", "--database-url", database_url)
    assert (told.returncode, "Traceback" in told.stderr) == (1, False)
    assert "truestock keys create" in told.stderr
