"""Takes what counters scan, each thing once: it adds up, and an item that is done is held against the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

import msgspec

from truestock.core.identity import content_digest, part_of
from truestock.core.problems import Invalid, Problem
from truestock.reconciliation.counts.book import book_decided, tell_accuracy
from truestock.reconciliation.counts.due import ask_for_rejected
from truestock.reconciliation.counts.lines import Desk, Line, Scanned, Spot, Walk, keys_of, lock
from truestock.reconciliation.counts.taking.finish import finish, scanned
from truestock.reconciliation.counts.taking.rows import Row, add_rows, queries
from truestock.reconciliation.counts.tasks import clock
from truestock.reconciliation.counts.values import Book, Scan, ScanAnswer, Upload
from truestock.reconciliation.counts.zones.bins import bin_of, read_bins
from truestock.reconciliation.scanning.find import Found, find_all
from truestock.store.arrays import ints, texts
from truestock.store.database import Database

# What the ledger takes as one count.
COUNTED_MAX: Final = 1_000_000_000


def take_scans(db: Database, book: Book, upload: Upload, who: str) -> list[ScanAnswer]:
    """One answer a scan, in their order; what is refused leaves the others as they are. Raises Invalid without `who`.

    Items that are done are booked at once where the count agrees with the ledger, or nearly."""
    if not who:
        raise Invalid("counter", "say who counts: nobody may count the same twice")
    tasks = sorted({scan.task for scan in upload.scans})
    with db.transaction() as conn:
        desk = lock(conn, tasks, clock(conn))
        taking = _Taking(desk, who, upload)
        taking.take_all()
        taking.write()
        desk.write()
    book_decided(db, book, tasks)
    tell_accuracy(db, tasks)
    if any(desk.tasks[line.task].zone for line in taking.done):
        ask_for_rejected(db)  # a count of the whole location may have waited for this one
    return taking.answers


@dataclass(slots=True)
class _Taking:
    """An upload under way: the running count of every line it touches."""

    desk: Desk
    who: str
    upload: Upload
    answers: list[ScanAnswer] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    voided: list[Line] = field(default_factory=list)
    done: list[Line] = field(default_factory=list)
    ended: list[tuple[int, Line]] = field(default_factory=list)
    seen: dict[tuple[int, str], bytes] = field(default_factory=dict)
    item_of: dict[tuple[int, str], int] = field(default_factory=dict)
    counted: dict[tuple[int, int, int], int] = field(default_factory=dict)
    bins: dict[int, frozenset[str]] = field(default_factory=dict)

    def take_all(self) -> None:
        """Answer every scan."""
        scans = self.upload.scans
        for task, key, content, item in self.desk.conn.execute(queries.known_scans, _keys(scans)):
            self.seen[task, key] = bytes(content)
            self.item_of[task, key] = item
        before = scanned(self.desk, list(self.desk.tasks))
        self.bins = read_bins(self.desk)
        self.counted = {key: _units(lots) for key, lots in before.items()}
        found = self._find(scans)
        for scan, means in zip(scans, found, strict=True):
            digest = content_digest(msgspec.json.encode(scan))
            known = self.seen.get((scan.task, scan.key))
            if known == digest:
                self.answers.append(self._replay(scan))
            elif known is not None:
                self.answers.append(_refused(scan, "key", "this key was used for another scan; take a new one"))
            else:
                self.answers.append(self._take(scan, means))
                if self.answers[-1].outcome == "taken":
                    self.seen[scan.task, scan.key] = digest

    def write(self) -> None:
        """Queue the scans; what was taken back first, so that what followed it stands."""
        conn = self.desk.conn
        if self.voided:
            rounds = ints(line.round for line in self.voided)
            conn.execute(queries.void_scans, keys_of(self.voided) | {"rounds": rounds})
        add_rows(conn, self.rows, self.seen, self.who, self.desk.now)
        finish(self.desk, self.done, self.who)
        for n, line in self.ended:
            self.answers[n] = msgspec.structs.replace(self.answers[n], state=line.state)

    def _find(self, scans: Sequence[Scan]) -> list[Found | Problem | None]:
        """What each code means at the location of its task; None where a scan has none."""
        found: list[Found | Problem | None] = [None] * len(scans)
        for task in {scan.task for scan in scans} & self.desk.tasks.keys():
            of = [(n, scan.code) for n, scan in enumerate(scans) if scan.task == task and scan.code]
            means = find_all(self.desk.conn, [code for _, code in of], self.desk.tasks[task].location)
            for (n, _), one in zip(of, means, strict=True):
                found[n] = one
        return found

    def _take(self, scan: Scan, means: Found | Problem | None) -> ScanAnswer:
        task = self.desk.tasks.get(scan.task)
        if task is None or task.state != "open":
            why = f"there is no task {scan.task}" if task is None else f"the task is {task.state}; take another"
            return _refused(scan, "task", why)
        if isinstance(means, Problem):
            return _refused(scan, means.field or "code", means.detail)
        if scan.kind == "done" and scan.sku is None and means is None:
            return self._all_done(scan, task)
        if scan.kind == "nothing" and scan.sku is None and (means is None or means.what == "bin"):
            return self._empty_bin(scan, task, scan.bin or (means.bin if means else None))
        line = self._line(scan, task, means)
        if isinstance(line, ScanAnswer):
            return line
        if (refusal := line.refusal(self.who)) is not None:
            return _refused(scan, "sku", refusal, line)
        if line in self.done:
            return _refused(scan, "sku", f"{line.sku} is counted already", line)
        match scan.kind:
            case "units":
                return self._units(scan, line, means)
            case "again":
                return self._again(scan, line)
            case "nothing":
                if counted := self.counted.get((line.task, line.item, line.round)):
                    what = f"{counted} of {line.sku} are counted already; say that it is done, or count it anew"
                    return _refused(scan, "sku", what, line)
                self._keep(scan, line, "", 0)
                return self._end(scan, line)
            case "done":
                if (line.task, line.item, line.round) not in self.counted:
                    return _refused(scan, "sku", f"nothing of {line.sku} is scanned yet; say that there is none", line)
                self._keep(scan, line, "", 0, void=True)
                return self._end(scan, line)

    def _line(self, scan: Scan, task: Walk, means: Found | None) -> Line | ScanAnswer:
        """The line that a scan is about."""
        sku = scan.sku or (means.sku if means is not None else None)
        if sku is None:
            what = f"{means.what} {means.says.code}" if means is not None else "nothing"
            return _refused(scan, "code", f"{what} was read where an item has to be")
        if scan.sku is not None and means is not None and means.sku != scan.sku:
            return _refused(scan, "code", f"the code is of {means.sku}, not of {scan.sku}")
        for line in self.desk.of_task(task.id):
            if line.sku == sku:
                return line
        return _refused(scan, "sku", f"{sku} is not on this sheet; ask for a count of it, or put it back")

    def _units(self, scan: Scan, line: Line, means: Found | None) -> ScanAnswer:
        lot = scan.lot or (means.says.lot if means is not None else None) or ""
        if line.lot_tracked and not lot:
            return _refused(
                scan, "lot", f"{line.sku} is counted lot by lot: scan a code with the lot, or type it", line
            )
        units = scan.qty * (means.units or 1 if means is not None else 1)
        if self.counted.get((line.task, line.item, line.round), 0) + units > COUNTED_MAX:
            return _refused(
                scan, "qty", f"that makes more than {COUNTED_MAX} of {line.sku}; scan a smaller number", line
            )
        task = self.desk.tasks[line.task]
        try:
            bin_ = bin_of(scan.bin, line, task.zone, self.bins[task.id]) if task.zone else scan.bin
        except Invalid as problem:
            return _refused(scan, "bin", problem.detail, line)
        expires_on = means.says.expires_on if means is not None and line.lot_tracked else None
        self._keep(scan, line, lot if line.lot_tracked else "", units, bin_=bin_, expires_on=expires_on)
        return self._answer(scan, line, units)

    def _again(self, scan: Scan, line: Line) -> ScanAnswer:
        self.voided.append(line)
        self.rows = [
            row._replace(void=True) if row.line is line and row.round == line.round else row for row in self.rows
        ]
        self._keep(scan, line, "", 0, void=True)
        self.counted.pop((line.task, line.item, line.round), None)
        return self._answer(scan, line)

    def _all_done(self, scan: Scan, task: Walk) -> ScanAnswer:
        """Every item that this counter has begun and not ended."""
        begun = [
            line
            for line in self.desk.of_task(task.id)
            if line.countable
            and line.counter == self.who
            and line not in self.done
            and (line.task, line.item, line.round) in self.counted
        ]
        if not begun:
            return _refused(scan, "task", "you have begun no item here that is not done")
        self._keep(scan, begun[0], "", 0, void=True)
        self.done += begun
        return ScanAnswer(scan.key, "taken")

    def _empty_bin(self, scan: Scan, task: Walk, bin_code: str | None) -> ScanAnswer:
        """Nothing lies in the bin, so of items that are known to lie there alone there is nothing."""
        if bin_code is None:
            return _refused(scan, "bin", "say of which item, or in which bin, there is nothing")
        held = [
            line
            for line in self.desk.of_task(task.id)
            if line.bins == [bin_code]
            and line.refusal(self.who) is None
            and line not in self.done
            and (line.task, line.item, line.round) not in self.counted
        ]
        if not held:
            return _refused(scan, "bin", f"no item that you may count here lies in {bin_code} alone")
        for n, line in enumerate(held):
            # No device's key has a space in it.
            self._keep(scan if n == 0 else msgspec.structs.replace(scan, key=f"{scan.key} {n}"), line, "", 0)
            self.done.append(line)
        return ScanAnswer(scan.key, "taken", units=0)

    def _keep(
        self,
        scan: Scan,
        line: Line,
        lot: str,
        units: int,
        *,
        bin_: str | None = None,
        expires_on: date | None = None,
        void: bool = False,
    ) -> None:
        line.begin(self.who)
        key = (line.task, line.item, line.round)
        if not void:
            self.counted[key] = self.counted.get(key, 0) + units
        self.seen.setdefault((scan.task, scan.key), content_digest(msgspec.json.encode(scan)))
        at, where = self._at(scan), bin_ or scan.bin or ""
        self.rows.append(Row(scan, line, line.round, lot, expires_on, where, units, at, void))

    def _at(self, scan: Scan) -> datetime:
        """When it was scanned, by our clock."""
        now = self.desk.now
        at = scan.scanned_at or now
        if scan.scanned_at is not None and self.upload.sent_at is not None:
            try:
                at += now - self.upload.sent_at
            except OverflowError:
                raise Invalid("sent_at", "no clock shows this and scanned_at at once; set the device's clock") from None
        return min(at, now)

    def _end(self, scan: Scan, line: Line) -> ScanAnswer:
        self.done.append(line)
        self.ended.append((len(self.answers), line))
        return self._answer(scan, line)

    def _replay(self, scan: Scan) -> ScanAnswer:
        line = self.desk.lines.get((scan.task, self.item_of.get((scan.task, scan.key), 0)))
        if line is None:
            return ScanAnswer(scan.key, "replay")
        return ScanAnswer(scan.key, "replay", line.sku, line.name, state=line.state)

    def _answer(self, scan: Scan, line: Line, units: int | None = None) -> ScanAnswer:
        counted = self.counted.get((line.task, line.item, line.round), 0)
        return ScanAnswer(scan.key, "taken", line.sku, line.name, units, counted, line.state)


def _keys(scans: Sequence[Scan]) -> dict[str, object]:
    return {
        "parts": ints(part_of(scan.task) for scan in scans),
        "tasks": ints(scan.task for scan in scans),
        "keys": texts(scan.key for scan in scans),
    }


def _units(scans: dict[Spot, Scanned]) -> int:
    return sum(of.qty for of in scans.values())


def _refused(scan: Scan, field_at_fault: str, detail: str, line: Line | None = None) -> ScanAnswer:
    sku, name = (line.sku, line.name) if line is not None else (None, None)
    return ScanAnswer(scan.key, "refused", sku, name, field=field_at_fault, detail=detail)
