"""Signs a call in the symmetric scheme of Standard Webhooks (v1, HMAC-SHA256)."""

import base64
import hashlib
import hmac
from typing import Final

PREFIX: Final = "whsec_"
KEY_BYTES_MIN: Final = 24
KEY_BYTES_MAX: Final = 64


def key_of(secret: str) -> bytes:
    """The key's bytes. Raises ValueError, which does not show the secret."""
    text = secret.removeprefix(PREFIX).rstrip("=")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        key = b""
    if not KEY_BYTES_MIN <= len(key) <= KEY_BYTES_MAX:
        raise ValueError(f"signing_secret: give {PREFIX} and {KEY_BYTES_MIN} to {KEY_BYTES_MAX} random bytes in base64")
    return key


def signed(key: bytes, message_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """The three headers that go with a body; `at_s` is in seconds since 1970."""
    digest = hmac.digest(key, b"%s.%d.%s" % (message_id.encode(), at_s, body), hashlib.sha256)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
