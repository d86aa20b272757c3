"""What the database refuses, in the words of the house: the only place that reads SQLSTATEs and constraint names."""

import psycopg
from psycopg import errors as pg


class StoreError(Exception):
    """The store could not do what was asked; the transaction is rolled back."""


class Busy(StoreError):
    """Others hold the rows, or time ran out: nothing was written and the same request may be sent again."""


class Unavailable(StoreError):
    """The database cannot be reached, or was lost before it answered: what became of a commit is unknown."""


class ConstraintBroken(StoreError):
    """A law the schema holds was about to be broken; `constraint` names it."""

    def __init__(self, constraint: str, message: str) -> None:
        super().__init__(message)
        self.constraint = constraint


class Duplicate(ConstraintBroken):
    """A key that must be unique is there already."""


class Missing(ConstraintBroken):
    """What a row refers to is not there."""


class Rejected(StoreError):
    """The database rejected the statement, or a value in it: a fault of ours or of the input, never of chance."""


_BUSY = (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure, pg.QueryCanceled, pg.TooManyConnections)
_UNAVAILABLE = (
    pg.AdminShutdown,
    pg.CrashShutdown,
    pg.CannotConnectNow,
    pg.IdleInTransactionSessionTimeout,
    pg.InvalidCatalogName,
)


def translate(error: psycopg.Error) -> StoreError:
    """The house's word for a driver's error; a lost connection is every operational error without a SQLSTATE."""
    message = error.diag.message_primary or str(error)
    if isinstance(error, _BUSY):
        return Busy(message)
    if isinstance(error, pg.IntegrityError):
        kind = {pg.UniqueViolation: Duplicate, pg.ForeignKeyViolation: Missing}.get(type(error), ConstraintBroken)
        return kind(error.diag.constraint_name or "", message)
    if isinstance(error, _UNAVAILABLE) or (isinstance(error, psycopg.OperationalError) and not error.sqlstate):
        return Unavailable(message)
    return Rejected(message)
