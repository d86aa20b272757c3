"""The page for the other side's developer says what the code does, and its example verifies what the hub signs."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from time_machine import travel

from tests.connectors.counterparts.generic import SECRET, Seen, Shop
from tests.connectors.generic.channels import connected, line
from truestock.connectors.contract.abilities import Line
from truestock.connectors.generic import mapping
from truestock.connectors.generic.settings import SECRETS, GenericSettings

PAGES = Path(__file__).parents[3] / "docs/connectors"
PAGE = (PAGES / "generic.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def signed_calls() -> list[Seen]:
    """A push and a check, as they came over the wire."""

    async def told() -> list[Seen]:
        shop = Shop({"tea": 1})
        async with connected(shop) as channel:
            await channel.push([line("tea", 5)])
            await channel.check()
        return shop.seen

    return asyncio.run(told())


def test_every_setting_and_secret_is_in_the_page_with_its_default() -> None:
    described = msgspec.json.schema(GenericSettings)["$defs"]["GenericSettings"]["properties"]
    for field in msgspec.structs.fields(GenericSettings):
        default = "needed" if field.required else f"`{field.default}`"
        assert f"| `{field.name}` | {default} | {described[field.name]['description']} |" in PAGE
    for name, meaning in SECRETS.items():
        assert f"| `{name}` | {meaning} |" in PAGE


def test_the_schemas_are_those_that_answers_are_read_by() -> None:
    forms = (mapping.Push, mapping.Results, mapping.AllShown, mapping.Health)
    _, components = msgspec.json.schema_components(forms, ref_template="#/$defs/{name}")
    written = json.loads((PAGES / "generic.schema.json").read_text(encoding="utf-8"))
    assert written["$defs"] == components


def test_the_bodies_in_the_page_are_what_is_sent_and_taken() -> None:
    push, results = blocks("json")
    sent = Line(**json.loads(push)["lines"][0])
    assert json.loads(mapping.payload([sent])) == json.loads(push)
    outcomes = mapping.outcomes([sent], mapping.decoded(results.encode(), mapping.Results))
    assert outcomes["TEA-1"].kind == "stale"
    shown, health = (re.findall(rf"`({start}.*?)`[;.]", PAGE)[0] for start in (r'\{"results"', r'\{"name"'))
    assert mapping.shown(["TEA-1", "GONE"], mapping.decoded(shown.encode(), mapping.AllShown)) == {"TEA-1": 13}
    assert mapping.decoded(health.encode(), mapping.Health).name == "Till 4, Pune"


def test_the_example_verifies_what_the_hub_signs_and_nothing_else() -> None:
    made: dict[str, Any] = {}
    (source,) = blocks("python")
    exec(source, made)
    verify = made["verify"]
    calls = signed_calls()
    assert [call.method for call in calls] == ["POST", "GET"]
    for call in calls:
        verify(SECRET, call.headers, call.body)
        for forged in (
            (SECRET, call.headers, call.body + b" "),
            (SECRET, call.headers | {"webhook-id": "call_other"}, call.body),
            (SECRET.replace("Y", "Z"), call.headers, call.body),
        ):
            with pytest.raises(PermissionError):
                verify(*forged)
        with travel(int(call.headers["webhook-timestamp"]) + 301), pytest.raises(PermissionError):
            verify(SECRET, call.headers, call.body)
