"""Hybrid retriever: finds the passages that the answer to a standalone question may use."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import Literal

from langchain_core.documents import Document

from rag.answering.address_search import named_passages
from rag.answering.rerank import LexicalReranker, Reranker
from rag.answering.version_choice import VersionChoice, add_counterparts, choose_versions, find_counterparts
from rag.endpoints.rerank import RerankFailed
from rag.library.library import Hit, Library
from rag.library.scope import WHOLE_LIBRARY
from rag.questions.analysis import AnalysedQuestion, analyse_question
from rag.questions.asked_version import AskedVersion
from rag.schema import Language, Passage, Scope, Slice
from rag.sources.blocks import decode_blocks
from rag.text.language import detect_language

_log = logging.getLogger(__name__)
_VERSIONS_DEPTH = 3  # how many times more passages are looked at, of which some are of versions that are not used
_LIST_DEPTH = 60  # hits of each list that are used in fusion; from the evals
# the share of a passage's score that its counterpart in the question's language gets, and the factor of a passage in
# the other language without a counterpart; from the evals
_COUNTERPART_WEIGHT, _FOREIGN_WEIGHT = 0.35, 0.8

IndexName = Literal["words", "meaning"]


@dataclass(frozen=True)
class IndexHit:
    """A hit of a passage in one index: its rank, from 1, in the list of one language."""

    index: IndexName
    language: Language  # of the passages in this list
    rank: int
    score: float  # 0 to 1; for `meaning` the cosine
    edition: str = ""  # the title of the edition that was found, if the passage is its counterpart


@dataclass(frozen=True)
class ExplainedPassage:
    """A retrieved passage with the reasons for its rank, which is its number."""

    passage: Passage
    fused_rank: int  # its rank after fusion, before reranking
    reranked: bool  # whether it was among those reranked
    index_hits: tuple[IndexHit, ...]


@dataclass(frozen=True)
class HitList:
    """The hits of one index in one language, the best first."""

    index: IndexName
    language: Language
    hits: Sequence[Hit]


@dataclass(frozen=True)
class Retrieval:
    """The documents that were retrieved, in their final order, with the trace that explains it."""

    documents: list[Document]
    fused: list[Document]  # after fusion, before reranking
    rerank_depth: int  # how many of `fused` were reranked
    lists: list[HitList]
    source_ids: frozenset[str] | None  # the scope; None for the whole library
    versions: VersionChoice = field(default_factory=VersionChoice)
    others: tuple[Document, ...] = ()  # of other versions of the documents, to be told beside an answer


@dataclass(frozen=True)
class HybridRetriever:
    """Word and vector hits are fused for each language and merged into one list; its first passages are reranked.

    Editions of one paragraph are collapsed to the edition in the question's language, whose score also gets a share of
    its counterpart's. Documents carry `score` (0 to 1) in their metadata.

    `rag/answering/langchain_retriever.py` wraps it as LangChain's retriever.

    Raises:
        UnknownSource, EmptyScope: from its methods, if nothing is in the scope.
        EmbeddingFailed: from its methods, if a neural embedder fails.
    """

    library: Library
    k: int = 8
    reranked: bool = True  # whether the first passages are reranked
    reranker: Reranker | None = None  # by default `LexicalReranker`
    scope: Scope = WHOLE_LIBRARY

    def search(self, query: str) -> list[Document]:
        """The k best documents for a query in either language."""
        return self.retrieve(analyse_question(query, detect_language(query))).documents

    def retrieve(self, question: AnalysedQuestion, asked: AskedVersion | None = None) -> Retrieval:
        """The k best documents for a question, with the trace of how they were found.

        `asked`: for an answer; of several versions of a document only the one that answers is returned, and what
        corresponds to it in the others apart. None: all versions are searched alike.
        """
        source_ids = self.library.resolve_scope(self.scope)
        lists: list[HitList] = []
        ranked_lists = []
        for language in self.library.languages():
            words, vectors = self._search_indexes(question, language, source_ids)
            lists += [words, vectors]
            cosine_range = self.library.cosine_range(question.text, language) if vectors.hits else 0.0
            ranked_lists.append(self._fuse(words, vectors, cosine_range, cross_lingual=language != question.language))
        reranker = self.reranker or LexicalReranker(self.library.term_weight)
        limit = max(self.k, reranker.depth)
        fused = self._merge_languages(
            ranked_lists, question.language, source_ids, limit if asked is None else _VERSIONS_DEPTH * limit)
        choice, excluded = VersionChoice(), list[Document]()
        if asked is not None:
            choice = choose_versions(self.library, asked, fused, source_ids)
            excluded = [document for document in fused if not choice.is_used(document.metadata["source_id"])]
            fused = [document for document in fused if choice.is_used(document.metadata["source_id"])]
            fused = add_counterparts(self.library, choice, fused, excluded)[:limit]
        fused = self._with_cosines(fused, lists)
        if not self.reranked:
            return Retrieval(fused[: self.k], fused, 0, lists, source_ids)
        documents = self._rerank_first(question, fused, reranker)
        named = named_passages(self.library, question.addresses, documents, source_ids)
        named = [document for document in named if choice.is_used(document.metadata["source_id"])]
        documents = [*named, *(document for document in documents if document.id not in {d.id for d in named})]
        documents = [choice.describe(document) for document in documents[: self.k]]
        is_comparison = asked is not None and asked.is_comparison
        others = find_counterparts(self.library, choice, documents, excluded, is_comparison=is_comparison)
        return Retrieval(documents, fused, reranker.depth, lists, source_ids, choice, tuple(others))

    def _search_indexes(
        self, question: AnalysedQuestion, language: Language, source_ids: Set[str] | None,
    ) -> tuple[HitList, HitList]:
        cross_lingual = language != question.language
        words = self.library.search_words(
            question.text, _LIST_DEPTH, language, cross_lingual=cross_lingual, source_ids=source_ids)
        vectors = self.library.search_vectors(question.text, _LIST_DEPTH, language, source_ids=source_ids)
        return HitList("words", language, words), HitList("meaning", language, vectors)

    def _fuse(
        self, words: HitList, vectors: HitList, cosine_range: float, *, cross_lingual: bool,
    ) -> tuple[dict[str, float], float]:
        """Passage ids of one language with their fused scores (the best is 1), and the highest cosine.

        `cosine_range`: how far below the highest a cosine counts for nothing; 0: the highest itself. With the highest
        0.90 and a range of 0.06 a passage of 0.87 gets half of the weight.
        """
        fused = {hit.id: hit.score for hit in words.hits}
        weight = self.library.vector_weight(cross_lingual=cross_lingual)
        highest = max((hit.score for hit in vectors.hits), default=0.0)
        for hit in vectors.hits:
            nearness = 1.0 - (highest - hit.score) / (cosine_range or highest or 1.0)
            fused[hit.id] = fused.get(hit.id, 0.0) + weight * max(0.0, nearness)
        best = sorted(fused, key=lambda id: (-fused[id], id))[:_LIST_DEPTH]
        top = fused[best[0]] if best else 1.0
        return {id: fused[id] / (top or 1.0) for id in best}, highest

    def _merge_languages(
        self, ranked_lists: Sequence[tuple[dict[str, float], float]], language: Language,
        source_ids: Set[str] | None, limit: int,
    ) -> list[Document]:
        """One list from the lists of the languages, the best first; its highest score is 1, its length at most `limit`.

        Every list has a first passage, even if it is a bad one. Languages are therefore weighted by the square root of
        their highest cosine, because gloss stems allow passages of two languages to be compared.
        """
        scores: dict[str, float] = {}
        documents: dict[str, Document] = {}
        highest = max((cosine for _, cosine in ranked_lists), default=0.0) or 1.0
        for ranked, cosine in ranked_lists:
            strength = math.sqrt(cosine / highest)
            for passage in self.library.passages(list(ranked)):
                for target, share in self._collapse_editions(passage, language, source_ids):
                    id = str(target.id)
                    documents[id] = target
                    scores[id] = scores.get(id, 0.0) + strength * share * ranked[str(passage.id)]
        order = sorted(scores, key=lambda id: (-scores[id], id))[:limit]
        top = max(scores.values(), default=1.0) or 1.0
        return [_with_score(documents[id], scores[id] / top) for id in order]

    def _with_cosines(self, documents: list[Document], lists: Sequence[HitList]) -> list[Document]:
        """The documents with `cosine` in their metadata, if cosines of the library's embedder are evidence."""
        if not self.library.has_cosine_evidence:
            return documents
        cosines = {hit.id: hit.score for one in lists if one.index == "meaning" for hit in one.hits}
        return [
            document.model_copy(update={"metadata": {**document.metadata, "cosine": cosines[str(document.id)]}})
            if str(document.id) in cosines else document for document in documents]

    def _rerank_first(
        self, question: AnalysedQuestion, fused: list[Document], reranker: Reranker,
    ) -> list[Document]:
        """The first documents in the order of the reranker's scores, then the others."""
        first = fused[: reranker.depth]
        if not first:
            return []
        try:
            scores = reranker.score_passages(question, number_passages(first))
        except RerankFailed as error:  # an answer from passages in another order is better than no answer
            _log.warning("%s; the passages are ranked without it", error)
            return self._rerank_first(question, fused, LexicalReranker(self.library.term_weight))
        order = sorted(range(len(first)), key=lambda i: (-scores[i], i))
        best = scores[order[0]]
        return [_with_score(first[i], math.exp(scores[i] - best)) for i in order] + fused[reranker.depth :]

    def explain_ranking(self, query: str) -> list[ExplainedPassage]:
        """The result of `search` with the reasons for each rank, from the trace of one retrieval.

        Raises:
            UnknownSource, EmptyScope, EmbeddingFailed: as `retrieve`.
        """
        question = analyse_question(query, detect_language(query))
        retrieval = self.retrieve(question)
        fused_ranks = {str(document.id): rank for rank, document in enumerate(retrieval.fused, 1)}
        hits: dict[str, dict[tuple[IndexName, Language], IndexHit]] = {}
        for id, hit in self._index_hits(retrieval, question.language):
            hits.setdefault(id, {}).setdefault((hit.index, hit.language), hit)  # the first of several is the best
        return [
            ExplainedPassage(
                passage, fused_ranks[passage.id], fused_ranks[passage.id] <= retrieval.rerank_depth,
                tuple(hits.get(passage.id, {}).values()))
            for passage in number_passages(retrieval.documents)]

    def _index_hits(self, retrieval: Retrieval, language: Language) -> Iterator[tuple[str, IndexHit]]:
        """The ids of the passages that a reader gets from each list, with their hits, from the top of the list."""
        for hit_list in sorted(retrieval.lists, key=lambda one: one.language != language):
            documents = {str(d.id): d for d in self.library.passages([hit.id for hit in hit_list.hits])}
            for rank, hit in enumerate(hit_list.hits, 1):
                if hit.id not in documents:
                    continue
                document = documents[hit.id]
                for target, _ in self._collapse_editions(document, language, retrieval.source_ids):
                    edition = "" if target.id == hit.id else document.metadata["title"]
                    yield str(target.id), IndexHit(hit_list.index, hit_list.language, rank, hit.score, edition)

    def _collapse_editions(
        self, passage: Document, language: Language, source_ids: Set[str] | None,
    ) -> list[tuple[Document, float]]:
        """The passages that a reader of `language` gets in place of this one, with their share of its score."""
        if passage.metadata["language"] == language:
            return [(passage, 1.0)]
        counterparts = [
            document for document in self.library.counterparts(passage, language)
            if source_ids is None or document.metadata["source_id"] in source_ids]
        if counterparts:
            return [(document, _COUNTERPART_WEIGHT) for document in counterparts]
        return [(passage, _FOREIGN_WEIGHT)]


def _with_score(passage: Document, score: float) -> Document:
    return passage.model_copy(update={"metadata": {**passage.metadata, "score": round(score, 4)}})


def number_passages(documents: Sequence[Document]) -> tuple[Passage, ...]:
    """Documents as passages, with the numbers (from 1) that model and reader see; the only such conversion."""
    return tuple(
        Passage(
            number=number, id=str(d.id), source_id=d.metadata["source_id"], title=d.metadata["title"],
            section=d.metadata["section"], page=d.metadata["page"], start=d.metadata["start"], end=d.metadata["end"],
            text=d.page_content, score=d.metadata["score"], language=d.metadata["language"],
            edition_of=d.metadata["edition_of"], section_number=d.metadata["section_number"],
            paragraphs=(d.metadata["first_paragraph"], d.metadata["last_paragraph"]), date=d.metadata["date"],
            lead=tuple(Slice(*part) for part in d.metadata.get("lead", ())),
            blocks=decode_blocks(d.metadata["blocks"]) if d.metadata.get("blocks") else (),
            addresses=tuple(d.metadata.get("addresses", ())), is_recognised=bool(d.metadata.get("recognised")),
            doubts=tuple(Slice(*part) for part in d.metadata.get("doubts", ())),
            cosine=round(d.metadata.get("cosine", 0.0), 4),
            version=d.metadata.get("version"), kin=d.metadata.get("kin", ""),
        ) for number, d in enumerate(documents, 1))
