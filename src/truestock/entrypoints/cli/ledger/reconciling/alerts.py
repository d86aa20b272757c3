"""alerts: what is not well, and what you do about it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.ledger.reconciling.alert_rules import rules, targets
from truestock.entrypoints.cli.options import After, Limit, instant_of
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import actor, session_of

if TYPE_CHECKING:
    from datetime import datetime

    from truestock.core.reconcile.alerts.state import Act

app = typer.Typer(no_args_is_help=True, help="What is not well, what it puts at risk, and who does something about it.")
app.add_typer(rules, name="rules")
app.add_typer(targets, name="targets")
Number = Annotated[int, typer.Argument(metavar="ALERT", help="The alert's number, as the list shows it.")]
Note = Annotated[str, typer.Option(help="What you say of it; it stands in its history.")]


@app.command("list")
def list_(
    ctx: typer.Context,
    state: Annotated[
        str | None, typer.Option(help="Only open, acknowledged, snoozed or resolved; else all that are not resolved.")
    ] = None,
    severity: Annotated[str | None, typer.Option(help="Only info, warning or critical.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only those of this rule.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind, as short or backlog.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only about this channel.")] = None,
    item: Annotated[str | None, typer.Option(help="Only about this item.")] = None,
    location: Annotated[str | None, typer.Option(help="Only about this location.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only this person's.")] = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show what is not well, the newest first."""
    from truestock.reconciliation.alerts.manage import Wanted, list_alerts

    session = session_of(ctx)
    wanted = Wanted(state, severity, rule, kind, channel, item, location, owner)
    with session.db() as db:
        page = list_alerts(db, wanted, after, limit)
    if session.as_json:
        print_json(page)
        return
    print_table(
        ("id", "severity", "state", "what happened", "at risk", "times", "owner", "since (UTC)"),
        [(a.id, a.severity, a.state, a.happened, a.risk, a.count, a.owner, a.opened_at) for a in page.rows],
    )
    if page.next:
        say(f"More: --after {page.next}")


@app.command()
def show(ctx: typer.Context, alert: Number) -> None:
    """Show an alert, what mends it, and all that was done to it."""
    from truestock.reconciliation.alerts.manage import read_alert

    session = session_of(ctx)
    with session.db() as db:
        found = read_alert(db, alert)
    if session.as_json:
        print_json(found)
        return
    one = found.alert
    say(f"{one.happened}", f"At risk: {one.risk}", one.remedy, "")
    shown = ("rule", "kind", "severity", "state", "owner", "count", "opened_at", "last_at", "snoozed_until")
    print_table(("field", "value"), [(name, getattr(one, name)) for name in shown])
    print_table(("what", "by", "note", "at (UTC)"), [(s.what, s.actor, s.note, s.at) for s in found.steps])


@app.command()
def ack(ctx: typer.Context, alert: Number, note: Note = "") -> None:
    """Take an alert on: it is not escalated, and nobody is told of it again until it is well."""
    _act(ctx, alert, "acknowledge", note)


@app.command()
def snooze(
    ctx: typer.Context,
    alert: Number,
    until: Annotated[str | None, typer.Option(help="Until then, as 2026-11-27T06:00:00+01:00.")] = None,
    hours: Annotated[float | None, typer.Option(help="Or for so many hours.", min=0.01, max=24 * 90)] = None,
    note: Note = "",
) -> None:
    """Leave an alert alone for a while; if it is still not well then, it is open and told again."""
    from truestock.connections.clock import CLOCK
    from truestock.core.problems import Invalid

    if (until is None) == (hours is None):
        raise Invalid("until", "say either --until when or for how many --hours")
    ends = instant_of("until", until) if hours is None else CLOCK.now() + timedelta(hours=hours)
    _act(ctx, alert, "snooze", note, until=ends)


@app.command()
def resolve(ctx: typer.Context, alert: Number, note: Note = "") -> None:
    """Say that it is well; it opens again by itself at the next look that finds that it is not."""
    _act(ctx, alert, "resolve", note)


@app.command()
def assign(
    ctx: typer.Context,
    alert: Number,
    owner: Annotated[str, typer.Argument(metavar="OWNER", help='Whose it is; "" for nobody\'s.')],
    note: Note = "",
) -> None:
    """Hand an alert to somebody."""
    _act(ctx, alert, "assign", note, owner=owner)


def _act(
    ctx: typer.Context, alert: int, what: "Act", note: str, until: "datetime | None" = None, owner: str | None = None
) -> None:
    from truestock.reconciliation.alerts.manage import act

    session = session_of(ctx)
    with session.db() as db:
        found = act(db, alert, what, actor(), note, until=until, owner=owner)
    if session.as_json:
        print_json(found)
        return
    ends = f" until {found.snoozed_until:%Y-%m-%d %H:%M} UTC" if found.snoozed_until else ""
    whose = f", {found.owner}'s" if found.owner else ""
    say(f"Alert {alert} is {found.state}{ends}{whose}.")
