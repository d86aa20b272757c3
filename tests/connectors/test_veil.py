"""Secrets are taken out of what others wrote, whole, in base64, and where a text is cut off in the middle of one."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.connectors.contract.veil import CHARS_MIN, HIDDEN, REMEMBERED_MAX, Veil

SECRET = "shpat_0123456789abcdef"


@pytest.fixture
def veil() -> Veil:
    veil = Veil()
    veil.hide([SECRET, "ck_" + "1" * 20])
    return veil


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("", ""),
        ("nothing of it", "nothing of it"),
        (f"bad token {SECRET}!", f"bad token {HIDDEN}!"),
        (f"{SECRET}{SECRET}", HIDDEN + HIDDEN),
        (f"Basic {b64encode(SECRET.encode()).decode()}", f"Basic {HIDDEN}=="),
        (f"cut off: {SECRET[:15]}", f"cut off: {HIDDEN}"),
        (f"cut off: {SECRET[:CHARS_MIN]}", f"cut off: {HIDDEN}"),
        (f"too little to be one: {SECRET[: CHARS_MIN - 1]}", f"too little to be one: {SECRET[: CHARS_MIN - 1]}"),
    ],
)
def test_what_is_hidden_is_not_in_the_text(veil: Veil, text: str, clean: str) -> None:
    assert veil.over(text) == clean


def test_a_longer_secret_is_not_left_in_part_by_a_shorter_one() -> None:
    veil = Veil()
    veil.hide(["abcdefgh", "abcdefghijkl"])
    assert veil.over("abcdefghijkl") == HIDDEN


def test_short_words_are_no_secrets() -> None:
    veil = Veil()
    veil.hide(["", "on", "x" * (CHARS_MIN - 3)])
    assert veil.over("on and on: xxxxx") == "on and on: xxxxx"


def test_old_ones_are_forgotten_and_memory_is_bounded() -> None:
    veil = Veil()
    veil.hide(f"secret-number-{n}" for n in range(REMEMBERED_MAX))
    assert veil.over(f"secret-number-{REMEMBERED_MAX - 1};") == f"{HIDDEN};"
    assert veil.over("secret-number-0;") == "secret-number-0;"


@given(st.text(min_size=CHARS_MIN), st.text(), st.text(), st.integers(0, 80))
def test_no_secret_is_in_any_text_however_it_is_cut(secret: str, before: str, after: str, at: int) -> None:
    veil = Veil()
    veil.hide([secret])
    clean = veil.over(f"{before}{secret}{after}"[:at]).replace(HIDDEN, "")
    assert secret not in clean or secret in before + after
