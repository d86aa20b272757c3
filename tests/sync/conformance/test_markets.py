"""Amazon, eBay and Square."""

import pytest

from tests.connectors.amazon.conftest import models
from tests.connectors.amazon.world import Amazon, an_amazon_account
from tests.connectors.ebay.conftest import ebay_contract
from tests.connectors.ebay.world import Ebay, an_ebay_account
from tests.connectors.square.conftest import square_contract
from tests.connectors.square.world import Square, a_square_seller
from tests.sync.conformance.counterparts import Counterpart, ends_well, stories_on
from truestock.entrypoints.conformance.company import Company
from truestock.entrypoints.conformance.stories import Story

__all__ = ["ebay_contract", "models", "square_contract"]

WORLDS = {
    "amazon": Counterpart(Amazon, an_amazon_account, "models"),
    "ebay": Counterpart(Ebay, an_ebay_account, "ebay_contract"),
    "square": Counterpart(Square, a_square_seller, "square_contract"),
}


@stories_on(WORLDS)
def test_a_story_ends_well(
    company: Company, counterpart: Counterpart, story: Story, request: pytest.FixtureRequest
) -> None:
    ends_well(company, counterpart, story, request)
