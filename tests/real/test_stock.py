"""Both connectors on the real shops: numbers are written, read back, and not written over what was just sold."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from tests.real.conftest import Connected
from tests.real.customers import RealShop
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, Outcome, Pushed, Spot

pytestmark = pytest.mark.real
APPLIED = Outcome("applied")


def line(sku: str, quantity: int, was: int | None = None, place: str = "") -> Line:
    return Line(sku, quantity, 1, "ts-1-1", was, place)


def push(connected: Connected, *lines: Line, **settings: object) -> dict[Spot, Outcome]:
    pushed: Pushed = connected(lambda connector: connector.push(lines), **settings)
    return pushed.outcomes


def test_numbers_are_written_and_read_back(shop: RealShop, connected: Connected, new_sku: Callable[[], str]) -> None:
    skus = [new_sku() for _ in range(3)]
    for sku in skus:
        shop.put(sku)
    told = push(connected, *(line(sku, 7 + number) for number, sku in enumerate(skus)))
    assert told == dict.fromkeys(map(Spot, skus), APPLIED)
    assert [shop.shown(sku) for sku in skus] == [7, 8, 9]
    shown = connected(lambda connector: connector.read_back([Spot(sku) for sku in [*skus, new_sku()]]))
    assert shown.numbers == {Spot(sku): 7 + number for number, sku in enumerate(skus)}


def test_what_was_sold_and_is_known_is_not_written_again(
    shop: RealShop, connected: Connected, new_sku: Callable[[], str]
) -> None:
    shop.put(sku := new_sku())
    push(connected, line(sku, 10))
    shop.buy({sku: 3})
    assert shop.levels(sku)[shop.location] == (10, 3)
    assert push(connected, line(sku, 7, was=10)) == {Spot(sku): APPLIED}
    assert shop.levels(sku)[shop.location] == (10, 3)


def test_a_number_changes_around_what_is_reserved(
    shop: RealShop, connected: Connected, new_sku: Callable[[], str]
) -> None:
    shop.put(sku := new_sku())
    push(connected, line(sku, 10))
    shop.buy({sku: 3})
    assert push(connected, line(sku, 12, was=7)) == {Spot(sku): APPLIED}
    assert shop.levels(sku)[shop.location] == (15, 3)
    assert push(connected, line(sku, 0, was=12)) == {Spot(sku): APPLIED}
    assert shop.levels(sku)[shop.location] == (3, 3)


def test_units_whose_order_has_not_come_are_not_sold_twice(
    shop: RealShop, connected: Connected, new_sku: Callable[[], str]
) -> None:
    shop.put(sku := new_sku())
    push(connected, line(sku, 2))
    shop.buy({sku: 2})
    assert push(connected, line(sku, 2, was=2)) == {Spot(sku): Outcome("stale", "it shows 0, not 2", 0)}
    assert shop.levels(sku)[shop.location] == (2, 2)


def test_a_number_raised_in_the_shop_is_told_and_then_written_over(
    shop: RealShop, connected: Connected, new_sku: Callable[[], str]
) -> None:
    shop.put(sku := new_sku())
    push(connected, line(sku, 4))
    shop.set(sku, 9)
    assert push(connected, line(sku, 3, was=4)) == {Spot(sku): Outcome("stale", "it shows 9, not 4", 9)}
    assert push(connected, line(sku, 3, was=9)) == {Spot(sku): APPLIED}
    assert shop.shown(sku) == 3


def test_each_location_has_its_own_number(shop: RealShop, connected: Connected, new_sku: Callable[[], str]) -> None:
    shop.put(sku := new_sku())
    lines = [line(sku, 5, place=shop.location), line(sku, 6, place=shop.second)]
    told = push(connected, *lines, location="")
    assert told == {Spot(sku, shop.location): APPLIED, Spot(sku, shop.second): APPLIED}
    levels = shop.levels(sku)
    assert (levels[shop.location], levels[shop.second]) == ((5, 0), (6, 0))
    asked = [Spot(sku, shop.second)]
    assert connected(lambda connector: connector.read_back(asked), location="").numbers == {asked[0]: 6}


def test_lines_that_cannot_be_set_say_why_and_stop_no_others(
    shop: RealShop, connected: Connected, new_sku: Callable[[], str]
) -> None:
    shop.put(sku := new_sku())
    lines = [line(new_sku(), 1), line(sku, 2), line(sku, 3, place="sloc_none")]
    told = push(connected, *lines)
    assert told[Spot(sku)] == APPLIED
    assert told[lines[0].spot].kind == "rejected"
    assert lines[0].sku in told[lines[0].spot].reason
    assert told[lines[2].spot].kind == "rejected"
    assert "no stock location sloc_none" in told[lines[2].spot].reason
    (outcome,) = push(connected, line(sku, 1), location="").values()
    assert "it is not said at which stock location" in outcome.reason


def test_the_check_says_whom_it_has_reached_or_what_to_do(shop: RealShop, connected: Connected) -> None:
    def check() -> Callable[..., Awaitable[str]]:
        return lambda connector: connector.check()

    assert connected(check()).lower().startswith(type(shop).__name__.removesuffix("Shop").lower())
    with pytest.raises(ChannelDown, match=r"has no stock location sloc_none; it has .*Second"):
        connected(check(), location="sloc_none")
    with pytest.raises(ChannelDown, match=r"check the (secret )?API key"):
        connected(check(), api_key="nobody-s")
    with pytest.raises(ChannelDown, match="at this URL"):
        connected(check(), url=f"{httpx2.URL(shop.url).copy_with(path='/elsewhere')}")


def test_a_server_that_is_not_there_was_told_nothing(shop: RealShop, connected: Connected) -> None:
    with pytest.raises(ChannelDown, match="was not reached"):
        push(connected, line("any", 1), url="http://127.0.0.1:9")
