"""What a channel says by itself. It is not believed for its content: it says which object to go and read."""

from typing import Final

import msgspec

from truestock.connectors.contract.orders import SeenOrder

ORDER: Final = "order"


class NotGenuine(Exception):
    """A message was not sent by the channel, or not as it says: nothing of it is used."""


class Notice(msgspec.Struct, frozen=True):
    """A genuine message: `object` is the id of the `about` ("order") to read; `topic` in the channel's own words.

    `changed_at` is the object's own time of change as the channel writes it, empty where it does not say: two messages
    are the same only if topic, object, this and the body agree, for some channels use a message's id twice. `order`:
    the order itself, only from a sender that nobody can ask; then there is nothing else to read."""

    topic: str
    object: str
    about: str = ORDER
    changed_at: str = ""
    order: SeenOrder | None = None
