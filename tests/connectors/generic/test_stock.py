"""What a push, a reading and a ticket do, over real HTTP against a shop that verifies every signature."""

import asyncio
import re
from collections.abc import Mapping

import msgspec
import pytest

from tests.connectors.counterparts.generic import Shop
from tests.connectors.generic.channels import connected, line
from truestock.connectors.contract.abilities import Checked, PushesStock, ReadsBack, Settles
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Spot
from truestock.connectors.generic.mapping import UNSAID
from truestock.connectors.generic.settings import GenericSettings


def kinds(outcomes: Mapping[str, Outcome]) -> dict[str, str]:
    return {sku: outcome.kind for sku, outcome in outcomes.items()}


def test_a_push_changes_what_the_shop_shows_and_is_read_back() -> None:
    async def told() -> None:
        shop = Shop({"tea": 1, "jam & butter/1 é": 2, "salt": 9})
        async with connected(shop) as channel:
            pushed = await channel.push([line("tea", 5), line("jam & butter/1 é", 0)])
            assert kinds(pushed.by_sku) == {"tea": "applied", "jam & butter/1 é": "applied"}
            assert (await channel.read_back(list(map(Spot, ["tea", "jam & butter/1 é", "gone"])))).by_sku == {
                "tea": 5,
                "jam & butter/1 é": 0,
            }
        assert shop.stock == {"tea": 5, "jam & butter/1 é": 0, "salt": 9}

    asyncio.run(told())


def test_it_has_the_abilities_that_the_sync_asks_for() -> None:
    async def told() -> None:
        async with connected(Shop({}), compare="value", batch_max=7, answers="later") as channel:
            for ability in (PushesStock, ReadsBack, Checked, Settles):
                assert isinstance(channel, ability)
            traits = channel.traits
            assert (traits.compare, traits.batch_max, traits.applied) == ("value", 7, "later")
            assert (await channel.push([])).by_sku == {}

    asyncio.run(told())


def test_each_line_has_an_outcome_of_its_own() -> None:
    async def told() -> None:
        shop = Shop({"tea": 1, "jam": 2, "ice": 3, "rye": 3})
        shop.faults.reject, shop.faults.put_off, shop.faults.leave_out = {"jam"}, {"ice"}, {"rye"}
        async with connected(shop) as channel:
            outcomes = (await channel.push([line(sku, 8) for sku in ("tea", "jam", "ice", "rye", "gone")])).by_sku
        assert outcomes["tea"] == Outcome("applied")
        assert outcomes["jam"] == Outcome("rejected", "we do not carry jam")
        assert outcomes["ice"] == Outcome("later", "stocktaking")
        assert outcomes["rye"] == Outcome("later", UNSAID)
        assert outcomes["gone"].kind == "rejected"

    asyncio.run(told())


def test_a_shop_that_compares_refuses_a_number_made_without_its_last_sale() -> None:
    async def told() -> None:
        shop = Shop({"tea": 10}, compare="value")
        async with connected(shop, compare="value") as channel:
            shop.sell("tea", 4)
            first = await channel.push([line("tea", 9, rev=2, was=10)])
            assert first.by_sku["tea"] == Outcome("stale", "sold meanwhile", observed=6)
            again = await channel.push([line("tea", 5, rev=2, was=6)])
            assert kinds(again.by_sku) == {"tea": "applied"}
        assert shop.stock == {"tea": 5}

    asyncio.run(told())


def test_a_shop_that_counts_revisions_refuses_an_old_one() -> None:
    async def told() -> None:
        shop = Shop({"tea": 10}, compare="sequence")
        async with connected(shop, compare="sequence") as channel:
            await channel.push([line("tea", 3, rev=8)])
            late = await channel.push([line("tea", 9, rev=7)])
        assert late.by_sku["tea"] == Outcome("stale", "sold meanwhile", observed=3)
        assert shop.stock == {"tea": 3}

    asyncio.run(told())


@pytest.mark.parametrize("fault", ["break_after_effect", "hang_after_effect", "fail_after_effect"])
def test_a_call_that_had_its_effect_and_no_answer_is_in_doubt_and_sent_again_has_no_second_effect(fault: str) -> None:
    async def told() -> None:
        shop = Shop({"tea": 10})
        setattr(shop.faults, fault, 1)
        async with connected(shop, timeout_s=1.0) as channel:
            with pytest.raises(InDoubt):
                await channel.push([line("tea", 5)])
            assert (await channel.read_back(list(map(Spot, ["tea"])))).by_sku == {"tea": 5}
            shop.sell("tea", 2)
            assert kinds((await channel.push([line("tea", 5)])).by_sku) == {"tea": "applied"}
        first, again = (seen for seen in shop.seen if seen.method == "POST")
        for header in ("webhook-id", "idempotency-key"):
            assert first.headers[header] == again.headers[header]
        assert first.body == again.body
        # What was sold meanwhile is not put back on the shelf.
        assert shop.stock == {"tea": 3}
        assert shop.writes == {"ts-tea-1": 1}

    asyncio.run(told())


def test_a_number_that_is_silently_not_taken_is_found_by_reading_back() -> None:
    async def told() -> None:
        shop = Shop({"tea": 10})
        shop.faults.ignore = {"tea"}
        async with connected(shop) as channel:
            assert kinds((await channel.push([line("tea", 5)])).by_sku) == {"tea": "applied"}
            assert (await channel.read_back(list(map(Spot, ["tea"])))).by_sku == {"tea": 10}

    asyncio.run(told())


def test_what_was_only_accepted_is_settled_by_its_ticket() -> None:
    async def told() -> None:
        shop = Shop({"tea": 10, "jam": 3}, later=True)
        async with connected(shop, answers="later", batch_max=2) as channel:
            pushed = await channel.push([line("tea", 5), line("jam", 1)])
            assert kinds(pushed.by_sku) == {"tea": "accepted", "jam": "accepted"}
            tickets = {spot: outcome.ticket for spot, outcome in pushed.outcomes.items()}
            assert await channel.settle(tickets) == {}
            shop.finish()
            settled = await channel.settle({**tickets, Spot("salt"): "", Spot("rye"): "t-9"})
            assert {spot.sku: outcome.kind for spot, outcome in settled.items()} == {"tea": "applied", "jam": "applied"}
        assert shop.stock == {"tea": 5, "jam": 1}
        asked = [seen.target for seen in shop.seen if seen.method == "GET"]
        assert asked == ["/hub/tickets?ticket=t-2&ticket=t-1"] * 2 + ["/hub/tickets?ticket=t-9"]

    asyncio.run(told())


def test_reading_many_back_takes_calls_that_any_server_can_read() -> None:
    async def told() -> None:
        shop = Shop({f"{'long ' * 20}{number}": number for number in range(120)})
        async with connected(shop) as channel:
            assert (await channel.read_back(list(map(Spot, list(shop.stock))))).by_sku == shop.stock
        assert len(shop.seen) == 3
        assert max(len(seen.target) for seen in shop.seen) < 7_000

    asyncio.run(told())


def test_a_check_says_who_is_there() -> None:
    async def told() -> None:
        shop = Shop({})
        async with connected(shop) as channel:
            assert await channel.check() == "Corner shop"
            await shop.down()
            with pytest.raises(ChannelDown, match="check the base URL, and that it runs"):
                await channel.check()
            await shop.up()
            assert await channel.check() == "Corner shop"

    asyncio.run(told())


def test_every_setting_says_what_it_is_for() -> None:
    described = msgspec.json.schema(GenericSettings)["$defs"]["GenericSettings"]["properties"]
    assert all(re.fullmatch(r"[A-Z].+\.", field["description"]) for field in described.values())
