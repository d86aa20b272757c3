"""A PostgreSQL for the whole test run, and a fresh database for whoever asks for one.

TRUESTOCK_TEST_PG=15 uses the system's PostgreSQL of that version instead of the embedded one.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

from truestock.store import migrate
from truestock.store.database import Database
from truestock.store.embedded import Binaries, EmbeddedServer

TEMPLATE = "template_truestock"
# The data of a test run dies with it, so nothing waits for the disk. What the tests prove of durability they
# prove by killing processes, which needs no fsync.
FAST = {"fsync": "off", "max_wal_size": "512MB", "shared_buffers": "128MB", "max_connections": "200"}


def binaries_under_test() -> Binaries:
    """The embedded server's, or those of the system's PostgreSQL that TRUESTOCK_TEST_PG names."""
    version = os.environ.get("TRUESTOCK_TEST_PG")
    return Binaries(Path(f"/usr/lib/postgresql/{version}/bin")) if version else Binaries.from_wheel()


@pytest.fixture
def home() -> Iterator[Path]:
    """A short folder that PostgreSQL's account can enter, as pytest's own cannot be when root runs the tests."""
    with temporary_home() as folder:
        yield folder


@contextmanager
def temporary_home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ts-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
