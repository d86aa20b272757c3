"""What a movement brings of what is expected, or says is lost of it; its reversal takes back just that."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from truestock.core.decide.receiving import ExpectedLine, bring
from truestock.core.network import ItemRules
from truestock.ledger import queries
from truestock.store.arrays import ints, texts
from truestock.store.database import Connection

Place = tuple[int, int, int, str]  # part, item, location, reference


@dataclass(slots=True)
class Fulfilled:
    """Units by part, item, movement and line. `named` are units under a reference, whose lines are not known yet."""

    came: dict[tuple[int, int, int, int], int] = field(default_factory=dict)
    lost: dict[tuple[int, int, int, int], int] = field(default_factory=dict)
    named: list[tuple[Place, int, int]] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Whether there is something to write."""
        return bool(self.came or self.lost or self.named)

    def bring(self, rules: ItemRules, movement: int, line: int, units: int) -> None:
        """Units of a line have come."""
        self.came[rules.part, rules.item, movement, line] = units

    def lose(self, rules: ItemRules, movement: int, line: int, units: int) -> None:
        """Units of a line will not come, and fewer are expected."""
        self.lost[rules.part, rules.item, movement, line] = units

    def name(self, rules: ItemRules, movement: int, loc: int, ref: str, units: int) -> None:
        """Units came that are expected under a reference: the earliest due, and what is more with the last of them."""
        self.named.append(((rules.part, rules.item, loc, ref), movement, units))

    def write(self, conn: Connection, now: datetime) -> None:
        """Lock the lines that are only named, and queue the rows."""
        if self.named:
            self._bring_named(conn)
        rows = [(*key, units, False) for key, units in self.came.items()]
        rows += [(*key, units, True) for key, units in self.lost.items()]
        if not rows:
            return
        parts, items, movements, lines, qtys, lost = zip(*rows, strict=True)
        conn.execute(
            queries.fulfil,
            {
                "parts": ints(parts),
                "items": ints(items),
                "movements": ints(movements),
                "lines": ints(lines),
                "qtys": ints(qtys),
                "lost": list(lost),
                "now": now,
            },
        )

    def _bring_named(self, conn: Connection) -> None:
        lines = _open_lines(conn, {place for place, _, _ in self.named})
        for place, movement, units in self.named:
            for line, qty in bring(lines.get(place, ()), units):
                self.came[*place[:2], movement, line] = qty


def _open_lines(conn: Connection, places: Iterable[Place]) -> dict[Place, list[ExpectedLine]]:
    parts, items, locs, refs = zip(*sorted(places), strict=True)
    parameters = {"parts": ints(parts), "items": ints(items), "locs": ints(locs), "refs": texts(refs)}
    found: dict[Place, list[ExpectedLine]] = {}
    for *place, line, qty, received, due_at in conn.execute(queries.lock_expected, parameters):
        part, item, loc, ref = place
        found.setdefault((part, item, loc, ref), []).append(ExpectedLine(line, qty, received, due_at))
    return found
