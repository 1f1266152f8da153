"""Page view: what is asked of a page and what is known of it, as values that cross between processes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SoughtQuote:
    """Words of a clean text that are to be found on a page.

    `before` and `after` are the text around them. `neighbours` are the other cells of their table row, `heads` the
    heads above them, by which one of several equal cells is known.
    """

    text: str
    before: str = ""
    after: str = ""
    neighbours: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mark:
    """A rectangle on a page that covers words of one line, as shares (0 to 1) of the page's width and height.

    `quote` is the index of the quote to which the words belong.
    """

    left: float
    top: float
    right: float
    bottom: float
    quote: int = 0


@dataclass(frozen=True)
class LayoutRequest:
    """The page `number` (from 1) of a file, and the quotes to be marked on it.

    `reach`: the quotes may be so many pages away; then that page is shown on which the first of them is found, the
    nearest to `number` of several equally good ones. With the number 0 it is expected at `share` (0 to 1) of the pages.
    """

    number: int
    quotes: tuple[SoughtQuote, ...] = ()
    reach: int = 0
    share: float = 0.0


@dataclass(frozen=True)
class PageLayout:
    """A page as it is shown: its number, the number of pages, its size in points, and the marks on it.

    `is_scan`: an image covers the page and no text is on it, so that no words can be found.
    """

    number: int
    count: int
    width: float
    height: float
    marks: tuple[Mark, ...] = ()
    is_scan: bool = False


@dataclass(frozen=True)
class PageImage:
    """An image of a page: the bytes of a PNG file, and its size in pixels."""

    png: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Converted:
    """A file was converted; the converted file has this number of bytes."""

    size: int
