"""mapping: rules that say what a channel's SKUs mean, tried before they are saved."""

from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.faults import WrongCall
from truestock.entrypoints.cli.options import validated
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.feeds.inbox.rule_book import Preview, RuleBookOf
    from truestock.feeds.inbox.rules import Rule

app = typer.Typer(no_args_is_help=True, help="Rules that say what a channel's SKUs mean.")
Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel's code.")]
BETWEEN = 10


@app.command("list")
def list_(ctx: typer.Context, channel: Channel) -> None:
    """Show a channel's rules in their order."""
    from truestock.feeds.inbox.rule_book import read_rules

    session = session_of(ctx)
    with session.db() as db:
        _show(read_rules(db, channel), as_json=session.as_json)


@app.command()
def add(
    ctx: typer.Context,
    channel: Channel,
    by: Annotated[str, typer.Option(help="sku, barcode, prefix, suffix or regex.")],
    pattern: Annotated[
        str, typer.Option(help="What it is about; {n} in it is a number of units. Of sku: this one, or left out any.")
    ] = "",
    replace: Annotated[str, typer.Option(help=r"What stands for it then; of a regex, \1 is its first group.")] = "",
    units: Annotated[int, typer.Option(help="Units of the item in one sale.", min=1)] = 1,
    ord_: Annotated[
        int | None, typer.Option("--ord", help="Its place; one that is there is replaced. Default: the last.", min=1)
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what all rules would do with it, and save nothing.")
    ] = False,
) -> None:
    """Add a rule to a channel's, or put it in another's place."""
    from truestock.feeds.inbox import rule_book
    from truestock.feeds.inbox.rules import Rule

    session = session_of(ctx)
    told = {"by": by, "pattern": pattern, "replace": replace, "units": units}

    def with_it(rules: "list[Rule]") -> "list[Rule]":
        place = ord_ or max((rule.ord for rule in rules), default=0) + BETWEEN
        rule: Rule = validated({"ord": place, **told}, Rule)
        return [*(other for other in rules if other.ord != place), rule]

    with session.db() as db:
        if preview:
            tried = rule_book.preview(db, channel, with_it(rule_book.read_rules(db, channel).rules))
            _show_preview(tried, as_json=session.as_json)
        else:
            _show(rule_book.change_rules(db, channel, with_it), as_json=session.as_json)


@app.command()
def remove(
    ctx: typer.Context, channel: Channel, place: Annotated[int, typer.Argument(metavar="ORD", help="Its place.")]
) -> None:
    """Take a rule away; listings that it has made stay."""
    from truestock.feeds.inbox.rule_book import change_rules

    session = session_of(ctx)

    def without_it(rules: "list[Rule]") -> "list[Rule]":
        left = [rule for rule in rules if rule.ord != place]
        if len(left) == len(rules):
            raise WrongCall(f"{channel} has no rule at {place}; truestock mapping list {channel} shows them", "ord")
        return left

    with session.db() as db:
        _show(change_rules(db, channel, without_it), as_json=session.as_json)


@app.command()
def preview(ctx: typer.Context, channel: Channel) -> None:
    """Show what the saved rules would do on all that a channel sells, as far as is known; nothing is written."""
    from truestock.feeds.inbox import rule_book

    session = session_of(ctx)
    with session.db() as db:
        _show_preview(rule_book.preview(db, channel), as_json=session.as_json)


@app.command()
def apply(ctx: typer.Context, channel: Channel) -> None:
    """Make the listings that the saved rules lead to, now and once."""
    from truestock.feeds.inbox.rule_book import apply_rules

    session = session_of(ctx)
    with session.db() as db:
        made, _ = apply_rules(db, channel)
    if session.as_json:
        print_json(made)
        return
    say(f"{len(made.listings)} listings of {channel} are made; orders that wait for them are taken within seconds.")
    for sku, why in made.refused.items():
        say(f"Not {sku}: {why}")


@app.command()
def automatic(
    ctx: typer.Context,
    channel: Channel,
    off: Annotated[bool, typer.Option("--off", help="Make none by themselves any more.")] = False,
) -> None:
    """Have a running server make listings of what a connected channel's rules lead to an item, as it comes."""
    from truestock.feeds.inbox.rule_book import change_rules

    session = session_of(ctx)
    with session.db() as db:
        _show(change_rules(db, channel, lambda rules: rules, automatic=not off), as_json=session.as_json)


def _show(book: "RuleBookOf", *, as_json: bool) -> None:
    if as_json:
        print_json(book)
        return
    columns = ("ord", "by", "pattern", "replace", "units")
    print_table(columns, [[getattr(rule, column) for column in columns] for rule in book.rules])
    if book.automatic:
        say("What they lead to an item becomes a listing by itself.")
    else:
        say(f"No listing is made by itself: truestock mapping apply {book.channel}, or automatic {book.channel}")


def _show_preview(tried: "Preview", *, as_json: bool) -> None:
    if as_json:
        print_json(tried)
        return
    if tried.rows:
        print_table(
            ("SKU", "title", "outcome", "becomes", "units", "by rule"),
            [(row.sku, row.title, row.outcome, row.text, row.units, row.ord) for row in tried.rows],
        )
    say(
        f"Of {tried.skus} SKUs of {tried.channel}: {tried.maps} would become listings, {tried.nowhere} lead to no "
        f"item, {tried.untouched} no rule applies to; of listings that are there {tried.same} take the same, "
        f"{tried.other} something else."
    )
