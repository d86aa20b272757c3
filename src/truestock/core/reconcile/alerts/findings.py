"""What is not well, in words: what happened, what it puts at risk in units and money, the one action that mends it."""

import shlex
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from itertools import takewhile
from types import MappingProxyType
from typing import Final, NamedTuple

from truestock.core.checks import BIGINT_MAX
from truestock.core.reconcile.alerts.rules import ANYWHERE, About
from truestock.core.reconcile.alerts.worth import UNKNOWN, Worth, money_of

# What an alert can hold; more is said, and kept as this.
MOST_UNITS: Final = BIGINT_MAX
MOST_MONEY: Final = Decimal("9999999999999999.99")
NO_OPTIONS: Final[Mapping[str, str]] = MappingProxyType({})
NO_WORTH: Final = "what they are worth is not known: the item has no price or cost"


class Finding(NamedTuple):
    """One state that is not well. `subject` is the same for as long as it is the same trouble; with a higher `gravity`
    it is worse, 0 where it does not grow. `units` are at risk, `money` what they are worth as far as that is known."""

    subject: str
    happened: str
    risk: str
    remedy: str
    about: About = ANYWHERE
    gravity: int = 0
    units: int = 0
    money: Decimal | None = None
    currency: str = ""


def found(
    subject: str,
    happened: str,
    remedy: str,
    about: About,
    units: int,
    risk: str,
    worth: Worth = UNKNOWN,
    gravity: int = 0,
) -> Finding:
    """A finding that puts units at risk; `risk` goes on after "3 units", and the money follows it."""
    money = money_of(units, worth)
    said = f"{counted(units)} {risk}; {money or NO_WORTH}."
    return Finding(
        subject,
        happened,
        said,
        remedy,
        about,
        min(gravity, MOST_UNITS),
        min(units, MOST_UNITS),
        min(money.amount, MOST_MONEY) if money else None,
        money.currency if money else "",
    )


def counted(n: int, what: str = "unit") -> str:
    """So many of something."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def command(*words: object, options: Mapping[str, str] = NO_OPTIONS) -> str:
    """A command as it can be pasted into a shell, whatever the names in it look like: what begins with a dash stands
    behind a `--`, where it is no option."""
    said = [str(word) for word in words]
    plain = list(takewhile(lambda word: not word.startswith("-"), said))
    named = [f"--{name}={shlex.quote(value)}" for name, value in options.items()]
    dashed = [shlex.join(["--", *said[len(plain) :]])] if len(plain) < len(said) else []
    return " ".join([shlex.join(["truestock", *plain]), *named, *dashed])


def instant(at: datetime) -> str:
    """An instant as it is read."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
