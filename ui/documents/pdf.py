"""PDF writer: renders a Paper with Typst. The Paper is passed as JSON, so that its text is never read as markup."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path

import typst

from rag.schema import HuwenError
from ui.documents.column_widths import column_shares, repeats_header, unbreakable_rows
from ui.documents.numeric_columns import paper_numeric_columns
from ui.documents.paper import Block, Paper, PaperTable, SideBySide
from ui.documents.sanitise import UNDATED, parse_date

_TEMPLATE = Path(__file__).with_name("paper.typ")
_HEADER_LENGTH = 60  # characters of a title
# In order of preference: fonts of macOS, Windows, Linux. Where all fonts of a kind are missing, the next kind is used.
_SERIF = (
    "Songti SC", "STSong", "SimSun", "NSimSun", "Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC",
    "Source Han Serif CN", "AR PL UMing CN", "FangSong", "STFangsong")
_SANS = (
    "PingFang SC", "Heiti SC", "STHeiti", "Hiragino Sans GB", "Microsoft YaHei", "SimHei", "Noto Sans CJK SC",
    "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
    "Droid Sans Fallback")
_KAI = ("Kaiti SC", "STKaiti", "KaiTi", "AR PL UKai CN", "LXGW WenKai")
# a last resort, such as Noto Sans CJK JP: it has the characters, some of them in the shapes of another country
_OTHER_HAN_FONTS = re.compile(r"\bCJK\b|Source Han|Han Sans|Han Serif|\bSong|\bHeiti|\bMing|\bGothic", re.I)
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


class NoFont(HuwenError):
    """The text is Chinese, and this machine has no Chinese font."""


def render_pdf(paper: Paper) -> bytes:
    """The .pdf of a sanitised Paper, with contents, footnotes and page numbers.

    On one machine the same Paper gives the same bytes.

    Raises:
        NoFont: the text is Chinese, and this machine has no font for it.
    """
    content = json.dumps(_paper_json(paper), ensure_ascii=False)
    fonts = typst.Fonts()
    han = han_fonts(fonts.families()) if _HAN.search(content) else {"serif": [], "sans": [], "kai": []}
    title = paper.title if len(paper.title) <= _HEADER_LENGTH else paper.title[:_HEADER_LENGTH] + "…"
    document = typst.compile(
        str(_TEMPLATE), font_paths=fonts, sys_inputs={"paper": content, "han": json.dumps(han), "running": title},
        timestamp=parse_date(paper.date))
    assert isinstance(document, bytes)  # typst gives several files only for pages as images
    return document


def han_fonts(families: Collection[str]) -> dict[str, list[str]]:
    """The Chinese fonts among the installed families: for text (serif), headings (sans) and emphasis (kai), best first.

    Raises:
        NoFont: there is none.
    """
    installed = {name.lower(): name for name in families}
    kinds = {"serif": _SERIF + _SANS, "sans": _SANS + _SERIF, "kai": _KAI + _SANS + _SERIF}
    other = [name for name in sorted(families) if _OTHER_HAN_FONTS.search(name)][:1]
    fonts = {kind: _pick_installed(names, installed)[:2] or other for kind, names in kinds.items()}
    if not all(fonts.values()):
        raise NoFont(
            "a PDF in Chinese needs a Chinese font, and this machine has none; "
            "install one (Debian: apt install fonts-noto-cjk), "
            "or write .docx or .html, for which the reader's machine chooses the font")
    return fonts


def _pick_installed(names: Sequence[str], family_names: dict[str, str]) -> list[str]:
    return [family_names[name.lower()] for name in names if name.lower() in family_names]


def _paper_json(paper: Paper) -> dict[str, object]:
    """The Paper as JSON values: each block has its `type`, and the date is [year, month, day]."""
    date = parse_date(paper.date)
    return {
        **asdict(paper), "lead": [_block_json(one) for one in paper.lead],
        "blocks": [_block_json(one) for one in paper.blocks],
        "date": None if date == UNDATED else [date.year, date.month, date.day]}


def _block_json(block: Block) -> dict[str, object]:
    kind = {"type": type(block).__name__}
    if isinstance(block, SideBySide):
        left, right = ([_block_json(one) for one in column] for column in (block.left, block.right))
        return {**kind, "left": left, "right": right}
    if isinstance(block, PaperTable):
        layout = {
            "shares": column_shares(block), "whole": unbreakable_rows(block), "repeats": repeats_header(block),
            "numeric": sorted(paper_numeric_columns(block))}
        return {**kind, **asdict(block), **layout}
    return {**kind, **asdict(block)}
