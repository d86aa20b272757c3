"""How a feed's files are read, kept as data: which column is which of our fields, and what is done to its cells."""

from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from truestock.core.problems import Invalid
from truestock.feeds.stock.files.steps import Step, zone_of
from truestock.feeds.stock.files.values import FieldName, Format

STEPS_MAX: Final = 10
T = TypeVar("T", "Mapping", Format)
ColumnName = Annotated[str, Meta(min_length=1, max_length=200)]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where one of our fields comes from: the first of the columns that is not empty, else the constant; then steps."""

    columns: Annotated[tuple[ColumnName, ...], Meta(max_length=10)] = ()
    constant: Annotated[str, Meta(max_length=200)] = ""
    steps: Annotated[tuple[Step, ...], Meta(max_length=STEPS_MAX)] = ()

    def __post_init__(self) -> None:
        if not self.columns and not self.constant:
            raise ValueError("columns: name a column, or give a constant")


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The column that says in what a row counts, and how many base units each of those words is, as EA 1 and CS 12."""

    column: ColumnName
    of: Annotated[dict[str, Annotated[int, Meta(ge=1, le=1_000_000)]], Meta(min_length=1, max_length=200)]


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping. Without any field, columns that have our fields' names are taken, and EDI documents as they mean.

    `item_by`: sku takes the cell as our SKU, or as another name of it if the source has one; alias asks for one of the
    source's names; barcode for a GTIN. `source` is whose names of items and locations hold. `counts`: with packages a
    barcode's quantity is of the packages it stands on. `zone` is of times that name none."""

    fields: dict[FieldName, Source] = {}
    item_by: Literal["sku", "alias", "barcode"] = "sku"
    source: Annotated[str, Meta(max_length=200)] = ""
    counts: Literal["units", "packages"] = "units"
    pack: Pack | None = None
    zone: Annotated[str, Meta(min_length=1, max_length=60)] = "UTC"

    def __post_init__(self) -> None:
        zone_of(self.zone)
        if self.fields and "sku" not in self.fields:
            raise ValueError("fields: name the column of sku (also where barcodes or other names stand in it)")
        if self.item_by == "alias" and not self.source:
            raise ValueError("source: say whose names of items these are")
        if self.counts == "packages" and self.item_by != "barcode":
            raise ValueError("counts: packages are known by barcode only; set item_by to barcode, or use pack")


def mapping_of(data: Any, field: str = "mapping") -> Mapping:
    """A mapping from what jsonb, JSON or a form holds. Raises Invalid, which names what is wrong in it."""
    return _decoded(data, Mapping, field)


def format_of(data: Any, field: str = "format") -> Format:
    """A format from the same. Raises Invalid."""
    return _decoded(data, Format, field)


def _decoded(data: Any, kind: type[T], field: str) -> T:
    try:
        if isinstance(data, (bytes, str)):
            return msgspec.json.decode(data, type=kind)
        return msgspec.convert(data, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeError) as error:
        raise Invalid(field, f"{field}: {error}") from None
    except RecursionError:
        raise Invalid(field, f"{field}: it is nested too deep") from None
