"""Which column of a file is most likely which of our fields: by what it is called, and by what stands in it. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime, time
from itertools import islice
from typing import BinaryIO, Final, NamedTuple

import msgspec
from rapidfuzz import fuzz

from truestock.core.checks import TEXT_MAX
from truestock.core.gtin import gtin14
from truestock.core.problems import Invalid, Problem
from truestock.feeds.stock.files.cells import STATUSES, Mend, instant, units
from truestock.feeds.stock.files.json_lines import cells_of, rows_of
from truestock.feeds.stock.files.mapper import normal
from truestock.feeds.stock.files.mapping import Mapping, Source
from truestock.feeds.stock.files.steps import Date, Number, Step, through, zone_of
from truestock.feeds.stock.files.tables import table_of
from truestock.feeds.stock.files.text import NoText
from truestock.feeds.stock.files.values import FIELDS, FieldName, Format

SAMPLE_ROWS: Final = 200
# Names alone must be this like; of those less like, the cells must fit too.
SURE: Final = 88
LIKELY: Final = 80
_OTHER_NAMES: Final[dict[FieldName, tuple[str, ...]]] = {
    "sku": (
        *("item", "item code", "item number", "article", "article number", "material", "product code", "part number"),
        *("stock code", "product id", "artikel", "artikelnummer", "referencia", "ean", "gtin", "barcode", "upc"),
        *("variant sku", "seller sku", "matnr", "materialnummer", "code article", "codice articolo", "artikelcode"),
    ),
    "location": (
        *("warehouse", "warehouse code", "warehouse id", "warehouse location", "location code", "location id", "site"),
        *("plant", "facility", "store", "source code", "lager", "lagerort", "storage location", "depot"),
        *("werks", "werk", "filiale", "magasin", "entrepot", "almacen", "magazzino", "magazijn"),
    ),
    "lot": ("batch", "batch number", "lot number", "lot code", "charge", "charg", "lote"),
    "expires_at": (
        *("expiry", "expiry date", "expiration date", "best before", "use by", "mhd", "vfdat", "verfall", "bbd"),
    ),
    "status": ("stock status", "condition", "disposition", "zustand"),
    "qty": (
        *("quantity", "on hand", "qty on hand", "stock", "stock quantity", "available", "units", "unrestricted"),
        *("menge", "bestand", "cantidad", "inventory", "inventory level"),
        *("stock on hand", "available qty", "variant inventory qty", "labst", "quantité", "quantità", "giacenza"),
        *("existencias", "aantal", "voorraad"),
    ),
    "at": ("as of", "counted at", "timestamp", "date", "time", "stand", "snapshot"),
    "ref": ("reference", "document", "document number", "delivery note", "receipt", "invoice", "beleg"),
    "order": ("order id", "order number", "sales order", "purchase order", "po number", "bestellung"),
    "channel": ("sales channel", "shop", "marketplace"),
    "due_at": ("due date", "eta", "expected date", "arrival date", "delivery date"),
    "allocated": ("reserved", "allocated qty", "committed", "hard allocated", "reserviert"),
    "reason": ("reason code", "movement type", "grund", "comment"),
    "to": ("destination", "ship to", "to location", "target"),
    "serial": ("serial number", "sn", "imei", "seriennummer"),
}
_GTIN_NAMES: Final = frozenset({"ean", "gtin", "barcode", "upc", "eancode", "ean13", "upccode"})
_WHOLE: Final = frozenset({"qty", "allocated"})
# What columns are called that say in what is counted, and what they say of single units.
_UNIT_NAMES: Final = frozenset(
    {
        *("unit", "uom", "unitofmeasure", "baseunit", "baseunitofmeasure", "qtyunit", "pack", "packunit"),
        *("me", "meins", "einheit", "mengeneinheit", "basismengeneinheit", "verpackungseinheit"),
    }
)
_SINGLE: Final = frozenset(
    {"ea", "each", "pc", "pce", "pcs", "piece", "pieces", "unit", "units", "st", "stk", "stck", "c62"}
)
_TIMES: Final = frozenset({"expires_at", "at", "due_at"})
_DATES: Final = (
    *("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y%m%d", "%Y%m%d%H%M%S", "%Y/%m/%d", "%d-%b-%Y"),
    *("%m/%d/%Y", "%d/%m/%Y", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%d-%m-%Y", "%m-%d-%Y"),
)
_NUMBERS: Final = (
    Number(),
    *(Number("point", sign) for sign in ("comma", "space", "apostrophe")),
    *(Number("comma", sign) for sign in ("none", "point", "space", "apostrophe")),
)


class Guess(NamedTuple):
    """A column taken for one of our fields: how sure that is, of 100, and some of its cells."""

    field: str
    column: str
    sure: int
    cells: tuple[str, ...]


class Suggestion(msgspec.Struct, frozen=True):
    """A mapping to start from. `doubts` say what only a person can tell; `unused` columns mean nothing here."""

    format: Format
    mapping: Mapping
    guesses: list[Guess]
    doubts: list[str]
    unused: list[str]


class _Fit(NamedTuple):
    """How a column would be read as a field: by these steps; or not at all, as its cells are something else."""

    steps: tuple[Step, ...] = ()
    doubt: str = ""


def suggest(form: Format, source: BinaryIO) -> Suggestion:
    """What the first rows of a file look like. Raises Invalid, naming the line at fault."""
    told_encoding = form.encoding
    try:
        form, header, rows = _sample(form, source)
    except NoText as end:
        raise Invalid("file", f"line {end.line}: {end.reason}; {end.suggestion}") from None
    columns = {name: [row[n].strip() for row in rows if row[n].strip()] for n, name in enumerate(header) if name}
    ranked = sorted(
        ((_likeness(field, name), field, name) for name in columns for field in FIELDS),
        key=lambda found: (-found[0], FIELDS.index(found[1]), header.index(found[2])),
    )
    fields: dict[FieldName, Source] = {}
    guesses: list[Guess] = []
    doubts: list[str] = []
    used: set[str] = set()
    for sure, field, name in ranked:
        if field in fields or name in used or sure < LIKELY:
            continue
        fit = _fit(field, columns[name])
        if fit is None and sure >= SURE:
            doubts.append(f"{name}: its name says {field} and its cells do not, as {columns[name][0][:40]!r}")
        if fit is None or (sure < SURE and not columns[name]):
            continue
        used.add(name)
        fields[field] = Source(columns=(name,), steps=fit.steps)
        guesses.append(Guess(field, name, int(sure), tuple(columns[name][:3])))
        doubts += [f"{name}: {fit.doubt}"] if fit.doubt else []
    if "sku" not in fields:
        raise Invalid("mapping", f"no column looks like an item's number; the file has {', '.join(header[:40])}")
    if form.encoding not in {told_encoding, "", "utf-8", "utf-16"}:
        doubts.append(f"the file is taken to be in {form.encoding}; if names look wrong, name another encoding")
    if "qty" in fields:
        doubts += [doubt for name in columns if name not in used and (doubt := _counted_in(name, columns[name]))]
    by_barcode = _are_gtins(guesses, columns)
    mapping = Mapping(fields=fields, item_by="barcode" if by_barcode else "sku")
    return Suggestion(
        form, mapping, sorted(guesses, key=_place), doubts, [name for name in columns if name not in used]
    )


def _sample(form: Format, source: BinaryIO) -> tuple[Format, list[str], list[list[str]]]:
    """The format with what was found out, the columns, and some rows as long as them. Raises NoText, Invalid."""
    if form.name in {"csv", "xlsx"}:
        table = table_of(form, source)
        rows: list[list[str]] = []
        for _, block in table.blocks:
            rows += block
            if len(rows) >= SAMPLE_ROWS:
                break
        told = msgspec.structs.replace(form, delimiter=table.delimiter, encoding=table.encoding)
        return told, table.header, [row[: len(table.header)] for row in rows[:SAMPLE_ROWS]]
    if form.name != "json_lines":
        raise Invalid(
            "format", "EDI documents say themselves what they mean; give the feed's format the quantity meant"
        )
    found: list[dict[str, str]] = []
    for line, text in islice(rows_of(form, source), SAMPLE_ROWS):
        try:
            found.append(cells_of(text))
        except Mend as error:
            raise NoText(line, error.reason, error.suggestion) from None
    names = list(dict.fromkeys(name for row in found for name in row))
    return form, names, [[row.get(name, "") for name in names] for row in found]


def _likeness(field: FieldName, column: str) -> float:
    """How like the column's name is to what the field is called, of 100."""
    name = normal(column.rpartition(".")[2])
    return max(fuzz.ratio(name, normal(other)) for other in (field, *_OTHER_NAMES[field]))


def _fit(field: FieldName, cells: Sequence[str]) -> _Fit | None:
    if field in _WHOLE:
        return _as_numbers(cells)
    if field in _TIMES:
        fit = _as_dates(cells)
        return _days_alone(fit, cells) if field == "at" and fit is not None else fit
    if field == "status":
        words = {cell for cell in cells if cell.lower().replace(" ", "_").replace("-", "_") not in STATUSES}
        if len(words) == len(set(cells)) and cells:
            return None
        return _Fit(doubt=f"say by the step words what {', '.join(sorted(words)[:8])} mean" if words else "")
    return _Fit() if all(len(cell) <= TEXT_MAX for cell in cells) else None


def _as_numbers(cells: Sequence[str]) -> _Fit | None:
    """The fewest steps by which all of the cells are whole units, with a doubt if others make other figures."""
    fitting = [
        (steps, [units(through(steps)(cell)) for cell in cells])
        for steps in ((), *((number,) for number in _NUMBERS))
        if all(_is_whole(through(steps), cell) for cell in cells)
    ]
    if not fitting:
        return None
    steps, figures = fitting[0]
    for _, others in fitting[1:]:
        for cell, one, other in zip(cells, figures, others, strict=True):
            if one != other:
                return _Fit(steps, f"{cell} is {one} or {other}; check which, and correct the step number")
    return _Fit(steps)


def _as_dates(cells: Sequence[str]) -> _Fit | None:
    """The form in which all of the cells are dates; of two that fit the first, with a doubt."""
    zone = zone_of("UTC")
    if all(_passes(lambda cell: instant(cell, zone), cell) for cell in cells):
        return _Fit()
    fitting = [form for form in _DATES if all(_is_date(cell, form) for cell in cells)]
    if not fitting:
        return None
    doubt = f"the dates are {fitting[0]} or {fitting[1]}; check which" if len(fitting) > 1 else ""
    return _Fit((Date(form=fitting[0]),), doubt)


def _days_alone(fit: _Fit, cells: Sequence[str]) -> _Fit:
    """With a doubt, if the column says on which day something happened and not when."""
    read, zone = through(fit.steps), zone_of("UTC")
    if not cells or any(datetime.fromisoformat(instant(read(cell), zone)).time() != time() for cell in cells):
        return fit
    said = "days without a time are as of the file that tells them on that day, and else their beginning"
    return fit._replace(doubt="; ".join(filter(None, [fit.doubt, said])))


def _counted_in(column: str, cells: Sequence[str]) -> str:
    """A doubt, if a column says that something else than single units is counted."""
    words = sorted({cell for cell in cells if cell.lower().rstrip(".") not in _SINGLE})
    if normal(column) not in _UNIT_NAMES or not words:
        return ""
    return f"{column} says in what is counted: {', '.join(words[:8])}; say by the mapping's pack how many units each is"


def _are_gtins(guesses: Sequence[Guess], columns: dict[str, list[str]]) -> bool:
    """Whether items are named by their barcodes."""
    (name,) = [guess.column for guess in guesses if guess.field == "sku"]
    if normal(name) not in _GTIN_NAMES:
        return False
    return bool(columns[name]) and all(_passes(gtin14, cell) for cell in columns[name])


def _passes(take: Callable[[str], object], cell: str) -> bool:
    try:
        take(cell)
    except (Mend, Problem):
        return False
    return True


def _is_whole(steps: Callable[[str], str], cell: str) -> bool:
    return _passes(lambda told: units(steps(told)), cell)


def _is_date(cell: str, form: str) -> bool:
    try:
        return 1970 <= datetime.strptime(cell, form).year < 2200  # noqa: DTZ007  only whether it is one is asked
    except ValueError:
        return False


def _place(guess: Guess) -> int:
    return [str(field) for field in FIELDS].index(guess.field)
