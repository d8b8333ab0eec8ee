"""A device and a network, as far as suspicion and a list of sessions need them."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from infra.auth.sessions import Client

IPV4_PREFIX, IPV6_PREFIX = 24, 48
"""How much of an address is « the same network »."""

IPV6_COUNTED_PREFIX = 64

DEVICE_CHARACTERS_MAX = 128

# The order counts: browsers name those that they descend from.
_NAVIGATEURS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def described(user_agent: str) -> str:
    """A browser and its system in plain words; nothing of what it said is repeated."""
    navigateur = next((name for mark, name in _NAVIGATEURS if mark in user_agent), "Navigateur inconnu")
    systeme = next((name for mark, name in _SYSTEMES if mark in user_agent), None)
    return f"{navigateur} sur {systeme}" if systeme else navigateur


def known_by(client: Client) -> dict[str, str]:
    """What an account remembers of where it was used from: the network, and the device when it has a mark."""
    known = {"reseau": network_of(client.address)}
    if client.device:
        known["appareil"] = client.device[:DEVICE_CHARACTERS_MAX]
    return known


def network_of(address: str) -> str:
    """The network of an address; what is no address is its own."""
    return _within(address, IPV4_PREFIX, IPV6_PREFIX)


def counted_as(address: str) -> str:
    """What attempts are counted by: an IPv4 address, the 64 bits of an IPv6 one that its user cannot choose."""
    return _within(address, 32, IPV6_COUNTED_PREFIX)


def _within(address: str, ipv4_prefix: int, ipv6_prefix: int) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    prefix = ipv4_prefix if isinstance(parsed, IPv4Address) else ipv6_prefix
    return str(ip_network((parsed, prefix), strict=False))
