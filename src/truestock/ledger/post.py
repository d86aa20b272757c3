"""Books facts and ring-fences: a batch in one transaction, each with its own movement; owed units are served last."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from truestock.catalog.rules import Snapshot
from truestock.core.decide.settle import settle
from truestock.core.identity import content_digest
from truestock.core.words import ANY_LOT, Kind
from truestock.ledger import queries
from truestock.ledger.desk import Desk
from truestock.ledger.posting.bookings import Bookings, Case
from truestock.ledger.posting.resolve import resolve
from truestock.ledger.requests import Key, Remembered, Requests
from truestock.ledger.values import Answer, Booked, Count, NotBooked, Post, status_of
from truestock.ledger.work import Work
from truestock.store.arrays import ints, texts, times
from truestock.store.lane import DEFERRED, Deferred

SCOPE = "movement"


@dataclass(slots=True)
class Batch:
    """What one call decides, before it is written."""

    work: Work
    bookings: Bookings
    requests: Requests


def post(desk: Desk, commands: Sequence[Post], wait: bool = True) -> list[Answer | Deferred]:
    """One answer a command, in their order. Without `wait`, what another process holds is answered Deferred."""
    return desk.with_rules(lambda snapshot: _post(desk, snapshot, commands, wait))


def _post(desk: Desk, snapshot: Snapshot, commands: Sequence[Post], wait: bool) -> list[Answer | Deferred]:
    resolved = resolve(snapshot, commands)
    cases = [case for case in resolved if isinstance(case, Case)]
    if not cases:
        return [case for case in resolved if isinstance(case, NotBooked)]
    items = {case.rules.item: case.rules for case in cases}
    work = desk.begin(items.values(), wait=wait).open(snapshot.epoch, desk.movement)
    requests = Requests(desk.conn, [Key(SCOPE, case.command.key) for case in cases if case.command.key])
    work.read_marks()
    bookings = Bookings(work, _lots(work, cases))
    _read_for_counts(work, bookings, cases)
    batch = Batch(work, bookings, requests)
    answers = [_answer(desk, batch, case) if isinstance(case, Case) else case for case in resolved]
    work.begin_settling(desk.movement(Kind.BACKFILL))
    settle(work.books.values(), bookings.displaced)
    if work.changed or requests.answered:
        bookings.write()
        requests.write(work.now)
        work.write()
        work.commit()
    else:
        work.rollback()
    return answers


def _answer(desk: Desk, batch: Batch, case: Case) -> Answer | Deferred:
    if case.rules.item in batch.work.missing:
        return DEFERRED
    digest = content_digest(msgspec.json.encode(case.command.booking))
    key = Key(SCOPE, case.command.key) if case.command.key else None
    if key is not None and (seen := batch.requests.seen(key)) is not None:
        return _replay(seen, digest)
    answer = batch.bookings.book(case, desk.movement)
    if key is not None and isinstance(answer, Booked):
        batch.requests.answer(key, digest, answer, case.command.actor)
    return answer


def _replay(seen: Remembered, digest: bytes) -> Answer:
    if seen.content != digest:
        return NotBooked("idempotency-key-reused", "key", "this key was used for another content; take a new key")
    return msgspec.structs.replace(msgspec.json.decode(seen.result, type=Booked), replay=True)


def _lots(work: Work, cases: Sequence[Case]) -> dict[tuple[int, str], int]:
    named = sorted({(c.rules.part, c.rules.item, c.command.lot) for c in cases if c.command.lot is not None})
    if not named:
        return {}
    parts, items, codes = zip(*named, strict=True)
    rows = work.conn.execute(
        queries.lots_by_code, {"parts": ints(parts), "items": ints(items), "codes": texts(codes)}, prepare=True
    )
    return {(item, code): lot for item, code, lot in rows}


def _read_for_counts(work: Work, bookings: Bookings, cases: Sequence[Case]) -> None:
    """What moved in the counted cells after each count was taken, but before this transaction."""
    counts = [
        (case, case.command.booking)
        for case in cases
        if isinstance(case.command.booking, Count) and case.command.booking.effective_at is not None
    ]
    if not counts:
        return
    rows = work.conn.execute(
        queries.moved_since,
        {
            "parts": ints(case.rules.part for case, _ in counts),
            "items": ints(case.rules.item for case, _ in counts),
            "locs": ints(case.loc for case, _ in counts),
            "lots": ints(_lot_or_any(bookings, case) for case, _ in counts),
            "statuses": ints(status_of(count.status) for _, count in counts),
            "as_ofs": times(count.effective_at for _, count in counts),
        },
    )
    for n, moved in rows:
        counts[n - 1][0].moved_since = int(moved)


def _lot_or_any(bookings: Bookings, case: Case) -> int:
    lot = bookings.lot_of(case)
    return ANY_LOT if lot is None else lot
