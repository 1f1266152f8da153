"""Question sets become shelves: a library of their texts, and questions that know which sentences answer them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from evals.benchmarks import squad
from evals.benchmarks.benchmark_library import digest, shelve
from evals.cases import DATASETS, Case, load
from evals.metrics.facts import holds, squeezed
from evals.metrics.retrieval import covers
from rag.answering.followup import by_rules
from rag.answering.retrieve import HybridRetriever, numbered
from rag.library.library import Library
from rag.reading.matching import Rarity, Sentence, sentences_of
from rag.schema import Language, Passage
from rag.settings import SHIPPED_SEEDS
from rag.text.language import detect

_SEEN = 8  # passages that an answer may draw on
# answered by the library; on a matter of which it speaks, without an answer; the same, as the sentences that answer are cut out;
# on another matter; its source withheld
Sort = Literal["answered", "near miss", "cut", "elsewhere", "withheld"]


@dataclass(frozen=True)
class Asked:
    """A training question: how far each sentence answers it, and the document that folds are split by."""

    question: str
    language: Language
    group: str
    answers: Callable[[Sentence], float]
    sort: Sort = "answered"
    hidden: str = ""  # a source that is withheld, so that nothing answers


@dataclass(frozen=True)
class Shelf:
    """A library with the questions that are asked of it."""

    name: str
    library: Library
    rarity: Rarity
    asked: list[Asked]

    def passages(self, asked: Asked, *, reranked: bool) -> tuple[Passage, ...]:
        """What retrieval finds, without the source that is withheld or the sentences that are cut out."""
        retriever = HybridRetriever(library=self.library, k=_SEEN + 6, reranked=reranked)
        found = numbered([d for d in retriever.invoke(asked.question) if d.metadata["source_id"] != asked.hidden][:_SEEN])
        return tuple(left for p in found if (left := _cut(p, asked)).text) if asked.sort == "cut" else found


def squad_shelf(path: Path, folder: Path, questions: dict[str, str] | None = None) -> Shelf:
    """A SQuAD file as a library of its paragraphs; `questions` replaces the questions by others with the same ids."""
    paragraphs = list(squad.paragraphs(path))
    library = shelve([text.text for text, _ in paragraphs], folder / "home")
    ids = {source.name.removesuffix(".txt"): source.id for source in library.sources()}
    asked = []
    for text, pairs in paragraphs:
        source = ids[digest(text.text)]
        for pair in (pair for pair in pairs if not pair.is_blank("question")):
            question = (questions or {}).get(pair.text("id"), pair.text("question"))
            answers = [squeezed(answer.text("text")) for answer in pair.records("answers")]
            asked.append(Asked(question, detect(question), source, _states(source, answers)))
    return Shelf(f"{path.stem}{' across' if questions else ''}", library, cache(library.rarity), asked)


def questions_of(path: Path) -> dict[str, str]:
    """The questions of a file by their ids."""
    return {q.text("id"): q.text("question") for _, qas in squad.paragraphs(path) for q in qas if not q.is_blank("question")}


def _states(source: str, answers: Sequence[str]) -> Callable[[Sentence], float]:
    return lambda s: float(s.passage.source_id == source and any(a in squeezed(s.text) for a in answers))


def withheld(asked: Asked) -> Asked:
    """The same question where its source is not there."""
    return replace(asked, answers=_nothing, sort="withheld", hidden=asked.group)


def cut(asked: Asked) -> Asked:
    """The same question where its source is there without the sentences that answer."""
    return replace(asked, sort="cut")


def _cut(passage: Passage, asked: Asked) -> Passage:
    kept = [sentence.text for sentence in sentences_of([passage]) if asked.answers(sentence) < _ANSWERS]
    return replace(passage, text=(" " if passage.language == "en" else "").join(kept))


_ANSWERS = 0.5  # a sentence answers that has half of what is required, as in the evals


def elsewhere(asked: Asked) -> Asked:
    """The same question asked of a library on other matters."""
    return replace(asked, answers=_nothing, sort="elsewhere")


def _nothing(sentence: Sentence) -> float:
    return 0.0


def notes_shelf(folder: Path) -> Shelf:
    """The shipped notes with the dev split of every dataset."""
    library = Library(folder / "home")
    library.fill(SHIPPED_SEEDS, lambda name, done, total: None)
    cases = [case for path in sorted(DATASETS.glob("*.jsonl")) for case in load(path) if case.split == "dev"]
    asked = [
        Asked(by_rules(c.question, c.history), c.language, c.gold[0][0].split("#")[0] if c.gold else c.pair or c.id, _grades(c), _sort(c))
        for c in cases]
    return Shelf("notes", library, cache(library.rarity), asked)


_ELSEWHERE = ("unanswerable/off-topic", "unanswerable/nonsense")


def _sort(case: Case) -> Sort:
    if case.gold:
        return "answered"
    return "elsewhere" if case.type in _ELSEWHERE else "near miss"


def _grades(case: Case) -> Callable[[Sentence], float]:
    """The share of the required facts that a sentence in a gold paragraph holds."""
    addresses = [address for need in case.gold for address in need]

    def grade(sentence: Sentence) -> float:
        if not any(covers(sentence.passage, address) for address in addresses):
            return 0.0
        return sum(holds(fact, sentence.text) for fact in case.must) / max(1, len(case.must))

    return grade
