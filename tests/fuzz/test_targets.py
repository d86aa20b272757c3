"""Every target stands a moment of fuzzing; `make fuzz` takes longer."""

import pytest

from tests.fuzz.__main__ import main, passes
from tests.fuzz.inputs import edited
from tests.fuzz.running import Hang, Target, fuzz, limited
from tests.fuzz.targets import TARGETS

INPUTS, SECONDS_MAX = 20, 60.0


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_own_seeds_and_a_moment_of_others(name: str) -> None:
    for seed in TARGETS[name].seeds:
        TARGETS[name].run(seed)
    # Always the same ones: what others find is for `make fuzz`.
    assert fuzz(TARGETS[name], SECONDS_MAX, 1, INPUTS) == INPUTS


def test_what_a_target_raises_is_found_and_made_small() -> None:
    def run(raw: bytes) -> None:
        assert b"\0" not in raw

    with pytest.raises(AssertionError):
        fuzz(Target("weak", run, (b"abc",)), 20, 1)


def test_what_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.running.INPUT_SECONDS_MAX", 0.1)
    with pytest.raises(Hang), limited():
        while True:
            pass


def test_what_takes_too_long_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(raw: bytes) -> None:
        while b"b" in raw:
            pass

    monkeypatch.setattr("tests.fuzz.running.INPUT_SECONDS_MAX", 0.1)
    with pytest.raises(Hang, match=r"over 0.1 s.*the input is b'"):
        fuzz(Target("slow", run, (b"abc",)), 20, 1)


def test_edits_stay_inside_what_there_is() -> None:
    assert edited(b"abc", [("cut", 0, b"", 1)]) == b""
    assert edited(b"abc", [("insert", 65_535, b"X", 1)]) == b"abcX"
    assert edited(b"abcd", [("swap", 32_768, b"", 1)]) == b"cdab"


def test_a_target_runs_in_a_process_of_its_own() -> None:
    assert passes("cron", 0.1, 1)


def test_a_target_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nothing"])
    assert "there is no target 'nothing'" in capsys.readouterr().err
