"""Several receive at once, while the document changes: nothing is brought twice, and nobody waits for ever."""

import threading
from collections.abc import Callable
from functools import partial
from random import Random

from tests.factories import ahead
from tests.feeds.receiving.clerk import Clerk
from truestock.bootstrap import Hub
from truestock.core.problems import NotFound
from truestock.feeds.receiving.receive import receive
from truestock.feeds.receiving.values import Receipt, ReceiptLine, ReceiptTold, Receive
from truestock.ledger.desk import Desk
from truestock.ledger.documents import Document, DocumentLine, move_document, put_document

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
