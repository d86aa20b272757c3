"""alerts rules, alerts targets: what is looked for, and who is told."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.options import validated
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import session_of

rules = typer.Typer(no_args_is_help=True, help="What is looked for, how bad it is, and who is told.")
targets = typer.Typer(no_args_is_help=True, help="Where alerts are told, besides webhooks.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name.")]


@rules.command("list")
def list_rules(ctx: typer.Context) -> None:
    """Show the rules, with how many of their alerts are not resolved."""
    from truestock.reconciliation.alerts import rules as room

    session = session_of(ctx)
    with session.db() as db:
        found = room.list_rules(db)
    if session.as_json:
        print_json(found)
        return
    columns = ("name", "kind", "threshold", "severity", "about", "told", "state", "alerts")
    shown = []
    for rule in found:
        scope = (rule.channel, rule.item, rule.category, rule.location)
        about = ", ".join(part for part in scope if part) or "everything"
        state = "paused" if rule.paused else "on"
        bound = f"{rule.threshold} {rule.unit}"
        shown.append((rule.name, rule.kind, bound, rule.severity, about, rule.targets, state, rule.standing))
    print_table(columns, shown)


@rules.command()
def kinds(ctx: typer.Context) -> None:
    """Show what can be looked for, and by what each can be narrowed down."""
    from truestock.reconciliation.alerts import rules as room

    found = room.kinds()
    if session_of(ctx).as_json:
        print_json(found)
        return
    columns = ("kind", "meaning", "threshold", "severity", "may name")
    print_table(columns, [(k.kind, k.meaning, f"{k.threshold} {k.unit}", k.severity, k.scope) for k in found])


@rules.command()
def put(
    ctx: typer.Context,
    name: Name,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="What is looked for: see truestock alerts rules kinds.")],
    threshold: Annotated[int | None, typer.Option(help="In the kind's unit; left out, the kind's own.")] = None,
    severity: Annotated[str | None, typer.Option(help="info, warning or critical; left out, the kind's own.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only about this channel.")] = None,
    item: Annotated[str | None, typer.Option(help="Only about this item.")] = None,
    category: Annotated[str | None, typer.Option(help="Only about items of this category.")] = None,
    location: Annotated[str | None, typer.Option(help="Only about this location.")] = None,
    owner: Annotated[str, typer.Option(help="Whose its alerts are.")] = "",
    group_by: Annotated[
        str, typer.Option(help="Told together: rule, channel, item, category, location or subject.")
    ] = "rule",
    tell: Annotated[list[str] | None, typer.Option(help="A target that is told; may be given several times.")] = None,
    quiet: Annotated[str, typer.Option(help="Hours in which only what is critical is told, as 22:00-07:00.")] = "",
    zone: Annotated[str, typer.Option(help="By whose clocks, as Europe/Berlin.")] = "UTC",
    escalate_after: Annotated[
        int | None, typer.Option(help="Minutes after which others are told of what nobody has acknowledged.")
    ] = None,
    escalate_to: Annotated[list[str] | None, typer.Option(help="A target that is told then.")] = None,
    reopen_within: Annotated[int, typer.Option(help="Minutes in which what comes back is the same alert again.")] = 60,
    paused: Annotated[bool, typer.Option("--paused", help="Look for nothing until it is put without this.")] = False,
) -> None:
    """Make a rule, or set the one of this name anew as a whole; all items are looked at by it."""
    from truestock.reconciliation.alerts import rules as room

    given = {
        "name": name,
        "kind": kind,
        "threshold": threshold,
        "severity": severity,
        "channel": channel,
        "item": item,
        "category": category,
        "location": location,
        "owner": owner,
        "group_by": group_by,
        "targets": tell or [],
        "quiet": quiet,
        "zone": zone,
        "escalate_after_minutes": escalate_after,
        "escalate_to": escalate_to or [],
        "reopen_within_minutes": reopen_within,
        "paused": paused,
    }
    draft = validated(given, room.RuleDraft)
    session = session_of(ctx)
    with session.db() as db:
        made = room.put_rule(db, draft)
    if session.as_json:
        print_json(made)
    else:
        state = "paused" if made.paused else "on"
        say(f"Rule {name} is {state}: {kind}, {made.threshold} {made.unit}, {made.severity}.")


@rules.command()
def remove(ctx: typer.Context, name: Name) -> None:
    """Look for it no more; its alerts are resolved, and nobody is told."""
    from truestock.reconciliation.alerts import rules as room

    session = session_of(ctx)
    with session.db() as db:
        room.remove_rule(db, name)
    if session.as_json:
        print_json({"name": name, "removed": True})
    else:
        say(f"Rule {name} is removed.")


@targets.command("list")
def list_targets(ctx: typer.Context) -> None:
    """Show where alerts are told, and how that goes; URLs hold secrets and are not shown."""
    from truestock.sync.messages.alerts import targets as room

    session = session_of(ctx)
    with session.db() as db:
        found = room.list_targets(db)
    if session.as_json:
        print_json(found)
        return
    columns = ("name", "via", "address", "waiting", "dead", "last trouble")
    print_table(columns, [(t.name, t.via, t.address, t.waiting, t.dead, t.trouble) for t in found])


@targets.command()
def add(
    ctx: typer.Context,
    name: Name,
    to: Annotated[str, typer.Option(help="An address of mail, or a URL of Apprise, as slack://… or msteams://….")],
    via: Annotated[str, typer.Option(help="How: email or apprise.")] = "email",
) -> None:
    """Add a target that rules may name; a secret in its URL is sealed and never shown."""
    from truestock.bootstrap import outside_of
    from truestock.sync.messages.alerts import targets as room

    session = session_of(ctx)
    with session.hub() as hub:
        made = room.add_target(hub.db, hub.seal(), name, via, to, outside_of(hub.settings))
    if session.as_json:
        print_json(made)
    else:
        say(f"Target {name} is there. Try it: truestock alerts targets test {name}")


@targets.command()
def test(ctx: typer.Context, name: Name) -> None:
    """Send a target a message that says that it is a test; exits with 1 when it did not go."""
    import asyncio

    from truestock.bootstrap import ways_of
    from truestock.sync.messages.alerts import targets as room

    session = session_of(ctx)
    with session.hub() as hub:
        sent = asyncio.run(room.try_target(hub.db, hub.seal(), lambda: ways_of(hub.settings), name))
    if session.as_json:
        print_json({"name": name, "sent": sent.kind == "done", "why": sent.why})
    else:
        say(f"A test went to {name}." if sent.kind == "done" else f"It did not go to {name}: {sent.why}")
    if sent.kind != "done":
        raise typer.Exit(1)


@targets.command("remove")
def remove_target(ctx: typer.Context, name: Name) -> None:
    """Tell a target nothing more; rules must not name it any more."""
    from truestock.sync.messages.alerts import targets as room

    session = session_of(ctx)
    with session.db() as db:
        room.remove_target(db, name)
    if session.as_json:
        print_json({"name": name, "removed": True})
    else:
        say(f"Target {name} is removed.")
