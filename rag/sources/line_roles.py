"""Line roles: what a line does in a document: it asks, answers, opens a list, labels a value or is an item."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.numbers.addresses import Address, block_address
from rag.schema import BlockKind
from rag.sources.elements import Element, Table
from rag.text.language import HAN

# a sign is needed after the number, and a colon without one: `Q3 revenue`, `A4 paper` and `A. Finch` are none
_QUESTION_PREFIX = re.compile(r"(?:问题?|提问|问答|Question|Q)\s?(?:[:：]|\d{1,3}\s?[:：.．、)）])\s*", re.I)
_ANSWER_PREFIX = re.compile(r"(?:答案?|答复|回答|回复|Answer|A)\s?(?:[:：]|\d{1,3}\s?[:：.．、)）])\s*", re.I)
_QUESTION_END = re.compile(r"[?？][”’」』）)\"'*]*$")
_LONGEST_QUESTION, _LONGEST_OPENING, _LONGEST_GROUP = 80, 300, 12  # characters, characters, lines
_COLON_END = re.compile(r"[:：]$")
_SENTENCE_END = re.compile(r"[。！？!?；;.…][”’」』）)\"']*$")
_LABEL = re.compile(
    rf"(?P<label>[A-Za-z{HAN}][^：:。！？!?；;，,“”\"\n]{{0,23}}?)\s?"
    rf"(?:：|:(?=\s|[{HAN}])|(?<=[{HAN}]):(?=\d))\s*(?=\S)")
# units of which an item of a list may have its number
_ITEM_UNITS = frozenset(("item", "step"))


@dataclass(frozen=True)
class LineDraft:
    """A line of a document with its role, before it has its place in the clean text.

    `content_start`: where its own words begin, after `答：`. `same_group`: it stands directly under the line before it.
    """

    kind: BlockKind
    text: str
    element: Element
    address: Address | None = None
    content_start: int = 0
    same_group: bool = False
    page_breaks: tuple[tuple[int, int], ...] = ()


Draft = LineDraft | Table


def assign_roles(elements: Sequence[Element | Table]) -> list[Draft]:
    """The lines and tables of a document in order, each line with its role."""
    drafts: list[Draft] = []
    for element in elements:
        drafts.extend([element] if isinstance(element, Table) else _element_lines(element))
    return _find_unmarked_questions(_find_openings(drafts))


def _element_lines(element: Element) -> list[LineDraft]:
    text = element.text if element.kind == "code" else re.sub(r"\n\s*\n+", "\n", element.text.strip())
    lines = [text] if element.kind == "code" else [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        return []
    lines[0] = _with_marker(element, lines[0])
    first = replace(_line_draft(element, lines[0]), page_breaks=element.page_breaks)
    rest_kind = "paragraph" if element.kind in ("item", "heading", "question") else element.kind
    rest = replace(element, kind=rest_kind, marker="")
    return [first, *(replace(_line_draft(rest, line), same_group=True) for line in lines[1:])]


_BULLETS = frozenset("•·●■◆▪‣○□*-–—")


def _with_marker(element: Element, text: str) -> str:
    marker = element.marker.strip()
    if not marker or marker in _BULLETS:
        return text
    return marker + ("" if marker[-1] in "、．）：，" else " ") + text


def _line_draft(element: Element, line: str) -> LineDraft:
    """The role of a line as far as the line itself and its element show it."""
    kind = element.kind
    if kind == "code":
        return LineDraft("code", line, element)
    if kind in ("heading", "note", "quotation"):
        return LineDraft(kind, line, element, block_address(line) if kind == "heading" else None)
    if kind == "term":
        return LineDraft("opening", line, element)
    if (kind == "question" or _QUESTION_PREFIX.match(line)) and len(line) <= _LONGEST_OPENING:
        prefix = _QUESTION_PREFIX.match(line)
        return LineDraft("question", line, element, content_start=prefix.end() if prefix else 0)
    if kind == "answer" or _ANSWER_PREFIX.match(line):
        prefix = _ANSWER_PREFIX.match(line)
        return LineDraft("answer", line, element, content_start=prefix.end() if prefix else 0)
    address = block_address(line)
    if kind == "item" or (address and (address.unit in _ITEM_UNITS or _is_single_number(address))):
        return LineDraft("item", line, element, address)
    return LineDraft("label" if is_label(line) else "paragraph", line, element, address)


def _is_single_number(address: Address) -> bool:
    return address.unit == "number" and "." not in address.number


def is_label(line: str) -> bool:
    """True for a line with a label and its value: `地点：总部大楼东侧广场`, `Place: Mill Lane 4`."""
    return bool(_LABEL.match(line)) and len(line) <= _LONGEST_OPENING


def _find_openings(drafts: Sequence[Draft]) -> list[Draft]:
    """Lines that only lead to what follows: they end in a colon before a list or table, or head a group of lines."""
    found: list[Draft] = []
    for index, draft in enumerate(drafts):
        following = drafts[index + 1] if index + 1 < len(drafts) else None
        can_open = isinstance(draft, LineDraft) and draft.kind in ("paragraph", "label", "answer")
        if can_open and (_opens_next(draft, following) or _heads_group(drafts, index)):
            assert isinstance(draft, LineDraft)
            draft = replace(draft, kind="opening")
        found.append(draft)
    return found


def _opens_next(draft: Draft, following: Draft | None) -> bool:
    """Whether a line ends in a colon and something follows that it can lead to."""
    assert isinstance(draft, LineDraft)
    if following is None or len(draft.text) > _LONGEST_OPENING or _SALUTATION.match(draft.text):
        return False
    if not _COLON_END.search(draft.text):
        return _names_list(draft, following)
    if isinstance(following, Table):
        return True
    return following.kind in ("item", "code", "quotation") or following.same_group or (
        following.kind == "paragraph" and len(draft.text) <= 30)


def _names_list(draft: LineDraft, following: Draft) -> bool:
    """Whether a short line stands over the first item of a list: `Method` over `1. Mix the flour`."""
    if isinstance(following, Table) or following.kind != "item" or draft.kind != "paragraph":
        return False
    is_first = following.address is None or following.address.number.rpartition("(")[2] in ("1", "1)", "a", "a)")
    return is_first and len(draft.text) <= _LONGEST_NAME and not _SENTENCE_END.search(draft.text)


_LONGEST_NAME = 40  # characters of a line that names what is below it
# lines of a letter that say nothing of what follows
_SALUTATION = re.compile(
    r"各位|尊敬的|亲爱的|各部门|各单位|大家好|您好|你好|此致|敬礼|(?:dear|hello|hi|good (?:morning|afternoon)|(?:best |kind )?regards"
    r"|sincerely|yours|thanks|cheers)\b", re.I)
_FIGURE_END = re.compile(r"[\d%元]$")


def _heads_group(drafts: Sequence[Draft], index: int) -> bool:
    """Whether a line is the first of a group of short lines and says what the others are about."""
    draft = drafts[index]
    assert isinstance(draft, LineDraft)
    if draft.same_group or draft.kind != "paragraph" or draft.address or _SALUTATION.match(draft.text):
        return False
    if _SENTENCE_END.search(draft.text) or _FIGURE_END.search(draft.text):
        return False
    group: list[LineDraft] = []
    for other in drafts[index + 1 : index + 2 + _LONGEST_GROUP]:
        if isinstance(other, Table) or not other.same_group or len(group) > _LONGEST_GROUP:
            break
        group.append(other)
    return 0 < len(group) <= _LONGEST_GROUP and len(draft.text) <= _LONGEST_NAME and all(
        other.kind in ("paragraph", "item", "label") for other in group)


def _find_unmarked_questions(drafts: list[Draft]) -> list[Draft]:
    """The questions of a list of questions and answers that has no signs for them: at least two lines that ask.

    A single question is rhetoric, and so is one that another sentence precedes.
    """
    asking = [index for index, draft in enumerate(drafts) if _asks(draft) and _is_answered(drafts, index)]
    if len(asking) < 2:
        return drafts
    for index in asking:
        draft = drafts[index]
        assert isinstance(draft, LineDraft)
        start = draft.address.end if draft.address else 0
        drafts[index] = replace(draft, kind="question", content_start=_skip_signs(draft.text, start))
    return drafts


def _asks(draft: Draft) -> bool:
    if not isinstance(draft, LineDraft) or draft.kind not in ("paragraph", "item", "opening"):
        return False
    text = draft.text
    is_one_sentence = not re.search(r"[。！？!?](?!$|[”’」』）)\"'*]*$)", text)
    return bool(_QUESTION_END.search(text)) and len(text) <= _LONGEST_QUESTION and is_one_sentence


def _is_answered(drafts: Sequence[Draft], index: int) -> bool:
    following = drafts[index + 1] if index + 1 < len(drafts) else None
    if isinstance(following, Table):
        return True
    return following is not None and following.kind not in ("heading", "question") and not _asks(following)


def _skip_signs(text: str, start: int) -> int:
    while start < len(text) and text[start] in " \t、.．)）":
        start += 1
    return start
