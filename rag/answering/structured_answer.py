"""Structured answers: those that the structure of the documents gives, before any score learned from prose.

A clause that the question names by its number, the answer below the same question, the value of a label, a cell of a
table, a list under the line that the question asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answering.address_search import has_address
from rag.numbers.addresses import Address
from rag.questions.identifiers import has_identifier
from rag.reading.answer_units import LIST_KINDS, AnswerUnits, list_coverage
from rag.reading.answerability import Judgement, judge_answer
from rag.reading.cell_answers import cell_answer
from rag.reading.judge import Judge
from rag.reading.matching import Sentence, soft_term_match, text_view
from rag.reading.ranking import Ranking
from rag.reading.structural_match import row_text, structural_answer, subject_coverage, with_headings
from rag.schema import Passage


@dataclass(frozen=True)
class StructuredAnswer:
    """The sentences and cells that answer, in reading order; none if the structure gives no answer.

    `is_exact`: a clause or chapter was asked for by its number. `is_below_heading`: it is a chapter.
    """

    sentences: Sequence[Sentence] = ()
    is_exact: bool = False
    is_below_heading: bool = False


def answer_by_structure(ranking: Ranking, passages: Sequence[Passage]) -> StructuredAnswer:
    """The answer that the structure of the passages gives to the ranking's question."""
    if named := addressed_sentences(ranking, passages):
        is_clause = _is_clause(named[0], ranking.question.addresses)
        return StructuredAnswer(named, is_exact=True, is_below_heading=not is_clause)
    if found := structural_answer(ranking) or cell_answer(ranking):
        return StructuredAnswer(expand_units(ranking, found))
    return StructuredAnswer(_asked_list_of_structure(ranking))


def judge_structured(ranking: Ranking, structured: StructuredAnswer, judge: Judge) -> Judgement:
    """Whether what the structure of the documents gives answers the question.

    A clause that was asked for by its number does. So does everything else where there is no reader: the models of
    evidence were trained on prose.
    """
    if structured.is_exact or judge.load_reader is None:
        return Judgement(1.0, "strong")
    return judge_answer(judge.read(ranking, structured.sentences))


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


def expand_units(ranking: Ranking, chosen: Sequence[Sentence]) -> list[Sentence]:
    """The chosen sentences with what belongs to them; a list that is asked for comes whole and alone."""
    units = AnswerUnits.of_ranking(ranking)
    if ranking.question.kinds & LIST_KINDS and (whole := _asked_list(ranking, units, chosen)):
        return whole
    if whole := _list_of_equal_items(ranking, units):
        return whole
    expanded = (part for sentence in chosen for part in units.expand(sentence, whole_lists=False))
    return list(dict.fromkeys(expanded))


_LEAST_LIST_COVERAGE = 0.85  # of the subject of a question for steps or for a list


def _asked_list_of_structure(ranking: Ranking) -> list[Sentence]:
    """The list that the question asks for by what stands over it, or the numbered steps that do what it asks for.

    `需要提交哪些材料？` → the list under `下列材料应当一并提交：`; empty without one.
    """
    question, term_weight = ranking.question, ranking.term_weight
    found: list[tuple[float, list[Sentence]]] = []
    for unit in AnswerUnits.of_ranking(ranking).lists():
        is_numbered = unit[-1].block is not None and bool(unit[-1].block.number)
        if "procedure" in question.kinds and is_numbered:
            found.append((subject_coverage(question, unit, term_weight), unit))
        elif "list" in question.kinds and not _is_item(unit[0]):
            found.append((subject_coverage(question, unit[:1], term_weight), unit))
    best = max(found, key=lambda one: one[0], default=(0.0, []))
    return best[1] if best[0] >= _LEAST_LIST_COVERAGE else []


def _list_of_equal_items(ranking: Ranking, units: AnswerUnits) -> list[Sentence]:
    """The list of the best sentence, if all its items answer as well, by what stands over them; else empty."""
    best = ranking.candidates[0]
    if not _is_item(best.sentence):
        return []
    unit = units.expand(best.sentence, whole_lists=True)
    scores = {candidate.sentence: candidate.score for candidate in ranking.candidates}
    items = [scores[sentence] for sentence in unit if _is_item(sentence) and sentence in scores]
    return unit if len(items) > 1 and min(items) >= best.score - _EQUAL else []


_EQUAL = 0.1  # a difference of scores that says nothing


def _is_item(sentence: Sentence) -> bool:
    return sentence.block is not None and sentence.block.kind == "item"


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
