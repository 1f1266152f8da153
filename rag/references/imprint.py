"""What documents say in free words of where they appeared becomes values: a day, a serial with its issue, an edition, a kind."""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from rag.numbers.figures import find_figures
from rag.numbers.numerals import parse_number
from rag.schema import Language

# what a document is, by the letters of GB/T 7714-2015, annex B; `A` is ours: an article, and where it appeared decides
DocumentType = Literal["M", "J", "N", "R", "D", "C", "S", "P", "EB", "Z", "A", ""]


@dataclass(frozen=True)
class Serial:
    """A journal, paper or series, and where in it; parts that are not stated are empty."""

    name: str
    date: str = ""  # ISO 8601, as far as it is stated: 2024, 2024-06, 2024-06-03
    volume: str = ""
    issue: str = ""
    pages: str = ""


_MAX_IMPRINT_LENGTH = 200  # characters; what is longer is no imprint


def iso_date(raw_text: str) -> str:
    """`2024年6月3日`, `3 June 2024` and `2024-06-03T10:00+08:00` → 2024-06-03; `June 2024` → 2024-06; nothing without a year."""
    text = unicodedata.normalize("NFKC", raw_text)[:_MAX_IMPRINT_LENGTH]
    if compact := re.search(r"(?<![0-9])([12][0-9]{3})([01][0-9])([0-3][0-9])(?![0-9])", text):
        return _valid_date(*map(int, compact.groups()))
    if numeric := re.search(r"(?<![0-9])([12][0-9]{3})[-/.年]([0-9]{1,2})(?:[-/.月]([0-9]{1,2})(?![0-9])|月|$)", text):
        return _valid_date(*(int(part or 0) for part in numeric.groups()))
    worded = next((int(found.value) for found in find_figures(text) if found.kind == "date" and found.value > _FIRST_DATE), 0)
    if worded:
        return _valid_date(worded // 10_000, worded // 100 % 100, worded % 100)
    year = re.search(r"(?<![0-9])(1[5-9][0-9]{2}|20[0-9]{2})(?![0-9])", text)
    return year[1] if year else ""


_FIRST_DATE = 1000_00_00


def _valid_date(year: int, month: int, day: int) -> str:
    """As much of a date as a calendar has."""
    try:
        datetime.date(year, month or 1, day or 1)
    except ValueError:
        return f"{year:04}"
    return f"{year:04}-{month:02}-{day:02}".removesuffix("-00").removesuffix("-00")


_NUMBER = r"[0-9一二三四五六七八九十百〇零]+(?:\s*[-–—~～至、/]\s*[0-9]+)?"
_ISSUE = re.compile(rf"(?<!总)第\s*({_NUMBER})\s*[期号]|(?<![0-9])([0-9]{{1,3}})期|\b(?:No|Nos|Issue|Iss|Num)\b\.?\s*({_NUMBER})", re.I)
_VOLUME = re.compile(rf"第\s*({_NUMBER})\s*卷|(?<![0-9])([0-9]{{1,4}})卷|\bVol(?:ume)?\b\.?\s*({_NUMBER})", re.I)
_PAGES = re.compile(rf"第\s*({_NUMBER})\s*[页版]|\bpp?\.?\s*([A-Z]?[0-9]+(?:\s*[-–—]\s*[A-Z]?[0-9]+)?)")
# as reference lists have it: `, 2008, 52(6): 6-12`, `, 2013(1)`, ` 279(5359)`
_LIST_FORM = re.compile(
    r"[,，]?\s*(?:(?P<y>[12][0-9]{3})(?=\s*[,，(（]))?[,，]?\s*(?P<v>[0-9]{1,4})?\s*[(（](?P<i>[0-9]{1,4}(?:[-–/][0-9]{1,4})?)[)）]"
    r"(?:\s*[:：,，]\s*(?P<p>[A-Z]?[0-9]+(?:[-–—+][A-Z]?[0-9]+)*))?")
# a bare year only behind a comma: `Summit 2010` is called so
_SERIAL_DATE = re.compile(r"[,，(（\s]*[12][0-9]{3}\s*(?:年(?:\s*[0-9]{1,2}\s*月(?:\s*[0-9]{1,2}\s*日)?)?|[-/.][0-9]{1,2}(?:[-/.][0-9]{1,2})?)"
                   r"|[,，]\s*[12][0-9]{3}(?=\s*(?:[,，]|$))")


def parse_serial(raw_text: str) -> Serial:
    """`《领军参阅》2024年第7期（总第122期）` → 领军参阅, 2024, issue 7; `Science, 279(5359): 2063` → Science, volume 279, issue 5359.

    `Lingjun Canyue (《领军参阅》), 2024, No. 7 (No. 122 overall)` → Lingjun Canyue (领军参阅), 2024, issue 7. What cannot be told
    apart stays in the name; where nothing would be left of it, the name is the whole as it stands.
    """
    text = raw_text.strip()[:_MAX_IMPRINT_LENGTH]
    listed = _LIST_FORM.search(text)
    if listed and listed.start() and listed["i"]:
        return Serial(_serial_name(text[: listed.start()], text), listed["y"] or "", listed["v"] or "", listed["i"], listed["p"] or "")
    found = {what: pattern.search(text) for what, pattern in (("volume", _VOLUME), ("issue", _ISSUE), ("pages", _PAGES))}
    parts = {what: plain_number(next(filter(None, match.groups()))) for what, match in found.items() if match}
    when = _SERIAL_DATE.search(text)
    begins = [match.start() for match in (*found.values(), when) if match and match.start()]
    return Serial(_serial_name(text[: min(begins, default=len(text))], text), iso_date(when[0]) if when and when.start() else "", **parts)


def _serial_name(part: str, whole: str) -> str:
    """A title without its marks: 《领军参阅》 → 领军参阅."""
    quoted = re.match(r"《([^《》]+)》", part)
    name = (quoted[1] if quoted else part).translate(_TITLE_MARKS).strip(" ,，;；:：.。·(（")
    return name or whole.translate(_TITLE_MARKS).strip()


_TITLE_MARKS = str.maketrans("", "", "《》")


def plain_number(raw_text: str) -> str:
    """A number of an issue, volume or page without its label: `第七期` → 7, `No. 7` → 7, `pp. 6–12` → 6-12, `第15版` → 15."""
    bare = re.sub(r"\s*[–—~～至]\s*", "-", _NUMBER_LABEL.sub("", raw_text)).strip()
    try:
        return str(int(parse_number(bare))) if re.fullmatch("[一二三四五六七八九十百〇零]+", bare) else bare
    except ValueError:
        return bare


_NUMBER_LABEL = re.compile(r"^\s*(?:第|总第|nos?\.?|vol\.?|volume|issue|pp?\.)\s*(?=[0-9A-Z一二三四五六七八九十])|\s*[期卷号页版辑]\s*$", re.I)
_ORDINAL_WORDS = dict(zip("first second third fourth fifth sixth seventh eighth ninth tenth".split(), range(1, 11), strict=True))


def format_edition(raw_text: str, language: Language) -> str:
    """`第二版` → 2版, `Second edition` → 2nd ed.; nothing for a first edition; what has no number as it stands: 修订版."""
    text = plain_number(raw_text.strip())
    numbered = re.fullmatch(r"([0-9]{1,4})(?:st|nd|rd|th)?(?:\s*(?:ed\.?|edn\.?|edition))?", text, re.I)
    word = re.fullmatch(r"(\w+)\s+(?:ed\.?|edition)", text, re.I)
    nth = int(numbered[1]) if numbered else _ORDINAL_WORDS.get(word[1].lower(), 0) if word else 0
    if not nth:
        return raw_text.strip()
    if nth == 1:
        return ""
    if language == "zh":
        return f"{nth}版"
    ending = "" if nth > _MAX_EDITION else "th" if nth % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(nth % 10, "th")
    return f"{nth}{ending} ed."


_MAX_EDITION = 999  # beyond this an edition is told by its year: 2024版


# the first that matches: 会议论文 before 论文, 政府工作报告 before 政府
_TYPE_PATTERNS: tuple[tuple[DocumentType, str], ...] = (
    ("D", r"学位|(?:硕士|博士|毕业)论文|\b(?:thesis|theses|dissertation)\b"),
    ("C", r"会议|论文集|研讨会|\b(?:conference|proceedings|symposium|inproceedings)\b"),
    ("P", r"专利|\bpatents?\b"),
    ("S", r"标准|规范$|\bstandards?\b"),
    ("N", r"报纸|日报|晚报|新闻|报道|通讯稿|\b(?:newspaper|news|press article)\b"),
    ("R", r"报告|白皮书|蓝皮书|简报|工作论文|内参|\b(?:report|white ?paper|working paper|policy (?:brief|paper)|briefing)\b"),
    ("J", r"期刊|学报|杂志|\b(?:journal|periodical|magazine)\b"),
    ("EB", r"网页|网站|网络|网文|博客|公众号|微信|电子公告|\b(?:web(?: ?(?:page|site))?|online|blog|html|internet)\b"),
    ("Z", r"公文|政策|文件|通知|意见|决定|办法|条例|法规|法律|规划|方案|讲话|政府"
          r"|\b(?:government|policy|law|regulation|act|plan|speech|notes?|other|misc)\b|其他"),
    ("M", r"图书|专著|著作|书籍|教材|年鉴|^书$|\b(?:book|monograph|textbook|handbook|yearbook|chapter)\b"),
    ("A", r"论文|文章|^文$|\b(?:article|paper|essay)\b"),
)
_TYPE_BY_MARK: dict[str, DocumentType] = {
    "M": "M", "G": "M", "J": "J", "N": "N", "R": "R", "D": "D", "C": "C", "S": "S", "P": "P", "EB": "EB", "Z": "Z", "A": "A"}
_TYPE_MARK = re.compile(rf"\W*({'|'.join(_TYPE_BY_MARK)})(?:/[A-Z]{{2}})?\W*")


def find_document_type(kind: str) -> DocumentType:
    """What a document is, by what it calls itself in either language: `调研报告` → R, `journal article` → J, `[D]` → D."""
    if mark := _TYPE_MARK.fullmatch(kind):
        return _TYPE_BY_MARK[mark[1]]
    words = re.sub("[_-]", " ", kind[:_MAX_IMPRINT_LENGTH])
    return next((sort for sort, pattern in _TYPE_PATTERNS if re.search(pattern, words, re.I)), "")


_NEWSPAPER = re.compile(r"(?:日|晚|早|晨|商|周|时|导|文汇|青年|科技|经济)报(?![社业])|参考消息"
                    r"|\b(?:Daily|Times|Herald|Gazette|Tribune|Chronicle|Guardian|Post|Newspaper|Evening News|Morning News)\b")
_PRESS = re.compile(r"出版(?:社|集团|公司)|书局|书店|印书馆|\b(?:Press|Publish(?:er|ers|ing)|Verlag|Books|Wiley|Springer|Elsevier)\b")


def is_newspaper(name: str) -> bool:
    """By its name: 经济日报, 文汇报, China Daily; not 清华大学学报."""
    return bool(_NEWSPAPER.search(name))


def is_press(name: str) -> bool:
    """By its name: 科学出版社, 中华书局, Oxford University Press."""
    return bool(_PRESS.search(name))


def is_standard(document_number: str) -> bool:
    """By its number: GB/T 7714—2015, ISO 15836:2009, DB32/T 4321."""
    return bool(re.match(r"(?:GB|GA|JB|YY|HJ|DB[0-9]|T/|ISO|IEC|IEEE|ANSI|EN\b|DIN|ASTM|BS\b)", document_number))
