"""Rows as files have them to rows in our own fields: by one mapping, row by row or whole blocks at once. Pure."""

from collections.abc import Callable, Collection, Sequence
from collections.abc import Mapping as Dict
from typing import Final, NamedTuple, cast
from zoneinfo import ZoneInfo

from truestock.connectors.files.sheets.reading import lively
from truestock.core.checks import TEXT_MAX
from truestock.core.gtin import gtin14
from truestock.core.problems import Problem
from truestock.feeds.stock.files.cells import Mend, instant, status, text, units, unquoted
from truestock.feeds.stock.files.mapping import Mapping, Source
from truestock.feeds.stock.files.steps import through
from truestock.feeds.stock.files.values import FIELDS, Block, FeedFault, FeedRow, FieldName

RAW_CELLS_MAX: Final = 100
RAW_CELL_MAX: Final = 400
Take = Callable[[str], str]
NEEDED: Final = {"sku": Mend("the item is missing", "name the item, or remove the row")}


class Lookups(NamedTuple):
    """What outside names mean: a source's names of items and locations; barcodes, with the units of their package.

    `interchanges` of EDI were taken in before, each by sender, receiver and number, and of others some `sets`; they are
    passed over."""

    items: Dict[str, str] = {}
    locations: Dict[str, str] = {}
    barcodes: Dict[str, tuple[str, int]] = {}
    interchanges: frozenset[tuple[str, str, str]] = frozenset()
    sets: frozenset[tuple[tuple[str, str, str], str]] = frozenset()


class Missing(Exception):
    """The file lacks a column that the mapping names; which of our fields that is, and what to do."""

    def __init__(self, field: str, reason: str, suggestion: str) -> None:
        super().__init__(reason)
        self.field, self.reason, self.suggestion = field, reason, suggestion


class _Pipe(NamedTuple):
    field: FieldName
    columns: tuple[str, ...]
    constant: str
    take: Take
    # Whether a cell without anything odd in it stands as it is, so that a whole column can be looked at together.
    plain: bool
    # What some of those are called otherwise.
    names: Dict[str, str]


class Mapper:
    """One mapping, ready for the files of one header (None where each row names its own columns)."""

    def __init__(
        self, mapping: Mapping, header: Sequence[str] | None, lookups: Lookups, needed: Dict[str, Mend] = NEEDED
    ) -> None:
        """`needed` are fields without which a row is a fault. Raises Missing."""
        self._mapping = mapping
        self._lookups = lookups
        self._needed = needed
        self._header = list(header or ())
        self._named = header is not None
        self._zone = ZoneInfo(mapping.zone)
        self._pipes = [self._pipe(field, source) for field, source in self._sources().items()]
        self._pack = mapping.pack and self._found("qty", mapping.pack.column)
        places = {name: n for n, name in enumerate(self._header)}
        simple = not (self._pack or mapping.counts == "packages") and all(len(p.columns) < 2 for p in self._pipes)
        self._places = {p.field: places[p.columns[0]] for p in self._pipes if p.columns} if simple and places else None

    @property
    def interchanges(self) -> frozenset[tuple[str, str, str]]:
        """Those that were taken in before."""
        return self._lookups.interchanges

    @property
    def sets(self) -> frozenset[tuple[tuple[str, str, str], str]]:
        """Those of other interchanges that were taken in before."""
        return self._lookups.sets

    def check(self, needs: Collection[FieldName]) -> None:
        """Raises Missing if nothing can fill one of these fields."""
        filled = {pipe.field for pipe in self._pipes}
        for field in needs:
            if field not in filled and self._mapping.fields:
                mend = "name its column there, or give a constant"
                raise Missing(field, f"the feed's mapping says nothing of {field}", mend)
            if field not in filled:
                raise self._lacks(field)

    def row(self, line: int, raw: Dict[str, str]) -> FeedRow | FeedFault:
        """A row whose cells have the names of their columns."""
        fields: dict[str, str] = {}
        at: str = "sku"
        try:
            for pipe in self._pipes:
                at = pipe.field
                cell = next((c for name in pipe.columns if (c := raw.get(name, "").strip())), pipe.constant)
                if cell and (value := pipe.take(lively(cell))):
                    fields[pipe.field] = value
            for field, mend in self._needed.items():
                if field not in fields:
                    return _fault(line, field, mend.reason, mend.suggestion, raw)
            at = "qty"
            self._in_units(fields, raw)
        except Mend as mend:
            return _fault(line, at, mend.reason, mend.suggestion, raw)
        if self._mapping.item_by == "barcode":
            fields["sku"] = self._lookups.barcodes[fields["sku"]][0]
        return FeedRow(line, fields)

    def spelled(self, raw: Dict[str, str]) -> dict[str, str]:
        """A row whose columns are spelled as in a file's header, with the mapping's spelling of them."""
        names = [name for pipe in self._pipes for name in pipe.columns] + [self._pack or ""]
        ours = {normal(name): name for name in names if name not in raw}
        return {name if name in names else ours.get(normal(name), name): cell for name, cell in raw.items()}

    def cells(self, line: int, cells: Sequence[str]) -> FeedRow | FeedFault:
        """A row of a file with a header."""
        if any(cell.strip() for cell in cells[len(self._header) :]):
            reason = f"the row has {len(cells)} cells, and the header {len(self._header)}"
            raw = dict(zip(self._header, cells, strict=False))
            return _fault(line, "line", reason, "put quotes around cells that hold the delimiter", raw)
        return self.row(line, dict(zip(self._header, cells, strict=False)))

    def block(self, lines: Sequence[int], rows: Sequence[Sequence[str]]) -> Block:
        """Many rows of a file with a header, at least one; the same as row by row, only faster."""
        if self._places is not None and set(map(len, rows)) == {len(self._header)}:
            columns = list(zip(*rows, strict=True))
            taken: dict[str, list[str]] = {}
            for pipe in self._pipes:
                place = self._places.get(pipe.field)
                column = [pipe.take(pipe.constant)] * len(rows) if place is None else _column(pipe, columns[place])
                if column is None:
                    break
                taken[pipe.field] = column
            else:
                if all(taken["sku"]):
                    if self._mapping.item_by == "barcode":
                        taken["sku"] = [self._lookups.barcodes[gtin][0] for gtin in taken["sku"]]
                    return Block(list(lines), taken, [])
        return block_of([self.cells(line, row) for line, row in zip(lines, rows, strict=True)])

    def _sources(self) -> dict[FieldName, Source]:
        if self._mapping.fields:
            return self._mapping.fields
        if not self._named:
            return {field: Source(columns=(field,)) for field in FIELDS}
        there = set(map(normal, self._header))
        found = {field: Source(columns=(field,)) for field in FIELDS if normal(field) in there}
        if "sku" not in found:
            raise self._lacks("sku")
        return found

    def _lacks(self, field: str) -> Missing:
        has = ", ".join(self._header[:20])
        mend = "give the feed a mapping of its columns"
        if len(self._header) == 1:
            mend += "; if they are named further down, take out the lines above"
        return Missing(field, f"the file has no column {field}; it has {has}", mend)

    def _pipe(self, field: FieldName, source: Source) -> _Pipe:
        columns = tuple(self._found(field, name) for name in source.columns)
        steps, last = through(source.steps), self._last(field)
        barcode = field == "sku" and self._mapping.item_by != "sku"
        plain = not source.steps and not barcode and field not in {"status", "expires_at", "at", "due_at"}
        names = {"sku": self._lookups.items, "location": self._lookups.locations, "to": self._lookups.locations}

        def take(cell: str) -> str:
            stepped = steps(unquoted(cell)).strip()
            return last(stepped) if stepped else ""

        pipe = _Pipe(field, columns, source.constant, take, plain, names.get(field, {}))
        if not columns:
            try:
                take(source.constant)
            except Mend as mend:
                raise Missing(field, f"the constant: {mend.reason}", mend.suggestion) from None
        return pipe

    def _found(self, field: str, name: str) -> str:
        """The header's own spelling of a column."""
        if not self._named:
            return name
        found = [one for one in self._header if one == name] or [o for o in self._header if normal(o) == normal(name)]
        if len(found) == 1:
            return found[0]
        if found:
            raise Missing(field, f"the header has the column {name!r} twice", "give the columns names of their own")
        has = ", ".join(self._header[:20])
        raise Missing(field, f"the file has no column {name!r}; it has {has}", "correct the mapping, or the file")

    def _last(self, field: FieldName) -> Take:
        """What makes a cell the field that it is for."""
        match field:
            case "qty" | "allocated":
                return units
            case "expires_at" | "at" | "due_at":
                zone = self._zone
                return lambda cell: instant(cell, zone)
            case "status":
                return status
            case "location" | "to":
                return self._location
            case "sku":
                return {"sku": self._sku, "alias": self._alias, "barcode": self._barcode}[self._mapping.item_by]
            case _:
                return text

    def _location(self, cell: str) -> str:
        return text(self._lookups.locations.get(cell, cell))

    def _sku(self, cell: str) -> str:
        return text(self._lookups.items.get(cell, cell))

    def _alias(self, cell: str) -> str:
        if (sku := self._lookups.items.get(cell)) is None:
            source = self._mapping.source
            raise Mend(f"{source} has no name {cell[:60]!r} for an item", "add it to the source's names of items")
        return sku

    def _barcode(self, cell: str) -> str:
        """The GTIN, until its units are known; the item's SKU takes its place at the end."""
        try:
            gtin = gtin14(cell)
        except Problem as problem:
            raise Mend(problem.detail, "scan the barcode again, or correct it") from None
        if gtin not in self._lookups.barcodes:
            raise Mend(f"no item has the barcode {cell[:40]}", "give the item this barcode, or correct it")
        return gtin

    def _in_units(self, fields: dict[str, str], raw: Dict[str, str]) -> None:
        """Quantities of packs to base units. Raises Mend."""
        factor = 1
        if self._mapping.counts == "packages":
            factor = self._lookups.barcodes[fields["sku"]][1]
        if self._mapping.pack and self._pack:
            word = raw.get(self._pack, "").strip()
            if (units_each := self._mapping.pack.of.get(word)) is None:
                known = ", ".join(filter(None, self._mapping.pack.of))[:100]
                raise Mend(
                    f"{self._pack} says {word[:40]!r}, and only {known} are known", "add it to the mapping's pack"
                )
            factor *= units_each
        if factor != 1:
            for field in ("qty", "allocated"):
                if field in fields:
                    fields[field] = units(str(int(fields[field]) * factor))


def block_of(answers: Sequence[FeedRow | FeedFault]) -> Block:
    """Rows by column, and their faults beside."""
    rows = [answer for answer in answers if isinstance(answer, FeedRow)]
    names = {name: None for row in rows for name in row.fields}
    columns = {name: [row.fields.get(name, "") for row in rows] for name in names}
    return Block([row.line for row in rows], columns, [a for a in answers if isinstance(a, FeedFault)])


def normal(name: str) -> str:
    """A column's name without what people write in different ways."""
    return "".join(c for c in name.casefold() if c.isalnum())


def _column(pipe: _Pipe, cells: Sequence[str]) -> list[str] | None:
    """A whole column; None if something in it has to be looked at row by row."""
    if not pipe.plain:
        try:
            table = {
                cell: pipe.take(lively(told)) if (told := cell.strip() or pipe.constant) else "" for cell in set(cells)
            }
        except Mend:
            return None
        return [table[cell] for cell in cells]
    taken = [cell.strip() for cell in cells]
    together = "".join(taken)
    if pipe.constant or "=" in together or "'" in together:
        return None
    if pipe.field in {"qty", "allocated"}:
        fine = together.isascii() and together.isdecimal() and max(map(len, taken)) < 10
        return taken if fine and min(map(len, taken)) else None
    if not together.isprintable() or max(map(len, taken)) > TEXT_MAX:
        return None
    return [pipe.names.get(cell, cell) for cell in taken] if pipe.names else taken


def _fault(line: int, field: str, reason: str, suggestion: str, raw: Dict[str, str]) -> FeedFault:
    """A fault with as much of its row as is kept."""
    kept = [(name, cell[:RAW_CELL_MAX]) for name, cell in raw.items() if cell][:RAW_CELLS_MAX]
    return FeedFault(line, field, reason, suggestion, cast(Dict[str, str], dict(kept)))
