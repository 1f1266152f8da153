"""A follow-up with the questions before it becomes a question that stands alone, by rules, in both languages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.questions.chunking import WITHIN, Piece, pieces
from rag.questions.followup_detection import BARE, ELSE, LEAD, LED, LONGEST, MEASURE, asks, core, leans, pointer
from rag.questions.topic import DERIVED, dated, referent, topic_of
from rag.text.language import detect_language, has_han, stem

_LINES = 3  # of a question that no rule could resolve: the newest, the one before, and the one that began


def rewritten(question: str, earlier: Sequence[str]) -> str:
    """The question as it would be asked without the former ones, which are given oldest first.

    What stands alone stays as it is. Where no rule is sure, both questions are kept, a line each, the newer first.
    `那苏州呢？` after `深圳2023年的软件收入是多少？` → 苏州2023年的软件收入是多少？
    `When was it founded?` after `How many people does Siemens employ?` → When was Siemens founded?
    """
    last = ""
    for asked in (*earlier, question):
        asked = asked.strip() if asked is not question else asked
        last = _after(asked, last) if last and leans(asked) else asked
    return last


def _after(question: str, last: str) -> str:
    """A follow-up with the last question that stands alone."""
    if len(last) > _LINES * LONGEST:
        return _together(question, last)
    if detect_language(question) != detect_language(last):
        # quoted, it does not decide the language of the answer
        return f"{question}\n「{_exchanged(core(question), last) or last}」"
    if found := pointer(question):
        return _pointed(question, found, last) or _together(question, last)
    bare = core(question)
    if BARE.fullmatch(bare) or ELSE.search(bare) or not bare:
        return _appended(question, topic_of(last))
    if not asks(bare):
        return _exchanged(bare, last) or _together(question, last)
    if LED.search(question):
        return _together(question, last)
    return _begun(question, referent(question, last) or topic_of(last, without_time=dated(question)))


def _together(question: str, last: str) -> str:
    lines = [question, *last.split("\n")]
    return "\n".join(lines if len(lines) <= _LINES else [*lines[: _LINES - 1], lines[-1]])


def _begun(question: str, topic: str) -> str:
    """A question without a subject, with it: 在全国排第几 → 苏州高新技术企业在全国排第几."""
    return f"{topic}{LEAD.sub('', question)}" if has_han(question) else _appended(question, topic)


def _appended(question: str, topic: str) -> str:
    if has_han(question):
        return f"{topic}，{LEAD.sub('', question)}"
    return f"{question.rstrip(' ?.!')}: {topic}?"


def _pointed(question: str, found: re.Match[str], last: str) -> str:
    """The question with what it points at in the pointer's place, or nothing where that is not clear."""
    rest = question[: found.start()] + " " + question[found.end() :]
    if found["there"]:
        topic = next((p.text for p in pieces(last) if p.kind == "place" or (p.kind == "name" and p.set_in)), "") or referent(rest, last)
    else:
        topic = topic_of(last, without_time=dated(rest)) if found["among"] or _WHOLE.fullmatch(found.group()) else referent(rest, last)
    if not topic:
        return ""
    if not has_han(question):
        topic += "'s" if found["whose"] and topic[-1].isalpha() else ""
    elif found["whose"]:
        topic += "的"
    elif found["among"] and "其中" in found.group():
        topic += "中"
    put = ("in " if found["there"] and not has_han(question) else "") + topic
    return LEAD.sub("", question[: found.start()]) + put + question[found.end() :]


_WHOLE = re.compile(rf"(?:this|that)|[这此那]{MEASURE}?", re.I)  # this may be all that was asked before


# --- `And Hangzhou?`: what takes the place of what


_Span = tuple[int, int]


def _exchanged(bare: str, last: str) -> str:
    """The last question with each piece of a fragment in the place of one of its kind; nothing where that is not clear."""
    named = pieces(bare)
    attribute = next((piece for piece in named if piece.kind == "attribute"), None)
    new = [piece for piece in named if piece.kind != "attribute"]
    placed = _placed(new, last, bare)
    if not named or placed is None:
        return ""
    taken, extra = placed
    derived = attribute is not None and DERIVED.search(attribute.text) is not None
    old = next((piece for piece in reversed(pieces(last)) if piece.kind == "attribute"), None)
    if attribute and not derived and old:
        taken[old.start, old.end] = attribute.text
    text = _with(last, taken)
    for piece in extra:
        text = f"{piece.text}{text}" if has_han(text) else f"{text.rstrip(' ?.!')} {bare if len(new) == 1 else piece.text}?"
    if attribute and (derived or not old):
        text = _attributed(attribute, text if derived else referent(bare, text) or text)
    return text


def _placed(new: list[Piece], last: str, bare: str) -> tuple[dict[_Span, str], list[Piece]] | None:
    """What stands in whose place in the last question, and what is only added to it; nothing where a piece fits nowhere."""
    taken: dict[_Span, str] = {}
    before: _Span | None = None
    extra: list[Piece] = []
    for piece in new:
        place = _counterpart(piece, last, bare, taken)
        if place:
            taken[place] = piece.text
            before = place
        elif before and piece.kind == "noun":
            taken[before] += ("" if has_han(bare) else " ") + piece.text
        elif piece.kind == "time" or WITHIN.search(bare[: piece.start]) or (
                piece.kind == "place" and not any(p.kind == "place" for p in pieces(last))):
            extra.append(piece)
        else:
            return None
    return taken, extra


def _attributed(attribute: Piece, topic: str) -> str:
    if has_han(attribute.text):
        return f"{topic_of(topic)}的{attribute.text}？"
    return f"{attribute.text[:1].upper()}{attribute.text[1:]} of {topic_of(topic)}?"


def _with(text: str, taken: dict[_Span, str]) -> str:
    for (start, end), words in sorted(taken.items(), reverse=True):
        text = text[:start] + words + text[end:]
    return text


def _counterpart(piece: Piece, last: str, bare: str, taken: dict[_Span, str]) -> _Span | None:
    """Where in the last question stands what a new piece replaces; nothing where there is none or two are as likely."""
    old = [p for p in pieces(last) if p.kind != "attribute" and (p.start, p.end) not in taken]
    if piece.kind == "time":
        return next(((p.start, p.end) for p in old if p.kind == "time"), None)
    within = WITHIN.search(bare[: piece.start]) is not None
    opening = _PREPOSITION.match(bare)
    if opening and not within:  # for women
        old = [p for p in old if re.search(rf"\b{opening[1]}(?: the)? $", last[: p.start], re.I)]
    elif within and piece.kind == "name":
        old = [p for p in old if p.set_in]
    ranked = sorted(((_likeness(piece, p, at, within=within), -at) for at, p in enumerate(old) if p.kind != "time"), reverse=True)
    if not ranked or ranked[0][0] < 0 or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _MARGIN):
        return None
    first = old[-ranked[0][1]]
    return first.start, _end_of_list(last, first, old)


_MARGIN = 0.1
_PREPOSITION = re.compile(r"(for|to|with|by|from|about|against|between|on|under|before|after)\b", re.I)


def _likeness(new: Piece, old: Piece, at: int, *, within: bool) -> float:
    """How likely one piece takes another's place: by kind, a shared last character (工厂, 队), setting, and place in the sentence."""
    alike = {new.kind, old.kind}
    if has_han(new.text) != has_han(old.text):
        return 1.0 - 0.2 * at if "noun" not in alike else 0.5 - 0.2 * at
    score = {"place": 3.0, "name": 3.0, "noun": 1.0}[new.kind] if len(alike) == 1 else 0.5 if alike == {"name", "noun"} else -1.0
    if alike == {"place", "name"}:
        score = 0.5 if new.kind == "name" else -1.0
    if has_han(new.text) and new.text[-1] == old.text[-1]:
        score += 3
    elif not has_han(new.text) and stem(new.text.lower().split()[-1]) == stem(old.text.lower().split()[-1]):
        score += 2
    if has_han(new.text):
        score -= 0.8 * old.set_in
    else:
        score += 1.0 if within == old.set_in else -1.0 if within else -0.5
    return score - 0.2 * at


def _end_of_list(last: str, first: Piece, old: list[Piece]) -> int:
    """苏州和无锡 are replaced together, and 江苏苏州."""
    end = first.end
    for piece in old:
        if piece.start >= end and piece.kind == first.kind and last[end : piece.start].strip() in ("", "和", "与", "、", "and", ",", "&"):
            end = piece.end
    return end
