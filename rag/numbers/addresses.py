"""Addresses: the numbers by which documents and questions name a clause, chapter, step, table or annex.

`第十二条`, `第12条` and `Article 12` are one address, `article 12`; `3.2` alone is `number 3.2`. An address is written as
its unit and its number; `article 12(2)` is the second item of article 12, `article 12 paragraph 2` its second
paragraph.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from rag.numbers.numerals import HAN_NUMERAL, parse_number
from rag.schema import Language

_HAN_UNITS = {
    "编": "part", "篇": "part", "部分": "part", "章": "chapter", "回": "chapter", "节": "section", "条": "article",
    "款": "paragraph", "项": "item", "目": "item", "步": "step"}
_ENGLISH_UNITS = {
    "article": "article", "art": "article", "section": "section", "sec": "section", "clause": "clause",
    "rule": "article", "regulation": "article", "chapter": "chapter", "part": "part", "step": "step",
    "paragraph": "paragraph", "para": "paragraph", "item": "item"}
_FLOATING_UNITS = {
    "表": "table", "表格": "table", "图": "figure", "附件": "annex", "附录": "annex", "附表": "annex", "步骤": "step",
    "table": "table", "figure": "figure", "fig": "figure", "annex": "annex", "appendix": "annex", "schedule": "annex"}

# units by which the same provision may be named; the first of them that a document uses is meant
_ALTERNATIVES = {
    "article": ("clause", "number", "section", "item"),
    "clause": ("number", "section", "article", "item"),
    "section": ("number", "clause", "article", "chapter", "item"),
    "number": ("clause", "section", "article", "item"),
    "chapter": ("number", "part", "section"),
    "part": ("chapter", "number"),
    "step": ("item", "number"),
    "item": ("number",),
}

# after a number these make it an amount: 发表 3 篇, 3.2 万元
_COUNTED = "[篇人张个次名项位页年月日时元万亿千百米公吨℃倍岁天台套件家所]"
_PLAIN = r"\d{1,4}(?:[.．-]\d{1,3}){0,5}"
_ROMAN = r"[IVXLC]{1,6}"
_SUB_ITEMS = r"(?:\s?[(（][a-z\d]{1,3}[)）]){0,3}"
_ENGLISH_WORDS = "one two three four five six seven eight nine ten eleven twelve".split()
_HAN_ADDRESS = re.compile(
    rf"第\s*[(（]?(?P<number>{HAN_NUMERAL}|\d{{1,4}}(?:\.\d{{1,3}})*)[)）]?\s*(?P<unit>部分|[编篇章回节条款项目步])(?!件|目标|骤骤)"
    rf"(?:之(?P<after>[一二三四五六七八九十]))?")
_ENGLISH_ADDRESS = re.compile(
    rf"(?<![A-Za-z])(?:(?P<unit>{'|'.join(sorted(_ENGLISH_UNITS, key=len, reverse=True))})\.?\s+|(?P<sign>§)\s?)"
    rf"(?P<number>{_PLAIN}|(?-i:{_ROMAN})|{'|'.join(_ENGLISH_WORDS)})(?P<sub>{_SUB_ITEMS})(?![\w%])", re.I)
_FLOATING_ADDRESS = re.compile(
    rf"(?<![A-Za-z发代年月报])(?P<unit>{'|'.join(sorted(_FLOATING_UNITS, key=len, reverse=True))})\.?\s*"
    rf"(?P<number>{_PLAIN}|(?-i:{_ROMAN}|[A-Z](?:\.\d+)*)|[一二三四五六七八九十]+)(?![A-Za-z\d%]|\.\d|\s*{_COUNTED})", re.I)
_NUMBER_WITH_UNIT = re.compile(r"(?<![\d.])(?P<number>\d{1,3}(?:\.\d{1,3}){1,5})\s*(?P<unit>[条款节项])")
_BARE_NUMBER = re.compile(r"(?<![\d.A-Za-z$€£¥])(?P<number>\d{1,2}(?:\.\d{1,2}){2,5})(?![\d.%]|\s*[%℃元万亿])")

# at the start of a block: 3.2 Rent, 1) …, （二）…, (b) …, 一、…
_START_NUMBER = re.compile(
    rf"(?:(?P<path>\d{{1,3}}(?:\.\d{{1,3}}){{1,5}})\.?(?=[\s　一-鿿A-Z])(?!\s*{_COUNTED}|[的和与及或至、])"
    r"|(?P<single>\d{1,3})\s?(?:[.．、)）](?!\d)|(?=\s{2,}\S))"
    r"|[(（](?P<bracket>[一二三四五六七八九十]{1,3}|\d{1,2}|[a-z])[)）]"
    r"|(?P<circled>[①-⑳])"
    r"|(?P<han>[一二三四五六七八九十]{1,3})[、．.])")


@dataclass(frozen=True)
class Address:
    """An address: its unit (`article`), its number (`12`, `3.2`, `5(b)`), and where it stands: `text[start:end]`."""

    unit: str
    number: str
    start: int = 0
    end: int = 0

    @property
    def key(self) -> str:
        """The address as it is stored: `article 12`."""
        return f"{self.unit} {self.number}"

    def alternatives(self) -> tuple[str, ...]:
        """The keys by which a document may have it, the likeliest first: `clause 3.2`, `number 3.2` …"""
        return (self.key, *(f"{unit} {self.number}" for unit in _ALTERNATIVES.get(self.unit, ())))

    def parent(self) -> Address | None:
        """The address without its last item: `section 5` for `section 5(b)`; None for one without items."""
        number, bracket, _ = self.number.rpartition("(")
        return Address(self.unit, number, self.start, self.end) if bracket else None


def address_keys(address: Address) -> list[str]:
    """The keys by which a document may have an address, the most exact first: `article 12(2)`, `article 12`."""
    clause = Address(address.unit, address.number.partition(" paragraph ")[0])
    keys = [*address.alternatives(), *clause.alternatives()]
    parent = clause.parent()
    while parent is not None:
        keys += parent.alternatives()
        parent = parent.parent()
    return list(dict.fromkeys(keys))


_HAN_NAMES = {
    "article": "第{}条", "chapter": "第{}章", "part": "第{}部分", "section": "第{}节", "clause": "第{}条", "item": "第{}项",
    "step": "第{}步", "table": "表{}", "figure": "图{}", "annex": "附件{}", "number": "{}"}


def address_name(key: str, language: Language) -> str:
    """An address as a reader knows it: `article 12` → 第12条, article 12."""
    unit, _, number = key.partition(" ")
    if language == "en":
        return number if unit == "number" else key
    clause, paragraph, of_paragraph = number.partition(" paragraph ")
    clause, bracket, item = clause.partition("(")
    name = _HAN_NAMES.get(unit, "{}").format(clause)
    name += f"第{of_paragraph}款" if paragraph else ""
    return name + (f"第{item.rstrip(')')}项" if bracket else "")


def find_addresses(text: str) -> list[Address]:
    """The addresses that a question names, in order; an item or paragraph of an article belongs to it.

    >>> [address.key for address in find_addresses("第十二条第二款和 Section 5(b) 怎么规定？")]
    ['article 12 paragraph 2', 'section 5(b)']
    """
    found = sorted(_all_addresses(text), key=lambda address: (address.start, -address.end))
    merged: list[Address] = []
    for address in found:
        last = merged[-1] if merged else None
        if last and address.start < last.end:
            continue
        is_next = last is not None and not text[last.end : address.start].strip(" ,，的")
        if last and is_next and address.unit in _PARTS:
            merged[-1] = Address(last.unit, last.number + _part(address), last.start, address.end)
        elif last and last.unit in _PARTS and text[last.end : address.start].strip() == "of":
            merged[-1] = Address(address.unit, address.number + _part(last), last.start, address.end)
        else:
            merged.append(address)
    return merged


_PARTS = ("paragraph", "item")  # units of what belongs to a clause


def _part(address: Address) -> str:
    return f"({address.number})" if address.unit == "item" else f" paragraph {address.number}"


def _all_addresses(text: str) -> Iterator[Address]:
    for match in _HAN_ADDRESS.finditer(text):
        yield _han_address(match)
    for match in _ENGLISH_ADDRESS.finditer(text):
        yield _english_address(match)
    for match in _FLOATING_ADDRESS.finditer(text):
        yield _floating_address(match)
    for match in _NUMBER_WITH_UNIT.finditer(text):
        yield Address(_HAN_UNITS[match["unit"]], match["number"], *match.span())
    for match in _BARE_NUMBER.finditer(text):
        if not _VERSION.search(text[max(0, match.start() - _LONGEST_VERSION_WORD) : match.start()]):
            yield Address("number", match["number"], *match.span())


# what has numbers with dots besides clauses
_VERSION = re.compile(r"(?:\bversions?|\bver\.?|\bv|\brelease|版本?号?|\bip|address|地址|网址)\s*(?:是|为|:|：)?\s*$", re.I)
_LONGEST_VERSION_WORD = 12  # characters


def block_address(text: str) -> Address | None:
    """The address with which a block begins; None for a block without one.

    >>> block_address("第十二条　违反本办法的，处二百元罚款。").key
    'article 12'
    >>> block_address("3.2 Rent is due on the first day.").key
    'number 3.2'
    """
    text = text[:_LONGEST_START]
    match = _HAN_ADDRESS.match(text)
    # 第三条建议 and 第二条路 count; a clause has a space or a sign after its number
    if match and (match["unit"] in "章节编篇回部分步" or _AFTER_CLAUSE.match(text, match.end())):
        return _han_address(match)
    if match := _ENGLISH_ADDRESS.match(text):
        return _english_address(match)
    if match := _FLOATING_ADDRESS.match(text):
        return _floating_address(match)
    match = _START_NUMBER.match(text)
    if match is None:
        return None
    if match["path"]:
        return Address("number", match["path"], *match.span())
    if match["single"]:
        return Address("number", str(int(match["single"])), *match.span())
    if match["circled"]:
        return Address("item", str(ord(match["circled"]) - ord("①") + 1), *match.span())
    number = match["bracket"] or match["han"]
    return Address("item" if match["bracket"] else "number", _plain_number(number), *match.span())


_AFTER_CLAUSE = re.compile(r"$|[\s　：:、，。．.（(【《—]")
_LONGEST_START = 60  # characters in which an address can stand


def _han_address(match: re.Match[str]) -> Address:
    number = _plain_number(match["number"]) + (f"-{_plain_number(match['after'])}" if match["after"] else "")
    return Address(_HAN_UNITS[match["unit"]], number, *match.span())


def _english_address(match: re.Match[str]) -> Address:
    unit = "section" if match["sign"] else _ENGLISH_UNITS[match["unit"].lower()]
    items = re.findall(r"[(（]([a-z\d]{1,3})[)）]", match["sub"], re.I)
    number = _plain_number(match["number"]) + "".join(f"({item.lower()})" for item in items)
    return Address(unit, number, match.start(), match.end())


def _floating_address(match: re.Match[str]) -> Address:
    return Address(_FLOATING_UNITS[match["unit"].lower()], _plain_number(match["number"]), *match.span())


_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def _plain_number(number: str) -> str:
    """Chinese, Roman, spelled and full-width numerals in digits: 十二 → 12, IV → 4, three → 3, １２ → 12."""
    number = unicodedata.normalize("NFKC", number)
    if number.lower() in _ENGLISH_WORDS:
        return str(_ENGLISH_WORDS.index(number.lower()) + 1)
    if re.fullmatch(_ROMAN, number) and not re.fullmatch("[CL]", number):
        values = [_ROMAN_VALUES[sign] for sign in number]
        following = [*values[1:], 0]
        return str(sum(-v if v < after else v for v, after in zip(values, following, strict=True)))
    if re.fullmatch(HAN_NUMERAL, number):
        try:
            return str(int(parse_number(number)))
        except ValueError:  # 第万条: not a number
            return number
    return number
