"""message: what shoppers are told of their orders: by which channels, in whose words, and how that goes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.options import After, Limit
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.sync.messages.rules import MessageRule

app = typer.Typer(
    no_args_is_help=True,
    help="Tell shoppers what becomes of their orders: confirmed, delayed, split, shipped, cancelled.",
)
Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel's code.")]
Kind = Annotated[str, typer.Argument(metavar="KIND", help="confirmed, delayed, split, shipped or cancelled.")]
Language = Annotated[str, typer.Option(help="The code of a language, such as en or de.")]


@app.command()
def on(
    ctx: typer.Context,
    channel: Channel,
    kind: Kind,
    via: Annotated[str, typer.Option(help="How: email, webhook or apprise.")],
    to: Annotated[
        str, typer.Option(help="A webhook's or Apprise's URL; of mail an address in place of the buyer's.")
    ] = "",
    language: Annotated[str, typer.Option(help="Always this language; left out, the buyer's, else English.")] = "",
    after_hours: Annotated[int, typer.Option(help="For how long a line is short before that is a delay.")] = 24,
) -> None:
    """Send a message of orders placed from now on; of one that is on already, change the way."""
    from truestock.bootstrap import outside_of
    from truestock.sync.messages.rules import Wanted, switch_on

    session = session_of(ctx)
    with session.hub() as hub:
        wanted = Wanted(channel, kind, via, to, language, after_hours)
        made = switch_on(hub.db, hub.seal(), wanted, outside_of(hub.settings))
    if session.as_json:
        print_json(made)
        return
    if made.secret:
        say(made.secret, "", "The secret that signs its calls. Nobody can read it again, so keep it now.")
    say(
        f"Channel {channel} sends {kind} of orders placed since {made.rule.since:%Y-%m-%d %H:%M} UTC.",
        f"Look at one: truestock message preview {channel} {kind} --order REF",
    )


@app.command()
def off(ctx: typer.Context, channel: Channel, kind: Kind) -> None:
    """Send a message no more; what waits is dropped."""
    from truestock.sync.messages.rules import switch_off

    session = session_of(ctx)
    with session.db() as db:
        switch_off(db, channel, kind)
    if session.as_json:
        print_json({"channel": channel, "kind": kind, "on": False})
    else:
        say(f"Channel {channel} sends {kind} no more.")


@app.command()
def pause(ctx: typer.Context, channel: Channel, kind: Kind) -> None:
    """Hold a message back until it is resumed; what becomes due meanwhile waits."""
    _pause(ctx, channel, kind, paused=True)


@app.command()
def resume(ctx: typer.Context, channel: Channel, kind: Kind) -> None:
    """Go on with a paused message, first with what waits and is still true."""
    _pause(ctx, channel, kind, paused=False)


def _pause(ctx: typer.Context, channel: str, kind: str, *, paused: bool) -> None:
    from truestock.sync.messages import rules

    session = session_of(ctx)
    with session.db() as db:
        found = rules.pause(db, channel, kind, paused=paused)
    if session.as_json:
        print_json(found)
    else:
        say(f"Message {kind} of channel {channel} is {'paused' if paused else 'resumed'}.")


@app.command()
def rules(
    ctx: typer.Context, channel: Annotated[str | None, typer.Option(help="Only of this channel.")] = None
) -> None:
    """Show which channels send which messages, and how."""
    from truestock.sync.messages import rules as room

    session = session_of(ctx)
    with session.db() as db:
        found = room.rules(db, channel)
    if session.as_json:
        print_json(found)
        return
    columns = ("channel", "kind", "via", "to", "language", "delayed after (h)", "state", "orders since (UTC)")
    print_table(columns, [_shown(rule) for rule in found])


def _shown(rule: "MessageRule") -> tuple[object, ...]:
    state = "paused" if rule.paused else "on"
    hours = rule.after_hours if rule.kind == "delayed" else None
    language = rule.language or "the buyer's"
    return rule.channel, rule.kind, rule.via, rule.to, language, hours, state, rule.since


@app.command("list")
def list_(
    ctx: typer.Context,
    channel: Annotated[str | None, typer.Option(help="Only of this channel.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    state: Annotated[str | None, typer.Option(help="Only these: waiting, done, dead or dropped.")] = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show messages, the newest first; to whom they went is not kept."""
    from truestock.sync.messages.manage import messages

    session = session_of(ctx)
    with session.db() as db:
        page = messages(db, channel, kind, state, after, limit)
    if session.as_json:
        print_json(page)
        return
    print_table(
        ("id", "channel", "order", "kind", "state", "tries", "next try (UTC)", "why", "made (UTC)"),
        [(m.id, m.channel, m.order, m.kind, m.state, m.tries, m.next_try_at, m.error, m.created_at) for m in page.rows],
    )
    if page.next:
        say(f"More: --after {page.next}")


@app.command()
def preview(
    ctx: typer.Context,
    channel: Channel,
    kind: Kind,
    order: Annotated[str, typer.Option(help="The order's reference.")],
    language: Annotated[str, typer.Option(help="In this language instead of the one that it would have.")] = "",
    html: Annotated[bool, typer.Option("--html", help="The HTML instead of the text.")] = False,
) -> None:
    """Write a message of a real order, as it is now, and send nothing."""
    from truestock.sync.messages import manage

    session = session_of(ctx)
    with session.db() as db:
        found = manage.preview(db, channel, kind, order, language)
    if session.as_json:
        print_json(found)
    elif html:
        say(found.html)
    else:
        say(f"Subject: {found.subject}", "", found.text)
        typer.echo(f"As the order is now, {found.verdict}.", err=True)


@app.command()
def retry(
    ctx: typer.Context,
    message: Annotated[str | None, typer.Argument(metavar="MESSAGE", help="One message, by its id.")] = None,
    dead: Annotated[str | None, typer.Option(metavar="CHANNEL", help="Instead, all dead ones of a channel.")] = None,
    kind: Annotated[str | None, typer.Option(help="Of them only this kind.")] = None,
) -> None:
    """Send again what was given up, under the same id; what is no longer true is dropped all the same."""
    from truestock.core.problems import Invalid
    from truestock.sync.messages import manage

    session = session_of(ctx)
    with session.db() as db:
        if message is not None and dead is None:
            manage.retry(db, message)
            count = 1
        elif dead is not None and message is None:
            count = manage.retry_dead(db, dead, kind)
        else:
            raise Invalid("message", "say what is to be sent again: one message, or --dead CHANNEL")
    if session.as_json:
        print_json({"messages": count})
    else:
        say(f"{count} {'message is' if count == 1 else 'messages are'} sent again.")


@app.command()
def template(
    ctx: typer.Context,
    channel: Channel,
    kind: Kind,
    language: Language = "en",
    subject: Annotated[str, typer.Option(help="The subject in the channel's own words.")] = "",
    text: Annotated[Path | None, typer.Option(help="A file with the text.", exists=True, dir_okay=False)] = None,
    html: Annotated[Path | None, typer.Option(help="A file with the HTML.", exists=True, dir_okay=False)] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to our words.")] = False,
    fields: Annotated[bool, typer.Option("--fields", help="List what templates may name.")] = False,
) -> None:
    """Show the template of a message, or say it in the channel's own words; what is left out stays ours."""
    from truestock.sync.messages import templates
    from truestock.sync.messages.writing import render

    session = session_of(ctx)
    if fields:
        if session.as_json:
            print_json(render.fields())
        else:
            say(*render.fields())
        return
    with session.db() as db:
        if reset:
            templates.drop_template(db, channel, kind, language)
        elif subject or text or html:
            own = render.Template(subject, _read(text), _read(html))
            templates.put_template(db, channel, kind, language, own)
        found = templates.read_template(db, channel, kind, language)
    if session.as_json:
        print_json(found)
        return
    whose = "ours" if found.changed_at is None else f"the channel's own since {found.changed_at:%Y-%m-%d}"
    say(f"{kind} in {language}, {whose}.", "", f"Subject: {found.subject}", "", found.text, "", found.html)


def _read(path: Path | None) -> str:
    from truestock.core.problems import Invalid

    try:
        return path.read_text(encoding="utf-8") if path else ""
    except UnicodeDecodeError:
        raise Invalid("text", f"{path} is not written in UTF-8; save it so") from None
