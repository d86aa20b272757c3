"""Plays stories on a world: each on a channel of its own, with a counterpart of its own."""

import asyncio
import importlib
from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import Final, Literal

import msgspec

from truestock.core.problems import Invalid
from truestock.entrypoints.conformance.company import Company
from truestock.entrypoints.conformance.play import Play
from truestock.entrypoints.conformance.stories import STORIES, UNITS, Story, shows
from truestock.entrypoints.conformance.worlds import Opens

Result = Literal["passed", "failed", "left out"]
FORM: Final = "my_package.module:open_world"


class LeftOut(Exception):
    """The world does not offer what a story needs; the text says what."""


class Told(msgspec.Struct, frozen=True):
    """What became of a story; `why` it failed or was left out."""

    story: str
    result: Result
    why: str
    seconds: float


def tell(company: Company, opens: Opens, story: Story) -> None:
    """Play one story. Raises AssertionError for what did not hold, and LeftOut."""
    asyncio.run(_tell(company, opens, story))


async def _tell(company: Company, opens: Opens, story: Story) -> None:
    reached, skus = await asyncio.to_thread(company.channel, story.listings, UNITS)
    async with opens(skus) as world:
        _check("world", world, story.needs)
        _check("connector", world.connector, story.asks)
        play = Play(company, world, reached, skus, orders=story.orders)
        await play.settle()
        shows(play, dict.fromkeys(skus, UNITS))
        await story.tell(play)
        await play.settle()


def _check(what: str, offered: object, kinds: tuple[type, ...]) -> None:
    lacking = [kind.__name__ for kind in kinds if not isinstance(offered, kind)]
    if lacking:
        raise LeftOut(f"the {what} lacks what makes it {' and '.join(lacking)}")


def stories_of(name: str | None) -> tuple[Story, ...]:
    """The story of that name, or all of them. Raises Invalid."""
    found = tuple(story for story in STORIES if name in (None, story.name))
    if not found:
        raise Invalid("story", f"there is no story {name!r}; there are: {', '.join(story.name for story in STORIES)}")
    return found


def tell_all(company: Company, opens: Opens, stories: Iterable[Story]) -> Iterator[Told]:
    """Play stories, one after the other."""
    for story in stories:
        begun = perf_counter()
        result, why = _outcome(company, opens, story)
        yield Told(story.name, result, why, round(perf_counter() - begun, 2))


def _outcome(company: Company, opens: Opens, story: Story) -> tuple[Result, str]:
    try:
        tell(company, opens, story)
    except LeftOut as left_out:
        return "left out", str(left_out)
    except AssertionError as broken:
        return "failed", str(broken) or "an assertion of the world does not hold"
    except Exception as fault:  # noqa: BLE001  a world and its connector are somebody else's code
        return "failed", f"{type(fault).__name__}: {fault}"
    return "passed", ""


def opens_of(text: str) -> Opens:
    """The function that a text names. Raises Invalid."""
    module, _, name = text.partition(":")
    if not module or not name:
        raise Invalid("world", f"{text!r} names no function; write it as {FORM}")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise Invalid("world", f"{text!r} cannot be loaded: {error}; is its package installed?") from error
    if not callable(found):
        raise Invalid("world", f"{text!r} is no function; see docs/connectors/tutorial.md")
    opens: Opens = found
    return opens
