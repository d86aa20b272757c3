"""Takes what varies, with its reason: the reason's code says where the units go."""

from collections.abc import Sequence

from truestock.feeds.receiving.approvals import Approvals, Move
from truestock.feeds.receiving.lines import Barcodes, book_lines, named, read_named
from truestock.feeds.receiving.values import Variance
from truestock.ledger.desk import Desk
from truestock.ledger.posting.reasons import ReasonCode, Varied, booking_for, read_reasons
from truestock.ledger.values import Answer, NotBooked, Post
from truestock.store.lane import DEFERRED, Deferred


class Vary:
    """A variance on its way, with who tells it, whether they may approve, and its key if it may be sent twice."""

    __slots__ = ("actor", "approver", "key", "variance", "weight")

    def __init__(self, variance: Variance, actor: str = "", key: str | None = None, *, approver: bool = False) -> None:
        self.variance = variance
        self.actor = actor
        self.approver = approver
        self.key = key
        self.weight = 1


def vary(desk: Desk, commands: Sequence[Vary], wait: bool = True) -> list[Answer | Deferred]:
    """One answer a variance, in their order. Without `wait`, what another process holds is answered Deferred."""
    barcodes = read_named(desk.conn, [command.variance for command in commands])
    reasons = read_reasons(desk.conn, [command.variance.reason for command in commands])
    told = book_lines(
        desk, [[_post(command, barcodes, reasons)] for command in commands], wait, "happened_at", Approvals
    )
    return [DEFERRED if isinstance(found, Deferred) else found[0] for found in told]


def _post(command: Vary, barcodes: Barcodes, reasons: dict[str, ReasonCode]) -> Post | NotBooked:
    variance = command.variance
    item, reason = named(variance, barcodes), reasons.get(variance.reason)
    if isinstance(item, NotBooked):
        return item
    if reason is None:
        return NotBooked(
            "not-found", "reason", f"there is no reason {variance.reason!r}; see truestock variances reasons"
        )
    units = Varied(
        sku=item.sku,
        location=variance.location,
        qty=item.units * variance.qty,
        lot=variance.lot,
        status=variance.status,
        effective_at=variance.happened_at,
        source=variance.source,
        ref=variance.ref,
        note=variance.note,
    )
    booking = booking_for(reason, units)
    return (
        booking
        if isinstance(booking, NotBooked)
        else Move(booking, command.actor, command.key, approver=command.approver)
    )
