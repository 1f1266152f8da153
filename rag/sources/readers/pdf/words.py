"""Words of a PDF page: the glyphs of PDFium's text page turned into words with their places, hidden ones left out."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rag.sources.readers.pdf.glyphs import GlyphRun, read_runs
from rag.sources.readers.pdf.graphics import Graphics, PageFrame

_MIN_SIZE = 1.0  # points; nobody reads smaller text
_SCAN_SHARE = 0.5  # of a page's area; an image of this size under invisible text is a scan
_OCR_SHARE = 10  # times as much invisible as visible text has a scan with a text layer
_BOX_TOLERANCE = 2.0  # points that a letter may reach over the edge of the page
_VERTICAL_SHARE = 0.6  # of the steps from letter to letter that go down on a page with vertical writing
_SAME_COLUMN = 0.7  # em; columns are further from each other
_MIN_VERTICAL = 20  # letters one below the other; a chart's axis has fewer


@dataclass(slots=True)
class Word:
    """Letters without a space between them, on the upright page; `baseline` in points from its top.

    A run of Han characters is one word as well. `after_space`: the file has a space before it.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float  # of an em, in points
    after_space: bool = False

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2


@dataclass
class PageWords:
    """The words of a page in the order in which the file draws them."""

    words: list[Word] = field(default_factory=list)
    rotated_lines: list[str] = field(default_factory=list)  # text at an angle to the other text of the page
    hidden: int = 0  # pieces of hidden text
    quadrant: int = 0  # quarter turns counter-clockwise at which the text is written
    is_vertical: bool = False  # columns of Han characters from right to left; the words are as if they were lines


def read_words(text_page: object, graphics: Graphics) -> PageWords:
    """The words of a page that a reader can see; invisible text counts as seen on a scan with a text layer."""
    runs = read_runs(text_page)
    visible = _visible_runs(runs, graphics)
    letters: Counter[int] = Counter()
    for run in visible:
        letters[run.quadrant] += len(run.text)
    quadrant = max(letters, key=letters.__getitem__, default=0)
    frame = PageFrame(graphics.page_box, quadrant)
    words = _upright_words([run for run in visible if run.quadrant == quadrant], frame)
    rotated = [run for run in visible if run.quadrant != quadrant]
    result = PageWords(words, _rotated_lines(rotated), _count_hidden(runs, visible), quadrant)
    if _is_vertical(words):
        result.words, result.is_vertical = _turn_words(words, frame.width), True
    return result


def _visible_runs(runs: Sequence[GlyphRun], graphics: Graphics) -> list[GlyphRun]:
    keep_invisible = _is_scan_with_text(runs, graphics)
    return [run for run in runs if _is_visible(run, graphics, keep_invisible=keep_invisible)]


def _is_scan_with_text(runs: Sequence[GlyphRun], graphics: Graphics) -> bool:
    if not any(box.area >= _SCAN_SHARE * graphics.page_box.area for box in graphics.images):
        return False
    invisible = sum(len(run.text) for run in runs if run.is_invisible)
    return invisible >= _OCR_SHARE * sum(len(run.text) for run in runs if not run.is_invisible)


def _is_visible(run: GlyphRun, graphics: Graphics, *, keep_invisible: bool) -> bool:
    if (run.is_invisible and not keep_invisible) or run.size < _MIN_SIZE:
        return False
    page = graphics.page_box
    if (run.quadrant == 0 and not run.is_white and page.left <= run.start and run.end <= page.right
            and page.bottom <= run.baseline <= page.top):
        return True  # nearly all are; the rest of the checks would take longer than reading the letters
    x, y = run.centre()
    if not page.contains(x, y, tolerance=_BOX_TOLERANCE):
        return False
    return not run.is_white or any(box.contains(x, y) for box in graphics.dark_areas)


def _count_hidden(runs: Sequence[GlyphRun], visible: Sequence[GlyphRun]) -> int:
    """The number of pieces of hidden text: hidden runs one after the other are one piece."""
    if len(runs) == len(visible):
        return 0
    shown = set(map(id, visible))
    is_hidden = [False, *(id(run) not in shown for run in runs)]
    return sum(after and not before for before, after in pairwise(is_hidden))


def _upright_words(runs: Sequence[GlyphRun], frame: PageFrame) -> list[Word]:
    """The runs as words of the upright page, without those that are drawn a second time to look bold."""
    shift = frame.reading_shift
    words: list[Word] = []
    places: dict[str, list[Word]] = {}
    for run in runs:
        word = Word(run.text, run.start + shift, run.end + shift, frame.upright_baseline(run.baseline), run.size,
                    run.after_space)
        same = places.setdefault(word.text, [])
        if not _is_second_drawing(word, same):
            same.append(word)
            words.append(word)
    return words


def _is_second_drawing(word: Word, same: Sequence[Word]) -> bool:
    """True if one of the last words with this text is at the same place."""
    tolerance = 0.5 * (word.right - word.left) / len(word.text)
    for other in same[-4:]:  # what is drawn twice is drawn twice at once
        if abs(other.left - word.left) < tolerance and abs(other.baseline - word.baseline) < 0.3 * word.size:
            return True
    return False


def _rotated_lines(runs: Sequence[GlyphRun]) -> list[str]:
    """Text at an angle, one line for each baseline, in the order of the file."""
    lines: list[list[GlyphRun]] = []
    for run in sorted(runs, key=lambda run: run.quadrant):
        last = lines[-1][-1] if lines else None
        if last and last.is_on_line(run) and run.start >= last.start:
            lines[-1].append(run)
        else:
            lines.append([run])
    return [" ".join(run.text for run in line) for line in lines]


def _is_vertical(words: Sequence[Word]) -> bool:
    """True if most letters of the page are one below the other."""
    single = [word for word in words if len(word.text) == 1]
    if len(single) < max(_MIN_VERTICAL, _VERTICAL_SHARE * len(words)):
        return False
    down = [abs(b.centre - a.centre) < 0.3 * a.size and 0.5 * a.size < b.baseline - a.baseline < 2 * a.size
            for a, b in pairwise(words)]
    return statistics.fmean(down) >= _VERTICAL_SHARE


def _turn_words(words: Sequence[Word], width: float) -> list[Word]:
    """The letters of vertical writing as if their columns were lines: the column at the right is the first line."""
    turned: list[Word] = []
    for word in words:
        start, baseline = word.baseline - word.size, width - word.centre
        if turned and abs(baseline - turned[-1].baseline) < _SAME_COLUMN * word.size:
            baseline = turned[-1].baseline  # a punctuation mark is at the side of its column
        turned.append(Word(word.text, start, start + word.size, baseline, word.size, word.after_space))
    return turned
