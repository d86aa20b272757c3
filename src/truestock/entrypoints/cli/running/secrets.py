"""secrets: the key that they are sealed with is changed."""

import typer

from truestock.entrypoints.cli.faults import Refusal
from truestock.entrypoints.cli.output import print_json, say
from truestock.entrypoints.cli.session import session_of

app = typer.Typer(no_args_is_help=True, help="Change the key that secrets are sealed with.")


@app.callback()
def secrets() -> None:
    """Change the key that secrets are sealed with."""


@app.command()
def rotate(ctx: typer.Context) -> None:
    """Seal all secrets anew with a new key; whoever runs meanwhile goes on.

    Without TRUESTOCK_SECRET_KEY a new key is made in the data directory, and the old one is dropped. With it, what
    TRUESTOCK_SECRET_KEY_OLD has sealed is sealed with TRUESTOCK_SECRET_KEY. Stopped anywhere, run it again."""
    from truestock.bootstrap import rotate_secrets

    session = session_of(ctx)
    settings = session.settings()
    with session.db() as db:
        try:
            done = rotate_secrets(settings, db)
        except ValueError as error:
            raise Refusal("secret-key", str(error)) from None
    if session.as_json:
        print_json(done)
        return
    say(f"{done.resealed} secrets are sealed with the new key.")
    if done.broken:
        say(f"No key opens the secrets of {', '.join(done.broken)}: give them anew.")
    if settings.secret_key is not None:
        say("Take TRUESTOCK_SECRET_KEY_OLD away once every process runs with the new key.")
    else:
        say("Keep a copy of the new key, secret.key in the data directory, apart from the backups.")
