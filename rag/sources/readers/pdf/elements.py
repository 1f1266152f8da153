"""Elements of a PDF: the pieces of its pages turned into headings, notes, tables and lines of running text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.sources.elements import Element, Table
from rag.sources.readers.pdf.layout import TextPiece, is_same_size
from rag.sources.readers.pdf.lines import join_lines_of_cell

_HEADING_SIZE = 1.15  # of the size of the body; larger letters are a heading
_MAX_HEADING_LENGTH = 80  # characters
_MAX_HEADING_LINES = 3
_NOTE_SIZE = 0.93  # of the size of the body; the letters of a footnote are smaller
_NOTE = re.compile(r"([①-⑳]|\d{1,3}(?![\d.,%年月]|\s*[-–/])|[*†‡§]|\[\d{1,3}\]|［\d{1,3}］)\s*(?=\S)")
_SENTENCE_END = re.compile(r"[。！？!?；;：:.…][”’」』）)\"'\]]*$")
_FURNITURE_LINES = 2  # of a running footer below the notes

Piece = TextPiece | Table


def elements_of_pages(pages: Sequence[Sequence[Piece]]) -> Iterator[Element | Table]:
    """The elements of all pages, in reading order.

    A short piece in clearly larger letters is a heading; its level is the rank of its size. Footnotes are taken out of
    the text, which goes on in the next column or on the next page.
    """
    body = _body_size(pages)
    sizes = {_round_size(piece.size) for pieces in pages for piece in pieces
             if isinstance(piece, TextPiece) and _is_heading(piece, body)}
    levels = {size: min(level, 6) for level, size in enumerate(sorted(sizes, reverse=True), 1)}
    for number, pieces in enumerate(pages, 1):
        notes, others = _take_notes(pieces, body)
        for piece in _with_notes(_join_columns(others), notes):
            if isinstance(piece, Table):
                yield piece
            elif isinstance(piece, _Notes):
                yield from (Element("note", note, marker=marker, page=number) for marker, note in piece)
            elif _is_heading(piece, body):
                text, level = join_lines_of_cell(list(piece.lines)), levels[_round_size(piece.size)]
                yield Element("heading", text, level, page=number)
            else:
                yield Element("lines", "\n".join(piece.lines), page=number)


def _round_size(size: float) -> float:
    return round(2 * size) / 2


def _body_size(pages: Sequence[Sequence[Piece]]) -> float:
    """The size in which most letters are set; 0 without text."""
    letters: Counter[float] = Counter()
    for pieces in pages:
        for piece in pieces:
            if isinstance(piece, TextPiece):
                letters[_round_size(piece.size)] += sum(map(len, piece.lines))
    return max(letters, key=letters.__getitem__, default=0.0)


def _is_heading(piece: TextPiece, body: float) -> bool:
    length = sum(map(len, piece.lines))
    return (piece.size >= _HEADING_SIZE * body and len(piece.lines) <= _MAX_HEADING_LINES
            and 1 < length <= _MAX_HEADING_LENGTH and "" not in piece.lines
            and any(char.isalpha() for char in piece.lines[0]))


class _Notes(tuple[tuple[str, str], ...]):
    """The footnotes of a page, each with its marker."""


def _take_notes(pieces: Sequence[Piece], body: float) -> tuple[_Notes, list[Piece]]:
    """The footnotes of a page, and the other pieces.

    A footnote is in smaller letters, begins with its marker, and is last in its column.
    """
    notes: list[tuple[str, str]] = []
    text: list[Piece] = []
    for index, piece in enumerate(pieces):
        if isinstance(piece, TextPiece) and _is_note(piece, body) and _is_last_in_column(pieces, index):
            notes += _split_notes(piece.lines)
        else:
            text.append(piece)
    return _Notes(notes), text


def _is_note(piece: TextPiece, body: float) -> bool:
    return 0 < piece.size <= _NOTE_SIZE * body and _NOTE.match(piece.lines[0]) is not None


def _is_last_in_column(pieces: Sequence[Piece], index: int) -> bool:
    """True if only a running footer is below the piece, or the top of the next column."""
    following = pieces[index + 1] if index + 1 < len(pieces) else None
    if following is None or (isinstance(following, TextPiece) and following.follows_column):
        return True
    return index + 2 == len(pieces) and isinstance(following, TextPiece) and len(following.lines) <= _FURNITURE_LINES


def _split_notes(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Marker and text of each note."""
    note: list[str] = []
    for line in lines:
        if note and _NOTE.match(line):
            yield _note_of(note)
            note = []
        note.append(line)
    yield _note_of(note)


def _note_of(lines: list[str]) -> tuple[str, str]:
    text = join_lines_of_cell([line for line in lines if line])
    found = _NOTE.match(text)
    return (found.group(1), text[found.end():]) if found else ("", text)


def _join_columns(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with those that are one sentence over the end of a column as one piece."""
    joined: list[Piece] = []
    for piece in pieces:
        above = joined[-1] if joined else None
        if isinstance(piece, TextPiece) and isinstance(above, TextPiece) and _goes_on(above, piece):
            joined[-1] = replace(above, lines=above.lines + piece.lines)
        else:
            joined.append(piece)
    return joined


def _goes_on(above: TextPiece, piece: TextPiece) -> bool:
    return (piece.follows_column and not piece.is_indented and is_same_size(above.size, piece.size)
            and not _SENTENCE_END.search(above.lines[-1]))


def _with_notes(pieces: list[Piece], notes: _Notes) -> Iterator[Piece | _Notes]:
    """The pieces of a page with its notes below its text, but before a paragraph that goes on on the next page."""
    if not notes:
        yield from pieces
        return
    last = max((index for index, piece in enumerate(pieces)
                if isinstance(piece, TextPiece) and len(piece.lines) > _FURNITURE_LINES), default=-1)
    yield from pieces[:last]
    if last >= 0:
        piece = pieces[last]
        assert isinstance(piece, TextPiece)
        whole, open_end = _cut_open_paragraph(piece)
        yield from whole
        yield notes
        yield from open_end
    else:
        yield notes
    yield from pieces[last + 1:]


def _cut_open_paragraph(piece: TextPiece) -> tuple[list[TextPiece], list[TextPiece]]:
    """A piece in two: up to its last whole paragraph, and the paragraph that its last line does not end."""
    if _SENTENCE_END.search(piece.lines[-1]):
        return [piece], []
    blanks = [index for index, line in enumerate(piece.lines) if not line]
    if not blanks:
        return [], [piece]
    return [replace(piece, lines=piece.lines[:blanks[-1]])], [replace(piece, lines=piece.lines[blanks[-1] + 1:])]
