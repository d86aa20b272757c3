"""check, repair, reverse: whether the ledger holds its laws, and how a wrong row or a wrong movement is put right."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.faults import PROBLEM, WrongCall
from truestock.entrypoints.cli.ledger.desk import at_desk
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import Session, actor, session_of

if TYPE_CHECKING:
    from truestock.bootstrap import Hub
    from truestock.ledger.proof import Finding, Mended
    from truestock.ledger.reverse import Reversal

REPAIRABLE = ("rows equal entries", "promises equal reserved")
ITEMS_MOST = 100_000
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


def check(
    ctx: typer.Context, limit: Annotated[int, typer.Option(help="Findings to show of each law.", min=1)] = 20
) -> None:
    """Prove that the ledger holds its laws, from one snapshot and without writing anything."""
    from truestock.ledger.proof import check as prove

    session = session_of(ctx)
    with session.hub() as hub:
        laws = list(prove(hub.db, limit))
        skus = _skus(hub, {finding.item for _, found in laws for finding in found})
    broken = [(law, found) for law, found in laws if found]
    if session.as_json:
        print_json({"ok": not broken, "laws": [_law(law, found, skus) for law, found in laws]})
    else:
        print_table(("law", "holds"), [(law, "NO" if found else "yes") for law, found in laws])
        for law, found in broken:
            say("")
            rows = [(skus.get(f.item, f.item), f.where, f.found, f.wanted) for f in found]
            print_table(("item", "where", "found", "should be"), rows, law)
        say("", "The ledger holds." if not broken else "Look at truestock repair; back up first.")
    if broken:
        raise typer.Exit(PROBLEM)


def _law(law: str, found: "Sequence[Finding]", skus: dict[int, str]) -> dict[str, object]:
    findings = [
        {"item": skus.get(f.item, str(f.item)), "where": f.where, "found": f.found, "should_be": f.wanted}
        for f in found
    ]
    return {"law": law, "holds": not found, "findings": findings}


def repair(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be mended, and write nothing.")] = False,
    yes: Yes = False,
) -> None:
    """Make stock rows equal to their entries and promises, under their locks; every repair is logged."""
    from truestock.ledger.proof import check as prove
    from truestock.ledger.proof import repair as mend

    session = session_of(ctx)
    with session.hub() as hub:
        found = [f for law, findings in prove(hub.db, ITEMS_MOST) if law in REPAIRABLE for f in findings]
        items = sorted({(f.part, f.item) for f in found})
        mended = at_desk(hub, lambda desk: mend(desk, items, actor(), dry_run=True)) if items else []
        _tell_mended(session, hub, mended, quiet=not dry_run and session.as_json)
        if dry_run or not mended:
            return
        _ask(session, "Make these rows so?", yes=yes)
        mended = at_desk(hub, lambda desk: mend(desk, items, actor()))
        if session.as_json:
            _tell_mended(session, hub, mended)
        else:
            say(f"{len(mended)} rows were mended. Check again: truestock check.")


def _tell_mended(session: Session, hub: "Hub", mended: "Sequence[Mended]", *, quiet: bool = False) -> None:
    if quiet and mended:
        return
    network = hub.rules.snapshot().network
    skus = _skus(hub, {row.item for row in mended})
    rows = [
        {
            "item": skus.get(row.item, str(row.item)),
            "location": place.code if (place := network.locations.get(row.loc)) else str(row.loc),
            "lot": row.lot,
            "status": row.status,
            "owner": channel.code if (channel := network.channels.get(row.owner)) else "",
            "on_hand_was": row.on_hand_was,
            "reserved_was": row.reserved_was,
            "on_hand": row.on_hand,
            "reserved": row.reserved,
        }
        for row in mended
    ]
    if session.as_json:
        print_json({"mended": rows})
    elif rows:
        print_table(tuple(rows[0]), [tuple(row.values()) for row in rows])
    else:
        say("Every row is what its entries and promises say.")


def reverse(
    ctx: typer.Context,
    movement: Annotated[int, typer.Argument(metavar="MOVEMENT", help="The movement's number.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the ledger.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would change, and write nothing.")] = False,
    yes: Yes = False,
) -> None:
    """Book the opposite of a movement as new entries, after a preview of every row it changes."""
    from truestock.ledger.reverse import reverse as book_back

    session = session_of(ctx)
    who = actor()
    with session.hub() as hub:
        preview = at_desk(hub, lambda desk: book_back(desk, movement, who, reason, preview=True))
        if dry_run or not session.as_json:
            _tell_reversal(session, preview)
        if dry_run:
            return
        _ask(session, "Book this?", yes=yes)
        done = at_desk(hub, lambda desk: book_back(desk, movement, who, reason, preview=False))
    if session.as_json:
        _tell_reversal(session, done)
    else:
        say(f"Movement {done.movement} reverses {movement}.")


def _tell_reversal(session: Session, reversal: "Reversal") -> None:
    if session.as_json:
        print_json({"movement": reversal.movement or None, "changes": reversal.changes})
        return
    columns = ("sku", "location", "lot", "status", "owner", "on_hand", "reserved")
    print_table(columns, [[getattr(row, column) for column in columns] for row in reversal.changes])


def _ask(session: Session, question: str, *, yes: bool) -> None:
    if yes:
        return
    if session.as_json:
        raise WrongCall("with --json nobody is asked; say --yes or --dry-run", "yes")
    typer.confirm(question, abort=True, err=True)


def _skus(hub: "Hub", items: Iterable[int]) -> dict[int, str]:
    wanted = list(items)
    found = hub.rules.read(lambda snapshot: snapshot.items(wanted)) if wanted else {}
    return {item: rules.sku for item, rules in found.items()}
