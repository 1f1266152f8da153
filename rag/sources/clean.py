"""The cleaner: normal characters, whole paragraphs and no page furniture; the result is clean text with its blocks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from langchain_core.documents import Document

from rag.sources.blocks import build_blocks, encode_blocks
from rag.sources.elements import Element, FileContent, Table
from rag.sources.page_furniture import remove_furniture
from rag.sources.paragraphs import join_lines
from rag.sources.plain_structure import find_structure

FORM_FEED = "\f"  # between the pages of a text file


def clean(content: FileContent) -> Document:
    """The readable text of a file's content, with its blocks.

    Elements of the kind `lines` are an extractor's: broken lines and paragraphs that a page end cuts are joined,
    spaced-out headings are closed up (`唯 创 新 者` → `唯创新者`), and running headers, page numbers and bare URLs are
    removed. All other elements are as their author wrote them.

    Metadata of the document: the bibliographic fields, `blocks` (see `encode_blocks`) and `page_starts`, the offset of
    each page in characters; [] for a format without pages.
    """
    elements = [_normalise_element(element) for element in content.elements]
    built = build_blocks([element for element in _join_extracted_lines(elements) if _has_text(element)])
    return Document(built.text, metadata={
        **content.metadata, "blocks": encode_blocks(built.blocks), "page_starts": list(built.page_starts)})


def _has_text(element: Element | Table) -> bool:
    return isinstance(element, Table) or bool(element.text.strip())


def _join_extracted_lines(elements: Sequence[Element | Table]) -> Iterator[Element | Table]:
    """The elements with those of the kind `lines` replaced by the paragraphs, headings and tables in them."""
    if not any(_is_lines(element) for element in elements):
        yield from elements
        return
    lines = list(_marked_lines(elements))
    run: list[tuple[str, int]] = []
    for line, page in lines:
        if not line.startswith(_MARK):
            run.append((line, page))
            continue
        yield from find_structure(join_lines(run))
        run = []
        yield elements[int(line[1:])]
    yield from find_structure(join_lines(run))


_GAP = " " * 20
_LONG_GAP = re.compile(r"\s{20,}")  # a longer one says no more, and patterns of page numbers would try all parts of it
_MARK = "\x00"  # before the index of an element that is not `lines`; no clean line has this character


def _is_lines(element: Element | Table) -> bool:
    return isinstance(element, Element) and element.kind == "lines"


def _marked_lines(elements: Sequence[Element | Table]) -> Iterator[tuple[str, int]]:
    """All lines with their pages, without page furniture; other elements stand among them as marks."""
    pages: dict[int, list[str]] = {}
    for index, element in enumerate(elements):
        if not _is_lines(element):
            pages.setdefault(element.page, []).append(f"{_MARK}{index}")
            continue
        assert isinstance(element, Element)
        parts = element.text.split(FORM_FEED)
        first_page = element.page or (1 if len(parts) > 1 else 0)
        for page, part in enumerate(parts, first_page):
            lines = pages.setdefault(page, [])
            lines += [*([""] if lines else []), *(_LONG_GAP.sub(_GAP, line.strip()) for line in part.split("\n"))]
    for page, remaining in zip(pages, remove_furniture(["\n".join(lines) for lines in pages.values()]), strict=True):
        yield from ((line, page) for line in remaining)


def _normalise_element(element: Element | Table) -> Element | Table:
    if isinstance(element, Table):
        rows = tuple(
            tuple(replace(cell, text=_one_line(normalise_characters(cell.text))) for cell in row)
            for row in element.rows)
        return replace(element, rows=rows, caption=_one_line(normalise_characters(element.caption)))
    if element.kind == "lines":
        return replace(element, text=FORM_FEED.join(map(normalise_characters, element.text.split(FORM_FEED))))
    text = normalise_characters(element.text)
    if element.kind != "code":
        text = "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()
    return replace(element, text=text, marker=normalise_characters(element.marker).strip())


_HAN_BREAK = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef])\n(?=[\u2e80-\u9fff\uff00-\uffef])")


def _one_line(text: str) -> str:
    """The text of a cell on one line: broken lines are joined, without a space between two Han characters."""
    return " ".join(_HAN_BREAK.sub("", "\n".join(line.strip() for line in text.split("\n"))).split()).replace("|", "｜")


# radicals from U+2E80 that NFKC does not change, with their characters
_RADICALS = str.maketrans({
    "⺀": "冫", "⺁": "厂", "⺄": "乙", "⺈": "刀", "⺊": "卜", "⺌": "小", "⺎": "兀", "⺐": "尢", "⺓": "幺",
    "⺕": "彐", "⺗": "心", "⺘": "手", "⺙": "攴", "⺛": "旡", "⺝": "月", "⺟": "母", "⺠": "民", "⺡": "水",
    "⺢": "水", "⺣": "火", "⺤": "爪", "⺥": "爪", "⺦": "爿", "⺧": "牛", "⺨": "犬", "⺪": "疋", "⺫": "目",
    "⺬": "示", "⺭": "示", "⺮": "竹", "⺯": "糸", "⺰": "纟", "⺲": "网", "⺶": "羊", "⺷": "羊", "⺹": "老",
    "⺻": "聿", "⺼": "肉", "⺽": "臼", "⺾": "艸", "⺿": "艸", "⻀": "艸", "⻁": "虎", "⻂": "衣", "⻃": "西",
    "⻄": "西", "⻅": "见", "⻆": "角", "⻈": "讠", "⻉": "贝", "⻋": "车", "⻌": "辶", "⻍": "辶", "⻎": "辶",
    "⻏": "邑", "⻐": "钅", "⻑": "長", "⻒": "镸", "⻓": "长", "⻔": "门", "⻕": "阜", "⻖": "阜", "⻗": "雨",
    "⻘": "青", "⻙": "韦", "⻚": "页", "⻛": "风", "⻜": "飞", "⻝": "食", "⻠": "饣", "⻢": "马", "⻣": "骨",
    "⻤": "鬼", "⻥": "鱼", "⻦": "鸟", "⻧": "卤", "⻨": "麦", "⻩": "黄", "⻬": "齐", "⻮": "齿", "⻯": "竜",
    "⻰": "龙", "⻳": "龟",
})
_SPACES = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000\t]")
_HIDDEN_CHARACTERS = re.compile(
    r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb\x00-\x08\x0b\x0e-\x1f\x7f"
    r"\U000e0000-\U000e007f]")
_COMPATIBILITY_FORMS = re.compile(
    "[\u2f00-\u2fdf\uf900-\ufaff\ufb00-\ufb06\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff05\uff0b\uff0e\uff0f]")


def normalise_characters(text: str) -> str:
    """The text with normal line ends, spaces and characters, without hidden ones."""
    text = text.replace("\f", "\n").replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n\n")
    text = text.replace("\ufffe\n", "").replace("\ufffe", "")  # pypdfium2's sign for a soft hyphen at the end of a line
    text = _HIDDEN_CHARACTERS.sub("", text).translate(_RADICALS)
    text = _COMPATIBILITY_FORMS.sub(lambda c: unicodedata.normalize("NFKC", c.group()), text)
    return _SPACES.sub(" ", re.sub("⋯+|…+|\\.{6,}", "……", text))
