"""How the job library reaches its tables: by the database's own settings, with its schema in the path."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from truestock.store.database import Database, errors_translated
from truestock.store.errors import StoreError, Unavailable, translate
from truestock.store.jobs.install import SCHEMA

AsyncPool = AsyncConnectionPool[psycopg.AsyncConnection[Any]]
# One that fetches, one that says that the worker lives, and what a job's end is written by.
CONNECTIONS_MAX = 3


def pool_of(db: Database) -> AsyncPool:
    """A pool for a worker, not open yet."""
    return AsyncConnectionPool(
        _conninfo(db),
        kwargs={"autocommit": False},
        min_size=0,
        max_size=CONNECTIONS_MAX,
        timeout=db.limits.pool_wait_s,
        open=False,
        name="jobs",
        check=AsyncConnectionPool.check_connection,
    )


@contextmanager
def opened(db: Database) -> Iterator[App]:
    """The library with a connection of its own, for the few calls that take none of ours."""
    connector = SyncPsycopgConnector(conninfo=_conninfo(db), min_size=1, max_size=1)
    with faults_translated(), App(connector=connector).open() as app:
        yield app


@contextmanager
def faults_translated() -> Iterator[None]:
    """Raises what the library raises of the database's as the store's own errors."""
    try:
        with errors_translated():
            yield
    except ConnectorException as error:
        cause = error.__cause__ or error.__context__
        raise (translate(cause) if isinstance(cause, psycopg.Error) else StoreError(str(error))) from error
    except PoolTimeout as error:
        raise Unavailable("no database connection became free in time") from error


def _conninfo(db: Database) -> str:
    options = conninfo_to_dict(db.conninfo).get("options") or ""
    return make_conninfo(db.conninfo, options=f"{options} -c search_path={SCHEMA},public")
