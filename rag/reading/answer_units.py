"""Answer units: what is quoted together when a sentence is chosen: a list with its opening, the answer to a question.

A sentence that only opens a list, or that is one item of a list that is asked for, does not answer alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.numbers.addresses import Address, address_keys
from rag.questions.analysis import AnalysedQuestion
from rag.reading.matching import Sentence, TermWeight, matched_share, matched_terms
from rag.reading.ranking import Ranking
from rag.schema import Passage

MAX_UNIT_SENTENCES = 24  # of a list; a longer one is quoted in part
_MAX_ANSWER_SENTENCES = 5
LIST_KINDS = frozenset(("list", "procedure"))


@dataclass(frozen=True)
class AnswerUnits:
    """The units of the retrieved sentences, by the blocks that lead to them."""

    sentences: Sequence[Sentence]  # in the order of the documents

    @classmethod
    def of_ranking(cls, ranking: Ranking) -> AnswerUnits:
        """The units of all ranked sentences."""
        sentences = [candidate.sentence for candidate in ranking.candidates]
        return cls(sorted(sentences, key=lambda s: (s.passage.number, s.start)))

    @cached_property
    def _by_parent(self) -> dict[tuple[str, int], list[Sentence]]:
        groups: dict[tuple[str, int], list[Sentence]] = {}
        for sentence in self.sentences:
            if sentence.block is not None:
                groups.setdefault((sentence.passage.source_id, sentence.block.parent), []).append(sentence)
        return groups

    @cached_property
    def _by_index(self) -> dict[tuple[str, int], list[Sentence]]:
        groups: dict[tuple[str, int], list[Sentence]] = {}
        for sentence in self.sentences:
            if sentence.block is not None:
                groups.setdefault((sentence.passage.source_id, sentence.block.index), []).append(sentence)
        return groups

    def expand(self, sentence: Sentence, *, whole_lists: bool) -> list[Sentence]:
        """The sentences that are quoted with this one, itself included, in reading order.

        `whole_lists`: an item brings its list with it, because the question asks for all of them.
        """
        block = sentence.block
        if block is None:
            return [sentence]
        if block.kind == "opening":
            return [sentence, *self._below(sentence)][:MAX_UNIT_SENTENCES]
        if block.kind == "item":
            whole = self._list_of(sentence) if whole_lists else [sentence, *self._below(sentence)]
            return whole[:MAX_UNIT_SENTENCES]
        if block.kind == "answer":
            answer = self._by_parent[sentence.passage.source_id, block.parent]
            return answer if len(answer) <= _MAX_ANSWER_SENTENCES else [sentence]
        return [sentence]

    def _below(self, sentence: Sentence) -> list[Sentence]:
        """The sentences to which this one leads, and those to which they lead."""
        assert sentence.block is not None
        below: list[Sentence] = []
        waiting = [sentence]
        while waiting and len(below) <= MAX_UNIT_SENTENCES:
            current = waiting.pop()
            if current is not sentence:
                below.append(current)
            if current.block is not None:
                children = self._by_parent.get((current.passage.source_id, current.block.index), ())
                waiting += reversed(children)
        return below[:MAX_UNIT_SENTENCES]

    def _list_of(self, item: Sentence) -> list[Sentence]:
        """All items of an item's list, with the sentence that opens it."""
        assert item.block is not None
        source_id, parent = item.passage.source_id, item.block.parent
        siblings = [
            sentence for sentence in self._by_parent[source_id, parent]
            if sentence.block is not None and sentence.block.kind == "item"]
        run = _run_of_items(siblings, item)
        opening = [s for s in self._by_index.get((source_id, parent), ()) if s.block and s.block.kind != "heading"]
        return [*opening, *(part for sibling in run for part in (sibling, *self._below(sibling)))][:MAX_UNIT_SENTENCES]

    def with_address(self, passage: Passage, address: Address) -> list[Sentence]:
        """The sentences of a clause, with its paragraphs and items; of a chapter, those that follow its heading.

        `passage` is one that has the address.
        """
        of_source = [sentence for sentence in self.sentences if sentence.passage.source_id == passage.source_id]
        number = next((key for key in address_keys(address) if key in passage.addresses), "")
        named = [s for s in of_source if s.block and (s.block.number == number or _is_part(s.block.number, number))]
        if not named:
            return [sentence for sentence in of_source if number in sentence.passage.addresses]
        found = [part for sentence in named for part in (sentence, *self._below(sentence))]
        return [sentence for sentence in of_source if sentence in found]

    def lists(self) -> list[list[Sentence]]:
        """All lists of at least two items, each with its opening."""
        seen: set[tuple[str, int]] = set()
        found: list[list[Sentence]] = []
        for sentence in self.sentences:
            if sentence.block is None or sentence.block.kind != "item":
                continue
            unit = self._list_of(sentence)
            key = (unit[0].passage.source_id, unit[0].block.index if unit[0].block else -1)
            if len(unit) > 1 and key not in seen:
                seen.add(key)
                found.append(unit)
        return found


def _is_part(number: str, clause: str) -> bool:
    """Whether a block's address belongs to a clause: `article 12(2)` and `article 12 paragraph 2` to `article 12`."""
    return bool(clause) and number.startswith((f"{clause}(", f"{clause} paragraph "))


def _run_of_items(siblings: Sequence[Sentence], item: Sentence) -> list[Sentence]:
    """The items of one list: those around an item that follow each other without another block between them."""
    assert item.block is not None
    run: list[Sentence] = []
    for sentence in siblings:
        assert sentence.block is not None
        if run and _is_apart(run[-1], sentence):
            if item in run:
                return run
            run = []
        run.append(sentence)
    return run


def _is_apart(before: Sentence, sentence: Sentence) -> bool:
    """Whether a new list begins: its numbers begin again, or much other text lies between two items."""
    assert before.block is not None
    assert sentence.block is not None
    if before.block.index == sentence.block.index:
        return False
    gap = sentence.passage.start + sentence.start - before.passage.start - before.end
    return gap > _LARGEST_GAP or sentence.block.number.endswith((" 1", "(1)"))


_LARGEST_GAP = 400  # characters between two items of one list: an item may have paragraphs of its own


def list_coverage(
    question: AnalysedQuestion, unit: Sequence[Sentence], term_weight: TermWeight,
) -> float:
    """The share of a question's term weight in a list with its opening and headings, 0 to 1."""
    passage = unit[0].passage
    texts = [f"{passage.title}\n{passage.section}", *(sentence.statement for sentence in unit)]
    words = frozenset[str]().union(*(matched_terms(question, text) for text in texts))
    return matched_share(question, words, term_weight)


def first_in_reading(sentences: Iterable[Sentence]) -> list[Sentence]:
    """The sentences without repetitions, in the order given."""
    return list(dict.fromkeys(sentences))
