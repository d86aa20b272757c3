"""Makes up the steps of an interleaving, tells them, and cuts a story that ends badly down to what it takes."""

from collections.abc import Callable, Mapping
from contextlib import closing
from random import Random
from typing import Final

from tests.factories import Shop
from tests.proof.interleaving import Interleaving
from tests.proof.steps import Step

STEPS: Final = 40
# How often each kind of step is taken.
KINDS: Final = {
    "order": 5, "confirm": 1, "release": 2, "ship": 4, "reject": 1, "till": 3, "vary": 3, "give_back": 1, "supply": 1,
    "receive": 3, "inspect": 2, "put_away": 2, "send": 1, "arrive": 1, "lose": 1, "take_away": 1,
    "count": 3, "feed": 6, "sweep": 1, "tell": 3, "again": 2, "undo": 2,
}  # fmt: skip


def steps_of(chance: Random, kinds: Mapping[str, int] = KINDS) -> list[Step]:
    """A story, most of it about one item and two places, so that what is told meets."""
    return [
        Step(
            kind,
            chance.choice((0, 0, 0, 1)),
            chance.choice((0, 0, 1, 1, 2)),
            chance.randint(1, 9),
            chance.randrange(60),
            chance.random() < 0.5,
        )
        for kind in chance.choices(list(kinds), list(kinds.values()), k=STEPS)
    ]


def trouble_in(shop: Shop, steps: list[Step]) -> AssertionError | None:
    """Where the hub and the model part, if they do."""
    with closing(Interleaving(shop)) as story:
        try:
            for step in steps:
                story.go(step)
            story.end()
        except AssertionError as trouble:
            return trouble
    return None


def shortest(steps: list[Step], bad: Callable[[list[Step]], bool]) -> list[Step]:
    """What is left when no part of a bad story can be left out."""
    size = max(1, len(steps) // 2)
    while size:
        start = 0
        while start < len(steps):
            fewer = steps[:start] + steps[start + size :]
            if bad(fewer):
                steps = fewer
            else:
                start += size
        size //= 2
    return steps
