"""Version marks of titles: a title or file name → the title without them, and what they say of the version.

`差旅费管理办法（2022年修订）` → 差旅费管理办法, 2022; `travel_policy_v2.1_final.docx` → travel policy, number 2.1.
A year can be a period instead: `2022年统计公报` and `2023年统计公报` are documents of their own.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from rag.numbers.numerals import parse_number
from rag.references.imprint import iso_date
from rag.references.stated_version import StatedStatus
from rag.text.lexicon import load_lexicon


@dataclass(frozen=True)
class TitleMarks:
    """What a title says of the version of its document; unknown parts are empty."""

    base_title: str  # the title without the marks, comparable: in lower case, without spaces and punctuation
    number: str = ""  # 2.1, 3, b
    year: int = 0
    date: str = ""  # ISO 8601
    status: StatedStatus = ""
    is_trial: bool = False
    age: int = 0  # 1: it says that it is a new or revised version; -1: an old one
    period: str = ""  # the year, quarter or month that a report is about: 2022, 2022-q3
    is_explicit: bool = False  # a mark says that there are versions: not a year alone
    is_superseding: bool = False  # a later one takes its place, as of a price list: dates alone tell its versions apart


_YEAR = r"(?<!\d)(?:19|20)\d\d(?!\d)"
_HAN_YEAR = r"[一二][〇零○一二三四五六七八九]{3}(?=年)"
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|" \
          "september|october|november|december"
_DATE = (rf"(?<!\d)(?:(?:19|20)\d\d\s?[-./年]\s?(?:0?[1-9]|1[0-2])(?!\d)(?:\s?[-./月]\s?\d{{1,2}}(?!\d)日?|月)?|(?:19"
         rf"|20)\d{{6}}(?!\d)"
         rf"|(?:\d{{1,2}} )?(?:{_MONTHS}) (?:\d{{1,2}},? )?(?:19|20)\d\d(?!\d))")
_REVISED = (r"(?:第[一二三四五六七八九十\d]+次)?(?:全面|部分)?(?:修订|修正|修改|改版|更新|新版|年版|版本|版|发布|颁布|公布|印发|制定"
            r"|起?施行|起?实施|起?执行|起?试行|起?启用|起?适用|生效)(?:版本|版|本|稿|后)?")
_SEASON = r"(?:[春夏秋冬]季?学期|[春夏秋冬]季|第[一二三四1-4]学期|[上下]学期)"
_SEASON_EN = r"(?:spring|summer|autumn|fall|winter)(?:\s?/\s?(?:spring|summer|autumn|fall|winter))?(?: term| semester)?"
_ORDINALS = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth"
# an English word is a mark alone in brackets, at the end, or at the beginning before a colon: `Policy (draft)`
_WORD = r"(?:(?<=[(\[])\s?(?:{0})\s?(?=[)\]])|(?:(?<=[ _,:–-])|^)(?:{0})\s?$|^(?:{0})(?=\s?[:–-]))"

# the first pattern that matches at a place counts; each is removed from the title
_MARKS: tuple[tuple[str, re.Pattern[str]], ...] = tuple((name, re.compile(pattern, re.I)) for name, pattern in (
    ("repealed", r"(?:现|即日起)?已?(?:废止|失效|作废|停用|停止执行|停止使用)(?:版本?|稿)?|已被(?:取代|替代|代替)"),
    ("repealed", _WORD.format(r"(?:repealed|superseded|obsolete|withdrawn|rescinded|revoked|archived?|expired"
                              r"|no longer in force)(?: version)?")),
    ("draft", r"(?:公开)?征求意见稿|意见征集稿|送审稿|草案|草稿|草拟稿|拟稿|讨论稿|初稿|公示稿|报批稿|送签稿"),
    ("draft", _WORD.format(r"redlined?|(?:consultation |working )?draft(?: version)?(?:\s?\d{1,2})?"
                        r"(?: for (?:public )?(?:comments?"
                           r"|consultation"
                           r"|discussion|review))?|consultation version")),
    ("in force", r"现行有效|现行(?:版本?)?|(?<=[（(【\[])有效(?=[)）】\]])"),
    ("in force", _WORD.format(r"(?:currently )?in force|current(?: version)?")),
    ("final", r"定稿|终[稿版]|正式(?:稿|版)|最终[稿版]|(?:已?签署|签字|盖章)[稿版件本]"),
    ("final", _WORD.format(r"(?:final|approved|signed|executed|adopted)(?: version| copy)?")),
    ("trial", r"[（(]?试行(?:稿|版)?[)）]?|暂行|(?<=[（(])试用(?=[)）])"),
    ("trial", _WORD.format(r"(?:interim|provisional|trial)(?: version)?")),
    ("date", rf"(?<=[(]){_DATE}[^()]{{1,30}}(?:通过|修订|修正|批准|发布|公布|印发|施行)(?=[)])"),
    ("date", rf"(?:自)?{_DATE}\s?(?:{_REVISED}|(?:起|开始|以后)(?=\W|$))"),
    ("date", rf"(?:(?:last )?(?:revised|amended|updated|effective|in force|issued|version|edition|dated|as amended)"
             rf"(?: on| in| from| of| as of)? |from |as of |valid from ){_DATE}"
             rf"(?: (?:edition|version|revision|update))?"),
    ("bare date", _DATE),
    ("year", rf"(?:{_YEAR}|{_HAN_YEAR})\s?年?(?:度)?\s?{_REVISED}"),
    ("year", rf"(?:(?:as )?(?:revised|amended|updated|edition|version|ver\.?|rev\.?|effective|in force|issued)"
             rf"(?: in| of| from| for)? ){_YEAR}"),
    ("year", rf"{_YEAR} (?:revised |updated |amended |new )?(?:edition|version|revision|update|amendment|ed\.?"
             r"|revised|updated|amended)(?![a-z])"),
    ("period", rf"{_YEAR}\s?年?(?:度)?\s?(?:第?[一二三四1-4]季度?|[上下]半年|q[1-4])"),
    ("period", rf"(?<![a-z])(?:q[1-4]|h[12]|fy)\s?{_YEAR}"
               rf"|{_YEAR}\s?[/–—~至-]\s?(?:\d\d)?\d\d(?!\d)\s?(?:学年|财年|年度?)?度?\s?{_SEASON}?"),
    ("period", rf"{_YEAR}\s?[级届]|class of {_YEAR}|{_YEAR} (?:cohort|intake)"),
    ("period", rf"{_YEAR}\s?年?\s?{_SEASON}|{_YEAR} {_SEASON_EN}(?![a-z])"
               rf"|(?<![a-z]){_SEASON_EN} {_YEAR}(?:\s?[/-]\s?\d\d(?!\d))?"),
    ("number", r"第\s?[一二三四五六七八九十\d]+\s?(?:(?:修订|修正)?版|次(?:修订|修正)[稿版本]?)"),
    ("number", r"(?<![a-z\d])(?:版[本次]\s?)?[a-h](?:/\d{1,2})?\s?版(?!面)|(?<![a-z\d])[a-h]/\d(?![\d/])"
               r"|版[本次]\s?[a-h](?![a-z\d])"),
    ("number", r"(?<![a-z\d])(?:issue[\s._:-]?\d{1,2}|r\d{1,2}\s?$)(?!\d)"),
    ("number", r"(?<![a-z\d])(?:version|ver|rev|revision|edition|v|版本号?)[\s._:：-]?\d{1,3}(?:\.\d{1,3}){0,3}(?![\d年])"),
    ("number", r"(?<![a-z\d])(?:rev|revision|version|issue)[\s._:-]{0,2}[a-h](?![a-z\d])"),
    ("number", rf"(?<![a-z\d])(?:\d{{1,2}}(?:st|nd|rd|th)|{_ORDINALS})\s(?:revised\s)?(?:edition|ed\.?"
               r"|revision|version)"
               r"(?![a-z])"),
    ("new", r"续[签订]|重新签订|重签|已(?:更新|修订)|(?<=[(\[【])\s?新\s?(?=[)\]】])|(?<=[\s_-])新\s?$|修订(?:版|本|稿|后)?"
            r"|更正(?:版|本|稿|后)?(?=\W*$)|订正(?:版|本|稿)|修正(?:版|本|稿|案)?|修改(?:版|稿)|(?<![创革])新版本?|最新版?|更新版|改版"),
    ("new", _WORD.format(r"(?:amended and )?restated|renew(?:ed|al)"
                         r"|(?:revised|amended|updated|corrected|new)(?: version| edition)?")
     + "|revised edition|new version"),
    ("old", r"(?<=[(\[【])\s?[旧老]\s?(?=[)\]】])|(?<=[\s_-])[旧老]\s?$|旧版本?|老版本?|原版|历史版本?"),
    ("old", _WORD.format(r"(?:old|previous|former)(?: version| edition)?") + "|(?:old|previous|former) version"),
    ("season", rf"{_SEASON}(?:版)?\s?(?=$|[)\]】])|(?<![a-z]){_SEASON_EN}\s?(?=$|[)\]])"),
    ("plain", rf"[一-鿿]{{1,8}}[〔\[(]{_YEAR}[〕\])]\s?第?\d{{1,4}}\s?号"),
    ("plain", rf"(?:{_YEAR}|{_HAN_YEAR})(?:年度?|财年)?"),
    ("copy", r"[（(]\d{1,2}[)）]\s?$|[-_ ]?副本|[-_ ]+copy\s?$|[(（]copy[)）]"),
))
_VERSION_MARKS = frozenset(("year", "date", "number", "new", "draft", "trial", "final", "old", "repealed"))
_BRACKETS = re.compile(r"[（(【\[〔]([^（()）【】\[\]〔〕]*)[)）】\]〕]")
_QUOTED_TITLE = re.compile(r"(?:印发|发布|公布|颁布|修订|实施)\S{0,12}《([^《》]{4,80})》|^《([^《》]{4,80})》[^《》]{0,20}$")
_MAX_TITLE_LENGTH = 200  # characters


def parse_title(title: str) -> TitleMarks:
    """The marks of a title.

    >>> parse_title("差旅费管理办法（2022年修订）").year
    2022
    >>> parse_title("Travel Policy, version 2.1 (draft)")
    TitleMarks(base_title='travelpolicy', number='2.1', year=0, date='', status='draft', is_trial=False, age=0, \
period='', is_explicit=True)
    """
    text = unicodedata.normalize("NFKC", title[:_MAX_TITLE_LENGTH]).lower()
    if quoted := _QUOTED_TITLE.search(text):
        text = (quoted[1] or quoted[2]) + re.sub(r"^的?(?:通知|公告|决定|通告|函)", "", text[quoted.end() :])
    found: dict[str, str] = {}
    for _ in range(2):  # twice: a mark is at the end when those behind it are gone
        for name, pattern in _MARKS:
            while match := pattern.search(text):
                found.setdefault(name, match[0])
                text = f"{text[: match.start()]} {text[match.end() :]}".strip()
        text = _BRACKETS.sub(lambda bracket: bracket[0] if re.search(r"\w", bracket[1]) else " ", text).strip()
    return _make_marks(found, text)


def parse_file_name(name: str) -> TitleMarks:
    """The marks of a file's name: `handbook_2022-v2_final.docx` → handbook, 2022, number 2."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name)
    stem = re.sub(r"(?<=[a-z一-鿿])(?=(?:19|20)\d\d(?!\d))|_", " ", stem)
    return parse_title(re.sub(r"(?<![\d])-|-(?![\d])", " ", stem))


def _make_marks(found: dict[str, str], rest: str) -> TitleMarks:
    date_text = found.get("date") or found.get("bare date", "")
    date = iso_date(re.sub(r"\s", "", date_text) if "年" in date_text else date_text)
    plain = found.get("plain", "")
    period = found.get("period", "")
    year_text = found.get("year", "") or plain or period or date
    year = _parse_year(year_text)
    has_version_mark = bool(found.keys() & _VERSION_MARKS)
    if not period and plain and not has_version_mark and _names_a_period(plain, rest):
        period = plain
    number = found.get("number", "")
    if number.startswith("issue") and _period_nouns().search(rest):  # of a newsletter: no version
        rest, number, has_version_mark = f"{rest} {number}", "", False
    status: StatedStatus = "repealed" if "repealed" in found else "draft" if "draft" in found else (
        "in force" if "in force" in found else "")
    return TitleMarks(
        base_title=re.sub(r"[\W_]+", "", rest), number=version_number(number), year=year, date=date,
        status=status, is_trial="trial" in found,
        age=1 if found.keys() & {"new", "final"} else -1 if "old" in found else 0,
        period=_period_key(period), is_explicit=has_version_mark or "in force" in found,
        is_superseding=bool(_superseding_nouns().search(rest) and not _period_nouns().search(rest)))


def _parse_year(text: str) -> int:
    if match := re.search(_YEAR + r"|(?:19|20)\d{2}(?=\d{4}|[-/])", text):
        return int(match[0])
    if match := re.search(_HAN_YEAR, text):
        digits = match[0].translate(str.maketrans("〇零○一二三四五六七八九", "000123456789"))
        return int(digits)
    return 0


def _names_a_period(plain: str, rest: str) -> bool:
    """Whether a year belongs to what the document is about: 2022年度…, or the title of a report."""
    return plain.endswith("年度") or plain.endswith("财年") or _period_nouns().search(rest) is not None


@cache
def _period_nouns() -> re.Pattern[str]:
    words = load_lexicon("rag.references", "period_titles")
    latin = "|".join(word for word in words if word.isascii())
    han = "|".join(word for word in words if not word.isascii())
    # the head noun of a Chinese title is its last word, behind which brackets may stand
    return re.compile(rf"(?<![a-z])(?:{latin})(?![a-z])|(?:{han})(?:\W|$)", re.I)


@cache
def _superseding_nouns() -> re.Pattern[str]:
    words = load_lexicon("rag.references", "superseding_titles")
    latin = "|".join(word.replace(" ", r"\s?") for word in words if word.isascii())
    han = "|".join(word for word in words if not word.isascii())
    return re.compile(rf"(?<![a-z])(?:{latin})(?![a-z])|(?:{han})(?:\W|$)", re.I)


def _period_key(period: str) -> str:
    year = _parse_year(period)
    part = re.search(rf"q[1-4]|h[12]|第?[一二三四1-4]季|[上下]半年|{_SEASON}|{_SEASON_EN}", period)
    return f"{year}-{part[0].strip()}" if year and part else str(year or "")


def version_number(text: str) -> str:
    """The number of a version in digits or as a letter: `V2.0` → 2.0, 第三版 → 3, `Rev. B` → b, `second edition` → 2."""
    text = text.lower().strip(" ,，。.")
    if lettered := re.search(r"(?<![a-z\d])[a-h]/\d{1,2}", text):
        return lettered[0]
    if digits := re.search(r"\d+(?:\.\d+)*", text):
        return digits[0]
    if ordinal := re.search(_ORDINALS, text):
        return str(_ORDINALS.split("|").index(ordinal[0]) + 1)
    if han := re.search("[一二三四五六七八九十]+", text):
        try:
            return str(int(parse_number(han[0])))
        except ValueError:
            return ""
    letter = re.search(r"(?:^|[\s._:-]|版[本次])([a-h])\s?版?$", text)
    return letter[1] if letter else ""
