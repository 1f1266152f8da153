"""The URL of an endpoint becomes what one has to know of it before anything is sent there."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit


def is_local_url(url: str) -> bool:
    """True for an address of the machine itself, to which no proxy leads.

    `http://127.0.0.1:11434/v1`, `http://localhost:8000/v1` → True; `https://api.deepseek.com/v1` → False
    """
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # no URL, or a name in place of an address
        return False


def redact_url(url: str) -> str:
    """The URL without what may be secret in it: a password before the host, a token behind the question mark."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.rpartition("@")[2]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
