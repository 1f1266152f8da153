"""A follow-up with the questions before it becomes a question that stands alone, by rules, in both languages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.questions.chunking import ENDS_IN_LOCATIVE, Chunk, find_chunks
from rag.questions.followup_detection import (
    ALTERNATIVE_CUE,
    BARE_FOLLOWUP,
    CONNECTIVE_START,
    LEAD_IN,
    MAX_FOLLOWUP_LENGTH,
    MEASURE_WORD,
    find_anaphor,
    has_question_word,
    needs_context,
    question_core,
)
from rag.questions.topic import DERIVED_ATTRIBUTE, antecedent, extract_topic, has_time
from rag.text.language import detect_language, has_han, stem

_MAX_LINES = 3  # of a question that no rule could resolve: the newest, the one before, and the one that began


def rewrite_followup(question: str, earlier: Sequence[str]) -> str:
    """The question as it would be asked without the former ones, which are given oldest first.

    What stands alone stays as it is. Where no rule is sure, both questions are kept, a line each, the newer first.
    `那苏州呢？` after `深圳2023年的软件收入是多少？` → 苏州2023年的软件收入是多少？
    `When was it founded?` after `How many people does Siemens employ?` → When was Siemens founded?
    """
    last = ""
    for asked in (*earlier, question):
        asked = asked.strip() if asked is not question else asked
        last = _resolve_followup(asked, last) if last and needs_context(asked) else asked
    return last


def _resolve_followup(question: str, last: str) -> str:
    """A follow-up with the last question that stands alone."""
    if len(last) > _MAX_LINES * MAX_FOLLOWUP_LENGTH:
        return _join_questions(question, last)
    if detect_language(question) != detect_language(last):
        # quoted, it does not decide the language of the answer
        return f"{question}\n「{_substitute_chunks(question_core(question), last) or last}」"
    if found := find_anaphor(question):
        return _replace_anaphor(question, found, last) or _join_questions(question, last)
    bare = question_core(question)
    if BARE_FOLLOWUP.fullmatch(bare) or ALTERNATIVE_CUE.search(bare) or not bare:
        return _append_topic(question, extract_topic(last))
    if not has_question_word(bare):
        return _substitute_chunks(bare, last) or _join_questions(question, last)
    if CONNECTIVE_START.search(question):
        return _join_questions(question, last)
    return _prepend_topic(question, antecedent(question, last) or extract_topic(last, without_time=has_time(question)))


def _join_questions(question: str, last: str) -> str:
    lines = [question, *last.split("\n")]
    return "\n".join(lines if len(lines) <= _MAX_LINES else [*lines[: _MAX_LINES - 1], lines[-1]])


def _prepend_topic(question: str, topic: str) -> str:
    """A question without a subject, with it: 在全国排第几 → 苏州高新技术企业在全国排第几."""
    return f"{topic}{LEAD_IN.sub('', question)}" if has_han(question) else _append_topic(question, topic)


def _append_topic(question: str, topic: str) -> str:
    if has_han(question):
        return f"{topic}，{LEAD_IN.sub('', question)}"
    return f"{question.rstrip(' ?.!')}: {topic}?"


def _replace_anaphor(question: str, anaphor: re.Match[str], last: str) -> str:
    """The question with what it points at in the pointer's place, or nothing where that is not clear."""
    rest = question[: anaphor.start()] + " " + question[anaphor.end() :]
    if anaphor["there"]:
        topic = next((p.text for p in find_chunks(last) if p.kind == "place" or (p.kind == "name" and p.is_modifier)), "") or antecedent(rest, last)
    else:
        topic = extract_topic(last, without_time=has_time(rest)) if anaphor["among"] or _BARE_DEMONSTRATIVE.fullmatch(anaphor.group()) else antecedent(rest, last)
    if not topic:
        return ""
    if not has_han(question):
        topic += "'s" if anaphor["whose"] and topic[-1].isalpha() else ""
    elif anaphor["whose"]:
        topic += "的"
    elif anaphor["among"] and "其中" in anaphor.group():
        topic += "中"
    put = ("in " if anaphor["there"] and not has_han(question) else "") + topic
    return LEAD_IN.sub("", question[: anaphor.start()]) + put + question[anaphor.end() :]


_BARE_DEMONSTRATIVE = re.compile(rf"(?:this|that)|[这此那]{MEASURE_WORD}?", re.I)  # this may be all that was asked before


# --- `And Hangzhou?`: what takes the place of what


_Span = tuple[int, int]


def _substitute_chunks(bare: str, last: str) -> str:
    """The last question with each piece of a fragment in the place of one of its kind; nothing where that is not clear."""
    named = find_chunks(bare)
    attribute = next((piece for piece in named if piece.kind == "attribute"), None)
    new = [piece for piece in named if piece.kind != "attribute"]
    placed = _align_chunks(new, last, bare)
    if not named or placed is None:
        return ""
    taken, extra = placed
    derived = attribute is not None and DERIVED_ATTRIBUTE.search(attribute.text) is not None
    old = next((piece for piece in reversed(find_chunks(last)) if piece.kind == "attribute"), None)
    if attribute and not derived and old:
        taken[old.start, old.end] = attribute.text
    text = _apply_replacements(last, taken)
    for piece in extra:
        text = f"{piece.text}{text}" if has_han(text) else f"{text.rstrip(' ?.!')} {bare if len(new) == 1 else piece.text}?"
    if attribute and (derived or not old):
        text = _attribute_question(attribute, text if derived else antecedent(bare, text) or text)
    return text


def _align_chunks(new: list[Chunk], last: str, bare: str) -> tuple[dict[_Span, str], list[Chunk]] | None:
    """What stands in whose place in the last question, and what is only added to it; nothing where a piece fits nowhere."""
    taken: dict[_Span, str] = {}
    before: _Span | None = None
    extra: list[Chunk] = []
    for piece in new:
        place = _find_counterpart(piece, last, bare, taken)
        if place:
            taken[place] = piece.text
            before = place
        elif before and piece.kind == "noun":
            taken[before] += ("" if has_han(bare) else " ") + piece.text
        elif piece.kind == "time" or ENDS_IN_LOCATIVE.search(bare[: piece.start]) or (
                piece.kind == "place" and not any(p.kind == "place" for p in find_chunks(last))):
            extra.append(piece)
        else:
            return None
    return taken, extra


def _attribute_question(attribute: Chunk, topic: str) -> str:
    if has_han(attribute.text):
        return f"{extract_topic(topic)}的{attribute.text}？"
    return f"{attribute.text[:1].upper()}{attribute.text[1:]} of {extract_topic(topic)}?"


def _apply_replacements(text: str, replacements: dict[_Span, str]) -> str:
    for (start, end), words in sorted(replacements.items(), reverse=True):
        text = text[:start] + words + text[end:]
    return text


def _find_counterpart(chunk: Chunk, last: str, bare: str, replacements: dict[_Span, str]) -> _Span | None:
    """Where in the last question stands what a new piece replaces; nothing where there is none or two are as likely."""
    old = [p for p in find_chunks(last) if p.kind != "attribute" and (p.start, p.end) not in replacements]
    if chunk.kind == "time":
        return next(((p.start, p.end) for p in old if p.kind == "time"), None)
    within = ENDS_IN_LOCATIVE.search(bare[: chunk.start]) is not None
    opening = _PREPOSITION.match(bare)
    if opening and not within:  # for women
        old = [p for p in old if re.search(rf"\b{opening[1]}(?: the)? $", last[: p.start], re.I)]
    elif within and chunk.kind == "name":
        old = [p for p in old if p.is_modifier]
    ranked = sorted(((_substitution_score(chunk, p, at, within=within), -at) for at, p in enumerate(old) if p.kind != "time"), reverse=True)
    if not ranked or ranked[0][0] < 0 or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _MIN_MARGIN):
        return None
    first = old[-ranked[0][1]]
    return first.start, _list_end(last, first, old)


_MIN_MARGIN = 0.1
_PREPOSITION = re.compile(r"(for|to|with|by|from|about|against|between|on|under|before|after)\b", re.I)


def _substitution_score(new: Chunk, old: Chunk, at: int, *, within: bool) -> float:
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
        score -= 0.8 * old.is_modifier
    else:
        score += 1.0 if within == old.is_modifier else -1.0 if within else -0.5
    return score - 0.2 * at


def _list_end(last: str, first: Chunk, old: list[Chunk]) -> int:
    """苏州和无锡 are replaced together, and 江苏苏州."""
    end = first.end
    for piece in old:
        if piece.start >= end and piece.kind == first.kind and last[end : piece.start].strip() in ("", "和", "与", "、", "and", ",", "&"):
            end = piece.end
    return end
