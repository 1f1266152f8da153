"""Scopes of figures: the year and the region for which a sentence states its figures."""

from __future__ import annotations

import re

from rag.numbers.figures import Figure, find_figures

# regions that contain every place of a corpus; each is one scope, whatever word or language names it
REGIONS = tuple((region, re.compile(pattern, re.I)) for region, pattern in (
    ("world", r"全球|全世界|世界(?:上|各国)?|\b(?:world(?:wide|'s)?|global(?:ly)?)\b"),
    ("nation", r"全国|我国|中国|国内|\b(?:national(?:ly|wide)?|nation(?:wide|'s)?|country(?:wide|'s)?|China(?:'s)?)\b"),
    ("province", r"全省|本省|我省|\b(?:provincial(?:ly)?|province(?:wide|'s)?)\b(?!-level)"),
))
# years that do not date the figure: of a start, a comparison or a founding
_OTHER_YEAR_BEFORE = re.compile(
    r"(?:自|从|始于|建于|始建于|成立于|创办于|创建于|落成于|比|较|与)\s*$"
    r"|\b(?:since|from|than|with|founded in|built in|established in|opened in|completed in|formed in"
    r"|over|versus|against)\s+(?:the year\s+)?$", re.I)
_OTHER_YEAR_AFTER = re.compile(r"^(?:以来|起|开始|创办|建立|成立|建成(?!区)|始建|开馆|开业|开通|投产|创建|落成)")
_FOUNDING = re.compile(
    r"成立|始建|建于|创办|创建|落成|开馆|开业|\b(?:founded|established|built|opened|completed)\b", re.I)
_PRESENT = re.compile(r"目前|现有|现在|如今|当前|\b(?:currently|now|today|at present)\b", re.I)


def find_year(sentence: str, offset: int) -> str:
    """The year that a sentence gives for the figure at `offset`: the last before it, else the first after it.

    Four digits, or empty if the sentence gives none. `2022年有6家工厂` at the 6 → 2022; `800 beds in 2022` → 2022.
    """
    years = [figure for figure in find_figures(sentence) if _dates_figures(figure, sentence)]
    before = [year for year in years if year.start < offset]
    after = [year for year in years if offset < year.start < offset + _YEAR_WINDOW]
    if before:
        return str(_year_number(before[-1]))
    return str(_year_number(after[0])) if after else ""


_YEAR_WINDOW = 60  # characters after a figure in which its year may be: `had 800 beds in 2022`


def _dates_figures(figure: Figure, sentence: str) -> bool:
    """Whether a figure is a year, or a date with one, that dates the other figures of its sentence."""
    if figure.kind not in ("year", "date") or not _year_number(figure):
        return False
    before, after = sentence[: figure.start], sentence[figure.end :]
    return not _OTHER_YEAR_BEFORE.search(before) and not _OTHER_YEAR_AFTER.match(after)


def inherited_year(sentence: str, before: str) -> str:
    """The year at the start of the previous sentence, `before`, if it also applies to this one; else empty."""
    opening = next((figure for figure in find_figures(before) if figure.kind in ("year", "date")), None)
    if opening is None or opening.start > _OPENING_LENGTH:
        return ""
    if _FOUNDING.search(before) or _PRESENT.search(sentence):
        return ""
    return find_year(before, len(before))


_OPENING_LENGTH = 12  # characters; a year further on does not open the sentence


def parse_year(date: str) -> str:
    """The first year in a document's date or title, as four digits; empty if there is none."""
    year = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", date)
    return year.group() if year else ""


def _year_number(figure: Figure) -> int:
    return int(figure.value) if figure.kind == "year" else int(figure.value) // 10_000
