"""Search by words: BM25 in tantivy over segmented words, characters and translations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tantivy
from langchain_core.documents import Document

from rag.schema import HuwenError, Language
from rag.text.glossary import meanings, translated_words
from rag.text.language import han_bigrams, han_unigrams, latin_grams, terms

# how the views of one passage weigh against each other once each is scaled to its best hit; from the evals
_WEIGHTS = {"words": 1.0, "grams": 1.0, "unigrams": 0.5, "meanings": 0.25}
_ACROSS = {"words": 0.4, "meanings": 1.0}
# a gloss stem weaker than this share of its word's best would only add noise to the index
_FAINTEST = 0.3
_WRITER_BYTES = 64_000_000
_DEEPEST = 200


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
    """An Index of passages by their words, on disk; many readers, one writer.

    Views: `words` (segmented, English stemmed, no function words), `grams` (pairs of Han characters, runs of four Latin
    ones), `unigrams` of Han characters, and `meanings`, the gloss stems that let a question in one language find a
    passage in the other.

    Raises:
        DamagedIndex: files are missing or have been changed.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        builder = tantivy.SchemaBuilder()
        for key in ("id", "source_id", "language"):
            builder.add_text_field(key, stored=key == "id", tokenizer_name="raw", index_option="basic")
        for view in _WEIGHTS:
            builder.add_text_field(view, tokenizer_name="spaced", index_option="freq")
        self._folder, self._schema = folder, builder.build()
        try:
            self._index = tantivy.Index(self._schema, path=str(folder))
        except ValueError as error:
            raise DamagedIndex(folder, error) from None
        self._index.register_tokenizer("spaced", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())

    def replace(self, sources: Mapping[str, Sequence[Document]]) -> None:
        """All passages of some sources at once, in one commit; no passages removes the source."""
        writer = self._index.writer(_WRITER_BYTES, 1)
        for source_id, passages in sources.items():
            writer.delete_documents_by_term("source_id", source_id)
            for passage in passages:
                document = tantivy.Document(id=passage.id, source_id=source_id, language=passage.metadata["language"])
                for view, tokens in _views(searched_text(passage)).items():
                    document.add_text(view, " ".join(tokens.elements()))
                writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def refresh(self) -> None:
        """See what another process has committed."""
        try:
            self._index.reload()
        except ValueError as error:
            raise DamagedIndex(self._folder, error) from None

    def search(self, query: str, k: int, language: Language, *, across: bool = False) -> list[Hit]:
        """The k best passages in one language; `across`: the query is in the other one."""
        searcher = self._index.searcher()
        only = tantivy.Query.term_query(self._schema, "language", language, index_option="basic")
        fused: Counter[str] = Counter()
        weights = _ACROSS if across else _WEIGHTS
        asked = _views(query, weigh=True)
        for view, weight in weights.items():
            if not asked[view]:
                continue
            clauses = [(tantivy.Occur.Must, tantivy.Query.boost_query(only, 0.0))]
            clauses += [(tantivy.Occur.Should, self._term(view, term, boost)) for term, boost in asked[view].items()]
            hits = searcher.search(tantivy.Query.boolean_query(clauses), max(k, _DEEPEST), count=False).hits
            best = hits[0][0] if hits else 0.0
            for score, address in hits:
                if score > 0 and best > 0:
                    fused[searcher.doc(address)["id"][0]] += weight * score / best
        total = sum(weight for view, weight in weights.items() if asked[view])
        # equals by id: tantivy tells them in the order of its segments, which depends on what was added when
        return [Hit(id, score / total) for id, score in sorted(fused.items(), key=lambda found: (-found[1], found[0]))[:k]]

    def passages_with(self, term: str, view: str) -> int:
        """In how many passages a term stands, in one view."""
        return self._index.searcher().doc_freq(view, term)

    def ids(self) -> set[str]:
        """The ids of everything stored."""
        searcher = self._index.searcher()
        hits = searcher.search(tantivy.Query.all_query(), max(1, self.size), count=False).hits
        return {searcher.doc(address)["id"][0] for _, address in hits}

    @property
    def size(self) -> int:
        """How many passages are in."""
        return self._index.searcher().num_docs

    def _term(self, view: str, term: str, boost: float) -> tantivy.Query:
        return tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, view, term, index_option="freq"), boost)


def searched_text(passage: Document) -> str:
    """What a passage is found by: its title, author and section, then its text."""
    parts = (*(passage.metadata.get(key, "") for key in ("title", "author", "section")), passage.page_content)
    return "\n".join(str(part) for part in parts if part)


def _views(text: str, *, weigh: bool = False) -> dict[str, Counter[str]]:
    """Each view's tokens: to index, repeated by count; to query (`weigh`), with what each may contribute."""
    views = {"words": Counter(terms(text)), "grams": Counter(han_bigrams(text) + latin_grams(text)),
             "unigrams": Counter(han_unigrams(text))}
    if weigh:
        return views | {"meanings": meanings(text)}
    told = Counter(g for _, weighted in translated_words(text) for g, w in weighted.items() if w >= _FAINTEST)
    return views | {"meanings": told}
