"""The GraphQL documents about orders, and the shapes of what is read of their answers."""

from datetime import datetime
from decimal import Decimal
from typing import Final, Generic, TypeVar

import msgspec

from truestock.connectors.shopify.documents import PageInfo, Part

P = TypeVar("P")
NESTED: Final = 50  # lines of an order, a fulfillment or a refund that come with the order itself
LISTED: Final = 10  # fulfillments and refunds that do
LINE: Final = """
fragment Sold on LineItem {
  id sku name quantity currentQuantity unfulfilledQuantity
  originalUnitPriceSet { shopMoney { amount } }
  discountAllocations { allocatedAmountSet { shopMoney { amount } } }
  taxLines { priceSet { shopMoney { amount } } }
}"""
LEFT: Final = """
fragment Left on Fulfillment {
  id status createdAt location { id } trackingInfo(first: 10) { company number url }
}"""
ORDER: Final = f"""
fragment Seen on Order {{
  id name createdAt updatedAt cancelledAt closed currencyCode taxesIncluded displayFinancialStatus
  email phone customerLocale customer {{ id displayName }}
  shippingAddress {{
    name company address1 address2 zip city province countryCodeV2 phone latitude longitude
  }}
  shippingLines(first: 10) {{
    nodes {{ discountedPriceSet {{ shopMoney {{ amount }} }} taxLines {{ priceSet {{ shopMoney {{ amount }} }} }} }}
  }}
  lineItems(first: {NESTED}) {{ nodes {{ ...Sold }} pageInfo {{ hasNextPage endCursor }} }}
  fulfillments(first: {LISTED}) {{
    ...Left
    lines: fulfillmentLineItems(first: {NESTED}) {{ nodes {{ quantity lineItem {{ id }} }} pageInfo {{ hasNextPage }} }}
  }}
  refunds(first: {LISTED}) {{
    id
    lines: refundLineItems(first: {NESTED}) {{
      nodes {{ quantity restockType lineItem {{ id }} }} pageInfo {{ hasNextPage }}
    }}
  }}
  transactions(first: 20) {{ status fees {{ type amount {{ amount currencyCode }} taxAmount {{ amount }} }} }}
}}"""
SINCE: Final = f"""
query Since($search: String!, $sort: OrderSortKeys!, $first: Int!, $after: String) {{
  orders(first: $first, query: $search, sortKey: $sort, after: $after) {{
    nodes {{ ...Seen }} pageInfo {{ hasNextPage endCursor }}
  }}
}}
{ORDER}{LINE}{LEFT}"""
BY_ID: Final = f"query Orders($ids: [ID!]!) {{ nodes(ids: $ids) {{ ...Seen }} }}\n{ORDER}{LINE}{LEFT}"
LINES: Final = f"""
query Lines($id: ID!, $after: String) {{
  order(id: $id) {{
    lineItems(first: 100, after: $after) {{ nodes {{ ...Sold }} pageInfo {{ hasNextPage endCursor }} }}
  }}
}}
{LINE}"""
PARTS_MAX: Final = 200
PARTS: Final = f"""
query Parts($id: ID!) {{
  order(id: $id) {{ fulfillments(first: {PARTS_MAX}) {{ id }} refunds(first: {PARTS_MAX}) {{ id }} }}
}}"""
SENT_PART: Final = f"""
query SentPart($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on Fulfillment {{
      ...Left
      lines: fulfillmentLineItems(first: 100, after: $after) {{
        nodes {{ quantity lineItem {{ id }} }} pageInfo {{ hasNextPage endCursor }}
      }}
    }}
  }}
}}
{LEFT}"""
REFUNDED_PART: Final = """
query RefundedPart($id: ID!, $after: String) {
  node(id: $id) {
    ... on Refund {
      id
      lines: refundLineItems(first: 100, after: $after) {
        nodes { quantity restockType lineItem { id } } pageInfo { hasNextPage endCursor }
      }
    }
  }
}"""


class Amount(Part, frozen=True):
    """An amount, and its currency where it is asked for."""

    amount: Decimal
    currency_code: str = ""


class Money(Part, frozen=True):
    """An amount in the shop's currency."""

    shop_money: Amount


class Tax(Part, frozen=True):
    """One tax on something."""

    price_set: Money


class Allocation(Part, frozen=True):
    """What one discount takes off a line."""

    allocated_amount_set: Money


class LineItem(Part, frozen=True):
    """A line. `quantity` counts removed and refunded units too, and so do its discounts and taxes."""

    id: str
    name: str
    quantity: int
    current_quantity: int
    unfulfilled_quantity: int
    original_unit_price_set: Money
    discount_allocations: list[Allocation]
    tax_lines: list[Tax]
    sku: str | None = None


class LineItems(Part, frozen=True):
    """A page of lines."""

    nodes: list[LineItem]
    page_info: PageInfo


class OfLine(Part, frozen=True):
    """The line that units are of."""

    id: str


class MovedLine(Part, frozen=True):
    """Units in a fulfillment or a refund. `restock_type` of a refund's: CANCEL of what had not left, RETURN of
    what had, or another word that does not tell."""

    line_item: OfLine
    quantity: int | None
    restock_type: str = ""


class Moved(Part, frozen=True):
    """A page of a fulfillment or a refund."""

    nodes: list[MovedLine]
    page_info: PageInfo


class Tracking(Part, frozen=True):
    """How a parcel is followed."""

    company: str | None = None
    number: str | None = None
    url: str | None = None


class Identified(Part, frozen=True):
    """Something of which the ID is enough."""

    id: str


class Fulfillment(Part, frozen=True):
    """What was sent together."""

    id: str
    status: str
    created_at: datetime
    location: Identified | None
    tracking_info: list[Tracking]
    lines: Moved


class Refund(Part, frozen=True):
    """What was given back, or not sent at all."""

    id: str
    lines: Moved


class ShippingLine(Part, frozen=True):
    """What was charged for sending."""

    discounted_price_set: Money
    tax_lines: list[Tax]


class ShippingLines(Part, frozen=True):
    """All that was charged for sending."""

    nodes: list[ShippingLine]


class TransactionFee(Part, frozen=True):
    """What Shopify Payments keeps of a payment."""

    type: str
    amount: Amount
    tax_amount: Amount


class Transaction(Part, frozen=True):
    """A payment."""

    status: str
    fees: list[TransactionFee]


class Customer(Part, frozen=True):
    """Who has an account in the shop."""

    id: str
    display_name: str


class Address(Part, frozen=True):
    """Where it goes."""

    name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    zip: str | None = None
    city: str | None = None
    province: str | None = None
    country_code_v2: str | None = msgspec.field(default=None, name="countryCodeV2")
    phone: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class Order(Part, frozen=True):
    """An order."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    currency_code: str
    taxes_included: bool
    line_items: LineItems
    fulfillments: list[Fulfillment]
    refunds: list[Refund]
    shipping_lines: ShippingLines
    transactions: list[Transaction]
    cancelled_at: datetime | None = None
    closed: bool = False
    display_financial_status: str | None = None
    email: str | None = None
    phone: str | None = None
    customer_locale: str | None = None
    customer: Customer | None = None
    shipping_address: Address | None = None


class OrdersPage(Part, frozen=True):
    """A page of orders, each to be read by itself: one that is not understood stops no other."""

    nodes: list[msgspec.Raw]
    page_info: PageInfo


class SinceData(Part, frozen=True):
    """The answer to SINCE."""

    orders: OrdersPage


class ByIdData(Part, frozen=True):
    """The answer to BY_ID; an order that is gone is null."""

    nodes: list[msgspec.Raw]


class LinesOf(Part, frozen=True):
    """An order's lines."""

    line_items: LineItems


class LinesData(Part, frozen=True):
    """The answer to LINES."""

    order: LinesOf | None


class PartsOf(Part, frozen=True):
    """What an order's fulfillments and refunds are called."""

    fulfillments: list[Identified]
    refunds: list[Identified]


class PartsData(Part, frozen=True):
    """The answer to PARTS."""

    order: PartsOf | None


class PartData(Part, Generic[P], frozen=True):
    """The answer to SENT_PART or to REFUNDED_PART."""

    node: P
