"""receiving: what came in, what of it waits, and what was decided; where units go that come in."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truestock.entrypoints.cli.faults import PROBLEM, Refusal
from truestock.entrypoints.cli.options import After, Key, Limit, counted, instant_of, validated
from truestock.entrypoints.cli.output import print_json, print_page, print_table, say
from truestock.entrypoints.cli.session import Session, actor, session_of

if TYPE_CHECKING:
    from truestock.feeds.receiving.values import LineTold, ReceiptTold

app = typer.Typer(no_args_is_help=True, help="Receive units, and decide on those that wait.")
Sku = Annotated[str, typer.Argument(metavar="SKU", help="The item's SKU.")]
Location = Annotated[str, typer.Argument(metavar="LOCATION", help="The location's code.")]
Qty = Annotated[int | None, typer.Option(help="Base units; all that wait if left out.")]
Lot = Annotated[str | None, typer.Option(help="Only of this lot.")]
Received = Annotated[int | None, typer.Option(help="Only these units, by their number in the list.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it stands with the receipt.")]
To = Annotated[str, typer.Option("--to", help="quarantine, damaged, rework, supplier or scrap.")]
Sampled = Annotated[int, typer.Option(help="How many units were looked at.", min=0)]
Bin = Annotated[str | None, typer.Option("--bin", help="The bin they are laid into.")]
ROW = ("id", "sku", "location", "lot", "kind", "source", "receipt", "document", "outcome", "lands", "qty", "waiting",
       "age_hours")  # fmt: skip
RULE = (
    "id",
    "location",
    "item",
    "category",
    "supplier",
    "lands",
    "over_percent",
    "unexpected",
    "own_approval",
    "reason",
)


@app.command()
def receive(
    ctx: typer.Context,
    location: Location,
    ref: Annotated[str, typer.Argument(metavar="REF", help="The receipt's number.")],
    skus: Annotated[list[str], typer.Argument(metavar="SKU=QTY...", help="What came, in base units.")],
    document: Annotated[str | None, typer.Option(help="The purchase order or transfer that it fulfils.")] = None,
    supplier: Annotated[str, typer.Option(help="Who brought it, where the document does not say.")] = "",
    lot: Annotated[str | None, typer.Option(help="The lot's code, of lot-tracked items.")] = None,
    expires_at: Annotated[str | None, typer.Option(help="Of a new lot: when it expires.")] = None,
    at: Annotated[str | None, typer.Option(help="When it came; now if left out.")] = None,
    complete: Annotated[bool, typer.Option("--complete", help="No more comes of the document.")] = False,
    key: Key = None,
) -> None:
    """Units came in: they are brought against what was expected, and go where the location's rule says."""
    from truestock.feeds.receiving.receive import receive as book
    from truestock.feeds.receiving.values import Receipt, Receive

    session = session_of(ctx)
    expiry = instant_of("expires_at", expires_at)
    lines = [{"sku": sku, "qty": qty, "lot": lot, "expires_at": expiry} for sku, qty in counted(skus)]
    said = {
        "ref": ref,
        "location": location,
        "lines": lines,
        "document": document,
        "supplier": supplier,
        "received_at": instant_of("at", at),
        "complete": complete,
    }
    receipt = validated(said, Receipt)
    with session.hub() as hub:
        (told,) = hub.run(book, [Receive(receipt, actor(), key)])
    _tell(session, told)


def _tell(session: Session, told: "ReceiptTold") -> None:
    if session.as_json:
        print_json(told)
    else:
        rows = [(line.line + 1, line.sku, line.qty, _landed(line), _about(line)) for line in told.lines]
        print_table(("line", "sku", "qty", "went to", "told"), rows)
        for still in told.still_expected:
            say(f"Still to come: {still.qty} units of {still.sku}.")
    if told.refused:
        raise typer.Exit(PROBLEM)


def _landed(line: "LineTold") -> str:
    rings = [f"{units} for {code}" for code, units in line.rings.items()]
    return ", ".join([f"{landed.qty} {landed.lands}" for landed in line.landed] + rings)


def _about(line: "LineTold") -> str:
    """What differs from what was expected, in words."""
    if line.problem is not None:
        return f"refused ({line.problem.field}): {line.problem.detail}"
    said = [f"{line.short} short"] if line.short else []
    said += [f"{line.over} over"] if line.over else []
    said += ["nobody expected it"] if any(landed.outcome == "unknown" for landed in line.landed) else []
    if line.late_days:
        said.append(f"{abs(line.late_days)} days {'late' if line.late_days > 0 else 'early'}")
    said += ["told before"] if line.replay else []
    return ", ".join(said) or "as expected"


@app.command("list")
def list_received(
    ctx: typer.Context,
    receipt: Annotated[str | None, typer.Option(help="Only of this receipt.")] = None,
    sku: Annotated[str | None, typer.Option(help="Only of this item.")] = None,
    location: Annotated[str | None, typer.Option(help="Only at this location.")] = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="All that waits, whatever brought it, and nothing else.")
    ] = False,
    lands: Annotated[
        str | None, typer.Option(help="Only approval, inspection, receiving (to be put away) or sellable.")
    ] = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show what was received, or what waits, the oldest first."""
    from truestock.reporting import lists

    session = session_of(ctx)
    with session.db() as db:
        page = lists.list_received(
            db, waiting=waiting, lands=lands, receipt=receipt, sku=sku, location=location, after=after, limit=limit
        )
    print_page(page, ROW, as_json=session.as_json)


@app.command()
def decisions(
    ctx: typer.Context,
    received: Annotated[int, typer.Argument(metavar="NUMBER", help="The number of what was received.")],
) -> None:
    """Show what became of units that waited: what was decided, by whom and why."""
    from truestock.reporting import lists

    session = session_of(ctx)
    with session.db() as db:
        found = lists.list_decisions(db, [received])
    columns = ("recorded_at", "decision", "qty", "goes_to", "sampled", "actor", "reason", "movement")
    if session.as_json:
        print_json({"rows": found})
    else:
        print_table(columns, [[getattr(row, name) for name in columns] for row in found])


@app.command()
def approve(
    ctx: typer.Context, sku: Sku, location: Location, qty: Qty = None, lot: Lot = None, received: Received = None,
    reason: Why = "", key: Key = None,
) -> None:  # fmt: skip
    """Received units are approved, and go on to where the location's rule says."""
    _decide(ctx, key, sku=sku, location=location, decision="approved", qty=qty, lot=lot, received=received,
            reason=reason)  # fmt: skip


@app.command()
def reject(
    ctx: typer.Context, sku: Sku, location: Location, goes_to: To,
    reason: Annotated[str, typer.Option(help="Why; it stands with the receipt.")],
    qty: Qty = None, lot: Lot = None, received: Received = None, key: Key = None,
) -> None:  # fmt: skip
    """Received units are not approved."""
    _decide(ctx, key, sku=sku, location=location, decision="rejected", qty=qty, lot=lot, received=received,
            goes_to=goes_to, reason=reason)  # fmt: skip


@app.command("pass")
def pass_(
    ctx: typer.Context, sku: Sku, location: Location, qty: Qty = None, lot: Lot = None, received: Received = None,
    sampled: Sampled = 0, laid: Bin = None, reason: Why = "", key: Key = None,
) -> None:  # fmt: skip
    """Units passed their inspection, and are sold from now on."""
    _decide(ctx, key, sku=sku, location=location, decision="passed", qty=qty, lot=lot, received=received,
            sampled=sampled, bin=laid, reason=reason)  # fmt: skip


@app.command()
def fail(
    ctx: typer.Context, sku: Sku, location: Location, goes_to: To,
    reason: Annotated[str, typer.Option(help="Why; it stands with the receipt.")],
    qty: Qty = None, lot: Lot = None, received: Received = None, sampled: Sampled = 0, key: Key = None,
) -> None:  # fmt: skip
    """Units failed their inspection."""
    _decide(ctx, key, sku=sku, location=location, decision="failed", qty=qty, lot=lot, received=received,
            goes_to=goes_to, sampled=sampled, reason=reason)  # fmt: skip


@app.command("put-away")
def put_away(
    ctx: typer.Context,
    sku: Sku,
    location: Location,
    qty: Annotated[int, typer.Argument(metavar="QTY", help="Base units.")],
    lot: Lot = None,
    into: Bin = None,
    from_bin: Annotated[str | None, typer.Option(help="The bin they lay in; else a staging bin.")] = None,
    key: Key = None,
) -> None:
    """Received units were laid on the shelf, and are sold from now on."""
    from truestock.feeds.receiving.put_away import Shelve, put_away
    from truestock.feeds.receiving.values import PutAwayUnits

    session = session_of(ctx)
    said = {"sku": sku, "location": location, "qty": qty, "lot": lot, "bin": into, "from_bin": from_bin}
    units = validated(said, PutAwayUnits)
    with session.hub() as hub:
        (answer,) = hub.run(put_away, [Shelve(units, actor(), key)])
    _tell_decided(session, answer, f"of {units.sku} at {units.location} put away")


def _decide(ctx: typer.Context, key: str | None, **fields: Any) -> None:
    from truestock.feeds.receiving.decide import Decide, decide
    from truestock.feeds.receiving.values import Decision

    session = session_of(ctx)
    decision = validated({name: value for name, value in fields.items() if value is not None}, Decision)
    with session.hub() as hub:
        (answer,) = hub.run(decide, [Decide(decision, actor(), key)])
    _tell_decided(session, answer, f"of {decision.sku} at {decision.location} {decision.decision}")


def _tell_decided(session: Session, answer: Any, done: str) -> None:
    from truestock.ledger.values import NotBooked

    if isinstance(answer, NotBooked):
        raise Refusal(answer.type, answer.detail, answer.field)
    if session.as_json:
        print_json(answer)
        return
    rings = "".join(f" {units} are set apart for {code}." for code, units in answer.rings.items())
    again = " It was told before under this key." if answer.replay else ""
    say(f"{answer.qty} units {done}.{rings}{again}")


@app.command()
def rules(
    ctx: typer.Context,
    location: Annotated[str | None, typer.Option(help="Only those that name this location.")] = None,
    ended: Annotated[bool, typer.Option("--ended", help="Also those that were replaced or ended.")] = False,
) -> None:
    """Show the rules that say where units go that come in."""
    from truestock.feeds.receiving.rules import list_receiving_rules

    session = session_of(ctx)
    with session.db() as db:
        found = list_receiving_rules(db, location, ended=ended)
    if session.as_json:
        print_json({"rows": [asdict(rule) for rule in found]})
    else:
        print_table(RULE, [[getattr(rule, name) for name in RULE] for rule in found])


@app.command()
def rule(
    ctx: typer.Context,
    location: Annotated[str | None, typer.Option(help="Only at this location.")] = None,
    item: Annotated[str | None, typer.Option(help="Only of this item.")] = None,
    category: Annotated[str | None, typer.Option(help="Only of items of this category.")] = None,
    supplier: Annotated[str | None, typer.Option(help="Only what this supplier brings.")] = None,
    lands: Annotated[str | None, typer.Option(help="sellable, receiving, inspection or approval.")] = None,
    over: Annotated[
        int | None, typer.Option(help="Percent that may come beyond the ordered units; more waits for approval.")
    ] = None,
    unexpected: Annotated[str | None, typer.Option(help="accept or approval, for what no document names.")] = None,
    own: Annotated[
        bool | None, typer.Option("--own-approval/--no-own-approval", help="Who received units may approve them too.")
    ] = None,
    reason: Why = "",
) -> None:
    """Add a rule, or replace the one with the same scope."""
    from truestock.feeds.receiving.rules import ReceivingRuleDraft, put_receiving_rule

    session = session_of(ctx)
    draft = ReceivingRuleDraft(location, item, category, supplier, lands, over, unexpected, reason, own)
    with session.db() as db:
        made = put_receiving_rule(db, draft)
    if session.as_json:
        print_json({"id": made})
    else:
        say(f"Rule {made} holds from now on.")


@app.command("end-rule")
def end_rule(ctx: typer.Context, number: Annotated[int, typer.Argument(metavar="RULE", help="Its number.")]) -> None:
    """End a rule."""
    from truestock.feeds.receiving.rules import end_receiving_rule

    session = session_of(ctx)
    with session.db() as db:
        end_receiving_rule(db, number)
    if session.as_json:
        print_json({"id": number})
    else:
        say(f"Rule {number} holds no more.")
