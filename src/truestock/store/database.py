"""Connections and transactions: one pool for use cases, dedicated connections for lanes, the same settings on both."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from truestock.store.errors import Busy, Rejected, Unavailable, translate

Row = tuple[Any, ...]
Connection = psycopg.Connection[Row]


@dataclass(frozen=True, slots=True)
class Limits:
    """What every connection is held to."""

    lock_timeout_ms: int = 250
    statement_timeout_ms: int = 30_000
    pool_max: int = 8
    pool_wait_s: float = 5.0


class Database:
    """One PostgreSQL database; opening it connects to nothing until the first use. Raises Rejected for no URL."""

    def __init__(self, url: str, limits: Limits | None = None) -> None:
        self.url = url
        self.limits = limits or Limits()
        self.conninfo = make_conninfo(
            url,
            application_name="truestock",
            connect_timeout=5,
            # A server that vanished without a word is noticed after this long; sockets on this machine ignore it.
            tcp_user_timeout=15_000,
            options=" ".join([str(_parameters(url).get("options") or ""), *self._session()]).strip(),
        )
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            self.conninfo,
            kwargs={"autocommit": True},
            min_size=0,
            max_size=self.limits.pool_max,
            timeout=self.limits.pool_wait_s,
            open=False,
            name="truestock",
        )

    def _session(self) -> list[str]:
        settings = {
            "lock_timeout": self.limits.lock_timeout_ms,
            "statement_timeout": self.limits.statement_timeout_ms,
            "idle_in_transaction_session_timeout": self.limits.statement_timeout_ms,
            "timezone": "UTC",
        }
        return [f"-c {name}={value}" for name, value in settings.items()]

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A pooled connection inside one READ COMMITTED transaction: committed at the end, rolled back on any error."""
        self._pool.open()
        try:
            with errors_translated(), self._pool.connection() as conn, conn.transaction():
                yield conn
        except PoolTimeout:
            # The pool cannot tell a full house from a dead server, but a connection of our own can.
            self.connect().close()
            raise Busy("no database connection became free in time") from None
        except Unavailable:
            # The server has restarted: every idle connection is as dead as this one.
            self._pool.check()
            raise

    def connect(self) -> Connection:
        """A dedicated connection in autocommit mode; its owner closes it."""
        with errors_translated():
            return psycopg.connect(self.conninfo, autocommit=True)

    def close(self) -> None:
        """Close the pool; connections in use end with their transactions."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _parameters(url: str) -> dict[str, Any]:
    """What a URL says. Raises Rejected, which does not repeat it: it may hold a password."""
    try:
        return dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError:
        raise Rejected("the database's URL is none; write it as postgresql://user:password@host:5432/name") from None


@contextmanager
def errors_translated() -> Iterator[None]:
    """Raises the driver's errors as the store's own."""
    try:
        yield
    except PoolTimeout:
        raise
    except psycopg.Error as error:
        raise translate(error) from error
