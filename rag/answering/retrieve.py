"""A question that stands alone becomes numbered passages."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.answering.rerank import LexicalReranker, Reranker
from rag.endpoints.rerank import RerankFailed
from rag.library.library import Hit, Library
from rag.schema import Language, Passage, Scope
from rag.text.language import detect_language

_log = logging.getLogger(__name__)
_LIST_DEPTH = 60  # how deep each list is read before fusion; from the evals
# what a passage's counterpart in the other language adds to it, and how a passage in the other language without a
# counterpart stands against those in the reader's own
_COUNTERPART_WEIGHT, _FOREIGN_WEIGHT = 0.35, 0.8


@dataclass(frozen=True)
class IndexHit:
    """A view that found a passage: its rank there, from 1, in the list of one language."""

    index: Literal["words", "meaning"]
    language: Language  # of what was found there
    rank: int
    score: float  # 0 to 1; by meaning the cosine
    edition: str = ""  # the title of the other edition that was found, for which the passage stands; empty where it was itself


@dataclass(frozen=True)
class ExplainedPassage:
    """A passage that was found, and why; its number is its rank."""

    passage: Passage
    fused_rank: int  # its rank before the foremost were looked at once more
    reranked: bool  # whether it was one of those
    index_hits: tuple[IndexHit, ...]


class HybridRetriever(BaseRetriever):
    """Words and vectors, each language ranked by itself, then one list, of which the foremost are looked at once more.

    Editions of one paragraph are collapsed to the one in the question's language, which gains by its counterpart's
    rank. Documents carry `score` (0 to 1) in their metadata.

    Raises:
        UnknownSource, EmptyScope: by `invoke`, where nothing is in the scope.
        EmbeddingFailed: by `invoke`, where a neural embedder cannot be asked.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Library
    k: int = 8
    reranked: bool = True  # whether the foremost are looked at once more
    reranker: Reranker | None = None  # the one without a model by default
    scope: Scope = Scope()

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun | None = None) -> list[Document]:
        asked_in = detect_language(query)
        within = self.library.resolve_scope(self.scope)
        scores: dict[str, float] = {}
        found: dict[str, Document] = {}
        lists = [self._rank_language(query, language, within, across=language != asked_in) for language in self.library.languages()]
        nearest = max((near for _, near in lists), default=0.0) or 1.0
        for ranked, near in lists:
            # each list has a first, however poor; cosines of gloss stems are what two languages can be compared by
            strength = math.sqrt(near / nearest)
            for passage in self.library.passages(list(ranked)):
                for target, worth in self._collapse_editions(passage, asked_in, within):
                    id = str(target.id)
                    found[id] = target
                    scores[id] = scores.get(id, 0.0) + strength * worth * ranked[str(passage.id)]
        reranker = self.reranker or LexicalReranker(self.library.term_weight)
        best = sorted(scores, key=lambda id: (-scores[id], id))[: max(self.k, reranker.depth)]
        top = max((scores[id] for id in best), default=1.0) or 1.0
        fused = [_with_score(found[id], scores[id] / top) for id in best]
        return (self._rerank_top(query, fused, asked_in, reranker) if self.reranked else fused)[: self.k]

    def _rerank_top(self, query: str, fused: list[Document], language: Language, reranker: Reranker) -> list[Document]:
        """The foremost passages in the order of what they are worth; the others behind them."""
        foremost = fused[: reranker.depth]
        if not foremost:
            return []
        try:
            worth = reranker.score_passages(query, language, number_passages(foremost))
        except RerankFailed as error:  # an answer from passages in another order is better than none
            _log.warning("%s; the passages are ranked without it", error)
            return self._rerank_top(query, fused, language, LexicalReranker(self.library.term_weight))
        order = sorted(range(len(foremost)), key=lambda i: (-worth[i], i))
        best = worth[order[0]]
        return [_with_score(foremost[i], math.exp(worth[i] - best)) for i in order] + fused[reranker.depth :]

    def explain_ranking(self, query: str) -> list[ExplainedPassage]:
        """What `invoke` finds, and why. The indexes are asked once more for it, so that an answer need not keep account.

        Raises:
            UnknownSource, EmptyScope, EmbeddingFailed: as `invoke`.
        """
        found = number_passages(self.invoke(query))
        depth = (self.reranker or LexicalReranker(self.library.term_weight)).depth if self.reranked else 0
        fused = self.model_copy(update={"reranked": False, "k": max(self.k, depth)}).invoke(query)
        before = {str(passage.id): rank for rank, passage in enumerate(fused, 1)}
        seen: dict[str, list[IndexHit]] = {}
        for id, sighting in self._find_index_hits(query):
            if (sighting.index, sighting.language) not in {(one.index, one.language) for one in seen.get(id, ())}:  # the best of several
                seen.setdefault(id, []).append(sighting)
        return [ExplainedPassage(passage, before[passage.id], before[passage.id] <= depth, tuple(seen.get(passage.id, ()))) for passage in found]

    def _find_index_hits(self, query: str) -> Iterator[tuple[str, IndexHit]]:
        """Of each list, from its top, the passages that it brings before the reader."""
        asked_in, within = detect_language(query), self.library.resolve_scope(self.scope)
        for language in sorted(self.library.languages(), key=lambda language: language != asked_in):
            by_words = self.library.search_words(query, _LIST_DEPTH, language, cross_lingual=language != asked_in, source_ids=within)
            by_meaning = self.library.search_vectors(query, _LIST_DEPTH, language, source_ids=within)
            views: tuple[tuple[Literal["words", "meaning"], list[Hit]], ...] = (("words", by_words), ("meaning", by_meaning))
            for view, hits in views:
                found = {str(passage.id): passage for passage in self.library.passages([hit.id for hit in hits])}
                for rank, hit in enumerate(hits, 1):
                    for target, _ in self._collapse_editions(found[hit.id], asked_in, within) if hit.id in found else ():
                        edition = "" if target.id == hit.id else found[hit.id].metadata["title"]
                        yield str(target.id), IndexHit(view, language, rank, hit.score, edition)

    def _rank_language(self, query: str, language: Language, within: Set[str] | None, *, across: bool) -> tuple[dict[str, float], float]:
        """Ids with their fused score in one language, the best 1; and the cosine of the nearest."""
        fused = {hit.id: hit.score for hit in self.library.search_words(query, _LIST_DEPTH, language, cross_lingual=across, source_ids=within)}
        near = self.library.search_vectors(query, _LIST_DEPTH, language, source_ids=within)
        weight = self.library.vector_weight(cross_lingual=across)
        nearest = max((hit.score for hit in near), default=0.0)
        for hit in near:
            fused[hit.id] = fused.get(hit.id, 0.0) + weight * hit.score / (nearest or 1.0)
        best = sorted(fused, key=lambda id: (-fused[id], id))[:_LIST_DEPTH]
        top = fused[best[0]] if best else 1.0
        return {id: fused[id] / (top or 1.0) for id in best}, nearest

    def _collapse_editions(self, passage: Document, language: Language, within: Set[str] | None) -> list[tuple[Document, float]]:
        """The passages that stand for this one before a reader of `language`, with the share of its score they get."""
        if passage.metadata["language"] == language:
            return [(passage, 1.0)]
        twins = self.library.counterparts(passage, language)
        if twins := [twin for twin in twins if within is None or twin.metadata["source_id"] in within]:
            return [(twin, _COUNTERPART_WEIGHT) for twin in twins]
        return [(passage, _FOREIGN_WEIGHT)]


def _with_score(passage: Document, score: float) -> Document:
    return passage.model_copy(update={"metadata": {**passage.metadata, "score": round(score, 4)}})


def number_passages(documents: Sequence[Document]) -> tuple[Passage, ...]:
    """Documents as the passages that model and reader know by number, from 1: the only such conversion."""
    return tuple(
        Passage(
            number=number, id=str(d.id), source_id=d.metadata["source_id"], title=d.metadata["title"],
            section=d.metadata["section"], page=d.metadata["page"], start=d.metadata["start"], end=d.metadata["end"],
            text=d.page_content, score=d.metadata["score"], language=d.metadata["language"],
            edition_of=d.metadata["edition_of"], section_number=d.metadata["section_number"],
            paragraphs=(d.metadata["first_paragraph"], d.metadata["last_paragraph"]), date=d.metadata["date"],
        ) for number, d in enumerate(documents, 1))
