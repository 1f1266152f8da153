"""A question and passages become quoted sentences that answer, or the plain word that nothing does; no model."""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Iterator, Sequence
from functools import cache

from rag.numbers.figures import informative_figures
from rag.questions.analysis import AnalysedQuestion, analyse_question, split_subquestions
from rag.questions.presupposition import has_false_premise
from rag.reading.answerability import answerability, place_proximity
from rag.reading.coverage import MAX_QUOTES
from rag.reading.matching import Sentence, TermWeight
from rag.reading.ranking import RankedSentences, matched_share, matched_terms, rank_sentences
from rag.schema import Disagreement, Language, Passage
from rag.text import prompts
from rag.text.language import detect_language, han_bigrams, search_terms
from rag.text.messages import DIFFERENT_FIGURE, name_with_date

NAME = "extractive"
# a further sentence is quoted if it is this share as likely to answer as the best one; from the evals
_MIN_RATIO, _MIN_RATIO_LIST = 0.1, 0.05
_ADJACENT_BONUS, _NEW_WORD_BONUS, _MAX_CANDIDATES = 2.0, 4.0, 30
_MAX_PARTS, _MIN_NEW_SHARE = 3, 0.05  # the questions in a question that are looked at, and what of one must be new
_DUPLICATE_OVERLAP = 0.6  # sentences that share so much of their words say the same
# the least chances: that the library speaks of the matter, that it answers, and that it answers a question with a false figure
_MIN_ON_TOPIC, _MIN_ANSWERABLE, _MIN_FALSE_PREMISE = 0.24, 0.25, 0.02
_MIN_PLACE = 0.2  # a place of the question that stands farther from the best sentence than its passage makes it another place's


def extract(
    question: str, passages: Sequence[Passage], language: Language, term_weight: TermWeight, disagreements: Sequence[Disagreement] = (),
) -> Generator[str]:
    """The draft of an answer, in pieces: a few quoted sentences with markers, or a refusal.

    Where sources differ on what is quoted (`differing`), what each of them says is quoted too.

    `灯塔工厂有几家？` → 《甲》：“……灯塔工厂6家，占全国八分之一。”[1] …
    """
    if not passages:
        yield prompts.REFUSAL[language] + _word_gap(language) + prompts.NOTHING_FOUND[language]
        return
    asked, term_weight = analyse_question(question, detect_language(question)), cache(term_weight)
    found = rank_sentences(asked, passages, term_weight)
    otherwise = has_false_premise(asked, [s.text for _, s, _ in found[:2]])
    if not found or not _is_answerable(asked, found, term_weight, false_premise=otherwise):
        yield prompts.REFUSAL[language] + _word_gap(language) + prompts.NEAREST[language]
        return
    chosen = _select_sentences(asked, found, term_weight)
    chosen = _sort_for_reading([*chosen, *_best_per_part(asked, chosen, passages, term_weight)])
    chosen += _conflicting_sentences(chosen, [s for _, s, _ in found], disagreements)
    yield from _render_quotes(chosen, language, false_premise=otherwise)


def _best_per_part(question: AnalysedQuestion, chosen: Sequence[Sentence], passages: Sequence[Passage], term_weight: TermWeight) -> list[Sentence]:
    """Where a question asks more than one thing, for each the best sentence, if it says words that none chosen says."""
    out: list[Sentence] = []
    for part in (analyse_question(text, question.language) for text in split_subquestions(question.text, question.language)[:_MAX_PARTS]):
        best = rank_sentences(part, passages, term_weight)[0][1]
        known = (*chosen, *out)
        said = frozenset().union(*(matched_terms(part, s.text) for s in known))
        is_new = matched_share(part, matched_terms(part, best.text) - said, term_weight) >= _MIN_NEW_SHARE
        if len(part.terms) > 1 and is_new and not any(_is_duplicate(best, other) for other in known):
            out.append(best)
    return out


def _conflicting_sentences(chosen: Sequence[Sentence], candidates: Sequence[Sentence], disagreements: Sequence[Disagreement]) -> list[Sentence]:
    """The sentences that say otherwise than one that is chosen."""
    own = {(s.passage.number, s.text) for s in chosen}
    sides = [[(one.passage, one.quote) for one in difference.statements] for difference in disagreements]
    wanted = {side for some in sides if own & set(some) for side in some} - own
    return [s for s in candidates if (s.passage.number, s.text) in wanted]


def _is_answerable(question: AnalysedQuestion, ranked: RankedSentences, term_weight: TermWeight, *, false_premise: bool = False) -> bool:
    """Whether the likeliest sentences answer, and not merely come near: a near miss lacks a place, a name or a measure."""
    chance = answerability(question, ranked, term_weight)
    least = _MIN_FALSE_PREMISE if false_premise else _MIN_ANSWERABLE
    return place_proximity(question, ranked) >= _MIN_PLACE and chance.on_topic >= _MIN_ON_TOPIC and chance.answerable >= least


def _word_gap(language: Language) -> str:
    return "" if language == "zh" else " "


def _select_sentences(question: AnalysedQuestion, ranked: RankedSentences, term_weight: TermWeight) -> list[Sentence]:
    """The best sentence and those that come near it and add something, as they were chosen.

    A sentence is worth more beside one that is chosen already, and where it says words of the question that none of
    them says: an answer goes on, and a question may ask two things.
    """
    share = _MIN_RATIO_LIST if question.kinds & {"list", "reason", "definition"} else _MIN_RATIO
    chosen, left = [ranked[0][1]], list(ranked[1:_MAX_CANDIDATES])
    while left and len(chosen) < MAX_QUOTES:
        said = frozenset().union(*(matched_terms(question, s.text) for s in chosen))
        worth = [
            math.exp(score - ranked[0][0]) * (_ADJACENT_BONUS if _is_adjacent(s, chosen) else 1.0)
            * (1 + _NEW_WORD_BONUS * matched_share(question, matched_terms(question, s.text) - said, term_weight)) for score, s, _ in left]
        at = max(range(len(left)), key=worth.__getitem__)
        if worth[at] < share:
            break
        _, sentence, _ = left.pop(at)
        if not any(_is_duplicate(sentence, other) for other in chosen):
            chosen.append(sentence)
    return chosen


def _sort_for_reading(chosen: Sequence[Sentence]) -> list[Sentence]:
    """The document of the best sentence first, and each as it is read."""
    first = {s.passage.source_id: i for i, s in reversed(list(enumerate(chosen)))}
    return sorted(chosen, key=lambda s: (first[s.passage.source_id], s.passage.start + s.start))


def _is_adjacent(sentence: Sentence, chosen: Sequence[Sentence]) -> bool:
    return any(sentence.passage.id == s.passage.id and abs(sentence.position - s.position) == 1 for s in chosen)


def _is_duplicate(one: Sentence, other: Sentence) -> bool:
    """Nearly the same words and no figure of its own: a different figure is a different statement."""
    mine, theirs = _shingles(one.text), _shingles(other.text)
    if len(mine & theirs) < _DUPLICATE_OVERLAP * min(len(mine), len(theirs)):
        return False
    known = list(informative_figures(other.text))
    return all(any(f.has_same_value(g) for g in known) for f in informative_figures(one.text))


def _shingles(text: str) -> set[str]:
    return set(han_bigrams(text)) | set(search_terms(text))


def _render_quotes(chosen: Sequence[Sentence], language: Language, *, false_premise: bool) -> Iterator[str]:
    documents = dict.fromkeys(s.passage.source_id for s in chosen)
    foreign = all(s.passage.language != language for s in chosen)
    if false_premise:
        yield DIFFERENT_FIGURE[language]
    elif foreign:
        yield prompts.QUOTED_OTHER[language]
    else:
        yield (prompts.SEVERAL if len(documents) > 1 else prompts.QUOTED)[language]
    for source_id in documents:
        of_one = [s for s in chosen if s.passage.source_id == source_id]
        passage = of_one[0].passage
        named = name_with_date(prompts.document_name(passage.title, passage.language), passage.date, language)
        yield f"\n\n{named}" + ("：" if language == "zh" else ":")
        for sentence in of_one:
            yield f"\n- “{_inner_quotes(sentence.text)}”[{sentence.passage.number}]"


def _inner_quotes(text: str) -> str:
    """Quotation marks inside a quotation become single ones."""
    return re.sub(r"[“”]", lambda m: "‘" if m.group() == "“" else "’", text)
