"""Signs calls to a queue, as AWS' Signature Version 4 has it. Pure."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

ALGORITHM: Final = "AWS4-HMAC-SHA256"
SERVICE: Final = "sqs"


class Key(NamedTuple):
    """An access key of an IAM user."""

    id: str
    secret: str

    def __repr__(self) -> str:
        """Without the secret, for wherever it is shown."""
        return f"Key({self.id!r})"


def signed(key: Key, region: str, host: str, headers: Mapping[str, str], body: bytes, now: datetime) -> dict[str, str]:
    """The headers of a POST to / with its signature; all of them are signed. Their names must be in lower case."""
    at = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{at[:8]}/{region}/{SERVICE}/aws4_request"
    named = dict(sorted({**headers, "host": host, "x-amz-date": at}.items()))
    names = ";".join(named)
    lines = "".join(f"{name}:{' '.join(value.split())}\n" for name, value in named.items())
    request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    text = f"{ALGORITHM}\n{at}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signing = b"AWS4" + key.secret.encode()
    for part in scope.split("/"):
        signing = hmac.digest(signing, part.encode(), hashlib.sha256)
    signature = hmac.digest(signing, text.encode(), hashlib.sha256).hex()
    credential = f"Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "x-amz-date": at, "authorization": f"{ALGORITHM} {credential}"}
