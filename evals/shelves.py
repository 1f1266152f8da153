"""Question sets become shelves: a library of their texts, and questions that know which sentences answer them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evals.benchmarks import squad
from evals.benchmarks.shelf import digest, shelve
from evals.cases import DATASETS, Case, load
from evals.metrics.facts import holds, squeezed
from evals.metrics.retrieval import covers
from evals.nearmiss import Original, near_misses
from rag.answering.followup import by_rules
from rag.answering.retrieve import HybridRetriever, numbered
from rag.library.library import Library
from rag.schema import Language, Passage
from rag.settings import SHIPPED_SEEDS
from rag.text.language import detect
from rag.text.relevance import Rarity
from rag.text.said import Sentence

_SEEN = 8  # passages that an answer may draw on


@dataclass(frozen=True)
class Asked:
    """A training question: how far each sentence answers it, and the document that folds are split by."""

    question: str
    language: Language
    group: str
    answers: Callable[[Sentence], float]
    hidden: str = ""  # a source that is withheld, so that nothing answers
    swapped: bool = False  # a near miss: its text is there and does not answer


@dataclass(frozen=True)
class Shelf:
    """A library with the questions that are asked of it."""

    name: str
    library: Library
    rarity: Rarity
    asked: list[Asked]

    def passages(self, asked: Asked, *, reranked: bool) -> tuple[Passage, ...]:
        """What retrieval finds, without the withheld source."""
        retriever = HybridRetriever(library=self.library, k=_SEEN + 6, reranked=reranked)
        return numbered([d for d in retriever.invoke(asked.question) if d.metadata["source_id"] != asked.hidden][:_SEEN])


def squad_shelf(path: Path, folder: Path, questions: dict[str, str] | None = None) -> Shelf:
    """A SQuAD file as a library of its paragraphs; `questions` replaces the questions by others with the same ids."""
    paragraphs = list(squad.paragraphs(path))
    library = shelve([text.text for text, _ in paragraphs], folder / "home")
    ids = {source.name.removesuffix(".txt"): source.id for source in library.sources()}
    asked, originals = [], []
    for text, pairs in paragraphs:
        source = ids[digest(text.text)]
        for pair in (pair for pair in pairs if not pair.is_blank("question")):
            question = (questions or {}).get(pair.text("id"), pair.text("question"))
            answers = [squeezed(answer.text("text")) for answer in pair.records("answers")]
            asked.append(Asked(question, detect(question), source, _states(source, answers)))
            originals.append(Original(question, source, text.text))
    if not questions:
        asked += [Asked(question, detect(question), group, _nothing, swapped=True) for question, group, _ in near_misses(originals)]
    return Shelf(f"{path.stem}{' across' if questions else ''}", library, cache(library.rarity), asked)


def questions_of(path: Path) -> dict[str, str]:
    """The questions of a file by their ids."""
    return {q.text("id"): q.text("question") for _, qas in squad.paragraphs(path) for q in qas if not q.is_blank("question")}


def _states(source: str, answers: Sequence[str]) -> Callable[[Sentence], float]:
    return lambda s: float(s.passage.source_id == source and any(a in squeezed(s.text) for a in answers))


def _nothing(sentence: Sentence) -> float:
    return 0.0


def notes_shelf(folder: Path) -> Shelf:
    """The shipped notes with the dev split of every dataset."""
    library = Library(folder / "home")
    library.fill(SHIPPED_SEEDS, lambda name, done, total: None)
    cases = [case for path in sorted(DATASETS.glob("*.jsonl")) for case in load(path) if case.split == "dev"]
    asked = [
        Asked(by_rules(c.question, c.history), c.language, c.gold[0][0].split("#")[0] if c.gold else c.pair or c.id, _grades(c),
              hidden="" if c.gold else "none")
        for c in cases]
    return Shelf("notes", library, cache(library.rarity), asked)


def _grades(case: Case) -> Callable[[Sentence], float]:
    """The share of the required facts that a sentence in a gold paragraph holds."""
    addresses = [address for need in case.gold for address in need]

    def grade(sentence: Sentence) -> float:
        if not any(covers(sentence.passage, address) for address in addresses):
            return 0.0
        return sum(holds(fact, sentence.text) for fact in case.must) / max(1, len(case.must))

    return grade
