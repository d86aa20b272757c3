"""Feeds of listings: the document that goes in, the state it is in, and the report that comes out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta

from truestock.connectors.amazon.mapping.listings import ERROR, Write, patches
from truestock.connectors.amazon.mapping.reading import one_line
from truestock.connectors.amazon.mapping.tickets import Ticket
from truestock.connectors.contract.answers import Outcome

FEED_TYPE: Final = "JSON_LISTINGS_FEED"
CONTENT_TYPE: Final = "application/json; charset=UTF-8"
VERSION: Final = "2.0"


class Document(msgspec.Struct, frozen=True, rename="camel"):
    """Where a document is laid or fetched."""

    feed_document_id: str
    url: Annotated[str, Meta(pattern="^https://")]
    compression_algorithm: Literal["GZIP", ""] = ""


class Created(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to creating a feed."""

    feed_id: str


class Feed(msgspec.Struct, frozen=True, rename="camel"):
    """A feed and how far it is."""

    feed_id: str
    processing_status: Literal["CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE"]
    processing_end_time: Annotated[datetime, Meta(tz=True)] | None = None
    result_feed_document_id: str | None = None

    @property
    def ended(self) -> bool:
        """Whether it will not change any more."""
        return self.processing_status in ("CANCELLED", "DONE", "FATAL")


class Feeds(msgspec.Struct, frozen=True):
    """The newest feeds."""

    feeds: list[Feed]


class Remark(msgspec.Struct, frozen=True, rename="camel"):
    """What the report says of one message, or of the whole feed where it names none."""

    message: str
    severity: str
    code: str = ""
    message_id: int | None = None


class Summary(msgspec.Struct, frozen=True, rename="camel"):
    """The counts of a report."""

    messages_accepted: int


class Report(msgspec.Struct, frozen=True):
    """The report of a processed feed."""

    issues: list[Remark]
    summary: Summary


class Processed(NamedTuple):
    """A feed that has ended, and its report if it has one."""

    feed: Feed
    report: Report | None


def document(seller_id: str, writes: Sequence[Write]) -> bytes:
    """The feed's document; message n is the nth line, counted from 1."""
    messages = [
        {
            "messageId": number,
            "sku": write.line.sku,
            "operationType": "PATCH",
            "productType": write.product_type,
            "patches": patches(write.line.quantity),
        }
        for number, write in enumerate(writes, 1)
    ]
    return msgspec.json.encode({"header": {"sellerId": seller_id, "version": VERSION}, "messages": messages})


def accepted(feed_id: str, writes: Sequence[Write], now: datetime) -> dict[str, Outcome]:
    """By SKU: all lines of one feed are accepted, each with a ticket that names the feed and its message."""
    at = now.timestamp()
    return {
        write.line.sku: Outcome(
            "accepted", ticket=Ticket("feed", feed_id, number, write.line.quantity, at, write.line.was).text()
        )
        for number, write in enumerate(writes, 1)
    }


def settled(processed: Processed, ticket: Ticket) -> Outcome | datetime:
    """Why a message of a feed that has ended was not taken; when it was, since when its change is being applied."""
    feed, report = processed
    if feed.processing_status != "DONE":
        return Outcome("later", f"Amazon did not process the feed {feed.feed_id} ({feed.processing_status})")
    since = max(feed.processing_end_time or ticket.since, ticket.since)
    if report is None:
        return since
    errors = [remark for remark in report.issues if remark.severity == ERROR]
    of_line = [remark for remark in errors if remark.message_id == ticket.number]
    of_feed = [remark for remark in errors if remark.message_id is None]
    if not of_line and report.summary.messages_accepted:
        return since
    told = "; ".join(f"{one.code}: {one.message}" if one.code else one.message for one in of_line or of_feed)
    return Outcome("rejected", one_line(told) or f"Amazon took no message of the feed {ticket.id}")
