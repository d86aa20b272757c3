"""Calls pinned to an address that was judged: whatever a name says next, the call goes where it was allowed to go."""

import socket
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

import httpx2

from truestock.connections.outside.guard import WEBHOOKS, Address, Errand, refusal

Lookup = Callable[[str, int], list[str]]


class NotAllowed(Exception):
    """The guard keeps the call from where it would go, or the name leads nowhere."""


def looked_up(host: str, port: int) -> list[str]:
    """All addresses of a host. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def port_of(url: httpx2.URL) -> int:
    """The port that a call to a URL goes to."""
    return url.port or (443 if url.scheme == "https" else 80)


def judged(url: httpx2.URL, found: Sequence[str], *, to_lan: bool, errand: Errand = WEBHOOKS) -> list[Address]:
    """The addresses that a look-up has found, all of which may be called. Raises NotAllowed, ValueError."""
    addresses = [ip_address(text) for text in found]
    if why := refusal(addresses, url.scheme, to_lan=to_lan, errand=errand):
        raise NotAllowed(f"not called: {why}")
    return addresses


def pinned(
    method: str,
    url: httpx2.URL,
    address: Address,
    headers: Mapping[str, str],
    timeout: Mapping[str, Any],
    body: bytes | None = None,
) -> httpx2.Request:
    """A call to an address instead of the name, which stays what the other side is asked for and has to prove."""
    own = {"host": url.netloc.decode("ascii"), "accept-encoding": "identity", "user-agent": "truestock"}
    return httpx2.Request(
        method,
        url.copy_with(host=str(address)),
        headers={**headers, **own},
        content=body,
        extensions={"sni_hostname": url.raw_host.decode("ascii"), "timeout": timeout},
    )
