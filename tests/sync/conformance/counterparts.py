"""Every connector against its counterpart over real HTTP, through the engine: whatever goes wrong, it shows what it
shall.

Whoever writes a connector names its world in one of the test files here: the counterpart, and how to make it misbehave.
There are several, so that workers can share them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

import pytest

from truestock.entrypoints.conformance.company import Company
from truestock.entrypoints.conformance.run import tell
from truestock.entrypoints.conformance.stories import STORIES, Story
from truestock.entrypoints.conformance.worlds import World


class Counterpart(NamedTuple):
    """What a world can do is seen by its class; `opens` gets the listings, and what the fixture `given` provides."""

    world: type
    opens: Callable[[list[str], Any], AbstractAsyncContextManager[World]]
    given: str = ""


def stories_on(worlds: Mapping[str, Counterpart]) -> pytest.MarkDecorator:
    """All stories that can be played on each."""
    played = [
        pytest.param(counterpart, story, id=f"{story.name}, {name}")
        for name, counterpart in worlds.items()
        for story in STORIES
        if all(issubclass(counterpart.world, need) for need in story.needs)
    ]
    return pytest.mark.parametrize(("counterpart", "story"), played)


def ends_well(company: Company, counterpart: Counterpart, story: Story, request: pytest.FixtureRequest) -> None:
    """Play a story. Raises AssertionError."""
    given = request.getfixturevalue(counterpart.given) if counterpart.given else None
    tell(company, lambda skus: counterpart.opens(skus, given), story)
