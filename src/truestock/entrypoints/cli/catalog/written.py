"""The answer to a change of one catalog row."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from truestock.core.problems import NotFound, Problem
from truestock.entrypoints.cli.output import print_json, say
from truestock.entrypoints.cli.session import Session

if TYPE_CHECKING:
    from truestock.catalog.changes import How, Result

R = TypeVar("R")


def how(dry_run: bool) -> "How":
    """Make or change, or only say what would become of it."""
    from truestock.catalog.changes import How

    return How(dry_run=dry_run)


def tell(session: Session, what: str, key: str, results: "Sequence[Result]", *, dry_run: bool = False) -> None:
    """Print what became of the one line. Raises its Problem."""
    (result,) = results
    if isinstance(result, Problem):
        raise result
    if session.as_json:
        print_json({"id": result.id, "outcome": result.outcome, "dry_run": dry_run})
    else:
        say(f"The {what} {key} {'would be' if dry_run else 'is'} {result.outcome}.")


def found(row: R | None, what: str, key: str) -> R:
    """The row. Raises NotFound."""
    if row is None:
        raise NotFound(what, key)
    return row
