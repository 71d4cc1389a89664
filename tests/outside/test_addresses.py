"""No address of the inside is ever asked, however it is written."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outside.addresses import refusal

# The registries again, spelled as first and last address: an oracle of its own.
SPECIAL = {
    "this network": ("0.0.0.0", "0.255.255.255", False),  # noqa: S104 - no binding
    "private 10": ("10.0.0.0", "10.255.255.255", True),
    "carrier's": ("100.64.0.0", "100.127.255.255", True),
    "loopback": ("127.0.0.0", "127.255.255.255", True),
    "link-local": ("169.254.0.0", "169.254.255.255", False),
    "private 172": ("172.16.0.0", "172.31.255.255", True),
    "protocols": ("192.0.0.0", "192.0.0.255", False),
    "documentation 1": ("192.0.2.0", "192.0.2.255", False),
    "private 192": ("192.168.0.0", "192.168.255.255", True),
    "benchmarks": ("198.18.0.0", "198.19.255.255", False),
    "documentation 2": ("198.51.100.0", "198.51.100.255", False),
    "documentation 3": ("203.0.113.0", "203.0.113.255", False),
    "multicast": ("224.0.0.0", "239.255.255.255", False),
    "reserved": ("240.0.0.0", "255.255.255.255", False),
    "Azure's host": ("168.63.129.16", "168.63.129.16", False),
}
METADATA = ["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"]


def special(address: int) -> bool | None:
    """Whether the plan may allow it; None: it is public."""
    for first, last, may in SPECIAL.values():
        if int(IPv4Address(first)) <= address <= int(IPv4Address(last)):
            return may and address != int(IPv4Address("100.100.100.200"))
    return None if address != int(IPv4Address("100.100.100.200")) else False


def spelled(address: int) -> list[str]:
    """Every way in which an IPv6 address stands for this one."""
    v4 = IPv4Address(address)
    high, low = address >> 16, address & 0xFFFF
    return [
        str(v4),
        f"::ffff:{v4}",
        f"0:0:0:0:0:FFFF:{high:x}:{low:x}",
        str(IPv6Address(0x64_FF9B << 96 | address)),
        str(IPv6Address(0x2002 << 112 | address << 80)),
        str(IPv6Address(0x64_FF9B_0001 << 80 | address)),
    ]


ANY = st.integers(min_value=0, max_value=2**32 - 1)
NEAR = st.sampled_from(
    [
        each + step
        for first, last, _ in SPECIAL.values()
        for each in (int(IPv4Address(first)), int(IPv4Address(last)))
        for step in (-1, 0, 1)
        if 0 <= each + step < 2**32
    ]
)
INSIDE = st.sampled_from(list(SPECIAL.values())).flatmap(
    lambda row: st.integers(int(IPv4Address(row[0])), int(IPv4Address(row[1])))
)


@given(ANY | NEAR | INSIDE)
def test_what_is_special_is_refused_in_every_spelling_and_what_is_public_in_none(
    address: int,
) -> None:
    may = special(address)
    for text in spelled(address):
        assert (refusal(text, private=False) == "") is (may is None), text
        assert (refusal(text, private=True) == "") is (may is not False), text


@pytest.mark.parametrize("address", METADATA)
@pytest.mark.parametrize("private", [False, True])
def test_a_metadata_service_is_never_asked(address: str, *, private: bool) -> None:
    assert refusal(address, private=private) == "never asked"


@pytest.mark.parametrize(
    ("text", "public", "private"),
    [
        ("2606:4700::1111", True, True),
        ("2a01:111:f100::1", True, True),
        ("::1", False, True),
        ("::", False, False),
        ("::127.0.0.1", False, True),
        ("::169.254.169.254", False, False),
        ("fc00::1", False, True),
        ("fd12:3456::1", False, True),
        ("fd20:ce::254", False, False),
        ("fe80::1", False, False),
        ("fe80::1%eth0", False, False),
        ("febf::1", False, False),
        ("fec0::1", False, False),
        ("ff02::1", False, False),
        ("2001::1", False, False),
        ("2001:db8::1", False, False),
        ("100::1", False, False),
        ("4000::1", False, False),
        ("::ffff:10.0.0.1", False, True),
        ("2002:a9fe:a9fe::", False, False),
        ("2002:0808:0808::", True, True),
    ],
)
def test_ipv6(text: str, *, public: bool, private: bool) -> None:
    assert (refusal(text, private=False) == "", refusal(text, private=True) == "") == (
        public,
        private,
    )


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_outside_what_is_given_out_is_asked(address: IPv6Address) -> None:
    if address not in ip_network("2000::/3") and refusal(str(address), private=False) == "":
        # Only one that stands for a public IPv4 address.
        inner = int(address) & 0xFFFF_FFFF
        assert special(inner) is None


@given(st.text(max_size=40) | st.ip_addresses().map(str).map(lambda text: text + "/8"))
def test_what_is_no_address_is_refused_and_nothing_raises(text: str) -> None:
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        assert refusal(text, private=True) == "not an address"


@pytest.mark.parametrize("text", ["127.1", "0x7f.1", "2130706433", "017700000001", "0"])
def test_short_and_odd_spellings_of_loopback_come_to_it_by_the_machines_lookup(text: str) -> None:
    """Such a host is no address to us; what the machine makes of it is looked at."""
    assert refusal(text, private=False) == "not an address"
    for row in socket.getaddrinfo(text, 443, type=socket.SOCK_STREAM):
        assert refusal(str(row[4][0]), private=False)
