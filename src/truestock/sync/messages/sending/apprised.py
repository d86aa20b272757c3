"""Sends a message by Apprise, which knows some hundred services; there only with the extra `notify`.

Its URL holds secrets and may have {email} and {phone} in it, which become the buyer's. It goes wherever the URL says:
only whoever types at the hub's own machine can set one."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import quote

from truestock.connectors.contract.orders import Buyer
from truestock.connectors.contract.veil import hide
from truestock.core.problems import Invalid
from truestock.sync.messages.sending.outcome import Outgoing, Sent

URL: Final = "url"
SENT_WITHIN_S: Final = 45.0
# Of its own: a service that hangs must not hold up the database's threads.
_THREADS: Final = ThreadPoolExecutor(8, thread_name_prefix="apprise")
_PLACES: Final = ("email", "phone")
# It would write addresses and tokens into the log.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


def check_url(url: str) -> None:
    """Whether Apprise can do with it. Raises Invalid, which does not repeat it."""
    if find_spec("apprise") is None:
        raise Invalid("via", "Apprise is not installed; install truestock[notify]")
    if not _notifier(filled(url, Buyer(email="ada@example.org", phone="+4915112345678")) or ""):
        raise Invalid("to", "Apprise does not know this URL; see its list of services for how each is written")


def filled(url: str, to: Buyer) -> str | None:
    """The URL for one buyer; none when it asks for what is not known of them."""
    for name in _PLACES:
        place = "{" + name + "}"
        if place in url:
            value = getattr(to, name).strip()
            if not value:
                return None
            url = url.replace(place, quote(value, safe=""))
    return url


async def send(out: Outgoing) -> Sent:
    """Send it once. Apprise says only whether it went."""
    url = filled(out.secrets.get(URL, ""), out.to)
    hide([out.secrets.get(URL, "")])
    if url is None:
        return Sent("never", "the channel has not told what the URL asks of the buyer")
    if find_spec("apprise") is None:
        return Sent("later", "Apprise is not installed; install truestock[notify]")
    try:
        async with asyncio.timeout(SENT_WITHIN_S):
            loop = asyncio.get_running_loop()
            went = await loop.run_in_executor(_THREADS, _notify, url, out.letter.subject, out.letter.text)
    except TimeoutError:
        return Sent("later", f"no answer within {SENT_WITHIN_S:g} s")
    return Sent("done") if went else Sent("later", "Apprise could not hand it over")


def _notify(url: str, subject: str, text: str) -> bool:
    notifier = _notifier(url)
    return bool(notifier and notifier.notify(title=subject, body=text, body_format="text"))


def _notifier(url: str) -> Any:
    """Something that is true when it has somewhere to go."""
    import apprise

    found = apprise.Apprise()
    found.add(url)
    return found
