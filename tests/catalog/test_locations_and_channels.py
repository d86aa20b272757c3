"""Where stock lies and who sells from where, in which order."""

from tests.catalog.conftest import epoch, outcomes, reason
from truestock.catalog.channels import (
    ChannelDraft,
    ChannelLocationDraft,
    end_channel_locations,
    list_channels,
    put_channel_locations,
    put_channels,
    read_channels,
)
from truestock.catalog.locations import (
    BinDraft,
    LocationDraft,
    list_bins,
    list_locations,
    put_bins,
    put_locations,
    read_locations,
)
from truestock.catalog.rules import RuleBook, as_of
from truestock.store.database import Database


def codes(db: Database, channel: str) -> list[str]:
    network = RuleBook(db).snapshot().network
    found = next(c for c in network.channels.values() if c.code == channel)
    return [network.locations[loc].code for loc in found.locations]


def test_a_channel_promises_from_its_locations_in_its_own_order(shop: Database) -> None:
    assert codes(shop, "web") == ["dc", "store", "vendor"]
    assert codes(shop, "retail") == ["store", "dc"]
    assert outcomes(put_channels(shop, [ChannelDraft("web", locations=("store", "dc"))])) == ["changed"]
    assert codes(shop, "web") == ["store", "dc"]


def test_a_location_loses_its_place_whole_or_not_at_all(db: Database) -> None:
    put_locations(db, [LocationDraft("a", kind="dc", lat=52.5, lng=13.4)])
    assert outcomes(put_locations(db, [LocationDraft("a", clear=("lat",))])) == ["lat"]
    assert outcomes(put_locations(db, [LocationDraft("a", clear=("lat", "lng"))])) == ["changed"]
    assert read_locations(db, ["a"])["a"].lat is None


def test_without_an_order_the_tier_decides_then_rank_then_age(db: Database) -> None:
    put_locations(
        db,
        [
            LocationDraft("v", kind="supplier", tier="virtual", rank=1),
            LocationDraft("s", kind="store", tier="secondary"),
            LocationDraft("late", kind="dc", rank=100),
            LocationDraft("first", kind="dc", rank=5),
            LocationDraft("later", kind="dc", rank=100),
        ],
    )
    put_channels(db, [ChannelDraft("web")])
    put_channel_locations(db, [ChannelLocationDraft("web", code) for code in ("v", "s", "later", "late", "first")])
    assert codes(db, "web") == ["first", "late", "later", "s", "v"]


def test_one_location_of_a_channel_is_put_moved_and_ended_without_the_others(shop: Database) -> None:
    before = epoch(shop)
    drafts = [ChannelLocationDraft("retail", "vendor", 5), ChannelLocationDraft("ghost", "dc")]
    assert outcomes(put_channel_locations(shop, drafts)) == ["created", "channel"]
    assert outcomes(put_channel_locations(shop, [drafts[0], ChannelLocationDraft("retail", "moon")])) == [
        "unchanged",
        "location",
    ]
    assert outcomes(put_channel_locations(shop, [ChannelLocationDraft("retail", "store", 9)])) == ["changed"]
    assert codes(shop, "retail") == ["dc", "vendor", "store"]
    ended = end_channel_locations(shop, [("retail", "dc"), ("retail", "moon")])
    assert outcomes(ended) == ["ended", "location"]
    assert codes(shop, "retail") == ["vendor", "store"]
    assert epoch(shop) == before + 3


def test_a_channels_locations_as_they_were_can_still_be_read(shop: Database) -> None:
    with shop.transaction() as conn:
        then = conn.execute("SELECT clock_timestamp()").fetchall()[0][0]
    put_channels(shop, [ChannelDraft("web", locations=())])
    past = as_of(shop, then)
    channel = past.channel("web")
    assert channel is not None
    assert [past.network.locations[loc].code for loc in channel.locations] == ["dc", "store", "vendor"]
    assert codes(shop, "web") == []


def test_a_marketplaces_own_centre_sells_on_its_channel_alone(shop: Database) -> None:
    put_channels(shop, [ChannelDraft("amz")])
    drafts = [
        LocationDraft("fba", kind="marketplace_fc", only_channel="amz"),
        LocationDraft("loose", kind="marketplace_fc"),
        LocationDraft("dc2", kind="dc", only_channel="amz"),
        LocationDraft("lost", kind="marketplace_fc", only_channel="ghost"),
    ]
    assert outcomes(put_locations(shop, drafts)) == ["created", "only_channel", "only_channel", "only_channel"]
    refused = put_channel_locations(shop, [ChannelLocationDraft("web", "fba"), ChannelLocationDraft("amz", "fba")])
    assert outcomes(refused) == ["location", "created"]
    assert "on 'amz' alone" in reason(refused[0])
    assert outcomes(put_channels(shop, [ChannelDraft("web", locations=("dc", "fba"))])) == ["location"]


def test_a_location_that_others_sell_from_cannot_become_a_marketplaces_own(shop: Database) -> None:
    bound = LocationDraft("dc", kind="marketplace_fc", only_channel="web")
    assert outcomes(put_locations(shop, [bound])) == ["only_channel"]
    end_channel_locations(shop, [("retail", "dc")])
    assert outcomes(put_locations(shop, [bound])) == ["changed"]
    assert outcomes(put_locations(shop, [LocationDraft("dc", kind="dc")])) == ["changed"]
    assert read_locations(shop, ["dc"])["dc"].only_channel is None


def test_a_location_needs_a_kind_and_whole_coordinates(db: Database) -> None:
    drafts = [LocationDraft("x"), LocationDraft("y", kind="dc", lat=48.1), LocationDraft("z", kind="barn")]
    assert outcomes(put_locations(db, drafts)) == ["kind", "lat", "kind"]
    far = [LocationDraft("n", kind="dc", lat=91, lng=0), LocationDraft("m", kind="dc", lat=48.1, lng=11.6)]
    assert outcomes(put_locations(db, far)) == ["lat", "created"]


def test_only_what_changes_raises_the_epoch(shop: Database) -> None:
    before = epoch(shop)
    assert outcomes(put_locations(shop, [LocationDraft("dc", kind="dc")])) == ["unchanged"]
    assert outcomes(put_channels(shop, [ChannelDraft("web", rank=2)])) == ["unchanged"]
    assert epoch(shop) == before
    put_locations(shop, [LocationDraft("dc", tier="secondary")])
    put_channels(shop, [ChannelDraft("web", rank=3, group="wholesale", mode="shadow")])
    assert epoch(shop) == before + 2


def test_bins_lie_in_a_zone_of_a_location_and_may_change_it(shop: Database) -> None:
    drafts = [BinDraft("dc", "A-1", "pick"), BinDraft("store", "A-1", "bulk"), BinDraft("dc", "A-2", "attic")]
    assert outcomes(put_bins(shop, drafts)) == ["created", "created", "zone"]
    moved = [BinDraft("dc", "A-1", "staging"), BinDraft("moon", "A-1", "pick"), BinDraft("store", "A-1", "bulk")]
    assert outcomes(put_bins(shop, moved)) == ["changed", "location", "unchanged"]
    assert [(row.code, row.zone) for row in list_bins(shop, "dc").rows] == [("A-1", "staging")]


def test_lists_come_in_pages_by_code(shop: Database) -> None:
    first = list_locations(shop, limit=2)
    assert [row.code for row in first.rows] == ["dc", "store"]
    assert [row.code for row in list_locations(shop, after=first.next).rows] == ["vendor"]
    assert [row.code for row in list_channels(shop, limit=1).rows] == ["retail"]
    assert read_channels(shop, ["web"])["web"].locations == ("dc", "store", "vendor")
