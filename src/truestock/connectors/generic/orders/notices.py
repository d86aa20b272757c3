"""What the other side sends by itself: signed as our calls are, and of now."""

import hmac
import re
from collections.abc import Mapping
from typing import Final

from truestock.connectors.contract.notices import NotGenuine, Notice
from truestock.connectors.generic.mapping import NotAsAgreed, decoded
from truestock.connectors.generic.orders.forms import ORDER_CHANGED, OrderMessage
from truestock.connectors.generic.orders.mapping import order_of
from truestock.connectors.generic.signing import signed

MAY_DIFFER_S: Final = 300
SECONDS: Final = re.compile(r"[0-9]{1,15}")


def verify(key: bytes, headers: Mapping[str, str], body: bytes, now_s: float) -> None:
    """Return for a message that was signed with the key, within five minutes of now. Raises NotGenuine."""
    given_at = headers.get("webhook-timestamp", "")
    at_s = int(given_at) if SECONDS.fullmatch(given_at) else 0
    expected = signed(key, headers.get("webhook-id", ""), at_s, body)["webhook-signature"].encode()
    given = headers.get("webhook-signature", "").encode(errors="replace").split(b" ")
    # Every one is compared, and so is one that could not be right for its time.
    good = sum([hmac.compare_digest(expected, one) for one in given])
    if not good:
        raise NotGenuine("the signature is not that of the signing secret over webhook-id, webhook-timestamp and body")
    if abs(now_s - at_s) > MAY_DIFFER_S:
        raise NotGenuine(
            f"it was signed over {MAY_DIFFER_S} seconds from now: check both clocks, and sign each try anew"
        )


def notice(body: bytes, *, whole: bool) -> Notice | None:
    """What a verified message is about, None for another type; `whole`: it must carry the order itself.

    Raises NotGenuine, which says what to mend: the sender hears it."""
    try:
        message = decoded(body, OrderMessage)
        seen = order_of(message.order) if message.order else None
    except NotAsAgreed as error:
        raise NotGenuine(f"it is signed, and not as agreed: {error}") from error
    if message.type != ORDER_CHANGED:
        return None
    if seen and whole:
        return Notice(message.type, seen.id, changed_at=seen.changed_at.isoformat(), order=seen)
    if whole:
        raise NotGenuine("it is signed, and not as agreed: `order` is missing, and this channel cannot be asked for it")
    order = message.id or (seen.id if seen else "")
    if not order:
        raise NotGenuine("it is signed, and not as agreed: `id` is missing")
    return Notice(message.type, order, changed_at=message.changed_at or (seen.changed_at.isoformat() if seen else ""))
