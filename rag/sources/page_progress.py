"""Page progress: how far the reading of a file has come whose pages take seconds each, as those of a scan do.

In the reading process a reader calls `report_page`, which also begins the page's time limit. In the program itself
whoever adds files listens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class PageProgress:
    """Page `page` of `pages` is about to be read."""

    page: int
    pages: int


PageListener = Callable[[PageProgress], None]


def _ignore(_: PageProgress) -> None:
    return


_listener: ContextVar[PageListener] = ContextVar("page listener", default=_ignore)
_reporters: list[PageListener] = []  # in the reading process: one, which sends the progress to the program


@contextmanager
def page_listener(listener: PageListener) -> Iterator[None]:
    """Call `listener` for each page of the files that are read in this context: this thread, or this task."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def announce_page(progress: PageProgress) -> None:
    """Tell the listener of this context."""
    _listener.get()(progress)


def set_reporter(reporter: PageListener) -> None:
    """Set what `report_page` calls: only the reading process does."""
    _reporters[:] = [reporter]


def report_page(page: int, pages: int) -> None:
    """Say, in the reading process, that a page is about to be read; elsewhere nobody hears it."""
    for reporter in _reporters:
        reporter(PageProgress(page, pages))
