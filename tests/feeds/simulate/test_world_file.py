"""World files: what is stated for all and for one, and bad ones, named by their field."""

import json
import tomllib
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from truestock.core.problems import Invalid
from truestock.core.replay.simulate import world as structs
from truestock.core.replay.simulate.world import SimulatedWorld
from truestock.feeds.simulate.world_file import NAMED, named_world_text, parse_world, read_world


@pytest.mark.parametrize("name", NAMED)
def test_a_named_world_is_read_and_says_what_it_is(name: str) -> None:
    assert read_world(name).title
    assert named_world_text(name).startswith("# ")


def test_a_world_of_which_nothing_is_stated_has_the_defaults() -> None:
    assert parse_world("", "toml") == SimulatedWorld()


def test_a_channel_has_what_it_says_and_otherwise_what_every_channel_says() -> None:
    world = parse_world(
        "every_channel = { push_lag_s = 9, burst = 7, today = { sync_every_s = 60, sync_lag_s = 1 } }\n"
        "[channels.web]\nburst = 3\ntoday = { sync_lag_s = 2 }\n",
        "toml",
    )
    web, other = world.life("web"), world.life("shop")
    assert (web.push_lag_s, web.burst, web.today.sync_every_s, web.today.sync_lag_s) == (9, 3, 60, 2)
    assert (other.push_lag_s, other.burst, other.today.sync_lag_s) == (9, 7, 1)


def test_json_says_the_same_as_toml(tmp_path: Path) -> None:
    stated = tomllib.loads(named_world_text("story-847"))
    path = tmp_path / "story.json"
    path.write_text(json.dumps(stated), encoding="utf-8")
    assert read_world(str(path)) == read_world("story-847")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("cover = -1", "cover"),
        ("covr = 1", "covr"),
        ("[costs]\nservice_per_order = nan", "costs.service_per_order"),
        ("[costs]\ncustomer_lost_percent = 101", "costs.customer_lost_percent"),
        ("[every_channel]\npush_lag_s = 'fast'", "every_channel.push_lag_s"),
        ("[channels.web]\norder_loss_percent = 120", "channels.web.order_loss_percent"),
        ("[channels.web]\nlag = 1", "channels.web.lag"),
        ("[channels.web.today]\nsync_every_s = -5", "channels.web.today.sync_every_s"),
        ("[channels.web]\noutages = [{ from_s = 1 }]", "channels.web.outages[0]"),
        ("[channels]\nweb = 1", "channels.web"),
        ("channels = 1", "channels"),
        ("every_channel = 1", "every_channel"),
        ("[[sales]]\nchannel = 'web'\nunits = 1\n[[sales]]\nchannel = 'web'\nunits = 0", "sales[1].units"),
        ("[[policies]]\nkind = 'bufer'\nvalue = 1", "policies[0].kind"),
        ("[[ring_fences]]\nchannel = 'web'\nlocation = 'DC'\npercent = 101", "ring_fences[0].percent"),
        ("[season]\nitems = 3", "season.items"),
        ("starts_at = 2026-03-02T08:00:00", "starts_at"),
        ("looks_s = [1, 'x']", "looks_s[1]"),
        ("title =", "world"),
    ],
)
def test_what_is_wrong_is_named_by_the_path_of_its_field(text: str, field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        parse_world(text, "toml")
    assert wrong.value.field == field
    assert field in wrong.value.detail or field in ("world", "starts_at", "channels")


NINES = "9" * 5000
DEEP = "[" * 100_000


@pytest.mark.parametrize("text", ["{", "[]", '"x"', '{"\\ud800channels": {}}', NINES, DEEP], ids=range(6))
def test_json_that_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_world(text, "json")


@pytest.mark.parametrize("text", [NINES, DEEP], ids=["long", "deep"])
def test_toml_that_nobody_means_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_world(f"seed = {text}", "toml")


def test_a_name_that_is_none_says_which_there_are() -> None:
    with pytest.raises(Invalid, match="story-847, demo, black-friday"):
        read_world("story")
    with pytest.raises(FileNotFoundError):
        read_world("nowhere.toml")


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "world.toml"
    path.write_bytes(b'title = "caf\xe9"')
    with pytest.raises(Invalid, match="UTF-8"):
        read_world(str(path))


def fields() -> list[str]:
    found = [getattr(structs, name) for name in dir(structs)]
    kinds = [kind for kind in found if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]
    return sorted({name for kind in kinds if kind is not msgspec.Struct for name in kind.__struct_fields__})


@pytest.mark.parametrize("field", fields())
def test_the_demo_world_names_every_setting_there_is(field: str) -> None:
    assert field in named_world_text("demo")


@pytest.mark.parametrize("kind", [structs.Rule, structs.Place])
def test_the_demo_world_names_every_kind(kind: type[msgspec.Struct]) -> None:
    words = get_args(next(field.type for field in msgspec.structs.fields(kind) if field.name == "kind"))
    assert all(word in named_world_text("demo") for word in words)
