"""The stock rows of an item, packed into numbers; objects are made of the rows at a location that is looked at."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain

from truestock.core.book.values import Row

Cell = tuple[int, int, int, int, int, int]  # loc, lot, status, owner, on_hand, reserved: a row's first fields
COLUMNS = 6


class Stock:
    """Rows column by column in one array, ordered by location, lot, status, owner.

    A location that was looked at is open: what its row objects say is true, until `pack` writes it back."""

    __slots__ = ("_numbers", "_open")

    def __init__(self, numbers: "array[int] | None" = None) -> None:
        self._numbers = array("q") if numbers is None else numbers
        self._open: dict[int, list[Row]] | None = None

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> "Stock":
        """The same from rows in any order."""
        columns = zip(*sorted(cells), strict=True)
        return cls(array("q", [number for column in columns for number in column]))

    def __len__(self) -> int:
        """How many rows are packed."""
        return len(self._numbers) // COLUMNS

    def __iter__(self) -> Iterator[Cell]:
        """Every row's numbers."""
        size, numbers, opened = len(self), self._numbers, self._open
        packed = zip(*[numbers[n * size : (n + 1) * size] for n in range(COLUMNS)], strict=True)
        if not opened:
            return packed
        rows = chain.from_iterable(opened.values())
        return chain(
            (cell for cell in packed if cell[0] not in opened),
            ((row.loc, row.lot, row.status, row.owner, row.on_hand, row.reserved) for row in rows),
        )

    @property
    def bytes(self) -> int:
        """What the numbers take."""
        return len(self._numbers) * self._numbers.itemsize

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
            size, numbers = len(self), self._numbers
            n = bisect_left(numbers, loc, 0, size)
            while n < size and numbers[n] == loc:
                lot, status, owner = numbers[n + size], numbers[n + 2 * size], numbers[n + 3 * size]
                rows.append(Row(loc, lot, status, owner, numbers[n + 4 * size], numbers[n + 5 * size], True))
                n += 1
        return rows

    def pack(self) -> None:
        """Close the open locations; rows that the table has not got are gone."""
        for loc, rows in (self._open or {}).items():
            size, numbers = len(self), self._numbers
            first = bisect_left(numbers, loc, 0, size)
            last = bisect_right(numbers, loc, first, size)
            for n, row in enumerate(rows[: last - first], first):
                numbers[n + 4 * size] = row.on_hand
                numbers[n + 5 * size] = row.reserved
            for row in rows[last - first :]:
                if row.known:
                    self._insert(row)
        self._open = None

    def _insert(self, row: Row) -> None:
        size, numbers = len(self), self._numbers
        key = array("q", (row.loc, row.lot, row.status, row.owner))
        n = bisect_left(range(size), key, key=lambda n: numbers[n : 4 * size : size])
        for column, number in reversed([*enumerate((*key, row.on_hand, row.reserved))]):
            numbers.insert(column * size + n, number)
