"""Pushing to listings: what is accepted, what that is taken for, what is shown in the end, and which way it goes."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.connectors.amazon import orders
from tests.connectors.amazon.conftest import Hub, line
from tests.connectors.counterparts.amazon import Account, stamp
from truestock.connectors.amazon.connector import Merchant
from truestock.connectors.amazon.mapping.listings import Availability, Item, looked_at
from truestock.connectors.amazon.mapping.tickets import Ticket
from truestock.connectors.contract.answers import Outcome, Pushed, Spot

SEARCH, PATCH, ONE = "searchListingsItems", "patchListingsItem", "getListingsItem"
FEED = ["createFeedDocument", "PUT document", "createFeed"]


def kinds(answer: Pushed) -> dict[str, str]:
    return {sku: outcome.kind for sku, outcome in answer.by_sku.items()}


def tickets(answer: Pushed) -> dict[Spot, str]:
    return {spot: outcome.ticket for spot, outcome in answer.outcomes.items() if outcome.kind == "accepted"}


async def settled(connector: Merchant, answer: Pushed) -> dict[str, Outcome]:
    """What became of what was accepted."""
    return {spot.sku: outcome for spot, outcome in (await connector.settle(tickets(answer))).items()}


def test_accepted_is_not_applied_until_the_listing_shows_it(account: Account, hub: Hub) -> None:
    account.put("MUG", 3)
    account.held = True

    async def steps(connector: Merchant) -> None:
        answer = await connector.push([line("MUG", 7)])
        assert kinds(answer) == {"MUG": "accepted"}
        assert await settled(connector, answer) == {}
        assert (await connector.read_back([Spot("MUG")])).by_sku == {"MUG": 3}
        account.apply()
        assert await settled(connector, answer) == {"MUG": Outcome("applied")}

    hub(steps)
    assert account.shown("MUG") == 7


def test_a_change_leaves_handling_time_as_it_is(account: Account, hub: Hub) -> None:
    mug = account.put("MUG", 3, lead_days=9)
    hub(lambda connector: connector.push([line("MUG", 7)]))
    assert (mug.quantity, mug.lead_days) == (7, 9)


def test_a_number_that_never_comes_to_show_is_stale_with_what_shows_instead(account: Account, hub: Hub) -> None:
    mug = account.put("MUG", 3)
    account.put("JAR", None)
    account.held = True
    why = {"code": "90000900", "message": "Too many units.", "severity": "ERROR", "categories": []}
    mug.issues = [{**why, "attributeNames": ["fulfillment_availability"]}, {**why, "message": "No picture."}]
    hub.settings["applied_s"] = 0

    async def steps(connector: Merchant) -> None:
        answer = await connector.push([line("MUG", 7), line("JAR", 2)])
        assert await settled(connector, answer) == {
            "MUG": Outcome("stale", "accepted 7, it shows 3: 90000900: Too many units.", 3),
            "JAR": Outcome("rejected", "accepted 2, it shows nothing"),
        }

    hub(steps)


@pytest.mark.parametrize(
    ("was", "quantity", "shows", "sold", "at_once", "in_the_end"),
    [
        (3, 7, 7, 0, "applied", "applied"),
        (3, 7, 5, 0, "applied", "applied"),  # raised, and 2 were sold
        (3, 7, 3, 0, "", "stale"),  # not taken, or 4 were sold
        (3, 7, 3, 4, "stale", "stale"),  # taken, and 4 were sold
        (3, 7, 2, 0, "", "stale"),  # not taken, and 1 was sold
        (3, 7, 2, 1, "", "stale"),
        (3, 7, 2, 5, "stale", "stale"),
        (9, 7, 5, 0, "applied", "applied"),  # lowered, and 2 were sold
        (9, 7, 8, 0, "", "stale"),  # not taken, and 1 was sold
        (9, 7, 8, 1, "", "stale"),
        (9, 7, 8, -1, "stale", "stale"),  # taken, and 1 was given back
        (9, 7, 9, 0, "", "stale"),
        (3, 7, 8, 0, "", "stale"),  # somebody's edit
        (7, 7, 5, 0, "", "stale"),
        (None, 7, 7, 0, "applied", "applied"),
        (None, 7, 5, 0, "", "stale"),
        (None, 7, 5, 2, "stale", "stale"),
    ],
)
def test_what_shows_says_whether_a_number_was_taken_and_sold_from(
    was: int | None, quantity: int, shows: int, sold: int, at_once: str, in_the_end: str
) -> None:
    ticket, since = Ticket("patch", "s", 0, quantity, 1_700_000_000, was), datetime(2026, 11, 1, tzinfo=UTC)
    item = Item("MUG", fulfillment_availability=[Availability("DEFAULT", shows)])
    for after_s, kind in ((899, at_once), (900, in_the_end)):
        outcome = looked_at(ticket, since, item, since + timedelta(seconds=after_s), 900, sold)
        assert (outcome.kind if outcome else "") == kind
        assert not outcome or outcome.observed == (shows if kind == "stale" else None)


def test_a_number_sold_from_before_it_was_seen_was_applied(account: Account, hub: Hub) -> None:
    account.put("MUG", 3)

    async def steps(connector: Merchant) -> dict[str, Outcome]:
        answer = await connector.push([msgspec.structs.replace(line("MUG", 7), was=3)])
        account.sell("MUG", 2)
        return await settled(connector, answer)

    assert hub(steps) == {"MUG": Outcome("applied")}


def test_a_number_sold_down_to_what_it_was_is_decided_once_its_orders_are_read(account: Account, hub: Hub) -> None:
    account.put("MUG", 3)

    async def steps(connector: Merchant) -> None:
        answer = await connector.push([msgspec.structs.replace(line("MUG", 7), was=3)])
        account.sell("MUG", 4)
        assert await settled(connector, answer) == {}
        placed = stamp(datetime.now(UTC) + timedelta(seconds=2))
        first, second = orders.number(1), orders.number(2)
        for id_, units in ((first, 3), (second, 1)):
            made = orders.order(id_, [orders.item("1", "MUG", units)])
            account.orders[id_] = made | {"createdTime": placed, "lastUpdatedTime": placed}
        await connector.orders([first])
        assert await settled(connector, answer) == {}
        await connector.orders([first, second])
        assert await settled(connector, answer) == {"MUG": Outcome("stale", "accepted 7, it shows 3", 3)}

    hub(steps)


def test_a_listing_is_looked_at_once_in_a_while(account: Account, hub: Hub) -> None:
    account.put("MUG", 3)
    account.held = True
    hub.settings["look_every_s"] = 60

    async def steps(connector: Merchant) -> None:
        answer = await connector.push([line("MUG", 7)])
        for _ in range(3):
            assert await settled(connector, answer) == {}

    hub(steps)
    assert account.calls == ["token", SEARCH, PATCH, SEARCH]


def test_a_product_type_is_looked_up_once_and_anew_when_it_has_changed(account: Account, hub: Hub) -> None:
    mug = account.put("MUG", 3)

    async def steps(connector: Merchant) -> list[str]:
        told = [await connector.push([line("MUG", 4)]), await connector.push([line("MUG", 5)])]
        mug.product_type = "DRINKING_CUP"
        told += [await connector.push([line("MUG", 6)]), await connector.push([line("MUG", 6)])]
        return [kinds(answer)["MUG"] for answer in told]

    assert hub(steps) == ["accepted", "accepted", "rejected", "accepted"]
    assert account.calls == ["token", SEARCH, PATCH, PATCH, PATCH, SEARCH, PATCH]


def test_what_takes_no_number_is_rejected_with_what_to_do_and_stops_no_other(account: Account, hub: Hub) -> None:
    account.put("MUG", 1)
    account.put("FBA", None, centre="AMAZON_NA")
    account.put("BOTH", 4, centre="AMAZON_NA")
    account.put("SPLIT", None, centre="store-12")
    account.put("BAD", 1)
    account.invalid["BAD"] = [
        {"code": "8", "message": "Over the limit.", "severity": "ERROR", "categories": []},
        {"code": "9", "message": "Consider a video.", "severity": "WARNING", "categories": []},
    ]
    answer = hub(
        lambda connector: connector.push([line(sku, 2) for sku in ("MUG", "FBA", "BOTH", "SPLIT", "BAD", "NONE")])
    )
    assert kinds(answer) == {
        "MUG": "accepted",
        "FBA": "rejected",
        "BOTH": "rejected",
        "SPLIT": "rejected",
        "BAD": "rejected",
        "NONE": "rejected",
    }
    reasons = {sku: outcome.reason for sku, outcome in answer.by_sku.items()}
    assert "fulfilled_by=amazon" in reasons["FBA"]
    assert "fulfilled_by=amazon" in reasons["BOTH"]
    assert "supply source" in reasons["SPLIT"]
    assert reasons["BAD"] == "8: Over the limit."
    assert "no listing with the SKU NONE" in reasons["NONE"]


@pytest.mark.parametrize("sku", ['5" PIPE', "A,B", "R&B #1+2=3?", "O'NEILL", "Größe 4/5", "100%25", "a b"])
def test_a_sku_is_found_and_written_whatever_is_in_it(account: Account, hub: Hub, sku: str) -> None:
    for other in ("A", "B", sku):
        account.put(other, 1)

    async def steps(connector: Merchant) -> None:
        answer = await connector.push([line(sku, 2), line("A", 3)])
        assert await settled(connector, answer) == {sku: Outcome("applied"), "A": Outcome("applied")}

    hub(steps)
    assert (account.shown(sku), account.shown("A"), account.shown("B")) == (2, 3, 1)


def test_many_are_looked_up_and_read_twenty_a_call(account: Account, hub: Hub) -> None:
    skus = [f"S{number:02}" for number in range(45)]
    for number, sku in enumerate(skus):
        account.put(sku, number)
    shown = hub(lambda connector: connector.read_back([Spot(sku) for sku in [*skus, "GONE", "A,B"]]))
    assert shown.by_sku == {sku: number for number, sku in enumerate(skus)}
    assert account.calls == ["token", SEARCH, SEARCH, SEARCH, ONE]


def test_a_hard_reset_goes_as_one_feed_whose_report_settles_every_line(account: Account, hub: Hub) -> None:
    hub.settings["feed_from"] = 5
    account.rates = dict.fromkeys([SEARCH], 500.0)
    skus = [f"S{number:02}" for number in range(30)]
    for sku in skus:
        account.put(sku, 1, lead_days=9)
    account.invalid["S03"] = [{"code": "8", "message": "Over the limit.", "severity": "ERROR", "categories": []}]
    account.held, account.zipped = True, True

    async def steps(connector: Merchant) -> None:
        answer = await connector.push([line(sku, 40 + number) for number, sku in enumerate(skus)])
        assert set(kinds(answer).values()) == {"accepted"}
        assert len({text.split(",")[1] for text in tickets(answer).values()}) == 1
        assert await settled(connector, answer) == {}
        account.apply()
        # The report is there, and says which messages are being applied: that is not yet what shows.
        assert await settled(connector, answer) == {"S03": Outcome("rejected", "8: Over the limit.")}
        account.apply()
        kinds_now = {sku: outcome.kind for sku, outcome in (await settled(connector, answer)).items()}
        assert kinds_now == {sku: "rejected" if sku == "S03" else "applied" for sku in skus}

    hub(steps)
    assert {sku: account.shown(sku) for sku in skus} == {
        sku: 1 if sku == "S03" else 40 + number for number, sku in enumerate(skus)
    }
    assert account.listings["S00"].lead_days == 9
    assert account.calls[:6] == ["token", SEARCH, SEARCH, *FEED]
    assert account.calls.count("getFeedDocument") == 1
    assert PATCH not in account.calls


def test_fewer_lines_than_the_threshold_are_patched_one_by_one(account: Account, hub: Hub) -> None:
    hub.settings["feed_from"] = 4
    for sku in ("A", "B", "C"):
        account.put(sku, 1)
    hub(lambda connector: connector.push([line(sku, 2) for sku in ("A", "B", "C")]))
    assert account.calls == ["token", SEARCH, PATCH, PATCH, PATCH]


@pytest.mark.parametrize("end", ["CANCELLED", "FATAL"])
def test_a_feed_that_was_not_processed_is_sent_again_later(account: Account, hub: Hub, end: str) -> None:
    hub.settings["feed_from"] = 1
    account.put("MUG", 1)
    account.feed_end = end

    async def steps(connector: Merchant) -> dict[str, Outcome]:
        return await settled(connector, await connector.push([line("MUG", 2)]))

    outcome = hub(steps)["MUG"]
    assert (outcome.kind, outcome.reason.endswith(f"({end})")) == ("later", True)


def test_when_no_feed_may_be_sent_the_most_urgent_lines_are_patched(account: Account, hub: Hub) -> None:
    hub.settings["feed_from"] = 2
    skus = ["A", "B", "C"]
    for sku in skus:
        account.put(sku, 1)
    account.rates = {"createFeed": 100.0}

    async def steps(connector: Merchant) -> Pushed:
        for number in range(5):
            assert set(kinds(await connector.push([line(sku, number) for sku in skus])).values()) == {"accepted"}
        return await connector.push([line(sku, 9) for sku in skus])

    answer = hub(steps)
    assert kinds(answer) == {"A": "accepted", "B": "later", "C": "later"}
    assert (account.calls.count("createFeed"), account.calls.count(PATCH)) == (5, 1)
    assert account.shown("A") == 9


def test_a_ticket_that_cannot_be_read_is_for_later(hub: Hub) -> None:
    told = hub(lambda connector: connector.settle({Spot("MUG"): "T1", Spot("JAR"): '["feed",1]'}))
    assert {spot.sku: outcome.kind for spot, outcome in told.items()} == {"MUG": "later", "JAR": "later"}


def test_a_listing_that_went_away_is_rejected(account: Account, hub: Hub) -> None:
    account.put("MUG", 1)
    account.held = True

    async def steps(connector: Merchant) -> dict[str, Outcome]:
        answer = await connector.push([line("MUG", 2)])
        del account.listings["MUG"]
        return await settled(connector, answer)

    assert hub(steps)["MUG"].kind == "rejected"


def test_nothing_to_push_calls_nobody(account: Account, hub: Hub) -> None:
    assert hub(lambda connector: connector.push([])).by_sku == {}
    assert account.calls == []
