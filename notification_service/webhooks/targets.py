"""Where a webhook may be sent: an address of the internet, never one inside (catalogue 51).

A customer names the address, and the bank connects to it from inside its own network. So the host is resolved once,
each address that comes of it is checked, and the connection goes to a checked address: a name that resolves to another
one afterwards changes nothing.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

_STANDING_FOR_IPV4 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))
_INTERNET_OF_IPV6 = ipaddress.ip_network("2000::/3")
_SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")))
"""IANA's registries of special-purpose addresses, as far as `is_global` does not know them in every Python."""
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
_LOCAL_NAMES = ("localhost", "ip6-localhost", "ip6-loopback")
_PORTS = {"http": 80, "https": 443}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TargetError(ValueError):
    """Nothing may be sent there; says why, in words that follow the name of the field."""


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of an address that is well formed."""

    is_secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.is_secure else "http"] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class TargetRules:
    """`allowed_hosts` may lie inside; so may this machine itself where loopback is allowed."""

    allowed_hosts: frozenset[str] = frozenset()
    is_production: bool = False

    def read(self, url: str) -> Target:
        """The parts of an address. Asks nobody. Raises TargetError for one that nothing may be sent to."""
        if not url.isascii() or any(ord(character) <= 32 or ord(character) == 127 for character in url):
            message = "must be written in visible ASCII; write others as %XX, names as xn--"
            raise TargetError(message)
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            message = "must be an address such as https://example.org/hook"
            raise TargetError(message) from None
        if parts.scheme not in _PORTS or not parts.hostname or port == 0 or "\\" in url:
            message = "must be an address such as https://example.org/hook"
            raise TargetError(message)
        if parts.username is not None or parts.password is not None or "#" in url:
            message = "must name nobody before the host, and nothing behind a #"
            raise TargetError(message)
        if self.is_production and parts.scheme != "https":
            message = "must begin with https://"
            raise TargetError(message)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        target = Target(parts.scheme == "https", parts.hostname.rstrip("."), port or _PORTS[parts.scheme], path)
        self._check_literal(target.host)
        return target

    def addresses(self, target: Target) -> list[str]:
        """The addresses to connect to, each of them checked. Raises TargetError where one of them lies inside, and
        OSError where there are none.
        """
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if target.host.lower() not in self.allowed_hosts:
            for address in addresses:
                self._check(ipaddress.ip_address(address.partition("%")[0]))
        return addresses

    def _check_literal(self, host: str) -> None:
        """What can be said without asking a name server: of addresses, however they are written, and of ourselves."""
        if not host or host.lower() in self.allowed_hosts:
            return
        lower = host.lower()
        if lower in _LOCAL_NAMES or lower.endswith(".localhost"):
            self._check(ipaddress.ip_address("127.0.0.1"))
            return
        try:
            self._check(ipaddress.ip_address(host.partition("%")[0]))
        except TargetError:
            raise
        except ValueError:
            try:  # 2130706433, 0x7f.1 and 0177.0.0.1 are addresses too
                packed = socket.inet_aton(host)
            except OSError:
                return
            self._check(ipaddress.ip_address(packed))

    def _check(self, address: Address) -> None:
        inner = _within(address)
        if inner.is_loopback and not self.is_production:
            return
        if not _is_public(inner):
            message = "must lead to an address of the internet, not of an inner network"
            raise TargetError(message)


def _within(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, else itself."""
    if isinstance(address, ipaddress.IPv4Address) or address.is_loopback or address.is_unspecified:
        return address
    for found in (address.ipv4_mapped, address.sixtofour, (address.teredo or (None, None))[1]):
        if found is not None:
            return found
    is_isatap = int(address) >> 32 & 0xFFFFFFFF in _ISATAP
    if is_isatap or any(address in network for network in _STANDING_FOR_IPV4):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _INTERNET_OF_IPV6:
        return False
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
