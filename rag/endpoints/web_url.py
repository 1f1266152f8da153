"""Web addresses as people type them, in one form: host in ASCII, no fragment, no user, a path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from rag.endpoints.urls import redact_url
from rag.endpoints.web_errors import WebError

_MAX_LENGTH = 2_000  # characters; browsers and servers take about as much
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)")  # the last part of a host that programs read as a number
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.I)
_SHOWN = 200  # characters of an address in a sentence


@dataclass(frozen=True)
class WebUrl:
    """A web address; `host` is in lower case and ASCII, `target` is the path with the query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, without the port that the scheme has anyway."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}")

    @property
    def text(self) -> str:
        """The address in its one form, by which it is known."""
        return self.origin + self.target

    @property
    def number(self) -> IPv4Address | IPv6Address | None:
        """The host as the number of a machine; None for a name."""
        try:
            return IPv6Address(self.host) if ":" in self.host else IPv4Address(self.host)
        except AddressValueError:
            return None

    def join(self, location: str) -> WebUrl:
        """The address to which this one leads on.

        Raises:
            WebError: as `parse_web_url`.
        """
        try:
            return parse_web_url(urljoin(self.text, location.strip()))
        except ValueError:
            raise WebError("bad address", show_url(location)) from None


def is_web_url(text: str) -> bool:
    """True for what is meant as an address rather than as the path of a file: `https://…`, also `file://…`."""
    return re.match(r"[a-z][a-z0-9+.-]*://", text.strip(), re.I) is not None


def parse_web_url(text: str) -> WebUrl:
    """An address as a person wrote it, or a server.

    `HTTPS://例子.中国:443/报告#2` → `https://xn--fsqu00a.xn--fiqs8s/%E6%8A%A5%E5%91%8A`

    Raises:
        WebError: it is not http or https, has a user, writes a number oddly, or is no address at all.
    """
    text = text.strip()
    shown = show_url(text)
    if len(text) > _MAX_LENGTH or any(not letter.isprintable() for letter in text) or "\\" in text:
        raise WebError("bad address", shown)
    try:
        parts = urlsplit(text)
        host, port, user = parts.hostname or "", parts.port, parts.username is not None or parts.password is not None
    except ValueError:
        raise WebError("bad address", shown) from None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise WebError("not http" if _SCHEME.match(text) else "bad address", shown)
    if user or "@" in parts.netloc:
        raise WebError("credentials", shown)
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    target += f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
    return WebUrl(scheme, _normalise_host(host, shown), port or _DEFAULT_PORTS[scheme], target)


def show_url(url: str) -> str:
    """An address for a sentence: without a password, and not endless."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in url)
    if "@" in shown:
        shown = redact_url(shown)
    return f"{shown[:_SHOWN]}…" if len(shown) > _SHOWN else shown


def _normalise_host(host: str, shown: str) -> str:
    """The host in ASCII; an international name in its coded form (IDNA).

    Raises:
        WebError: it is no host, or writes an IPv4 address in another form than four decimal numbers.
    """
    if ":" in host:
        try:
            return str(IPv6Address(host))  # a zone (`%eth0`) stays, and leads to no public address
        except AddressValueError:
            raise WebError("bad address", shown) from None
    try:
        name = (host if host.isascii() else host.encode("idna").decode("ascii")).lower().rstrip(".")
    except UnicodeError:
        raise WebError("bad address", shown) from None
    if not _HOST.fullmatch(name) or len(name) > 253:
        raise WebError("bad address", shown)
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        try:
            return str(IPv4Address(name))  # no leading zeros, which some programs read as octal
        except AddressValueError:
            raise WebError("odd number", shown) from None
    return name
