"""The items of an EDI document as rows: what is told of one again, as of another place or lot, is a row of its own.

A row has the document's own terms for columns; what stands before the first item is of every row. Pure."""

Row = dict[str, str]
Rows = list[tuple[int, Row]]


class Items:
    """Rows as they are told, each with the line of its item; `head` is what is told of all of them."""

    def __init__(self, head: Row) -> None:
        self.rows: Rows = []
        self._head = head
        self._row: Row | None = None
        self._line = 0
        # Whether the item's place is told before its quantity; what this row has told itself; whether it is left out.
        self._has_place = self._leads = False
        self._own: set[str] = set()
        self._left_out = False

    def _begin(self, line: int, row: Row) -> None:
        self._close()
        self._row, self._line = row, line
        self._has_place, self._leads = False, False
        self._own, self._left_out = set(), False

    def _here(self) -> Row:
        return self._head if self._row is None else self._row

    def _stated(self, qualifier: str, qty: str, unit: str) -> None:
        """A quantity of the item; a second one of a qualifier is of another place, and so of a row of its own."""
        name = f"qty.{qualifier}"
        if name in self._here():
            self._again(same_place=True)
        self._here().update({name: qty, "unit": unit})

    def _located(self, code: str) -> None:
        if self._row is not None and self._has_place:
            self._again(same_place=False)
        self._leads = not self._counted()
        self._here()["location"] = code
        self._has_place = self._row is not None

    def _differs(self, name: str, told: str) -> bool:
        """Whether the item's row has said otherwise itself."""
        return self._row is not None and name in self._own and self._row[name] != told

    def _told(self, name: str, told: str) -> None:
        """A date, lot or reference. Behind a quantity a second one is of the next quantity, as of another lot."""
        if self._differs(name, told) and self._counted():
            self._again(same_place=True)
        self._here()[name] = told
        self._own.add(name)

    def _counted(self) -> bool:
        """Whether the row has one of the quantities that an item can have several of."""
        return any(name.startswith("qty.") for name in self._row or {})

    def _again(self, *, same_place: bool) -> None:
        """One more row of the same item, as of another place or lot."""
        before = self._row or {}
        self._close()
        self._has_place = self._has_place and self._leads and same_place
        gone = ("qty.",) if self._has_place else ("qty.", "location")
        self._row = {name: told for name, told in before.items() if not name.startswith(gone)}
        self._own, self._left_out = set(), False

    def _close(self) -> None:
        if self._row is not None and not self._left_out:
            self.rows.append((self._line, {name: told for name, told in (self._head | self._row).items() if told}))
        self._row = None
