"""Search by words: BM25 in tantivy over segmented words, characters and translations."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import tantivy
from langchain_core.documents import Document

from rag.schema import LANGUAGES, HuwenError, Language
from rag.text.glossary import Meaning, translated_words
from rag.text.language import han_bigrams, han_unigrams, latin_ngrams, search_terms

# how the views of one passage weigh against each other once each is scaled to its best hit; from the evals
_FIELD_WEIGHTS = {"words": 1.0, "grams": 1.0, "unigrams": 0.5}
_CROSS_LINGUAL_WEIGHTS = {"words": 0.2, "meanings": 1.0}
# a gloss stem weaker than this share of its word's best would only add noise to the index
_MIN_GLOSS_WEIGHT = 0.2
# A library is of few subjects. Taken for this part of all that is written, it leaves their words, which stand in most of its
# passages, some weight beside the rare ones; from the evals.
_COLLECTION_FACTOR = 2
_TIE_BREAKER = 0.5  # what a word's other translations add to its best
_WRITER_BYTES = 64_000_000
_FIELD_DEPTH = 100  # how far each view is read before fusion; from the evals
_MAX_POSTINGS, _MIN_TOKENS = 50_000, 4  # entries of the index for a view, but tokens at least; a twentieth of that many passages costs no hit


@dataclass(frozen=True)
class Hit:
    """A passage's id and how well it was found, 0 to 1."""

    id: str
    score: float


class DamagedIndex(HuwenError):
    """An index's files are not what was written."""

    def __init__(self, folder: Path, reason: object) -> None:
        super().__init__(f"the index in {folder} is damaged ({str(reason)[:200]}); run `huwen rebuild` to make it anew")


class WordIndex:
    """An Index of passages by their words, on disk; many readers, one writer. Each language has an index of its own.

    Views: `words` (segmented, English stemmed, no function words), `grams` (pairs of Han characters, runs of four Latin
    ones), `unigrams` of Han characters, and `meanings`, the gloss stems that let a question in one language find a
    passage in the other.

    Raises:
        DamagedIndex: files are missing or have been changed.
    """

    def __init__(self, folder: Path) -> None:
        self._indexes: dict[Language, _LanguageIndex] = {language: _LanguageIndex(folder / language) for language in LANGUAGES}

    def replace_sources(self, sources: Mapping[str, Sequence[Document]]) -> None:
        """All passages of some sources at once, in one commit a language; no passages removes the source."""
        with self.replace_in_parts([*sources]) as add:
            for passages in sources.values():
                add(passages)

    @contextmanager
    def replace_in_parts(self, source_ids: Sequence[str]) -> Iterator[Callable[[Sequence[Document]], None]]:
        """As `replace`, with the passages given in parts to what it yields; after a failure within it all is as it was."""
        writing = {language: _PendingWrite(index, source_ids) for language, index in self._indexes.items()}

        def add_passages(passages: Sequence[Document]) -> None:
            for passage in passages:
                writing[passage.metadata["language"]].add(passage)

        whole = False
        try:
            yield add_passages
            whole = True
        finally:  # after a failure, and after Ctrl-C, nothing is committed
            for each in writing.values():
                each.finish(commit=whole)

    def refresh(self) -> None:
        """See what another process has committed."""
        for index in self._indexes.values():
            index.refresh()

    def search(self, query: str, k: int, language: Language, *, cross_lingual: bool = False, source_ids: Set[str] | None = None) -> list[Hit]:
        """The k best passages in one language; `across`: the query is in the other one; `within`: ids of the sources to search."""
        return self._indexes[language].search(query, k, _CROSS_LINGUAL_WEIGHTS if cross_lingual else _FIELD_WEIGHTS, source_ids)

    def document_frequency(self, term: str, field: str) -> int:
        """In how many passages a term stands, in one view."""
        return sum(index.document_frequency(term, field) for index in self._indexes.values())

    def passage_ids(self) -> set[str]:
        """The ids of everything stored."""
        return set().union(*(index.passage_ids() for index in self._indexes.values()))

    @property
    def size(self) -> int:
        """How many passages are in."""
        return sum(index.size for index in self._indexes.values())


class _LanguageIndex:
    """The passages of one language."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("source_id", tokenizer_name="raw", index_option="basic")
        builder.add_integer_field("key", indexed=False, fast=True)
        for view in _FIELD_TOKENISERS:
            builder.add_text_field(view, tokenizer_name="spaced", index_option="freq")
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
        places: dict[int, tantivy.DocAddress] = {}
        total = 0.0
        for view, weight in weights.items():
            if not (clauses := [*self._query_clauses(searcher, view, query)]):
                continue
            total += weight
            asked = self._restrict_query(tantivy.Query.boolean_query([(tantivy.Occur.Should, clause) for clause in clauses]), source_ids)
            hits = searcher.search(asked, max(k, _FIELD_DEPTH), count=False).hits
            best = hits[0][0] if hits else 0.0
            # to read an id takes as long as to find it; the keys are at hand
            for number, (score, place) in zip(searcher.fast_field_values("key", [place for _, place in hits]), hits, strict=True):
                key = int(number or 0)
                if score > 0 and best > 0:
                    places[key] = place
                    fused[key] += weight * score / best
        # equals by key: tantivy tells them in the order of its segments, which depends on what was added when
        found = sorted(fused.items(), key=lambda item: (-item[1], item[0]))[:k]
        return [Hit(searcher.doc(places[key])["id"][0], score / total) for key, score in found]

    def document_frequency(self, term: str, field: str) -> int:
        return self._index.searcher().doc_freq(field, term)

    def passage_ids(self) -> set[str]:
        searcher = self._index.searcher()
        hits = searcher.search(tantivy.Query.all_query(), max(1, self.size), count=False).hits
        return {searcher.doc(place)["id"][0] for _, place in hits}

    @property
    def size(self) -> int:
        return self._index.searcher().num_docs

    def _restrict_query(self, query: tantivy.Query, source_ids: Set[str] | None) -> tantivy.Query:
        if source_ids is None:
            return query
        inside = tantivy.Query.boost_query(tantivy.Query.term_set_query(self._schema, "source_id", sorted(source_ids)), 0.0)
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, inside)])

    def _query_clauses(self, searcher: tantivy.Searcher, field: str, query: str) -> Iterator[tantivy.Query]:
        """What a query asks of a view: its tokens, or for each of its words the translations as one."""
        if field == "meanings":
            yield from (self._translation_query(searcher, meaning.glosses) for _, meaning in translated_words(query))
        else:
            counts = Counter(_FIELD_TOKENISERS[field](query))
            for token, n in _select_rarest({token: searcher.doc_freq(field, token) for token in counts}):
                # tantivy gives a term its plain idf, which is divided out
                yield self._term_query(field, token, counts[token] * idf(n, _COLLECTION_FACTOR * searcher.num_docs) / idf(n, searcher.num_docs))

    def _translation_query(self, searcher: tantivy.Searcher, weights: Mapping[str, float]) -> tantivy.Query:
        """A word as the best of its translations, all of them as rare as they are together.

        A structured query (Pirkola 1998) with weights (Darwish and Oard, Probabilistic Structured Query Methods, 2003), by
        maximum instead of sum: without it a rare translation that is wrong outweighs a common one that is right.
        """
        found = {gloss: searcher.doc_freq("meanings", gloss) for gloss in weights}
        together = idf(sum(weights[gloss] * n for gloss, n in found.items()), searcher.num_docs)
        terms = [self._term_query("meanings", gloss, weights[gloss] * together / idf(n, searcher.num_docs)) for gloss, n in found.items() if n]
        return tantivy.Query.disjunction_max_query(terms, tie_breaker=_TIE_BREAKER)

    def _term_query(self, field: str, term: str, boost: float) -> tantivy.Query:
        return tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, field, term, index_option="freq"), boost)


class _PendingWrite:
    """A change of one language's index; nothing is opened where there is nothing to change."""

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
        document = tantivy.Document(id=passage.id, source_id=passage.metadata["source_id"], key=_numeric_key(str(passage.id)))
        text = indexed_text(passage)
        for view, tokens in _FIELD_TOKENISERS.items():
            document.add_text(view, " ".join(tokens(text)))
        self._open_writer().add_document(document)

    def finish(self, *, commit: bool) -> None:
        """Commit what was added; or, where not all of it came, leave the index as it was."""
        if self._writer is None:
            return
        if commit:
            self._writer.commit()
        else:
            self._writer.rollback()
        self._writer.wait_merging_threads()
        self._index.refresh()


def _select_rarest(frequencies: Mapping[str, int]) -> list[tuple[str, int]]:
    """The tokens that are there with the number of passages that hold each; of very many passages, those of the rarest only.

    What half of a million passages hold says little of any, and to read that is most of the work.
    """
    there = sorted(((token, n) for token, n in frequencies.items() if n), key=lambda pair: pair[1])
    read = list(accumulate(n for _, n in there))
    return [pair for at, pair in enumerate(there) if at < _MIN_TOKENS or read[at] <= _MAX_POSTINGS]


def idf(n: float, total: int) -> float:
    """The weight that BM25 gives a term of n passages among all: ln(1 + (N - n + 0.5) / (n + 0.5))."""
    n = min(n, total)
    return math.log(1 + (total - n + 0.5) / (n + 0.5))


def _numeric_key(id: str) -> int:
    """A number for an id, unlike any other's."""
    return int.from_bytes(hashlib.blake2b(id.encode(), digest_size=8).digest(), "big") >> 1


def indexed_text(passage: Document) -> str:
    """What a passage is found by: its title, author and section, then its text."""
    parts = (*(passage.metadata.get(key, "") for key in ("title", "author", "section")), passage.page_content)
    return "\n".join(str(part) for part in parts if part)


def _gloss_tokens(text: str) -> list[str]:
    return [gloss for _, meaning in translated_words(text) for gloss in _strong_glosses(meaning)]


@lru_cache(maxsize=100_000)
def _strong_glosses(meaning: Meaning) -> tuple[str, ...]:
    return tuple(gloss for gloss, weight in meaning.glosses.items() if weight >= _MIN_GLOSS_WEIGHT)


def _character_ngrams(text: str) -> list[str]:
    return han_bigrams(text) + latin_ngrams(text)


# each view's tokens, as often as they stand in a text
_FIELD_TOKENISERS: Mapping[str, Callable[[str], list[str]]] = {"words": search_terms, "grams": _character_ngrams, "unigrams": han_unigrams, "meanings": _gloss_tokens}
