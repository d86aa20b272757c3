"""Seals what the hub has to keep secret, so that neither a dump of the database nor its reader has them. Pure.

AES-256-GCM with a fresh nonce each time; whose they are is bound in, so that none can be moved elsewhere."""

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
NONCE_BYTES = 12
KEY_BYTES = 32


class SealBroken(Exception):
    """The key is not the one that the secrets were sealed with, or they were changed."""


class Seal:
    """Seals with one key of 32 bytes, and opens what it or an older one has sealed."""

    def __init__(self, key: bytes, older: Sequence[bytes] = ()) -> None:
        self._cipher = AESGCM(key)
        self._older = [AESGCM(one) for one in older]

    def close(self, whose: str, secrets: Mapping[str, str]) -> bytes:
        """The secrets of `whose` ("channel 3") as bytes for the database."""
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._cipher.encrypt(nonce, msgspec.json.encode(dict(secrets)), _bound(whose))

    def open(self, whose: str, sealed: bytes) -> dict[str, str]:
        """The secrets again. Raises SealBroken."""
        for cipher in (self._cipher, *self._older):
            with suppress(InvalidTag, ValueError):
                return msgspec.json.decode(_opened(cipher, whose, sealed), type=dict[str, str])
        raise SealBroken(f"the secrets of {whose} cannot be opened with this key; give them anew")

    def is_newest(self, whose: str, sealed: bytes) -> bool:
        """Whether it is the newest key that opens this."""
        with suppress(InvalidTag, ValueError):
            _opened(self._cipher, whose, sealed)
            return True
        return False


def _opened(cipher: AESGCM, whose: str, sealed: bytes) -> bytes:
    nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    return cipher.decrypt(nonce, rest, _bound(whose))


def _bound(whose: str) -> bytes:
    return f"truestock {whose}".encode()


def key_from(text: str) -> bytes:
    """A key as it stands in a setting: 32 bytes in base64. Raises ValueError."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("the secret key is not base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"the secret key has {len(key)} bytes; give {KEY_BYTES} in base64")
    return key
