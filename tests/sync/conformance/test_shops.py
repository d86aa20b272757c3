"""Shopify, WooCommerce and Magento."""

import pytest

from tests.connectors.magento.conftest import magento_contract
from tests.connectors.magento.world import Magento, a_magento_shop
from tests.connectors.shopify.conftest import schema
from tests.connectors.woocommerce.conftest import dump
from tests.sync.conformance.counterparts import Counterpart, ends_well, stories_on
from tests.sync.conformance.shopify import Shopify, a_shopify_shop
from tests.sync.conformance.woocommerce import WooCommerce, a_woocommerce_store
from truestock.entrypoints.conformance.company import Company
from truestock.entrypoints.conformance.stories import STORIES, Story

__all__ = ["dump", "magento_contract", "schema"]

WORLDS = {
    "shopify": Counterpart(Shopify, a_shopify_shop, "schema"),
    "woocommerce": Counterpart(WooCommerce, a_woocommerce_store, "dump"),
    "magento": Counterpart(Magento, a_magento_shop, "magento_contract"),
}


@stories_on(WORLDS)
def test_a_story_ends_well(
    company: Company, counterpart: Counterpart, story: Story, request: pytest.FixtureRequest
) -> None:
    ends_well(company, counterpart, story, request)


def test_every_story_is_played_on_shopify() -> None:
    assert all(issubclass(Shopify, need) for story in STORIES for need in story.needs)
