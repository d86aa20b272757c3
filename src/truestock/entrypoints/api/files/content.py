"""Content of pages, what channels ask of it, and what is wrong with it."""

from typing import Annotated

from fastapi import Depends

from truestock.catalog.listings import content, content_rules
from truestock.catalog.listings.column_mappings import read_column_mapping
from truestock.entrypoints.api.framework.route import Router, TheHub
from truestock.entrypoints.api.framework.shapes import (
    Answers,
    LineAnswer,
    Lines,
    Rows,
    TheHow,
    ThePage,
    answer_of,
    answers_of,
    rows_of,
)
from truestock.entrypoints.api.front.call import CATALOG, READ
from truestock.feeds.product_files import CheckReport, check_content_of

router = Router("content", CATALOG)
reader = Router("content", READ)


@reader.get("/v1/content")
def list_content(hub: TheHub, page: ThePage, channel: str | None = None) -> Rows[content.StoredContent]:
    """What a channel shows otherwise than others, or without a channel what holds wherever items are sold."""
    return rows_of(content.list_content(hub.db, channel, page.after_id, page.limit))


@router.post("/v1/content")
def put_content(
    drafts: Annotated[list[content.ContentDraft], Depends(Lines(content.ContentDraft))], hub: TheHub, how: TheHow
) -> Answers:
    """Make or change content of products and variants."""
    return answers_of(content.put_content(hub.db, drafts, how))


@reader.get("/v1/content/check")
def check_content(hub: TheHub, channel: str) -> CheckReport:
    """Hold the content of a channel's listings to the channel's rules: each finding says what to do."""
    return check_content_of(hub.db, channel)


@reader.get("/v1/content-rules")
def read_rules(hub: TheHub, channel: str) -> list[content_rules.ContentRule]:
    """What a channel asks of content, by field."""
    return content_rules.read_content_rules(hub.db, channel)


@router.post("/v1/content-rules")
def put_rules(
    drafts: Annotated[list[content_rules.ContentRuleDraft], Depends(Lines(content_rules.ContentRuleDraft))],
    hub: TheHub,
    how: TheHow,
) -> Answers:
    """Make or change what channels ask of content."""
    return answers_of(content_rules.put_content_rules(hub.db, drafts, how))


@router.delete("/v1/content-rules")
def end_rule(channel: str, field: str, hub: TheHub) -> LineAnswer:
    """Ask no longer what a rule asks."""
    return answer_of(content_rules.end_content_rules(hub.db, [(channel, field)]))


@reader.get("/v1/column-mappings/{name:path}")
def read_mapping(name: str, hub: TheHub) -> dict[str, str]:
    """The headers of a saved mapping by field; files of the kind `column_mappings` load them."""
    return read_column_mapping(hub.db, name)
