"""Recognised text: where the lines that text recognition read are in the clean text, and which parts of it are doubted.

Cleaning joins lines, removes page furniture and changes characters. A line is therefore looked for in the text of its
page, without white space: as a whole, or word by word where a table or a hyphen has divided it. A doubted word that
occurs several times is doubted in all the places that it may have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypedDict

from langchain_core.documents import Document

from rag.sources.elements import RecognisedLine
from rag.sources.normal_characters import normalise_characters

Span = tuple[int, int]  # start and end in the clean text, in characters


class EncodedRecognition(TypedDict):
    """What was recognised of a document, as it is stored: lines with start, end, page, box and score; doubted spans."""

    lines: list[tuple[int, int, int, list[float], float]]
    doubts: list[Span]


@dataclass(frozen=True)
class Recognition:
    """What text recognition read of a clean text: the spans of its lines and of its doubts."""

    lines: tuple[Span, ...]
    doubts: tuple[Span, ...]

    @classmethod
    def of_document(cls, document: Document) -> Recognition | None:
        """That of a clean document; None if all of its text is from the file itself."""
        encoded: EncodedRecognition | None = document.metadata.get("recognition")
        if not encoded:
            return None
        lines = tuple((start, end) for start, end, *_ in encoded["lines"])
        return cls(lines, tuple((start, end) for start, end in encoded["doubts"]))

    def passage_metadata(self, text: str, passage: Span, outside: Sequence[Span]) -> dict[str, object]:
        """`recognised` and `doubts` of a passage, also of what is outside of it and belongs to it; {} without any."""
        if not any(map(partial(_overlap, passage), self.lines)):
            return {}
        doubts = [doubt for doubt in self.doubts if any(_overlap(span, doubt) for span in (passage, *outside))]
        return {"recognised": True, "doubts": [(text[start:end], start, end) for start, end in doubts]}


def _overlap(span: Span, other: Span) -> bool:
    return span[0] < other[1] and other[0] < span[1]


def locate_recognition(
    text: str, page_starts: Sequence[int], lines: Sequence[RecognisedLine],
) -> EncodedRecognition:
    """The places of recognised lines in a clean text; a line that cleaning removed has none."""
    by_page: dict[int, list[RecognisedLine]] = {}
    for line in lines:
        by_page.setdefault(line.page, []).append(line)
    found = EncodedRecognition(lines=[], doubts=[])
    for page, page_lines in sorted(by_page.items()):
        start = page_starts[page - 1] if page <= len(page_starts) else len(text)
        end = page_starts[page] if page < len(page_starts) else len(text)
        _PageText(text, start, end).locate(page_lines, found)
    found["lines"].sort(key=lambda line: line[:2])
    found["doubts"] = sorted(set(found["doubts"]))
    return found


class _PageText:
    """The text of a page without white space, with the offset of each of its characters in the clean text."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._offsets = [index for index in range(start, end) if not text[index].isspace()]
        self._text = "".join(text[index] for index in self._offsets)
        self._is_taken = [False] * len(self._text)

    def locate(self, lines: Sequence[RecognisedLine], found: EncodedRecognition) -> None:
        """Add the places of the lines of the page: of the long ones first, which can hardly be confused."""
        divided: list[RecognisedLine] = []
        for line in sorted(lines, key=lambda line: -len(line.text)):
            key, doubts = self._compact(line)
            places = [place for place in self._places(key) if not self._is_taken[place]] if key else []
            if not places:
                divided.append(line)
                continue
            self._add_line(line, places[0], len(key), found)
            # lines of one text cannot be told apart: a doubt of one of them counts for all
            for place in self._places(key) if doubts and len(places) > 1 else places[:1]:
                found["doubts"] += [self._span(place + start, place + end) for start, end in doubts]
        for line in divided:
            self._locate_words(line, found)

    def _compact(self, line: RecognisedLine) -> tuple[str, list[Span]]:
        """The text of a line as the page has it, and its doubts there."""
        key, places = "", []
        for character in line.text:
            places.append(len(key))
            key += "".join(normalise_characters(character).split())
        places.append(len(key))
        return key, [(places[start], places[end]) for start, end in line.doubts if places[end] > places[start]]

    def _places(self, key: str) -> list[int]:
        return [match.start() for match in re.finditer(f"(?={re.escape(key)})", self._text)]

    def _span(self, start: int, end: int) -> Span:
        return self._offsets[start], self._offsets[end - 1] + 1

    def _add_line(self, line: RecognisedLine, place: int, length: int, found: EncodedRecognition) -> None:
        self._is_taken[place : place + length] = [True] * length
        found["lines"].append((*self._span(place, place + length), line.page, [*line.box], line.score))

    def _locate_words(self, line: RecognisedLine, found: EncodedRecognition) -> None:
        """Add the doubted words of a line that cleaning has divided, wherever the page has them outside other lines."""
        for word in re.finditer(r"\S+", line.text):
            doubts = tuple(
                (max(start, word.start()) - word.start(), min(end, word.end()) - word.start())
                for start, end in line.doubts if start < word.end() and word.start() < end)
            key, spans = self._compact(RecognisedLine(word.group(), line.page, line.box, doubts))
            places = [place for place in self._places(key) if not self._is_taken[place]] if key else []
            if places:
                start, end = self._span(places[0], places[0] + len(key))
                found["lines"].append((start, end, line.page, [*line.box], line.score))
            for place in places if spans else ():
                found["doubts"] += [self._span(place + start, place + end) for start, end in spans]
