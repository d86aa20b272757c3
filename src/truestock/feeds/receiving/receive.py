"""Receives: each line of a receipt is brought against what was expected, booked where the location's rule says, and
what it fulfils is closed in the same transaction. A fact is never refused because nobody expected it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from truestock.catalog.rules import Snapshot
from truestock.core.decide.bins import ZONE_OF
from truestock.core.decide.receiving import ExpectedLine, Matched, Portion, ReceivingRule, due_order, match, ruling_of
from truestock.core.identity import content_digest, part_of_text
from truestock.core.words import NO_LOT
from truestock.feeds.receiving import queries
from truestock.feeds.receiving.decide import read_rules
from truestock.feeds.receiving.lines import Barcodes, at_field, named, read_named
from truestock.feeds.receiving.rings import fence
from truestock.feeds.receiving.values import Landed, LineTold, Receipt, ReceiptLine, ReceiptTold, Receive, StillExpected
from truestock.feeds.receiving.written import Written
from truestock.ledger import values
from truestock.ledger.desk import Desk
from truestock.ledger.documents import LockedLine, lock_lines
from truestock.ledger.posting.batch import Batch, open_batch
from truestock.ledger.posting.bookings import Case
from truestock.ledger.posting.resolve import resolve
from truestock.ledger.requests import Key
from truestock.ledger.values import Adjust, AnyBooking, NotBooked, Post, StatusName, TransferIn, status_of
from truestock.ledger.work.bins import Bin
from truestock.store.arrays import ints, texts
from truestock.store.lane import DEFERRED, Deferred

SCOPE = "receipt"
SHARED = ("sku", "location", "qty", "lot", "expires_at", "status", "effective_at", "source", "ref")
CLOSING = "complete"
Probe = Case | NotBooked


@dataclass(slots=True)
class Documents:
    """The lines of the documents that the receipts of a batch name, as they stand while it goes on."""

    lines: dict[str, list[LockedLine]]
    kinds: dict[str, str]
    suppliers: dict[str, str]
    running: dict[int, ExpectedLine] = field(default_factory=dict)

    def of(self, ref: str | None, case: Case) -> list[ExpectedLine]:
        """What a document says of an item at a location."""
        found = [line for line in self.lines.get(ref or "", ()) if (line.item, line.loc) == (case.rules.item, case.loc)]
        return [self.now(line) for line in found if line.state != "cancelled"]

    def now(self, line: LockedLine) -> ExpectedLine:
        """A line with what this transaction has brought of it."""
        return self.running.setdefault(
            line.id, ExpectedLine(line.id, line.qty, line.received, line.due_at, line.state == "open")
        )

    def open(self, ref: str | None) -> list[LockedLine]:
        """The lines of which more may come."""
        return [line for line in self.lines.get(ref or "", ()) if line.state == "open" and self.now(line).missing]


def receive(desk: Desk, commands: Sequence[Receive], wait: bool = True) -> list[ReceiptTold | Deferred]:
    """One answer a receipt, in their order. Without `wait`, what another process holds is answered Deferred."""
    return desk.with_rules(lambda snapshot: _receive(desk, snapshot, commands, wait))


def _receive(desk: Desk, snapshot: Snapshot, commands: Sequence[Receive], wait: bool) -> list[ReceiptTold | Deferred]:
    barcodes = read_named(desk.conn, [line for command in commands for line in command.receipt.lines])
    probes = [_probes(snapshot, command, barcodes) for command in commands]
    cases = [probe for found in probes for probe in found if isinstance(probe, Case)]
    if not cases:
        return [
            ReceiptTold(command.receipt.ref, [LineTold(n, problem=probe) for n, probe in _refused(found)], [])
            for command, found in zip(commands, probes, strict=True)
        ]
    keys = [_key(command, n) for command in commands for n in (*range(len(command.receipt.lines)), CLOSING)]
    batch = open_batch(desk, snapshot, cases, keys, wait=wait)
    receiving = Receiving(batch, _documents(batch, commands), read_rules(batch, cases), _first_bins(batch, cases))
    answers: list[ReceiptTold | Deferred] = []
    for command, found in zip(commands, probes, strict=True):
        missing = batch.work.missing
        if any(isinstance(probe, Case) and probe.rules.item in missing for probe in found):
            answers.append(DEFERRED)
        else:
            answers.append(receiving.receipt(command, found))
    written = receiving.written
    batch.finish((lambda: written.write(desk.conn, batch.work.now)) if written.anything else None)
    return answers


def _probes(snapshot: Snapshot, command: Receive, barcodes: Barcodes) -> list[Probe]:
    """Each line with its item and location known, or why not."""
    receipt = command.receipt
    found = [named(line, barcodes) for line in receipt.lines]
    posts = [
        Post(_booking(receipt, line, one.sku, one.units * line.qty, "receiving"), command.actor)
        for line, one in zip(receipt.lines, found, strict=True)
        if not isinstance(one, NotBooked)
    ]
    resolved = iter(resolve(snapshot, posts))
    probes = [one if isinstance(one, NotBooked) else next(resolved) for one in found]
    return [at_field(probe, "received_at") if isinstance(probe, NotBooked) else probe for probe in probes]


def _booking(
    receipt: Receipt, line: ReceiptLine, sku: str, qty: int, status: StatusName, bin_: str | None = None
) -> values.Receive:
    return values.Receive(
        sku=sku,
        location=receipt.location,
        qty=qty,
        lot=line.lot,
        expires_at=line.expires_at,
        status=status,
        bin=line.bin or bin_,
        effective_at=receipt.received_at,
        source=receipt.source,
        ref=receipt.ref,
    )


def _refused(probes: Iterable[Probe]) -> list[tuple[int, NotBooked]]:
    return [(n, probe) for n, probe in enumerate(probes) if isinstance(probe, NotBooked)]


def _key(command: Receive, line: int | str) -> Key:
    return Key(SCOPE, f"{command.key}:{line}")


@dataclass(slots=True)
class Receiving:
    """The running balance over a batch of receipts. `staged` has the code of each location's first bin of a zone."""

    batch: Batch
    documents: Documents
    rules: list[ReceivingRule]
    staged: dict[tuple[int, str], str]
    written: Written = field(default_factory=Written)

    def receipt(self, command: Receive, probes: Sequence[Probe]) -> ReceiptTold:
        """Book a receipt line by line."""
        receipt = command.receipt
        if receipt.complete and self.documents.kinds.get(receipt.document or "") == "transfer":
            detail = "units of a transfer are somewhere: say that those which do not come are lost"
            return ReceiptTold(
                receipt.ref,
                [LineTold(n, problem=NotBooked("invalid", "complete", detail)) for n, _ in enumerate(probes)],
                [],
            )
        told = [self._once(command, n, probe) for n, probe in enumerate(probes)]
        left = self.documents.open(receipt.document)
        closing = _key(command, CLOSING)
        closed_before = self.batch.requests.seen(closing) is not None
        if not receipt.complete or closed_before or any(line.problem is not None for line in told):
            return ReceiptTold(receipt.ref, told, self._expected(left))
        for line in left:
            self.written.close(line, f"no more comes, says receipt {receipt.ref}", command.actor)
            self.documents.now(line).open = False
        self.batch.requests.answer(closing, content_digest(CLOSING.encode()), len(left), command.actor)
        return ReceiptTold(receipt.ref, told, [])

    def _once(self, command: Receive, n: int, probe: Probe) -> LineTold:
        if isinstance(probe, NotBooked):
            return LineTold(n, problem=probe)
        receipt, line = command.receipt, command.receipt.lines[n]
        digest = content_digest(msgspec.json.encode(msgspec.structs.replace(receipt, lines=[line], complete=False)))
        key = _key(command, n)
        seen = self.batch.requests.seen(key)
        if seen is None:
            told = self._line(receipt, n, line, probe)
            if told.problem is None:
                self.batch.requests.answer(key, digest, told, command.actor)
            return told
        if seen.content != digest:
            detail = "this receipt had another line here; give what is new a receipt number of its own"
            return LineTold(n, problem=NotBooked("idempotency-key-reused", "ref", detail))
        return msgspec.structs.replace(msgspec.json.decode(seen.result, type=LineTold), replay=True)

    def _line(self, receipt: Receipt, n: int, line: ReceiptLine, case: Case) -> LineTold:
        supplier = receipt.supplier or self.documents.suppliers.get(receipt.document or "", "")
        ruling = ruling_of(self.rules, case.loc, case.rules.item, case.rules.category, supplier)
        at = receipt.received_at or self.batch.work.now
        lines = self.documents.of(receipt.document, case)
        qty = int(getattr(case.command.booking, "qty", 0))
        matched = match(lines, qty, at, ruling)
        landed: list[Landed] = []
        rings: dict[str, int] = {}
        for portion in matched.portions:
            booked = Case(Post(self._portion(receipt, line, case, portion), case.command.actor), case.rules, case.loc)
            answer = self.batch.bookings.book(booked, self.batch.movement)
            if isinstance(answer, NotBooked):
                return LineTold(n, case.rules.sku, qty, problem=at_field(answer, "received_at"))
            landed.append(Landed(portion.qty, portion.outcome, portion.lands, answer.movement))
            lot = self.batch.bookings.lot_of(booked) or NO_LOT
            document = receipt.document or ""
            self.written.receive(booked, answer.movement, lot, portion, receipt.ref, document, supplier, at)
            self._fulfil(case, answer.movement, lines, matched, portion)
            if portion.lands == "sellable":
                for code, units in fence(self.batch, booked, portion.qty).items():
                    rings[code] = rings.get(code, 0) + units
        return LineTold(
            n, case.rules.sku, qty, landed, matched.short, matched.over, matched.late_days, rings, list(ruling.rules)
        )

    def _fulfil(
        self, case: Case, movement: int, lines: Sequence[ExpectedLine], matched: Matched, portion: Portion
    ) -> None:
        """What a portion brought of the lines, and with the one that is due last what came beyond all of them."""
        if portion.outcome == "unknown":
            return
        beyond = ((max(lines, key=due_order).id, portion.qty),)
        taken = dict(matched.taken if portion.outcome == "expected" else beyond)
        for line in lines:
            if line.id in taken:
                line.received += taken[line.id]
                line.open = line.open and line.received < line.qty
                self.written.fulfilled.bring(case.rules, movement, line.id, taken[line.id])

    def _portion(self, receipt: Receipt, line: ReceiptLine, case: Case, portion: Portion) -> AnyBooking:
        """Units of a transfer were sent by us: what is more, or was not named, was found here instead."""
        status: StatusName = "receiving" if portion.lands == "approval" else portion.lands
        staged = self.staged.get((case.loc, ZONE_OF.get(status_of(status), "staging")))
        staged = staged or self.staged.get((case.loc, "staging"))
        received = _booking(receipt, line, case.rules.sku, portion.qty, status, staged)
        if self.documents.kinds.get(receipt.document or "") != "transfer":
            return received
        same = {name: getattr(received, name) for name in SHARED}
        if portion.outcome == "expected":
            return TransferIn(**same, bin=received.bin)
        said = "says fewer" if portion.outcome == "over" else "does not name it"
        return Adjust(**same, reason=f"came with transfer {receipt.document}, which {said}")

    def _expected(self, lines: Iterable[LockedLine]) -> list[StillExpected]:
        left: dict[int, int] = {}
        for line in lines:
            left[line.item] = left.get(line.item, 0) + self.documents.now(line).missing
        if not left:
            return []
        skus: dict[int, str] = dict(self.batch.work.conn.execute(queries.skus, {"items": ints(left)}).fetchall())
        return sorted((StillExpected(skus[item], qty) for item, qty in left.items()), key=lambda still: still.sku)


def _documents(batch: Batch, commands: Sequence[Receive]) -> Documents:
    refs = {command.receipt.document for command in commands if command.receipt.document is not None}
    lines: dict[str, list[LockedLine]] = {}
    if not refs:
        return Documents(lines, {}, {})
    for line in lock_lines(batch.work.conn, refs):
        lines.setdefault(line.ref, []).append(line)
    named_refs = sorted(refs)
    keys = {"parts": ints(part_of_text(ref) for ref in named_refs), "refs": texts(named_refs)}
    suppliers = {ref: supplier for ref, _, supplier in batch.work.conn.execute(queries.suppliers, keys)}
    return Documents(lines, {ref: found[0].kind for ref, found in lines.items()}, suppliers)


def _first_bins(batch: Batch, cases: Sequence[Case]) -> dict[tuple[int, str], str]:
    binned = {case.loc for case in cases if case.loc in case.rules.network.binned}
    if not binned:
        return {}
    found = {}
    for loc, zone, code, number in batch.work.conn.execute(queries.first_bins, {"locs": ints(binned)}):
        batch.bookings.bins[loc, code] = Bin(number, zone, code)
        found[loc, zone] = code
    return found
