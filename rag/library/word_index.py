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
_WEIGHTS = {"words": 1.0, "grams": 1.0, "unigrams": 0.5}
_ACROSS = {"words": 0.2, "meanings": 1.0}
# a gloss stem weaker than this share of its word's best would only add noise to the index
_FAINTEST = 0.2
# A library is of few subjects. Taken for this part of all that is written, it leaves their words, which stand in most of its
# passages, some weight beside the rare ones; from the evals.
_ALL = 2
_OTHERS = 0.5  # what a word's other translations add to its best
_WRITER_BYTES = 64_000_000
_DEEPEST = 100  # how far each view is read before fusion; from the evals
_MOST_READ, _AT_LEAST = 50_000, 4  # entries of the index for a view, but tokens at least; a twentieth of that many passages costs no hit


@dataclass(frozen=True)
class Hit:
    """A passage's id and how well it was found, 0 to 1."""

    id: str
    score: float


class DamagedIndex(HuwenError):
    """An index's files are not what was written."""

    def __init__(self, folder: Path, reason: object) -> None:
        super().__init__(f"the index in {folder} is damaged ({str(reason)[:200]}); run `huwen rebuild` to make it anew")


class Words:
    """An Index of passages by their words, on disk; many readers, one writer. Each language has an index of its own.

    Views: `words` (segmented, English stemmed, no function words), `grams` (pairs of Han characters, runs of four Latin
    ones), `unigrams` of Han characters, and `meanings`, the gloss stems that let a question in one language find a
    passage in the other.

    Raises:
        DamagedIndex: files are missing or have been changed.
    """

    def __init__(self, folder: Path) -> None:
        self._of: dict[Language, _OneLanguage] = {language: _OneLanguage(folder / language) for language in LANGUAGES}

    def replace(self, sources: Mapping[str, Sequence[Document]]) -> None:
        """All passages of some sources at once, in one commit a language; no passages removes the source."""
        with self.replacing([*sources]) as add:
            for passages in sources.values():
                add(passages)

    @contextmanager
    def replacing(self, source_ids: Sequence[str]) -> Iterator[Callable[[Sequence[Document]], None]]:
        """As `replace`, with the passages given in parts to what it yields; after a failure within it all is as it was."""
        writing = {language: _Writing(index, source_ids) for language, index in self._of.items()}

        def add(passages: Sequence[Document]) -> None:
            for passage in passages:
                writing[passage.metadata["language"]].add(passage)

        whole = False
        try:
            yield add
            whole = True
        finally:  # after a failure, and after Ctrl-C, nothing is committed
            for each in writing.values():
                each.end(whole=whole)

    def refresh(self) -> None:
        """See what another process has committed."""
        for index in self._of.values():
            index.refresh()

    def search(self, query: str, k: int, language: Language, *, across: bool = False, within: Set[str] | None = None) -> list[Hit]:
        """The k best passages in one language; `across`: the query is in the other one; `within`: ids of the sources to search."""
        return self._of[language].search(query, k, _ACROSS if across else _WEIGHTS, within)

    def passages_with(self, term: str, view: str) -> int:
        """In how many passages a term stands, in one view."""
        return sum(index.passages_with(term, view) for index in self._of.values())

    def ids(self) -> set[str]:
        """The ids of everything stored."""
        return set().union(*(index.ids() for index in self._of.values()))

    @property
    def size(self) -> int:
        """How many passages are in."""
        return sum(index.size for index in self._of.values())


class _OneLanguage:
    """The passages of one language."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("source_id", tokenizer_name="raw", index_option="basic")
        builder.add_integer_field("key", indexed=False, fast=True)
        for view in _VIEWS:
            builder.add_text_field(view, tokenizer_name="spaced", index_option="freq")
        self._folder, self._schema = folder, builder.build()
        try:
            self._index = tantivy.Index(self._schema, path=str(folder))
        except ValueError as error:
            raise DamagedIndex(folder, error) from None
        self._index.register_tokenizer("spaced", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())

    def writer(self) -> tantivy.IndexWriter:
        return self._index.writer(_WRITER_BYTES, 1)

    def refresh(self) -> None:
        try:
            self._index.reload()
        except ValueError as error:
            raise DamagedIndex(self._folder, error) from None

    def search(self, query: str, k: int, weights: Mapping[str, float], within: Set[str] | None) -> list[Hit]:
        searcher = self._index.searcher()
        fused: Counter[int] = Counter()
        places: dict[int, tantivy.DocAddress] = {}
        total = 0.0
        for view, weight in weights.items():
            if not (clauses := [*self._clauses(searcher, view, query)]):
                continue
            total += weight
            asked = self._scoped(tantivy.Query.boolean_query([(tantivy.Occur.Should, clause) for clause in clauses]), within)
            hits = searcher.search(asked, max(k, _DEEPEST), count=False).hits
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

    def passages_with(self, term: str, view: str) -> int:
        return self._index.searcher().doc_freq(view, term)

    def ids(self) -> set[str]:
        searcher = self._index.searcher()
        hits = searcher.search(tantivy.Query.all_query(), max(1, self.size), count=False).hits
        return {searcher.doc(place)["id"][0] for _, place in hits}

    @property
    def size(self) -> int:
        return self._index.searcher().num_docs

    def _scoped(self, query: tantivy.Query, within: Set[str] | None) -> tantivy.Query:
        if within is None:
            return query
        inside = tantivy.Query.boost_query(tantivy.Query.term_set_query(self._schema, "source_id", sorted(within)), 0.0)
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, inside)])

    def _clauses(self, searcher: tantivy.Searcher, view: str, query: str) -> Iterator[tantivy.Query]:
        """What a query asks of a view: its tokens, or for each of its words the translations as one."""
        if view == "meanings":
            yield from (self._translations(searcher, meaning.glosses) for _, meaning in translated_words(query))
        else:
            counts = Counter(_VIEWS[view](query))
            for token, n in _rarest({token: searcher.doc_freq(view, token) for token in counts}):
                # tantivy gives a term its plain idf, which is divided out
                yield self._term(view, token, counts[token] * idf(n, _ALL * searcher.num_docs) / idf(n, searcher.num_docs))

    def _translations(self, searcher: tantivy.Searcher, weighted: Mapping[str, float]) -> tantivy.Query:
        """A word as the best of its translations, all of them as rare as they are together.

        A structured query (Pirkola 1998) with weights (Darwish and Oard, Probabilistic Structured Query Methods, 2003), by
        maximum instead of sum: without it a rare translation that is wrong outweighs a common one that is right.
        """
        found = {gloss: searcher.doc_freq("meanings", gloss) for gloss in weighted}
        together = idf(sum(weighted[gloss] * n for gloss, n in found.items()), searcher.num_docs)
        terms = [self._term("meanings", gloss, weighted[gloss] * together / idf(n, searcher.num_docs)) for gloss, n in found.items() if n]
        return tantivy.Query.disjunction_max_query(terms, tie_breaker=_OTHERS)

    def _term(self, view: str, term: str, boost: float) -> tantivy.Query:
        return tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, view, term, index_option="freq"), boost)


class _Writing:
    """A change of one language's index; nothing is opened where there is nothing to change."""

    def __init__(self, index: _OneLanguage, source_ids: Sequence[str]) -> None:
        self._index, self._source_ids = index, source_ids
        self._writer: tantivy.IndexWriter | None = None
        if any(index.passages_with(id, "source_id") for id in source_ids):
            self._opened()

    def _opened(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._writer = self._index.writer()
            for source_id in self._source_ids:
                self._writer.delete_documents_by_term("source_id", source_id)
        return self._writer

    def add(self, passage: Document) -> None:
        document = tantivy.Document(id=passage.id, source_id=passage.metadata["source_id"], key=_key(str(passage.id)))
        text = searched_text(passage)
        for view, tokens in _VIEWS.items():
            document.add_text(view, " ".join(tokens(text)))
        self._opened().add_document(document)

    def end(self, *, whole: bool) -> None:
        """Commit what was added; or, where not all of it came, leave the index as it was."""
        if self._writer is None:
            return
        if whole:
            self._writer.commit()
        else:
            self._writer.rollback()
        self._writer.wait_merging_threads()
        self._index.refresh()


def _rarest(passages: Mapping[str, int]) -> list[tuple[str, int]]:
    """The tokens that are there with the number of passages that hold each; of very many passages, those of the rarest only.

    What half of a million passages hold says little of any, and to read that is most of the work.
    """
    there = sorted(((token, n) for token, n in passages.items() if n), key=lambda pair: pair[1])
    read = list(accumulate(n for _, n in there))
    return [pair for at, pair in enumerate(there) if at < _AT_LEAST or read[at] <= _MOST_READ]


def idf(n: float, total: int) -> float:
    """The weight that BM25 gives a term of n passages among all: ln(1 + (N - n + 0.5) / (n + 0.5))."""
    n = min(n, total)
    return math.log(1 + (total - n + 0.5) / (n + 0.5))


def _key(id: str) -> int:
    """A number for an id, unlike any other's."""
    return int.from_bytes(hashlib.blake2b(id.encode(), digest_size=8).digest(), "big") >> 1


def searched_text(passage: Document) -> str:
    """What a passage is found by: its title, author and section, then its text."""
    parts = (*(passage.metadata.get(key, "") for key in ("title", "author", "section")), passage.page_content)
    return "\n".join(str(part) for part in parts if part)


def _meant(text: str) -> list[str]:
    return [gloss for _, meaning in translated_words(text) for gloss in _clear(meaning)]


@lru_cache(maxsize=100_000)
def _clear(meaning: Meaning) -> tuple[str, ...]:
    return tuple(gloss for gloss, weight in meaning.glosses.items() if weight >= _FAINTEST)


def _runs(text: str) -> list[str]:
    return han_bigrams(text) + latin_ngrams(text)


# each view's tokens, as often as they stand in a text
_VIEWS: Mapping[str, Callable[[str], list[str]]] = {"words": search_terms, "grams": _runs, "unigrams": han_unigrams, "meanings": _meant}
