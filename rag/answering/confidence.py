"""Confidence: how reliable an answer is, as a level with reasons, from its evidence alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.answering.structured_answer import answer_by_structure, judge_structured, keep_identified
from rag.questions.analysis import AnalysedQuestion
from rag.questions.presupposition import has_false_premise
from rag.reading.answerability import judge_answer
from rag.reading.judge import Judge
from rag.reading.matching import Sentence, matched_terms
from rag.schema import CheckedFigure, Citation, Confidence, Disagreement, Language, Level, Passage, Status
from rag.text import messages

_LEVELS: tuple[Level, ...] = ("none", "weak", "fair", "strong")
_WEAK, _FAIR, _STRONG = 1, 2, 3
# the share of the question's terms in the cited passages: below the first value the level is fair, below the second
# it is weak
_FAIR_COVERAGE, _WEAK_COVERAGE = 0.6, 0.3


def rate_confidence(
    language: Language, status: Status, citations: Sequence[Citation], figures: Sequence[CheckedFigure],
    disagreements: Sequence[Disagreement], answers: Level,
) -> Confidence:
    """The lowest level that any of these rules allows, with the reasons of all.

    - status: `unanswered`, `failed` and `composing` give none, `partial` fair;
    - whether what is cited answers (`answers`): by the judge (`cited_answer_level`), or, if a person wrote the answer,
      by its coverage of the question (`coverage_level`); none counts as weak, because an answer was given;
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
        _rate_answers(language, answers),
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


def _rate_answers(language: Language, answers: Level) -> tuple[int, str]:
    if answers == "strong":
        return _STRONG, messages.COVERED[language]
    if answers == "fair":
        return _FAIR, messages.POSSIBLY_ANSWERED[language]
    return _WEAK, messages.PROBABLY_UNANSWERED[language]


def coverage_level(coverage: float) -> Level:
    """How surely an answer that a person wrote answers, by the share of the question's terms in what it cites."""
    if coverage < _WEAK_COVERAGE:
        return "weak"
    return "fair" if coverage < _FAIR_COVERAGE else "strong"


def cited_answer_level(
    question: AnalysedQuestion, citations: Sequence[Citation], passages: Sequence[Passage], judge: Judge,
) -> Level:
    """How surely the cited passages answer a question, by the judge.

    Strong if the quotes correct what a question asserts, or if the answer was computed from their table. A question for
    a reason is judged even where they correct it: they may have another figure and no reason.
    """
    asserts = "reason" not in question.kinds
    if asserts and has_false_premise(question, [citation.quote for citation in citations]):
        return "strong"
    cited = _cited_passages(citations, passages)
    if any(passage.computation for passage in cited):
        return "strong"
    ranking = keep_identified(judge.rank(question, cited))
    structured = answer_by_structure(ranking, cited)
    if _cites_one_of(citations, structured.sentences):
        return judge_structured(ranking, structured, judge).level
    return judge_answer(judge.read(ranking)).level


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
