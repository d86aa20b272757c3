"""What a feed's quantities can mean; every feed names one, and none is ever guessed."""

from typing import Final, Literal

# on_hand: what lies there, our promised units included. available: what lies there less the promises its source knew.
# delta: units more or fewer. count: what somebody counted. expected: units that will come. sales: units that left over
# a till. receipt: units that came from a supplier. shipment: units that left for an order. return: units
# that came back.
Meaning = Literal["on_hand", "available", "delta", "count", "expected", "sales", "receipt", "shipment", "return"]
# They say how many there are, as of an instant, and leave a mark; the others tell of what happened or will.
ABSOLUTE: Final[frozenset[Meaning]] = frozenset({"on_hand", "available", "count"})
