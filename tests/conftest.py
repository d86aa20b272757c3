"""A PostgreSQL for the whole test run, and a fresh database for whoever asks for one."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.postgres import FAST, binaries_under_test, temporary_home
from truestock.store import migrate
from truestock.store.database import Database
from truestock.store.embedded import EmbeddedServer

TEMPLATE = "template_truestock"
LEFT_OUT = pytest.StashKey[dict[str, int]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run on this machine, and remember it for the summary."""
    lacking = {"root (run as root)": os.geteuid() != 0, "browser (install chromium)": not shutil.which("chromium")}
    left_out = config.stash.setdefault(LEFT_OUT, {})
    for need in (need for need, lacks in lacking.items() if lacks):
        unable = [item for item in items if item.get_closest_marker(need.split()[0])]
        if unable:
            left_out[need] = len(unable)
            config.hook.pytest_deselected(items=unable)
            items[:] = [item for item in items if item not in unable]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which tests did not run, and what they need."""
    for need, number in config.stash.get(LEFT_OUT, {}).items():
        terminalreporter.write_line(f"NOT RUN: {number} tests that need {need}", yellow=True)


@pytest.fixture
def home() -> Iterator[Path]:
    """A short folder that PostgreSQL's account can enter, as pytest's own cannot be when root runs the tests."""
    with temporary_home() as folder:
        yield folder


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """The server of the test run, with a database that has the schema and serves as template."""
    with temporary_home() as home, EmbeddedServer(home, binaries_under_test(), FAST) as running:
        running.cluster.create_database(TEMPLATE)
        with Database(running.cluster.url(TEMPLATE)) as template, template.connect() as conn:
            migrate.upgrade(conn)
        yield running


@pytest.fixture(scope="session")
def clone(server: EmbeddedServer) -> Callable[[str], str]:
    """Makes a database from another one, the migrated template for instance, and gives its URL."""
    numbers = count(1)

    def make(template: str) -> str:
        name = f"test_{next(numbers)}"
        with psycopg.connect(server.cluster.url("postgres"), autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return server.cluster.url(name)

    return make


@pytest.fixture
def database_url(clone: Callable[[str], str]) -> str:
    """A fresh database with the schema."""
    return clone(TEMPLATE)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A fresh database with the schema, opened."""
    with Database(database_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def module_db(clone: Callable[[str], str]) -> Iterator[Database]:
    """One database for all tests of a module, for those that only read or keep apart by themselves."""
    with ExitStack() as stack:
        yield stack.enter_context(Database(clone(TEMPLATE)))
