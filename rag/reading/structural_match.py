"""Structural matches: sentences that answer because of their place in a document, not only because of their words.

The answer below a question answers that question; the value of a label or of a cell answers a question for it. Learned
scores of prose see little of this: `时间：11月9日` shares hardly a word with `消防演练什么时候举行？`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from rag.numbers.addresses import block_address
from rag.questions.analysis import AnalysedQuestion, QueryTerm, analyse_question, search_term, split_subquestions
from rag.questions.answer_types import slot_family
from rag.reading.matching import Sentence, TermWeight, term_match, text_view
from rag.reading.ranking import Ranking
from rag.reading.slot_filling import fill_score
from rag.text.glossary import STRONG_GLOSS
from rag.text.language import normalise
from rag.text.lexicon import load_lexicon

# shares of term weights, chosen on the questions of FAQ and notices that the tests make
_LEAST_QUESTION_MATCH, _LEAST_BACK_MATCH = 0.7, 0.45
_LEAST_CONTEXT = 0.5
_LABEL = re.compile(r"(.{1,24}?)\s?[：:]")


def structural_answer(ranking: Ranking) -> list[Sentence]:
    """The ranked sentences that answer by their place, the best first; empty if no structure of the passages answers.

    `忘记密码怎么办？` → the answer below `问：忘记密码后怎么办？`; `When was it held?` → the line `Date: 12 April`.
    """
    best: tuple[float, Sentence] | None = None
    stated = max((_stated_share(ranking, c.sentence) for c in ranking.candidates[:_BEST_PROSE]), default=0.0)
    for candidate in ranking.candidates:
        strength = _match_strength(ranking, candidate.sentence, stated)
        if strength > (best[0] if best else 0.0):
            best = strength, candidate.sentence
    return [best[1]] if best else _joint_values(ranking)


_BEST_PROSE = 3  # sentences


def _stated_share(ranking: Ranking, sentence: Sentence) -> float:
    """How much of the subject a sentence of prose states itself if it has a value for what is asked, 0 to 1."""
    if sentence.block is None or sentence.block.kind != "paragraph" or sentence.block.lead:
        return 0.0
    own = _share(_subject_terms(ranking.question), sentence.statement, ranking.term_weight)
    return own if _is_filled(ranking, sentence) else 0.0


def _match_strength(ranking: Ranking, sentence: Sentence, stated: float) -> float:
    """How certainly a sentence answers by its place, 0 to 1; 0: it does not.

    `stated`: how much of the subject a sentence of prose states with a value; a general label must cover as much.
    """
    block = sentence.block
    if block is None:
        return 0.0
    if block.kind == "answer" and block.lead:
        return _question_match(ranking, sentence)
    return _label_match(ranking, sentence, stated) or _value_match(ranking, sentence)


_LEAST_COVERED = 0.85  # of the weight of a question's subject words, by a value with its label, heads and headings
_LEAST_GAIN = 0.1  # that one more value has to cover
_MAX_VALUES = 6
_LEAST_FILL = 0.5
_CHECKED_SLOTS = ("time", "duration", "number", "value", "place")
_OPEN_KINDS = frozenset(("reason", "definition"))  # no value answers these


def _has_label(sentence: Sentence) -> bool:
    block = sentence.block
    if block is None or block.kind in ("answer", "opening", "heading", "cell", "head"):
        return False
    has_own_label = block.kind in ("label", "item") and _LABEL.match(sentence.text) is not None
    return has_own_label or any(_says_something(part.text) for part in block.lead)


def _says_something(lead: str) -> bool:
    """Whether a lead is more than the number of its clause."""
    address = block_address(lead)
    return address is None or bool(lead[address.end :].strip(" 　：:.．、"))


def _subject_terms(question: AnalysedQuestion) -> list[QueryTerm]:
    """The terms of a question without those that every question of its kind has."""
    return [term for term in question.terms if term.word not in _EVENT_WORDS]


def _is_filled(ranking: Ranking, sentence: Sentence) -> bool:
    """Whether a sentence has something new, and a value for each open slot that can be checked."""
    question = ranking.question
    own = normalise(sentence.text)
    if not own or own in normalise(question.text):
        return False
    fills = [
        fill_score(slot, question, sentence, ranking.term_weight)
        for slot in question.slots if slot_family(slot) in _CHECKED_SLOTS]
    return all(fill >= _LEAST_FILL for fill in fills)


def _value_match(ranking: Ranking, sentence: Sentence) -> float:
    """The share of the question's subject that a value covers with its label or heads; 0 if it is not enough."""
    if not _has_label(sentence) or not _is_filled(ranking, sentence) or ranking.question.kinds & _OPEN_KINDS:
        return 0.0
    terms = _subject_terms(ranking.question)
    covered = _share(terms, with_headings(sentence), ranking.term_weight)
    own = _share(terms, sentence.statement, ranking.term_weight)
    return covered if terms and own > 0 and covered >= _LEAST_COVERED else 0.0


def open_terms(ranking: Ranking, text: str) -> list[QueryTerm]:
    """The question's subject words that a text does not have."""
    view = text_view(text)
    return [term for term in _subject_terms(ranking.question) if term_match(term, view).soft < STRONG_GLOSS]


def terms_share(ranking: Ranking, terms: Sequence[QueryTerm], text: str) -> float:
    """The share of the weight of some terms in a text, 0 to 1."""
    return _share(terms, text, ranking.term_weight)


def subject_share(ranking: Ranking, text: str) -> float:
    """The share of the weight of the question's subject words in a text, 0 to 1."""
    return _share(_subject_terms(ranking.question), text, ranking.term_weight)


def subject_coverage(question: AnalysedQuestion, unit: Sequence[Sentence], term_weight: TermWeight) -> float:
    """The share of the weight of a question's subject words in some sentences with their leads and headings, 0 to 1."""
    return _share(_subject_terms(question), "\n".join(map(with_headings, unit)), term_weight)


def is_complete(ranking: Ranking, sentence: Sentence) -> bool:
    """Whether a sentence alone answers a question for one value: it covers the subject and fills each open slot."""
    question = ranking.question
    slots = [slot for slot in question.slots if slot_family(slot) in _SINGLE_SLOTS]
    if not slots or question.kinds & _SEVERAL_KINDS or split_subquestions(question.text, question.language):
        return False
    covered = _share(_subject_terms(question), with_headings(sentence), ranking.term_weight)
    fills = [fill_score(slot, question, sentence, ranking.term_weight) for slot in slots]
    return covered >= _LEAST_COVERED and min(fills) >= _LEAST_FILL


_SINGLE_SLOTS = ("time", "duration", "number", "value", "person")  # a place may be described in several sentences
_SEVERAL_KINDS = frozenset(("list", "reason", "definition", "procedure"))  # answers to these have several sentences


def row_text(sentence: Sentence) -> str:
    """The row of a cell, after a line feed; empty for other sentences."""
    if not sentence.is_cell or sentence.block is None:
        return ""
    passage, parent = sentence.passage, sentence.block.parent
    row = next((block for block in passage.blocks if block.index == parent), sentence.block)
    return "\n" + passage.text[row.start - passage.start : row.end - passage.start]


def with_headings(sentence: Sentence) -> str:
    """The statement of a sentence under the title and section of its passage."""
    return f"{sentence.passage.title}\n{sentence.passage.section}\n{sentence.statement}"


def _joint_values(ranking: Ranking) -> list[Sentence]:
    """Several values that together cover a question for more than one: 西湖区增速和常住人口分别是多少？"""
    if ranking.question.kinds & _OPEN_KINDS:
        return []
    terms = _subject_terms(ranking.question)
    rest = [candidate.sentence for candidate in ranking.candidates if _has_label(candidate.sentence)]
    rest = [sentence for sentence in rest if _is_filled(ranking, sentence)]
    chosen: list[Sentence] = []
    covered = 0.0
    while rest and len(chosen) < _MAX_VALUES and covered < 1.0:
        texts = [with_headings(sentence) for sentence in chosen]
        shares = [_share(terms, "\n".join([*texts, with_headings(s)]), ranking.term_weight) for s in rest]
        index = max(range(len(rest)), key=shares.__getitem__)
        if shares[index] - covered < _LEAST_GAIN:
            break
        covered = shares[index]
        chosen.append(rest.pop(index))
    return chosen if len(chosen) > 1 and covered >= _LEAST_COVERED else []


def _question_match(ranking: Ranking, sentence: Sentence) -> float:
    """How far the question over an answer is the one that is asked, 0 or above the least share."""
    assert sentence.block is not None
    question, asked = ranking.question, sentence.block.lead[-1].text
    passage = sentence.passage
    found = _share(question.terms, f"{asked}\n{passage.title}\n{passage.section}", ranking.term_weight)
    other = _analyse_cached(asked, passage.language)
    back = _share(other.terms, question.text, ranking.term_weight)
    if found < _LEAST_QUESTION_MATCH or back < _LEAST_BACK_MATCH:
        return 0.0
    return (found + back) / 2


@cache
def _analyse_cached(text: str, language: str) -> AnalysedQuestion:
    return analyse_question(text, "zh" if language == "zh" else "en")


def _share(terms: Sequence[QueryTerm], text: str, term_weight: TermWeight) -> float:
    """The share of the terms' weight that a text has, 0 to 1; 0 without terms."""
    view = text_view(text)
    weights = [term.weight_factor * term_weight(term.word, False) for term in terms]
    found = [weight * term_match(term, view).soft for term, weight in zip(terms, weights, strict=True)]
    return sum(found) / (sum(weights) or 1.0)


_LABELLED_KINDS = ("label", "item", "paragraph")  # the header of a mail is a note: its date answers for no event
_LABEL_TYPES = frozenset(
    tuple(line.split(maxsplit=1)) for line in load_lexicon("rag.reading", "label_types"))
_EVENT_WORDS = frozenset(map(search_term, load_lexicon("rag.reading", "event_words")))


def _label_match(ranking: Ranking, sentence: Sentence, stated: float) -> float:
    """1 if the label of a line states the slot that is asked for and the document is about the rest of the question."""
    label = _LABEL.match(sentence.text)
    question, passage = ranking.question, sentence.passage
    if label is None or sentence.block is None or sentence.block.kind not in _LABELLED_KINDS:
        return 0.0
    slots = {slot_family(slot) for slot in question.slots} | (question.kinds & {"time", "place", "person"})
    names_slot = any((slot, normalise(label[1]).strip()) in _LABEL_TYPES for slot in slots)
    if not names_slot:
        return 0.0
    rest = _subject_terms(question)
    if not rest:
        return 1.0
    near = _share(rest, with_headings(sentence), ranking.term_weight)
    around = _share(rest, f"{with_headings(sentence)}\n{passage.text}", ranking.term_weight)
    return float(around >= _LEAST_CONTEXT and near >= stated)
