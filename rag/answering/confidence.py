"""What was found about an answer becomes how far it can be relied on, in a word and with reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from rag.questions.analysis import analyse_question
from rag.questions.presupposition import has_false_premise
from rag.reading.answerability import answerability
from rag.reading.matching import TermWeight
from rag.reading.ranking import matched_terms, rank_sentences
from rag.schema import CheckedFigure, Citation, Confidence, Disagreement, Language, Level, Passage, Status
from rag.text import messages
from rag.text.language import detect_language

_LEVELS: tuple[Level, ...] = ("none", "weak", "fair", "strong")
_WEAK, _FAIR, _STRONG = 1, 2, 3
# so much of the question's telling words the cited passages should say, and must
_COVERED, _BARELY = 0.6, 0.3
_MAYBE, _HARDLY = 0.5, 0.25  # the chance that what is cited answers


def confidence(
    language: Language, status: Status, citations: Sequence[Citation], figures: Sequence[CheckedFigure],
    disagreements: Sequence[Disagreement], coverage: float, chance: float = 1.0,
) -> Confidence:
    """How far an answer can be relied on, from its evidence alone; the level is the lowest that any of these allows.

    - status: `unanswered`, `failed` and `composing` are none, `partial` fair;
    - coverage of the question: below 0.3 weak, below 0.6 fair;
    - the chance that what is cited answers, by `likely`: below 0.25 weak, below 0.5 fair; 1 where a person wrote the answer;
    - citations: none that holds is none; fewer than half weak; not all, or none in the document's own words with only one
      document behind it, fair;
    - figures: one that stands nowhere is weak, more than half of them none;
    - disagreement: a conflict is weak, another year or scope fair.

    Each rule can only lower the level, so that worse evidence never raises it.
    """
    if status in ("unanswered", "failed", "composing"):
        told = messages.UNANSWERED if status == "unanswered" else messages.UNFINISHED
        return Confidence("none", (told[language],))
    found = [
        *_by_citations(language, citations), *_by_figures(language, figures), *_by_documents(language, citations, disagreements),
        *_by_disagreement(language, disagreements), *_by_coverage(language, coverage), *_by_chance(language, chance)]
    if status == "partial":
        found.append((_FAIR, messages.PARTIAL[language]))
    return Confidence(_LEVELS[min(level for level, _ in found)], tuple(reason for _, reason in found if reason))


def _holding(citations: Sequence[Citation]) -> list[Citation]:
    return [citation for citation in citations if citation.state != "not found"]


def _by_citations(language: Language, citations: Sequence[Citation]) -> Iterator[tuple[int, str]]:
    held = _holding(citations)
    counts = {"held": len(held), "all": len(citations)}
    if not citations:
        yield 0, messages.NO_CITATIONS[language]
    elif not held:
        yield 0, messages.NO_CITATION_CHECKED[language]
    elif len(held) < len(citations):
        yield _WEAK if 2 * len(held) < len(citations) else _FAIR, messages.SOME_CITATIONS_CHECKED[language].format(**counts)
    else:
        yield _STRONG, messages.ALL_CITATIONS_CHECKED[language].format(**counts)


def _by_figures(language: Language, figures: Sequence[CheckedFigure]) -> Iterator[tuple[int, str]]:
    missing = sum(figure.state == "not found" for figure in figures)
    if missing:
        told = messages.FIGURE_MISSING if missing == 1 else messages.FIGURES_MISSING
        yield 0 if 2 * missing > len(figures) else _WEAK, told[language].format(missing=missing)
    elif figures:
        yield _STRONG, messages.FIGURES_CHECKED[language].format(held=len(figures), all=len(figures))


def _by_documents(
    language: Language, citations: Sequence[Citation], disagreements: Sequence[Disagreement],
) -> Iterator[tuple[int, str]]:
    """Two documents that say it, or one in its own words, may be relied on."""
    held = _holding(citations)
    documents = len({citation.source_id for citation in held})
    if documents == 1:
        quoted = any(citation.state == "verified quote" for citation in held)
        yield _STRONG if quoted else _FAIR, messages.ONE_DOCUMENT[language]
    elif documents and not disagreements:
        yield _STRONG, messages.DOCUMENTS_AGREE[language].format(documents=documents)


def _by_disagreement(language: Language, disagreements: Sequence[Disagreement]) -> Iterator[tuple[int, str]]:
    kinds = {disagreement.difference for disagreement in disagreements}
    if "conflict" in kinds:
        yield _WEAK, messages.CONFLICT[language]
    if "another year" in kinds:
        yield _FAIR, messages.OTHER_YEARS[language]
    if "another scope" in kinds:
        yield _FAIR, messages.OTHER_SCOPES[language]


def _by_coverage(language: Language, coverage: float) -> Iterator[tuple[int, str]]:
    if coverage < _BARELY:
        yield _WEAK, messages.BARELY_COVERED[language]
    elif coverage < _COVERED:
        yield _FAIR, messages.PARTLY_COVERED[language]
    else:
        yield _STRONG, messages.COVERED[language]


def _by_chance(language: Language, chance: float) -> Iterator[tuple[int, str]]:
    if chance < _HARDLY:
        yield _WEAK, messages.PROBABLY_UNANSWERED[language]
    elif chance < _MAYBE:
        yield _FAIR, messages.POSSIBLY_ANSWERED[language]


def likely(question: str, citations: Sequence[Citation], passages: Sequence[Passage], rarity: TermWeight) -> float:
    """The chance that the cited passages answer a question, the lesser of `chances`; 1 where their words set the question right."""
    asked = analyse_question(question, detect_language(question))
    if has_false_premise(asked, [citation.quote for citation in citations]):
        return 1.0
    known = cache(rarity)
    return min(answerability(asked, rank_sentences(asked, _cited(citations, passages), known), known))


def _cited(citations: Sequence[Citation], passages: Sequence[Passage]) -> list[Passage]:
    ids = {citation.passage_id for citation in citations}
    return [passage for passage in passages if passage.id in ids]


def coverage(question: str, citations: Sequence[Citation], passages: Sequence[Passage]) -> float:
    """The share of a question's telling words that the cited passages say between them, 0 to 1; in letters or by their meaning."""
    asked = analyse_question(question, detect_language(question))
    total = sum(word.weight_factor for word in asked.terms)
    if not total:
        return 0.0
    said = frozenset().union(*(matched_terms(asked, f"{p.title}\n{p.section}\n{p.text}") for p in _cited(citations, passages)))
    return sum(word.weight_factor for word in asked.terms if word.word in said) / total
