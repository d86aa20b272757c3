"""Verifies eBay's messages: a signature over the raw body by a key that eBay publishes. Keys are kept for an hour."""

import base64
import binascii
from collections.abc import Mapping
from time import monotonic
from typing import Final
from urllib.parse import quote

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.notices import NotGenuine
from truestock.connectors.contract.veil import veiled
from truestock.connectors.vendors.batches import Refused
from truestock.connectors.vendors.ebay.calls.transport import EbayApi

SIGNATURE: Final = "x-ebay-signature"
KEPT_S: Final = 3600.0
# Anybody may send a message with a key of their own invention, and none of them shall make us call eBay all day.
FETCHES_MAX: Final = 10
FETCHES_S: Final = 60.0
KEYS_MAX: Final = 100
DIGESTS: Final[dict[str, type[hashes.HashAlgorithm]]] = {"SHA1": hashes.SHA1, "SHA256": hashes.SHA256}


class Signed(msgspec.Struct, frozen=True):
    """What the signature's header says."""

    kid: str
    signature: str


class PublishedKey(msgspec.Struct, frozen=True):
    """A key as eBay publishes it: PEM, often without its line ends."""

    key: str
    digest: str = "SHA1"


class Known(msgspec.Struct, frozen=True):
    """A key at hand."""

    key: EllipticCurvePublicKey
    digest: type[hashes.HashAlgorithm]
    until: float


class Keys:
    """Of eBay."""

    def __init__(self, api: EbayApi) -> None:
        self._api = api
        self._known: dict[str, Known] = {}
        self._fetches: list[float] = []

    async def fetch(self, headers: Mapping[str, str]) -> None:
        """See to it that the key of a message is at hand. Raises NotGenuine, also while it cannot be had."""
        kid = signed_by(headers).kid
        now = monotonic()
        if kid in self._known and now < self._known[kid].until:
            return
        self._fetches = [at for at in self._fetches if now - at < FETCHES_S]
        if len(self._fetches) >= FETCHES_MAX:
            raise NotGenuine("too many messages with unknown keys came in a minute")
        self._fetches.append(now)
        try:
            path = f"/commerce/notification/v1/public_key/{quote(kid, safe='')}"
            published = await self._api.look(path, PublishedKey)
        except Refused as no:
            raise NotGenuine(f"eBay has published no such key: {no}") from no
        except ChannelDown as down:
            raise NotGenuine(veiled(f"its key cannot be had for now: {down}")) from down
        if len(self._known) >= KEYS_MAX:
            self._known.clear()
        self._known[kid] = Known(*key_of(published), now + KEPT_S)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises NotGenuine unless the body was signed by the key that the header names, and that is at hand."""
        signed = signed_by(headers)
        known = self._known.get(signed.kid)
        if known is None:
            raise NotGenuine("the key of its signature is not known")
        try:
            signature = base64.b64decode(signed.signature, validate=True)
            known.key.verify(signature, body, ECDSA(known.digest()))
        except (InvalidSignature, binascii.Error) as error:
            raise NotGenuine("the signature is not that of eBay's key over this body") from error


def signed_by(headers: Mapping[str, str]) -> Signed:
    """What the header says of the signature. Raises NotGenuine."""
    try:
        return msgspec.json.decode(base64.b64decode(headers.get(SIGNATURE, ""), validate=True), type=Signed)
    except (msgspec.MsgspecError, UnicodeError, binascii.Error, ValueError) as error:
        raise NotGenuine("it has no signature of eBay's form") from error


def key_of(published: PublishedKey) -> tuple[EllipticCurvePublicKey, type[hashes.HashAlgorithm]]:
    """A key that can verify. Raises NotGenuine for one that is not understood."""
    text = published.key.replace("-----BEGIN PUBLIC KEY-----", "").replace("-----END PUBLIC KEY-----", "")
    digest = DIGESTS.get(published.digest.upper().replace("-", ""))
    try:
        key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise NotGenuine(f"eBay's public key cannot be read: {error}") from error
    if digest is None or not isinstance(key, EllipticCurvePublicKey):
        raise NotGenuine(f"eBay signs with {published.digest} and a {type(key).__name__}, which is not understood")
    return key, digest
