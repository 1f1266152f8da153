"""A question and passages become quoted sentences that answer, or the plain word that nothing does; no model."""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Iterator, Sequence
from functools import cache

from rag.schema import Disagreement, Language, Passage
from rag.text import prompts
from rag.text.evidence import QUOTED, Ranked, answerable, place_least
from rag.text.figures import figures, stated
from rag.text.language import han_bigrams, terms
from rag.text.premise import contradicted
from rag.text.questions import Question, take_apart, years
from rag.text.relevance import Rarity, feature_table, scores, words_said, words_share
from rag.text.said import Sentence, sentences_of
from rag.text.wanted import unmet
from rag.text.words_of_answers import OTHERWISE, dated

NAME = "extractive"
# a further sentence is quoted if it is this share as likely to answer as the best one; from the evals
_SHARE, _SHARE_LIST = 0.1, 0.05
_BESIDE, _NEW, _CONSIDERED = 4.0, 4.0, 30
_ALIKE = 0.6  # sentences that share so much of their words say the same
_ANSWERED, _SUPPOSED = 0.27, 0.02  # the least chance of an answer; and of what answers a question with a false figure
_NEAR = 0.2  # a place of the question that stands farther from the best sentence than its passage makes it another place's


def extract(
    question: str, passages: Sequence[Passage], language: Language, rarity: Rarity, differing: Sequence[Disagreement] = (),
) -> Generator[str]:
    """The draft of an answer, in pieces: one to four quoted sentences with markers, or a refusal.

    Where sources differ on what is quoted (`differing`), what each of them says is quoted too.

    `灯塔工厂有几家？` → 《甲》：“……灯塔工厂6家，占全国八分之一。”[1] …
    """
    if not passages:
        yield prompts.REFUSAL[language] + _gap(language) + prompts.NOTHING_FOUND[language]
        return
    asked, rarity = take_apart(question, language), cache(rarity)
    ranked = _ranked(asked, passages, rarity)
    foremost = [sentence for _, sentence, _ in ranked[:QUOTED]]
    otherwise = bool(ranked) and contradicted(asked, [s.text for s in foremost[:2]])
    if not ranked or not _answers(asked, ranked, rarity, otherwise=otherwise):
        yield prompts.REFUSAL[language] + _gap(language) + prompts.NEAREST[language]
        return
    chosen = _chosen(asked, [(score, s) for score, s, _ in ranked], rarity)
    chosen += _other_sides(chosen, [s for _, s, _ in ranked], differing)
    yield from _told(chosen, language, otherwise=otherwise)


def _other_sides(chosen: Sequence[Sentence], all_: Sequence[Sentence], differing: Sequence[Disagreement]) -> list[Sentence]:
    """The sentences that say otherwise than one that is chosen."""
    own = {(s.passage.number, s.text) for s in chosen}
    sides = [[(one.passage, one.quote) for one in difference.statements] for difference in differing]
    wanted = {side for some in sides if own & set(some) for side in some} - own
    return [s for s in all_ if (s.passage.number, s.text) in wanted]


def _answers(asked: Question, ranked: Ranked, rarity: Rarity, *, otherwise: bool) -> bool:
    """Whether the likeliest sentences answer, and not merely come near: a near miss lacks the place, the figure or the measure."""
    foremost = [sentence for _, sentence, _ in ranked[:QUOTED]]
    if place_least(asked, ranked) < _NEAR or unmet(asked.text, [s.text for s in foremost]):
        return False
    likely = answerable(asked, ranked, rarity)
    return likely >= _SUPPOSED if otherwise else likely >= _ANSWERED and not _lacks_the_figure(asked, foremost)


def _lacks_the_figure(asked: Question, foremost: Sequence[Sentence]) -> bool:
    """A figure is asked for, and no sentence that would be quoted states one for the year that the question names.

    The year may stand anywhere in the passage or its title: a text seldom repeats it in each sentence.
    """
    if not asked.kinds & {"number", "percent", "time"}:
        return False
    return not any(_states_a_figure(asked, s) and _of_that_year(asked, s.passage) for s in foremost)


def _states_a_figure(asked: Question, sentence: Sentence) -> bool:
    """A figure that the question has not; a year or date only answers where a time is asked for."""
    return any(
        (f.kind in ("amount", "percent") or "time" in asked.kinds) and not (f.spelled and f.value < _LEAST_SPELLED)
        and not any(f.same_as(known) for known in asked.figures) for f in figures(sentence.text))


def _of_that_year(asked: Question, passage: Passage) -> bool:
    return not asked.years or bool(asked.years & years(figures(f"{passage.title}\n{passage.section}\n{passage.text}")))


_LEAST_SPELLED = 3  # 一个, "one of": no figure


def _gap(language: Language) -> str:
    return "" if language == "zh" else " "


def _ranked(asked: Question, passages: Sequence[Passage], rarity: Rarity) -> list[tuple[float, Sentence, list[float]]]:
    """Each sentence with its score and its features, the likeliest to answer first."""
    candidates = sentences_of(passages)
    table = feature_table(asked, candidates, rarity)
    scored = zip(scores(table), candidates, table, strict=True)
    return sorted(scored, key=lambda item: (-item[0], item[1].passage.number, item[1].start))


def _chosen(asked: Question, ranked: Sequence[tuple[float, Sentence]], rarity: Rarity) -> list[Sentence]:
    """The best sentence and those that come near it and add something, in reading order by document.

    A sentence is worth more beside one that is chosen already, and where it says words of the question that none of
    them says: an answer goes on, and a question may ask two things.
    """
    share = _SHARE_LIST if asked.kinds & {"list", "reason", "definition"} else _SHARE
    chosen, left = [ranked[0][1]], list(ranked[1:_CONSIDERED])
    while left and len(chosen) < QUOTED:
        said = frozenset().union(*(words_said(asked, s.text) for s in chosen))
        worth = [
            math.exp(score - ranked[0][0]) * (_BESIDE if _beside(s, chosen) else 1.0)
            * (1 + _NEW * words_share(asked, words_said(asked, s.text) - said, rarity)) for score, s in left]
        at = max(range(len(left)), key=worth.__getitem__)
        if worth[at] < share:
            break
        _, sentence = left.pop(at)
        if not any(_says_the_same(sentence, other) for other in chosen):
            chosen.append(sentence)
    first = {s.passage.source_id: i for i, s in reversed(list(enumerate(chosen)))}
    return sorted(chosen, key=lambda s: (first[s.passage.source_id], s.passage.start + s.start))


def _beside(sentence: Sentence, chosen: Sequence[Sentence]) -> bool:
    return any(sentence.passage.id == s.passage.id and abs(sentence.position - s.position) == 1 for s in chosen)


def _says_the_same(one: Sentence, other: Sentence) -> bool:
    """Nearly the same words and no figure of its own: a different figure is a different statement."""
    mine, theirs = _shingles(one.text), _shingles(other.text)
    if len(mine & theirs) < _ALIKE * min(len(mine), len(theirs)):
        return False
    known = list(stated(other.text))
    return all(any(f.same_as(g) for g in known) for f in stated(one.text))


def _shingles(text: str) -> set[str]:
    return set(han_bigrams(text)) | set(terms(text))


def _told(chosen: Sequence[Sentence], language: Language, *, otherwise: bool) -> Iterator[str]:
    documents = dict.fromkeys(s.passage.source_id for s in chosen)
    foreign = all(s.passage.language != language for s in chosen)
    if otherwise:
        yield OTHERWISE[language]
    elif foreign:
        yield prompts.QUOTED_OTHER[language]
    else:
        yield (prompts.SEVERAL if len(documents) > 1 else prompts.QUOTED)[language]
    for source_id in documents:
        of_one = [s for s in chosen if s.passage.source_id == source_id]
        passage = of_one[0].passage
        named = dated(prompts.document_name(passage.title, passage.language), passage.date, language)
        yield f"\n\n{named}" + ("：" if language == "zh" else ":")
        for sentence in of_one:
            yield f"\n- “{_inner(sentence.text)}”[{sentence.passage.number}]"


def _inner(text: str) -> str:
    """Quotation marks inside a quotation become single ones."""
    return re.sub(r"[“”]", lambda m: "‘" if m.group() == "“" else "’", text)
