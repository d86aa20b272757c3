"""Where calls may go: every form of an address that only this machine can reach is refused."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.connections.outside.guard import Address, checked_url, refusal
from truestock.core.problems import Invalid

PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8", "64:ff9b::808:808"]
OWN = [
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1", "127.8.8.8"),
    *("100.64.0.1", "100.127.255.255", "::1", "fc00::1", "fdff::1"),
    *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1"),
]
CLOSED = [
    # metadata of clouds, and all that is link-local
    *("169.254.169.254", "169.254.170.2", "169.254.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
    *("fe80::1", "fe80::a9fe:a9fe", "fd00:ec2::254", "fd20:ce::254", "fd00:42::42", "fd00:c1::a9fe:a9fe"),
    *("::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b::6464:64c8", "fe80::1%eth0", "2606:4700::1%1"),
    # no single machine
    *("0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.0.2.1"),
    *("198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "::ffff:0.0.0.0"),
    *("::", "ff02::1", "ff0e::1", "2001:db8::1", "3fff::1", "100::1", "fec0::1", "4000::1", "5f00::1"),
    # 6to4, Teredo, IPv4-compatible and local NAT64 forms lead where nobody has looked
    *("2002:808:808::1", "2002:a00:1::1", "2002:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
    *("::a9fe:a9fe", "::8.8.8.8", "64:ff9b:1::808:808", "::ffff:0:8.8.8.8"),
]


def why_not(text: str, *, to_lan: bool = False, scheme: str = "https") -> str:
    return refusal([ip_address(text)], scheme, to_lan=to_lan)


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_called_by_https(text: str) -> None:
    assert why_not(text) == why_not(text, to_lan=True) == ""
    assert "needs https" in why_not(text, to_lan=True, scheme="http")


@pytest.mark.parametrize("text", OWN)
def test_the_own_network_is_open_only_when_it_is_opened(text: str) -> None:
    assert "private network" in why_not(text)
    assert why_not(text, to_lan=True) == why_not(text, to_lan=True, scheme="http") == ""


@pytest.mark.parametrize("text", CLOSED)
def test_metadata_and_what_is_no_machine_stay_closed(text: str) -> None:
    assert "never" in why_not(text)
    assert "never" in why_not(text, to_lan=True)


def test_one_bad_address_is_enough_and_none_is_too() -> None:
    assert refusal([ip_address("8.8.8.8"), ip_address("10.0.0.1")], "https", to_lan=False)
    assert refusal([ip_address("8.8.8.8"), ip_address("169.254.169.254")], "https", to_lan=True)
    assert refusal([], "https", to_lan=True)


@given(st.ip_addresses(v=4), st.booleans())
def test_an_address_in_a_form_of_the_newer_protocol_is_judged_as_itself(address: IPv4Address, to_lan: bool) -> None:
    plain = refusal([address], "https", to_lan=to_lan) == ""
    for prefix in ("::ffff:0:0", "64:ff9b::"):
        assert (refusal([_within(prefix, address)], "https", to_lan=to_lan) == "") is plain


@given(st.ip_addresses(v=4))
def test_no_more_is_open_than_python_itself_takes_for_public(address: IPv4Address) -> None:
    if refusal([address], "https", to_lan=False) == "":
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=6))
def test_of_the_newer_protocol_too(address: IPv6Address) -> None:
    if refusal([address], "https", to_lan=False) == "" and address.ipv4_mapped is None:
        assert address in ip_network("2000::/3") or address in ip_network("64:ff9b::/96")
        assert not address.is_multicast
        assert not address.is_private


def _within(prefix: str, address: IPv4Address) -> Address:
    return IPv6Address(int(IPv6Address(prefix)) | int(address))


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/hooks",
        "https://shop.example:8443/a?b=c",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]:443/",
        "HTTPS://Shop.Example/",
    ],
)
def test_a_plain_https_url_is_taken(url: str) -> None:
    assert checked_url(url, to_lan=False).scheme == "https"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://shop.example/", "begins with https"),
        ("ftp://shop.example/", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("shop.example/hooks", "begins with https"),
        ("https://user:secret@shop.example/", "name or password"),
        ("https://@shop.example/", "name or password"),
        ("https://8.8.8.8@127.0.0.1/", "name or password"),
        ("https://shop.example/#there", "fragment"),
        ("https:///hooks", "names no host"),
        ("https://[fe80::1%25eth0]/", "names no host"),
        ("https://shop.example:22/", "port 22 is closed"),
        ("https://shop.example:0/", "port 0 is closed"),
        ("https://shop.example:99999/", "port 99999 is closed"),
        ("https://shop.example:x/", "no URL"),
        ("https://shop.example\\@127.0.0.1/", "backslashes"),
        ("https://shop.example/a b", "blanks"),
        ("https://shop.example/\n", "blanks"),
        ("https://sh\u00f6p.example/", "ASCII"),
        ("https://127.0.0.1/", "private network"),
        ("https://[::1]/", "private network"),
        ("https://[::ffff:169.254.169.254]/", "never"),
        ("https://169.254.169.254/latest/meta-data", "never"),
        ("https://shop.example/" + "a" * 2_000, "at most 2000"),
    ],
)
def test_what_a_url_must_not_say_is_named(url: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as found:
        checked_url(url, to_lan=False)
    assert found.value.field == "url"
    assert "secret" not in found.value.detail


def test_with_the_own_network_open_http_goes_there_alone() -> None:
    assert checked_url("http://10.0.0.7:8080/in", to_lan=True).port == 8080
    assert checked_url("http://wms.internal/in", to_lan=True).scheme == "http"
    for url in ("http://8.8.8.8/", "http://169.254.169.254/", "https://169.254.169.254/", "http://10.0.0.7:22/"):
        with pytest.raises(Invalid):
            checked_url(url, to_lan=True)
