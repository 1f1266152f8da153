"""A question and passages become quoted sentences that answer, or the plain word that nothing does; no model."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from functools import cache

from rag.schema import Language, Passage
from rag.text import prompts
from rag.text.figures import figures, stated
from rag.text.language import han_bigrams, terms
from rag.text.questions import Question, take_apart, years
from rag.text.relevance import (
    Rarity,
    Sentence,
    answerable,
    feature_table,
    probabilities,
    sentences_of,
    words_said,
    words_share,
)

NAME = "extractive"
_MOST = 4
# a further sentence is quoted if it is this share as likely to answer as the best one; from the evals
_SHARE, _SHARE_LIST = 0.1, 0.05
_BESIDE, _NEW, _CONSIDERED = 2.0, 2.0, 30
_ALIKE = 0.6  # sentences that share so much of their words say the same
_ANSWERED = 0.35


def extract(question: str, passages: Sequence[Passage], language: Language, rarity: Rarity) -> Generator[str]:
    """The draft of an answer, in pieces: one to four quoted sentences with markers, or a refusal.

    `灯塔工厂有几家？` → 《甲》：“……灯塔工厂6家，占全国八分之一。”[1] …
    """
    if not passages:
        yield prompts.REFUSAL[language] + _gap(language) + prompts.NOTHING_FOUND[language]
        return
    asked, rarity = take_apart(question, language), cache(rarity)
    ranked = _ranked(asked, passages, rarity)
    if not ranked or answerable(asked, ranked, rarity) < _ANSWERED or _lacks_the_figure(asked, ranked[:_MOST]):
        yield prompts.REFUSAL[language] + _gap(language) + prompts.NEAREST[language]
        return
    chosen = _chosen(asked, [(p, s) for p, s, _ in ranked], rarity)
    yield from _told(chosen, language)


def _lacks_the_figure(asked: Question, foremost: Sequence[tuple[float, Sentence, list[float]]]) -> bool:
    """A figure is asked for, and no sentence that would be quoted states one for the year that the question names.

    The year may stand anywhere in the passage or its title: a text seldom repeats it in each sentence.
    """
    if not asked.kinds & {"number", "percent", "time"}:
        return False
    return not any(_states_a_figure(asked, s) and _of_that_year(asked, s.passage) for _, s, _ in foremost)


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
    """Each sentence with its probability to answer and its features, the likeliest first."""
    candidates = sentences_of(passages)
    table = feature_table(asked, candidates, rarity)
    scored = zip(probabilities(table), candidates, table, strict=True)
    return sorted(scored, key=lambda item: (-item[0], item[1].passage.number, item[1].start))


def _chosen(asked: Question, ranked: Sequence[tuple[float, Sentence]], rarity: Rarity) -> list[Sentence]:
    """The best sentence and those that come near it and add something, in reading order by document.

    A sentence is worth more beside one that is chosen already, and where it says words of the question that none of
    them says: an answer goes on, and a question may ask two things.
    """
    share = _SHARE_LIST if asked.kinds & {"list", "reason", "definition"} else _SHARE
    chosen, left = [ranked[0][1]], list(ranked[1:_CONSIDERED])
    while left and len(chosen) < _MOST:
        said = frozenset().union(*(words_said(asked, s.text) for s in chosen))
        worth = [p * (_BESIDE if _beside(s, chosen) else 1.0) * (1 + _NEW * words_share(asked, words_said(asked, s.text) - said, rarity))
                 for p, s in left]
        at = max(range(len(left)), key=worth.__getitem__)
        if worth[at] < share * ranked[0][0]:
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


def _told(chosen: Sequence[Sentence], language: Language) -> Iterator[str]:
    documents = dict.fromkeys(s.passage.source_id for s in chosen)
    foreign = all(s.passage.language != language for s in chosen)
    if foreign:
        yield prompts.QUOTED_OTHER[language]
    else:
        yield (prompts.SEVERAL if len(documents) > 1 else prompts.QUOTED)[language]
    for source_id in documents:
        of_one = [s for s in chosen if s.passage.source_id == source_id]
        named = prompts.document_name(of_one[0].passage.title, of_one[0].passage.language)
        yield f"\n\n{named}" + ("：" if language == "zh" else ":")
        for sentence in of_one:
            yield f"\n- “{_inner(sentence.text)}”[{sentence.passage.number}]"


def _inner(text: str) -> str:
    """Quotation marks inside a quotation become single ones."""
    return re.sub(r"[“”]", lambda m: "‘" if m.group() == "“" else "’", text)
