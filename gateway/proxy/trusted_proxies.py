"""Whose word about other people's addresses counts: the TLS proxies that the settings name."""

import ipaddress
from collections.abc import Iterable


class TrustedProxies:
    """Addresses and networks (`10.0.0.1`, `fd00::/8`). Raises ValueError for what is neither."""

    def __init__(self, named: Iterable[str] = ()) -> None:
        self._networks = tuple(ipaddress.ip_network(name) for name in named)
        self._known: dict[str, bool] = {}

    @property
    def is_nobody(self) -> bool:
        """Whether none is named."""
        return not self._networks

    @property
    def is_everybody(self) -> bool:
        """Whether a network of all addresses is named."""
        return any(network.prefixlen == 0 for network in self._networks)

    def __contains__(self, address: str) -> bool:
        if not self._networks:
            return False
        is_trusted = self._known.get(address)
        if is_trusted is None:
            is_trusted = self._is_in_a_network(address)
            if len(self._known) < 1000:
                self._known[address] = is_trusted
        return is_trusted

    def _is_in_a_network(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None)  # ::ffff:10.0.0.1, on a socket that takes both kinds
        return any((mapped or found) in network for network in self._networks)


NOBODY = TrustedProxies()
