"""HTML writer: renders a Paper as one self-contained file, which loads nothing and runs no script."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count, groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rag.schema import Language
from ui.documents.numeric_columns import paper_numeric_columns
from ui.documents.paper import Block, Paper, Paragraph, TextRun
from ui.documents.sanitise import iter_headings

_LONG_WORD = 30  # characters without a space: a URL, or a Chinese sentence
_FOLDER = Path(__file__).parent
_LANGUAGE_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
_LABELS: dict[Language, dict[str, str]] = {
    "zh": {"notes": "注释", "back": "回到正文", "doubtful": "未核实"},
    "en": {"notes": "Notes", "back": "back to the text", "doubtful": "not verified"}}


def render_html(paper: Paper) -> str:
    """The .html of a sanitised Paper. Its security policy allows only this style sheet, by its hash."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True)
    style = "\n" + (_FOLDER / "paper.css").read_text("utf-8")
    reference_counts = Counter[int]()

    def add_backlink(note: int) -> str:
        """The anchor of a reference to a note, to which the note links back."""
        reference_counts[note] += 1
        return f"ref-{note}-{reference_counts[note]}"

    numbers = count(1)
    style_hash = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template("paper.html.jinja").render(
        paper=paper, style=style, hash=style_hash, tags=_LANGUAGE_TAGS, words=_LABELS[paper.language],
        point=add_backlink, pointed=reference_counts, number=lambda: next(numbers), groups=_group_items,
        headings=list(enumerate(iter_headings(paper.blocks), 1)), kind=lambda block: type(block).__name__,
        is_long=_has_long_word, numeric_columns=paper_numeric_columns)


def _has_long_word(cell: Sequence[TextRun]) -> bool:
    return any(len(word) > _LONG_WORD for run in cell for word in run.text.split())


def _group_items(blocks: Sequence[Block]) -> Iterator[tuple[bool, list[Block]]]:
    """Groups of consecutive blocks: list items with True, other blocks with False."""
    for is_list, group in groupby(blocks, lambda block: isinstance(block, Paragraph) and block.kind == "item"):
        yield is_list, list(group)
