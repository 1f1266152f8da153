"""A Paper becomes one HTML file that needs nothing else: its style is inside, it loads nothing and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count, groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rag.schema import Language
from ui.documents.paper import Block, Paper, Paragraph, TextRun
from ui.documents.sanitise import iter_headings

_LONG_WORD = 30  # signs without a space: an address, or a Chinese sentence
_FOLDER = Path(__file__).parent
_LANGUAGE_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
_LABELS: dict[Language, dict[str, str]] = {
    "zh": {"notes": "注释", "back": "回到正文", "doubtful": "未核实"},
    "en": {"notes": "Notes", "back": "back to the text", "doubtful": "not verified"}}


def render_html(paper: Paper) -> str:
    """The .html of a tidy Paper. Its policy allows this style sheet, known by its hash, and nothing else."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    style = "\n" + (_FOLDER / "paper.css").read_text("utf-8")
    pointed = Counter[int]()

    def add_backlink(note: int) -> str:
        """The anchor of a place that points to a note, so that the note can lead back to it."""
        pointed[note] += 1
        return f"ref-{note}-{pointed[note]}"

    numbers = count(1)
    return environment.get_template("paper.html.jinja").render(
        paper=paper, style=style, hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(), tags=_LANGUAGE_TAGS,
        words=_LABELS[paper.language], point=add_backlink, pointed=pointed, number=lambda: next(numbers), groups=_group_items,
        headings=list(enumerate(iter_headings(paper.blocks), 1)), kind=lambda block: type(block).__name__, is_long=_has_long_word)


def _has_long_word(cell: Sequence[TextRun]) -> bool:
    return any(len(word) > _LONG_WORD for run in cell for word in run.text.split())


def _group_items(blocks: Sequence[Block]) -> Iterator[tuple[bool, list[Block]]]:
    """Blocks with those that follow each other as items of one list together."""
    for is_list, group in groupby(blocks, lambda block: isinstance(block, Paragraph) and block.kind == "item"):
        yield is_list, list(group)
