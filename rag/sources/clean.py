"""Text as extracted becomes text as written: whole paragraphs, no page furniture, no hidden characters."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import pairwise

from langchain_core.documents import Document

from rag.text.language import HAN

FORM_FEED = "\f"  # between pages, from readers that know of pages


def clean(document: Document) -> Document:
    """The document with readable text, and with `page_starts`: the offset at which each page begins.

    Text whose line structure is meant (`markup` = `markdown`) has its characters mended and blank lines folded. In
    other text the lines that an extractor broke are joined, spaced-out headings closed up (唯 创 新 者 胜 → 唯创新者胜), a
    paragraph cut by a page made whole, running headers, page numbers and bare URLs dropped; what comes out is one
    paragraph a line with a blank line between.
    """
    raw = _characters(document.page_content)
    if document.metadata.get("markup") == "markdown":
        text, starts = _folded(raw), [0]
    else:
        text, starts = _paragraphs([
            (line.strip(), page) for page, lines in enumerate(_without_furniture(raw)) for line in lines])
    pages = raw.count(FORM_FEED)
    return Document(text, metadata={**document.metadata, "page_starts": starts if pages else []})


def _folded(text: str) -> str:
    lines = [line.rstrip() for line in text.replace(FORM_FEED, "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


# U+2E80 radicals that NFKC leaves alone, with the characters that they stand for
_RADICALS = str.maketrans({
    "⺀": "冫", "⺁": "厂", "⺄": "乙", "⺈": "刀", "⺊": "卜", "⺌": "小", "⺎": "兀", "⺐": "尢", "⺓": "幺", "⺕": "彐",
    "⺗": "心", "⺘": "手", "⺙": "攴", "⺛": "旡", "⺝": "月", "⺟": "母", "⺠": "民", "⺡": "水", "⺢": "水", "⺣": "火",
    "⺤": "爪", "⺥": "爪", "⺦": "爿", "⺧": "牛", "⺨": "犬", "⺪": "疋", "⺫": "目", "⺬": "示", "⺭": "示", "⺮": "竹",
    "⺯": "糸", "⺰": "纟", "⺲": "网", "⺶": "羊", "⺷": "羊", "⺹": "老", "⺻": "聿", "⺼": "肉", "⺽": "臼", "⺾": "艸",
    "⺿": "艸", "⻀": "艸", "⻁": "虎", "⻂": "衣", "⻃": "西", "⻄": "西", "⻅": "见", "⻆": "角", "⻈": "讠", "⻉": "贝",
    "⻋": "车", "⻌": "辶", "⻍": "辶", "⻎": "辶", "⻏": "邑", "⻐": "钅", "⻑": "長", "⻒": "镸", "⻓": "长", "⻔": "门",
    "⻕": "阜", "⻖": "阜", "⻗": "雨", "⻘": "青", "⻙": "韦", "⻚": "页", "⻛": "风", "⻜": "飞", "⻝": "食", "⻠": "饣",
    "⻢": "马", "⻣": "骨", "⻤": "鬼", "⻥": "鱼", "⻦": "鸟", "⻧": "卤", "⻨": "麦", "⻩": "黄", "⻬": "齐", "⻮": "齿",
    "⻯": "竜", "⻰": "龙", "⻳": "龟",
})
_SPACES = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000\t]")
_HIDDEN = re.compile(
    r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb\x00-\x08\x0b\x0e-\x1f\x7f"
    r"\U000e0000-\U000e007f]")
_COMPATIBILITY = re.compile("[\u2f00-\u2fdf\uf900-\ufaff\ufb00-\ufb06\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff05\uff0b\uff0e\uff0f]")


def _characters(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n").replace("\x0b", "\n")
    text = text.replace("\ufffe\n", "").replace("\ufffe", "")  # a soft line-end hyphen, as pypdfium2 gives it
    text = _HIDDEN.sub("", text).translate(_RADICALS)
    text = _COMPATIBILITY.sub(lambda c: unicodedata.normalize("NFKC", c.group()), text)
    return _SPACES.sub(" ", re.sub("⋯+|…+|\\.{6,}", "……", text))


_URL_LINE = re.compile(r"\s*(?:https?://|www\.)\S+\s*")
_PAGE_NUMBER = re.compile(
    r"\s*(?:[-–—·.]?\s*\d{1,4}\s*[-–—·.]?|第\s*\d+\s*页(?:\s*[,，/]?\s*共\s*\d+\s*页)?"
    r"|page\s+\d+(?:\s+of\s+\d+)?|\d+\s*/\s*\d+)\s*", re.I)


def _without_furniture(text: str) -> list[list[str]]:
    """The lines of each page, without running headers and footers, page numbers and lines that are a URL."""
    pages = text.split(FORM_FEED)
    running = _running_lines(pages)
    return [
        [line for line in page.split("\n")
         if not _URL_LINE.fullmatch(line) and not _PAGE_NUMBER.fullmatch(line) and _digitless(line) not in running]
        for page in pages]


def _running_lines(pages: list[str]) -> set[str]:
    """Lines that stand first or last on at least three pages and on half of them, page numbers disregarded."""
    seen: Counter[str] = Counter()
    for page in pages:
        lines = [line for line in page.split("\n") if line.strip()]
        seen.update({_digitless(line) for line in lines[:2] + lines[-2:]})
    return {line for line, n in seen.items() if line and n >= 3 and 2 * n >= len(pages)}


def _digitless(line: str) -> str:
    return re.sub(r"\d+", "#", line.strip())


_SPACED = re.compile(rf"(?<![^\s“”‘’（）《》，。、：；！？—-])(?:[{HAN}“”‘’，。、：；！？—-] ){{2,}}[{HAN}“”‘’，。、：；！？—-]")
_PUNCTUATION = "，。、：；！？“”‘’（）《》【】—…"
_GAP_BY_PUNCTUATION = re.compile(rf"(?<=[{_PUNCTUATION}]) +(?=[{HAN}{_PUNCTUATION}\d])|(?<=[{HAN}\d]) +(?=[{_PUNCTUATION}])")


_GAP_BY_NUMBER = re.compile(rf"(?<=[{HAN}]) (?=\d)|(?<=[\d%]) (?=[{HAN}])")


def _close_up(line: str) -> str:
    """Spaces between single Han characters, beside Chinese punctuation and between a figure and its unit go."""
    line = _SPACED.sub(lambda run: run.group().replace(" ", ""), line)
    line = _GAP_BY_PUNCTUATION.sub("", line)
    return _GAP_BY_NUMBER.sub("", line)


_ENDS = re.compile(r"[。！？!?；;：:.…][”’」』）)\"'\]]*$")
_OPENS = re.compile(
    r"(?:第?[一二三四五六七八九十百]+[、，,．.章节条]|[（(][一二三四五六七八九十\d]+[)）]|\d{1,2}(?:[、]|[.．](?!\d))|——|#+ |[-*•·●■◆] )")
_LABEL = re.compile(rf"(?:图|表|Fig(?:ure)?\.?|Table)\s*\d+[\s{HAN}A-Za-z].*", re.I)


def _paragraphs(lines: list[tuple[str, int]]) -> tuple[str, list[int]]:
    """Join the lines that an extractor broke apart; lines come with their page's index.

    A line that ends no sentence goes on into the next, unless it is a heading; a line that ends one goes on only where
    it reaches the margin. A blank line after every line means nothing; elsewhere it ends what could end there.
    """
    gapped = _blank_after_every_line([line for line, _ in lines])
    texts = [line for line, _ in lines if line]
    widths = [_width(line) for line in texts] if _broken(texts) else []
    out, starts = "", [0]
    begin, blank, inside, at = 0, False, False, -1  # where the paragraph under way begins, and what is known of it
    for line, page in lines:
        if not line:
            blank = True
            continue
        at += 1
        closed = _close_up(line)
        inside = at > 0 and _continues(texts, widths, at - 1, inside=inside, blank=blank and not gapped)
        if not inside:
            begin = len(out) + 2 if out else 0
            out += "\n\n" if out else ""
        joined = _joined(out[begin:], closed) if inside else closed
        starts += [max(begin, begin + len(joined) - len(closed))] * (page + 1 - len(starts))
        out, blank = out[:begin] + joined, False
    return out, starts


def _broken(texts: list[str]) -> bool:
    """True where lines end anywhere and sentences end inside lines: an extractor broke them at a margin."""
    open_lines = sum(not _ENDS.search(line) for line in texts)
    within = sum(bool(re.search(r"[。！？]|[.!?] ", line[:-2])) for line in texts)
    return open_lines >= 0.3 * len(texts) and within >= 0.1 * len(texts)


def _continues(texts: list[str], widths: list[float], at: int, *, inside: bool, blank: bool) -> bool:
    """True where line `at` goes on into the next one; `inside`: it is not the first line of its paragraph."""
    before, line = texts[at], texts[at + 1]
    if _OPENS.match(line) or _LABEL.fullmatch(line) or _LABEL.fullmatch(before):
        return False
    if _ENDS.search(before):
        near = widths[max(0, at - 2) : at + 3]
        full = bool(near) and max(near) <= _WIDEST and widths[at] >= _FULL * max(near)
        return full and not blank and before[-1] not in "：:" and not _is_heading(texts, widths, at + 1)
    return inside or not _is_heading(texts, widths, at)


def _is_heading(texts: list[str], widths: list[float], at: int) -> bool:
    """A line that ends no sentence and was not broken at the margin that its neighbours share."""
    line = texts[at]
    if _ENDS.search(line) or len(re.findall("[，,。]", line)) > 1 or len(line) > _LONGEST_HEADING:
        return False
    if not widths:
        return True
    width = widths[at]
    near = widths[max(0, at - _NEIGHBOURS) : at] + widths[at + 1 : at + 1 + _NEIGHBOURS]
    alike = sum(abs(width - other) <= _RAGGED * max(width, other) for other in near)
    return width < _NARROWEST or alike < 2


# a line of this share of its neighbours' width reaches the margin; no page is set wider than so many columns
_FULL, _WIDEST = 0.93, 140
# lines broken at one margin differ by an indentation at most; no column is set narrower than so many columns
_NEIGHBOURS, _RAGGED, _NARROWEST = 4, 0.2, 16
_LONGEST_HEADING = 40


def _width(line: str) -> float:
    """Columns as set: a Han character or full-width sign takes two, a space between two of them about half a one."""
    gaps = len(_HAN_GAP.findall(line))
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in line) - gaps * 0.5


_HAN_GAP = re.compile(rf"(?<=[{HAN}{_PUNCTUATION}]) (?=[{HAN}{_PUNCTUATION}])")


def _blank_after_every_line(lines: list[str]) -> bool:
    """True where an extractor put an empty line after each line, so that blank lines mean nothing."""
    texts = sum(bool(line) for line in lines)
    pairs = sum(bool(a) and bool(b) for a, b in pairwise(lines))
    return texts > 1 and pairs < 0.25 * texts


def _joined(before: str, line: str) -> str:
    """Chinese joins without a space, Latin with one; an ASCII hyphen at a line's end joins its word."""
    if before[-1] == "-" and before[-2:-1].isalpha() and line[0].islower():
        return before[:-1] + line
    latin = before[-1].isascii() and line[0].isascii() and not before[-1].isspace()
    gap = " " if latin and not (before[-1].isdigit() and line[0] in ".,%") else ""
    return _close_up(before[-_SEAM:] + gap + line) if len(before) <= _SEAM else before[:-_SEAM] + _close_up(before[-_SEAM:] + gap + line)


# how far back a join may close gaps: a line's worth of characters
_SEAM = 8
