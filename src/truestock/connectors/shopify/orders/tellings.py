"""The GraphQL documents by which a shop is told what becomes of an order, and the shapes of their answers."""

from datetime import datetime
from typing import Final

from truestock.connectors.shopify.documents import PageInfo, Part, UserError
from truestock.connectors.shopify.orders.documents import Identified, Moved, OfLine, Tracking

# Where the hub keeps which fulfillments are which parcel of its own; no other app and no merchant sees it.
NAMESPACE: Final = "$app:truestock"
KEY: Final = "parcels"
SHIPPABLE: Final = """
query Shippable($id: ID!, $after: String) {
  order(id: $id) {
    name
    cancelledAt
    metafield(namespace: "$app:truestock", key: "parcels") { value }
    fulfillments(first: 100) {
      id status trackingInfo(first: 10) { number }
      lines: fulfillmentLineItems(first: 250) { nodes { quantity lineItem { id } } pageInfo { hasNextPage } }
    }
    fulfillmentOrders(first: 10, after: $after) {
      nodes {
        id status assignedLocation { location { id } }
        lineItems(first: 250) { nodes { id remainingQuantity lineItem { id } } pageInfo { hasNextPage } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}"""
FULFIL: Final = """
mutation Fulfil($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id } userErrors { field message } }
}"""
CLAIM: Final = """
mutation Claim($given: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $given) { userErrors { field message } }
}"""
STANDS: Final = """
query Stands($id: ID!) {
  order(id: $id) { name cancelledAt lineItems(first: 250) { nodes { id name unfulfilledQuantity } } }
}"""
CANCEL: Final = """
mutation Cancel($order: ID!, $refund: OrderCancelRefundMethodInput!, $notify: Boolean!, $note: String) {
  orderCancel(
    orderId: $order, reason: OTHER, restock: false, refundMethod: $refund, notifyCustomer: $notify, staffNote: $note
  ) { job { id done } orderCancelUserErrors { code field message } }
}"""


class OpenLine(Part, frozen=True):
    """Units of a line that a fulfillment order still has to send."""

    id: str
    remaining_quantity: int
    line_item: OfLine


class OpenLines(Part, frozen=True):
    """The lines of a fulfillment order."""

    nodes: list[OpenLine]
    page_info: PageInfo


class Assigned(Part, frozen=True):
    """Where a fulfillment order is to be sent from."""

    location: Identified | None


class FulfillmentOrder(Part, frozen=True):
    """A part of an order that one location sends."""

    id: str
    status: str
    assigned_location: Assigned
    line_items: OpenLines


class FulfillmentOrders(Part, frozen=True):
    """A page of them."""

    nodes: list[FulfillmentOrder]
    page_info: PageInfo


class Told(Part, frozen=True):
    """A fulfillment that is there already."""

    id: str
    status: str
    tracking_info: list[Tracking]
    lines: Moved


class Metafield(Part, frozen=True):
    """Something that is kept with an order."""

    value: str


class Shippable(Part, frozen=True):
    """What was sent of an order, and what is to be."""

    name: str
    fulfillments: list[Told]
    fulfillment_orders: FulfillmentOrders
    cancelled_at: datetime | None = None
    metafield: Metafield | None = None


class ShippableData(Part, frozen=True):
    """The answer to SHIPPABLE."""

    order: Shippable | None


class Fulfilled(Part, frozen=True):
    """What became of a fulfillment."""

    fulfillment: Identified | None
    user_errors: list[UserError]


class FulfilData(Part, frozen=True):
    """The answer to FULFIL."""

    fulfillment_create: Fulfilled | None


class Claimed(Part, frozen=True):
    """What became of keeping something."""

    user_errors: list[UserError]


class ClaimData(Part, frozen=True):
    """The answer to CLAIM."""

    metafields_set: Claimed | None


class StandingLine(Part, frozen=True):
    """A line, as far as it is still to be sent."""

    id: str
    name: str
    unfulfilled_quantity: int


class StandingLines(Part, frozen=True):
    """An order's lines."""

    nodes: list[StandingLine]


class Standing(Part, frozen=True):
    """Whether an order is cancelled, and what is left of it."""

    name: str
    line_items: StandingLines
    cancelled_at: datetime | None = None


class StandsData(Part, frozen=True):
    """The answer to STANDS."""

    order: Standing | None


class Job(Part, frozen=True):
    """Work that goes on in the shop."""

    id: str
    done: bool


class Cancelled(Part, frozen=True):
    """What became of a cancellation."""

    job: Job | None
    order_cancel_user_errors: list[UserError]


class CancelData(Part, frozen=True):
    """The answer to CANCEL."""

    order_cancel: Cancelled | None
