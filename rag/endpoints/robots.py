"""Robots exclusion: whether a site allows programs to read a page (RFC 9309)."""

from __future__ import annotations

from urllib.robotparser import RobotFileParser

USER_AGENT = "Huwen"
MAX_ROBOTS_BYTES = 512 * 1024  # what a program has to read of a robots.txt at least is 500 KiB
_MAX_DELAY = 5.0  # seconds between two requests to one site, whatever it asks for


class RobotRules:
    """The rules of one site for `Huwen`; without a robots.txt everything is allowed."""

    def __init__(self, text: str = "") -> None:
        self._parser = RobotFileParser()
        self._parser.parse(text.splitlines())

    def allows(self, url: str) -> bool:
        """True if the page at an address may be read."""
        return self._parser.can_fetch(USER_AGENT, url)

    @property
    def delay(self) -> float:
        """Seconds that the site asks to wait between two requests, at most five."""
        asked = self._parser.crawl_delay(USER_AGENT)
        return min(_MAX_DELAY, float(asked)) if asked else 0.0
