"""erase: a person asks to be forgotten."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.options import DryRun
from truestock.entrypoints.cli.output import print_json, say
from truestock.entrypoints.cli.session import session_of


def erase(
    ctx: typer.Context,
    email: Annotated[str, typer.Option(help="The person's address of mail.")] = "",
    phone: Annotated[str, typer.Option(help="Their phone number, however it is written.")] = "",
    channel: Annotated[str, typer.Option(help="The channel whose --buyer or --order is told.")] = "",
    buyer: Annotated[str, typer.Option(help="The channel's own id of the buyer.")] = "",
    order: Annotated[str, typer.Option(help="The channel's own id of one order of theirs.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Erase a person from the orders of channels and from the messages that speak of them; what was sold stays.

    Erase them in the channels first: what those send later of other orders is new. Backups still have the person."""
    from truestock.feeds.personal.erase import Person
    from truestock.feeds.personal.erase import erase as erase_person

    session = session_of(ctx)
    with session.db() as db:
        done = erase_person(db, Person(email, phone, channel, buyer, order), dry_run=dry_run)
    if session.as_json:
        print_json(done)
        return
    becomes = "would be" if dry_run else "is"
    say(f"Orders from which the person {becomes} erased: {done.orders}; messages: {done.messages}.")
