"""Imprint parser: free text on where and when a document appeared → date, serial with issue and pages, edition, type.

The values follow GB/T 7714-2015, which rag.references.gbt7714 prints.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from rag.numbers.figures import find_figures
from rag.numbers.numerals import parse_number
from rag.schema import Language

# the letters of GB/T 7714-2015, annex B; `A`, an article whose place of publication decides the type, is ours
DocumentType = Literal["M", "J", "N", "R", "D", "C", "S", "P", "EB", "Z", "A", ""]


@dataclass(frozen=True)
class Serial:
    """A journal, newspaper or series, with issue and pages; parts that are not stated are empty."""

    name: str
    date: str = ""  # ISO 8601, as far as it is stated: 2024, 2024-06, 2024-06-03
    volume: str = ""
    issue: str = ""
    pages: str = ""


_MAX_IMPRINT_LENGTH = 200  # characters; a longer text is not an imprint


def iso_date(raw_text: str) -> str:
    """A date as ISO 8601, as far as it is stated; empty without a year.

    `2024年6月3日`, `3 June 2024` and `2024-06-03T10:00+08:00` → 2024-06-03; `June 2024` → 2024-06.
    """
    text = unicodedata.normalize("NFKC", raw_text)[:_MAX_IMPRINT_LENGTH]
    if compact := re.search(r"(?<![0-9])([12][0-9]{3})([01][0-9])([0-3][0-9])(?![0-9])", text):
        return _valid_date(*map(int, compact.groups()))
    if numeric := re.search(r"(?<![0-9])([12][0-9]{3})[-/.年]([0-9]{1,2})(?:[-/.月]([0-9]{1,2})(?![0-9])|月|$)", text):
        return _valid_date(*(int(part or 0) for part in numeric.groups()))
    for figure in find_figures(text):
        if figure.kind == "date" and figure.value > _MIN_DATE:
            date = int(figure.value)
            return _valid_date(date // 10_000, date // 100 % 100, date % 100)
    year = re.search(r"(?<![0-9])(1[5-9][0-9]{2}|20[0-9]{2})(?![0-9])", text)
    return year[1] if year else ""


_MIN_DATE = 1000_00_00  # as a number, year, month and day; smaller values have no year


def _valid_date(year: int, month: int, day: int) -> str:
    """The date without the parts that are 0; only the year if there is no such day in the calendar."""
    try:
        datetime.date(year, month or 1, day or 1)
    except ValueError:
        return f"{year:04}"
    return f"{year:04}-{month:02}-{day:02}".removesuffix("-00").removesuffix("-00")


_NUMBER = r"[0-9一二三四五六七八九十百〇零]+(?:\s*[-–—~～至、/]\s*[0-9]+)?"
_ISSUE = re.compile(
    rf"(?<!总)第\s*({_NUMBER})\s*[期号]|(?<![0-9])([0-9]{{1,3}})期"
    rf"|\b(?:No|Nos|Issue|Iss|Num)\b\.?\s*({_NUMBER})", re.I)
_VOLUME = re.compile(rf"第\s*({_NUMBER})\s*卷|(?<![0-9])([0-9]{{1,4}})卷|\bVol(?:ume)?\b\.?\s*({_NUMBER})", re.I)
_PAGES = re.compile(rf"第\s*({_NUMBER})\s*[页版]|\bpp?\.?\s*([A-Z]?[0-9]+(?:\s*[-–—]\s*[A-Z]?[0-9]+)?)")
# as written in reference lists: `, 2008, 52(6): 6-12`, `, 2013(1)`, ` 279(5359)`
_LIST_FORM = re.compile(
    r"[,，]?\s*(?:(?P<y>[12][0-9]{3})(?=\s*[,，(（]))?[,，]?\s*(?P<v>[0-9]{1,4})?"
    r"\s*[(（](?P<i>[0-9]{1,4}(?:[-–/][0-9]{1,4})?)[)）]"
    r"(?:\s*[:：,，]\s*(?P<p>[A-Z]?[0-9]+(?:[-–—+][A-Z]?[0-9]+)*))?")
# a year alone only after a comma: in `Summit 2010` it is part of the name
_SERIAL_DATE = re.compile(
    r"[,，(（\s]*[12][0-9]{3}\s*"
    r"(?:年(?:\s*[0-9]{1,2}\s*月(?:\s*[0-9]{1,2}\s*日)?)?|[-/.][0-9]{1,2}(?:[-/.][0-9]{1,2})?)"
    r"|[,，]\s*[12][0-9]{3}(?=\s*(?:[,，]|$))")


def parse_serial(raw_text: str) -> Serial:
    """The serial of a document, with date, volume, issue and pages.

    `《领军参阅》2024年第7期（总第122期）` → 领军参阅, 2024, issue 7;
    `Science, 279(5359): 2063` → Science, volume 279, issue 5359, page 2063;
    `Lingjun Canyue (《领军参阅》), 2024, No. 7 (No. 122 overall)` → Lingjun Canyue (领军参阅), 2024, issue 7.
    Text that is not recognised is part of the name. If the name would be empty, it is the whole text.
    """
    text = raw_text.strip()[:_MAX_IMPRINT_LENGTH]
    listing = _LIST_FORM.search(text)
    if listing and listing.start() and listing["i"]:
        name = _serial_name(text[: listing.start()], text)
        return Serial(name, listing["y"] or "", listing["v"] or "", listing["i"], listing["p"] or "")
    volume, issue, pages = (pattern.search(text) for pattern in (_VOLUME, _ISSUE, _PAGES))
    date = _SERIAL_DATE.search(text)
    starts = [match.start() for match in (volume, issue, pages, date) if match and match.start()]
    return Serial(
        name=_serial_name(text[: min(starts, default=len(text))], text),
        date=iso_date(date[0]) if date and date.start() else "",
        volume=_matched_number(volume),
        issue=_matched_number(issue),
        pages=_matched_number(pages))


def _matched_number(match: re.Match[str] | None) -> str:
    """The first group that matched, as a plain number; empty without a match."""
    return plain_number(next(filter(None, match.groups()))) if match else ""


def _serial_name(part: str, whole: str) -> str:
    """The name without title marks: 《领军参阅》 → 领军参阅."""
    title = re.match(r"《([^《》]+)》", part)
    name = (title[1] if title else part).translate(_TITLE_MARKS).strip(" ,，;；:：.。·(（")
    return name or whole.translate(_TITLE_MARKS).strip()


_TITLE_MARKS = str.maketrans("", "", "《》")


def plain_number(raw_text: str) -> str:
    """The number of an issue, volume, page or edition without its label, in Arabic digits.

    `第七期` → 7, `No. 7` → 7, `pp. 6–12` → 6-12, `第15版` → 15.
    """
    number = re.sub(r"\s*[–—~～至]\s*", "-", _NUMBER_LABEL.sub("", raw_text)).strip()
    try:
        return str(int(parse_number(number))) if re.fullmatch("[一二三四五六七八九十百〇零]+", number) else number
    except ValueError:
        return number


_NUMBER_LABEL = re.compile(
    r"^\s*(?:第|总第|nos?\.?|vol\.?|volume|issue|pp?\.)\s*(?=[0-9A-Z一二三四五六七八九十])"
    r"|\s*[期卷号页版辑]\s*$", re.I)
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()


def format_edition(raw_text: str, language: Language) -> str:
    """`第二版` → 2版, `Second edition` → 2nd ed.; empty for a first edition; unchanged without a number: 修订版."""
    number = _edition_number(plain_number(raw_text.strip()))
    if not number:
        return raw_text.strip()
    if number == 1:
        return ""
    if language == "zh":
        return f"{number}版"
    return f"{number}{_ordinal_suffix(number)} ed."


def _edition_number(text: str) -> int:
    """The number of an edition in digits or as an English ordinal; 0 if it has none."""
    if digits := re.fullmatch(r"([0-9]{1,4})(?:st|nd|rd|th)?(?:\s*(?:ed\.?|edn\.?|edition))?", text, re.I):
        return int(digits[1])
    word = re.fullmatch(r"(\w+)\s+(?:ed\.?|edition)", text, re.I)
    if word and word[1].lower() in _ORDINALS:
        return _ORDINALS.index(word[1].lower()) + 1
    return 0


def _ordinal_suffix(number: int) -> str:
    if number > _MAX_EDITION:
        return ""
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


_MAX_EDITION = 999  # a greater number is the year of an edition: 2024版


# the first match counts: 会议论文 comes before 论文, 政府工作报告 before 政府
_TYPE_PATTERNS: tuple[tuple[DocumentType, str], ...] = (
    ("D", r"学位|(?:硕士|博士|毕业)论文|\b(?:thesis|theses|dissertation)\b"),
    ("C", r"会议|论文集|研讨会|\b(?:conference|proceedings|symposium|inproceedings)\b"),
    ("P", r"专利|\bpatents?\b"),
    ("S", r"标准|规范$|\bstandards?\b"),
    ("N", r"报纸|日报|晚报|新闻|报道|通讯稿|\b(?:newspaper|news|press article)\b"),
    ("R", r"报告|白皮书|蓝皮书|简报|工作论文|内参"
          r"|\b(?:report|white ?paper|working paper|policy (?:brief|paper)|briefing)\b"),
    ("J", r"期刊|学报|杂志|\b(?:journal|periodical|magazine)\b"),
    ("EB", r"网页|网站|网络|网文|博客|公众号|微信|电子公告|\b(?:web(?: ?(?:page|site))?|online|blog|html|internet)\b"),
    ("Z", r"公文|政策|文件|通知|意见|决定|办法|条例|法规|法律|规划|方案|讲话|政府"
          r"|\b(?:government|policy|law|regulation|act|plan|speech|notes?|other|misc)\b|其他"),
    ("M", r"图书|专著|著作|书籍|教材|年鉴|^书$|\b(?:book|monograph|textbook|handbook|yearbook|chapter)\b"),
    ("A", r"论文|文章|^文$|\b(?:article|paper|essay)\b"),
)
_TYPE_BY_MARK: dict[str, DocumentType] = {
    "M": "M", "G": "M", "J": "J", "N": "N", "R": "R", "D": "D", "C": "C", "S": "S", "P": "P", "EB": "EB", "Z": "Z",
    "A": "A"}
_TYPE_MARK = re.compile(rf"\W*({'|'.join(_TYPE_BY_MARK)})(?:/[A-Z]{{2}})?\W*")


def find_document_type(kind: str) -> DocumentType:
    """The document type for the word that a document states as its type; empty if the word is not known.

    `调研报告` → R, `journal article` → J, `[D]` → D.
    """
    if mark := _TYPE_MARK.fullmatch(kind):
        return _TYPE_BY_MARK[mark[1]]
    words = re.sub("[_-]", " ", kind[:_MAX_IMPRINT_LENGTH])
    for document_type, pattern in _TYPE_PATTERNS:
        if re.search(pattern, words, re.I):
            return document_type
    return ""


_NEWSPAPER = re.compile(
    r"(?:日|晚|早|晨|商|周|时|导|文汇|青年|科技|经济)报(?![社业])|参考消息"
    r"|\b(?:Daily|Times|Herald|Gazette|Tribune|Chronicle|Guardian|Post|Newspaper|Evening News|Morning News)\b")
_PRESS = re.compile(
    r"出版(?:社|集团|公司)|书局|书店|印书馆"
    r"|\b(?:Press|Publish(?:er|ers|ing)|Verlag|Books|Wiley|Springer|Elsevier)\b")


def is_newspaper(name: str) -> bool:
    """Whether a serial is a newspaper, by its name: 经济日报, 文汇报, China Daily; not 清华大学学报."""
    return bool(_NEWSPAPER.search(name))


def is_press(name: str) -> bool:
    """Whether a publisher prints books, by its name: 科学出版社, 中华书局, Oxford University Press."""
    return bool(_PRESS.search(name))


def is_standard(document_number: str) -> bool:
    """Whether a number is that of a standard: GB/T 7714—2015, ISO 15836:2009, DB32/T 4321."""
    return bool(re.match(r"(?:GB|GA|JB|YY|HJ|DB[0-9]|T/|ISO|IEC|IEEE|ANSI|EN\b|DIN|ASTM|BS\b)", document_number))
