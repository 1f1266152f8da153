"""Stated version: what a document says of its own version, as a value, and what the version is called."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from typing import Literal

from rag.schema import Language

StatedStatus = Literal["", "in force", "repealed", "draft"]


@dataclass(frozen=True)
class StatedVersion:
    """What a document says of its own version; unknown parts are empty. Dates are ISO 8601, as far as known."""

    base_title: str  # the title without what names the version, comparable
    number: str = ""  # 2.1, 3, b; as it is written
    year: int = 0  # in the name of the version: （2022年修订）, 2024 edition
    issued: str = ""  # when it was issued or last revised
    effective_from: str = ""
    effective_until: str = ""  # the last day
    status: StatedStatus = ""
    age: int = 0  # 1: it calls itself new or revised; -1: old
    is_trial: bool = False  # 试行, interim
    period: str = ""  # what a report is about: 2022, 2022-q3
    is_explicit: bool = False  # it says that it is one of several versions, by more than a year in its title
    replaces: tuple[str, ...] = ()  # what it says of the documents that it replaces
    is_superseding: bool = False  # of a kind of which a later one takes the place of the earlier: a price list
    code: str = ""  # by which others refer to it, comparable: yc-2023-117, 栖发改价〔2026〕73号

    @property
    def order_date(self) -> str:
        """The date by which versions are ordered: when it takes effect, else that of its name, else of its issue.

        An amended version keeps the day on which the first one took effect; then the year of its amendment counts.
        """
        named = str(self.year) if self.year and not self.issued.startswith(str(self.year)) else self.issued
        is_amended = bool(self.effective_from) and self.year > int(self.effective_from[:4])
        return named if is_amended else self.effective_from or named

    @property
    def name_year(self) -> str:
        """The year that names the version; empty if it has none."""
        return str(self.year or self.effective_from[:4] or self.issued[:4])

    def to_json(self) -> str:
        """The statement as JSON, for `StatedVersion.from_json`."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> StatedVersion:
        """The statement that `to_json` wrote; fields of a later Huwen are left out."""
        known = {name: value for name, value in json.loads(text).items() if name in cls.__dataclass_fields__}
        return cls(**{**known, "replaces": tuple(known.get("replaces", ()))})


def comparable_number(number: str) -> str:
    """The number of a version without zeros at its end, which change nothing: 2.0 → 2."""
    return re.sub(r"(?:\.0+)+$", "", number)


def comparable_code(text: str) -> str:
    """A document's number, or a text that may contain one, without spaces, in lower case, with one kind of brackets."""
    return re.sub(r"\s", "", text.lower().translate(str.maketrans("（）[](){}", "〔〕〔〕〔〕〔〕")))


def version_name(stated: StatedVersion, language: Language, *, with_day: bool = False) -> str:
    """The name of a version in a sentence: 2022年版, 2.1版（2024年）, “2022 version”; empty if nothing names it.

    `with_day`: by the day on which it takes effect or was issued, where the year is also that of another version.
    """
    day = stated.effective_from or stated.issued
    year = day if with_day and len(day) > len("2024") else stated.period or stated.name_year
    number = stated.number.upper() if stated.number.isalpha() else stated.number
    if stated.period and year == stated.period:
        return _period_name(stated.period, language)
    if stated.status == "draft" and not number:
        of_year = _written_date(year, language)
        return f"{of_year}草案" if language == "zh" else f"draft of {of_year}" if of_year else "draft"
    if number:
        of_year = (f"（{_written_date(year, language)}）" if language == "zh" else f" of {year}") if year else ""
        if language == "zh":
            return f"{number}版{of_year}"
        return f"{'revision' if number.isalpha() else 'version'} {number}{of_year}"
    if year:
        return f"{_written_date(year, language)}版" if language == "zh" else f"{year} version"
    if stated.age:
        names = {1: ("修订版", "revised version"), -1: ("旧版", "old version")}[stated.age]
        return names[0] if language == "zh" else names[1]
    return ""


def _period_name(period: str, language: Language) -> str:
    year, _, part = period.partition("-")
    if part.isdigit():
        return f"{year}年{int(part)}月" if language == "zh" else period
    if language == "en":
        return f"{part.upper()} {year}" if part else year
    return f"{year}年{part}"


def _written_date(day: str, language: Language) -> str:
    """2024-03-01 → 2024年3月1日; in English as it is."""
    if language == "en" or not day:
        return day
    return "".join(f"{int(part)}{unit}" for part, unit in zip(day.split("-"), "年月日", strict=False))


def without_effect(stated: StatedVersion) -> StatedVersion:
    """The statement without dates of effect, for a contract: each contract has its own, and they are no versions."""
    is_explicit = bool(stated.number or stated.year or stated.status or stated.age)
    return replace(stated, effective_from="", effective_until="", is_explicit=is_explicit)
