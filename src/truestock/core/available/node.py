"""A number with what it is made of: a tree in which every inner value is the stated combination of its children."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Op = Literal["leaf", "sum", "minus", "min", "at_least_0", "per", "percent"]


@dataclass(frozen=True, slots=True)
class Node:
    """`op` says how `value` follows from the children; `facts` are what else is known about it.

    per: the child divided by `facts["units"]`, rounded down; percent: `facts["percent"]` of the child, rounded down;
    minus: the first child less all others."""

    label: str
    value: int
    op: Op = "leaf"
    children: tuple["Node", ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


_COMBINED: Final[Mapping[str, Callable[[Sequence[int], Mapping[str, Any]], int]]] = {
    "sum": lambda values, _: sum(values),
    "minus": lambda values, _: values[0] - sum(values[1:]),
    "min": lambda values, _: min(values),
    "at_least_0": lambda values, _: max(0, values[0]),
    "per": lambda values, facts: values[0] // int(facts["units"]),
    "percent": lambda values, facts: values[0] * int(facts["percent"]) // 100,
}


def inner(label: str, op: Op, *children: Node, **facts: Any) -> Node:
    """A node whose value is worked out from its children."""
    return Node(label, _COMBINED[op]([child.value for child in children], facts), op, children, facts)


def leaf(label: str, value: int, **facts: Any) -> Node:
    """A number that is not taken apart further."""
    return Node(label, value, "leaf", (), facts)


def walk(node: Node, depth: int = 0) -> Iterator[tuple[int, Node]]:
    """The tree top down, each node with its depth."""
    yield depth, node
    for child in node.children:
        yield from walk(child, depth + 1)


SIGNS: Final[Mapping[str, str]] = {
    "leaf": "",
    "sum": "sum of",
    "minus": "first less the others",
    "min": "lowest of",
    "at_least_0": "not below 0",
    "per": "whole units",
    "percent": "percent of",
}


def line(node: Node) -> str:
    """One line of text for a node: its label, value, how it follows, and its plain facts."""
    said = [f"{name.replace('_', ' ')}: {value}" for name, value in node.facts.items() if _plain(value)]
    how = f" = {SIGNS[node.op]}" if node.children else ""
    return f"{node.label}: {node.value:,}{how}{' (' + ', '.join(said) + ')' if said else ''}"


def _plain(value: object) -> bool:
    return value is not None and value != "" and not isinstance(value, list | tuple | dict)
