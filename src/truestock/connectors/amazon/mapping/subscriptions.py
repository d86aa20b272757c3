"""What Amazon tells of where it lays notifications, and which."""

import msgspec


class Sqs(msgspec.Struct, frozen=True, rename="camel"):
    """A queue."""

    arn: str = ""


class Resource(msgspec.Struct, frozen=True, rename="camel"):
    """What takes notifications."""

    sqs: Sqs | None = None


class Destination(msgspec.Struct, frozen=True, rename="camel"):
    """A place for notifications."""

    destination_id: str
    resource: Resource = Resource()


class Destinations(msgspec.Struct, frozen=True, rename="camel"):
    """All places of the application."""

    payload: list[Destination] = []


class Made(msgspec.Struct, frozen=True, rename="camel"):
    """The place that was made."""

    payload: Destination


class Subscription(msgspec.Struct, frozen=True, rename="camel"):
    """What is laid where."""

    destination_id: str


class OfType(msgspec.Struct, frozen=True, rename="camel"):
    """The subscriptions of one type of notification."""

    subscriptions: list[Subscription] = []
    next_token: str = ""


class Subscriptions(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to asking for them."""

    payload: OfType = OfType()
