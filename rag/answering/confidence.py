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
_FAIR_COVERAGE, _WEAK_COVERAGE = 0.6, 0.3
_FAIR_PROBABILITY, _WEAK_PROBABILITY = 0.5, 0.25  # the chance that what is cited answers


def rate_confidence(
    language: Language, status: Status, citations: Sequence[Citation], figures: Sequence[CheckedFigure],
    disagreements: Sequence[Disagreement], coverage: float, probability: float = 1.0,
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
        *_rate_citations(language, citations), *_rate_figures(language, figures), *_rate_documents(language, citations, disagreements),
        *_rate_disagreement(language, disagreements), *_rate_coverage(language, coverage), *_rate_probability(language, probability)]
    if status == "partial":
        found.append((_FAIR, messages.PARTIAL[language]))
    return Confidence(_LEVELS[min(level for level, _ in found)], tuple(reason for _, reason in found if reason))


def _supported_citations(citations: Sequence[Citation]) -> list[Citation]:
    return [citation for citation in citations if citation.state != "not found"]


def _rate_citations(language: Language, citations: Sequence[Citation]) -> Iterator[tuple[int, str]]:
    held = _supported_citations(citations)
    counts = {"held": len(held), "all": len(citations)}
    if not citations:
        yield 0, messages.NO_CITATIONS[language]
    elif not held:
        yield 0, messages.NO_CITATION_CHECKED[language]
    elif len(held) < len(citations):
        yield _WEAK if 2 * len(held) < len(citations) else _FAIR, messages.SOME_CITATIONS_CHECKED[language].format(**counts)
    else:
        yield _STRONG, messages.ALL_CITATIONS_CHECKED[language].format(**counts)


def _rate_figures(language: Language, figures: Sequence[CheckedFigure]) -> Iterator[tuple[int, str]]:
    missing = sum(figure.state == "not found" for figure in figures)
    if missing:
        told = messages.FIGURE_MISSING if missing == 1 else messages.FIGURES_MISSING
        yield 0 if 2 * missing > len(figures) else _WEAK, told[language].format(missing=missing)
    elif figures:
        yield _STRONG, messages.FIGURES_CHECKED[language].format(held=len(figures), all=len(figures))


def _rate_documents(
    language: Language, citations: Sequence[Citation], disagreements: Sequence[Disagreement],
) -> Iterator[tuple[int, str]]:
    """Two documents that say it, or one in its own words, may be relied on."""
    held = _supported_citations(citations)
    documents = len({citation.source_id for citation in held})
    if documents == 1:
        quoted = any(citation.state == "verified quote" for citation in held)
        yield _STRONG if quoted else _FAIR, messages.ONE_DOCUMENT[language]
    elif documents and not disagreements:
        yield _STRONG, messages.DOCUMENTS_AGREE[language].format(documents=documents)


def _rate_disagreement(language: Language, disagreements: Sequence[Disagreement]) -> Iterator[tuple[int, str]]:
    kinds = {disagreement.difference for disagreement in disagreements}
    if "conflict" in kinds:
        yield _WEAK, messages.CONFLICT[language]
    if "another year" in kinds:
        yield _FAIR, messages.OTHER_YEARS[language]
    if "another scope" in kinds:
        yield _FAIR, messages.OTHER_SCOPES[language]


def _rate_coverage(language: Language, coverage: float) -> Iterator[tuple[int, str]]:
    if coverage < _WEAK_COVERAGE:
        yield _WEAK, messages.BARELY_COVERED[language]
    elif coverage < _FAIR_COVERAGE:
        yield _FAIR, messages.PARTLY_COVERED[language]
    else:
        yield _STRONG, messages.COVERED[language]


def _rate_probability(language: Language, probability: float) -> Iterator[tuple[int, str]]:
    if probability < _WEAK_PROBABILITY:
        yield _WEAK, messages.PROBABLY_UNANSWERED[language]
    elif probability < _FAIR_PROBABILITY:
        yield _FAIR, messages.POSSIBLY_ANSWERED[language]


def answer_probability(question: str, citations: Sequence[Citation], passages: Sequence[Passage], term_weight: TermWeight) -> float:
    """The chance that the cited passages answer a question, the lesser of `chances`; 1 where their words set the question right."""
    asked = analyse_question(question, detect_language(question))
    if has_false_premise(asked, [citation.quote for citation in citations]):
        return 1.0
    known = cache(term_weight)
    return min(answerability(asked, rank_sentences(asked, _cited_passages(citations, passages), known), known))


def _cited_passages(citations: Sequence[Citation], passages: Sequence[Passage]) -> list[Passage]:
    ids = {citation.passage_id for citation in citations}
    return [passage for passage in passages if passage.id in ids]


def cited_coverage(question: str, citations: Sequence[Citation], passages: Sequence[Passage]) -> float:
    """The share of a question's telling words that the cited passages say between them, 0 to 1; in letters or by their meaning."""
    asked = analyse_question(question, detect_language(question))
    total = sum(word.weight_factor for word in asked.terms)
    if not total:
        return 0.0
    said = frozenset().union(*(matched_terms(asked, f"{p.title}\n{p.section}\n{p.text}") for p in _cited_passages(citations, passages)))
    return sum(word.weight_factor for word in asked.terms if word.word in said) / total
