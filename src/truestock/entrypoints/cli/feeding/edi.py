"""feed acknowledge: what the senders of X12 files are told of them."""

from pathlib import Path
from typing import Annotated

import typer

from truestock.entrypoints.cli.feeding.mapping import FeedFile
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import session_of


def acknowledge(
    ctx: typer.Context,
    file: FeedFile,
    out: Annotated[Path, typer.Option(help="The file of 997s to write.", dir_okay=False)],
) -> None:
    """Write the 997s that answer an X12 file: which of its sets are accepted, and what is wrong with the others.

    Its interchanges are remembered by their senders' numbers, so that one that comes again is seen."""
    from datetime import UTC, datetime

    from truestock.feeds.stock.files.edi.kept import answer

    session = session_of(ctx)
    with session.db() as db, file.open("rb") as source:
        answered, content = answer(db, file.name, source, datetime.now(UTC))
    if content:
        out.write_bytes(content)
    if session.as_json:
        print_json({"interchanges": answered, "written": bool(content)})
        return
    rows = [(one.sender, one.control, one.seen, one.accepted, one.rejected) for one in answered]
    print_table(("sender", "number", "seen", "accepted", "rejected"), rows)
    if not content:
        say("Nothing is to be answered.")
