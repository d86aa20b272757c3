"""doctor: looks at everything a hub needs and says of each thing whether it is well, and if not how to mend it."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.running.database import tell_findings
from truestock.entrypoints.cli.session import session_of


def doctor(
    ctx: typer.Context,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out the proof of the ledger, which reads it all.")
    ] = False,
) -> None:
    """Look at everything a hub needs, each with its fix."""
    from truestock.entrypoints.cli.running.checks import examine

    session = session_of(ctx)
    tell_findings(session, list(examine(session.settings(), quick=quick)))
