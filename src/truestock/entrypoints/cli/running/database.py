"""db: the database below the ledger: its schema, its health, its backups."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.faults import PROBLEM
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import Session, aloud, quietly, session_of

if TYPE_CHECKING:
    from truestock.store.upkeep.backup import Manifest
    from truestock.store.upkeep.check import Finding

app = typer.Typer(no_args_is_help=True, help="The database: schema, health, backups.")
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


@app.command()
def upgrade(ctx: typer.Context) -> None:
    """Apply the migrations that are missing, and make the partitions of the coming months."""
    from truestock.store import migrate

    session = session_of(ctx)
    with session.database() as db, closing(db.connect()) as conn:
        applied = migrate.upgrade(conn, months_ahead=session.settings().partitions_ahead)
        total = len(migrate.status(conn).applied)
    if session.as_json:
        print_json({"migrations": total, "applied": [step.number for step in applied]})
    else:
        say(*(f"Applied {step.number:04} {step.name}" for step in applied), f"All {total} migrations are applied.")


@app.command()
def check(ctx: typer.Context) -> None:
    """Whether this database can be trusted with the ledger: server, settings, schema, partitions, clock."""
    session = session_of(ctx)
    tell_findings(session, _findings(session))


@app.command()
def repair(ctx: typer.Context) -> None:
    """Mend what can be mended from here (schema, partitions), then check; `truestock repair` mends the ledger."""
    from truestock.store import migrate

    session = session_of(ctx)
    with session.database() as db, closing(db.connect()) as conn:
        migrate.upgrade(conn, months_ahead=session.settings().partitions_ahead)
    tell_findings(session, _findings(session))


@app.command()
def backup(ctx: typer.Context, folder: Annotated[Path, typer.Argument(help="A folder that is not there yet.")]) -> None:
    """Write a backup into a folder of its own, also while the hub is running."""
    from truestock.store.upkeep import backup as backups

    session = session_of(ctx)
    with session.database() as db:
        _tell_manifest(session, backups.backup(db, folder), f"Backed up to {folder}.")


@app.command()
def restore(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A backup's folder.", exists=True, file_okay=False)],
    replace: Annotated[bool, typer.Option("--replace", help="Replace what the database holds.")] = False,
    yes: Yes = False,
) -> None:
    """Bring a backup back into an empty database, or with --replace in the place of what is there."""
    from truestock.bootstrap import open_database
    from truestock.store.upkeep import backup as backups

    session = session_of(ctx)
    held = backups.verify(folder)
    if replace and not yes:
        typer.confirm(f"Replace everything by the backup of {held.made_at:%Y-%m-%d %H:%M} UTC?", abort=True, err=True)
    with open_database(session.settings(), quietly if session.as_json else aloud) as db:
        _tell_manifest(session, backups.restore(folder, db, replace=replace), f"Restored from {folder}.")


def tell_findings(session: Session, findings: "list[Finding]") -> None:
    """Print what was looked at, with a fix beside what is not well; exits with 1 then."""
    sick = [finding for finding in findings if not finding.ok]
    if session.as_json:
        print_json({"ok": not sick, "findings": findings})
    else:
        rows = [(f.name, "ok" if f.ok else "NOT OK", f.found, "" if f.ok else f.fix) for f in findings]
        print_table(("what", "state", "found", "fix"), rows)
        say("", "All is well." if not sick else f"{len(sick)} of {len(findings)} need mending.")
    if sick:
        raise typer.Exit(PROBLEM)


def _findings(session: Session) -> "list[Finding]":
    from truestock.store.upkeep.check import check as findings_of

    with session.database() as db, closing(db.connect()) as conn:
        return list(findings_of(conn))


def _tell_manifest(session: Session, manifest: "Manifest", done: str) -> None:
    if session.as_json:
        print_json(manifest)
        return
    rows = [(name, count) for name, count in manifest.rows.items() if count]
    print_table(("table", "rows"), rows, f"{manifest.made_at:%Y-%m-%d %H:%M:%S} UTC, PostgreSQL {manifest.server}")
    say("", done)
