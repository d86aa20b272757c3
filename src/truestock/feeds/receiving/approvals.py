"""Keeps units that wait for somebody's approval where they are when a booking by hand would move them on. Who may
approve them, and has not received them, may move them too."""

from collections.abc import Sequence
from dataclasses import dataclass

from truestock.core.decide.receiving import ReceivingRule, own_approval, ruling_of
from truestock.core.words import Status
from truestock.feeds.receiving.decide import Waiting, read_rules, read_waiting
from truestock.ledger.desk import Desk
from truestock.ledger.post import post
from truestock.ledger.posting.batch import Batch
from truestock.ledger.posting.bookings import Case
from truestock.ledger.values import (
    Answer,
    AnyBooking,
    ChangeStatus,
    NotBooked,
    Post,
    PutAway,
    Scrap,
    SendBack,
    StatusName,
)
from truestock.store.lane import Deferred


class Move(Post):
    """A booking by hand; `approver` says whether who sends it may approve."""

    __slots__ = ("approver",)

    def __init__(self, booking: AnyBooking, actor: str = "", key: str | None = None, *, approver: bool = False) -> None:
        super().__init__(booking, actor, key)
        self.approver = approver


def move(desk: Desk, commands: Sequence[Move], wait: bool = True) -> list[Answer | Deferred]:
    """One answer a booking, in their order. Without `wait`, what another process holds is answered Deferred."""
    return post(desk, commands, wait, Approvals)


@dataclass(slots=True, init=False)
class Approvals:
    """What waits for approval at the places of a batch of bookings, while it goes on. `approving` is what the booking
    that was asked about last approves."""

    batch: Batch
    waiting: dict[tuple[int, int], list[Waiting]]
    rules: list[ReceivingRule]
    approving: list[tuple[Waiting, int]]

    def __init__(self, batch: Batch, cases: Sequence[Case]) -> None:
        concerned = [case for case in cases if _moves_on(case.command.booking)]
        self.batch = batch
        self.waiting = read_waiting(batch, concerned) if concerned else {}
        self.rules = read_rules(batch, concerned) if self.waiting else []
        self.approving = []

    def refuse(self, case: Case) -> NotBooked | None:
        """Why a booking has to wait for an approval; None where it has not, and what it moves is approved by it."""
        self.approving = []
        qty = _moves_on(case.command.booking)
        lot = self.batch.bookings.lot_of(case)
        wait = [
            one
            for one in self.waiting.get((case.rules.item, case.loc), ())
            if qty and one.lands == "approval" and one.units and lot in (None, one.lot)
        ]
        if not wait:
            return None
        rows = self.batch.work.books[case.rules.item].stock.at(case.loc)
        there = sum(row.on_hand for row in rows if row.status == Status.RECEIVING and lot in (None, row.lot))
        free = max(0, there - sum(one.units for one in wait))
        if qty <= free and (lot is not None or not case.rules.lot_tracked):
            return None
        if not getattr(case.command, "approver", False):
            return NotBooked("forbidden", "qty", self._detail(case, wait, free))
        mine = [one for one in wait if self._own(case, one)]
        others = sum(one.units for one in wait if one not in mine)
        if mine and qty > free + others:
            detail = (
                f"{self._detail(case, mine, free + others)}; {case.command.actor} has received them, and somebody else "
                "decides, or a receiving rule says own_approval"
            )
            return NotBooked("own-receipt", "qty", detail)
        left = qty - free
        for one in wait:
            if one not in mine:
                approved = min(max(0, left), one.units)
                self.approving.append((one, approved))
                left -= approved
        return None

    def booked(self) -> None:
        """What the last booking approved waits no more."""
        for one, approved in self.approving:
            one.units -= approved

    def _own(self, case: Case, one: Waiting) -> bool:
        rules = case.rules
        own = case.command.actor != "" and case.command.actor == one.receiver
        return own and not own_approval(self.rules, case.loc, rules.item, rules.category, one.supplier)

    def _detail(self, case: Case, wait: Sequence[Waiting], free: int) -> str:
        """How many units wait by which rule, and what to do."""
        rules, booking = case.rules, case.command.booking
        named = {
            rule
            for one in wait
            for rule in ruling_of(self.rules, case.loc, rules.item, rules.category, one.supplier).rules
        }
        by = f"receiving rule {', '.join(map(str, sorted(named)))}" if named else "the rule of when they came"
        units = sum(one.units for one in wait)
        detail = (
            f"{units} received units of {booking.sku} at {booking.location} wait for approval by {by}, {free} do not; "
            "have them approved or rejected (POST /v1/receipts/decisions, truestock receiving approve), for which a "
            "key needs the scope approve"
        )
        unnamed = rules.lot_tracked and case.command.lot is None
        return f"{detail}; or name the lot of those that do not wait" if unnamed and free else detail


def _moves_on(booking: AnyBooking) -> int:
    """Received units that a booking would have become something else: so many as an approval or a rejection is asked
    for. Losses and counts tell what has happened, and ask nobody."""
    match booking:
        case PutAway() | ChangeStatus():
            status: StatusName = booking.from_status
        case Scrap() | SendBack():
            status = booking.status
        case _:
            return 0
    return booking.qty if status == "receiving" else 0
