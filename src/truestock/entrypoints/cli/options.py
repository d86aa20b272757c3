"""Options that many commands share, and texts into what they mean."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truestock.entrypoints.cli.faults import WrongCall

if TYPE_CHECKING:
    from truestock.catalog.items import Component

After = Annotated[str | None, typer.Option(help="Go on after this one, as the page before said.")]
Limit = Annotated[int, typer.Option(help="Rows to show.", min=1, max=1_000)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would become of it, and write nothing.")]
Key = Annotated[str | None, typer.Option(help="An idempotency key: the same key again is done once.")]
Clear = Annotated[
    list[str] | None, typer.Option(help="A field that shall say nothing any more, as cost; may be given several times.")
]
Reason = Annotated[str, typer.Option(help="Why; it stands in the ledger.")]


def instant_of(field: str, text: str | None) -> datetime | None:
    """A date or time; without a zone it is UTC. Raises Invalid."""
    from truestock.catalog.load.cells import instant

    return None if text is None else instant(field, text)


def decimal_of(field: str, text: str | None) -> Decimal | None:
    """A number with a point. Raises Invalid."""
    from truestock.catalog.load.cells import decimal

    return None if text is None else decimal(field, text)


def validated(fields: dict[str, Any], shape: Any) -> Any:
    """The fields as a shape that rooms take. Raises WrongCall, with the field at fault."""
    import msgspec

    try:
        return msgspec.convert(fields, shape)
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `$.")
        raise WrongCall(f"{path.rstrip('`') or 'the call'}: {said[:1].lower()}{said[1:]}") from None


def pair_of(text: str) -> tuple[str, str]:
    """What a file calls a column, as sku=MATNR. Raises WrongCall."""
    name, equals, header = text.partition("=")
    if not equals or not header:
        raise WrongCall(f"--column {text} names no header; write it as sku=MATNR", "column")
    return name, header


def counted(texts: list[str]) -> list[tuple[str, int]]:
    """SKUs with how many, as LAMP=2; one where it is left out. Raises WrongCall."""
    return [_counted(text) for text in texts]


def _counted(text: str) -> tuple[str, int]:
    sku, equals, units = text.rpartition("=")
    if not equals:
        return text, 1
    if not sku or not units.isascii() or not units.isdecimal():
        raise WrongCall(f"{text!r} names no number of units; write it as LAMP=2", "sku")
    return sku, int(units)


def components_of(texts: list[str]) -> "tuple[Component, ...]":
    """What one unit takes. Raises WrongCall."""
    from truestock.catalog.items import Component

    return tuple(Component(sku, units) for sku, units in counted(texts))
