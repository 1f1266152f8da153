"""Address guard: from which machines the web client reads. Those of this machine and of private networks are refused.

A name is resolved once, all its numbers are checked, and the connection goes to one of these numbers: so a name cannot
be checked as a public one and then lead elsewhere (DNS rebinding).
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from rag.endpoints.web_errors import WebError
from rag.endpoints.web_url import WebUrl, show_url

PORTS = (80, 443, 8000, 8080, 8443)
_IpAddress = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

# numbers that no setting allows: the machine's own description in clouds, among them those that others would allow
_METADATA = tuple(map(ip_address, ("169.254.169.254", "fd00:ec2::254", "100.100.100.200")))
_TRANSLATED = ip_network("64:ff9b::/96")  # NAT64: the last 32 bits are an IPv4 address
_UNUSED = tuple(map(ip_network, (
    "192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "fec0::/10", "100::/64", "2001:db8::/32", "3fff::/20")))
_COMPATIBLE = ip_network("::/96")


@dataclass(frozen=True)
class CheckedHost:
    """The numbers of a host that have been checked, in the order in which they are tried."""

    numbers: tuple[str, ...]
    is_private: bool


def resolve_host(host: str, port: int) -> list[str]:
    """The numbers of a host, by the operating system, each once.

    Raises:
        OSError: there is none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [*dict.fromkeys(str(entry[4][0]) for entry in found)]


@dataclass(frozen=True)
class AddressGuard:
    """`allowed`: private hosts that the operator names: a name, `.corp` for all names below it, a number, a network.

    `resolve` gives the numbers of a name.
    """

    allowed: tuple[str, ...] = ()
    resolve: Resolve = resolve_host

    def check(self, url: WebUrl, *, is_after_public: bool = False) -> CheckedHost:
        """Resolve the host of an address, and check it. `is_after_public`: a public page leads on to it.

        Raises:
            WebError: there is no such host, a number of it is private or no web server's, or the port is none of the
                web's.
        """
        shown = show_url(url.text)
        try:
            numbers = [str(url.number)] if url.number else self.resolve(url.host, url.port)
            parsed = [_unwrap(ip_address(number)) for number in numbers]
        except (OSError, ValueError):
            raise WebError("no such host", shown, host=url.host) from None
        if not parsed:
            raise WebError("no such host", shown, host=url.host)
        is_private = False
        for number in parsed:
            if _is_never_allowed(number):
                raise WebError("never", shown, number=number)
            if not _is_public(number):
                is_private = True
                if not self._is_allowed(url.host, number):
                    raise WebError("private", shown, number=number)
                if is_after_public:
                    raise WebError("private redirect", shown, number=number)
        if url.port not in PORTS and not all(self._is_allowed(url.host, number) for number in parsed):
            raise WebError("port", shown, port=url.port, known=", ".join(map(str, PORTS)))
        return CheckedHost(tuple(numbers), is_private)

    def _is_allowed(self, host: str, number: _IpAddress) -> bool:
        for entry in self.allowed:
            if entry == host or (entry.startswith(".") and host.endswith(entry)):
                return True
            try:
                if number in ip_network(entry, strict=False):
                    return True
            except ValueError:  # a name
                continue
        return False


def parse_allowed_hosts(text: str) -> tuple[str, ...]:
    """The hosts of the setting, in lower case: `wiki.corp, 10.1.0.0/16` → two entries."""
    return tuple(part.strip().lower() for part in text.replace(";", ",").split(",") if part.strip())


def _unwrap(number: _IpAddress) -> _IpAddress:
    """The IPv4 address inside an IPv6 one that only carries it to a translator or a tunnel."""
    if isinstance(number, IPv4Address):
        return number
    if number.ipv4_mapped or number.sixtofour:
        return number.ipv4_mapped or number.sixtofour or number
    if number.teredo:
        return number.teredo[1]
    is_carrier = isinstance(_TRANSLATED, IPv6Network) and (number in _TRANSLATED or number in _COMPATIBLE)
    if is_carrier and int(number) > 1:  # :: and ::1 are no carriers
        return IPv4Address(int(number) & 0xFFFFFFFF)
    return number


def _is_public(number: _IpAddress) -> bool:
    return number.is_global and not any(number in network for network in _UNUSED if network.version == number.version)


def _is_never_allowed(number: _IpAddress) -> bool:
    return (number in _METADATA or number.is_multicast or number.is_unspecified or number.is_link_local
            or (number.is_reserved and not number.is_loopback))
