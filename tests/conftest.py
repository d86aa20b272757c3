"""A PostgreSQL for the whole test run, and a fresh database for whoever asks for one."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from tests.postgres import FAST, binaries_under_test, memory, temporary_home
from truestock.store import migrate
from truestock.store.database import Connection, Database
from truestock.store.embedded import EmbeddedServer

TEMPLATE = "template_truestock"

# Every run tries the same examples, however slow the machine is; `make fuzz` is what looks for new ones.
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


def lacking() -> dict[str, str]:
    """The markers of tests that cannot run on this machine, each with what would make them run."""
    lacks = {}
    if os.geteuid() != 0:
        lacks["root"] = "run them as root"
    if not shutil.which("chromium"):
        lacks["browser"] = "install chromium"
    if "TRUESTOCK_TEST_REAL" not in os.environ:
        lacks["real"] = "run `make test-real`"
    return lacks


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run on this machine."""
    lacks = lacking()
    unable = {item for item in items if any(item.get_closest_marker(marker) for marker in lacks)}
    config.hook.pytest_deselected(items=list(unable))
    items[:] = [item for item in items if item not in unable]


def pytest_collection_finish() -> None:
    """What was collected stays to the end, so that no collection of garbage need look at it again."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests did not run, and what they need."""
    for marker, remedy in lacking().items():
        terminalreporter.write_line(f"NOT RUN: the tests marked {marker!r}; {remedy}", yellow=True)


@pytest.fixture
def home() -> Iterator[Path]:
    """A short folder that PostgreSQL's account can enter, as pytest's own cannot be when root runs the tests."""
    with temporary_home(memory()) as folder:
        yield folder


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """The server of the test run, with a database that has the schema and serves as template."""
    with temporary_home(memory()) as home, EmbeddedServer(home, binaries_under_test(), FAST) as running:
        running.cluster.create_database(TEMPLATE)
        with Database(running.cluster.url(TEMPLATE)) as template, template.connect() as conn:
            migrate.upgrade(conn)
        yield running


@pytest.fixture(scope="session")
def maker(server: EmbeddedServer) -> Iterator[Connection]:
    """What makes and drops databases: a connection for each of thousands would take as long as half of the work."""
    with psycopg.connect(server.cluster.url("postgres"), autocommit=True) as conn:
        yield conn


@pytest.fixture(scope="session")
def clone(server: EmbeddedServer, maker: Connection) -> Callable[[str], str]:
    """Makes a database from another one, the migrated template for instance, and gives its URL."""
    numbers = count(1)

    def make(template: str) -> str:
        name = f"test_{next(numbers)}"
        maker.execute(
            SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(*map(Identifier, (name, template)))
        )
        return server.cluster.url(name)

    return make


@contextmanager
def cloned(maker: Connection, clone: Callable[[str], str]) -> Iterator[str]:
    """A database with the schema, dropped at the end: a thousand of them would take a minute to clear away at once."""
    url = clone(TEMPLATE)
    yield url
    maker.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(str(conninfo_to_dict(url)["dbname"]))))


@pytest.fixture
def database_url(maker: Connection, clone: Callable[[str], str]) -> Iterator[str]:
    """A fresh database with the schema."""
    with cloned(maker, clone) as url:
        yield url


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A fresh database with the schema, opened."""
    with Database(database_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def module_db(maker: Connection, clone: Callable[[str], str]) -> Iterator[Database]:
    """One database for all tests of a module, for those that only read or keep apart by themselves."""
    with cloned(maker, clone) as url, Database(url) as opened:
        yield opened
