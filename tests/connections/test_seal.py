"""Secrets are sealed with a key that does not lie beside them."""

import base64
import os
from pathlib import Path

import pytest

from truestock.connections.key_file import keys_in
from truestock.connections.seal import Seal, SealBroken, key_from

SECRETS = {"token": "shpat_canary", "signing": "whsec_canary"}


def test_what_is_sealed_opens_again_and_never_looks_the_same() -> None:
    seal = Seal(os.urandom(32))
    first, second = seal.close("channel 3", SECRETS), seal.close("channel 3", SECRETS)
    assert seal.open("channel 3", first) == seal.open("channel 3", second) == SECRETS
    assert first != second
    assert b"canary" not in first


def test_nothing_else_opens_it() -> None:
    seal = Seal(os.urandom(32))
    sealed = seal.close("channel 3", SECRETS)
    bent = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for opener, channel, what in (
        (Seal(os.urandom(32)), "channel 3", sealed),
        (seal, "channel 4", sealed),
        (seal, "channel 3", bent),
        (seal, "channel 3", b""),
    ):
        with pytest.raises(SealBroken):
            opener.open(channel, what)


def test_an_older_key_opens_and_the_newest_seals() -> None:
    old, new = os.urandom(32), os.urandom(32)
    sealed = Seal(old).close("channel 3", SECRETS)
    both = Seal(new, [old])
    assert both.open("channel 3", sealed) == SECRETS
    assert not both.is_newest("channel 3", sealed)
    anew = both.close("channel 3", SECRETS)
    assert both.is_newest("channel 3", anew)
    assert Seal(new).open("channel 3", anew) == SECRETS
    with pytest.raises(SealBroken):
        Seal(old).open("channel 3", anew)


def test_the_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    (made,) = keys_in(file)
    assert keys_in(file) == [made]
    assert len(made) == 32
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["no base64!", base64.b64encode(b"short").decode()])
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="secret key"):
        key_from(text)
