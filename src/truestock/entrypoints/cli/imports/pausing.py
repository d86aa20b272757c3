"""Pausing and resuming of what brings something in, and what is said of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from truestock.entrypoints.cli.output import print_json, say
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.store.database import Database


def pause_or_resume(ctx: typer.Context, what: str, pause: "Callable[[Database], Any]", *, paused: bool) -> None:
    """Do it, and say that it is done; `what` begins the sentence."""
    session = session_of(ctx)
    with session.db() as db:
        found = pause(db)
    if session.as_json:
        print_json(found)
    else:
        say(f"{what} is {'paused' if paused else 'resumed'}.")
