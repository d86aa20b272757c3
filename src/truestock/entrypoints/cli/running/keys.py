"""keys: who may call the API, with which scopes, and for which channel."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.options import After, Limit, instant_of
from truestock.entrypoints.cli.output import print_json, print_page, print_record, say
from truestock.entrypoints.cli.session import session_of

app = typer.Typer(no_args_is_help=True, help="API keys: who may call, and what for.")


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What the key is for, as movements and orders will name it.")],
    scope: Annotated[list[str], typer.Option(help="read, orders, stock, catalog or admin; once for each.")] = ["read"],  # noqa: B006  typer copies it
    channel: Annotated[str | None, typer.Option(help="The one channel the key acts for.")] = None,
    expires_at: Annotated[
        str | None, typer.Option(help="Until when it holds, as 2027-01-01; for ever otherwise.")
    ] = None,
) -> None:
    """Make a key; its token is shown this once and never again."""
    from truestock.catalog.keys import KeyDraft, create_key

    session = session_of(ctx)
    draft = KeyDraft(name, tuple(scope), channel, instant_of("expires_at", expires_at))
    with session.db() as db:
        made = create_key(db, draft)
    if session.as_json:
        print_json({"token": made.token, "key": made.key})
        return
    say(made.token, "", f"Key {made.key.id} for {name!r}. Nobody can read its token again, so keep it now.")


@app.command("list")
def list_(ctx: typer.Context, after: After = None, limit: Limit = 100) -> None:
    """Show all keys, the revoked ones too, without their secrets."""
    from truestock.catalog.keys import list_keys

    session = session_of(ctx)
    columns = ("id", "name", "scopes", "channel", "created_at", "expires_at", "revoked_at", "last_used_at")
    with session.db() as db:
        print_page(list_keys(db, after, limit), columns, as_json=session.as_json)


@app.command()
def revoke(ctx: typer.Context, key: Annotated[str, typer.Argument(metavar="ID", help="The key's id.")]) -> None:
    """End a key for good."""
    from truestock.catalog.keys import revoke_key

    session = session_of(ctx)
    with session.db() as db:
        print_record(revoke_key(db, key), as_json=session.as_json)
