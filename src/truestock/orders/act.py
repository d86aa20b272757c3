"""Carries out confirm, release and ship: a batch in one transaction, each command atomic, with its own key."""

from collections.abc import Sequence

import msgspec

from truestock.catalog.rules import Snapshot
from truestock.core.decide.settle import settle
from truestock.core.identity import content_digest, order_identity
from truestock.core.words import Kind
from truestock.ledger.desk import Desk
from truestock.ledger.requests import Key, Requests
from truestock.orders.actions import Act, Action, Answer, Confirm, Done, NotDone
from truestock.orders.running import Running
from truestock.orders.stored import Stored, read_orders
from truestock.store.lane import DEFERRED, Deferred


def act(desk: Desk, commands: Sequence[Act], wait: bool = True) -> list[Answer | Deferred]:
    """One answer a command, in their order. Without `wait`, what another process holds is answered Deferred."""
    return desk.with_rules(lambda snapshot: _act(desk, snapshot, commands, wait))


def _act(desk: Desk, snapshot: Snapshot, commands: Sequence[Act], wait: bool) -> list[Answer | Deferred]:
    wanted = [_order_id(snapshot, command.action) for command in commands]
    # Which items an order takes never changes, so it may be read before the lock; its state is read after.
    before = read_orders(desk.conn, [order_id for order_id in wanted if order_id is not None])
    items = snapshot.items({item for order in before.values() for item in order.items()})
    if not items:
        snapshot.check()
        return [_not_found(command.action) for command in commands]
    work = desk.begin(items.values(), wait=wait).open(snapshot.epoch, desk.movement)
    work.read_order_promises(
        [(item, order.id) for order in before.values() for item in order.items() if item in work.books]
    )
    work.read_marks()
    running = Running(work, snapshot, read_orders(desk.conn, before))
    requests = Requests(desk.conn, [_key(command) for command in commands if command.key])
    answers: list[Answer | Deferred] = []
    for command, order_id in zip(commands, wanted, strict=True):
        order = running.orders.get(order_id or "")
        if order is None:
            answers.append(_not_found(command.action))
        elif not order.items() <= work.books.keys():
            answers.append(DEFERRED)
        else:
            answers.append(_once(desk, running, command, order, requests))
    work.begin_settling(desk.movement(Kind.BACKFILL))
    settle(work.books.values(), running.displaced)
    if running.changed:
        work.write()
        running.write()
        requests.write(work.now)
        work.commit()
    else:
        work.rollback()
    return answers


def _once(desk: Desk, running: Running, command: Act, order: Stored, requests: Requests) -> Answer:
    """The first answer again for a key that was used before, else the command's own."""
    digest = content_digest(msgspec.json.encode(command.action))
    if command.key and (seen := requests.seen(_key(command))) is not None:
        if seen.content != digest:
            return refuse(command.action, "idempotency-key-reused", "key", "take a new key for another content")
        first = msgspec.json.decode(seen.result, type=Done)
        now = order if first.id == order.id else read_orders(desk.conn, [first.id]).get(first.id)
        state = running.present_state(now) if now is not None else first.state
        return msgspec.structs.replace(first, replay=True, state=state)
    answer = running.carry_out(command, order, desk.movement)
    if command.key and isinstance(answer, Done):
        requests.answer(_key(command), digest, answer, command.actor)
    return answer


def _order_id(snapshot: Snapshot, action: Action) -> str | None:
    channel = snapshot.channel(action.channel)
    return order_identity(channel.id, action.ref).id if channel is not None else None


def _key(command: Act) -> Key:
    return Key(type(command.action).__name__.lower(), command.key or "")


def _not_found(action: Action) -> NotDone:
    what = "cart" if isinstance(action, Confirm) else "order"
    return refuse(action, "not-found", "ref", f"channel {action.channel} has no {what} {action.ref!r}")


def refuse(action: Action, kind: str, field: str, detail: str) -> NotDone:
    """Why an action was not carried out."""
    return NotDone(action.channel, action.ref, kind, field, detail)
