"""atp, explain: how many a channel may promise, and why."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.core.problems import NotFound
from truestock.entrypoints.cli.faults import WrongCall
from truestock.entrypoints.cli.options import instant_of
from truestock.entrypoints.cli.output import console, print_json, print_table, say
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from rich.tree import Tree

    from truestock.availability.as_of import Past
    from truestock.availability.read import Reader
    from truestock.availability.values import Unknown
    from truestock.bootstrap import Hub
    from truestock.core.available.node import Node

Sku = Annotated[str, typer.Argument(metavar="ITEM", help="The channel's SKU, or the item's.")]
Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel's code.")]
At = Annotated[str | None, typer.Option(help="A past instant, as 2026-11-27T06:00:00+01:00; now if left out.")]
Axis = Annotated[str, typer.Option(help="Of a past instant: effective, as it was, or recorded, as the hub knew it.")]
AXES = ("effective", "recorded")


def atp(ctx: typer.Context, item: Sku, channel: Channel, at: At = None, axis: Axis = "effective") -> None:
    """Show how many a channel may promise, and the terms of that number."""
    from truestock.availability.values import Unknown

    session = session_of(ctx)
    with session.hub() as hub:
        if at is None:
            with _reader(hub) as reader:
                answer = reader.available(channel, item)
        else:
            with _past(hub, at, axis) as past:
                answer = past.available(channel, item)
    if isinstance(answer, Unknown):
        raise _not_found(answer)
    if session.as_json:
        print_json(answer)
        return
    columns = ("sku", "units", "own", "common", "protected", "short", "pool", "buffer", "guard", "cap", "atp")
    print_table(columns, [[getattr(terms, column) for column in columns] for terms in answer.items])
    say("", f"{answer.channel} may promise {answer.atp} of {answer.sku}; it is told {answer.published}.")


def days(
    ctx: typer.Context,
    item: Sku,
    channel: Channel,
    count: Annotated[int, typer.Option("--days", help="How many days, today the first.", min=1, max=366)] = 14,
) -> None:
    """Show how many a channel may promise for each day to come, from expected supply and dated demand."""
    from truestock.availability.over_time import horizon
    from truestock.availability.values import Unknown

    session = session_of(ctx)
    with session.hub() as hub, _reader(hub) as reader:
        found = horizon(reader, channel, item, count)
    if isinstance(found, Unknown):
        raise _not_found(found)
    if session.as_json:
        print_json(found)
        return
    print_table(("up to", "net", "atp"), [(day.ends_at, day.net, day.atp) for day in found.days])
    if found.overdue:
        say("")
        rows = [(late.location, late.ref, late.qty, late.due_at) for late in found.overdue]
        print_table(("location", "ref", "qty", "due_at"), rows, "Overdue, and so not counted")


def explain(ctx: typer.Context, item: Sku, channel: Channel, at: At = None, axis: Axis = "effective") -> None:
    """Show why a channel may promise what it may: every term, down to stock rows, promises, rules and entries."""
    from truestock.availability import explain as why
    from truestock.availability.values import Unknown

    session = session_of(ctx)
    with session.hub() as hub:
        if at is None:
            with _reader(hub) as reader:
                found = why.explain(reader, channel, item)
        else:
            with _past(hub, at, axis) as past:
                found = why.explain_past(past, channel, item)
    if isinstance(found, Unknown):
        raise _not_found(found)
    if session.as_json:
        print_json(found)
        return
    console().print(_tree(found.root))
    say("", f"{found.answer.channel} may promise {found.answer.atp} of {found.answer.sku}.")


@contextmanager
def _reader(hub: "Hub") -> "Iterator[Reader]":
    from truestock.availability.read import Reader

    conn = hub.db.connect()
    try:
        yield Reader(conn, hub.rules)
    finally:
        conn.close()


@contextmanager
def _past(hub: "Hub", at: str, axis: str) -> "Iterator[Past]":
    from truestock.availability.as_of import Past

    instant = instant_of("at", at)
    assert instant is not None, "an instant was given"
    if axis not in AXES:
        raise WrongCall(f"there is no axis {axis!r}; choose one of {', '.join(AXES)}", "axis")
    conn = hub.db.connect()
    try:
        yield Past(hub.db, conn, instant, "recorded" if axis == "recorded" else "effective")
    finally:
        conn.close()


def _tree(node: "Node", grown: "Tree | None" = None) -> "Tree":
    from rich.text import Text
    from rich.tree import Tree

    from truestock.core.available.node import line

    label = Text(line(node))
    branch = Tree(label) if grown is None else grown.add(label)
    for child in node.children:
        _tree(child, branch)
    return branch


def _not_found(answer: "Unknown") -> NotFound:
    if answer.reason == "channel":
        return NotFound("channel", answer.channel, "channel")
    return NotFound(f"listing or item of channel {answer.channel}", answer.sku, "item")
