"""Feeds' files and what is kept of how they are read; readers of them refuse nothing, they answer with faults."""

import io
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from tests.connectors.files.test_workbooks import made
from tests.fuzz.running import Target
from truestock.core.problems import Invalid
from truestock.feeds.stock.files import FeedRow, Format, Lookups, Mapping, blocks, mapped, mapping_of, read, suggest
from truestock.feeds.stock.files.cells import Mend
from truestock.feeds.stock.files.edi.acknowledging import acknowledgement
from truestock.feeds.stock.files.edi.edifact import examining
from truestock.feeds.stock.files.edi.edifact.contrl import contrl
from truestock.feeds.stock.files.edi.outgoing import Address, Line, StockLine, ship_order, stock_report
from truestock.feeds.stock.files.edi.writing import Outgoing, Partners, x12
from truestock.feeds.stock.files.edi.x12 import examine
from truestock.feeds.stock.files.mapper import Missing
from truestock.feeds.stock.files.steps import Match
from truestock.feeds.stock.files.text import NoText

NOW = datetime(2026, 11, 22, 9, 14, tzinfo=UTC)
PARTNERS = Partners("ZZ:WAREHOUSE", "ZZ:HUB")
LOOKUPS = Lookups({"MAT-1": "A"}, {"0001": "DC"}, {"04006381333931": ("A", 6)})
MAPPING = mapping_of(
    {
        "fields": {
            "sku": {"columns": ["Artikel", "sku"], "steps": [{"do": "strip_zeros"}, {"do": "upper"}]},
            "qty": {"columns": ["Menge", "qty"], "steps": [{"do": "number", "decimal": "comma", "thousands": "point"}]},
            "expires_at": {"columns": ["MHD"], "steps": [{"do": "date", "form": "%d.%m.%Y", "zone": "Europe/Berlin"}]},
            "lot": {"columns": ["Charge"], "steps": [{"do": "match", "pattern": "L([0-9]+)"}]},
            "status": {"constant": "sellable"},
        },
        "source": "erp",
        "pack": {"column": "Einheit", "of": {"ST": 1, "KT": 12}},
    }
)
CSV = (
    b"sku,location,qty,status,expires_at,lot\nA,0001,12,sellable,2027-01-01,L1\nMAT-1,DC,-3,,,\n",
    "Artikel;sku;Menge;qty;MHD;Charge;Einheit\n0007;;1.234,00;;31.12.2027;L12;KT\n".encode("utf-16"),
    b'sku,reason\n"A ""1""","two\nlines"\n',
)
JSON = (b'{"sku": "A", "qty": 3, "location": {"code": "DC"}}\n{"sku": "B", "qty": null}\n',)
INVRPT = (
    b"UNB+UNOC:3+SUP:14+HUB:14+261121:0600+77'UNH+1+INVRPT:D:96A:UN'BGM+35+R-1+9'DTM+137:202611210600:203'"
    b"LIN+1++4006381333931:EN'PIA+1+SKU?+1:SA'LOC+18+A'QTY+145:500:PCE'UNT+8+1'UNZ+1+77'"
)


def x12_of(kind: str, *segments: str) -> bytes:
    return x12(PARTNERS, 5, NOW, "RE", "004010", [Outgoing(kind, [tuple(s.split("*")) for s in segments])])


X12 = (
    stock_report(PARTNERS, 3, NOW, "R-1", [StockLine("X", 5, 7, location="DC"), StockLine("Y", 2)]),
    ship_order(PARTNERS, 1, NOW, "O-1", Address("DC"), Address(name="Ada", city="Ulm"), [Line("X", 3, lot="L")]),
    x12_of("944", "W17*F*20261121*R-1*PO-7", "N1*WH**92*DC", "W07*40*EA**SK*X***LOT-1", "N9*LT*LOT-9", "W14*40"),
    x12_of("945", "W06*F*O-5*20261121*SH-1", "LX*1", "MAN*GM*0034", "W12*CC*3*2*1*EA**SK*X", "W03*2"),
    x12_of("947", "W15*20261121*A-1", "W19*07*-3*EA**SK*X***LOT-1") * 2,
)


def reads(form: Format) -> Target:
    """Through a mapping and without one; every answer is a row or a fault with words; blocks say as much."""

    def run(raw: bytes) -> None:
        for mapping in (Mapping(), MAPPING, Mapping(item_by="barcode", counts="packages")):
            found = list(read(form, io.BytesIO(raw), mapping, LOOKUPS))
            rows = [answer for answer in found if isinstance(answer, FeedRow)]
            assert all(isinstance(answer, FeedRow) or (answer.reason and answer.suggestion) for answer in found)
            assert all(int(row.fields.get("qty", "0")) < 10**9 * 12 + 1 and row.fields["sku"] for row in rows)
            at_once = list(blocks(form, io.BytesIO(raw), mapping, LOOKUPS))
            assert sum(len(block.lines) for block in at_once) == len(rows)
            msgspec.json.encode([answer._asdict() for answer in found])

    seeds = {"csv": CSV, "json_lines": JSON, "x12": X12, "edifact": (INVRPT,)}
    known = {"x12": (b"QTY*33*", b"LIN*", b"SE*", b"ISA*", b"~"), "edifact": (b"UNT+", b"LIN+", b"UNA:+.? '", b"'")}
    workbook = (made({(0, 0): "sku", (0, 1): "qty", (1, 0): "A", (1, 1): 3}),)
    return Target(f"feed-{form.name}", run, seeds.get(form.name, workbook), known.get(form.name, ()))


def answers(raw: bytes) -> None:
    """What we answer is read without an error."""
    try:
        found = examine(io.BytesIO(raw))
    except NoText:
        return
    for one in found:
        try:
            told = acknowledgement(one, 7, NOW)
        except Invalid:
            # Their own name is none that could be written back.
            continue
        for again in examine(io.BytesIO(told)) if told else []:
            assert not again.troubles
            assert not any(seen.rejected for group in again.groups for seen in group.sets)


def tells(raw: bytes) -> None:
    """What we answer to EDIFACT is read without an error, and is not answered itself."""
    with suppress(NoText):
        for one in examining.examine(io.BytesIO(raw)):
            if told := contrl(one, 7, NOW):
                (again,) = examining.examine(io.BytesIO(told))
                assert not again.troubles
                assert not any(seen.rejected for seen in again.groups[0].sets)
                assert contrl(again, 8, NOW) == b""


def maps(raw: bytes) -> None:
    """A mapping is refused or works; one that works is written and read as the same."""
    try:
        mapping = mapping_of(raw)
    except Invalid:
        return
    assert mapping_of(msgspec.json.encode(mapping)) == mapping
    try:
        mapped(Format(), [(1, {"Artikel": "7", "Menge": "1,5", "a": "x"}), (2, {})], mapping, LOOKUPS)
    except Missing:
        return
    list(read(Format(), io.BytesIO(CSV[0]), mapping, LOOKUPS))


def matches(raw: bytes) -> None:
    """A pattern that is taken is quick on any text it looks at."""
    pattern, _, text = raw.decode("latin-1").partition("\n")
    try:
        step = Match(pattern=pattern[:100])
    except ValueError:
        return
    for told in (text[:100], pattern[:1] * 100, "a" * 99 + "!"):
        try:
            step.take(told)
        except Mend:
            continue


def suggests(raw: bytes) -> None:
    """What is suggested can be used at once."""
    for form in (Format(), Format("json_lines")):
        try:
            found = suggest(form, io.BytesIO(raw))
        except Invalid:
            continue
        assert mapping_of(msgspec.json.encode(found.mapping)) == found.mapping
        list(read(found.format, io.BytesIO(raw), found.mapping))


FEEDS = (
    *(reads(Format(name, quantity="33")) for name in ("csv", "xlsx", "json_lines", "x12")),
    reads(Format("edifact", quantity="145")),
    Target("feed-x12-answer", answers, X12, (b"ST*", b"SE*", b"GE*", b"IEA*", b"GS*")),
    Target("feed-edifact-answer", tells, (INVRPT,), (b"UNT+", b"UNH+", b"UNZ+", b"UNB+", b"UNG+", b"UNA:+.? '", b"?")),
    Target("feed-mapping", maps, (msgspec.json.encode(MAPPING),), (b'"do"', b'"steps"', b'"columns"', b'"constant"')),
    Target("feed-pattern", matches, (b"L([0-9]+)\nL12", b"(a|b)[^x]*c?$\naac"), (b"(", b")", b"*", b"{9,}", b"(?:")),
    Target("feed-suggest", suggests, (*CSV, *JSON), (b"EAN", b"Menge")),
)
