"""Passages for tests of reading and answering: those of a text, numbered as a retriever would give them."""

from __future__ import annotations

from langchain_core.documents import Document

from rag.answering.retrieve import number_passages
from rag.questions.analysis import analyse_question
from rag.reading.ranking import Ranking, rank_sentences
from rag.schema import Passage
from rag.sources.split import find_title, split
from rag.text.language import detect_language
from tests.rag.sources.contents import clean_document


def make_passages(text: str, markup: str = "markdown", *, source_id: str = "s") -> tuple[Passage, ...]:
    """The passages of a Markdown or plain text, in the order of the document."""
    made = clean_document(text, markup)
    common: dict[str, object] = {
        "title": find_title(made),
        "language": detect_language(text),
        "score": 1.0,
        "edition_of": "",
        "date": "",
    }
    parts = split(made, source_id)
    return number_passages(
        [Document(part.page_content, id=part.id, metadata={**common, **part.metadata}) for part in parts]
    )


def make_passage(text: str, markup: str = "markdown") -> Passage:
    """The only passage of a text."""
    (passage,) = make_passages(text, markup)
    return passage


def rank_text(question: str, text: str, markup: str = "markdown") -> Ranking:
    """The sentences of a text, ranked for a question; all terms have the same weight."""
    analysed = analyse_question(question, detect_language(question))
    return rank_sentences(analysed, make_passages(text, markup), lambda term, is_gloss: 5.0)


def make_table(*rows: str) -> str:
    """A Markdown table from its rows, such as `门店 | 员工`."""
    return "\n".join([f"| {rows[0]} |", "|---" * len(rows[0].split("|")) + "|", *(f"| {row} |" for row in rows[1:])])
