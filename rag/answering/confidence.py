"""Confidence: how reliable an answer is, as a level with reasons, from its evidence alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from rag.answering.structured_answer import answer_by_structure, keep_identified
from rag.questions.analysis import AnalysedQuestion
from rag.questions.presupposition import has_false_premise
from rag.reading.answerability import answerability
from rag.reading.linear_model import load_model
from rag.reading.matching import Sentence, TermWeight, matched_terms
from rag.reading.ranking import rank_sentences
from rag.schema import CheckedFigure, Citation, Confidence, Disagreement, Language, Level, Passage, Status
from rag.text import messages

_LEVELS: tuple[Level, ...] = ("none", "weak", "fair", "strong")
_WEAK, _FAIR, _STRONG = 1, 2, 3
# the share of the question's terms in the cited passages: below the first value the level is fair, below the second
# it is weak
_FAIR_COVERAGE, _WEAK_COVERAGE = 0.6, 0.3


def rate_confidence(
    language: Language, status: Status, citations: Sequence[Citation], figures: Sequence[CheckedFigure],
    disagreements: Sequence[Disagreement], coverage: float, probability: float = 1.0,
) -> Confidence:
    """The lowest level that any of these rules allows, with the reasons of all.

    - status: `unanswered`, `failed` and `composing` give none, `partial` fair;
    - coverage of the question by the cited passages: below 0.3 weak, below 0.6 fair;
    - probability that what is cited answers (`answer_probability`): weak and fair below the thresholds of the model
      `answerable`; 1 if a person wrote the answer;
    - citations: none, if none is supported; weak, if fewer than half are; fair, if not all are, or if a single document
      is cited and not verbatim;
    - figures: weak, if one is in no source or text recognition doubts it; none, if more than half are in no source;
    - disagreement: weak for a conflict, fair for another year or scope.

    Each rule can only lower the level, so that worse evidence never raises it.
    """
    if status in ("unanswered", "failed", "composing"):
        reason = messages.UNANSWERED if status == "unanswered" else messages.UNFINISHED
        return Confidence("none", (reason[language],))
    rated = [
        *_rate_citations(language, citations),
        *_rate_figures(language, figures),
        *_rate_documents(language, citations, disagreements),
        *_rate_disagreement(language, disagreements),
        *_rate_coverage(language, coverage),
        *_rate_probability(language, probability),
    ]
    if status == "partial":
        states: list[str] = [citation.state for citation in citations] + [figure.state for figure in figures]
        has_doubt = "read with doubt" in states
        rated.append((_FAIR, "" if has_doubt else messages.PARTIAL[language]))  # a doubt has a reason of its own
    return Confidence(_LEVELS[min(level for level, _ in rated)], tuple(reason for _, reason in rated if reason))


def _supported_citations(citations: Sequence[Citation]) -> list[Citation]:
    return [citation for citation in citations if citation.state != "not found"]


def _rate_citations(language: Language, citations: Sequence[Citation]) -> Iterator[tuple[int, str]]:
    supported = _supported_citations(citations)
    checked = [citation for citation in supported if citation.state != "read with doubt"]
    counts = {"held": len(checked), "all": len(citations)}
    if not citations:
        yield 0, messages.NO_CITATIONS[language]
    elif not supported:
        yield 0, messages.NO_CITATION_CHECKED[language]
    elif len(checked) < len(citations):
        yield (
            _WEAK if 2 * len(checked) < len(citations) else _FAIR,
            messages.SOME_CITATIONS_CHECKED[language].format(**counts),
        )
    else:
        yield _STRONG, messages.ALL_CITATIONS_CHECKED[language].format(**counts)


def _rate_figures(language: Language, figures: Sequence[CheckedFigure]) -> Iterator[tuple[int, str]]:
    missing = sum(figure.state == "not found" for figure in figures)
    if missing:
        reason = messages.FIGURE_MISSING if missing == 1 else messages.FIGURES_MISSING
        yield 0 if 2 * missing > len(figures) else _WEAK, reason[language].format(missing=missing)
    doubted = sum(figure.state == "read with doubt" for figure in figures)
    if doubted:
        reason = messages.FIGURE_DOUBTED if doubted == 1 else messages.FIGURES_DOUBTED
        yield _WEAK, reason[language].format(doubted=doubted)
    elif figures and not missing:
        yield _STRONG, messages.FIGURES_CHECKED[language].format(held=len(figures), all=len(figures))


def _rate_documents(
    language: Language, citations: Sequence[Citation], disagreements: Sequence[Disagreement],
) -> Iterator[tuple[int, str]]:
    """Two documents, or one that is quoted verbatim, allow the highest level; versions of one count as one."""
    supported = _supported_citations(citations)
    documents = len({citation.kin or citation.source_id for citation in supported})
    if documents == 1:
        quoted = any(citation.state == "verified quote" for citation in supported)
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
    thresholds = load_model("answerable").thresholds
    if probability < thresholds["weak confidence"]:
        yield _WEAK, messages.PROBABLY_UNANSWERED[language]
    elif probability < thresholds["fair confidence"]:
        yield _FAIR, messages.POSSIBLY_ANSWERED[language]


def answer_probability(
    question: AnalysedQuestion, citations: Sequence[Citation], passages: Sequence[Passage], term_weight: TermWeight,
) -> float:
    """The probability (0 to 1) that the cited passages answer a question: the lower of the two of `answerability`.

    1 if the quotes correct a false premise of the question, are what the structure of the passages answers, or if the
    answer was computed from their table.
    """
    if has_false_premise(question, [citation.quote for citation in citations]):
        return 1.0
    cited = _cited_passages(citations, passages)
    if any(passage.computation for passage in cited):
        return 1.0
    ranking = rank_sentences(question, cited, cache(term_weight))
    structured = answer_by_structure(keep_identified(ranking), cited)
    if _cites_one_of(citations, structured.sentences):
        return 1.0
    return min(answerability(ranking))


def _cites_one_of(citations: Sequence[Citation], sentences: Sequence[Sentence]) -> bool:
    places = {(s.passage.id, s.passage.start + s.start) for s in sentences}
    return any((citation.passage_id, citation.start) in places for citation in citations)


def _cited_passages(citations: Sequence[Citation], passages: Sequence[Passage]) -> list[Passage]:
    cited = {citation.passage_id for citation in citations}
    return [passage for passage in passages if passage.id in cited]


def cited_coverage(
    question: AnalysedQuestion, citations: Sequence[Citation], passages: Sequence[Passage],
) -> float:
    """The share of a question's terms that the cited passages together contain, literally or by a gloss; 0 to 1."""
    total = sum(term.weight_factor for term in question.terms)
    if not total:
        return 0.0
    covered: frozenset[str] = frozenset()
    for passage in _cited_passages(citations, passages):
        covered |= matched_terms(question, f"{passage.title}\n{passage.section}\n{passage.text}")
    return sum(term.weight_factor for term in question.terms if term.word in covered) / total
