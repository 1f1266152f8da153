"""Terms of a library: which terms its documents use, how rare each is, and which documents are related by them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import combinations

from rag.ledger.word_matching import WordSet, word_form

# added to the number of documents, so that a word which both documents of a small library have still tells something
_PRIOR_DOCUMENTS = 50
_MOST_RELATED = 20  # documents with which one is compared
# a term that more than an eighth of the documents have relates none; the bounds keep the time linear in a large library
_CAP_SHARE, _LEAST_CAP, _GREATEST_CAP = 8, 20, 200


@lru_cache(maxsize=100_000)
def word_terms(word: str) -> frozenset[str]:
    """The terms by which a word meets others: its key, and its strong glosses with the sign `g:`."""
    form = word_form(word)
    return frozenset((form.key, *(f"g:{gloss}" for gloss in form.glosses)))


class LibraryTerms:
    """The terms of the documents of a library, from the words of each.

    The weight of a term is its idf (Sparck Jones, 1972) over that of a term which no document has: 0 to 1.
    Two documents are as related as the cosine of their terms, weighted by idf.
    """

    def __init__(self, words: Mapping[str, Iterable[str]]) -> None:
        self._words = {source: frozenset(found) for source, found in words.items()}
        self._terms = {source: frozenset(term for word in found for term in word_terms(word))
                       for source, found in self._words.items()}
        self._counts = Counter(term for terms in self._terms.values() for term in terms)
        self._documents = len(self._words) + _PRIOR_DOCUMENTS
        self._sets: dict[str, WordSet] = {}
        self.related = self._relate()
        self.nearest = {source: sorted(others, key=lambda other: (-others[other], other))[:_MOST_RELATED]
                        for source, others in self.related.items()}

    def weight(self, term: str) -> float:
        """The weight of a term, from 0 for one that all documents have to 1 for one that none has."""
        return math.log(self._documents / (self._counts[term] + 0.5)) / math.log(2 * self._documents)

    def vocabulary(self, source: str) -> WordSet:
        """All words of a document, to look for a name among them."""
        if source not in self._sets:
            self._sets[source] = WordSet(sorted(self._words.get(source, ())))
        return self._sets[source]

    def rank(self, source: str, other: str) -> int:
        """How many documents are more related to a document than another one."""
        nearest = self.nearest.get(source, [])
        return nearest.index(other) if other in nearest else len(nearest)

    def _relate(self) -> dict[str, dict[str, float]]:
        having: dict[str, list[str]] = defaultdict(list)
        norms: dict[str, float] = {}
        for source, terms in self._terms.items():
            norms[source] = math.sqrt(sum(self.weight(term) ** 2 for term in terms)) or 1.0
            for term in terms:
                having[term].append(source)
        most = min(_GREATEST_CAP, max(_LEAST_CAP, len(self._terms) // _CAP_SHARE))
        related: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for term, sources in having.items():
            weight = self.weight(term) ** 2
            for left, right in combinations(sources, 2) if len(sources) <= most else ():
                related[left][right] += weight / (norms[left] * norms[right])
        for left, others in [*related.items()]:
            for right, cosine in [*others.items()]:
                related[right][left] = cosine
        return {source: dict(others) for source, others in related.items()}
