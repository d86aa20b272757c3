"""expected: purchase orders and transfers with their lines, beside single expectations."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.ledger.expected import app
from truestock.entrypoints.cli.options import After, Limit, counted, instant_of, validated
from truestock.entrypoints.cli.output import print_json, print_page, print_table, say
from truestock.entrypoints.cli.session import actor, session_of

__all__ = ["app"]

Ref = Annotated[str, typer.Argument(metavar="REF", help="The document's number.")]
OfSku = Annotated[str | None, typer.Option("--sku", help="Only this item in it.")]
LISTED = ("ref", "kind", "supplier", "locations", "state", "lines", "qty", "received", "due_at")
OVERDUE = ("due_at", "ref", "supplier", "sku", "location", "qty", "received")
LINE = ("id", "sku", "location", "qty", "received", "lost", "due_at", "first_due_at", "state", "reason")


@app.command()
def order(
    ctx: typer.Context,
    ref: Ref,
    location: Annotated[str, typer.Argument(metavar="LOCATION", help="Where it comes to.")],
    skus: Annotated[list[str], typer.Argument(metavar="SKU=QTY...", help="What was ordered, in base units.")],
    due_at: Annotated[str, typer.Option(help="When it is due, as 2026-11-27.")],
    supplier: Annotated[str, typer.Option(help="Who brings it.")] = "",
    partly: Annotated[bool, typer.Option("--partly", help="Lines that are not named stay as they are.")] = False,
) -> None:
    """Record a purchase order, or what has changed of it."""
    from truestock.ledger.documents import Document, put_document

    session = session_of(ctx)
    said = {
        "ref": ref,
        "lines": [{"sku": sku, "qty": qty} for sku, qty in counted(skus)],
        "supplier": supplier,
        "location": location,
        "due_at": instant_of("due_at", due_at),
        "whole": not partly,
    }
    document = validated(said, Document)
    with session.hub() as hub:
        stored = put_document(hub.db, hub.rules, document, actor())
    if session.as_json:
        print_json(stored._asdict())
    else:
        print_table(LINE, [[getattr(line, name) for name in LINE] for line in stored.lines])


@app.command()
def documents(
    ctx: typer.Context,
    supplier: Annotated[str | None, typer.Option(help="Only this supplier's.")] = None,
    location: Annotated[str | None, typer.Option(help="Only what comes to this location.")] = None,
    closed: Annotated[bool, typer.Option("--closed", help="Also those of which no more comes.")] = False,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show purchase orders and transfers by number."""
    from truestock.ledger.documents import list_documents
    from truestock.store.paging import page_of

    session = session_of(ctx)
    with session.db() as db:
        rows = list_documents(
            db, supplier=supplier, location=location, closed=closed, after=after or "", limit=limit + 1
        )
    if session.as_json:
        print_json(page_of([row._asdict() for row in rows], limit, lambda row: row["ref"]))
    else:
        print_page(page_of(rows, limit, lambda row: row.ref), LISTED, as_json=False)


@app.command()
def show(ctx: typer.Context, ref: Ref) -> None:
    """Show a document with its lines."""
    from truestock.ledger.documents import read_document

    session = session_of(ctx)
    with session.db() as db:
        found = read_document(db, ref)
    if session.as_json:
        print_json({**found._asdict(), "lines": [line._asdict() for line in found.lines]})
        return
    sender = f" from {found.from_location or found.supplier}" if found.from_location or found.supplier else ""
    say(f"{found.kind.capitalize()} {ref}{sender}: {found.state}.")
    print_table(LINE, [[getattr(line, name) for name in LINE] for line in found.lines])


@app.command()
def close(
    ctx: typer.Context,
    ref: Ref,
    reason: Annotated[str, typer.Option(help="Why no more comes; it stands with the document.")],
    sku: OfSku = None,
    cancelled: Annotated[bool, typer.Option("--cancelled", help="It was never to come.")] = False,
) -> None:
    """Say that no more comes of a document."""
    from truestock.ledger.documents import close_document

    session = session_of(ctx)
    with session.db() as db:
        count = close_document(db, ref, reason, actor(), sku, "cancelled" if cancelled else "closed")
    if session.as_json:
        print_json({"lines": count})
    else:
        say(f"{count} lines of {ref} are {'cancelled' if cancelled else 'closed'}.")


@app.command()
def move(
    ctx: typer.Context,
    ref: Ref,
    due_at: Annotated[str, typer.Option(help="The new date, as 2026-11-27.")],
    sku: OfSku = None,
) -> None:
    """Give what is open of a document another date."""
    from truestock.ledger.documents import move_document

    session = session_of(ctx)
    when = instant_of("due_at", due_at)
    assert when is not None, "the option is required"
    with session.db() as db:
        count = move_document(db, ref, when, sku)
    if session.as_json:
        print_json({"lines": count})
    else:
        say(f"{count} lines of {ref} are due at {when:%Y-%m-%d}.")


@app.command()
def overdue(ctx: typer.Context, limit: Limit = 100) -> None:
    """Show supply that should have come by now, the oldest first; it counts for no ATP."""
    from truestock.ledger.documents import overdue as find

    session = session_of(ctx)
    with session.db() as db, db.transaction() as conn:
        found = find(conn, limit)
    if session.as_json:
        print_json({"rows": [{name: getattr(row, name) for name in OVERDUE} for row in found]})
    else:
        print_table(OVERDUE, [[getattr(row, name) for name in OVERDUE] for row in found])
