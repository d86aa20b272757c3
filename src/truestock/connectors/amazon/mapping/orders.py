"""Orders of the API 2026-01-01 in the hub's words."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from truestock.connectors.amazon.mapping.money import Breakdown, Money, NotOneCurrency, Sums, currency_of, sums_of
from truestock.connectors.amazon.mapping.reading import NotAsAgreed, decoded, one_line
from truestock.connectors.contract.orders import ZERO, Buyer, Fee, Parcel, SeenLine, SeenOrder
from truestock.connectors.orders.keeping import NOT_READABLE, reason_of

# Where parcels have left from that Amazon sends by itself.
AMAZON_CENTRES: Final = "AFN"
# Units that left in no package that Amazon tells of.
ELSEWHERE: Final = "untold"
LEFT: Final = frozenset({"IN_TRANSIT", "SHIPPED", "DELIVERED", "UNDELIVERABLE"})
MERCHANT: Final = "MERCHANT"
AMAZON: Final = "AMAZON"
INCLUDED: Final = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,FULFILLMENT,PACKAGES"
Instant = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0)]
State = Literal["pending", "open", "cancelled", "closed"]
STATES: Final[dict[str, State]] = {
    "PENDING_AVAILABILITY": "pending",
    "PENDING": "pending",
    "UNSHIPPED": "open",
    "PARTIALLY_SHIPPED": "open",
    "SHIPPED": "closed",
    "CANCELLED": "cancelled",
    "UNFULFILLABLE": "cancelled",
}


class Place(msgspec.Struct, frozen=True, rename="camel"):
    """Where an order was placed."""

    channel_name: str
    marketplace_id: str = ""


class Person(msgspec.Struct, frozen=True, rename="camel"):
    """Who bought."""

    buyer_name: str = ""
    buyer_email: str = ""
    buyer_company_name: str = ""


class Address(msgspec.Struct, frozen=True, rename="camel"):
    """Where it goes."""

    name: str = ""
    company_name: str = ""
    address_line1: str = ""
    address_line2: str = ""
    address_line3: str = ""
    city: str = ""
    district_or_county: str = ""
    state_or_region: str = ""
    municipality: str = ""
    postal_code: str = ""
    country_code: str = ""
    phone: str = ""


class Recipient(msgspec.Struct, frozen=True, rename="camel"):
    """To whom it goes."""

    delivery_address: Address = Address()


class Fulfilment(msgspec.Struct, frozen=True, rename="camel"):
    """How far an order is, and who sends it."""

    fulfillment_status: str
    fulfilled_by: str = ""


class Proceeds(msgspec.Struct, frozen=True, rename="camel"):
    """What is paid, by kind; of an order or of an item."""

    grand_total: Money | None = None
    breakdowns: list[Breakdown] = []


class Price(msgspec.Struct, frozen=True, rename="camel"):
    """What one unit costs."""

    unit_price: Money | None = None


class Product(msgspec.Struct, frozen=True, rename="camel"):
    """What was bought."""

    title: str = ""
    seller_sku: str = ""
    price: Price = Price()


class Points(msgspec.Struct, frozen=True, rename="camel"):
    """What the points given to the buyer cost."""

    points_monetary_value: Money | None = None


class PointsCost(msgspec.Struct, frozen=True, rename="camel"):
    """Points, wrapped."""

    points_granted: Points = Points()


class Expense(msgspec.Struct, frozen=True, rename="camel"):
    """What an item costs the seller besides."""

    points_cost: PointsCost = PointsCost()


class Sent(msgspec.Struct, frozen=True, rename="camel"):
    """How many units of an item have left, and how many are still to leave."""

    quantity_fulfilled: Count | None = None
    quantity_unfulfilled: Count | None = None


class OrderItem(msgspec.Struct, frozen=True, rename="camel"):
    """One line."""

    order_item_id: str
    quantity_ordered: Count
    product: Product
    proceeds: Proceeds = Proceeds()
    expense: Expense = Expense()
    fulfillment: Sent = Sent()

    @property
    def left(self) -> int:
        """Units that have left."""
        return self.fulfillment.quantity_fulfilled or 0


class PackageStatus(msgspec.Struct, frozen=True, rename="camel"):
    """How far a package is."""

    status: str = ""


class Packed(msgspec.Struct, frozen=True, rename="camel"):
    """Units of an item in a package."""

    order_item_id: str
    quantity: Count


class Package(msgspec.Struct, frozen=True, rename="camel"):
    """What was packed together."""

    package_reference_id: str
    package_status: PackageStatus = PackageStatus()
    carrier: str = ""
    ship_time: Instant | None = None
    tracking_number: str = ""
    package_items: list[Packed] = []


class Order(msgspec.Struct, frozen=True, rename="camel"):
    """An order."""

    order_id: str
    created_time: Instant
    last_updated_time: Instant
    sales_channel: Place
    order_items: list[OrderItem]
    fulfillment: Fulfilment
    buyer: Person = Person()
    recipient: Recipient = Recipient()
    proceeds: Proceeds = Proceeds()
    packages: list[Package] = []


class Named(msgspec.Struct, frozen=True, rename="camel"):
    """As much of an order as says which it is."""

    order_id: str


class Next(msgspec.Struct, frozen=True, rename="camel"):
    """Where a search goes on."""

    next_token: str = ""


class Page(msgspec.Struct, frozen=True, rename="camel"):
    """A page of orders, each still as it came."""

    orders: list[msgspec.Raw]
    pagination: Next = Next()
    last_updated_before: Instant | None = None


class One(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to asking for one order."""

    order: msgspec.Raw


def read(raws: Iterable[msgspec.Raw], ours: tuple[str, str]) -> tuple[list[SeenOrder], dict[str, str]]:
    """The orders that are ours, the longest unchanged first; and by id why one cannot be understood.

    `ours` is the marketplace and who fulfils, MERCHANT or AMAZON. Raises NotAsAgreed where one has not even an id."""
    found: list[SeenOrder] = []
    unread: dict[str, str] = {}
    for raw in raws:
        id_ = decoded(bytes(raw), Named).order_id
        try:
            order = decoded(bytes(raw), Order)
            if is_ours(order, *ours):
                found.append(seen(order))
        except (NotAsAgreed, NotOneCurrency, *NOT_READABLE) as error:
            unread[id_] = one_line(reason_of(error))
    return sorted(found, key=lambda order: (order.changed_at, order.id)), unread


def is_ours(order: Order, marketplace: str, fulfilled_by: str) -> bool:
    """Whether an order was placed in the marketplace and is sent by whom the channel is for. Raises NotAsAgreed."""
    if order.fulfillment.fulfilled_by not in (MERCHANT, AMAZON):
        raise NotAsAgreed("it does not say whether the merchant or Amazon fulfils it")
    place = order.sales_channel
    placed = place.channel_name == AMAZON and place.marketplace_id == marketplace
    return placed and order.fulfillment.fulfilled_by == fulfilled_by


def seen(order: Order) -> SeenOrder:
    """The order in the hub's words. Raises NotAsAgreed and NotOneCurrency."""
    state = STATES.get(order.fulfillment.fulfillment_status)
    if state is None:
        raise NotAsAgreed(f"the fulfilment status {order.fulfillment.fulfillment_status} is not known")
    items = {item.order_item_id: sums_of(item.proceeds.breakdowns) for item in order.order_items}
    points = {item.order_item_id: item.expense.points_cost.points_granted for item in order.order_items}
    money = [order.proceeds.grand_total, *(item.product.price.unit_price for item in order.order_items)]
    money += [cost.points_monetary_value for cost in points.values()]
    broken_down = (part for item in order.order_items for part in item.proceeds.breakdowns)
    return SeenOrder(
        id=order.order_id,
        name=order.order_id,
        changed_at=order.last_updated_time,
        placed_at=order.created_time,
        state=state,
        lines=[_line(item, state, items[item.order_item_id]) for item in order.order_items],
        currency=currency_of(money, broken_down),
        shipping=sum((sums.shipping for sums in items.values()), ZERO),
        shipping_tax=sum((sums.shipping_tax for sums in items.values()), ZERO),
        fees=[
            Fee("points", cost.points_monetary_value.amount, line)
            for line, cost in points.items()
            if cost.points_monetary_value
        ],
        parcels=_of_amazon(order, state) if order.fulfillment.fulfilled_by == AMAZON else _of_merchant(order, state),
        buyer=_buyer(order),
    )


def sold(item: OrderItem, state: State) -> int:
    """Units sold and not cancelled. A pending order does not say what is to leave yet: all of it is."""
    sent = item.fulfillment
    if state == "cancelled":
        return item.left
    if state == "pending" or sent.quantity_fulfilled is None or sent.quantity_unfulfilled is None:
        return item.quantity_ordered
    return min(item.quantity_ordered, sent.quantity_fulfilled + sent.quantity_unfulfilled)


def cancelled(order: Order) -> dict[str, int]:
    """Units cancelled by the id of the line."""
    state = STATES.get(order.fulfillment.fulfillment_status, "open")
    return {item.order_item_id: item.quantity_ordered - sold(item, state) for item in order.order_items}


def _line(item: OrderItem, state: State, sums: Sums) -> SeenLine:
    price = item.product.price.unit_price
    return SeenLine(
        id=item.order_item_id,
        sku=item.product.seller_sku,
        qty=sold(item, state),
        price=price.amount if price else ZERO,
        discount=sums.discount,
        tax=sums.tax,
        title=item.product.title,
    )


def _of_merchant(order: Order, state: State) -> list[Parcel]:
    """The packages that have left; of a closed order also what Amazon says has left in none of them."""
    parcels = [
        Parcel(
            id=package.package_reference_id,
            lines=_units(package.package_items),
            shipped_at=package.ship_time,
            carrier=package.carrier,
            tracking=package.tracking_number,
        )
        for package in order.packages
        if package.package_status.status in LEFT or (not package.package_status.status and package.ship_time)
    ]
    packed = _units(packed for package in order.packages for packed in package.package_items)
    rest = {item.order_item_id: item.left - packed.get(item.order_item_id, 0) for item in order.order_items}
    if state == "closed" and (lines := {line: units for line, units in rest.items() if units > 0}):
        parcels.append(Parcel(id=ELSEWHERE, lines=lines))
    return parcels


def _of_amazon(order: Order, state: State) -> list[Parcel]:
    """One parcel for each line that Amazon is done with: it tells how many units have left, and not in which."""
    return [
        Parcel(id=f"{AMAZON_CENTRES}-{item.order_item_id}", lines={item.order_item_id: item.left}, place=AMAZON_CENTRES)
        for item in order.order_items
        if item.left and (state in ("closed", "cancelled") or item.left == sold(item, state))
    ]


def _units(items: Iterable[Packed]) -> dict[str, int]:
    units: dict[str, int] = {}
    for packed in items:
        units[packed.order_item_id] = units.get(packed.order_item_id, 0) + packed.quantity
    return units


def _buyer(order: Order) -> Buyer:
    person, to = order.buyer, order.recipient.delivery_address
    street = (to.address_line1, to.address_line2, to.address_line3)
    return Buyer(
        name=to.name or person.buyer_name,
        email=person.buyer_email,
        phone=to.phone,
        company=to.company_name or person.buyer_company_name,
        street=", ".join(line for line in street if line),
        postcode=to.postal_code,
        city=to.city or to.municipality or to.district_or_county,
        region=to.state_or_region,
        country=to.country_code,
    )


def packages_of(order: Order) -> dict[str, dict[str, int]]:
    """Units by line, by the reference of each package that is not cancelled."""
    return {
        package.package_reference_id: _units(package.package_items)
        for package in order.packages
        if package.package_status.status != "CANCELLED"
    }
