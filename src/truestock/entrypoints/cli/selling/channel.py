"""channel: how a channel is reached, and how far it is in step with the hub."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.faults import WrongCall
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.selling.connecting import (
    SecretsOption,
    SettingsOption,
    secrets_of,
    settings_of,
    show_connectors,
)
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.sync.manage import ChannelStatus

app = typer.Typer(
    no_args_is_help=True,
    help="Connect a channel to where it sells, and watch it (what a channel is: truestock channels).",
)
Code = Annotated[str, typer.Argument(metavar="CODE", help="The channel's code.")]
SPANS = ((86_400, "days"), (3_600, "h"), (60, "min"))


@app.command()
def add(
    ctx: typer.Context,
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="The channel's code.")] = None,
    connector: Annotated[str | None, typer.Option(help="By which one; left out, all are listed.")] = None,
    settings: SettingsOption = None,
    secrets: SecretsOption = None,
) -> None:
    """Connect a channel, or connect it otherwise; every listing is then sent anew.

    What is not given again of an earlier connection is forgotten, secrets too. Without --connector the installed
    connectors are listed with their settings and secrets."""
    session = session_of(ctx)
    if connector is None:
        if settings or secrets:
            raise WrongCall("--set and --secret belong to a connector; name it with --connector", "connector")
        _list(as_json=session.as_json)
        return
    if code is None:
        raise WrongCall("name the channel that is to be connected", "code")
    from truestock.sync.manage import connect

    given, sealed = settings_of(settings or []), secrets_of(secrets or [])
    with session.hub() as hub:
        made = connect(hub.db, hub.seal(), code, connector, given, sealed)
    if session.as_json:
        print_json(made)
        return
    say(f"The channel {code} is connected by {connector}. Try it: truestock channel test {code}")
    if made.mode != "live":
        say(f"Its mode is {made.mode}: nothing is sent before truestock channels put {code} --mode live")


def _list(*, as_json: bool) -> None:
    from truestock.entrypoints.installed import installed

    found = installed()
    if as_json:
        print_json(found)
    else:
        show_connectors(found)


@app.command()
def test(ctx: typer.Context, code: Code) -> None:
    """Call a connected channel without changing anything, and say who answers."""
    from truestock.sync.manage import try_connection

    session = session_of(ctx)
    with session.hub() as hub:
        said = try_connection(hub.db, hub.seal(), code)
    if session.as_json:
        print_json({"channel": code, "said": said})
    else:
        say(f"{code}: {said}")


@app.command()
def pause(ctx: typer.Context, code: Code) -> None:
    """Send nothing to a channel until it is resumed; what changes meanwhile is sent then."""
    from truestock.sync.manage import pause as pause_channel

    session = session_of(ctx)
    with session.db() as db:
        pause_channel(db, code)
    _tell_paused(code, True, as_json=session.as_json)


@app.command()
def resume(ctx: typer.Context, code: Code) -> None:
    """Go on sending to a paused channel, first what changed meanwhile."""
    from truestock.sync.manage import resume as resume_channel

    session = session_of(ctx)
    with session.db() as db:
        resume_channel(db, code)
    _tell_paused(code, False, as_json=session.as_json)


def _tell_paused(code: str, paused: bool, *, as_json: bool) -> None:
    if as_json:
        print_json({"channel": code, "paused": paused})
    else:
        say(f"The channel {code} is {'paused' if paused else 'resumed'}.")


@app.command()
def reset(ctx: typer.Context, code: Code) -> None:
    """Have every listing of a channel sent anew, for a channel that has lost its numbers or is another one now."""
    from truestock.sync.manage import reset as reset_channel

    session = session_of(ctx)
    with session.db() as db:
        listings = reset_channel(db, code)
    if session.as_json:
        print_json({"channel": code, "listings": listings})
    else:
        say(f"{listings} listing{'' if listings == 1 else 's'} of {code} will be sent anew.")


@app.command()
def status(
    ctx: typer.Context,
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="The channel's code; all connected ones otherwise.")
    ] = None,
) -> None:
    """Show how far connected channels are in step; of one channel also the listings that it would not take."""
    from truestock.sync.manage import status as status_of

    session = session_of(ctx)
    with session.db() as db:
        found = status_of(db, code)
    if session.as_json:
        print_json(found if code is None else found[0])
        return
    now = datetime.now(UTC)
    columns = ("channel", "connector", "mode", "state")
    print_table(
        columns, [(s.connection.channel, s.connection.connector, s.connection.mode, state_of(s, now)) for s in found]
    )
    if code is not None and found[0].troubles:
        say("")
        print_table(
            ("listing", "place", "shall show", "shows", "tries", "next try (UTC)", "what the channel says"),
            [(t.sku, t.place, t.desired, t.shown, t.tries, t.next_try_at, t.reason) for t in found[0].troubles],
        )


@app.command()
def places(
    ctx: typer.Context,
    code: Code,
    put: Annotated[
        list[str] | None,
        typer.Option("--put", metavar="PLACE=LOC,LOC", help="A place and its locations; once for each, all of them."),
    ] = None,
) -> None:
    """Show where the locations that a channel keeps stock by are here, or say so anew.

    Each of its places then shows what lies at its locations, and all of them together never more than the ATP."""
    from truestock.connections.places import places as places_of
    from truestock.sync.manage import put_places

    session = session_of(ctx)
    if put is None:
        with session.db() as db:
            found = places_of(db, code)
    else:
        wanted = {
            place: [location for location in locations.split(",") if location]
            for place, locations in settings_of(put, "put").items()
        }
        with session.hub() as hub:
            found = put_places(hub.db, hub.seal(), code, wanted)
    if session.as_json:
        print_json(found)
    else:
        print_table(("place", "locations"), [(place.place, ", ".join(place.locations)) for place in found])


@app.command()
def drift(
    ctx: typer.Context,
    code: Code,
    tolerance: Annotated[int | None, typer.Option(help="From now on tolerate so many units of difference.")] = None,
    repush: Annotated[
        bool | None, typer.Option("--repush/--no-repush", help="Whether a number changed there is sent again.")
    ] = None,
) -> None:
    """Show the listings that a channel shows with another number than it acknowledged, as read back last.

    With an option, say what is tolerated and what is done about it."""
    from truestock.connections.reached import set_drift
    from truestock.sync.drift import MEANINGS
    from truestock.sync.manage import drift as drift_of

    session = session_of(ctx)
    with session.db() as db:
        if tolerance is not None or repush is not None:
            made = set_drift(db, code, tolerance=tolerance, repush=repush)
            again = "are sent again" if made.drift_repush else "are only shown"
            say(f"{made.drift_tolerance} units of difference are tolerated; numbers changed there {again}.")
        found = drift_of(db, code)
    if session.as_json:
        print_json(found)
    elif found:
        print_table(
            ("listing", "place", "shall show", "acknowledged", "shows", "since (UTC)", "units lost", "what it means"),
            [(d.sku, d.place, d.desired, d.shown, d.observed, d.since, d.lost_units, MEANINGS[d.drift]) for d in found],
        )
    else:
        say(f"{code} shows what it acknowledged, as far as it was read back.")


@app.command()
def pages(
    ctx: typer.Context,
    code: Code,
    on: Annotated[
        bool | None, typer.Option("--on/--off", help="Whether titles, texts, images and prices are written there.")
    ] = None,
) -> None:
    """Show how a channel's pages stand, with those that it would not take; or have them written from now on, or not.

    What the content here leaves open stays there as it is. Stock always goes first."""
    from truestock.sync.telling.pages.manage import status as status_of
    from truestock.sync.telling.pages.manage import switch

    session = session_of(ctx)
    with session.hub() as hub:
        seal = hub.seal()
        found = status_of(hub.db, seal, code) if on is None else switch(hub.db, seal, code, on=on)
    if session.as_json:
        print_json(found)
        return
    manner = f"are written, {found.waiting} waiting" if found.on else "are not written"
    say(f"The pages of {code} {manner}; {found.pushed} were taken, {found.in_trouble} in trouble.")
    if found.on and found.left:
        say(f"Not written there, by its connector or its settings: {', '.join(found.left).replace('_', ' ')}.")
    if found.troubles:
        print_table(
            ("listing", "tries", "next try (UTC)", "what the channel says"),
            [(trouble.sku, trouble.tries, trouble.next_try_at, trouble.reason) for trouble in found.troubles],
        )


def state_of(status: "ChannelStatus", now: datetime) -> str:
    """How a channel stands, in a few words."""
    connection, backlog = status.connection, status.backlog
    waiting = f"{backlog.waiting} waiting" if backlog.waiting else ""
    if backlog.oldest is not None:
        waiting += f", the oldest for {_span((now - backlog.oldest).total_seconds())}"
    if backlog.in_trouble:
        waiting += f", {backlog.in_trouble} in trouble"
    if connection.paused:
        stopped = "paused"
    elif connection.mode != "live":
        stopped = f"nothing is sent while its mode is {connection.mode}"
    elif connection.trouble:
        stopped = f"does not answer: {connection.trouble}"
    else:
        return waiting or "in step"
    return f"{stopped}; {waiting}" if waiting else stopped


def _span(seconds: float) -> str:
    for size, unit in SPANS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
