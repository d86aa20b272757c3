"""Rules that make a channel's SKU into an item's: what a rule may say, and what a row of them makes of a SKU. Pure.

A pattern is data that people send, and is run on SKUs that channels send: what it may be made of bounds how long it can
take, whatever the SKU."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

import msgspec

from truestock.core.checks import check_choice, check_number, check_text
from truestock.core.problems import Invalid
from truestock.feeds.inbox.forms import UNITS_MAX, gtins

By = Literal["sku", "barcode", "prefix", "suffix", "regex"]
KINDS: Final = ("sku", "barcode", "prefix", "suffix", "regex")
PATTERN_MAX: Final = 100
SKU_MAX: Final = 200
REGEX_SKU_MAX: Final = 64
REPEATS_MAX: Final = 3
CHOICES_MAX: Final = 6
ORD_MAX: Final = 10_000
NUMBER: Final = "{n}"
_DIGITS: Final = r"(?<![0-9])(?P<n>[0-9]{1,4})(?![0-9])"

# In a class these have, or may one day have, a meaning of their own: they stand there after a backslash.
_PLAIN = r"[^\\\[\]^&~|-]"
_CLASS = rf"\[\^?(?:{_PLAIN}-{_PLAIN}|{_PLAIN}|\\[dw]|\\[^\w\s])+-?\]"
_TOKEN = re.compile(
    rf"(?P<number>\{{n\}})|(?P<one>\\[dw]|\\[^\w\s]|{_CLASS}|\.|[^\\\[\](){{}}|^$*+?.])|(?P<many>[*+]|\{{[0-9]{{1,2}}(?:,[0-9]{{0,2}})?\}})"
    r"|(?P<maybe>\?)|(?P<open>\()|(?P<close>\))|(?P<either>\|)"
)
_BACK = re.compile(r"\\([1-9])")


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Applied in the order of `ord`. `replace` stands for what the pattern takes in; `units` are taken by one sale.

    by sku: a SKU that is the pattern, or with none any; without `replace` it stays as it is. by barcode: the listing's
    barcode, or a SKU that is one, leads to its item. by prefix, suffix: the pattern at the beginning, at the end. by
    regex: the pattern is all of the SKU. In these three `{n}` is a number that multiplies the units."""

    ord: int
    by: By
    pattern: str = ""
    replace: str = ""
    units: int = 1


class Step(NamedTuple):
    """After the rule `ord`: a SKU, or a barcode in 14 digits, and the units so far."""

    ord: int
    text: str
    units: int
    barcode: bool = False


class Mapped(NamedTuple):
    """The SKU takes so many units of `item`; `ord` is the rule that got there."""

    item: str
    units: int
    ord: int


def steps(rules: Iterable[Rule], sku: str, barcode: str = "") -> list[Step]:
    """What rules, in their order, make of a SKU, one after the other: each goes on with what the last one made."""
    found: list[Step] = []
    text, units = sku, 1
    for rule in sorted(rules, key=lambda rule: rule.ord):
        if rule.by == "barcode":
            found += [Step(rule.ord, gtin, units * rule.units, True) for gtin in gtins(barcode, text)]
        elif made := _made(rule, text):
            text, units = made[0], units * made[1]
            found.append(Step(rule.ord, text, units))
    return found


def first_meant(made: Sequence[Step], items: Iterable[str], barcodes: dict[str, tuple[str, int]]) -> Mapped | None:
    """The first of the steps that is an item, or an item's barcode, of which one holds so many units."""
    known = items if isinstance(items, set | frozenset | dict) else set(items)
    for step in made:
        if step.barcode and step.text in barcodes:
            item, units = barcodes[step.text]
            return Mapped(item, step.units * units, step.ord)
        if not step.barcode and step.text in known:
            return Mapped(step.text, step.units, step.ord)
    return None


def check_rule(rule: Rule) -> None:
    """Raise Invalid, naming the field and what to do."""
    check_number("ord", rule.ord, low=1, high=ORD_MAX)
    check_choice("by", rule.by, KINDS, required=True)
    check_number("units", rule.units, low=1, high=UNITS_MAX)
    _check_plain("pattern", rule.pattern)
    _check_plain("replace", rule.replace)
    if rule.by in ("prefix", "suffix", "regex") and not rule.pattern:
        raise Invalid("pattern", f"pattern is missing; a rule by {rule.by} needs one")
    if rule.by == "barcode" and (rule.pattern or rule.replace):
        raise Invalid("pattern", "a rule by barcode has neither pattern nor replace; leave them out")
    if rule.by == "sku" and rule.replace and not rule.pattern:
        raise Invalid("pattern", f"every SKU would become {rule.replace!r}; give the SKU that shall")
    if rule.by != "sku" and rule.pattern.count(NUMBER) > 1:
        raise Invalid("pattern", f"{NUMBER} stands in it twice; write it once")
    groups = _check_regex(rule.pattern) if rule.by == "regex" else 0
    if rule.by == "regex":
        _check_replace(rule.replace, groups)


def _check_plain(field: str, text: str) -> None:
    """Blanks at the ends may be meant in a pattern."""
    if len(text) > PATTERN_MAX:
        raise Invalid(field, f"{field} has {len(text)} characters; at most {PATTERN_MAX} are allowed")
    check_text(field, text.strip(), at_most=PATTERN_MAX)


def _check_replace(text: str, groups: int) -> None:
    left = _BACK.sub("", text)
    if "\\" in left:
        raise Invalid("replace", r"replace has a \ that is no group; write \1 to \9 for what groups have taken in")
    if high := [number for number in _BACK.findall(text) if int(number) > groups]:
        raise Invalid("replace", rf"replace has \{high[0]}, but the pattern has {groups} groups; count its brackets")


def _check_regex(pattern: str) -> int:
    """How many groups a pattern has. Raises Invalid for what is not of the small language that rules know."""
    place = groups = repeats = choices = 0
    inside = False
    before = ""
    while place < len(pattern):
        token = _TOKEN.match(pattern, place)
        kind = token.lastgroup if token else None
        here = f"at character {place + 1} of the pattern"
        if token is None or kind is None:
            raise Invalid(
                "pattern", f"{pattern[place]!r} {here} cannot be used there; put a \\ before it if it is meant"
            )
        if (kind == "many" and before != "one") or (kind == "maybe" and before not in ("one", "close")):
            raise Invalid("pattern", f"{token[0]!r} {here} repeats nothing that can be: a letter, a class or \\d")
        if kind == "either" and not inside:
            raise Invalid("pattern", f"'|' {here} stands outside of brackets; write (one|other)")
        if (kind == "open") == inside and kind in ("open", "close"):
            raise Invalid("pattern", f"{token[0]!r} {here}: brackets stand in pairs, and not within one another")
        repeats += kind == "many"
        choices += kind in ("maybe", "either")
        groups += kind == "open"
        inside = (inside or kind == "open") and kind != "close"
        before = kind
        place = token.end()
    if inside:
        raise Invalid("pattern", "a bracket is not closed; add )")
    if repeats > REPEATS_MAX:
        raise Invalid(
            "pattern", f"it repeats {repeats} times; at most {REPEATS_MAX} are allowed, use {NUMBER} or \\d\\d"
        )
    if choices > CHOICES_MAX:
        raise Invalid(
            "pattern", f"it has {choices} of ? and |; at most {CHOICES_MAX} are allowed, make two rules of it"
        )
    try:
        re.compile(pattern.replace(NUMBER, _DIGITS))
    except (re.error, OverflowError) as error:
        raise Invalid("pattern", f"it cannot be read: {error}") from None
    return groups


def _made(rule: Rule, text: str) -> tuple[str, int] | None:
    """What a rule makes of a SKU, and the units of one; None when it does not apply."""
    made = _reader(rule)(text)
    if made is None or not 0 < len(made[0]) <= SKU_MAX or not 1 <= made[1] <= UNITS_MAX:
        return None
    return made[0], made[1] * rule.units


@lru_cache(maxsize=1_000)
def _reader(rule: Rule) -> Callable[[str], tuple[str, int] | None]:
    """What applies a rule: gives the new SKU and the number that was read, 1 without one."""
    if rule.by == "sku":
        return lambda sku: (rule.replace or sku, 1) if rule.pattern in ("", sku) else None
    if rule.by == "regex":
        whole = re.compile(rule.pattern.replace(NUMBER, _DIGITS))
        # The group of {n} is not one of the author's: \1 counts the others.
        own = [n for n in range(1, whole.groups + 1) if n != whole.groupindex.get("n")]

        def by_regex(sku: str) -> tuple[str, int] | None:
            found = whole.fullmatch(sku) if len(sku) <= REGEX_SKU_MAX else None
            if found is None:
                return None
            made = _BACK.sub(lambda back: found[own[int(back[1]) - 1]] or "", rule.replace)
            return made, _number(found)

        return by_regex
    literal = re.escape(rule.pattern).replace(re.escape(NUMBER), _DIGITS)
    end = re.compile(rf"{literal}\Z" if rule.by == "suffix" else rf"\A{literal}")

    def by_end(sku: str) -> tuple[str, int] | None:
        found = end.search(sku)
        if found is None:
            return None
        made = sku[: found.start()] + rule.replace + sku[found.end() :]
        return made, _number(found)

    return by_end


def _number(found: re.Match[str]) -> int:
    return int(found["n"]) if "n" in found.re.groupindex else 1
