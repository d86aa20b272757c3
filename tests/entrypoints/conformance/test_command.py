"""truestock conformance: on a server of its own, as a table or as JSON, with an exit code that a build can use."""

from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from truestock.entrypoints.cli import app


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, ["conformance", *words])


def nobody_there(_skus: list[str]) -> Any:
    raise ConnectionError("nobody is there")


def test_a_story_is_played_and_told(tutorial: Any) -> None:
    result = typed("tutorial_connector.world:open_world", "--story", "changes arrive", "--json")
    assert result.exit_code == 0, result.output
    (told,) = msgspec.json.decode(result.stdout)
    assert (told["story"], told["result"], told["why"]) == ("changes arrive", "passed", "")


def test_a_story_that_fails_ends_with_1_and_says_why(monkeypatch: pytest.MonkeyPatch, tutorial: Any) -> None:
    monkeypatch.setattr(tutorial, "open_world", nobody_there)
    result = typed("tutorial_connector.world:open_world", "--story", "changes arrive")
    assert result.exit_code == 1
    assert "ConnectionError: nobody is there" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing",), "names no function; write it as my_package.module:open_world"),
        (("there.is.none:open_world",), "cannot be loaded: No module named 'there'"),
        (("json:none",), "has no attribute 'none'"),
        (("json:__name__",), "is no function; see docs/connectors/tutorial.md"),
        (("json:loads", "--story", "no such"), "there is no story 'no such'; there are: changes arrive"),
    ],
)
def test_what_cannot_be_meant_says_what_to_write(words: tuple[str, ...], said: str) -> None:
    result = typed(*words, "--json")
    assert result.exit_code
    assert said in msgspec.json.decode(result.stderr)["error"]["detail"]
