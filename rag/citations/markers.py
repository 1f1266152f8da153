"""Citation markers: recognised in every form that models write, and rewritten as [n] with the number of a passage.

A marker is a list or range of numbers of at most three digits in brackets of any width, with or without a label such as
`ID:` or `资料`, or superscripts. These are not markers: anything in code (a back-tick opens code up to the next one or
the end of the line, a fence up to its closing line), `[2023]`, the interval `[0, 1]`, and indexing. Outside code a
bracket right after a Latin letter or digit is indexing only if an assignment or an attribute follows (`a[1] = 3`,
`rows[0].name`, but not `GDP[1] grew`).

How a marker is read depends on the text before it and on a few characters after it, never on the end of the draft. So
a growing draft can be shown up to `stable_length`, and the shown text only grows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from rag.text.lexicon import load_lexicon

# characters between the brackets, enough for eight numbers with blanks; also the most of a draft that is held back
_LONGEST_MARKER = 30
_LONGEST_RANGE = 20  # [1-999999999] cites nothing

_DIGIT, _BLANK, _OPEN, _CLOSE = "[0-9０-９]", "[ \t\u00a0\u3000]", r"[\[［【〔]", r"[\]］】〕]"
_SEPARATORS, _DASHES = ",，、;；&", r"\-‐‑–—−－~～至到"
_LABELS = [*load_lexicon("rag.citations", "citation_labels"), "^", "#"]
_LABEL_WORD = rf"(?i:(?:{'|'.join(re.escape(w) for w in sorted(_LABELS, key=len, reverse=True))})s?)"
_PARTIAL_LABEL = rf"(?i:{'|'.join(re.escape(w[:i]) for w in _LABELS for i in range(len(w), 0, -1))})"
_LABEL = rf"(?:{_LABEL_WORD}{_BLANK}?[:：.#]?{_BLANK}?)?"
_NEXT_NUMBER = rf"{_BLANK}?[{_SEPARATORS}{_DASHES} ]{_BLANK}?{_LABEL}{_DIGIT}{{1,9}}"
_DAGGER = rf"(?:[:：]{_DIGIT}{{1,3}})?†[^\[\]【】`\ufffc\n]{{0,16}}(?=】)"  # 【1†source】
_BRACKETED_LIST = (
    rf"{_OPEN}(?=[^\]］】〕\n]{{1,{_LONGEST_MARKER}}}{_CLOSE})"
    rf"(?P<list>{_BLANK}?{_LABEL}{_DIGIT}{{1,3}}(?:{_DAGGER}|(?:{_NEXT_NUMBER}){{0,14}}\^?{_BLANK}?)){_CLOSE}")
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
# km², 10⁸ and 平方公里² are quantities: a superscript is a marker only after a word of three letters, a Han character,
# the end of a sentence, or another marker
_SUPERSCRIPT_RUN = (
    rf"(?:(?<=[A-Za-z]{{3}})|(?<=[\u4e00-\u9fff。！？，；：、”’」』》）.!?,%％\]］】〕]))(?<![米里尺])"
    rf"(?P<raised>[{_SUPERSCRIPTS}]{{1,3}})(?![{_SUPERSCRIPTS}])")
_AFTER_NAME = r"(?:(?<=[A-Za-z0-9_])|(?<=[A-Za-z_]\]))"
_INDEXING = rf"{_AFTER_NAME}(?:\[\d{{1,3}}\]){{1,4}}(?={_BLANK}?(?:[-+*/%|&^]|<<|>>)?=|\.[a-z_])"
# the target of a link is invented by the model, so it is removed, even if its bracket is never closed
_LINK = (
    r"(?:\((?:[A-Za-z][A-Za-z0-9+.\-]{1,9}:(?=[^\s`\ufffc])|www\.|\.?[#/])"
    r"(?:[^()\s`\ufffc]|\([^()\s`\ufffc]*+\)?)*+\)?)?")
_LEADING_BLANKS = rf"{_BLANK}{{0,2}}"
_MARKER = re.compile(
    rf"(?P<lead>{_LEADING_BLANKS})(?:(?P<index>{_INDEXING})|(?P<mark>{_BRACKETED_LIST}|{_SUPERSCRIPT_RUN}){_LINK})")

_FENCE = r"^[ \t>]{0,12}(?:(?:[-*+]|\d{1,3}[.)])[ \t]{1,4})?(?P<fence>~{3,}(?!~)|`{3,}(?!`))"
_CODE = re.compile(
    # ticks that are closed on their own line are a span, not a fence
    rf"{_FENCE}(?:(?<=~)|(?![^\n]*?(?<!`)(?P=fence)(?!`)))[^\n]*(?:\n.*?(?:^[ \t>]*(?P=fence)[`~]*[ \t\r]*$|\Z)|\Z)"
    # a tick inside a word is an apostrophe, a tick before a blank is an ordinary character; neither opens code
    r"|(?<![A-Za-z0-9_`\\])(?P<ticks>`{3,}|`{1,2}(?!\s))(?!`)[^\n]*?(?:(?<!`)(?P=ticks)(?!`)|$)",
    re.M | re.S)


def resolve_markers(text: str, numbers: Collection[int], *, finished: bool = True) -> str:
    """The text with every marker as [n], each number in its own brackets, and without numbers not in `numbers`.

    If a finished text has no other marker, the model did not use the form of the prompt; then round brackets at the end
    of a sentence are read as markers too. Resolving a text twice is the same as resolving it once.

    `增长4.1%【资料1，9】。` → `增长4.1%[1]。`;  `It grew [9].` → `It grew.`
    """
    known = frozenset(numbers)
    prose, writer, written_end = mask_code(text), _MarkerWriter(), 0
    for marker in _MARKER.finditer(prose):
        cited = _parse_marker(marker, known)
        if cited is None:
            continue
        # the blank of a removed marker stays after a single tick, because without it the tick would open code
        follows_tick = prose[marker.start() - 1 : marker.start()] == "`"
        blank_length = len(marker["lead"]) if follows_tick and not cited else 0
        writer.write_between(text[written_end : marker.start() + blank_length])
        writer.write_markers(marker["lead"][blank_length:], marker["mark"], cited)
        written_end = marker.end()
    writer.write(text[written_end:])
    resolved = "".join(writer.parts)
    if not finished or marker_numbers(resolved):
        return resolved
    return resolve_markers(_convert_round_brackets(resolved, known), known, finished=False)


def remove_markers(text: str) -> str:
    """The text of an answer without its markers: `甲[1]。乙 [2].` → `甲。乙.`"""
    return resolve_markers(text, (), finished=False)


def marker_numbers(text: str) -> list[int]:
    """The numbers of all markers of a resolved text, in order: `甲[1]。乙[1][3]。` → 1, 1, 3."""
    return [number for _, _, number in find_markers(mask_code(text))]


MASK = "\ufffc"  # `mask_code` writes it for every character of code


_CANONICAL_MARKER = re.compile(rf"(?P<lead>{_BLANK}{{0,2}})(?:(?P<index>{_INDEXING})|\[(?P<number>[1-9]\d{{0,2}})\])")


def find_markers(prose: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and number of each marker of a resolved text whose code is masked.

    A blank before the marker belongs to it, unless the text after it needs one.
    """
    for marker in _CANONICAL_MARKER.finditer(prose):
        if marker["number"]:
            next_character = prose[marker.end() : marker.end() + 1]
            keeps_blank = next_character not in _NO_SPACE_BEFORE and next_character not in ("", "[")
            yield marker.start() + keeps_blank * len(marker["lead"]), marker.end(), int(marker["number"])


def mask_code(text: str) -> str:
    """The text with `MASK` for every character of code, except line breaks; of the same length."""
    if "`" not in text and "~~~" not in text:
        return text  # fast path for most drafts: a growing draft is scanned at every word
    return _CODE.sub(lambda code: re.sub(r"[^\n]", MASK, code.group()), text)


_NUMBER_STEP = re.compile(rf"([{_DASHES}]?)[^0-9０-９{_DASHES}]*({_DIGIT}+)")


def _parse_marker(mark: re.Match[str], known: frozenset[int]) -> list[int] | None:
    """The known numbers of a marker, in order; None for indexing and intervals, which are ordinary text."""
    if mark["index"]:
        return None
    if mark["raised"]:
        return _parse_superscripts(mark["raised"], known)
    steps = [(bool(dash), int(digits)) for dash, digits in _NUMBER_STEP.findall(mark["list"])]
    if "†" in mark["list"]:
        del steps[1:]
    if len(steps) > 1 and any(number == 0 for _, number in steps):
        return None
    numbers: list[int] = []
    for i, (closes_range, number) in enumerate(steps):
        opens_range = i + 1 < len(steps) and steps[i + 1][0]
        if closes_range:
            numbers += _number_range(steps[i - 1][1], number)
        elif not opens_range:
            numbers.append(number)
    return [number for number in numbers if number in known]


def _parse_superscripts(raised: str, known: frozenset[int]) -> list[int]:
    """The known numbers of a run of superscripts: ¹² is 12 if that is known, else 1 and 2."""
    digits = [_SUPERSCRIPTS.index(sign) for sign in raised]
    number = int("".join(map(str, digits)))
    return [number] if number in known else [digit for digit in digits if digit in known]


def _number_range(first: int, last: int) -> range:
    first, last = sorted((first, last))
    return range(first, last + 1) if last - first < _LONGEST_RANGE else range(0)


_PARTIAL_LINK = r"\((?:[A-Za-z][A-Za-z0-9+.\-]{0,9}:?|\.)?"
_PARTIAL_LIST = (
    rf"{_OPEN}(?:{_LABEL_WORD}|[0-9０-９{_SEPARATORS}{_DASHES}:：.\^ \t\u00a0\u3000])*"
    rf"{_PARTIAL_LABEL}?(?:†[^\[\]【】`\ufffc\n]{{0,16}})?")
_UNCLOSED_BRACKET = re.compile(rf"(?:{_PARTIAL_LIST}|(?<=[\]］】〕]){_PARTIAL_LINK})\Z")
_NO_SPACE_BEFORE = frozenset(" \t\u00a0\u3000\r\n,.;:!?)]，。；：！？、…）］】〕」』”’》〉*")


@dataclass
class _MarkerWriter:
    """Writes the resolved text, piece by piece.

    If a marker is removed, the text after it decides whether a blank stays there; until then the gap is pending.
    """

    parts: list[str] = field(default_factory=list)
    pending_gap: str | None = None
    adjacent_numbers: set[int] = field(default_factory=set)  # cited by the markers directly before this place
    pending_separator: str = ""  # between two markers; written or removed together with the second one

    def write(self, text: str) -> None:
        """Write text that is not a marker."""
        if text:
            if text[0] in _SUPERSCRIPTS and (self.adjacent_numbers or self.pending_gap is not None):
                text = " " + text  # otherwise a superscript after a marker or a word would be read as a marker
            self.parts.append(text if self.pending_gap is None else self._close_gap(self.pending_gap, text))
            self.pending_gap = None
            self.adjacent_numbers.clear()

    def write_between(self, text: str) -> None:
        """Write the text before a marker; a separator alone between two markers waits for the second."""
        if len(text) == 1 and text in _SEPARATORS and (self.adjacent_numbers or self.pending_gap is not None):
            self.pending_separator = text
        else:
            self.write(text)

    def write_markers(self, lead: str, mark: str, numbers: Sequence[int]) -> None:
        """Write the known `numbers` of a marker; `lead` is the blank before it, `mark` its original form."""
        new_numbers = [number for number in dict.fromkeys(numbers) if number not in self.adjacent_numbers]
        tail, separator, self.pending_separator = self._recent_text(), self.pending_separator, ""
        if new_numbers:
            if self.pending_gap is None:
                lead = separator + lead
            elif self.pending_gap or _is_line_start(tail):
                lead = self.pending_gap
            is_unchanged = self.pending_gap is None and mark == f"[{new_numbers[0]}]"
            if not lead and _is_word_character(tail[-1:]) and not is_unchanged:
                lead = " "  # without it `a[1]` could be read as indexing
            self.parts.append(lead + "".join(f"[{number}]" for number in new_numbers))
            self.pending_gap = None
            self.adjacent_numbers.update(new_numbers)
        elif _UNCLOSED_BRACKET.search(tail):  # `[9[99]9]` would become [99], a marker that the model did not write
            self.parts.append("…")
        elif self.pending_gap is None:
            self.pending_gap = lead

    def _close_gap(self, gap: str, text: str) -> str:
        """The text after a removed marker, with the blank that belongs before it."""
        tail = self._recent_text()
        if _is_line_start(tail):
            return gap + re.sub(rf"\A{_BLANK}{{1,2}}", "", text)
        if text[0] in _NO_SPACE_BEFORE:
            return text
        joins_words = _is_word_character(tail[-1:]) and _is_word_character(text[0])
        return (gap or (" " if joins_words else "")) + text

    def _recent_text(self) -> str:
        """The end of the written text, at least as long as an unfinished marker."""
        return "".join(self.parts[-_LONGEST_MARKER:])[-_LONGEST_MARKER - 4 :] if self.parts else ""


def _is_line_start(tail: str) -> bool:
    return tail.rstrip(" \t\u00a0\u3000")[-1:] in ("", "\n")


def _is_word_character(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in ("_", "`"))


# a growing draft

_UNSTABLE_TAIL = re.compile(
    rf"(?:{_LEADING_BLANKS}(?:{_PARTIAL_LIST}|(?<![{_SUPERSCRIPTS}])[{_SUPERSCRIPTS}]{{1,3}})"
    rf"|(?<=[\]］】〕{_SUPERSCRIPTS}]){_PARTIAL_LINK}"
    rf"|{_AFTER_NAME}(?:\[\d{{1,3}}\]){{1,4}}(?:\[\d{{0,3}}|{_BLANK}?(?:[-+*/%|&^]|<<?|>>?)?|\.)"
    rf"|(?<=[\]】］〕){_SUPERSCRIPTS}])[{_SEPARATORS}]{_BLANK}{{0,2}}(?:{_PARTIAL_LIST}|[{_SUPERSCRIPTS}]{{1,3}})?"
    rf"|{_BLANK}{{1,2}})\Z"
)


def stable_length(text: str) -> int:
    """The number of characters of a growing draft that can be shown: up to an unfinished marker or the blank before it.

    Frames of `resolve_markers(text[: stable_length(text)], numbers, finished=False)` only grow. At most the length of a
    marker is held back.

    `增长4.1%[1` → 7;  `It grew ` → 7
    """
    unstable = _UNSTABLE_TAIL.search(mask_code(text), max(0, len(text) - _LONGEST_MARKER - 4))
    return unstable.start() if unstable else len(text)


# round brackets

_ROUND_BRACKETS = re.compile(rf"(?:[(（]{_DIGIT}{{1,3}}(?:{_BLANK}?[,，、]{_BLANK}?{_DIGIT}{{1,3}}){{0,5}}[)）])+")
_SENTENCE_END = re.compile(r"\s*(?:$|[。！？!?…]|\.(?![\w.]))")
_AFTER_SENTENCE = re.compile(r"[。！？!?.…][”’」』\"]?\s*\Z")
BULLET = re.compile(
    r"[\s>]*(?:#{1,6}\s+)?"
    r"(?:[-*+•·](?:\s+|(?=[^\s*+•·-]))|[(（]?\d{1,3}(?:[.．)）](?:\s+|(?=[^\d\s]))|、(?!\d)))?\s*")


def _convert_round_brackets(text: str, known: frozenset[int]) -> str:
    """`It grew (1).` → `It grew [1].`

    A line with a number in round brackets that is not at the end of a sentence is an enumeration; it is not changed.
    """
    prose, parts, written_end = mask_code(text), [], 0
    for line in re.finditer(r"[^\n]+", prose):
        brackets = list(_ROUND_BRACKETS.finditer(prose, *line.span()))
        spans = [(bracket.start() - line.start(), bracket.end() - line.start()) for bracket in brackets]
        if not all(_ends_sentence(line.group(), start, end) for start, end in spans):
            continue
        for bracket in brackets:
            numbers = [int(digits) for digits in re.findall(rf"{_DIGIT}+", bracket.group())]
            if known.issuperset(numbers):
                parts += [text[written_end : bracket.start()], *(f"[{number}]" for number in dict.fromkeys(numbers))]
                written_end = bracket.end()
    return "".join([*parts, text[written_end:]])


def _ends_sentence(line: str, start: int, end: int) -> bool:
    """Whether `line[start:end]` is at the end of a sentence, and is not the number of a list item."""
    before = line[max(0, start - 40) : start]
    if start <= 40 and BULLET.fullmatch(before):
        return False
    return bool(_SENTENCE_END.match(line, end) or _AFTER_SENTENCE.search(before))
