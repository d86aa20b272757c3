"""Why a channel shows a number: the terms of its ATP as bars, and availability's tree as one unfolds it on a screen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from truestock.availability.explain import Explanation
from truestock.availability.values import ItemTerms
from truestock.core.available.node import Node, walk
from truestock.entrypoints.web.waterfall import Bar, Step, bars

_OPEN_DEPTH = 1
_AFTER = {"after the buffer", "after buffer and guard"}
_ARITHMETIC = {"own", "common", "pool", "own and pool", "pool, if there is any"} | _AFTER
_TOLD_BY_LABEL = {"entry": ("kind",), "promise": ("channel", "order"), "order": ("order",)}
_QUIET = {"movement", "recorded_at", "shown", "version", "line", "beat", "rule", "ring_fenced_for_others"}


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of the tree, with what hangs from it."""

    label: str
    amount: str
    note: str
    children: "tuple[Branch, ...]"
    open: bool


@dataclass(frozen=True, slots=True)
class Why:
    """One number, explained."""

    sku: str
    name: str
    channel: str
    shown: int
    bars: Sequence[Bar]
    tree: Branch


def told(explanation: Explanation, channel_name: str, item_name: str) -> Why:
    """The explanation as it is drawn."""
    answer = explanation.answer
    limiting = min(answer.items, key=lambda terms: terms.atp // terms.units)
    return Why(
        answer.sku,
        item_name,
        channel_name,
        answer.published,
        bars(_steps(explanation.root, limiting, answer.atp)),
        _branch(explanation.root, 0),
    )


def _steps(root: Node, terms: ItemTerms, atp: int) -> list[Step]:
    nodes = [node for _, node in walk(root)]
    on_hand = sum(node.value for node in nodes if node.label == "on hand")
    reserved = sum(node.value for node in nodes if node.label == "reserved")
    places = sum(node.label == "on hand" and node.value != 0 for node in nodes)
    uncapped = terms.own + max(0, terms.pool) - terms.buffer - terms.guard
    rare = [
        Step("Kept for better channels", -terms.protected),
        Step("Owed to customers", -terms.short),
        Step("Channel buffer", -terms.buffer),
        Step("In-flight guard", -terms.guard),
        Step("Above the cap", terms.atp - uncapped),
    ]
    steps = [
        Step(f"On hand, {places} stock row{'s' * (places != 1)}", on_hand),
        Step("Promised to orders", -reserved),
        Step("Safety stock", terms.own + terms.common - on_hand + reserved),
        *(step for step in rare if step.units),
        Step("Available", terms.atp, total=True),
    ]
    return steps if atp == terms.atp else [*steps, Step("In units of the listing", atp, total=True)]


def _branch(node: Node, depth: int) -> Branch:
    """Steps that change nothing are left out: a screen shows what there is to see."""
    children = _seen(node)
    while len(children) == 1 and children[0].value == node.value and _seen(children[0]):
        if not depth and children[0].label not in _ARITHMETIC:
            break
        node = replace(children[0], label=_joint(node.label, children[0].label))
        children = _seen(node)
    return Branch(
        _label(node),
        f"{node.value:,}",
        ", ".join(_notes(node.facts, _TOLD_BY_LABEL.get(node.label, ()))),
        tuple(_branch(child, depth + 1) for child in children),
        depth < _OPEN_DEPTH,
    )


def _joint(outer: str, inner: str) -> str:
    """The name of the outer step, with the lot where it comes down to one."""
    return f"{outer}, {inner}" if inner.startswith("lot ") else outer


def _seen(node: Node) -> list[Node]:
    return [child for child in node.children if not _empty(child)]


def _empty(node: Node) -> bool:
    return all(n.value == 0 and not n.facts for _, n in walk(node))


def _label(node: Node) -> str:
    facts = [
        str(node.facts[name]).replace("_", " ") for name in _TOLD_BY_LABEL.get(node.label, ()) if node.facts.get(name)
    ]
    return " ".join(facts) or node.label


def _notes(facts: Mapping[str, Any], said: Sequence[str]) -> Iterator[str]:
    """What else is known, in a few words; the instant of recording and numbers of rows are for machines."""
    if facts.get("rule"):
        rule = facts["rule"]
        beaten = len(facts.get("beat", ()))
        yield f"rule {rule['policy']}: {rule['value']} {rule['unit']}" + (f", over {beaten} others" if beaten else "")
    for code, units in facts.get("ring_fenced_for_others", {}).items():
        yield f"{units:,} ring-fenced for {code}"
    for name, value in facts.items():
        if name in _QUIET or name in said or value in (None, ""):
            continue
        if isinstance(value, datetime):
            yield f"{value:%d %b %H:%M:%S}"
        else:
            yield str(value)
