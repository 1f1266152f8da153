"""Extractive reader: answers with quoted sentences, or refuses; without a language model."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence

from rag.answering.address_search import MissingAddress
from rag.answering.quotation import render_quotes
from rag.answering.structured_answer import answer_by_structure, expand_units, judge_structured, keep_identified
from rag.answering.table_answer import TableAnswer, render_table_answer
from rag.numbers.addresses import address_name
from rag.numbers.figures import informative_figures
from rag.questions.analysis import AnalysedQuestion, analyse_question, split_subquestions
from rag.questions.presupposition import has_false_premise
from rag.reading.answerability import judge_answer
from rag.reading.coverage import MAX_QUOTES
from rag.reading.judge import Judge
from rag.reading.linear_model import load_model
from rag.reading.matching import Sentence, matched_share, matched_terms
from rag.reading.ranking import Ranking, ScoredSentence
from rag.reading.structural_match import is_complete
from rag.reading.version_sentences import drop_version_sentences
from rag.schema import AnswerScore, Disagreement, Language, Passage
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
_OPEN_KINDS = frozenset(("list", "reason", "definition"))  # answers to these have several sentences


def extract(
    question: AnalysedQuestion, passages: Sequence[Passage], language: Language, judge: Judge,
    disagreements: Sequence[Disagreement] = (), missing: Sequence[MissingAddress] = (),
    table_answer: TableAnswer | None = None,
) -> Generator[str | AnswerScore]:
    """The draft of an answer in pieces: a few quoted sentences with markers, or a refusal; last its score.

    If sources disagree about what is quoted (`disagreements`), the statements of all of them are quoted. A question for
    a clause or chapter is answered with that clause; if the document has none with this number (`missing`), it says so.
    What was computed from tables (`table_answer`) comes before what is quoted.

    `灯塔工厂有几家？` → 《甲》：“……灯塔工厂6家，占全国八分之一。”[1] …
    """
    gap = "" if language == "zh" else " "
    if not passages:
        yield messages.REFUSAL[language] + gap + messages.NOTHING_FOUND[language]
        yield AnswerScore(0.0)
        return
    if table_answer and table_answer.statement:
        yield from render_table_answer(table_answer, language)
        yield AnswerScore(1.0)
        return
    ranking = drop_version_sentences(keep_identified(judge.rank(question, passages)))
    if missing and len(missing) == len(question.addresses):
        yield messages.REFUSAL[language] + gap + gap.join(_missing_sentence(one, language) for one in missing)
        yield AnswerScore(0.0)
        return
    structured = answer_by_structure(ranking, passages)
    is_computed = table_answer is not None and table_answer.needs_computation
    if structured.sentences and not (is_computed and any(one.is_cell for one in structured.sentences)):
        judgement = judge_structured(ranking, structured, judge)
        if judgement.level != "none":
            yield from render_quotes(structured.sentences, language, with_section=structured.is_below_heading)
            yield AnswerScore(judgement.probability)
            return
    ranking = judge.read(ranking)
    false_premise = has_false_premise(question, [sentence.statement for sentence in ranking.top_sentences(2)])
    judgement = judge_answer(ranking, false_premise=false_premise)
    if judgement.level != "none":
        yield from render_quotes(
            _choose_sentences(ranking, judge, passages, disagreements), language, false_premise=false_premise)
    else:
        problem = table_answer.problem if table_answer else ""
        yield messages.REFUSAL[language] + gap + (problem or _nearest_sentence(judgement.broken, language))
    yield AnswerScore(judgement.probability)


def _choose_sentences(
    ranking: Ranking, judge: Judge, passages: Sequence[Passage], disagreements: Sequence[Disagreement],
) -> list[Sentence]:
    """The sentences to quote, in reading order, then those that disagree with them."""
    chosen = _select_sentences(ranking)
    chosen = _sort_for_reading([*chosen, *_best_per_subquestion(ranking, judge, chosen, passages)])
    chosen = expand_units(ranking, chosen)
    return chosen + _disagreeing_sentences(chosen, ranking, disagreements)


def _missing_sentence(missing: MissingAddress, language: Language) -> str:
    name = messages.document_name(missing.title, language)
    return messages.NO_SUCH_ADDRESS[language].format(
        document=name, address=address_name(missing.address.key, language), last=address_name(missing.last, language))


def _nearest_sentence(broken: Sequence[str], language: Language) -> str:
    """Where the nearest passages are, and the first thing that they lack, if that is known."""
    if not broken:
        return messages.NEAREST[language]
    return messages.NEAREST_LACKING[language].format(missing=messages.MISSING[broken[0]][language])


def _best_per_subquestion(
    ranking: Ranking, judge: Judge, chosen: Sequence[Sentence], passages: Sequence[Passage],
) -> list[Sentence]:
    """The best sentence for each subquestion, if it has terms that no chosen sentence has."""
    question, term_weight = ranking.question, ranking.term_weight
    added: list[Sentence] = []
    for text in split_subquestions(question.text, question.language)[:_MAX_SUBQUESTIONS]:
        part = analyse_question(text, question.language)
        best = judge.rank(part, passages).best.sentence
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
    thresholds = load_model("read sentence" if ranking.readings else "sentence").thresholds
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
