"""Follow-up rewriting: a follow-up and the questions before it → a question that can be understood alone, by rules."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.questions.chunking import ENDS_IN_LOCATIVE, Chunk, ChunkKind, find_chunks
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
from rag.questions.version_followup import ask_of_version, find_bare_version
from rag.text.language import detect_language, has_han, stem

_MAX_LINES = 3  # of an unresolved question: the newest, the one before it, and the first


def rewrite_followup(question: str, earlier: Sequence[str]) -> str:
    """The question as it would be asked without the earlier ones, which are given oldest first.

    A question that can be understood alone is not changed. If no rule gives a clear result, the result has both
    questions, one per line, the newer first.

    `那苏州呢？` after `深圳2023年的软件收入是多少？` → 苏州2023年的软件收入是多少？
    `When was it founded?` after `How many people does Siemens employ?` → When was Siemens founded?
    """
    last = ""
    for earlier_question in earlier:
        last = _rewrite_if_needed(earlier_question.strip(), last)
    return _rewrite_if_needed(question, last)


def _rewrite_if_needed(question: str, last: str) -> str:
    if not last:
        return question
    if phrase := find_bare_version(question):
        return ask_of_version(last, phrase)
    return _resolve_followup(question, last) if needs_context(question) else question


def _resolve_followup(question: str, last: str) -> str:
    """A follow-up, rewritten with the last question that can be understood alone."""
    if len(last) > _MAX_LINES * MAX_FOLLOWUP_LENGTH:
        return _join_questions(question, last)
    if detect_language(question) != detect_language(last):
        # in quotation marks, so that the last question does not decide the language of the answer
        return f"{question}\n「{_substitute_chunks(question_core(question), last) or last}」"
    if anaphor := find_anaphor(question):
        return _replace_anaphor(question, anaphor, last) or _join_questions(question, last)
    core = question_core(question)
    if BARE_FOLLOWUP.fullmatch(core) or ALTERNATIVE_CUE.search(core) or not core:
        return _append_topic(question, extract_topic(last))
    if not has_question_word(core):
        return _substitute_chunks(core, last) or _join_questions(question, last)
    if CONNECTIVE_START.search(question):
        return _join_questions(question, last)
    return _prepend_topic(question, antecedent(question, last) or extract_topic(last, without_time=has_time(question)))


def _join_questions(question: str, last: str) -> str:
    """Both questions, one per line. If there are more than `_MAX_LINES`, the lines before the last are dropped."""
    lines = [question, *last.split("\n")]
    if len(lines) > _MAX_LINES:
        lines = [*lines[: _MAX_LINES - 1], lines[-1]]
    return "\n".join(lines)


def _prepend_topic(question: str, topic: str) -> str:
    """A question without a subject, with its topic: 在全国排第几 → 苏州高新技术企业在全国排第几."""
    return f"{topic}{LEAD_IN.sub('', question)}" if has_han(question) else _append_topic(question, topic)


def _append_topic(question: str, topic: str) -> str:
    if has_han(question):
        return f"{topic}，{LEAD_IN.sub('', question)}"
    return f"{question.rstrip(' ?.!')}: {topic}?"


def _replace_anaphor(question: str, anaphor: re.Match[str], last: str) -> str:
    """The question with the antecedent in place of its anaphor; empty if the antecedent is not clear."""
    topic = _anaphor_topic(question, anaphor, last)
    if not topic:
        return ""
    inflect = _inflect_han if has_han(question) else _inflect_latin
    return LEAD_IN.sub("", question[: anaphor.start()]) + inflect(topic, anaphor) + question[anaphor.end() :]


def _anaphor_topic(question: str, anaphor: re.Match[str], last: str) -> str:
    rest = question[: anaphor.start()] + " " + question[anaphor.end() :]
    if anaphor["there"]:
        return _find_place(last) or antecedent(rest, last)
    if anaphor["among"] or _BARE_DEMONSTRATIVE.fullmatch(anaphor.group()):
        return extract_topic(last, without_time=has_time(rest))
    return antecedent(rest, last)


def _find_place(text: str) -> str:
    """The first place of a question, or its first name after a preposition of place; else empty."""
    for chunk in find_chunks(text):
        if chunk.kind == "place" or (chunk.kind == "name" and chunk.is_modifier):
            return chunk.text
    return ""


def _inflect_han(topic: str, anaphor: re.Match[str]) -> str:
    if anaphor["whose"]:
        return f"{topic}的"
    return f"{topic}中" if anaphor["among"] and "其中" in anaphor.group() else topic


def _inflect_latin(topic: str, anaphor: re.Match[str]) -> str:
    if anaphor["there"]:
        return f"in {topic}"
    return f"{topic}'s" if anaphor["whose"] and topic[-1].isalpha() else topic


# `this` alone may refer to the whole earlier question
_BARE_DEMONSTRATIVE = re.compile(rf"(?:this|that)|[这此那]{MEASURE_WORD}?", re.I)

_Span = tuple[int, int]  # start and end of a chunk, in characters


def _substitute_chunks(core: str, last: str) -> str:
    """The last question with each chunk of a fragment (`And Hangzhou?`) in place of its counterpart.

    Empty if the counterpart is not clear.
    """
    chunks = find_chunks(core)
    attribute = next((chunk for chunk in chunks if chunk.kind == "attribute"), None)
    new = [chunk for chunk in chunks if chunk.kind != "attribute"]
    alignment = _align_chunks(new, last, core)
    if not chunks or alignment is None:
        return ""
    replacements, additions = alignment
    is_derived = attribute is not None and DERIVED_ATTRIBUTE.search(attribute.text) is not None
    old_attribute = next((chunk for chunk in reversed(find_chunks(last)) if chunk.kind == "attribute"), None)
    if attribute and old_attribute and not is_derived:
        replacements[old_attribute.start, old_attribute.end] = attribute.text
    text = _apply_replacements(last, replacements)
    for chunk in additions:
        text = _add_chunk(text, chunk.text, core if len(new) == 1 else chunk.text)
    if attribute and is_derived:
        return _attribute_question(attribute, text)
    if attribute and not old_attribute:
        return _attribute_question(attribute, antecedent(core, text) or text)
    return text


def _add_chunk(question: str, chunk_text: str, phrase: str) -> str:
    """A Chinese question with a chunk before it, or an English one with a phrase after it."""
    return f"{chunk_text}{question}" if has_han(question) else f"{question.rstrip(' ?.!')} {phrase}?"


def _align_chunks(new: list[Chunk], last: str, core: str) -> tuple[dict[_Span, str], list[Chunk]] | None:
    """The replacements in the last question by span, and the chunks to add to it; None if a chunk fits nowhere."""
    replacements: dict[_Span, str] = {}
    additions: list[Chunk] = []
    previous: _Span | None = None
    for chunk in new:
        counterpart = _find_counterpart(chunk, last, core, replacements)
        if counterpart:
            replacements[counterpart] = chunk.text
            previous = counterpart
        elif previous and chunk.kind == "noun":
            replacements[previous] += ("" if has_han(core) else " ") + chunk.text
        elif _can_be_added(chunk, last, core):
            additions.append(chunk)
        else:
            return None
    return replacements, additions


def _can_be_added(chunk: Chunk, last: str, core: str) -> bool:
    """Whether a chunk only narrows the last question: a time, a location, or the first place in it."""
    if chunk.kind == "time" or ENDS_IN_LOCATIVE.search(core[: chunk.start]):
        return True
    return chunk.kind == "place" and not any(old.kind == "place" for old in find_chunks(last))


def _attribute_question(attribute: Chunk, question: str) -> str:
    """A question for an attribute of another question's topic: 苏州软件收入的增速？"""
    topic = extract_topic(question)
    if has_han(attribute.text):
        return f"{topic}的{attribute.text}？"
    return f"{attribute.text[:1].upper()}{attribute.text[1:]} of {topic}?"


def _apply_replacements(text: str, replacements: dict[_Span, str]) -> str:
    for (start, end), replacement in sorted(replacements.items(), reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def _find_counterpart(chunk: Chunk, last: str, core: str, replacements: dict[_Span, str]) -> _Span | None:
    """The span of the last question that a new chunk replaces; None if there is none, or if two are equally likely."""
    old = [candidate for candidate in find_chunks(last) if candidate.kind != "attribute"]
    old = [candidate for candidate in old if (candidate.start, candidate.end) not in replacements]
    if chunk.kind == "time":
        times = [candidate for candidate in old if candidate.kind == "time"]
        return (times[0].start, times[0].end) if times else None
    is_locative = ENDS_IN_LOCATIVE.search(core[: chunk.start]) is not None
    preposition = _PREPOSITION.match(core)
    if preposition and not is_locative:  # for women
        same_preposition = re.compile(rf"\b{preposition[1]}(?: the)? $", re.I)
        old = [candidate for candidate in old if same_preposition.search(last[: candidate.start])]
    elif is_locative and chunk.kind == "name":
        old = [candidate for candidate in old if candidate.is_modifier]
    scores = [
        (_substitution_score(chunk, candidate, position, is_locative=is_locative), -position)
        for position, candidate in enumerate(old) if candidate.kind != "time"]
    scores.sort(reverse=True)
    if not scores or scores[0][0] < 0:
        return None
    if len(scores) > 1 and scores[0][0] - scores[1][0] < _MIN_MARGIN:
        return None
    best = old[-scores[0][1]]
    return best.start, _list_end(last, best, old)


_MIN_MARGIN = 0.1  # between the scores of the best and the second-best counterpart
_POSITION_PENALTY = 0.2  # per chunk; the topic usually comes first
_PREPOSITION = re.compile(r"(for|to|with|by|from|about|against|between|on|under|before|after)\b", re.I)


def _substitution_score(new: Chunk, old: Chunk, position: int, *, is_locative: bool) -> float:
    """How well a chunk fits in the place of an old one: by kind, last character or word, role, and position.

    The same last character (工厂, 队) or word shows that both are of one class.
    """
    is_han = has_han(new.text)
    if is_han != has_han(old.text):
        score = 0.5 if "noun" in (new.kind, old.kind) else 1.0
        return score - _POSITION_PENALTY * position
    score = _kind_score(new.kind, old.kind)
    if is_han:
        score += 3 if new.text[-1] == old.text[-1] else 0
        score -= 0.8 * old.is_modifier
    else:
        score += 2 if _last_stem(new.text) == _last_stem(old.text) else 0
        score += _role_score(is_locative=is_locative, is_modifier=old.is_modifier)
    return score - _POSITION_PENALTY * position


def _kind_score(new: ChunkKind, old: ChunkKind) -> float:
    if new == old:
        return 1.0 if new == "noun" else 3.0
    return 0.5 if (new, old) in (("name", "noun"), ("noun", "name"), ("name", "place")) else -1.0


def _role_score(*, is_locative: bool, is_modifier: bool) -> float:
    """How well an English chunk has the role of the old one: a location replaces a location."""
    if is_locative == is_modifier:
        return 1.0
    return -1.0 if is_locative else -0.5


def _last_stem(text: str) -> str:
    return stem(text.lower().split()[-1])


def _list_end(last: str, first: Chunk, old: list[Chunk]) -> int:
    """The end of a list that begins with a chunk: 苏州和无锡 is replaced as a whole, and so is 江苏苏州."""
    end = first.end
    for chunk in old:
        gap = last[end : chunk.start].strip()
        if chunk.start >= end and chunk.kind == first.kind and gap in ("", "和", "与", "、", "and", ",", "&"):
            end = chunk.end
    return end
