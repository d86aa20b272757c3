"""Small worlds for simulations, plain and random."""

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from truestock.core.replay.simulate.report import Report
from truestock.core.replay.simulate.world import (
    ChannelLife,
    Outage,
    Place,
    Product,
    Protect,
    RingFence,
    Rule,
    Sale,
    SimulatedWorld,
    Stock,
    Today,
)
from truestock.feeds.simulate.orders import chances_of, play
from truestock.sync.simulate import simulate
from truestock.sync.simulate.seller import Seller
from truestock.sync.simulate.today import Today as TodaySide
from truestock.sync.simulate.with_hub import WithHub

LOCATIONS = ("DC", "DARK")
CHANNELS = ("web", "market", "app")
EXACT = ChannelLife(
    order_lag_s=0,
    order_loss_percent=0,
    push_lag_s=0,
    push_loss_percent=0,
    calls_per_s=1e9,
    burst=1e9,
    lines_per_call=1000,
    today=Today(sync_every_s=0),
)
ASKS = replace(EXACT, checkout="asks_hub")


def world(lives: dict[str, ChannelLife], units: int = 10, each: int = 10, **more: Any) -> SimulatedWorld:
    """One item of which so many units lie in the DC, and channels that each sell so many of it within an hour."""
    stated = SimulatedWorld(
        publish_every_s=0,
        channels=lives,
        locations=tuple(Place(code=code) for code in LOCATIONS),
        items=(Product(sku="MUG", cost=4, price=9),),
        stock=(Stock(sku="MUG", location="DC", units=units),),
        sales=tuple(Sale(channel=code, sku="MUG", units=each) for code in lives),
    )
    return replace(stated, **more)


def run(stated: SimulatedWorld, seed: int = 7) -> Report:
    """Both sides."""
    found = play(stated, seed)
    return simulate("test", seed, found.scene, found.events, chances_of(seed))


def sides(stated: SimulatedWorld, seed: int) -> tuple[TodaySide, WithHub]:
    """Both sides, run to their end, to be looked into."""
    found = play(stated, seed)
    both = TodaySide(found.scene, chances_of(seed)), WithHub(found.scene, chances_of(seed))
    for event in found.events:
        for side in both:
            side.offer(event)
    for side in both:
        side.finish()
    return both


def sold_and_there(side: Seller) -> tuple[int, int]:
    """Units that customers have been handed, and those that were there and are on the shelf no more."""
    handed = sum(tally.sold - tally.oversold - tally.given_back for tally in side.score.tallies)
    return handed, sum(side.scene.stage.opening.values()) - side.shelf.total()


seconds = st.sampled_from([0.0, 0.5, 5.0, 60.0, 600.0])
percents = st.sampled_from([0.0, 1.0, 30.0, 100.0])
outages = st.lists(st.builds(Outage, from_s=st.floats(0, 4000), lasts_s=st.floats(0, 3000)), max_size=2).map(tuple)
ways = st.sampled_from([LOCATIONS, LOCATIONS[:1], LOCATIONS[1:], LOCATIONS[::-1]])


def lives(checkout: st.SearchStrategy[Any]) -> st.SearchStrategy[ChannelLife]:
    """Channels of every kind of trouble."""
    return st.builds(
        ChannelLife,
        rank=st.integers(1, 3),
        locations=ways,
        checkout=checkout,
        order_lag_s=seconds,
        order_loss_percent=percents,
        poll_every_s=seconds,
        push_lag_s=seconds,
        push_loss_percent=percents,
        calls_per_s=st.sampled_from([0.01, 1.0, 100.0]),
        burst=st.sampled_from([1.0, 10.0]),
        lines_per_call=st.integers(1, 3),
        outages=outages,
        today=st.builds(
            Today,
            sync_every_s=seconds,
            sync_lag_s=seconds,
            failure_percent=percents,
            allocation_percent=st.sampled_from([0.0, 33.0, 100.0]),
            sends=st.sampled_from(["changed", "all"]),
            poll_every_s=seconds,
        ),
    )


@st.composite
def worlds(draw: st.DrawFn, checkout: st.SearchStrategy[Any] | None = None) -> SimulatedWorld:
    """Two items, up to three channels, flash sales beyond the stock, rules of every kind."""
    asked = checkout if checkout is not None else st.sampled_from(["asks_hub", "own_number"])
    channels = {code: draw(lives(asked)) for code in CHANNELS[: draw(st.integers(1, 3))]}
    code, sku = st.sampled_from([*channels]), st.sampled_from(["MUG", "JUG"])
    scope = st.sampled_from(["", "MUG"])
    sale = st.builds(
        Sale, channel=code, sku=sku, units=st.integers(1, 25), from_s=seconds, units_per_order=st.integers(1, 4)
    )
    rule = st.builds(
        Rule,
        kind=st.sampled_from(["safety_stock", "buffer", "cap", "sell_out_at"]),
        value=st.integers(0, 5),
        channel=st.sampled_from(["", *channels]),
        sku=scope,
    )
    first = next(iter(channels))
    ring = st.builds(
        RingFence,
        channel=st.just(first),
        location=st.sampled_from(channels[first].locations),
        percent=st.integers(0, 30),
        sku=scope,
    )
    kept = st.builds(Protect, channel=code, percent=st.integers(0, 50), sku=scope)
    return SimulatedWorld(
        publish_every_s=draw(st.sampled_from([0.0, 0.1, 60.0])),
        channels=channels,
        locations=tuple(Place(code=code) for code in LOCATIONS),
        items=(Product(sku="MUG"), Product(sku="JUG")),
        stock=tuple(
            Stock(sku=sku, location=place, units=draw(st.integers(0, 20)))
            for sku in ("MUG", "JUG")
            for place in LOCATIONS
        ),
        sales=tuple(draw(st.lists(sale, min_size=1, max_size=5))),
        policies=tuple(draw(st.lists(rule, max_size=3))),
        ring_fences=tuple(draw(st.lists(ring, max_size=2))),
        protection=tuple(draw(st.lists(kept, max_size=2))),
    )
