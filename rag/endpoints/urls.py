"""URLs of endpoints: OpenAI's URL, the test for a URL of this machine, and a URL without its secrets."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

OPENAI_URL = "https://api.openai.com/v1"  # always given to the SDK; otherwise it looks for one in the environment


def is_local_url(url: str) -> bool:
    """Whether a URL leads to this machine, for which no proxy is used.

    `http://127.0.0.1:11434/v1`, `http://localhost:8000/v1` → True; `https://api.deepseek.com/v1` → False
    """
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # not a URL, or a name instead of an address
        return False


def redact_url(url: str) -> str:
    """The URL without what may be secret: a password before the host, a token after the question mark."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.rpartition("@")[2]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
