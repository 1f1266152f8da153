"""Extractive reader: answers with quoted sentences, or refuses; without a language model."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import cache

from rag.answering.address_search import MissingAddress, has_address
from rag.answering.quotation import render_quotes
from rag.numbers.addresses import Address, address_name
from rag.numbers.figures import informative_figures
from rag.questions.analysis import AnalysedQuestion, analyse_question, split_subquestions
from rag.questions.identifiers import has_identifier
from rag.questions.presupposition import has_false_premise
from rag.reading.answer_units import LIST_KINDS, AnswerUnits, list_coverage
from rag.reading.answerability import answerability, place_proximity
from rag.reading.cell_answers import cell_answer
from rag.reading.coverage import MAX_QUOTES
from rag.reading.linear_model import load_model
from rag.reading.matching import Sentence, TermWeight, matched_share, matched_terms, soft_term_match, text_view
from rag.reading.ranking import Ranking, ScoredSentence, rank_sentences
from rag.reading.structural_match import is_complete, row_text, structural_answer, subject_coverage, with_headings
from rag.schema import Disagreement, Language, Passage
from rag.text import messages
from rag.text.language import shingles

NAME = "extractive"
# all of these were chosen by the evals
_ADJACENT_BONUS = 2.0  # for a sentence next to a chosen one
_NEW_TERM_BONUS = 4.0  # for the share of the question that only this sentence covers
_MAX_CANDIDATES = 30
_MAX_SUBQUESTIONS = 3
_LEAST_NEW_SHARE = 0.05  # of a subquestion, that one more sentence must cover
_DUPLICATE_OVERLAP = 0.6  # sentences that share this much of their terms say the same
# below this, a place of the question is not even in the passage of the best sentence, which is about another place
_LEAST_PLACE_PROXIMITY = 0.2
_OPEN_KINDS = frozenset(("list", "reason", "definition"))  # answers to these have several sentences


def extract(
    question: AnalysedQuestion, passages: Sequence[Passage], language: Language, term_weight: TermWeight,
    disagreements: Sequence[Disagreement] = (), missing: Sequence[MissingAddress] = (),
) -> Generator[str]:
    """The draft of an answer in pieces: a few quoted sentences with markers, or a refusal.

    If sources disagree about what is quoted (`disagreements`), the statements of all of them are quoted. A question for
    a clause or chapter is answered with that clause; if the document has none with this number (`missing`), it says so.

    `灯塔工厂有几家？` → 《甲》：“……灯塔工厂6家，占全国八分之一。”[1] …
    """
    gap = "" if language == "zh" else " "
    if not passages:
        yield messages.REFUSAL[language] + gap + messages.NOTHING_FOUND[language]
        return
    ranking = keep_identified(rank_sentences(question, passages, cache(term_weight)))
    if missing and len(missing) == len(question.addresses):
        yield messages.REFUSAL[language] + gap + gap.join(_missing_sentence(one, language) for one in missing)
        return
    if named := addressed_sentences(ranking, passages):
        yield from render_quotes(named, language, with_section=not _is_clause(named[0], question.addresses))
        return
    if structural := structural_answer(ranking) or cell_answer(ranking):
        yield from render_quotes(_expand_units(ranking, structural), language)
        return
    # cells answer as cells or not at all: the models below were trained on sentences
    ranking = replace(ranking, candidates=tuple(c for c in ranking.candidates if not c.sentence.is_cell))
    if steps := _asked_steps(ranking):
        yield from render_quotes(steps, language)
        return
    false_premise = has_false_premise(question, [sentence.statement for sentence in ranking.top_sentences(2)])
    if not is_answered(ranking, false_premise=false_premise):
        yield messages.REFUSAL[language] + gap + messages.NEAREST[language]
        return
    chosen = _select_sentences(ranking)
    chosen = _sort_for_reading([*chosen, *_best_per_subquestion(ranking, chosen, passages)])
    chosen = _expand_units(ranking, chosen)
    chosen += _disagreeing_sentences(chosen, ranking, disagreements)
    yield from render_quotes(chosen, language, false_premise=false_premise)


def _missing_sentence(missing: MissingAddress, language: Language) -> str:
    name = messages.document_name(missing.title, language)
    return messages.NO_SUCH_ADDRESS[language].format(
        document=name, address=address_name(missing.address.key, language), last=address_name(missing.last, language))


def addressed_sentences(ranking: Ranking, passages: Sequence[Passage]) -> list[Sentence]:
    """The sentences of the clauses that the question names, with their items; empty if no passage has them.

    Of a long clause or chapter only the sentences that are likeliest to answer are quoted, or its first ones.
    """
    found: list[Sentence] = []
    for address in ranking.question.addresses:
        passage = next((p for p in passages if any(has_address(address, key) for key in p.addresses)), None)
        if passage is None:
            continue
        units = AnswerUnits.of_ranking(ranking)
        found += _limit_clause(ranking, units.with_address(passage, address))
    return list({sentence.text: sentence for sentence in found}.values())


_LONGEST_CLAUSE = 8  # sentences that are quoted of a clause


def _is_clause(sentence: Sentence, addresses: Sequence[Address]) -> bool:
    """Whether a sentence has one of the addresses itself, not only its chapter."""
    return sentence.block is not None and any(has_address(address, sentence.block.number) for address in addresses)


def _limit_clause(ranking: Ranking, sentences: Sequence[Sentence]) -> list[Sentence]:
    if len(sentences) <= _LONGEST_CLAUSE:
        return list(sentences)
    members = set(sentences)
    first = sentences[0]
    likely = [c.sentence for c in ranking.candidates if c.sentence in members][: _LONGEST_CLAUSE - 1]
    return [sentence for sentence in sentences if sentence is first or sentence in likely]


def _expand_units(ranking: Ranking, chosen: Sequence[Sentence]) -> list[Sentence]:
    """The chosen sentences with what belongs to them; a list that is asked for comes whole and alone."""
    units = AnswerUnits.of_ranking(ranking)
    if ranking.question.kinds & LIST_KINDS and (whole := _asked_list(ranking, units, chosen)):
        return whole
    expanded = (part for sentence in chosen for part in units.expand(sentence, whole_lists=False))
    return list(dict.fromkeys(expanded))


_LEAST_STEPS_COVERAGE = 0.85  # of a question for steps, by their list with its headings


def _asked_steps(ranking: Ranking) -> list[Sentence]:
    """The numbered list that tells how to do what the question asks for; empty without one."""
    question = ranking.question
    if "procedure" not in question.kinds:
        return []
    units = [unit for unit in AnswerUnits.of_ranking(ranking).lists() if unit[-1].block and unit[-1].block.number]
    coverage = [subject_coverage(question, unit, ranking.term_weight) for unit in units]
    best = max(coverage, default=0.0)
    return units[coverage.index(best)] if best >= _LEAST_STEPS_COVERAGE else []


_LIST_MARGIN = 0.05  # how much less of the question a list may cover than the best sentence


def _asked_list(ranking: Ranking, units: AnswerUnits, chosen: Sequence[Sentence]) -> list[Sentence]:
    """The list that covers most of a question for a list or for steps; empty if a sentence covers clearly more."""
    question, term_weight = ranking.question, ranking.term_weight
    lists = units.lists()
    if "procedure" in question.kinds and "list" not in question.kinds:
        lists = [unit for unit in lists if unit[-1].block and unit[-1].block.number]
    if not lists:
        return []
    coverage = [list_coverage(question, unit, term_weight) for unit in lists]
    index = max(range(len(lists)), key=coverage.__getitem__)
    alone = max(list_coverage(question, [sentence], term_weight) for sentence in chosen)
    return lists[index] if coverage[index] >= alone - _LIST_MARGIN else []


def keep_identified(ranking: Ranking) -> Ranking:
    """The ranking without the sentences that are about another thing of the same kind than the question names.

    Where some sentence, with its headings, has an identifier of the question, only those with one of them stay. If
    nothing has it, none stays: what is not in the documents is not answered from what is like it.
    """
    if _lacks_names(ranking):
        return replace(ranking, candidates=())
    identifiers = ranking.question.identifiers
    if not identifiers:
        return ranking
    found = []
    for candidate in ranking.candidates:
        text = with_headings(candidate.sentence) + row_text(candidate.sentence)
        found.append((candidate, [has_identifier(text, identifier) for identifier in identifiers]))
    best = max((sum(row) for _, row in found), default=0)
    known = [any(row[i] for _, row in found) for i in range(len(identifiers))]
    if not any(known):
        return replace(ranking, candidates=())
    # all of them in one sentence (5栋201室), or each in its own (P100和P400)
    least = best if best == sum(known) else 1
    return replace(ranking, candidates=tuple(c for c, row in found if sum(row) >= least))


def _lacks_names(ranking: Ranking) -> bool:
    """Whether a question is mostly about proper names, and nothing that was retrieved has one of them in any form."""
    question = ranking.question
    names = [term for term in question.terms if term.word in question.name_terms]
    weights = {term.word: ranking.term_weight(term.word, False) for term in question.terms}
    share = sum(weights[name.word] for name in names) / (sum(weights.values()) or 1.0)
    if share < _NAMES_SHARE:
        return False
    views = [text_view(with_headings(candidate.sentence)) for candidate in ranking.candidates]
    return not any(soft_term_match(name, view) > 0 for view in views for name in names)


_NAMES_SHARE = 0.35  # of the weight of a question's terms; in a longer question the other terms may find what is meant


def is_answered(ranking: Ranking, *, false_premise: bool = False) -> bool:
    """Whether the best sentences answer the question. A near miss, which lacks a place, name or measure, does not."""
    if not ranking.candidates or place_proximity(ranking) < _LEAST_PLACE_PROXIMITY:
        return False
    on_topic, answerable = answerability(ranking)
    thresholds = load_model("answerable").thresholds
    least = thresholds["answer with a false premise" if false_premise else "answer"]
    return on_topic >= load_model("near").thresholds["on topic"] and answerable >= least


def _best_per_subquestion(
    ranking: Ranking, chosen: Sequence[Sentence], passages: Sequence[Passage],
) -> list[Sentence]:
    """The best sentence for each subquestion, if it has terms that no chosen sentence has."""
    question, term_weight = ranking.question, ranking.term_weight
    added: list[Sentence] = []
    for text in split_subquestions(question.text, question.language)[:_MAX_SUBQUESTIONS]:
        part = analyse_question(text, question.language)
        best = rank_sentences(part, passages, term_weight).best.sentence
        quoted = (*chosen, *added)
        known_terms = frozenset[str]().union(*(matched_terms(part, sentence.statement) for sentence in quoted))
        new_share = matched_share(part, matched_terms(part, best.statement) - known_terms, term_weight)
        is_duplicate = any(_is_duplicate(best, sentence) for sentence in quoted)
        if len(part.terms) > 1 and new_share >= _LEAST_NEW_SHARE and not is_duplicate:
            added.append(best)
    return added


def _disagreeing_sentences(
    chosen: Sequence[Sentence], ranking: Ranking, disagreements: Sequence[Disagreement],
) -> list[Sentence]:
    """The sentences that disagree with a chosen one."""
    quoted = {(sentence.passage.number, sentence.text) for sentence in chosen}
    wanted: set[tuple[int, str]] = set()
    for disagreement in disagreements:
        statements = {(statement.passage, statement.quote) for statement in disagreement.statements}
        if quoted & statements:
            wanted |= statements
    wanted -= quoted
    sentences = (candidate.sentence for candidate in ranking.candidates)
    return [sentence for sentence in sentences if (sentence.passage.number, sentence.text) in wanted]


def _select_sentences(ranking: Ranking) -> list[Sentence]:
    """The best sentence and others that are nearly as likely to answer and add something, in the order of choice.

    A sentence has a higher value next to a chosen one, because an answer continues in the next sentence, and if it has
    terms of the question that no chosen sentence has, because a question may ask two things.
    """
    question, best = ranking.question, ranking.best
    thresholds = load_model("sentence").thresholds
    least = thresholds["quote of a list" if question.kinds & _OPEN_KINDS else "quote"]
    chosen = [best.sentence]
    rest = list(ranking.candidates[1:_MAX_CANDIDATES])
    if is_complete(ranking, best.sentence):
        rest = [c for c in rest if c.sentence.passage.source_id != best.sentence.passage.source_id]
    while rest and len(chosen) < MAX_QUOTES:
        known_terms = frozenset[str]().union(*(matched_terms(question, sentence.statement) for sentence in chosen))

        def answer_value(candidate: ScoredSentence, known_terms: frozenset[str] = known_terms) -> float:
            """The likelihood that the candidate answers, as a share of the best sentence's, with bonuses."""
            odds = math.exp(candidate.score - best.score)
            adjacent = _ADJACENT_BONUS if _is_adjacent(candidate.sentence, chosen) else 1.0
            new_terms = matched_terms(question, candidate.sentence.statement) - known_terms
            return odds * adjacent * (1 + _NEW_TERM_BONUS * matched_share(question, new_terms, ranking.term_weight))

        values = [answer_value(candidate) for candidate in rest]
        best_index = max(range(len(rest)), key=values.__getitem__)
        if values[best_index] < least:
            break
        sentence = rest.pop(best_index).sentence
        if not any(_is_duplicate(sentence, other) for other in chosen):
            chosen.append(sentence)
    return chosen


def _sort_for_reading(chosen: Sequence[Sentence]) -> list[Sentence]:
    """The sentences in reading order: the document of the best sentence first, each document in its own order."""
    order: dict[str, int] = {}
    for sentence in chosen:
        order.setdefault(sentence.passage.source_id, len(order))
    return sorted(chosen, key=lambda s: (order[s.passage.source_id], s.passage.start + s.start))


def _is_adjacent(sentence: Sentence, chosen: Sequence[Sentence]) -> bool:
    return any(
        sentence.passage.id == other.passage.id and abs(sentence.position - other.position) == 1 for other in chosen)


def _is_duplicate(sentence: Sentence, other: Sentence) -> bool:
    """Whether a sentence has nearly the same terms as another and no other figure, which would be a new statement."""
    left, right = shingles(sentence.statement), shingles(other.statement)
    if len(left & right) < _DUPLICATE_OVERLAP * min(len(left), len(right)):
        return False
    known = list(informative_figures(other.statement))
    return all(any(figure.has_same_value(k) for k in known) for figure in informative_figures(sentence.statement))
