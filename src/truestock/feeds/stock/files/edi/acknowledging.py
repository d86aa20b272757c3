"""997: what the sender of an interchange is told of how each of its sets was read. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from truestock.feeds.stock.files.edi.documents import ACKNOWLEDGEMENT
from truestock.feeds.stock.files.edi.envelope import Group, Interchange, SetSeen, Trouble
from truestock.feeds.stock.files.edi.writing import Elements, Outgoing, Partners, x12

CODES_MAX: Final = 5
NOTED_MAX: Final = 100
_GROUP_CODES: Final = frozenset({"1", "2", "3", "4", "5", "6"})


def acknowledgement(found: Interchange, control: int, at: datetime) -> bytes:
    """The 997 that answers an interchange; empty if there is nothing to answer, as of acknowledgements alone.

    `control` is our own number of it."""
    groups = [group for group in found.groups if any(one.kind != ACKNOWLEDGEMENT for one in group.sets)]
    if not groups:
        return b""
    usage = found.usage if found.usage in {"P", "T"} else "P"
    ours, theirs = _said(groups[0].receiver), _said(groups[0].sender)
    partners = Partners(found.receiver, found.sender, usage, ours, theirs)
    sets = [Outgoing(ACKNOWLEDGEMENT, list(_of_group(group))) for group in groups]
    return x12(partners, control, at, "FA", "004010", sets)


def _of_group(group: Group) -> Iterator[Elements]:
    yield "AK1", _said(group.kind), _said(group.control)
    for one in group.sets:
        yield from _of_set(one)
    received = len(group.sets)
    accepted = sum(not one.rejected for one in group.sets)
    codes = [trouble.code for trouble in group.troubles if trouble.code in _GROUP_CODES]
    noted = codes or any(one.noted for one in group.sets)
    word = "R" if not accepted else "P" if accepted < received else "E" if noted else "A"
    stated = received if group.stated is None else group.stated
    yield "AK9", word, str(stated), str(received), str(accepted), *_codes(codes)


def _of_set(one: SetSeen) -> Iterator[Elements]:
    yield "AK2", _said(one.kind), _said(one.control)
    for trouble in one.noted[:NOTED_MAX]:
        yield from _of_segment(trouble)
    if one.rejected:
        yield "AK5", "R", *_codes([trouble.code for trouble in one.rejected])
    elif one.noted:
        yield "AK5", "E", "5"
    else:
        yield "AK5", "A"


def _of_segment(trouble: Trouble) -> Iterator[Elements]:
    # 8: the segment has errors in its elements, which AK4 tells; else the code is of the segment itself.
    code = "8" if trouble.element else trouble.code if trouble.code in {"1", "2", "3"} else "8"
    yield "AK3", _said(trouble.segment)[:3], str(max(1, trouble.position)), "", code
    if trouble.element:
        yield "AK4", str(trouble.element), "", trouble.code, _said(trouble.value)


def _codes(codes: list[str]) -> list[str]:
    return list(dict.fromkeys(codes))[:CODES_MAX]


def _said(text: str) -> str:
    """What they wrote, as far as we can write it back."""
    return "".join(sign if sign.isprintable() and sign not in "*>~" else " " for sign in text)[:99].strip()
