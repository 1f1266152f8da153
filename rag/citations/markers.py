"""A draft becomes text whose citation markers all have the form [n] and name a passage.

What a marker is: a list or range of numbers of at most three digits in brackets of any width, with or without a word such as
`ID:` or `资料`, or superscripts. What is none: anything in code (a back-tick opens code up to the next one or the line's end, a
fence up to its closing line), `[2023]`, the interval `[0, 1]`, and indexing. Outside code a bracket right behind a Latin
letter or digit is indexing only if an assignment or an attribute follows (`a[1] = 3`, `rows[0].name`, but `GDP[1] grew`).

Every reading here depends on what stands before and on a few characters behind, never on how a draft ends: so a growing draft
can be shown up to `settled`, and what is shown only grows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

_LONGEST_MARKER = 30  # between the brackets: eight numbers with blanks; also bounds what is held back from a reader
_LONGEST_RANGE = 20  # [1-999999999] cites nothing

_DIGIT, _BLANK, _OPEN, _CLOSE = "[0-9０-９]", "[ \t\u00a0\u3000]", r"[\[［【〔]", r"[\]］】〕]"
_SEPARATORS, _DASHES = ",，、;；&", r"\-‐‑–—−－~～至到"
_LABEL_WORDS = (
    "ID 来源 來源 资料 資料 文献 文獻 参考文献 參考文獻 参考资料 參考資料 参考 參考 文档 文檔 文件 引用 段落 出处 出處 证据 證據 片段 "
    "source passage document doc reference ref citation chunk context ^ #").split()
_LABEL_WORD = rf"(?i:(?:{'|'.join(re.escape(w) for w in sorted(_LABEL_WORDS, key=len, reverse=True))})s?)"
_PARTIAL_LABEL = rf"(?i:{'|'.join(re.escape(w[:i]) for w in _LABEL_WORDS for i in range(len(w), 0, -1))})"
_LABEL = rf"(?:{_LABEL_WORD}{_BLANK}?[:：.#]?{_BLANK}?)?"
_NEXT_NUMBER = rf"{_BLANK}?[{_SEPARATORS}{_DASHES} ]{_BLANK}?{_LABEL}{_DIGIT}{{1,9}}"
_DAGGER = rf"(?:[:：]{_DIGIT}{{1,3}})?†[^\[\]【】`\ufffc\n]{{0,16}}(?=】)"  # 【1†source】
_BRACKETED_LIST = (
    rf"{_OPEN}(?=[^\]］】〕\n]{{1,{_LONGEST_MARKER}}}{_CLOSE})"
    rf"(?P<list>{_BLANK}?{_LABEL}{_DIGIT}{{1,3}}(?:{_DAGGER}|(?:{_NEXT_NUMBER}){{0,14}}\^?{_BLANK}?)){_CLOSE}")
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
# km², 10⁸ and 平方公里² are quantities: a superscript cites behind a word of three letters, a Han character, a sentence or a marker
_SUPERSCRIPT_RUN = (
    rf"(?:(?<=[A-Za-z]{{3}})|(?<=[\u4e00-\u9fff。！？，；：、”’」』》）.!?,%％\]］】〕]))(?<![米里尺])"
    rf"(?P<raised>[{_SUPERSCRIPTS}]{{1,3}})(?![{_SUPERSCRIPTS}])")
_AFTER_NAME = r"(?:(?<=[A-Za-z0-9_])|(?<=[A-Za-z_]\]))"
_INDEXING = rf"{_AFTER_NAME}(?:\[\d{{1,3}}\]){{1,4}}(?={_BLANK}?(?:[-+*/%|&^]|<<|>>)?=|\.[a-z_])"
# the target of a link is the model's word alone, so it goes, to its end even where the bracket is never closed
_LINK = r"(?:\((?:[A-Za-z][A-Za-z0-9+.\-]{1,9}:(?=[^\s`\ufffc])|www\.|\.?[#/])(?:[^()\s`\ufffc]|\([^()\s`\ufffc]*+\)?)*+\)?)?"
_LEADING_BLANKS = rf"{_BLANK}{{0,2}}"
_MARKER = re.compile(rf"(?P<lead>{_LEADING_BLANKS})(?:(?P<index>{_INDEXING})|(?P<mark>{_BRACKETED_LIST}|{_SUPERSCRIPT_RUN}){_LINK})")

_FENCE = r"^[ \t>]{0,12}(?:(?:[-*+]|\d{1,3}[.)])[ \t]{1,4})?(?P<fence>~{3,}(?!~)|`{3,}(?!`))"
_CODE = re.compile(
    # ticks that are closed on their own line are a span, not a fence
    rf"{_FENCE}(?:(?<=~)|(?![^\n]*?(?<!`)(?P=fence)(?!`)))[^\n]*(?:\n.*?(?:^[ \t>]*(?P=fence)[`~]*[ \t\r]*$|\Z)|\Z)"
    # a tick inside a word is an apostrophe, one before a blank a sign; neither opens code
    r"|(?<![A-Za-z0-9_`\\])(?P<ticks>`{3,}|`{1,2}(?!\s))(?!`)[^\n]*?(?:(?<!`)(?P=ticks)(?!`)|$)",
    re.M | re.S)


def resolve_markers(text: str, numbers: Collection[int], *, finished: bool = True) -> str:
    """The text with every marker written as [n], several side by side, and without those whose number is not in `numbers`.

    Where a finished text cites nothing else, round brackets at the end of a sentence are read as markers too: the prompt's form
    was missed. A text resolved once stays as it is.

    `增长4.1%【资料1，9】。` → `增长4.1%[1]。`;  `It grew [9].` → `It grew.`
    """
    known = frozenset(numbers)
    prose, page, done = mask_code(text), _MarkerWriter(), 0
    for mark in _MARKER.finditer(prose):
        named = _parse_marker(mark, known)
        if named is not None:
            after_tick = prose[mark.start() - 1 : mark.start()] == "`"  # a stray one: without the blank it would open code
            kept = len(mark["lead"]) if after_tick and not named else 0
            page.write_between(text[done : mark.start() + kept])
            page.write_markers(mark["lead"][kept:], mark["mark"], named)
            done = mark.end()
    page.write(text[done:])
    written = "".join(page.parts)
    if not finished or marker_numbers(written):
        return written
    return resolve_markers(_convert_round_brackets(written, known), known, finished=False)


def remove_markers(text: str) -> str:
    """The words of an answer alone: `甲[1]。乙 [2].` → `甲。乙.`"""
    return resolve_markers(text, (), finished=False)


def marker_numbers(text: str) -> list[int]:
    """The numbers of all markers of a resolved text, in order: `甲[1]。乙[1][3]。` → 1, 1, 3."""
    return [number for _, _, number in find_markers(mask_code(text))]


MASK = "\ufffc"


_CANONICAL_MARKER = re.compile(rf"(?P<lead>{_BLANK}{{0,2}})(?:(?P<index>{_INDEXING})|\[(?P<number>[1-9]\d{{0,2}})\])")


def find_markers(prose: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and number of each marker of a resolved text whose code is blanked; a blank before it that it leaves goes too."""
    for mark in _CANONICAL_MARKER.finditer(prose):
        if mark["number"]:
            kept = prose[mark.end() : mark.end() + 1] not in _NO_SPACE_BEFORE and prose[mark.end() : mark.end() + 1] not in ("", "[")
            yield mark.start() + kept * len(mark["lead"]), mark.end(), int(mark["number"])


def mask_code(text: str) -> str:
    """The text, as long as before, with its code hidden."""
    if "`" not in text and "~~~" not in text:
        return text  # most drafts, and a growing one is read at every word
    return _CODE.sub(lambda code: re.sub(r"[^\n]", MASK, code.group()), text)


_NUMBER_STEP = re.compile(rf"([{_DASHES}]?)[^0-9０-９{_DASHES}]*({_DIGIT}+)")


def _parse_marker(mark: re.Match[str], known: frozenset[int]) -> list[int] | None:
    """The known numbers that a marker names, in its order; None for what is text: indexing and intervals."""
    if mark["index"]:
        return None
    if mark["raised"]:
        digits = [_SUPERSCRIPTS.index(sign) for sign in mark["raised"]]
        whole = int("".join(map(str, digits)))
        return [whole] if whole in known else [digit for digit in digits if digit in known]
    steps = [(bool(dash), int(digits)) for dash, digits in _NUMBER_STEP.findall(mark["list"])]
    if "†" in mark["list"]:
        del steps[1:]
    if len(steps) > 1 and any(number == 0 for _, number in steps):
        return None
    named: list[int] = []
    for at, (is_range, number) in enumerate(steps):
        opens_range = at + 1 < len(steps) and steps[at + 1][0]
        named += _number_range(steps[at - 1][1], number) if is_range else [] if opens_range else [number]
    return [number for number in named if number in known]


def _number_range(first: int, last: int) -> range:
    first, last = sorted((first, last))
    return range(first, last + 1) if last - first < _LONGEST_RANGE else range(0)


_PARTIAL_LINK = r"\((?:[A-Za-z][A-Za-z0-9+.\-]{0,9}:?|\.)?"
_PARTIAL_LIST = rf"{_OPEN}(?:{_LABEL_WORD}|[0-9０-９{_SEPARATORS}{_DASHES}:：.\^ \t\u00a0\u3000])*{_PARTIAL_LABEL}?(?:†[^\[\]【】`\ufffc\n]{{0,16}})?"
_UNCLOSED_BRACKET = re.compile(rf"(?:{_PARTIAL_LIST}|(?<=[\]］】〕]){_PARTIAL_LINK})\Z")
_NO_SPACE_BEFORE = frozenset(" \t\u00a0\u3000\r\n,.;:!?)]，。；：！？、…）］】〕」』”’》〉*")


@dataclass
class _MarkerWriter:
    """What is written so far. The gap of a vanished marker stays open until what follows tells whether a blank belongs there."""

    parts: list[str] = field(default_factory=list)
    pending_gap: str | None = None
    adjacent_numbers: set[int] = field(default_factory=set)  # what the markers side by side have cited
    pending_separator: str = ""  # between two markers; it goes with the second

    def write(self, text: str) -> None:
        if text:
            if text[0] in _SUPERSCRIPTS and (self.adjacent_numbers or self.pending_gap is not None):
                text = " " + text  # an exponent must not come to stand behind a marker or a word
            self.parts.append(text if self.pending_gap is None else self._close_gap(self.pending_gap, text))
            self.pending_gap = None
            self.adjacent_numbers.clear()

    def write_between(self, text: str) -> None:
        """Write what stands before a marker; a lone separator behind another one waits for what becomes of it."""
        if len(text) == 1 and text in _SEPARATORS and (self.adjacent_numbers or self.pending_gap is not None):
            self.pending_separator = text
        else:
            self.write(text)

    def write_markers(self, lead: str, mark: str, numbers: Sequence[int]) -> None:
        fresh = [number for number in dict.fromkeys(numbers) if number not in self.adjacent_numbers]
        tail, comma, self.pending_separator = self._recent_text(), self.pending_separator, ""
        if fresh:
            lead = comma + lead if self.pending_gap is None else self.pending_gap or ("" if _is_line_start(tail) else lead)
            if not lead and _is_word_character(tail[-1:]) and (self.pending_gap is not None or mark != f"[{fresh[0]}]"):
                lead = " "  # as `a[1]` it could be indexing
            self.parts.append(lead + "".join(f"[{number}]" for number in fresh))
            self.pending_gap = None
            self.adjacent_numbers.update(fresh)
        elif _UNCLOSED_BRACKET.search(tail):  # `[9[99]9]` would close to a marker that nobody wrote
            self.parts.append("…")
        elif self.pending_gap is None:
            self.pending_gap = lead

    def _close_gap(self, gap: str, text: str) -> str:
        tail = self._recent_text()
        if _is_line_start(tail):
            return gap + re.sub(rf"\A{_BLANK}{{1,2}}", "", text)
        if text[0] in _NO_SPACE_BEFORE:
            return text
        return (gap or (" " if _is_word_character(tail[-1:]) and _is_word_character(text[0]) else "")) + text

    def _recent_text(self) -> str:
        return "".join(self.parts[-_LONGEST_MARKER:])[-_LONGEST_MARKER - 4 :] if self.parts else ""


def _is_line_start(tail: str) -> bool:
    return tail.rstrip(" \t\u00a0\u3000")[-1:] in ("", "\n")


def _is_word_character(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in ("_", "`"))


# --- a growing draft

_UNSTABLE_TAIL = re.compile(
    rf"(?:{_LEADING_BLANKS}(?:{_PARTIAL_LIST}|(?<![{_SUPERSCRIPTS}])[{_SUPERSCRIPTS}]{{1,3}})|(?<=[\]］】〕{_SUPERSCRIPTS}]){_PARTIAL_LINK}"
    rf"|{_AFTER_NAME}(?:\[\d{{1,3}}\]){{1,4}}(?:\[\d{{0,3}}|{_BLANK}?(?:[-+*/%|&^]|<<?|>>?)?|\.)"
    rf"|(?<=[\]】］〕){_SUPERSCRIPTS}])[{_SEPARATORS}]{_BLANK}{{0,2}}(?:{_PARTIAL_LIST}|[{_SUPERSCRIPTS}]{{1,3}})?|{_BLANK}{{1,2}})\Z")


def stable_length(text: str) -> int:
    """How far a growing draft may be shown: up to a marker that is still being written, or the blank before it.

    Frames of `resolved(text[: settled(text)], numbers, finished=False)` only grow. Never more than a marker's length is held.

    `增长4.1%[1` → 7;  `It grew ` → 7
    """
    half = _UNSTABLE_TAIL.search(mask_code(text), max(0, len(text) - _LONGEST_MARKER - 4))
    return half.start() if half else len(text)


# --- round brackets

_ROUND_BRACKETS = re.compile(rf"(?:[(（]{_DIGIT}{{1,3}}(?:{_BLANK}?[,，、]{_BLANK}?{_DIGIT}{{1,3}}){{0,5}}[)）])+")
_SENTENCE_END = re.compile(r"\s*(?:$|[。！？!?…]|\.(?![\w.]))")
_AFTER_SENTENCE = re.compile(r"[。！？!?.…][”’」』\"]?\s*\Z")
BULLET = re.compile(r"[\s>]*(?:#{1,6}\s+)?(?:[-*+•·](?:\s+|(?=[^\s*+•·-]))|[(（]?\d{1,3}(?:[.．)）](?:\s+|(?=[^\d\s]))|、(?!\d)))?\s*")


def _convert_round_brackets(text: str, known: frozenset[int]) -> str:
    """`It grew (1).` → `It grew [1].`; a line with such numbers elsewhere in it is an enumeration and keeps them all."""
    prose, parts, done = mask_code(text), [], 0
    for line in re.finditer(r"[^\n]+", prose):
        found = list(_ROUND_BRACKETS.finditer(prose, *line.span()))
        if found and all(_ends_sentence(line.group(), mark.start() - line.start(), mark.end() - line.start()) for mark in found):
            for mark in found:
                numbers = [int(digits) for digits in re.findall(rf"{_DIGIT}+", mark.group())]
                if known.issuperset(numbers):
                    parts += [text[done : mark.start()], *(f"[{number}]" for number in dict.fromkeys(numbers))]
                    done = mark.end()
    return "".join([*parts, text[done:]])


def _ends_sentence(line: str, start: int, end: int) -> bool:
    before = line[max(0, start - 40) : start]
    if start <= 40 and BULLET.fullmatch(before):
        return False
    return bool(_SENTENCE_END.match(line, end) or _AFTER_SENTENCE.search(before))
