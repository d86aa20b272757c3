"""The GraphQL documents that are sent, and the shapes of what is read of their answers."""

from typing import Generic, TypeVar

import msgspec

SET = """
mutation Show($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { code field message }
  }
}"""
FIND = """
query Find($search: String!, $location: ID!, $after: String) {
  inventoryItems(first: 250, query: $search, after: $after) {
    nodes { id sku inventoryLevel(locationId: $location) { id } }
    pageInfo { hasNextPage endCursor }
  }
}"""
READ = """
query Read($ids: [ID!]!, $location: ID!) {
  nodes(ids: $ids) {
    ... on InventoryItem {
      id
      sku
      inventoryLevel(locationId: $location) { quantities(names: ["available"]) { name quantity } }
    }
  }
}"""
ABOUT = "query About { shop { name } currentAppInstallation { accessScopes { handle } } }"
PLACE = """
query Place($location: ID!) {
  location(id: $location) { name isActive }
  locations(first: 50) { nodes { id name } }
}"""

T = TypeVar("T")


class Part(msgspec.Struct, frozen=True, rename="camel"):
    """An object of an answer; what is not asked for here is passed over."""


class ThrottleStatus(Part, frozen=True):
    """The bucket of points of this app in this shop."""

    maximum_available: float
    currently_available: float
    restore_rate: float


class Cost(Part, frozen=True):
    """What the call was charged, in points."""

    requested_query_cost: float | None = None
    throttle_status: ThrottleStatus | None = None


class Extensions(Part, frozen=True):
    """What stands beside the data."""

    cost: Cost = Cost()


class FaultExtensions(Part, frozen=True):
    """The machine's words for a fault."""

    code: str | None = None
    required_access: str | None = None


class Fault(Part, frozen=True):
    """An error of the call as a whole, or of a field of it."""

    message: str
    extensions: FaultExtensions = FaultExtensions()


class Answer(Part, Generic[T], frozen=True):
    """The body of every answer with status 200."""

    data: T | None = None
    errors: list[Fault] = []
    extensions: Extensions = Extensions()


class UserError(Part, frozen=True):
    """Why a write was refused; `field` is a path such as input, quantities, 3, quantity."""

    message: str
    field: list[str] | None = None
    code: str | None = None


class Group(Part, frozen=True):
    """The record of what a write changed; absent when it changed nothing. Only its presence counts."""


class SetPayload(Part, frozen=True):
    """What became of a write."""

    user_errors: list[UserError]
    inventory_adjustment_group: Group | None = None


class SetData(Part, frozen=True):
    """The answer to SET."""

    inventory_set_quantities: SetPayload | None


class Level(Part, frozen=True):
    """An item is stocked at the location."""

    id: str


class FoundItem(Part, frozen=True):
    """An inventory item that the search gave."""

    id: str
    sku: str | None
    inventory_level: Level | None


class PageInfo(Part, frozen=True):
    """Whether there is more, and from where on."""

    has_next_page: bool
    end_cursor: str | None = None


class FoundItems(Part, frozen=True):
    """A page of the search."""

    nodes: list[FoundItem]
    page_info: PageInfo


class FindData(Part, frozen=True):
    """The answer to FIND."""

    inventory_items: FoundItems


class Quantity(Part, frozen=True):
    """One of the numbers that a level has."""

    name: str
    quantity: int


class ReadLevel(Part, frozen=True):
    """The numbers at the location."""

    quantities: list[Quantity]


class ReadItem(Part, frozen=True):
    """An item with its numbers at the location, if it is stocked there."""

    id: str
    sku: str | None
    inventory_level: ReadLevel | None


class ReadData(Part, frozen=True):
    """The answer to READ; an item that is gone is null."""

    nodes: list[ReadItem | None]


class Scope(Part, frozen=True):
    """Something the app may do."""

    handle: str


class Installation(Part, frozen=True):
    """The app in this shop."""

    access_scopes: list[Scope]


class Shop(Part, frozen=True):
    """The shop itself."""

    name: str


class AboutData(Part, frozen=True):
    """The answer to ABOUT."""

    shop: Shop
    current_app_installation: Installation | None


class Location(Part, frozen=True):
    """The location that is pushed to."""

    name: str
    is_active: bool


class Named(Part, frozen=True):
    """A location that could be chosen."""

    id: str
    name: str


class Locations(Part, frozen=True):
    """The shop's locations."""

    nodes: list[Named]


class PlaceData(Part, frozen=True):
    """The answer to PLACE."""

    location: Location | None
    locations: Locations
