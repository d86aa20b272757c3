"""CONTRL: what the sender of an EDIFACT interchange is told of how each of its messages was read. Pure."""

from datetime import datetime
from typing import Final

from pydifact.segments import Segment
from pydifact.serializer import Serializer

from truestock.feeds.stock.files.edi.edifact.examining import ANSWER
from truestock.feeds.stock.files.edi.envelope import Interchange

Elements = tuple[str | list[str], ...]
REJECTED: Final = "4"
ACKNOWLEDGED: Final = "7"
_MESSAGE: Final = [ANSWER, "D", "3", "UN"]
_USUAL: Final = ["UNOC", "3"]


def contrl(found: Interchange, control: int, at: datetime) -> bytes:
    """The CONTRL that answers an interchange; empty if there is nothing to answer, as of acknowledgements alone.

    `control` is our own number of it. A message that is not rejected was read, whatever is wrong around it."""
    messages = [one for group in found.groups for one in group.sets]
    if not any(one.kind.partition(":")[0] != ANSWER for one in messages):
        return b""
    ours, theirs = _party(found.receiver), _party(found.sender)
    codes = [trouble.code for trouble in found.troubles][:1]
    answer: list[Elements] = [("UCI", _said(found.control), theirs, ours, ACKNOWLEDGED, *codes)]
    for one in messages:
        named = (_said(one.control), [_said(part) for part in one.kind.split(":")])
        wrong = [trouble.code for trouble in one.rejected][:1]
        answer.append(("UCM", *named, REJECTED if wrong else ACKNOWLEDGED, *wrong))
    syntax = found.version.split(":") if found.version[:3] == "UNO" and found.version.isascii() else _USUAL
    written: list[Elements] = [
        (
            "UNB",
            [_said(part) for part in syntax],
            ours,
            theirs,
            [at.strftime("%y%m%d"), at.strftime("%H%M")],
            str(control),
        ),
        ("UNH", "1", _MESSAGE),
        *answer,
        ("UNT", str(len(answer) + 2), "1"),
        ("UNZ", "1", str(control)),
    ]
    segments = [Segment(*elements) for elements in written]
    text = Serializer().serialize(segments, with_una_header=False, break_lines=True)
    return text.encode("ascii")


def _party(told: str) -> list[str]:
    """A code with its qualifier, as 14:SUPPLIER, in their order."""
    qualifier, _, code = told.partition(":")
    return [_said(code), _said(qualifier)] if qualifier else [_said(code)]


def _said(text: str) -> str:
    """What they wrote, as far as we can write it back in whatever set of signs."""
    return "".join(sign if sign.isascii() and sign.isprintable() else " " for sign in text)[:70].strip()
