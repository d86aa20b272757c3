"""What units are worth: at their price, else at their cost, else nobody knows."""

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final, NamedTuple

_CENT: Final = Decimal("0.01")
# Orders without sense may sum to more digits than the usual ones.
_ROOMY: Final = Context(prec=100)


class Worth(NamedTuple):
    """Of one unit of an item."""

    price: Decimal | None = None
    currency: str = ""
    cost: Decimal | None = None


class Money(NamedTuple):
    """An amount; costs have no currency."""

    amount: Decimal
    currency: str
    basis: str

    def __str__(self) -> str:
        return f"{self.amount:,.2f}{' ' if self.currency else ''}{self.currency} at {self.basis}"


UNKNOWN: Final = Worth()


def money_of(units: int, worth: Worth) -> Money | None:
    """So many units in money."""
    if worth.price is not None:
        return Money(rounded(worth.price * units), worth.currency, "their price")
    if worth.cost is not None:
        return Money(rounded(worth.cost * units), "", "cost")
    return None


def rounded(amount: Decimal) -> Decimal:
    """To the cent."""
    return amount.quantize(_CENT, ROUND_HALF_UP, _ROOMY)
