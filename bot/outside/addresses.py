"""Which network addresses may be asked: whoever writes a plan must not reach into the network of
the service, nor whoever answers for a name in it (docs/adr/0023).

Written out from IANA's registries of special addresses rather than taken from `ipaddress`, whose
`is_private` and `is_global` change their minds between patch releases of Python. An IPv6 address
that holds an IPv4 one is as good as that one.
"""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


NEVER = _networks(
    "0.0.0.0/8",  # this network
    "169.254.0.0/16",  # link-local: the metadata services of Azure, AWS and Google
    "168.63.129.16/32",  # Azure's host, which hands out keys to the machines on it
    "100.100.100.200/32",  # metadata: Alibaba
    "192.0.0.0/24",  # protocols; Oracle's metadata
    "192.0.2.0/24",  # documentation
    "192.88.99.0/24",  # 6to4 relays
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, broadcast
    "::/128",
    "100::/64",  # discard
    "2001::/23",  # protocols, Teredo among them
    "2001:db8::/32",  # documentation
    "3fff::/20",
    "5f00::/16",  # segment routing
    "fd00:ec2::/32",  # metadata: AWS
    "fd20:ce::/32",  # metadata: Google
    "fe80::/10",  # link-local
    "fec0::/10",  # once site-local
    "ff00::/8",  # multicast
)
"""Nobody's web service, or the keys to the house: not even if the plan says so."""
PRIVATE = _networks(
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "::1/128",
    "fc00::/7",
)
"""Only with `private: true`."""
GLOBAL_IPV6 = ip_network("2000::/3")
"""All that is given out of IPv6."""
NO_ADDRESS = "not an address"
_COMPATIBLE = ip_network("::/96")
_NAT64 = _networks("64:ff9b::/96", "64:ff9b:1::/48")
_SIX_TO_FOUR = ip_network("2002::/16")


def refusal(text: str, *, private: bool) -> str:
    """Why this address is not asked; empty: it may be. `private`: the plan says that it may be a
    private one."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return NO_ADDRESS
    inner = _inside(address)
    if inner is not None:
        return refusal(str(inner), private=private)
    if _within(address, NEVER):
        return "never asked"
    if _within(address, PRIVATE):
        return "" if private else "private"
    if address.version == 6 and address not in GLOBAL_IPV6:  # noqa: PLR2004 - the protocol
        return "never asked"
    return ""


def _inside(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for, in whichever of the five ways."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _SIX_TO_FOUR:
        return address.sixtofour
    low = int(address) & 0xFFFF_FFFF
    # ::1 is this machine and stands in PRIVATE; :: in NEVER.
    if address in _COMPATIBLE and low > 1:
        return IPv4Address(low)
    if _within(address, _NAT64):
        return IPv4Address(low)
    return None


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == each.version and address in each for each in networks)
