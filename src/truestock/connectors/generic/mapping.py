"""Payloads out and answers in; pure. What an answer does not say plainly is never taken for applied."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final, Literal, TypeVar
from urllib.parse import quote_plus

import msgspec
from msgspec import Meta

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome
from truestock.connectors.generic.refusals import one_line

# Servers take about 8,000 characters of address.
QUERY_MAX: Final = 6_000
UNSAID: Final = "the channel's answer does not say what became of it"
NO_REASON: Final = "the channel gave no reason"

# What JSON readers everywhere keep exact.
Quantity = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]
Ticket = Annotated[str, Meta(pattern="^[!-~]*$", max_length=200)]
Answer = TypeVar("Answer")


class NotAsAgreed(Exception):
    """An answer that is not of the agreed form; the text says where."""


class Written(msgspec.Struct, frozen=True):
    """A line: show `quantity` for `sku`. `was`: what you are thought to show, null when that is not known."""

    sku: str
    quantity: int
    rev: int
    key: str
    was: int | None


class Push(msgspec.Struct, frozen=True):
    """The body of a push; each line is of another SKU."""

    lines: list[Written]


class Result(msgspec.Struct, frozen=True):
    """What became of one SKU; `quantity` is what is shown now."""

    sku: str
    status: Literal["applied", "accepted", "stale", "rejected", "later"]
    quantity: Quantity | None = None
    reason: str | None = None
    ticket: Ticket | None = None


class Results(msgspec.Struct, frozen=True):
    """The answer to a push, and to a question about tickets."""

    results: list[Result]


class Shown(msgspec.Struct, frozen=True):
    """What is shown for one SKU."""

    sku: str
    quantity: Quantity


class AllShown(msgspec.Struct, frozen=True):
    """The answer to reading back."""

    results: list[Shown]


class Health(msgspec.Struct, frozen=True):
    """The answer to a check: who answers."""

    name: str


def payload(lines: Iterable[Line]) -> bytes:
    """The body of a push: the same lines in any order give the same bytes."""
    ordered = sorted(lines, key=lambda line: line.sku)
    return msgspec.json.encode(
        Push([Written(line.sku, line.quantity, line.rev, line.key, line.was) for line in ordered])
    )


def call_key(content: bytes) -> str:
    """The key of a call, the same whenever its content is."""
    return f"call_{hashlib.sha256(content).hexdigest()[:40]}"


def queries(name: str, values: Iterable[str], most: int) -> list[str]:
    """Query strings that ask for all values, each for at most so many of them, and short enough for any server."""
    found: list[str] = []
    terms: list[str] = []
    length = 0
    for value in values:
        term = f"{name}={quote_plus(value)}"
        if terms and (len(terms) == most or length + len(term) >= QUERY_MAX):
            found.append("&".join(terms))
            terms, length = [], 0
        terms.append(term)
        length += len(term) + 1
    return [*found, "&".join(terms)] if terms else found


def decoded(body: bytes, form: type[Answer]) -> Answer:
    """An answer in its agreed form; fields we do not know are passed over. Raises NotAsAgreed."""
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotAsAgreed(one_line(str(error))) from error


def outcomes(lines: Sequence[Line], answer: Results) -> dict[str, Outcome]:
    """One outcome for each line. SKUs that were not asked for are passed over.

    One that the answer leaves out or names twice is for later: sent again it has the same key, and the same effect."""
    told = _by_sku(answer.results)
    unsaid = Outcome("later", UNSAID)
    return {line.sku: _pushed(line, told[line.sku]) if line.sku in told else unsaid for line in lines}


def settled(tickets: Mapping[str, str], answer: Results) -> dict[str, Outcome]:
    """Outcomes of the SKUs that are decided by now; another's ticket decides nothing."""
    return {
        sku: _outcome(result)
        for sku, result in _by_sku(answer.results).items()
        if result.status != "accepted" and result.ticket in (None, "", tickets.get(sku)) and sku in tickets
    }


def shown(skus: Iterable[str], answer: AllShown) -> dict[str, int]:
    """The quantities of the SKUs asked for, as far as the other side has them. Raises NotAsAgreed."""
    asked = set(skus)
    found: dict[str, int] = {}
    for told in answer.results:
        if told.sku in asked and found.setdefault(told.sku, told.quantity) != told.quantity:
            raise NotAsAgreed(one_line(f"two quantities for {told.sku}"))
    return found


def _by_sku(results: Iterable[Result]) -> dict[str, Result]:
    """Those that are named once."""
    found: dict[str, Result] = {}
    twice: set[str] = set()
    for result in results:
        if found.setdefault(result.sku, result) is not result:
            twice.add(result.sku)
    return {sku: result for sku, result in found.items() if sku not in twice}


def _pushed(line: Line, result: Result) -> Outcome:
    if result.status == "applied" and result.quantity not in (None, line.quantity):
        return Outcome("stale", f"told {line.quantity}, it shows {result.quantity}", result.quantity)
    return _outcome(result)


def _outcome(result: Result) -> Outcome:
    needs_reason = result.status in ("stale", "rejected", "later")
    reason = one_line(result.reason or "") or (NO_REASON if needs_reason else "")
    return Outcome(result.status, reason, result.quantity, result.ticket or "")
