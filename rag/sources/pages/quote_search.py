"""Quote search: the characters of a page that are the words of a quote.

A quote is looked for as a whole, in the order of the file and then line by line; of several equal places the one is
taken around which the text is as around the quote, in whose line are the other cells of its row, and above which are
its heads. A quote that the page does not have in one piece, because a running head is in between or a part of it is on
the next page, is put together from long pieces.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.sources.pages.characters import Box, CharacterSource, PageCharacters, comparison_form
from rag.sources.pages.views import SoughtQuote

_CONTEXT = 40  # compared characters on each side of a quote
_MAX_PLACES = 300  # of one quote on a page; a page of a table has as many equal cells
_MIN_PIECE, _MIN_FAR_PIECE = 4, 12  # compared characters of a piece; of one that is not near the piece before it
_NEAR = 400  # compared characters that may be between two pieces: a running head, a note, a line of the other column
_MIN_COVERAGE = 0.6  # of a quote; with less, what was found is something else


@dataclass(frozen=True)
class FoundQuote:
    """The indices of the characters that are a quote, how much of it they are (0 to 1), and how well the place fits."""

    indices: tuple[int, ...] = ()
    coverage: float = 0.0
    fit: float = 0.0


def find_whole_quote(quote: SoughtQuote, source: CharacterSource) -> FoundQuote:
    """The best place of a quote that the file has in one piece; one without indices if it has none."""
    return _find_whole(quote, source.in_file_order())


def find_quote(quote: SoughtQuote, source: CharacterSource) -> FoundQuote:
    """The best place of a quote on a page; one without indices if the page does not have it."""
    in_file = source.in_file_order()
    if (found := _find_whole(quote, in_file)).coverage:
        return found
    in_lines = source.in_line_order()
    if (found := _find_whole(quote, in_lines)).coverage:
        return found
    parts = max((_find_pieces(quote, order) for order in (in_file, in_lines)), key=lambda found: found.coverage)
    return parts if parts.coverage >= _MIN_COVERAGE else FoundQuote()


# --- in one piece


def _find_whole(quote: SoughtQuote, page: PageCharacters) -> FoundQuote:
    key, _ = comparison_form(quote.text)
    places = list(_places(key, page.key))
    if not places:
        return FoundQuote()
    fits = _Fits(quote, page, len(key))
    best = max(places, key=lambda place: (fits.rate(place), -place))
    first, last = page.indices[best], page.indices[best + len(key) - 1]
    if not page.follows_file or last < first:
        return FoundQuote(tuple(page.indices[best : best + len(key)]), 1.0, fits.rate(best))
    first, last = _with_edges(quote.text, page.source.characters, first, last)
    return FoundQuote(tuple(range(first, last + 1)), 1.0, fits.rate(best))


def _places(key: str, text: str) -> Iterator[int]:
    place = text.find(key) if key else -1
    count = 0
    while place >= 0 and count < _MAX_PLACES:
        yield place
        count += 1
        place = text.find(key, place + 1)


def _with_edges(quote: str, characters: Sequence[str], first: int, last: int) -> tuple[int, int]:
    """The range with the signs at the edges of the quote that are not compared, such as the full stop at its end."""
    stripped = quote.strip()
    for sign in _uncompared_signs(stripped):
        if first > 0 and sign == characters[first - 1]:
            first -= 1
    for sign in _uncompared_signs(stripped[::-1]):
        if last + 1 < len(characters) and characters[last + 1] == sign:
            last += 1
    return first, last


def _uncompared_signs(text: str) -> str:
    """The characters before the first one that is compared, the nearest to it first."""
    _, compared = comparison_form(text)
    return text[: compared[0]][::-1] if compared else ""


class _Fits:
    """How well each place on a page fits a quote."""

    def __init__(self, quote: SoughtQuote, page: PageCharacters, length: int) -> None:
        self._page, self._length = page, length
        self._text = quote.text.strip()
        self._before, self._after = comparison_form(quote.before)[0], comparison_form(quote.after)[0]
        self._neighbours = [key for text in quote.neighbours if (key := comparison_form(text)[0])]
        self._heads = [key for text in quote.heads if (key := comparison_form(text)[0])]
        self._rates: dict[int, float] = {}

    def rate(self, place: int) -> float:
        """0 for a place that fits in nothing, up to 4.5 for one that fits in all; negative inside a longer word."""
        if place not in self._rates:
            self._rates[place] = self._rate(place)
        return self._rates[place]

    def _rate(self, place: int) -> float:
        key, end = self._page.key, place + self._length
        before = _common_length(self._before[::-1], key[max(0, place - _CONTEXT) : place][::-1])
        after = _common_length(self._after, key[end : end + _CONTEXT])
        rate = (before + after) / _CONTEXT
        if self._neighbours or self._heads:
            box = self._box(place, end)
            rate += 1.5 * self._neighbour_share(box) + self._head_share(box)
        return rate - 3.0 * self._is_inside_word(place, end)

    def _box(self, place: int, end: int) -> Box:
        boxes = [self._page.source.upright_box(self._page.indices[at]) for at in {place, (place + end) // 2, end - 1}]
        return (min(box[0] for box in boxes), min(box[1] for box in boxes), max(box[2] for box in boxes),
                max(box[3] for box in boxes))

    def _neighbour_share(self, box: Box) -> float:
        """The share of the other cells of the row whose text is at the height of a box."""
        if not self._neighbours:
            return 0.0
        margin, source = 0.3 * (box[3] - box[1]), self._page.source
        low = bisect_left(self._heights, (box[1] - margin, 0))
        high = bisect_left(self._heights, (box[3] + margin, 0))
        at_height = (index for _, index in self._heights[low:high])
        indices = sorted(at_height, key=lambda index: source.upright_box(index)[0])
        line, _ = comparison_form([source.characters[index] for index in indices])
        return sum(neighbour in line for neighbour in self._neighbours) / len(self._neighbours)

    @cached_property
    def _heights(self) -> list[tuple[float, int]]:
        """The height on the page of the middle of each compared character, with its index, from top to bottom."""
        boxes = ((self._page.source.upright_box(index), index) for index in dict.fromkeys(self._page.indices))
        return sorted(((box[1] + box[3]) / 2, index) for box, index in boxes)

    def _head_share(self, box: Box) -> float:
        """The share of the heads that are above a box or at its left, and overlap its column or its row."""
        if not self._heads:
            return 0.0
        return sum(any(self._leads_to(place, place + len(head), box) for place in _places(head, self._page.key))
                   for head in self._heads) / len(self._heads)

    def _leads_to(self, place: int, end: int, box: Box) -> bool:
        head = self._box(place, end)
        is_above = head[3] <= box[1] + 1e-3 and head[0] < box[2] and box[0] < head[2]
        is_left = head[2] <= box[0] + 1e-3 and head[1] < box[3] and box[1] < head[3]
        return is_above or is_left

    def _is_inside_word(self, place: int, end: int) -> bool:
        """True if letters or digits of a longer word or number touch the place: 80 in 1,980 or 80.5."""
        characters, indices = self._page.source.characters, self._page.indices
        first, last = indices[place], indices[end - 1]
        before = "".join(characters[max(0, first - 2) : first])[::-1]
        after = "".join(characters[last + 1 : last + 3])
        return _continues(self._text[:1], before) or _continues(self._text[-1:], after)


def _continues(character: str, beyond: str) -> bool:
    if not _is_latin(character) or not beyond:
        return False
    is_decimal = character.isdigit() and len(beyond) == 2 and beyond[0] in ".," and beyond[1].isdigit()
    return is_decimal or _is_latin(beyond[0])


def _is_latin(character: str) -> bool:
    return character.isalnum() and character < "\u2e80"


def _common_length(first: str, second: str) -> int:
    """The length of the beginning that two texts share, up to _CONTEXT."""
    limit = min(len(first), len(second), _CONTEXT)
    for length in range(limit):
        if first[length] != second[length]:
            return length
    return limit


# --- in several pieces


def _find_pieces(quote: SoughtQuote, page: PageCharacters) -> FoundQuote:
    key, _ = comparison_form(quote.text)
    indices: list[int] = []
    found, at, end = 0, 0, -1
    while at < len(key):
        piece = _longest_piece(key, at, page.key, end)
        if piece is None:
            at += 1
            continue
        start, length = piece
        indices += _fill_gaps(page.indices[start : start + length], follows_file=page.follows_file)
        found, at, end = found + length, at + length, start + length
    return FoundQuote(tuple(indices), found / len(key) if key else 0.0)


def _longest_piece(key: str, at: int, text: str, end: int) -> tuple[int, int] | None:
    """Start and length of the longest beginning of `key[at:]` in a text: near `end`, or a longer one anywhere."""
    for minimum, low, high in ((_MIN_PIECE, end, end + _NEAR), (_MIN_FAR_PIECE, 0, len(text))):
        if end < 0 and minimum == _MIN_PIECE:
            continue
        length = min(minimum, len(key) - at) if minimum == _MIN_PIECE else minimum
        start = text.find(key[at : at + length], low, high)
        if at + length > len(key) or start < 0:
            continue
        return _grow(key, at, text, (low, high), (start, length))
    return None


def _grow(key: str, at: int, text: str, area: tuple[int, int], piece: tuple[int, int]) -> tuple[int, int]:
    """A piece made longer as long as the text has it, at its place or another one in the area."""
    start, length = piece
    while at + length < len(key):
        if start + length < len(text) and text[start + length] == key[at + length]:
            length += 1
            continue
        other = text.find(key[at : at + length + 1], start + 1, area[1])
        if other < 0:
            break
        start, length = other, length + 1
    return start, length


def _fill_gaps(indices: Sequence[int], *, follows_file: bool) -> Sequence[int]:
    """The indices of a piece with those of its spaces and hyphens."""
    return range(indices[0], indices[-1] + 1) if follows_file and indices[-1] >= indices[0] else indices
