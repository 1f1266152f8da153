"""Examples of question libraries: for each question the passage that answers or tempts, and others with its words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from evals.training.question_libraries import LibraryQuestion, read_questions
from evals.training.reader.examples import Example
from rag.sources.clean import clean
from rag.sources.loaders import load
from rag.sources.split import find_title, split
from rag.text.language import segment_words

_OTHERS = 3  # passages without an answer for each question, those with most of its words


def library_examples(
    folder: Path, set_name: str, questions: Mapping[str, str] | None = None,
) -> Iterator[Example]:
    """The examples of all libraries of a folder; `questions` replaces some of the questions, by their ids."""
    passages: dict[str, list[tuple[str, str, str]]] = {}
    for question in read_questions(folder):
        if question.library not in passages:
            passages = {question.library: [*_read_passages(folder / question.library)]}
        asked = question.question if questions is None else questions.get(question.id, "")
        if asked:
            yield from _question_examples(question, asked, passages[question.library], set_name)


def _read_passages(folder: Path) -> Iterator[tuple[str, str, str]]:
    """File name, heading and text of each passage of a library."""
    for path in sorted(folder.iterdir()):
        document = clean(load(path))
        title = find_title(document)
        for passage in split(document, path.stem):
            section = passage.metadata["section"]
            yield path.name, f"{title} › {section}" if section else title, passage.page_content


def _question_examples(
    question: LibraryQuestion, asked: str, passages: Sequence[tuple[str, str, str]], set_name: str,
) -> Iterator[Example]:
    words = frozenset(segment_words(asked))
    sentence = question.sentence or question.near
    first: list[Example] = []
    others: list[tuple[float, Example]] = []
    for name, heading, text in passages:
        example = Example(set_name, question.library, asked, heading, text, None)
        place = _find_letters(text, sentence) if sentence and name == (question.document or name) else None
        if place and question.behaviour != "refuse":
            start = text.find(question.answer, *place)
            answer = (start, start + len(question.answer)) if start >= 0 and question.answer else place
            first.append(Example(set_name, question.library, asked, heading, text, answer))
        elif place:
            first.append(replace(example, is_near=True))
        elif question.behaviour == "refuse" or not question.answer or question.answer not in text:
            overlap = len(words & _words(text)) / (1 + len(words))
            others.append((overlap, example))
    yield from first
    others.sort(key=lambda pair: -pair[0])
    yield from (example for _, example in others[:_OTHERS])


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(segment_words(text))


def _find_letters(text: str, wanted: str) -> tuple[int, int] | None:
    """Where a text has some words, whatever marks and spaces stand between them; start and end in characters."""
    places = [place for place, character in enumerate(text) if character.isalnum()]
    letters = "".join(text[place] for place in places)
    wanted = "".join(character for character in wanted if character.isalnum())
    start = letters.find(wanted)
    return (places[start], places[start + len(wanted) - 1] + 1) if start >= 0 and wanted else None
