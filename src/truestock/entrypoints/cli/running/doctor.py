"""doctor: looks at everything a hub needs and says of each thing whether it is well, and if not how to mend it."""

import typer

from truestock.entrypoints.cli.faults import PROBLEM
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import session_of


def doctor(ctx: typer.Context) -> None:
    """Look at everything a hub needs, each with its fix."""
    from truestock.entrypoints.cli.running.checks import examine

    session = session_of(ctx)
    findings = list(examine(session.settings()))
    sick = [finding for finding in findings if not finding.ok]
    if session.as_json:
        print_json({"ok": not sick, "findings": findings})
    else:
        rows = [(f.name, "ok" if f.ok else "NOT OK", f.found, "" if f.ok else f.fix) for f in findings]
        print_table(("what", "state", "found", "fix"), rows)
        say("", "All is well." if not sick else f"{len(sick)} of {len(findings)} need mending.")
    if sick:
        raise typer.Exit(PROBLEM)
