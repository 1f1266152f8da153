"""Scans benchmark: how well text recognition reads, and whether it doubts the figures that it reads wrongly.

`python -m evals.benchmarks.scans --pages 64 --seed 1000` draws that many pages (`scan_pages.py`), reads each as a
picture file is read, and compares the clean text with what is printed. A figure is verified if no doubt of the
recogniser touches it, as for an answer that states it (`rag/citations/doubts.py`).
"""

from __future__ import annotations

import argparse
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from evals.benchmarks.scan_pages import ScanPage, make_page
from rag.citations.doubts import is_doubted
from rag.numbers.figures import find_figures
from rag.schema import Passage, Slice
from rag.sources.clean import clean
from rag.sources.loaders import read_directly

_PART_OF_FIGURE = frozenset("0123456789.,%-")


@dataclass(frozen=True)
class PageResult:
    """What came of one page: printed characters, wrong ones, and the figures by whether they are right and doubted."""

    page: ScanPage
    characters: int
    errors: int
    right: int = 0
    right_doubted: int = 0
    wrong: tuple[str, ...] = ()  # figures that are wrong and yet verified
    wrong_doubted: int = 0

    @property
    def verified_count(self) -> int:
        return self.right - self.right_doubted + len(self.wrong)


def read_page(page: ScanPage) -> PageResult:
    """Read a page and compare it with what is printed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "scan.png")
        page.image.save(path, compress_level=1)
        document = clean(read_directly(path))
    text = document.page_content
    recognition = document.metadata["recognition"]
    doubts = tuple(Slice(text[start:end], start, end) for start, end in recognition["doubts"])
    passage = Passage(1, "", "", "", "", 1, 0, len(text), text, 1.0, page.language, doubts=doubts)
    read, places = _compared_form(text)
    printed, _ = _compared_form(page.text)
    errors, is_right, is_joint = _compare(read, printed)
    counts: dict[tuple[bool, bool], list[str]] = defaultdict(list)
    for figure in find_figures(text):
        if not any(character.isdigit() for character in figure.text):
            continue
        first, last = places[figure.start], places[figure.end]
        right = all(is_right[first:last]) and not any(is_joint[first : last + 1])
        counts[right, is_doubted(figure, passage)].append(text[max(0, figure.start - 4) : figure.end + 4])
    return PageResult(
        page, len(printed), errors, len(counts[True, False]) + len(counts[True, True]), len(counts[True, True]),
        tuple(counts[False, False]), len(counts[False, True]))


def _compared_form(text: str) -> tuple[str, list[int]]:
    """The text without white space and with narrow signs, and the place in it of each character of the text."""
    form, places = "", []
    for character in text:
        places.append(len(form))
        if not character.isspace():
            form += unicodedata.normalize("NFKC", character).translate(_SAME_SIGNS)
    return form, [*places, len(form)]


_SAME_SIGNS = str.maketrans("−–‘’“”", "--''\"\"")


def _compare(read: str, printed: str) -> tuple[int, list[bool], list[bool]]:
    """The number of wrong characters; for each that was read, whether it is right, and whether one of a figure is
    missing before it.
    """
    is_right, is_joint = [False] * len(read), [False] * (len(read) + 1)
    errors = 0
    for kind, start, end, first, last in SequenceMatcher(None, read, printed, autojunk=False).get_opcodes():
        if kind == "equal":
            is_right[start:end] = [True] * (end - start)
            continue
        errors += max(end - start, last - first)
        if kind == "insert" and _PART_OF_FIGURE & set(printed[first:last]):
            is_joint[start] = True
    return errors, is_right, is_joint


def report_lines(results: Iterable[PageResult]) -> Iterator[str]:
    """A line for each language and quality, and one for each language: errors, figures, doubts."""
    groups: dict[tuple[str, str], list[PageResult]] = defaultdict(list)
    for result in results:
        for name in (result.page.quality.name, "all"):
            groups[result.page.language, name].append(result)
    yield "pages  character error  figures  right, doubted  wrong, doubted  wrong, verified"
    for (language, name), group in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1] == "all")):
        right = sum(result.right for result in group)
        wrong = [figure for result in group for figure in result.wrong]
        doubted = sum(result.wrong_doubted for result in group)
        error = sum(result.errors for result in group) / sum(result.characters for result in group)
        verified = max(1, sum(result.verified_count for result in group))
        yield (
            f"{len(group):5}  {error:15.2%}  {right + doubted + len(wrong):7}  "
            f"{sum(r.right_doubted for r in group) / max(1, right):14.1%}  {doubted:14}  "
            f"{len(wrong):6} ({len(wrong) / verified:.2%})  {language} {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1_000, help="of the first page; others show other pages")
    given = parser.parse_args()
    results = []
    for seed in range(given.seed, given.seed + given.pages):
        results.append(read_page(make_page(seed)))
        for figure in results[-1].wrong:
            print(f"seed {seed}, {results[-1].page.quality.name}: read as {figure!r}", flush=True)
    print("\n".join(report_lines(results)))


if __name__ == "__main__":
    main()
