"""A web shop whose shoppers are told: orders that come in with who bought, a mail server, and a messenger."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from tests.clocks import until
from tests.factories import Shop
from tests.feeds.channel_orders.till import Till, sold
from tests.sync.messages.postoffice import PostOffice, open_for_mail
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.connections.seal import Seal
from truestock.connectors.contract.orders import Buyer
from truestock.ledger.expected import Expect, expect
from truestock.store.database import Database
from truestock.sync.messages.decide import KINDS
from truestock.sync.messages.look import gather, look
from truestock.sync.messages.manage import Message, messages
from truestock.sync.messages.messenger import Box, Messenger, Shoppers
from truestock.sync.messages.names import Key
from truestock.sync.messages.rules import NewRule, Outside, Wanted, switch_on
from truestock.sync.messages.sending.mail import Mailer
from truestock.sync.messages.sending.outcome import K
from truestock.sync.messages.sending.posted import Poster
from truestock.sync.messages.sending.ways import AllWays
from truestock.sync.webhooks.sender import Sender

SEAL = Seal(b"k" * 32)
FROM = "Lamp Shop <orders@lamps.test>"
ADA = Buyer(name="Ada Byron", email="ada@example.org", phone="+44 20 7946 0000", language="en-GB")


def messenger(db: Database, url: str, box: Box[K], **how: Any) -> Messenger[K]:
    """One that looks often, and may go to this machine."""
    within = {name: how.pop(name) for name in ("answers_within_s", "sent_within_s") if name in how}
    ways = lambda: AllWays(Mailer(url, FROM, **within), Poster(Sender(to_lan=True)))  # noqa: E731
    return Messenger(box, db, lambda: SEAL, ways, **{"look_every_s": 0.05, **how})


class Counter:
    """The shop's counter: orders come in, and shoppers are told of them."""

    def __init__(self, till: Till, office: PostOffice) -> None:
        self.till = till
        self.shop = till.shop
        self.db = till.shop.hub.db
        self.office = office

    def switch_on(self, *kinds: str, via: str = "email", **more: Any) -> NewRule:
        """Tell these, all of them unless they are named; the last one's rule."""
        for kind in kinds or KINDS:
            made = switch_on(self.db, SEAL, Wanted("web", kind, via, **more), Outside(self.office.url, FROM, True))
        return made

    def sell(self, ref: str, lines: Mapping[str, int], buyer: Buyer = ADA, **more: object) -> None:
        """The web shop has sold this, and the hub reads it."""
        told = [sold(f"{ref}-{sku}", sku, qty) for sku, qty in lines.items()]
        self.till.register.put(ref, *told, placed_at=datetime.now(UTC), buyer=buyer, name=f"#{ref}", **more)
        self.till.turns()

    def expect(self, sku: str, units: int, at: datetime) -> None:
        """A purchase brings these."""
        order = Expect(sku=sku, location="dc", qty=units, due_at=at, ref=f"PO {at}")
        expect(self.db, self.shop.hub.rules, [order])

    def look(self) -> None:
        """Look at every order, as if all their times had come."""
        gather(self.db)
        self.set("look_at = clock_timestamp()", "message_watch")
        while look(self.db):
            pass

    def set(self, change: str, table: str = "message") -> None:
        """Change what is stored, as time would."""
        with self.db.transaction() as conn:
            conn.execute(f"UPDATE {table} SET {change}")

    def messages(self, **of: Any) -> list[Message]:
        """All of them, the first made first."""
        return list(messages(self.db, **of).rows)[::-1]

    def told(self, state: str | None = None) -> list[str]:
        """Their kinds."""
        return sorted(message.kind for message in self.messages(state=state))

    def states(self) -> list[str]:
        """Their states."""
        return [message.state for message in self.messages()]

    @contextmanager
    def at_work(self, url: str | None = None, **how: Any) -> Iterator[Messenger[Key]]:
        """A messenger until the block ends."""
        found = messenger(self.db, url or self.office.url, Shoppers(), **how)
        found.start()
        try:
            yield found
        finally:
            found.stop()

    def send(self, **how: Any) -> None:
        """Send what is due, until nothing waits."""
        self.look()
        with self.at_work(**how):
            until(lambda: "waiting" not in self.states())


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_for_mail(PostOffice()) as found:
        yield found


@pytest.fixture
def counter(database_url: str, office: PostOffice) -> Iterator[Counter]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        yield Counter(Till(Shop(hub)), office)
