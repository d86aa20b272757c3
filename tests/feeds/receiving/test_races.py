"""Several receive at once, while the document changes: nothing is brought twice, and nobody waits for ever."""

import threading
from collections.abc import Callable
from functools import partial
from random import Random
from time import sleep

from tests.factories import ahead
from tests.feeds.receiving.clerk import Clerk
from truestock.bootstrap import Hub
from truestock.core.problems import NotFound
from truestock.feeds.receiving.receive import receive
from truestock.feeds.receiving.rules import ReceivingRuleDraft, put_receiving_rule
from truestock.feeds.receiving.values import Receipt, ReceiptLine, ReceiptTold, Receive
from truestock.ledger.desk import Desk
from truestock.ledger.documents import Document, DocumentLine, move_document, put_document
from truestock.store.database import Database

ON_BOTH_SIDES = """
    SELECT coalesce((SELECT sum(on_hand) FROM stock s WHERE s.item = i.id), 0)::int,
           coalesce((SELECT sum(qty - received) FROM expected e WHERE e.item = i.id AND e.state = 'open'), 0)::int
    FROM item i WHERE i.sku = %(sku)s
"""
RECEIVERS, RECEIPTS = 3, 12


def test_a_document_is_received_by_many_while_it_is_told_again_and_moved(clerk: Clerk) -> None:
    hub = clerk.shop.hub
    skus = [clerk.shop.item() for _ in range(4)]
    ref = clerk.order(dict.fromkeys(skus, 500))
    faults: list[BaseException] = []

    def run(work: Callable[[], None]) -> threading.Thread:
        def guarded() -> None:
            try:
                work()
            except BaseException as fault:
                faults.append(fault)
                raise

        thread = threading.Thread(target=guarded)
        thread.start()
        return thread

    threads = [run(partial(_receive, hub, n, ref, skus)) for n in range(RECEIVERS)]
    threads.append(run(partial(_change, hub, ref, skus)))
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    assert faults == []
    received = {line.sku: line.received for line in clerk.document(ref).lines if line.state != "cancelled"}
    assert received == {sku: clerk.shop.shelf(sku)["dc"][0] for sku in skus}
    assert sum(received.values()) == RECEIVERS * sum(range(1, RECEIPTS + 1)) * 2


def test_at_no_instant_is_a_unit_both_received_and_still_expected(clerk: Clerk) -> None:
    sku, units = clerk.shop.item(), 60
    ref = clerk.order({sku: units})
    seen: set[int] = set()
    stop = threading.Event()

    def look() -> None:
        with clerk.shop.hub.db.connect() as conn:
            while not stop.is_set():
                ((there, to_come),) = conn.execute(ON_BOTH_SIDES, {"sku": sku}).fetchall()
                seen.add(there + to_come)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for _ in range(units):
            clerk.line(sku, 1, document=ref)
    finally:
        stop.set()
        watcher.join(timeout=10)
    assert not watcher.is_alive()
    assert seen == {units}


def _receive(hub: Hub, number: int, ref: str, skus: list[str]) -> None:
    """Receipts of two items each, in any order; sent twice."""
    chance = Random(number)
    with hub.db.connect() as conn:
        conn.execute("SET lock_timeout = '20s'")  # nobody tries again here, as a hub would
        desk = Desk(conn, hub.rules)
        for qty in range(1, RECEIPTS + 1):
            lines = [ReceiptLine(qty, sku) for sku in chance.sample(skus, 2)]
            receipt = Receipt(f"{ref}-{number}-{qty}", "dc", lines, document=ref)
            for replay in (False, True):
                (told,) = receive(desk, [Receive(receipt)])
                assert isinstance(told, ReceiptTold)
                assert all(line.replay is replay for line in told.lines)


def _change(hub: Hub, ref: str, skus: list[str]) -> None:
    for qty in range(8):
        lines = [DocumentLine(sku, 400 + qty, "dc", ahead(days=qty + 1)) for sku in skus]
        put_document(hub.db, hub.rules, Document(ref, lines), "buyer")
        try:
            move_document(hub.db, ref, ahead(days=30))
        except NotFound:
            continue


def test_of_two_rules_put_at_once_for_one_scope_one_holds(clerk: Clerk) -> None:
    db, item = clerk.shop.hub.db, clerk.shop.item()
    said = ReceivingRuleDraft(item=item, lands="receiving")
    with db.connect() as conn, conn.transaction():
        conn.execute(
            "INSERT INTO receiving_rule (id, item, lands, recorded_from) "
            "SELECT 1, id, 'approval', now() FROM item WHERE sku = %s",
            [item],
        )
        made: list[int] = []
        thread = threading.Thread(target=lambda: made.append(put_receiving_rule(db, said)))
        thread.start()
        _wait_for_a_lock(db)
    thread.join(timeout=60)
    rows = clerk.shop.read("SELECT r.id FROM receiving_rule r JOIN item i ON i.id = r.item WHERE i.sku = %s "
                           "AND r.recorded_to IS NULL", item)  # fmt: skip
    assert rows == [(made[0],)]


def _wait_for_a_lock(db: Database) -> None:
    """Until somebody waits for what another transaction has written."""
    with db.connect() as conn:
        while not conn.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'").fetchone():
            sleep(0.005)
