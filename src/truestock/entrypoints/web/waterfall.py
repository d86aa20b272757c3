"""The bars from what is on hand down to what may be promised: each begins where the last one ended."""

from collections.abc import Sequence
from typing import NamedTuple

WIDTH = 100.0
MINUS = "\N{MINUS SIGN}"  # as wide as a plus, so that columns of figures stand straight


class Step(NamedTuple):
    """A term with its sign; a total stands on the ground."""

    label: str
    units: int
    total: bool = False


class Bar(NamedTuple):
    """Where a step is drawn, in hundredths of the width; `look` is plus, minus or total."""

    label: str
    shown: str
    x: float
    width: float
    look: str


def bars(steps: Sequence[Step]) -> list[Bar]:
    """One bar a step, on one scale, of which a sum below zero is a part."""
    spans: list[tuple[int, int]] = []
    level = 0
    for step in steps:
        end = step.units if step.total else level + step.units
        start = 0 if step.total else level
        spans.append((min(start, end), max(start, end)))
        level = end
    low = min([0, *(start for start, _ in spans)])
    high = max([0, *(end for _, end in spans)])
    scale = WIDTH / ((high - low) or 1)
    return [
        Bar(
            step.label,
            f"{step.units:,}" if step.total else f"{step.units:+,}".replace("-", MINUS),
            round((start - low) * scale, 2),
            round(max((end - start) * scale, 0.6), 2),
            "total" if step.total else "plus" if step.units > 0 else "minus",
        )
        for step, (start, end) in zip(steps, spans, strict=True)
    ]
