"""Books facts and ring-fences: a batch in one transaction, each with its own movement; owed units are served last."""

from collections.abc import Callable, Sequence
from typing import Protocol

from truestock.catalog.rules import Snapshot
from truestock.ledger.desk import Desk
from truestock.ledger.posting.batch import SCOPE, Batch, open_batch
from truestock.ledger.posting.bookings import Case
from truestock.ledger.posting.resolve import resolve
from truestock.ledger.requests import Key
from truestock.ledger.values import Answer, Booked, NotBooked, Post
from truestock.store.lane import DEFERRED, Deferred


class Guard(Protocol):
    """What a room above asks of a booking before it is booked."""

    def refuse(self, case: Case) -> NotBooked | None:
        """Why it is not booked, if it is not."""
        ...

    def booked(self) -> None:
        """The booking that was asked about last, and not refused, is booked."""
        ...


Guards = Callable[[Batch, Sequence[Case]], Guard]


def post(
    desk: Desk, commands: Sequence[Post], wait: bool = True, guards: Guards | None = None
) -> list[Answer | Deferred]:
    """One answer a command, in their order. Without `wait`, what another process holds is answered Deferred. `guards`
    makes what asks first, under the locks; what was answered before is answered again without."""
    return desk.with_rules(lambda snapshot: _post(desk, snapshot, commands, wait, guards))


def _post(
    desk: Desk, snapshot: Snapshot, commands: Sequence[Post], wait: bool, guards: Guards | None
) -> list[Answer | Deferred]:
    resolved = resolve(snapshot, commands)
    cases = [case for case in resolved if isinstance(case, Case)]
    if not cases:
        return [case for case in resolved if isinstance(case, NotBooked)]
    keys = [Key(SCOPE, case.command.key) for case in cases if case.command.key]
    batch = open_batch(desk, snapshot, cases, keys, wait=wait)
    there = [case for case in cases if case.rules.item not in batch.work.missing]
    guard = guards(batch, there) if guards is not None else None
    answers = [_answer(batch, case, guard) if isinstance(case, Case) else case for case in resolved]
    batch.finish()
    return answers


def _answer(batch: Batch, case: Case, guard: Guard | None) -> Answer | Deferred:
    if case.rules.item in batch.work.missing or batch.bookings.has_to_wait(case):
        return DEFERRED
    known = case.command.key is not None and batch.requests.seen(Key(SCOPE, case.command.key)) is not None
    if guard is None or known:
        return batch.once(case)
    answer = guard.refuse(case) or batch.once(case)
    if isinstance(answer, Booked):
        guard.booked()
    return answer
