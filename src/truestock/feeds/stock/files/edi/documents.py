"""What X12 documents about stock say: 846 what lies where, 944 receipts, 945 shipments, 947 adjustments.

A row has the document's own terms for columns: `item.SK` is the item's number of qualifier SK, `qty.33` a quantity of
an 846, `date.036` a date, `ref.LT` a reference; which of them is which of our fields is the mapping's affair. Pure."""

from datetime import datetime
from typing import Final, NamedTuple

from truestock.feeds.stock.files.edi.envelope import Read, Trouble
from truestock.feeds.stock.files.edi.items import Items, Rows
from truestock.feeds.stock.files.edi.segments import Segment

# Whose N1 says where the stock is: a warehouse, a place stock is shipped from or to, a store.
_PLACES: Final = ("WH", "SF", "ST", "SN")
ACKNOWLEDGEMENT: Final = "997"
KINDS: Final = frozenset({"846", "944", "945", "947"})


class _Item(NamedTuple):
    """Where a segment about an item has its quantity, unit, UPC case code, pairs of qualifier and number, and lot."""

    qty: int
    unit: int
    upc: int
    pairs: tuple[int, ...]
    lot: int
    reason: int = 0


_ITEMS: Final = {
    "W07": _Item(1, 2, 3, (4, 6, 10), 8),
    "W12": _Item(3, 5, 6, (7, 17, 21), 9, 1),
    "W19": _Item(2, 3, 4, (5, 7, 17), 9, 1),
}
# Where the segment that begins a document has its date and its references.
_HEADS: Final = {
    "BIA": {"at": 4, "ref": 3},
    "W17": {"at": 2, "ref": 3, "order": 4},
    "W06": {"at": 3, "ref": 4, "order": 2},
    "W15": {"at": 1, "ref": 2},
}
# Behind Greenwich as X12 tells it: standard and summer time of North America. Which of them ET is hangs on the day.
_ZONES: Final = {
    "": "", "LT": "", "UT": "+00:00", "GM": "+00:00", "AD": "-03:00", "AS": "-04:00", "ED": "-04:00", "ES": "-05:00",
    "CD": "-05:00", "CS": "-06:00", "MD": "-06:00", "MS": "-07:00", "PD": "-07:00", "PS": "-08:00",
}  # fmt: skip
_HEAD_OF: Final = {"846": "BIA", "944": "W17", "945": "W06", "947": "W15"}
_ITEM_OF: Final = {"846": "LIN", "944": "W07", "945": "W12", "947": "W19"}


def rows_of(read: Read) -> Rows:
    """The rows of a set, each with the line of its item; what is wrong in it is noted with the set."""
    if read.found is None or read.found.kind == ACKNOWLEDGEMENT:
        return []
    if read.found.kind not in KINDS:
        told = f"a {read.found.kind[:10]} says nothing of stock"
        known = f"send {', '.join(sorted(KINDS))}"
        read.found.rejected.append(Trouble(read.found.line, "ST", "1", told, known))
        return []
    return _Document(read).rows


class _Document(Items):
    """One set, segment by segment."""

    def __init__(self, read: Read) -> None:
        assert read.found is not None
        super().__init__({"set": read.found.kind, "partner": read.interchange.sender})
        self._found = read.found
        self._items = 0
        self._total = 0
        self._place = 0
        for place, segment in enumerate(read.body, 1):
            self._place = place
            self._step(segment)
        self._close()
        if _HEAD_OF[self._found.kind] not in {segment.name for segment in read.body}:
            self._missing(read.body[0], _HEAD_OF[self._found.kind])
        if not self._items:
            self._missing(read.body[0], _ITEM_OF[self._found.kind])

    def _step(self, segment: Segment) -> None:
        match segment.name:
            case "BIA" | "W17" | "W06" | "W15" as name:
                self._top(segment, _HEADS[name])
            case "LIN":
                self._open(segment, segment.pairs(*range(2, 30, 2)))
            case "QTY":
                self._quantity(segment)
            case "W07" | "W12" | "W19" as name:
                self._item(segment, _ITEMS[name])
            case "N1" if segment.at(1) in _PLACES:
                self._location(segment.at(4), segment.at(2))
            case "LQ" if segment.at(2):
                self._location(segment.at(2), "")
            case "DTM":
                self._tell(segment, f"date.{segment.at(1)}", date_of(segment.at(2), segment.at(3), segment.at(4)))
            case "G62":
                self._tell(segment, f"date.{segment.at(1)}", date_of(segment.at(2), segment.at(4), segment.at(5)))
            case "REF" | "N9" if segment.at(2):
                self._tell(segment, f"ref.{segment.at(1)}", segment.at(2))
            case "MAN" if segment.at(2):
                self._here()["package"] = segment.at(2)
            case "LX":
                # Packages and the like in front of an item are of the loop that begins here.
                self._close()
                self._head.pop("package", None)
            case "CTT":
                self._check(segment, self._items, "items")
            case "W14" | "W03":
                self._check(segment, self._total, "units")
            case _:
                pass

    def _top(self, segment: Segment, places: dict[str, int]) -> None:
        self._head |= {name: segment.at(place) for name, place in places.items() if name != "at"}
        clock = segment.at(5) if segment.name == "BIA" else ""
        self._head["at"] = date_of(segment.at(places["at"]), clock)

    def _open(self, segment: Segment, numbers: dict[str, str]) -> None:
        row = {f"item.{qualifier}": number for qualifier, number in numbers.items()}
        self._begin(segment.line, row)
        self._items += 1
        if "LT" in numbers:
            row["lot"] = numbers["LT"]
        if not numbers:
            self._note(segment, "2", "the item has no number", "name it, as by SK, VN, UP or EN", element=2)

    def _item(self, segment: Segment, places: _Item) -> None:
        numbers = segment.pairs(*places.pairs)
        if segment.at(places.upc):
            numbers["UP"] = numbers.get("UP") or segment.at(places.upc)
        self._open(segment, numbers)
        row = self._here()
        row["qty"], row["unit"] = segment.at(places.qty), segment.at(places.unit)
        if segment.at(places.lot):
            row["lot"] = segment.at(places.lot)
        if places.reason and segment.at(places.reason):
            row["reason"] = segment.at(places.reason)
        if not row["qty"]:
            self._note(segment, "1", "the quantity is missing", "give a number of units", element=places.qty)
        elif (units := _units(row["qty"])) is None:
            detail = f"{row['qty'][:40]!r} is no whole number"
            self._note(segment, "6", detail, "give a number of units", places.qty, row["qty"])
        else:
            self._total += units
            # What was ordered and not shipped has not moved.
            self._left_out = not units and self._found.kind == "945"

    def _quantity(self, segment: Segment) -> None:
        if self._row is None:
            self._note(segment, "2", "a quantity stands before any item", "put LIN before QTY")
            return
        self._stated(segment.at(1), segment.at(2), segment.at(3))
        if _units(segment.at(2)) is None:
            detail = f"{segment.at(2)[:40]!r} is no whole number"
            self._note(segment._replace(line=self._line), "6", detail, "give a number of units", 2, segment.at(2))

    def _location(self, code: str, name: str) -> None:
        self._located(code or name)
        if name:
            self._here()["location.name"] = name

    def _tell(self, segment: Segment, name: str, told: str) -> None:
        if name == "ref.LT" and self._row and self._differs(name, told) and not self._counted():
            detail = f"lots {self._row[name][:40]} and {told[:40]} have one quantity together, which is left out"
            self._note(segment, "7", detail, "send a quantity for each lot", 2, told)
            self._left_out = True
        self._told(name, told)

    def _check(self, segment: Segment, counted: int, what: str) -> None:
        self._close()
        if segment.at(1) and _units(segment.at(1)) != counted:
            detail = f"{segment.name}01 says {segment.at(1)[:20]} {what}, and there are {counted}"
            self._note(segment, "7", detail, "send the set anew if some are missing", 1, segment.at(1))

    def _close(self) -> None:
        counted = any(told for name, told in (self._row or {}).items() if name.startswith("qty."))
        if self._found.kind == "846" and self._row is not None and not counted:
            missing = "the item has no quantity"
            self._found.noted.append(Trouble(self._line, "LIN", "3", missing, "give it a QTY", self._place - 1))
        super()._close()

    def _missing(self, segment: Segment, name: str) -> None:
        told = f"the set has no {name}"
        self._found.rejected.append(Trouble(segment.line, name, "5", told, "send the whole set anew", self._place))

    def _note(
        self, segment: Segment, code: str, reason: str, suggestion: str, element: int = 0, value: str = ""
    ) -> None:
        trouble = Trouble(segment.line, segment.name, code, reason, suggestion, self._place, element, value)
        self._found.noted.append(trouble)


def date_of(day: str, clock: str = "", zone: str = "") -> str:
    """A date of eight or six digits and a time of four, six or eight, as ISO 8601; what is none stays as it is.

    `zone` is by its code of X12; where there is none, the mapping says in which it is."""
    as_it_is = ", ".join(filter(None, (day, clock, zone)))
    if len(day) not in (6, 8) or len(clock) not in (0, 4, 6, 8) or (clock and zone not in _ZONES):
        return as_it_is
    whole = day if len(day) == 8 else f"20{day}"
    try:
        found = datetime.strptime(whole + clock[:6].ljust(6, "0"), "%Y%m%d%H%M%S")  # noqa: DTZ007  it may have none
    except ValueError:
        return as_it_is
    return found.isoformat() + _ZONES[zone] if clock else found.date().isoformat()


def _units(text: str) -> int | None:
    whole, _, zeros = text.partition(".")
    digits = whole.removeprefix("-")
    fine = digits.isascii() and digits.isdigit() and len(digits) < 16 and not zeros.strip("0")
    return int(whole) if fine else None
