"""webhook: where users' own systems are told what has happened, and how that goes."""

from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.options import After, Limit, instant_of
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.sync.webhooks.manage import NewSecret, Webhook

app = typer.Typer(no_args_is_help=True, help="Tell your own systems what has happened, by signed HTTP calls.")
Id = Annotated[int, typer.Argument(metavar="ID", help="The webhook's number.")]


@app.command()
def add(
    ctx: typer.Context,
    url: Annotated[
        str | None, typer.Argument(metavar="URL", help="Where it is told; left out, the kinds of events are listed.")
    ] = None,
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", metavar="KIND", help="What is told; once for each.")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Tell only what is of this channel.")] = None,
) -> None:
    """Tell a URL of what happens from now on; its secret is shown this once and never again."""
    from truestock.sync.webhooks import manage

    session = session_of(ctx)
    if url is None:
        _list_kinds(as_json=session.as_json)
        return
    with session.hub() as hub:
        to_lan = hub.settings.webhooks_to_lan
        made = manage.add(hub.db, hub.seal(), url, kinds or [], channel, to_lan=to_lan)
    _tell_secret(made, f"Try it: truestock webhook test {made.webhook.id}", as_json=session.as_json)


def _list_kinds(*, as_json: bool) -> None:
    from truestock.sync.webhooks.envelope import kinds

    found = kinds()
    if as_json:
        print_json(found)
    else:
        print_table(("--kind", "meaning"), [(kind.kind, kind.meaning) for kind in found])


def _tell_secret(made: "NewSecret", more: str, *, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    say(made.secret, "", f"The secret of webhook {made.webhook.id}. Nobody can read it again, so keep it now.", more)


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """Show all webhooks, and how far each is behind."""
    from truestock.sync.webhooks import manage

    session = session_of(ctx)
    with session.db() as db:
        found = manage.webhooks(db)
    if session.as_json:
        print_json(found)
        return
    columns = ("id", "url", "kinds", "channel", "waiting", "since (UTC)", "dead", "state")
    print_table(columns, [(w.id, w.url, w.kinds, w.channel, w.waiting, w.oldest, w.dead, state_of(w)) for w in found])


def state_of(webhook: "Webhook") -> str:
    """How a webhook stands, in a few words."""
    if webhook.paused:
        return f"paused: {webhook.trouble}" if webhook.trouble else "paused"
    return webhook.trouble or "well"


@app.command()
def test(ctx: typer.Context, webhook: Id) -> None:
    """Call a webhook now with an event that means nothing, and say whether it was taken."""
    from truestock.sync.webhooks import manage

    session = session_of(ctx)
    with session.hub() as hub:
        tried = manage.try_webhook(hub.db, hub.seal(), webhook, to_lan=hub.settings.webhooks_to_lan)
    if session.as_json:
        print_json(tried)
    else:
        say(f"Webhook {webhook} took {tried.id} and answered {tried.status}.")


@app.command()
def pause(ctx: typer.Context, webhook: Id) -> None:
    """Call a webhook no more until it is resumed; what happens meanwhile is told then."""
    from truestock.sync.webhooks import manage

    session = session_of(ctx)
    with session.db() as db:
        found = manage.pause(db, webhook)
    _tell_state(found, "is paused", as_json=session.as_json)


@app.command()
def resume(ctx: typer.Context, webhook: Id) -> None:
    """Go on calling a paused webhook, first with what waits."""
    from truestock.sync.webhooks import manage

    session = session_of(ctx)
    with session.db() as db:
        found = manage.resume(db, webhook)
    _tell_state(found, "is resumed", as_json=session.as_json)


def _tell_state(webhook: "Webhook", done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(webhook)
    else:
        say(f"Webhook {webhook.id} {done}; {webhook.waiting} waiting.")


@app.command()
def rotate(ctx: typer.Context, webhook: Id) -> None:
    """Give a webhook a new secret, shown this once; for a day calls are signed with the one before as well."""
    from truestock.sync.webhooks import manage

    session = session_of(ctx)
    with session.hub() as hub:
        made = manage.rotate(hub.db, hub.seal(), webhook)
    until = made.webhook.old_until
    more = (
        f"The one before signs as well until {until:%Y-%m-%d %H:%M} UTC." if until else "The one before signs no more."
    )
    _tell_secret(made, more, as_json=session.as_json)


@app.command()
def remove(ctx: typer.Context, webhook: Id) -> None:
    """Forget a webhook with its deliveries."""
    from truestock.sync.webhooks import manage

    session = session_of(ctx)
    with session.db() as db:
        manage.remove(db, webhook)
    if session.as_json:
        print_json({"webhook": webhook, "removed": True})
    else:
        say(f"Webhook {webhook} is removed.")


@app.command()
def deliveries(
    ctx: typer.Context,
    webhook: Id,
    state: Annotated[str | None, typer.Option(help="Only these: waiting, done or dead.")] = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show a webhook's deliveries of the last 30 days, the newest first."""
    from truestock.sync.webhooks import manage

    session = session_of(ctx)
    with session.db() as db:
        page = manage.deliveries(db, webhook, state, after, limit)
    if session.as_json:
        print_json(page)
        return
    print_table(
        ("id", "kind", "state", "tries", "next try (UTC)", "status", "what the receiver says", "made (UTC)"),
        [(d.id, d.kind, d.state, d.tries, d.next_try_at, d.last_status, d.last_error, d.created_at) for d in page.rows],
    )
    if page.next:
        say(f"More: --after {page.next}")


@app.command()
def replay(
    ctx: typer.Context,
    webhook: Id,
    delivery: Annotated[str | None, typer.Argument(metavar="DELIVERY", help="One delivery, by its id.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Instead, all of what happened since, as 2026-11-27T08:00; UTC without a zone.")
    ] = None,
) -> None:
    """Send deliveries again, with the same ids, whatever became of them before."""
    from truestock.sync.webhooks import manage

    session = session_of(ctx)
    with session.db() as db:
        count = manage.replay(db, webhook, delivery, instant_of("since", since))
    if session.as_json:
        print_json({"webhook": webhook, "deliveries": count})
    else:
        say(f"{count} {'delivery is' if count == 1 else 'deliveries are'} sent again.")
