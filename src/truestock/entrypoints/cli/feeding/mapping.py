"""feed mapping: how a feed's files are read, suggested from one of them and tried on its first rows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truestock.entrypoints.cli.faults import PROBLEM
from truestock.entrypoints.cli.options import validated
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.feeds.stock.files import Format, Preview

app = typer.Typer(no_args_is_help=True, help="How a feed's files are read: which column is which field.")
FeedFile = Annotated[Path, typer.Argument(help="A file of the feed.", exists=True, dir_okay=False, readable=True)]
FormatOption = Annotated[str, typer.Option("--format", help="csv, xlsx, json_lines, x12 or edifact.")]
Delimiter = Annotated[str, typer.Option(help="Between the cells of CSV; found out if left out.")]
Encoding = Annotated[str, typer.Option(help="Of text, as cp1252; found out if left out.")]
Sheet = Annotated[str, typer.Option(help="Of a workbook, by name; the first if left out.")]
Quantity = Annotated[
    str, typer.Option(help="Of X12 846 and INVRPT: the qualifier of the quantity that is meant, as 33 or 17.")
]


@app.command()
def suggest(
    ctx: typer.Context,
    file: FeedFile,
    form: FormatOption = "csv",
    delimiter: Delimiter = "",
    encoding: Encoding = "",
    sheet: Sheet = "",
    out: Annotated[Path | None, typer.Option(help="Write the mapping to this JSON file.", dir_okay=False)] = None,
) -> None:
    """Say which column of a file is most likely which field, by its name and by what stands in it."""
    import msgspec

    from truestock.feeds.stock.files import suggest as suggested

    with file.open("rb") as source:
        found = suggested(_format(form, delimiter, encoding, sheet), source)
    if out is not None:
        out.write_bytes(msgspec.json.format(msgspec.json.encode(found.mapping), indent=2) + b"\n")
    if session_of(ctx).as_json:
        print_json(found)
        return
    print_table(("field", "column", "sure", "cells"), [(g.field, g.column, g.sure, g.cells) for g in found.guesses])
    if found.doubts:
        say("", *(f"Check: {doubt}" for doubt in found.doubts))
    if found.unused:
        say("", f"Not used: {', '.join(found.unused)}")
    if out is not None:
        say("", f"Kept in {out}. Then: truestock feed add CODE --meaning MEANING --mapping {out}")


@app.command()
def preview(
    ctx: typer.Context,
    file: FeedFile,
    mapping: Annotated[
        Path | None,
        typer.Option(help="A mapping as JSON; columns of our own names if left out.", exists=True, dir_okay=False),
    ] = None,
    form: FormatOption = "csv",
    delimiter: Delimiter = "",
    encoding: Encoding = "",
    sheet: Sheet = "",
    quantity: Quantity = "",
    rows: Annotated[int, typer.Option(help="How many rows.", min=1, max=1_000)] = 20,
) -> None:
    """Show the first rows of a file as they are mapped, and what is wrong with the bad ones; stock is left alone."""
    from truestock.feeds.stock.files import Mapping, lookups_of, mapping_of
    from truestock.feeds.stock.files import preview as previewed

    session = session_of(ctx)
    how: Mapping = Mapping() if mapping is None else mapping_of(mapping.read_bytes())
    wanted = _format(form, delimiter, encoding, sheet, quantity)
    with session.db() as db, file.open("rb") as source:
        found = previewed(wanted, source, how, lookups_of(db, how, wanted, source), rows)
    if session.as_json:
        print_json(found)
    else:
        _tell(found)
    if found.faults:
        raise typer.Exit(PROBLEM)


def _tell(found: "Preview") -> None:
    names = list(dict.fromkeys(name for row in found.rows for name in row.fields))
    good = [(row.line, *(row.fields.get(name, "") for name in names)) for row in found.rows if not row.reason]
    if good:
        print_table(("line", *names), good)
    bad = [(row.line, row.field, row.reason, row.suggestion) for row in found.rows if row.reason]
    if bad:
        say("")
        print_table(("line", "field", "reason", "what to do"), bad)
    say("", f"{len(good)} good rows and {len(bad)} bad ones; {'that is all' if found.whole else 'there are more'}.")


def _format(form: str, delimiter: str, encoding: str, sheet: str, quantity: str = "") -> "Format":
    from truestock.feeds.stock.files import Format

    sign = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
    given: dict[str, Any] = {"name": form, "delimiter": sign, "encoding": encoding, "sheet": sheet}
    found: Format = validated({**given, "quantity": quantity}, Format)
    return found
