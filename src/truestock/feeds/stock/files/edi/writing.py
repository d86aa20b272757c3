"""X12 as bytes: sets of segments in one group in one interchange, with counts and control numbers that agree. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from truestock.core.problems import Invalid

Elements = tuple[str, ...]
BETWEEN: Final = "*"
PART: Final = ">"
END: Final = "~"
CONTROL_MAX: Final = 999_999_999


class Partners(NamedTuple):
    """From whom to whom, each with its qualifier, as ZZ:HUB."""

    sender: str
    receiver: str
    # P is for production, T for tests.
    usage: str = "P"
    # What the group calls them, if otherwise.
    sender_code: str = ""
    receiver_code: str = ""


class Outgoing(NamedTuple):
    """One set: its kind as 940, and its segments between ST and SE."""

    kind: str
    segments: Sequence[Elements]


def x12(
    partners: Partners, control: int, at: datetime, functional: str, version: str, sets: Sequence[Outgoing]
) -> bytes:
    """One interchange of one group. `control` is its number and the group's. Raises Invalid for what X12 cannot say."""
    if not 0 < control <= CONTROL_MAX:
        raise Invalid("control", f"the control number is {control}; give 1 to {CONTROL_MAX:,}")
    written = [_isa(partners, control, at)]
    sender = partners.sender_code or partners.sender.partition(":")[2].strip()
    receiver = partners.receiver_code or partners.receiver.partition(":")[2].strip()
    day, clock = at.strftime("%Y%m%d"), at.strftime("%H%M")
    written.append(_segment(("GS", functional, sender, receiver, day, clock, str(control), "X", version)))
    for number, one in enumerate(sets, 1):
        inside = [_segment(segment) for segment in one.segments]
        written.append(_segment(("ST", one.kind, f"{number:04}")))
        written += inside
        written.append(_segment(("SE", str(len(inside) + 2), f"{number:04}")))
    written.append(_segment(("GE", str(len(sets)), str(control))))
    written.append(_segment(("IEA", "1", f"{control:09}")))
    return "".join(f"{segment}{END}\n" for segment in written).encode()


def _isa(partners: Partners, control: int, at: datetime) -> str:
    ends: list[str] = []
    for name, party in (("sender", partners.sender), ("receiver", partners.receiver)):
        qualifier, _, code = party.partition(":")
        if len(qualifier) != 2 or not 0 < len(code) <= 15:
            raise Invalid(name, f"{name} is {party!r}; write a qualifier of two signs and up to 15, as ZZ:HUB")
        ends += [qualifier, code.ljust(15)]
    day, clock = at.strftime("%y%m%d"), at.strftime("%H%M")
    blank = " " * 10
    fixed = ("ISA", "00", blank, "00", blank, *ends, day, clock, "U", "00401", f"{control:09}", "0", partners.usage)
    return BETWEEN.join(_element("ISA", element) for element in fixed) + BETWEEN + PART


def _segment(elements: Elements) -> str:
    """A segment without empty elements at its end."""
    last = max(place for place, element in enumerate(elements) if element)
    return BETWEEN.join(_element(elements[0], element) for element in elements[: last + 1])


def _element(segment: str, element: str) -> str:
    if not element.isprintable() or any(sign in element for sign in (BETWEEN, PART, END)):
        raise Invalid(
            segment, f"{segment} cannot say {element[:60]!r}; take out {BETWEEN} {PART} {END} and line breaks"
        )
    return element
