"""Where calls to addresses that people have typed may go, so that nobody reaches by them what only this machine can
reach. Pure; in doubt, nowhere.

A name is judged by every address that it has at the moment of the call, and the call goes to one of those."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple

import httpx2

from truestock.core.problems import Invalid

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
URL_MAX: Final = 2_000
PORTS_BELOW_1024: Final = frozenset({80, 443})


class Errand(NamedTuple):
    """What calls are for, as refusals name it; the setting that opens the user's own network to them; and what says
    who calls, instead of a name in the URL."""

    what: str
    setting: str
    instead: str


WEBHOOKS: Final = Errand("webhooks", "TRUESTOCK_WEBHOOKS_TO_LAN", "the signature says who calls")


def _networks(listed: str) -> tuple[Network, ...]:
    return tuple(map(ip_network, listed.split()))


# The user's own network: open only with an errand's setting.
_OWN: Final = _networks("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 127.0.0.0/8 fc00::/7 ::1/128")
# Where clouds hand out credentials, wherever they have put it.
_METADATA: Final = _networks(
    "169.254.0.0/16 100.100.100.200 168.63.129.16 192.0.0.192 "
    "fe80::/10 fd00:ec2::/32 fd20:ce::254 fd00:42::42 fd00:c1::a9fe:a9fe"
)
# What is no single public machine: this network, protocols, documentation, benchmarks, relays, groups, the future.
_SPECIAL: Final = _networks(
    "0.0.0.0/8 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.175.48.0/24 "
    "198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
    "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20"
)
_GLOBAL_V6: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")


def checked_url(url: str, *, to_lan: bool, errand: Errand = WEBHOOKS) -> httpx2.URL:
    """A URL, if calls may go to it as far as it says itself. Raises Invalid."""
    if len(url) > URL_MAX:
        raise Invalid("url", f"the URL has {len(url)} characters; at most {URL_MAX} are allowed")
    if not url.isascii() or not url.isprintable() or set(url) & set(" \\"):
        raise Invalid("url", "the URL has blanks, backslashes or other than ASCII characters; write them encoded")
    try:
        parsed = httpx2.URL(url)
        port = parsed.port
    except (httpx2.InvalidURL, ValueError) as error:
        raise Invalid("url", f"this is no URL: {error}") from None
    authority = re.split("[/?#]", url.partition("://")[2], maxsplit=1)[0]
    if "@" in authority:
        raise Invalid("url", f"the URL has a name or password in it; take it out, {errand.instead}")
    if "#" in url:
        raise Invalid("url", "the URL has a fragment, which is never sent; take it out")
    if fault := _fault(parsed, port, to_lan, errand):
        raise Invalid("url", fault)
    return parsed


def _fault(url: httpx2.URL, port: int | None, to_lan: bool, errand: Errand) -> str:
    if url.scheme != "https" and not (to_lan and url.scheme == "http"):
        return f"give a URL that begins with https:// (http is taken only with {errand.setting})"
    if not url.host or "%" in url.host:
        return "the URL names no host, or one with a zone; name a host or an address"
    if port is not None and port not in PORTS_BELOW_1024 and not 1024 <= port <= 65_535:
        return f"port {port} is closed to {errand.what}; take 443, 80, or one from 1024 up"
    try:
        literal = ip_address(url.host)
    except ValueError:
        return ""
    return refusal([literal], url.scheme, to_lan=to_lan, errand=errand)


def refusal(addresses: Sequence[Address], scheme: str, *, to_lan: bool, errand: Errand = WEBHOOKS) -> str:
    """Why a host with these addresses must not be called; empty when it may be. One bad address is enough."""
    if not addresses:
        return "the host has no address"
    for address in addresses:
        kind = _kind(address)
        if kind == "own" and not to_lan:
            return f"{address} is of a private network, which {errand.what} reach only with {errand.setting}"
        if kind == "closed":
            return f"{address} is an address that {errand.what} never go to"
        if kind == "public" and scheme != "https":
            return f"{address} is outside of your own network: it needs https"
    return ""


def _kind(address: Address) -> str:
    """public, own (the user's network) or closed."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return "closed"
        inner = address.ipv4_mapped
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return _kind(inner)
    if _in(address, _METADATA):
        return "closed"
    if _in(address, _OWN):
        return "own"
    if _in(address, _SPECIAL) or (isinstance(address, IPv6Address) and address not in _GLOBAL_V6):
        return "closed"
    return "public"


def _in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
