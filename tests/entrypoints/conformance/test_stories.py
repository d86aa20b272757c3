"""The tutorial's connector passes every story that its world allows; one with a fault fails the right one."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from tests.conftest import TEMPLATE
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.connections.outside import breaker
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, Outcome, Pushed, Shown, Spot, Throttle
from truestock.connectors.contract.orders import Orders
from truestock.entrypoints.conformance.company import Company
from truestock.entrypoints.conformance.run import LeftOut, stories_of, tell, tell_all
from truestock.entrypoints.conformance.stories import STORIES
from truestock.entrypoints.conformance.worlds import Opens
from truestock.sync import marks


@pytest.fixture(scope="module")
def company(clone: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    settings = Settings(database_url=SecretStr(clone(TEMPLATE)), data_dir=tmp_path_factory.mktemp("hub"))
    with open_hub(settings) as hub:
        yield Company(hub)


def test_the_tutorials_connector_passes(company: Company, tutorial: Any) -> None:
    told = {one.story: (one.result, one.why) for one in tell_all(company, tutorial.open_world, STORIES)}
    assert told.pop("access ends") == ("left out", "the world lacks what makes it Expires")
    assert set(told.values()) == {("passed", "")}


class Faulty:
    """Stands before a connector, and does one thing wrong."""

    def __init__(self, connector: Any) -> None:
        for name in dir(connector):
            if not name.startswith("_") and not hasattr(type(self), name):
                setattr(self, name, getattr(connector, name))
        self.right = connector


class SaysAppliedAndCallsNobody(Faulty):
    async def push(self, lines: Sequence[Line]) -> Pushed:
        return Pushed({line.spot: Outcome("applied") for line in lines})


class TakesEveryFaultForRejection(Faulty):
    async def push(self, lines: Sequence[Line]) -> Pushed:
        try:
            pushed: Pushed = await self.right.push(lines)
        except Exception as error:  # noqa: BLE001  whatever it is, is what it does wrong
            return Pushed({line.spot: Outcome("rejected", str(error)) for line in lines})
        return pushed


class ReadsBackWhatWasSentLast(Faulty):
    def __init__(self, connector: Any) -> None:
        super().__init__(connector)
        self.sent: dict[Spot, int] = {}

    async def push(self, lines: Sequence[Line]) -> Pushed:
        self.sent |= {line.spot: line.quantity for line in lines}
        pushed: Pushed = await self.right.push(lines)
        return pushed

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        return Shown({spot: self.sent[spot] for spot in spots})


class ReadsBackNothing(Faulty):
    async def read_back(self, spots: Sequence[Spot]) -> Shown:  # noqa: ARG002  of the contract
        return Shown({})


class SendsTwice(Faulty):
    async def push(self, lines: Sequence[Line]) -> Pushed:
        pushed: Pushed = await self.right.push(lines)
        first = lines[0].spot
        return Pushed(
            {**pushed.outcomes, first: Outcome("later", "once more") if lines[0].rev % 2 else Outcome("applied")}
        )


class NamesAnOrderAnewEachTime(Faulty):
    def __init__(self, connector: Any) -> None:
        super().__init__(connector)
        self.read = 0

    async def orders_since(self, cursor: str) -> Orders:
        page: Orders = await self.right.orders_since(cursor)
        self.read += 1
        return msgspec.structs.replace(
            page, orders=[msgspec.structs.replace(one, id=f"{one.id}-{self.read}") for one in page.orders]
        )


class LosesOrders(Faulty):
    async def orders_since(self, cursor: str) -> Orders:
        page: Orders = await self.right.orders_since(cursor)
        return msgspec.structs.replace(page, orders=page.orders[1:])


class HidesCancellations(Faulty):
    async def orders(self, ids: Sequence[str]) -> Orders:
        return await self._open(await self.right.orders(ids))

    async def orders_since(self, cursor: str) -> Orders:
        return await self._open(await self.right.orders_since(cursor))

    async def _open(self, page: Orders) -> Orders:
        return msgspec.structs.replace(page, orders=[one for one in page.orders if one.state != "cancelled"])


class WantsToBeLeftAloneForTooLong(Faulty):
    async def push(self, lines: Sequence[Line]) -> Pushed:
        try:
            pushed: Pushed = await self.right.push(lines)
        except ChannelDown as down:
            raise ChannelDown(str(down), Throttle(600.0)) from down
        return pushed


class AnswersForEachLine(Faulty):
    """No fault: of a call that had no effect it says so line by line."""

    async def push(self, lines: Sequence[Line]) -> Pushed:
        try:
            pushed: Pushed = await self.right.push(lines)
        except ChannelDown as down:
            return Pushed({line.spot: Outcome("later", str(down)) for line in lines})
        return pushed


def through(kind: Callable[[Any], Any], tutorial: Any) -> Opens:
    """The tutorial's world, whose connector another stands before."""

    @asynccontextmanager
    async def opens(skus: list[str]) -> AsyncIterator[Any]:
        async with tutorial.open_world(skus) as world:
            world.connector = kind(world.connector)
            yield world

    return opens


@pytest.mark.parametrize(
    ("story", "fault"),
    [
        ("changes arrive", SaysAppliedAndCallsNobody),
        ("storm of throttling", TakesEveryFaultForRejection),
        ("call breaks off", TakesEveryFaultForRejection),
        ("silent rejection", ReadsBackWhatWasSentLast),
        ("fails inside", TakesEveryFaultForRejection),
        ("answer never comes", TakesEveryFaultForRejection),
        ("slow answers", SendsTwice),
        ("outage of an hour", SendsTwice),
        ("outage of an hour", WantsToBeLeftAloneForTooLong),
        ("call breaks off", WantsToBeLeftAloneForTooLong),
        ("hub dies", ReadsBackNothing),
        ("orders without messages", NamesAnOrderAnewEachTime),
        ("orders without messages", LosesOrders),
        ("orders flow", HidesCancellations),
    ],
)
def test_a_connector_with_a_fault_fails(company: Company, tutorial: Any, story: str, fault: type[Faulty]) -> None:
    (told,) = stories_of(story)
    with pytest.raises(AssertionError, match=r"\w"):
        tell(company, through(fault, tutorial), told)


def test_an_engine_that_pauses_for_too_long_fails(
    company: Company, tutorial: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "MOST_S", 130.0)
    (told,) = stories_of("outage of an hour")
    with pytest.raises(AssertionError, match="60 s after the fault"):
        tell(company, tutorial.open_world, told)


def test_an_engine_that_writes_down_too_late_a_try_fails(
    company: Company, tutorial: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (told,) = stories_of("outage of an hour")
    tell(company, through(AnswersForEachLine, tutorial), told)
    for bound in ("AGAIN", "AGAIN_AT_MOST"):
        monkeypatch.setattr(marks, bound, timedelta(minutes=4))
    with pytest.raises(AssertionError, match="60 s after the fault"):
        tell(company, through(AnswersForEachLine, tutorial), told)


def test_a_story_that_asks_more_than_the_connector_can_is_left_out(company: Company, tutorial: Any) -> None:
    class OnlyPushes:
        def __init__(self, connector: Any) -> None:
            self.traits, self.push = connector.traits, connector.push

    opens = through(OnlyPushes, tutorial)
    (told,) = stories_of("silent rejection")
    with pytest.raises(LeftOut, match="connector lacks what makes it ReadsBack"):
        tell(company, opens, told)
    (told,) = stories_of("answer never comes")
    tell(company, opens, told)


def test_what_the_world_raises_is_told_of_its_story(company: Company) -> None:
    def opens(_skus: list[str]) -> Any:
        raise OSError("no port is free")

    found: Mapping[str, str] = {one.result: one.why for one in tell_all(company, opens, stories_of("changes arrive"))}
    assert found == {"failed": "OSError: no port is free"}
