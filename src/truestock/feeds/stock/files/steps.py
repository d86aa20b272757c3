"""What is done to a cell before it is one of our fields: each step is data, and says what it cannot do. Pure."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Context, Decimal
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from truestock.feeds.stock.files.cells import Mend, check_point

PATTERN_MAX: Final = 100
PATTERN_TEXT_MAX: Final = 100
QUANTIFIERS_MAX: Final = 3
CHOICES_MAX: Final = 8
# Whatever _PLAIN takes is worked out without rounding.
_EXACT: Final = Context(prec=100)
_PLAIN: Final = re.compile(r"[+-]?([0-9]{1,30})(\.[0-9]{0,30})?", re.ASCII)
_GROUPED: Final = {
    sign: re.compile(rf"[+-]?[0-9]{{1,3}}({re.escape(sign)}[0-9]{{2,3}})*{re.escape(sign)}[0-9]{{3}}", re.ASCII)
    for sign in (",", ".", "'", " ")
}
# Below zero as some write it: 5- or (5).
_BELOW_ZERO: Final = re.compile(r"([0-9][^()-]*)-|\(([0-9][^()-]*)\)")
_QUANTIFIER: Final = re.compile(r"[*+?]|\{[0-9]*,?[0-9]*\}")
# Escaped characters and character classes, in which signs mean themselves.
_LITERAL: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]")
_SET_SIGNS: Final = re.compile(r"--|&&|~~|\|\|")
_GROUP_START: Final = re.compile(r"\(\?(P<[A-Za-z_]\w*>|:)")
_OTHER_GROUP: Final = re.compile(r"\(\?(?!P<[A-Za-z_]\w*>|:)")


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do"):
    pass


class Upper(_Step, frozen=True, tag="upper"):
    """Capital letters."""

    def take(self, cell: str) -> str:
        """The cell so."""
        return cell.upper()


class Lower(_Step, frozen=True, tag="lower"):
    """Small letters."""

    def take(self, cell: str) -> str:
        """The cell so."""
        return cell.lower()


class StripZeros(_Step, frozen=True, tag="strip_zeros"):
    """Without the zeros at its start; a zero alone stays."""

    def take(self, cell: str) -> str:
        """The cell so."""
        return cell.lstrip("0") or cell[-1:]


class Number(_Step, frozen=True, tag="number"):
    """A number with these signs, to one with a point and no groups; below zero also as 5- and (5)."""

    decimal: Literal["point", "comma"] = "point"
    thousands: Literal["none", "point", "comma", "space", "apostrophe"] = "none"

    def __post_init__(self) -> None:
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal}; name two signs")

    def take(self, cell: str) -> str:
        """The cell so. Raises Mend."""
        sign = {"point": ".", "comma": ","}[self.decimal]
        text = cell.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-").replace("\u2019", "'")
        if below := _BELOW_ZERO.fullmatch(text):
            text = f"-{(below[1] or below[2]).strip()}"
        whole, point, fraction = text.partition(sign)
        group = {"none": "", "point": ".", "comma": ",", "space": " ", "apostrophe": "'"}[self.thousands]
        if group and _GROUPED[group].fullmatch(whole):
            whole = whole.replace(group, "")
        found = f"{whole}.{fraction}" if point else whole
        if not _PLAIN.fullmatch(found):
            raise Mend(f"{cell[:40]!r} is not a number with a decimal {self.decimal}", "write it such as 12")
        return f"{whole}.{rest}" if (rest := fraction.rstrip("0")) else whole


class Multiply(_Step, frozen=True, tag="multiply"):
    """A number times this, as of packs; -1 turns the sign."""

    by: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]

    def take(self, cell: str) -> str:
        """The cell so. Raises Mend."""
        return plain(_EXACT.multiply(_number(cell), Decimal(self.by)))


class Divide(_Step, frozen=True, tag="divide"):
    """A number by this, as of thousandths; what is not whole then is a fault."""

    by: Annotated[int, Meta(ge=1, le=1_000_000)]

    def take(self, cell: str) -> str:
        """The cell so. Raises Mend."""
        number = _number(cell)
        if _EXACT.remainder(number, Decimal(self.by)):
            raise Mend(f"{cell[:40]} is not a multiple of {self.by}", "check the unit, or the step divide")
        return plain(_EXACT.divide(number, Decimal(self.by)))


class Date(_Step, frozen=True, tag="date"):
    """A date or time in this form (as of strptime: %d.%m.%Y), in this zone where it names none."""

    form: Annotated[str, Meta(min_length=2, max_length=40)]
    zone: Annotated[str, Meta(max_length=60)] = ""

    def __post_init__(self) -> None:
        if "%Z" in self.form.replace("%%", ""):
            raise ValueError("form: names of zones as %Z reads them are not kept; write %z for +0100, or name the zone")
        try:
            datetime.strptime("", self.form)  # noqa: DTZ007  only whether it is a form is asked
        except re.error:
            raise ValueError(f"form: {self.form} names a part twice") from None
        except ValueError as error:
            if "directive" in str(error) or "stray" in str(error):
                raise ValueError(f"form: {error}; write it as %d.%m.%Y") from None
        if self.zone:
            zone_of(self.zone)

    def take(self, cell: str) -> str:
        """The cell as ISO 8601. Raises Mend."""
        try:
            found = datetime.strptime(cell, self.form)  # noqa: DTZ007  its zone is put in below, or left open
        except ValueError:
            raise Mend(
                f"{cell[:40]!r} is not a date in the form {self.form}", "write it so, or change the form"
            ) from None
        if found.tzinfo is None and self.zone:
            found = found.replace(tzinfo=zone_of(self.zone))
        return found.isoformat()


class Split(_Step, frozen=True, tag="split"):
    """One part of a cell, counted from 1; from the end with -1."""

    by: Annotated[str, Meta(min_length=1, max_length=10)]
    part: Annotated[int, Meta(ge=-50, le=50)] = 1

    def __post_init__(self) -> None:
        if not self.part:
            raise ValueError("part: count from 1, or from the end with -1")

    def take(self, cell: str) -> str:
        """The part. Raises Mend."""
        parts = cell.split(self.by)
        try:
            return parts[self.part - 1 if self.part > 0 else self.part].strip()
        except IndexError:
            reason = f"{cell[:40]!r} has no part {self.part} between {self.by!r}"
            raise Mend(reason, "write the cell as the others are, or change the step split") from None


class Match(_Step, frozen=True, tag="match"):
    """What the first group of a pattern finds, or the whole match; the pattern is kept to what is found quickly."""

    pattern: Annotated[str, Meta(min_length=1, max_length=PATTERN_MAX)]

    def __post_init__(self) -> None:
        pattern_of(self.pattern)

    def take(self, cell: str) -> str:
        """What is found. Raises Mend."""
        if len(cell) > PATTERN_TEXT_MAX:
            raise Mend(f"the cell has {len(cell)} characters", f"a pattern looks at {PATTERN_TEXT_MAX} at most")
        found = re.search(self.pattern, cell, re.ASCII)
        if found is None:
            raise Mend(
                f"{cell[:40]!r} does not match {self.pattern}", "write it as the others are, or change the pattern"
            )
        return (found[1] or "") if found.re.groups else found[0]


class Words(_Step, frozen=True, tag="words"):
    """Other words for a cell's words; with `others` false, a word that is not listed is a fault."""

    of: Annotated[dict[str, str], Meta(min_length=1, max_length=500)]
    others: bool = True

    def take(self, cell: str) -> str:
        """The other word. Raises Mend."""
        if (found := self.of.get(cell)) is not None:
            return found
        if not self.others:
            raise Mend(f"{cell[:40]!r} is not one of the words {', '.join(self.of)[:200]}", "add it to the step words")
        return cell


Step = Upper | Lower | StripZeros | Number | Multiply | Divide | Date | Split | Match | Words


def through(steps: tuple[Step, ...]) -> Callable[[str], str]:
    """All steps, one behind the other; an empty cell in between stays empty."""

    def take(cell: str) -> str:
        for step in steps:
            if not cell:
                break
            cell = step.take(cell)
        return cell

    return take


def plain(number: Decimal) -> str:
    """A number without an exponent or zeros behind the point."""
    whole = number.to_integral_value()
    return f"{whole:f}" if number == whole else f"{number:f}".rstrip("0")


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name. Raises ValueError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name[:60]!r}; name one as Europe/Berlin") from None


def pattern_of(pattern: str) -> None:
    """Refuse what could search for ever: repeated groups, many repetitions, references, looking around.

    Raises ValueError."""
    classes = [found[1:] for found in _LITERAL.findall(pattern) if found.startswith("[")]
    bare = _LITERAL.sub("x", pattern)
    if "[" in bare or any("[" in found or _SET_SIGNS.search(found) for found in classes):
        raise ValueError("pattern: a class is not closed, or has [ -- && ~~ or || in it")
    if _OTHER_GROUP.search(bare):
        raise ValueError("pattern: only plain groups, (?:...) and (?P<name>...) are taken")
    bare = _GROUP_START.sub("(", bare)
    if re.search(r"\)(?:[*+?]|\{)", bare):
        raise ValueError("pattern: a group cannot be repeated; repeat a character or a class, as [0-9]+")
    if len(_QUANTIFIER.findall(bare)) > QUANTIFIERS_MAX or re.search(r"\\[1-9]", pattern):
        raise ValueError(
            f"pattern: at most {QUANTIFIERS_MAX} of * + ? and {{}}, and no references to groups, are taken"
        )
    if bare.count("|") > CHOICES_MAX:
        raise ValueError(f"pattern: at most {CHOICES_MAX} of | are taken; use the step words for many")
    try:
        re.compile(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"pattern: {error}") from None


def _number(cell: str) -> Decimal:
    check_point(cell)
    if not _PLAIN.fullmatch(cell):
        raise Mend(f"{cell[:40]!r} is not a number", "write it such as 12, or put the step number before")
    return Decimal(cell)
