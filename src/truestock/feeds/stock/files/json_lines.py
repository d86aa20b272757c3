"""JSON lines as rows: one object a line, its values as cells, and objects inside it under names with points."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import msgspec

from truestock.feeds.stock.files.cells import Mend
from truestock.feeds.stock.files.text import text_of
from truestock.feeds.stock.files.values import Format

CELLS_MAX: Final = 1_000
DEPTH_MAX: Final = 5
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


def rows_of(form: Format, source: BinaryIO) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, each with its number. Raises NoText."""
    for number, line in enumerate(text_of(source, form.encoding, "file of JSON lines").open(), 1):
        if told := line.strip():
            yield number, told


def cells_of(line: str) -> dict[str, str]:
    """The cells of a line. Raises Mend."""
    try:
        return cells_in(_decode(line))
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Mend(f"this is no JSON object: {error}", "write one object a line, without line breaks in it") from None
    except RecursionError:
        raise Mend("the object is nested without end", f"nest at most {DEPTH_MAX} deep") from None


def cells_in(row: dict[str, Any]) -> dict[str, str]:
    """The cells of an object; what has no value is left out. Raises Mend."""
    found: dict[str, str] = {}
    _gather(row, "", 1, found)
    return found


def _gather(row: dict[str, Any], path: str, depth: int, found: dict[str, str]) -> None:
    if depth > DEPTH_MAX:
        raise Mend(f"{path[:60]} is nested deeper than {DEPTH_MAX}", "write the values further up")
    for name, value in row.items():
        if len(found) >= CELLS_MAX:
            raise Mend(f"the object has over {CELLS_MAX:,} values", "leave out what is not needed")
        if isinstance(value, dict):
            _gather(value, f"{path}{name}.", depth + 1, found)
        elif isinstance(value, list):
            raise Mend(f"{path}{name[:60]} is a list", "write one line for each of its values")
        elif value is not None:
            found[f"{path}{name}"] = _cell(value)


def _cell(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case int() if abs(value) >= 10**30:
            return f"{value:.3e}" if abs(value) < 10**300 else "a number of over 300 digits"
        case _:
            return str(value)
