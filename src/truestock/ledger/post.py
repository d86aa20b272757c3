"""Books facts and ring-fences: a batch in one transaction, each with its own movement; owed units are served last."""

from collections.abc import Sequence

from truestock.catalog.rules import Snapshot
from truestock.ledger.desk import Desk
from truestock.ledger.posting.batch import SCOPE, Batch, open_batch
from truestock.ledger.posting.bookings import Case
from truestock.ledger.posting.resolve import resolve
from truestock.ledger.requests import Key
from truestock.ledger.values import Answer, NotBooked, Post
from truestock.store.lane import DEFERRED, Deferred


def post(desk: Desk, commands: Sequence[Post], wait: bool = True) -> list[Answer | Deferred]:
    """One answer a command, in their order. Without `wait`, what another process holds is answered Deferred."""
    return desk.with_rules(lambda snapshot: _post(desk, snapshot, commands, wait))


def _post(desk: Desk, snapshot: Snapshot, commands: Sequence[Post], wait: bool) -> list[Answer | Deferred]:
    resolved = resolve(snapshot, commands)
    cases = [case for case in resolved if isinstance(case, Case)]
    if not cases:
        return [case for case in resolved if isinstance(case, NotBooked)]
    keys = [Key(SCOPE, case.command.key) for case in cases if case.command.key]
    batch = open_batch(desk, snapshot, cases, keys, wait=wait)
    answers = [_answer(batch, case) if isinstance(case, Case) else case for case in resolved]
    batch.finish()
    return answers


def _answer(batch: Batch, case: Case) -> Answer | Deferred:
    return DEFERRED if case.rules.item in batch.work.missing else batch.once(case)
