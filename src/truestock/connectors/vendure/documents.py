"""The GraphQL documents that are sent to the Admin API."""

from typing import Final

_LEVELS: Final = "stockLevels { stockLocationId stockOnHand stockAllocated }"
LEVELS: Final = f"""
query Levels($skus: [String!]!, $take: Int!) {{
  productVariants(options: {{filter: {{sku: {{in: $skus}}}}, take: $take}}) {{
    totalItems
    items {{ id sku trackInventory outOfStockThreshold useGlobalOutOfStockThreshold {_LEVELS} }}
  }}
  stockLocations(options: {{take: 1000}}) {{ items {{ id name }} }}
  globalSettings {{ trackInventory outOfStockThreshold }}
}}"""
SET: Final = f"""
mutation Show($input: [UpdateProductVariantInput!]!) {{
  updateProductVariants(input: $input) {{ id {_LEVELS} }}
}}"""
ABOUT: Final = """
query About {
  activeChannel { code }
  orders(options: {take: 1}) { totalItems }
  stockLocations(options: {take: 1000}) { items { id name } }
}"""

# Changes nothing, and is refused to whom it would be refused with variants in it.
MAY_WRITE: Final = "mutation MayWrite { updateProductVariants(input: []) { id } }"

_ORDER: Final = """
id code state currencyCode createdAt updatedAt orderPlacedAt shipping shippingWithTax
lines {
  id quantity unitPrice linePrice proratedLinePrice lineTax updatedAt
  productVariant { sku name }
}
fulfillments { id state method trackingCode createdAt updatedAt lines { orderLineId quantity } }
customer { id firstName lastName emailAddress phoneNumber }
shippingAddress {
  fullName company streetLine1 streetLine2 city province postalCode countryCode phoneNumber
}"""
# Vendure moves an order's updatedAt when its lines change, and neither when it is paid nor when it is shipped: what
# was placed is asked for by itself, and all that is not old is gone through again, a page at a time.
SINCE: Final = f"""
query Since($placed: DateTime!, $changed: DateTime!, $swept: DateTime!, $take: Int!) {{
  placed: orders(options: {{
    filter: {{orderPlacedAt: {{after: $placed}}}}, sort: {{orderPlacedAt: ASC}}, take: $take
  }}) {{ items {{ {_ORDER} }} }}
  changed: orders(options: {{
    filter: {{updatedAt: {{after: $changed}}, orderPlacedAt: {{isNull: false}}}}, sort: {{updatedAt: ASC}}, take: $take
  }}) {{ items {{ {_ORDER} }} }}
  swept: orders(options: {{
    filter: {{orderPlacedAt: {{after: $swept}}}}, sort: {{orderPlacedAt: ASC}}, take: $take
  }}) {{ items {{ {_ORDER} }} }}
}}"""
OPEN: Final = f"""
query Open($after: DateTime!, $ended: [String!]!, $take: Int!) {{
  orders(options: {{
    filter: {{createdAt: {{after: $after}}, orderPlacedAt: {{isNull: false}}, state: {{notIn: $ended}}}},
    sort: {{createdAt: ASC}}, take: $take
  }}) {{ items {{ {_ORDER} }} }}
}}"""
THESE: Final = f"""
query These($ids: [String!]!, $take: Int!) {{
  orders(options: {{filter: {{id: {{in: $ids}}, orderPlacedAt: {{isNull: false}}}}, take: $take}}) {{
    items {{ {_ORDER} }}
  }}
}}"""

TOLD: Final = """
query Told($id: ID!) {
  order(id: $id) {
    id state
    lines { id quantity productVariant { sku name } }
    fulfillments { id state method lines { orderLineId quantity } }
    history(options: {filter: {type: {eq: "ORDER_CANCELLATION"}}, take: 100}) { items { data } }
  }
}"""
FULFIL: Final = """
mutation Fulfil($input: FulfillOrderInput!) {
  addFulfillmentToOrder(input: $input) {
    __typename
    ... on Fulfillment { id state }
    ... on ErrorResult { errorCode message }
    ... on CreateFulfillmentError { fulfillmentHandlerError }
    ... on FulfillmentStateTransitionError { transitionError }
  }
}"""
SHIPPED: Final = """
mutation Shipped($id: ID!) {
  transitionFulfillmentToState(id: $id, state: "Shipped") {
    __typename
    ... on Fulfillment { id state }
    ... on ErrorResult { errorCode message }
    ... on FulfillmentStateTransitionError { transitionError }
  }
}"""
CANCEL: Final = """
mutation Cancel($input: CancelOrderInput!) {
  cancelOrder(input: $input) {
    __typename
    ... on Order { id state }
    ... on ErrorResult { errorCode message }
    ... on OrderStateTransitionError { transitionError }
  }
}"""
