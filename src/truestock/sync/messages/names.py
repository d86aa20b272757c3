"""What a message is called: the same on every try, and what whoever receives it knows a second one by. Pure."""

from typing import Final, NamedTuple

from truestock.core.checks import BIGINT_MAX
from truestock.core.problems import NotFound
from truestock.sync.messages.decide import KINDS, Kind

PREFIX: Final = "msg_"
ID_DIGITS: Final = 32


class Key(NamedTuple):
    """A message's key: the order's id, the kind, and which of its kind."""

    id: str
    kind: Kind
    n: int

    @property
    def part(self) -> int:
        """The part it lives in."""
        return int(self.id[:2], 16)


def name_of(key: Key) -> str:
    """As msg_00ff..._shipped_2."""
    return f"{PREFIX}{key.id}_{key.kind}_{key.n}"


def key_of(name: str) -> Key:
    """The key again. Raises NotFound."""
    order, _, rest = name.removeprefix(PREFIX).partition("_")
    kind, _, n = rest.partition("_")
    hexadecimal = len(order) == ID_DIGITS and not order.strip("0123456789abcdef")
    number = n.isascii() and n.isdigit() and len(n) < 20 and int(n) <= BIGINT_MAX
    if not (name.startswith(PREFIX) and hexadecimal and kind in KINDS and number):
        raise NotFound("message", name, "message")
    return Key(order, kind, int(n))
