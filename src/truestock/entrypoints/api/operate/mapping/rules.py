"""Mapping rules: what a channel's SKUs mean, as data; tried before they are saved."""

from typing import Annotated

import msgspec
from fastapi import Depends
from msgspec import Meta

from truestock.entrypoints.api.framework.route import Body, Router, TheHub
from truestock.entrypoints.api.front.call import CATALOG, READ
from truestock.feeds.inbox import rule_book
from truestock.feeds.inbox.rules import Rule

router = Router("inbox", CATALOG)
reader = Router("inbox", READ)
Rules = Annotated[list[Rule], Meta(max_length=rule_book.RULES_MAX)]


class NewRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rules of a channel; `automatic` makes listings of what they lead to an item, null leaves that as it is."""

    rules: Rules
    automatic: bool | None = None


class ToTry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rules to be tried; null for those that are saved."""

    rules: Rules | None = None


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An empty object. It has to be sent, so that no web page of somebody else's can send it unasked."""


@reader.get("/v1/mapping-rules/{channel:path}")
def read_rules(channel: str, hub: TheHub) -> rule_book.RuleBookOf:
    """A channel's rules in their order, and whether they make listings by themselves."""
    return rule_book.read_rules(hub.db, channel)


@router.put("/v1/mapping-rules/{channel:path}")
def put_rules(channel: str, body: Annotated[NewRules, Depends(Body(NewRules))], hub: TheHub) -> rule_book.RuleBookOf:
    """Put these in place of a channel's rules. No listing that is there changes."""
    return rule_book.change_rules(hub.db, channel, lambda _: body.rules, automatic=body.automatic)


@router.post("/v1/mapping-rules/{channel:path}/preview")
def preview(channel: str, body: Annotated[ToTry, Depends(Body(ToTry))], hub: TheHub) -> rule_book.Preview:
    """What rules would do on all that the channel sells, as far as is known; nothing is written."""
    return rule_book.preview(hub.db, channel, body.rules)


@router.post("/v1/mapping-rules/{channel:path}/apply")
def apply(channel: str, _: Annotated[Nothing, Depends(Body(Nothing))], hub: TheHub) -> rule_book.Made:
    """Make the listings that the saved rules lead to, now and once; orders that wait for them are taken in seconds."""
    return rule_book.apply_rules(hub.db, channel)[0]
