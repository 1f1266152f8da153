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
_SHARE, _SHARE_LIST = 0.1, 0.05
_BESIDE, _NEW, _CONSIDERED = 2.0, 4.0, 30
_PARTS, _PART = 3, 0.05  # the questions in a question that are looked at, and what of one must be new
_ALIKE = 0.6  # sentences that share so much of their words say the same
# the least chances: that the library speaks of the matter, that it answers, and that it answers a question with a false figure
_ABOUT, _ANSWERED, _SUPPOSED = 0.24, 0.25, 0.02
_NEAR = 0.2  # a place of the question that stands farther from the best sentence than its passage makes it another place's


def extract(
    question: str, passages: Sequence[Passage], language: Language, rarity: TermWeight, differing: Sequence[Disagreement] = (),
) -> Generator[str]:
    """The draft of an answer, in pieces: a few quoted sentences with markers, or a refusal.

    Where sources differ on what is quoted (`differing`), what each of them says is quoted too.

    `灯塔工厂有几家？` → 《甲》：“……灯塔工厂6家，占全国八分之一。”[1] …
    """
    if not passages:
        yield prompts.REFUSAL[language] + _gap(language) + prompts.NOTHING_FOUND[language]
        return
    asked, rarity = analyse_question(question, detect_language(question)), cache(rarity)
    found = rank_sentences(asked, passages, rarity)
    otherwise = has_false_premise(asked, [s.text for _, s, _ in found[:2]])
    if not found or not _answers(asked, found, rarity, otherwise=otherwise):
        yield prompts.REFUSAL[language] + _gap(language) + prompts.NEAREST[language]
        return
    chosen = _chosen(asked, found, rarity)
    chosen = _in_reading_order([*chosen, *_of_each_part(asked, chosen, passages, rarity)])
    chosen += _other_sides(chosen, [s for _, s, _ in found], differing)
    yield from _told(chosen, language, otherwise=otherwise)


def _of_each_part(asked: AnalysedQuestion, chosen: Sequence[Sentence], passages: Sequence[Passage], rarity: TermWeight) -> list[Sentence]:
    """Where a question asks more than one thing, for each the best sentence, if it says words that none chosen says."""
    out: list[Sentence] = []
    for part in (analyse_question(text, asked.language) for text in split_subquestions(asked.text, asked.language)[:_PARTS]):
        best = rank_sentences(part, passages, rarity)[0][1]
        known = (*chosen, *out)
        said = frozenset().union(*(matched_terms(part, s.text) for s in known))
        is_new = matched_share(part, matched_terms(part, best.text) - said, rarity) >= _PART
        if len(part.terms) > 1 and is_new and not any(_says_the_same(best, other) for other in known):
            out.append(best)
    return out


def _other_sides(chosen: Sequence[Sentence], all_: Sequence[Sentence], differing: Sequence[Disagreement]) -> list[Sentence]:
    """The sentences that say otherwise than one that is chosen."""
    own = {(s.passage.number, s.text) for s in chosen}
    sides = [[(one.passage, one.quote) for one in difference.statements] for difference in differing]
    wanted = {side for some in sides if own & set(some) for side in some} - own
    return [s for s in all_ if (s.passage.number, s.text) in wanted]


def _answers(asked: AnalysedQuestion, found: RankedSentences, rarity: TermWeight, *, otherwise: bool = False) -> bool:
    """Whether the likeliest sentences answer, and not merely come near: a near miss lacks a place, a name or a measure."""
    chance = answerability(asked, found, rarity)
    least = _SUPPOSED if otherwise else _ANSWERED
    return place_proximity(asked, found) >= _NEAR and chance.on_topic >= _ABOUT and chance.answerable >= least


def _gap(language: Language) -> str:
    return "" if language == "zh" else " "


def _chosen(asked: AnalysedQuestion, ranked: RankedSentences, rarity: TermWeight) -> list[Sentence]:
    """The best sentence and those that come near it and add something, as they were chosen.

    A sentence is worth more beside one that is chosen already, and where it says words of the question that none of
    them says: an answer goes on, and a question may ask two things.
    """
    share = _SHARE_LIST if asked.kinds & {"list", "reason", "definition"} else _SHARE
    chosen, left = [ranked[0][1]], list(ranked[1:_CONSIDERED])
    while left and len(chosen) < MAX_QUOTES:
        said = frozenset().union(*(matched_terms(asked, s.text) for s in chosen))
        worth = [
            math.exp(score - ranked[0][0]) * (_BESIDE if _beside(s, chosen) else 1.0)
            * (1 + _NEW * matched_share(asked, matched_terms(asked, s.text) - said, rarity)) for score, s, _ in left]
        at = max(range(len(left)), key=worth.__getitem__)
        if worth[at] < share:
            break
        _, sentence, _ = left.pop(at)
        if not any(_says_the_same(sentence, other) for other in chosen):
            chosen.append(sentence)
    return chosen


def _in_reading_order(chosen: Sequence[Sentence]) -> list[Sentence]:
    """The document of the best sentence first, and each as it is read."""
    first = {s.passage.source_id: i for i, s in reversed(list(enumerate(chosen)))}
    return sorted(chosen, key=lambda s: (first[s.passage.source_id], s.passage.start + s.start))


def _beside(sentence: Sentence, chosen: Sequence[Sentence]) -> bool:
    return any(sentence.passage.id == s.passage.id and abs(sentence.position - s.position) == 1 for s in chosen)


def _says_the_same(one: Sentence, other: Sentence) -> bool:
    """Nearly the same words and no figure of its own: a different figure is a different statement."""
    mine, theirs = _shingles(one.text), _shingles(other.text)
    if len(mine & theirs) < _ALIKE * min(len(mine), len(theirs)):
        return False
    known = list(informative_figures(other.text))
    return all(any(f.has_same_value(g) for g in known) for f in informative_figures(one.text))


def _shingles(text: str) -> set[str]:
    return set(han_bigrams(text)) | set(search_terms(text))


def _told(chosen: Sequence[Sentence], language: Language, *, otherwise: bool) -> Iterator[str]:
    documents = dict.fromkeys(s.passage.source_id for s in chosen)
    foreign = all(s.passage.language != language for s in chosen)
    if otherwise:
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
            yield f"\n- “{_inner(sentence.text)}”[{sentence.passage.number}]"


def _inner(text: str) -> str:
    """Quotation marks inside a quotation become single ones."""
    return re.sub(r"[“”]", lambda m: "‘" if m.group() == "“" else "’", text)
