"""Rules as data: which are legal, how they are replaced, and why one of them wins."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.catalog.conftest import epoch, outcomes, reason, versions
from truestock.catalog.changes import How
from truestock.catalog.items import Component, ItemDraft, put_items
from truestock.catalog.kits import KitDraft, put_kits
from truestock.catalog.policies import PolicyDraft, end_policies, list_policies, put_policies
from truestock.catalog.rules import RuleBook, as_of
from truestock.catalog.rules.ranking import rank_policies
from truestock.core.network.policy import Policy
from truestock.core.problems import Problem
from truestock.store.database import Database

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=7)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (PolicyDraft("bufer", 1), "kind"),
        (PolicyDraft("buffer", -1), "value"),
        (PolicyDraft("buffer", 1, location="dc"), "location"),
        (PolicyDraft("buffer", 1, tier="primary"), "tier"),
        (PolicyDraft("safety_stock", 1, channel="web"), "channel"),
        (PolicyDraft("safety_stock", 1, item="A", category="toys"), "category"),
        (PolicyDraft("safety_stock", 1, location="dc", tier="primary"), "tier"),
        (PolicyDraft("safety_stock", 1, location="moon"), "location"),
        (PolicyDraft("safety_stock", 1, item="ghost"), "item"),
        (PolicyDraft("cap", 101, unit="percent"), "value"),
        (PolicyDraft("buffer", 10, unit="percent"), "unit"),
        (PolicyDraft("min_shelf_life", 10, unit="units"), "unit"),
        (PolicyDraft("protection", 10, channel="web"), "item"),
        (PolicyDraft("protection", 10, item="A"), "channel"),
        (PolicyDraft("protection", 10, channel="web", item="A", ends_at=LATER), "ends_at"),
        (PolicyDraft("ring_target", 10, channel="web", location="dc"), "item"),
        (PolicyDraft("ring_target", 10, channel="web", item="A"), "location"),
        (PolicyDraft("buffer", 1, starts_at=LATER, ends_at=NOON), "ends_at"),
        (PolicyDraft("buffer", 1, starts_at=datetime(2026, 6, 1)), "starts_at"),  # noqa: DTZ001
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_by_field(shop: Database, draft: PolicyDraft, field: str) -> None:
    before = epoch(shop)
    assert outcomes(put_policies(shop, [draft])) == [field]
    assert epoch(shop) == before


def test_every_kind_has_a_legal_scope(shop: Database) -> None:
    drafts = [
        PolicyDraft("safety_stock", 5, location="dc"),
        PolicyDraft("safety_stock", 5, item="A", tier="primary"),
        PolicyDraft("buffer", 3),
        PolicyDraft("cap", 80, channel="web", category="toys", unit="percent"),
        PolicyDraft("sell_out_at", 2, channel="web"),
        PolicyDraft("min_shelf_life", 30, item="L"),
        PolicyDraft("protection", 10, channel="retail", item="A"),
        PolicyDraft("ring_target", 10, channel="retail", category="toys", location="dc"),
    ]
    assert outcomes(put_policies(shop, drafts)) == ["created"] * 8
    stored = list_policies(shop).rows
    assert [(row.kind, row.value) for row in stored] == [(draft.kind, draft.value) for draft in drafts]
    assert next(row.unit for row in stored if row.kind == "min_shelf_life") == "days"


def test_a_rule_is_closed_and_replaced_never_updated(shop: Database) -> None:
    rule = PolicyDraft("buffer", 3, channel="web", starts_at=NOON)
    put_policies(shop, [rule])
    assert outcomes(put_policies(shop, [rule])) == ["unchanged"]
    with shop.transaction() as conn:
        then = conn.execute("SELECT clock_timestamp()").fetchall()[0][0]
    put_policies(shop, [PolicyDraft("buffer", 7, channel="web", starts_at=NOON)])
    assert [row.value for row in list_policies(shop).rows] == [7]
    old, new = list_policies(shop, ended=True).rows
    assert old.recorded_to == new.recorded_from
    item = RuleBook(shop).snapshot().item_ids(["A"])["A"]
    assert [p.value for p in as_of(shop, then).items([item])[item].policies] == [3]
    assert [p.value for p in RuleBook(shop).snapshot().items([item])[item].policies] == [7]


def test_other_dates_make_another_rule_and_modes_say_what_may_be_there(shop: Database) -> None:
    put_policies(shop, [PolicyDraft("buffer", 3)])
    results = put_policies(shop, [PolicyDraft("buffer", 4), PolicyDraft("buffer", 9, ends_at=LATER)], How("create"))
    assert outcomes(results) == ["kind", "created"]
    assert outcomes(put_policies(shop, [PolicyDraft("cap", 9)], How("change"))) == ["policy"]


def test_ending_a_rule_closes_it_once(shop: Database) -> None:
    put_policies(shop, [PolicyDraft("buffer", 3)])
    assert outcomes(end_policies(shop, [1, 99])) == ["ended", "id"]
    assert outcomes(end_policies(shop, [1])) == ["id"]
    assert list_policies(shop).rows == ()


def kept(db: Database) -> list[tuple[int, int, int]]:
    with db.transaction() as conn:
        return [(c, t, u) for c, t, u in conn.execute("SELECT channel, target, used FROM kept ORDER BY channel")]


def test_a_protection_sets_what_is_kept_and_putting_it_again_starts_anew(shop: Database) -> None:
    rule = PolicyDraft("protection", 10, channel="retail", item="A")
    put_policies(shop, [rule])
    assert (kept(shop), versions(shop)["A"]) == ([(1, 10, 0)], 1)
    with shop.transaction() as conn:
        conn.execute("UPDATE kept SET used = 4")
    assert outcomes(put_policies(shop, [rule])) == ["changed"]
    assert (kept(shop), versions(shop)["A"]) == ([(1, 10, 0)], 2)
    ended = [row.id for row in list_policies(shop).rows]
    end_policies(shop, ended)
    assert (kept(shop), versions(shop)["A"]) == ([], 3)


def test_protections_of_one_item_for_several_channels_raise_its_version_once(shop: Database) -> None:
    put_policies(shop, [PolicyDraft("protection", n, channel=c, item="A") for n, c in ((5, "retail"), (6, "web"))])
    assert (kept(shop), versions(shop)["A"]) == ([(1, 5, 0), (2, 6, 0)], 1)


def test_a_kit_has_no_stock_and_so_no_rules(shop: Database) -> None:
    put_items(shop, [ItemDraft("K")])
    put_kits(shop, [KitDraft("K", (Component("A"),))])
    result = put_policies(shop, [PolicyDraft("buffer", 1, item="K")])
    assert outcomes(result) == ["item"]
    assert "components" in reason(result[0])


def test_rules_are_listed_by_what_their_scope_names(shop: Database) -> None:
    put_policies(shop, [PolicyDraft("buffer", 1), PolicyDraft("buffer", 2, channel="web"), PolicyDraft("cap", 3)])
    assert [row.value for row in list_policies(shop, kind="buffer").rows] == [1, 2]
    assert [row.value for row in list_policies(shop, channel="web").rows] == [2]
    page = list_policies(shop, limit=2)
    assert [row.value for row in list_policies(shop, after=page.next).rows] == [3]


def ranks(shop: Database, kind: str, **scope: str) -> list[tuple[str, int]]:
    found = rank_policies(shop, RuleBook(shop), kind, "A", NOON, **scope)
    return [(ranked.standing, ranked.policy.value) for ranked in found]


def test_rules_are_ranked_and_those_out_of_date_named(shop: Database) -> None:
    drafts = [
        PolicyDraft("buffer", 1),
        PolicyDraft("buffer", 2, category="toys"),
        PolicyDraft("buffer", 3, channel="web"),
        PolicyDraft("buffer", 4, item="A", ends_at=NOON),
        PolicyDraft("buffer", 5, item="A", channel="retail"),
        PolicyDraft("safety_stock", 6, tier="primary"),
        PolicyDraft("safety_stock", 7, location="dc"),
    ]
    put_policies(shop, drafts)
    assert ranks(shop, "buffer", channel="web") == [("holds", 3), ("beaten", 2), ("beaten", 1), ("out of date", 4)]
    assert ranks(shop, "buffer") == [("holds", 2), ("beaten", 1), ("out of date", 4)]
    assert ranks(shop, "safety_stock", location="dc") == [("holds", 7), ("beaten", 6)]
    assert ranks(shop, "cap", channel="web") == []


def test_a_guard_and_a_computed_one_are_ranked_together(shop: Database) -> None:
    put_policies(shop, [PolicyDraft("guard", 2), PolicyDraft("guard_service", 95, channel="web")])
    assert ranks(shop, "guard", channel="web") == [("holds", 95), ("beaten", 2)]


@pytest.mark.parametrize(
    ("kind", "item", "scope", "field"),
    [
        ("bufer", "A", {}, "kind"),
        ("buffer", "ghost", {}, "item"),
        ("buffer", "A", {"channel": "ghost"}, "channel"),
        ("safety_stock", "A", {"location": "ghost"}, "location"),
        ("safety_stock", "A", {"channel": "web"}, "channel"),
    ],
)
def test_a_ranking_that_cannot_be_meant_is_refused_by_field(
    shop: Database, kind: str, item: str, scope: dict[str, str], field: str
) -> None:
    with pytest.raises(Problem) as refused:
        rank_policies(shop, RuleBook(shop), kind, item, NOON, **scope)
    assert refused.value.field == field


SCOPES = st.fixed_dictionaries(
    {
        "channel": st.sampled_from([None, 1, 2]),
        "loc": st.sampled_from([None, 1, 2]),
        "tier": st.sampled_from([None, "primary"]),
        "category": st.sampled_from([None, "toys"]),
        "item": st.sampled_from([None, 1, 2]),
    }
).filter(lambda s: not (s["item"] and s["category"]) and not (s["loc"] and s["tier"]))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(SCOPES, min_size=1, max_size=8))
def test_sql_weighs_a_scope_as_core_does(shop: Database, scopes: list[dict[str, int | str | None]]) -> None:
    with shop.transaction() as conn:
        conn.execute("DELETE FROM policy")
        for n, scope in enumerate(scopes, 1):
            conn.execute(
                "INSERT INTO policy (id, kind, channel, item, category, loc, tier, value, recorded_from)"
                " VALUES (%s, 'buffer', %s, %s, %s, %s, %s, 1, now())",
                [n, scope["channel"], scope["item"], scope["category"], scope["loc"], scope["tier"]],
            )
        rows = conn.execute("SELECT id, specificity FROM policy ORDER BY id").fetchall()
    weights = [(n, Policy(n, "buffer", 1, NOON, **scope).specificity) for n, scope in enumerate(scopes, 1)]  # type: ignore[arg-type]
    assert rows == weights
