"""Version sentences: what a document says of its own versions, which answers no question on its subject.

`本标准代替 GB/T 48321—2016，主要修改了绿地率的要求。` names what was asked for, and says nothing of it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from types import ModuleType

from rag.numbers.figures import find_figures, is_incidental
from rag.reading.matching import Sentence
from rag.reading.ranking import Ranking

_ASKS_ABOUT_VERSIONS = re.compile(
    r"施行|实施|生效|失效|废止|代替|取代|替代|修订|修改|版|发布|颁布|印发|有效|变化|区别|不同"
    r"|\beffective\b|\bforce\b|\bvalid|\breplac|\bsupersed|\bversion|\bedition|\brevis|\bamend|\bissued?\b"
    r"|\bpublish|\bchang"
    r"|\bdraft\b|\bin effect\b", re.I)
_MAX_LENGTH = 400  # characters of a line that is looked at


@cache
def _patterns() -> ModuleType:
    from rag.references import version_patterns  # they take time to compile, and most libraries need none of them

    return version_patterns


def drop_version_sentences(ranking: Ranking) -> Ranking:
    """The ranking without sentences on versions, of documents with several, unless the question is about these."""
    versioned = any(candidate.sentence.passage.version for candidate in ranking.candidates)
    if not versioned or _ASKS_ABOUT_VERSIONS.search(ranking.question.text):
        return ranking
    kept = tuple(c for c in ranking.candidates if not _is_version_sentence(c.sentence))
    return replace(ranking, candidates=kept)


def _is_version_sentence(sentence: Sentence) -> bool:
    version = sentence.passage.version
    if version is None or version.is_period:
        return False
    text = sentence.passage.text
    start = text.rfind("\n", 0, sentence.start) + 1
    end = text.find("\n", sentence.end)
    line = text[start : end if end >= 0 else len(text)]
    return states_version(sentence.text) or is_history_row(line)


def states_version(text: str) -> bool:
    """Whether a sentence only says since when a document is in force, what it replaces, or which version it is."""
    patterns, text = _patterns(), text[:_MAX_LENGTH]
    if any(p.search(text) for p in (patterns.REPLACES, patterns.REPLACES_EN)) and patterns.NAMES_ANOTHER.search(text):
        return True
    known = (
        *patterns.EFFECTIVE_SENTENCES, *patterns.EFFECTIVE_LABELS, *patterns.UNTIL_SENTENCES, *patterns.UNTIL_LABELS,
        patterns.NUMBER_LINE, patterns.ISSUED)
    return any(p.search(text) for p in known) and not _has_other_figures(text)


def _has_other_figures(text: str) -> bool:
    """Whether a text has figures besides dates and the number of a version or a clause."""
    figures = [f for f in find_figures(text) if f.kind not in ("date", "year") and not is_incidental(f)]
    return len(figures) > 1


def is_history_row(line: str) -> bool:
    """Whether a line is a row of a table of versions: `2.0 | 1 March 2024 | New rates`."""
    patterns, line = _patterns(), line[:_MAX_LENGTH]
    return "|" in line and bool(patterns.HISTORY_ROW.match(line) and patterns.HISTORY_DAY.search(line))


def without_version_sentences(text: str) -> str:
    """A text without the sentences and lines on its version."""
    lines = [line for line in text.split("\n") if not (line and is_history_row(line))]
    sentences = re.split(r"(?<=[。；])|(?<=[.;])(?=\s)|(?<=\n)", "\n".join(lines))
    return "".join(sentence for sentence in sentences if not (sentence and states_version(sentence)))
