"""policies: the rules by which stock is shown and kept."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from truestock.entrypoints.cli.catalog.written import how, tell
from truestock.entrypoints.cli.options import After, DryRun, Limit, instant_of
from truestock.entrypoints.cli.output import cell, print_json, print_page, print_table
from truestock.entrypoints.cli.session import session_of

app = typer.Typer(no_args_is_help=True, help="Policies: the rules by which stock is shown and kept.")
Channel = Annotated[str | None, typer.Option(help="A channel's code.")]
Item = Annotated[str | None, typer.Option(help="An item's SKU.")]
Category = Annotated[str | None, typer.Option(help="A category.")]
Location = Annotated[str | None, typer.Option(help="A location's code.")]
KINDS = (
    "safety_stock, buffer, guard, guard_service, cap, protection, sell_out_at, min_shelf_life, ring_target or "
    "ring_share"
)
COLUMNS = (
    *("id", "kind", "value", "unit"),
    *("channel", "item", "category", "location", "tier", "starts_at", "ends_at", "reason"),
)


@app.command("list")
def list_policies(
    ctx: typer.Context,
    kind: Annotated[str | None, typer.Option(help=f"Only this kind: {KINDS}.")] = None,
    channel: Channel = None,
    item: Item = None,
    category: Category = None,
    location: Location = None,
    ended: Annotated[bool, typer.Option("--ended", help="Also those that have been replaced or ended.")] = False,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show rules whose scope names what is asked for."""
    from truestock.catalog import policies

    session = session_of(ctx)
    with session.db() as db:
        page = policies.list_policies(db, kind, channel, item, category, location, ended, after, limit)
    print_page(page, (*COLUMNS, "recorded_to") if ended else COLUMNS, as_json=session.as_json)


@app.command()
def rank(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"{KINDS}.")],
    item: Annotated[str, typer.Argument(metavar="ITEM", help="An item's SKU.")],
    channel: Channel = None,
    location: Location = None,
    at: Annotated[str | None, typer.Option(help="At this instant; now, if left out.")] = None,
) -> None:
    """Show which rule holds for an item, the ones it beats, and those that are out of date."""
    from truestock.catalog.rules import RuleBook
    from truestock.catalog.rules.ranking import rank_policies

    session = session_of(ctx)
    instant = instant_of("at", at) or datetime.now(UTC)
    with session.db() as db:
        found = rank_policies(db, RuleBook(db), kind, item, instant, channel, location)
    if session.as_json:
        print_json({"rows": found})
        return
    rows = [(ranked.standing, *(cell(getattr(ranked.policy, name)) for name in COLUMNS)) for ranked in found]
    print_table(("standing", *COLUMNS), rows)


@app.command()
def put(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"{KINDS}.")],
    value: Annotated[int, typer.Argument(metavar="VALUE", help="Units, percent or days.")],
    channel: Channel = None,
    item: Item = None,
    category: Category = None,
    location: Location = None,
    tier: Annotated[str | None, typer.Option(help="primary, secondary or virtual.")] = None,
    unit: Annotated[
        str | None, typer.Option(help="units, percent (a cap, guard_service) or days (min_shelf_life).")
    ] = None,
    starts_at: Annotated[str | None, typer.Option(help="From this instant, as 2026-11-27T00:00:00+01:00.")] = None,
    ends_at: Annotated[str | None, typer.Option(help="Up to this instant.")] = None,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Add a rule, or replace the one of the same kind, scope and dates."""
    from truestock.catalog.policies import PolicyDraft, put_policies

    session = session_of(ctx)
    starts, ends = instant_of("starts_at", starts_at), instant_of("ends_at", ends_at)
    draft = PolicyDraft(kind, value, channel, item, category, location, tier, unit, starts, ends, reason)
    with session.db() as db:
        tell(session, "policy", kind, put_policies(db, [draft], how(dry_run)), dry_run=dry_run)


@app.command()
def end(
    ctx: typer.Context,
    policy: Annotated[int, typer.Argument(metavar="ID", help="The rule's id.")],
    dry_run: DryRun = False,
) -> None:
    """Close a rule; it stays on record."""
    from truestock.catalog.policies import end_policies

    session = session_of(ctx)
    with session.db() as db:
        tell(session, "policy", str(policy), end_policies(db, [policy], how(dry_run)), dry_run=dry_run)
