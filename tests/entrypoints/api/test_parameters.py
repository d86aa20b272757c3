"""Every query parameter of the API with a value that it cannot have: the problem names that parameter and no other."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from tests.entrypoints.api.conftest import Live
from truestock.entrypoints.api.framework.shapes import sealed

ENDLESS: Final = "/v1/changes/stream"
# What its neighbours need for a parameter to be looked at.
GOOD: Final = {
    "channel": "web",
    "sku": "A",
    "item": "A",
    "location": "dc",
    "source": "erp",
    "kind": "safety_stock",
    "as_of": "2026-11-01T00:00:00Z",
    "received": 1,
}
ALSO: Final = {"/v1/bins/stock": {"location": "dc"}}
BAD: Final = ("\N{SNOWMAN} no such thing", "-1", "x" * 1001)
BAD_CURSORS: Final = ("!", sealed("\0"), *map(sealed, ("zz", "-1", "1|zz", "9" * 30, "2026-13-01|1|x")))
# A list that goes on behind a name takes any name, and an open list of words any word.
BY_NAME: Final = {
    *("/v1/items", "/v1/locations", "/v1/bins", "/v1/channels", "/v1/keys", "/v1/supply-documents"),
    *("/v1/item-aliases", "/v1/location-aliases"),
}
WORDS: Final = {"state", "kind", "status", "axis", "lands", "severity", "cause", "beyond", "empty", "limit", "days"}


class Parameter(NamedTuple):
    """One query parameter, and the address with what else it needs."""

    path: str
    name: str
    beside: dict[str, Any]

    @property
    def refused(self) -> tuple[str, ...]:
        """What it must not take."""
        if self.name == "cursor":
            return BAD_CURSORS[:2] if self.path in BY_NAME else BAD_CURSORS
        return BAD if self.name in WORDS else ()


def parameters(live: Live) -> Iterator[Parameter]:
    """Those of all lists and answers that are not about one thing, which would have to be there."""
    document: dict[str, Any] = live.http.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        if path == ENDLESS or "{" in path or "get" not in methods:
            continue
        asked = [one for one in methods["get"].get("parameters", []) if one["in"] == "query"]
        needed = {one["name"]: GOOD[one["name"]] for one in asked if one.get("required")}
        for one in asked:
            yield Parameter(path, one["name"], {**ALSO.get(path, {}), **needed})


def test_a_problem_names_the_parameter_that_is_wrong(shared: Live) -> None:
    wrong = []
    for asked in parameters(shared):
        for value in {*BAD, *asked.refused}:
            answer = shared.http.get(asked.path, params={**asked.beside, asked.name: value})
            taken = answer.status_code == 200 and value not in asked.refused
            named = answer.status_code != 200 and answer.json().get("field", "").partition("[")[0] == asked.name
            if not (taken or named):
                wrong.append(f"{asked.path} {asked.name}={value[:20]!r}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)
