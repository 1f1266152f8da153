"""The word index: BM25 search in tantivy over segmented words, character n-grams and translations."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import tantivy
from langchain_core.documents import Document

from rag.library.index import DamagedIndex, Hit, indexed_text
from rag.schema import LANGUAGES, Language
from rag.text.glossary import INDEXED_GLOSS, Meaning, translated_words
from rag.text.language import han_bigrams, han_unigrams, latin_ngrams, search_terms

# weights of the fields of a passage in the fusion, each scaled to its best hit; from the evals
_FIELD_WEIGHTS = {"words": 1.0, "grams": 1.0, "unigrams": 0.5}
_CROSS_LINGUAL_WEIGHTS = {"words": 0.2, "meanings": 1.0}
# A library has few subjects. If idf assumes a collection this many times as large, the words of these subjects, which
# are in most of its passages, keep some weight relative to rare words; from the evals.
_COLLECTION_FACTOR = 2
# A word in the only passage of a library is not common: below this size, the rest of the collection is assumed to be on
# other subjects. About the size of the library for which the models of `rag/reading` were trained.
_LEAST_COLLECTION = 250
_TIE_BREAKER = 0.5  # what the other translations of a word add to its best one
_WRITER_BYTES = 64_000_000
_FIELD_DEPTH = 100  # how many hits of each field are read before fusion; from the evals
# The most index entries that are read for a field, and the least number of tokens that are searched. In a library of a
# million passages, reading the entries of a twentieth of them loses no hit.
_MAX_POSTINGS, _MIN_TOKENS = 50_000, 4


class WordIndex:
    """An index of passages by their words, on disk; many readers, one writer. Each language has its own index.

    Fields: `words` (segmented, English stemmed, no function words), `grams` (Han bigrams, Latin 4-grams), `unigrams` of
    Han characters, and `meanings`, the gloss stems with which a question finds passages in the other language.

    Raises:
        DamagedIndex: files are missing or have been changed.
    """

    def __init__(self, folder: Path) -> None:
        self._indexes = {language: _LanguageIndex(folder / language) for language in LANGUAGES}

    def replace_sources(self, sources: Mapping[str, Sequence[Document]]) -> None:
        """Replace all passages of these sources, in one commit for each language; no passages removes the source."""
        with self.replace_in_parts([*sources]) as add:
            for passages in sources.values():
                add(passages)

    @contextmanager
    def replace_in_parts(self, source_ids: Sequence[str]) -> Iterator[Callable[[Sequence[Document]], None]]:
        """As `replace_sources`, but the passages are given in parts, to the function that it yields.

        After an exception in the `with` block nothing has changed.
        """
        writes = {language: _PendingWrite(index, source_ids) for language, index in self._indexes.items()}

        def add_passages(passages: Sequence[Document]) -> None:
            for passage in passages:
                writes[passage.metadata["language"]].add(passage)

        is_complete = False
        try:
            yield add_passages
            is_complete = True
        finally:  # after an exception, and after Ctrl-C, nothing is committed
            for write in writes.values():
                write.finish(commit=is_complete)

    def refresh(self) -> None:
        """Read what another process has committed."""
        for index in self._indexes.values():
            index.refresh()

    def search(
        self, query: str, k: int, language: Language, *,
        cross_lingual: bool = False, source_ids: Set[str] | None = None,
    ) -> list[Hit]:
        """The k best passages in one language, best first.

        `cross_lingual`: the query is in the other language. `source_ids`: the sources to search; None: all.
        """
        weights = _CROSS_LINGUAL_WEIGHTS if cross_lingual else _FIELD_WEIGHTS
        return self._indexes[language].search(query, k, weights, source_ids)

    def document_frequency(self, term: str, field: str) -> int:
        """The number of passages that have a term in a field."""
        return sum(index.document_frequency(term, field) for index in self._indexes.values())

    def term_weight(self, term: str, field: str) -> float:
        """The inverse document frequency of a term in a field, as in BM25.

        It is at least that of a collection of usual size.
        """
        return _idf(self.document_frequency(term, field), max(_LEAST_COLLECTION, self.size))

    def passage_ids(self) -> set[str]:
        """The ids of all stored passages."""
        return set().union(*(index.passage_ids() for index in self._indexes.values()))

    @property
    def size(self) -> int:
        """The number of stored passages."""
        return sum(index.size for index in self._indexes.values())


class _LanguageIndex:
    """The passages of one language."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("source_id", tokenizer_name="raw", index_option="basic")
        builder.add_integer_field("key", indexed=False, fast=True)
        for field in _FIELD_TOKENISERS:
            builder.add_text_field(field, tokenizer_name="spaced", index_option="freq")
        self._folder, self._schema = folder, builder.build()
        try:
            self._index = tantivy.Index(self._schema, path=str(folder))
        except ValueError as error:
            raise DamagedIndex(folder, error) from None
        self._index.register_tokenizer("spaced", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())

    def open_writer(self) -> tantivy.IndexWriter:
        return self._index.writer(_WRITER_BYTES, 1)

    def refresh(self) -> None:
        try:
            self._index.reload()
        except ValueError as error:
            raise DamagedIndex(self._folder, error) from None

    def search(self, query: str, k: int, weights: Mapping[str, float], source_ids: Set[str] | None) -> list[Hit]:
        searcher = self._index.searcher()
        fused: Counter[int] = Counter()
        addresses: dict[int, tantivy.DocAddress] = {}
        total_weight = 0.0
        for field, weight in weights.items():
            if not (clauses := [*self._query_clauses(searcher, field, query)]):
                continue
            total_weight += weight
            any_clause = tantivy.Query.boolean_query([(tantivy.Occur.Should, clause) for clause in clauses])
            limit = max(k, _FIELD_DEPTH)
            hits = searcher.search(self._restrict_query(any_clause, source_ids), limit, count=False).hits
            best = hits[0][0] if hits else 0.0
            # reading an id takes as long as the search; the numeric keys are in memory
            keys = searcher.fast_field_values("key", [address for _, address in hits])
            for number, (score, address) in zip(keys, hits, strict=True):
                key = int(number or 0)
                if score > 0 and best > 0:
                    addresses[key] = address
                    fused[key] += weight * score / best
        # equal scores by key: tantivy orders them by segment, which depends on the history of the index
        ranked = sorted(fused.items(), key=lambda item: (-item[1], item[0]))[:k]
        return [Hit(searcher.doc(addresses[key])["id"][0], score / total_weight) for key, score in ranked]

    def document_frequency(self, term: str, field: str) -> int:
        return self._index.searcher().doc_freq(field, term)

    def passage_ids(self) -> set[str]:
        searcher = self._index.searcher()
        hits = searcher.search(tantivy.Query.all_query(), max(1, self.size), count=False).hits
        return {searcher.doc(address)["id"][0] for _, address in hits}

    @property
    def size(self) -> int:
        return self._index.searcher().num_docs

    def _restrict_query(self, query: tantivy.Query, source_ids: Set[str] | None) -> tantivy.Query:
        if source_ids is None:
            return query
        sources = tantivy.Query.term_set_query(self._schema, "source_id", sorted(source_ids))
        unscored = tantivy.Query.boost_query(sources, 0.0)
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, unscored)])

    def _query_clauses(self, searcher: tantivy.Searcher, field: str, query: str) -> Iterator[tantivy.Query]:
        """The clauses of a query in a field: one for each token, or for all translations of a word together."""
        if field == "meanings":
            for _, meaning in translated_words(query):
                yield self._translation_query(searcher, meaning.glosses)
            return
        counts = Counter(_FIELD_TOKENISERS[field](query))
        frequencies = {token: searcher.doc_freq(field, token) for token in counts}
        for token, n in _select_rarest(frequencies):
            # tantivy multiplies by its own idf, which is divided out
            weight = counts[token] * _idf(n, _COLLECTION_FACTOR * searcher.num_docs) / _idf(n, searcher.num_docs)
            yield self._term_query(field, token, weight)

    def _translation_query(self, searcher: tantivy.Searcher, weights: Mapping[str, float]) -> tantivy.Query:
        """The query of a word, by its best translation; each translation gets the idf of all of them together.

        A structured query (Pirkola 1998) with weights (Darwish and Oard, Probabilistic Structured Query Methods, 2003),
        but with the maximum instead of the sum: in a sum a rare wrong translation outweighs a common right one.
        """
        frequencies = {gloss: searcher.doc_freq("meanings", gloss) for gloss in weights}
        joint_idf = _idf(sum(weights[gloss] * n for gloss, n in frequencies.items()), searcher.num_docs)
        terms = [
            self._term_query("meanings", gloss, weights[gloss] * joint_idf / _idf(n, searcher.num_docs))
            for gloss, n in frequencies.items() if n]
        return tantivy.Query.disjunction_max_query(terms, tie_breaker=_TIE_BREAKER)

    def _term_query(self, field: str, term: str, boost: float) -> tantivy.Query:
        query = tantivy.Query.term_query(self._schema, field, term, index_option="freq")
        return tantivy.Query.boost_query(query, boost)


class _PendingWrite:
    """A change of one language's index; no writer is opened if there is nothing to change."""

    def __init__(self, index: _LanguageIndex, source_ids: Sequence[str]) -> None:
        self._index, self._source_ids = index, source_ids
        self._writer: tantivy.IndexWriter | None = None
        if any(index.document_frequency(id, "source_id") for id in source_ids):
            self._open_writer()

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._writer = self._index.open_writer()
            for source_id in self._source_ids:
                self._writer.delete_documents_by_term("source_id", source_id)
        return self._writer

    def add(self, passage: Document) -> None:
        source_id, key = passage.metadata["source_id"], _numeric_key(str(passage.id))
        document = tantivy.Document(id=passage.id, source_id=source_id, key=key)
        text = indexed_text(passage)
        for field, tokenise in _FIELD_TOKENISERS.items():
            document.add_text(field, " ".join(tokenise(text)))
        self._open_writer().add_document(document)

    def finish(self, *, commit: bool) -> None:
        """Commit what was added; without `commit` leave the index as it was."""
        if self._writer is None:
            return
        if commit:
            self._writer.commit()
        else:
            self._writer.rollback()
        self._writer.wait_merging_threads()
        self._index.refresh()


def _select_rarest(frequencies: Mapping[str, int]) -> list[tuple[str, int]]:
    """The tokens that occur, with their document frequencies, rarest first; in a very large index only the rarest.

    A token that is in half of a million passages says little about any of them, but its entries take most of the time.
    """
    present = sorted(((token, n) for token, n in frequencies.items() if n), key=lambda pair: pair[1])
    postings = list(accumulate(n for _, n in present))
    return [pair for index, pair in enumerate(present) if index < _MIN_TOKENS or postings[index] <= _MAX_POSTINGS]


def _idf(n: float, total: int) -> float:
    """The inverse document frequency of BM25: ln(1 + (N - n + 0.5) / (n + 0.5)), for n passages of N."""
    n = min(n, total)
    return math.log(1 + (total - n + 0.5) / (n + 0.5))


def _numeric_key(id: str) -> int:
    """A 63-bit number for a passage's id."""
    return int.from_bytes(hashlib.blake2b(id.encode(), digest_size=8).digest(), "big") >> 1


def _gloss_tokens(text: str) -> list[str]:
    return [gloss for _, meaning in translated_words(text) for gloss in _strong_glosses(meaning)]


@lru_cache(maxsize=100_000)
def _strong_glosses(meaning: Meaning) -> tuple[str, ...]:
    return tuple(gloss for gloss, weight in meaning.glosses.items() if weight >= INDEXED_GLOSS)


def _character_ngrams(text: str) -> list[str]:
    return han_bigrams(text) + latin_ngrams(text)


# the tokens of a text for each field, repeated as in the text
_FIELD_TOKENISERS: Mapping[str, Callable[[str], list[str]]] = {
    "words": search_terms, "grams": _character_ngrams, "unigrams": han_unigrams, "meanings": _gloss_tokens}
