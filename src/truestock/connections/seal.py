"""Seals what the hub has to keep secret, so that neither a dump of the database nor its reader has them. Pure.

AES-256-GCM with a fresh nonce each time; whose they are is bound in, so that none can be moved elsewhere."""

import base64
import binascii
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
NONCE_BYTES = 12
KEY_BYTES = 32


class SealBroken(Exception):
    """The key is not the one that the secrets were sealed with, or they were changed."""


class Seal:
    """Seals and opens with one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, whose: str, secrets: Mapping[str, str]) -> bytes:
        """The secrets of `whose` ("channel 3") as bytes for the database."""
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._cipher.encrypt(nonce, msgspec.json.encode(dict(secrets)), _bound(whose))

    def open(self, whose: str, sealed: bytes) -> dict[str, str]:
        """The secrets again. Raises SealBroken."""
        nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return msgspec.json.decode(self._cipher.decrypt(nonce, rest, _bound(whose)), type=dict[str, str])
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"the secrets of {whose} cannot be opened with this key; give them anew") from error


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


def key_in(file: Path) -> bytes:
    """The key kept in a file that its owner alone may read; made on the first use."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return key_from(file.read_text(encoding="ascii").strip())
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(base64.b64encode(os.urandom(KEY_BYTES)).decode())
    return key_from(file.read_text(encoding="ascii").strip())
