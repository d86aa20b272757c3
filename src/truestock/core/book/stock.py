"""The stock rows of an item, packed into numbers; objects are made of the rows at a location that is looked at."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from sys import byteorder

from truestock.core.book.values import Row

Cell = tuple[int, int, int, int, int, int]  # loc, lot, status, owner, on_hand, reserved: a row's first fields
PLAIN, COLUMNS = 3, 6


class Stock:
    """Rows column by column in one array, ordered by location, lot, status, owner.

    The columns are loc, on_hand, reserved, lot, status, owner; the last three are left out where all of them are 0.
    A location that was looked at is open: what its row objects say is true, until `pack` writes it back."""

    __slots__ = ("_open", "numbers", "rows")

    def __init__(self, numbers: "array[int]", rows: int) -> None:
        self.numbers = numbers
        self.rows = rows
        self._open: dict[int, list[Row]] | None = None

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> "Stock":
        """The same from rows in any order."""
        ordered = sorted(cells)
        numbers = array("q", [cell[n] for n in (0, 4, 5, 1, 2, 3) for cell in ordered])
        return cls.read(_swapped(numbers).tobytes())

    @classmethod
    def read(cls, data: bytes) -> "Stock":
        """From all six columns of rows in their order, each number in eight bytes, the highest first."""
        rows, half = len(data) // (8 * COLUMNS), len(data) // 2
        if data.count(0, half) == half:
            data = data[:half]
        return cls(_narrow(data), rows)

    def __iter__(self) -> Iterator[Cell]:
        """Every row's numbers."""
        opened = self._open
        if not opened:
            return self._packed()
        cells = (cell for cell in self._packed() if cell[0] not in opened)
        return chain(cells, map(_cell, chain.from_iterable(opened.values())))

    def _packed(self) -> Iterator[Cell]:
        size, numbers = self.rows, self.numbers
        loc, on_hand, reserved, lot, status, owner = [numbers[n * size : (n + 1) * size] for n in range(COLUMNS)]
        if not lot:
            return zip(loc, repeat(0), repeat(0), repeat(0), on_hand, reserved, strict=False)
        return zip(loc, lot, status, owner, on_hand, reserved, strict=True)

    def plain(self) -> Iterator[tuple[int, int, int]] | None:
        """Location, on hand and reserved of every row, if all are sellable units of the pool, without a lot; None if
        not, or if some are open."""
        size, numbers = self.rows, self.numbers
        if self._open or len(numbers) > PLAIN * size:
            return None
        return zip(numbers, numbers[size : 2 * size], numbers[2 * size :], strict=False)

    def locs(self) -> list[int]:
        """The locations that have rows."""
        return sorted({cell[0] for cell in self})

    def at(self, loc: int) -> list[Row]:
        """The rows at a location; whoever asks opens it."""
        if self._open is None:
            self._open = {}
        rows = self._open.get(loc)
        if rows is None:
            rows = self._open[loc] = []
            size, numbers = self.rows, self.numbers
            plain = len(numbers) == PLAIN * size
            n = bisect_left(numbers, loc, 0, size)
            while n < size and numbers[n] == loc:
                lot, status, owner = (0, 0, 0) if plain else numbers[n + PLAIN * size :: size]
                rows.append(Row(loc, lot, status, owner, numbers[n + size], numbers[n + 2 * size], n))
                n += 1
        return rows

    def pack(self, touched: Iterable[Row]) -> None:
        """Write back rows that have changed and close all locations; rows that nothing was put into are gone."""
        size, numbers = self.rows, self.numbers
        try:
            for row in touched:
                place = row.place
                if place is None:
                    self._pack_anew()
                    return
                numbers[place + size] = row.on_hand
                numbers[place + 2 * size] = row.reserved
        except OverflowError:
            self._pack_anew()
        self._open = None

    def _pack_anew(self) -> None:
        """The same with rows that are new, or with numbers that have outgrown their four bytes."""
        opened, self._open = self._open or {}, None
        rows = [row for rows in opened.values() for row in rows if row.known or row.d_on_hand or row.d_reserved]
        packed = [cell for cell in self if cell[0] not in opened]
        anew = Stock.of([*packed, *map(_cell, rows)])
        self.numbers, self.rows = anew.numbers, anew.rows


def _cell(row: Row) -> Cell:
    return (row.loc, row.lot, row.status, row.owner, row.on_hand, row.reserved)


def _narrow(data: bytes) -> "array[int]":
    """Numbers of four bytes if they are enough, and of eight otherwise; without room to grow."""
    halves = _swapped(array("i", data))
    if not any(halves[::2]) and data[4::8].isascii():  # only low halves, each with its sign bit clear: nearly always
        return halves[1::2]
    numbers = _swapped(array("q", data))
    try:
        return array("i", numbers)
    except OverflowError:
        return numbers[:]


def _swapped(numbers: "array[int]") -> "array[int]":
    """To or from network byte order, in place."""
    if byteorder == "little":
        numbers.byteswap()
    return numbers
