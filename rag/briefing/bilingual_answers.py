"""A question and a language become an answer in that language, frame by frame.

A model answers in the language that it is asked to. Quoting cannot translate: it answers in the question's language, and quotes
the sentences that say the same in the other edition of the same works, where there is one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from threading import Event

from langchain_core.documents import Document

from rag.answering import extract
from rag.answering.retrieve import number_passages
from rag.citations.markers import find_markers
from rag.citations.support import claim_coverage
from rag.numbers.figures import informative_figures
from rag.pipeline import DraftEvent, Pipeline
from rag.schema import Answer, Citation, Language, Passage, Scope, Turn
from rag.text import prompts
from rag.text.language import detect_language, sentence_spans
from rag.text.messages import name_with_date


def answer_in_language(pipeline: Pipeline, question: str, language: Language, scope: Scope, stop: Event) -> Answer | None:
    """The finished answer in a language; None where it was stopped before its end, and then the model has stopped too.

    Raises:
        HuwenError: as `Pipeline.stream`.
    """
    quoting = pipeline.model == extract.NAME and detect_language(question) != language
    own = replace(pipeline, language=detect_language(question) if quoting else language)
    answer = _last_frame(own.stream(question, scope=scope), stop)
    if answer is None or not quoting:
        return answer
    turned = _CounterpartQuotes(pipeline, answer, language)
    if answer.status == "unanswered" or not turned.quotes:  # a refusal names the same nearest passages in either language
        return _last_frame(replace(pipeline, language=language).stream(question, scope=scope), stop)
    side = replace(pipeline, language=language, draft=turned.draft_quotes)
    return _last_frame(side.stream_from(question, turned.passages), stop)


def _last_frame(frames: Generator[Answer], stop: Event) -> Answer | None:
    answer = None
    with closing(frames):  # closing them stops the model
        for frame in frames:
            if stop.is_set():
                return None
            answer = frame
    return answer


class _CounterpartQuotes:
    """What an answer quotes, in another language's editions: their passages, numbered, and the sentences there."""

    def __init__(self, pipeline: Pipeline, answer: Answer, language: Language) -> None:
        library = pipeline.library
        held = {str(d.id): d for d in library.passages([passage.id for passage in answer.passages])}
        scores = {passage.id: passage.score for passage in answer.passages}
        sides = {id: library.counterparts(document, language) or [document] for id, document in held.items()}
        documents: dict[str, Document] = {}
        for id, some in sides.items():
            for one in some:
                documents.setdefault(str(one.id), one.model_copy(update={"metadata": {**one.metadata, "score": scores[id]}}))
        self.passages = number_passages(list(documents.values()))
        by_id = {passage.id: passage for passage in self.passages}
        # as they stand in the answer, each once
        quoted = [citation for citation in _citations_in_order(answer) if citation.quote and citation.passage_id in sides]
        found = (_closest_sentence(citation.quote, [by_id[str(one.id)] for one in sides[citation.passage_id]]) for citation in quoted)
        self.quotes = tuple(dict.fromkeys(found))

    def draft_quotes(self, question: str, passages: Sequence[Passage], history: Sequence[Turn], language: Language) -> Generator[DraftEvent]:
        """The quotations, by document."""
        documents = dict.fromkeys(passage.source_id for passage, _ in self.quotes)
        foreign = all(passage.language != language for passage, _ in self.quotes)
        yield (prompts.QUOTED_OTHER if foreign else prompts.SEVERAL if len(documents) > 1 else prompts.QUOTED)[language]
        for source_id in documents:
            of_one = [(passage, quote) for passage, quote in self.quotes if passage.source_id == source_id]
            first = of_one[0][0]
            named = name_with_date(prompts.document_name(first.title, first.language), first.date, language)
            yield f"\n\n{named}" + ("：" if language == "zh" else ":")
            yield from (f"\n- “{quote.translate(_INNER_QUOTES)}”[{passage.number}]" for passage, quote in of_one)


_INNER_QUOTES = str.maketrans("“”", "‘’")  # quotation marks inside a quotation


def _citations_in_order(answer: Answer) -> Iterator[Citation]:
    """The citations in the order of their markers in the text."""
    first = {number: start for start, _, number in reversed(list(find_markers(answer.text)))}
    yield from sorted(answer.citations, key=lambda citation: first.get(citation.marker, 0))


def _closest_sentence(quote: str, passages: Sequence[Passage]) -> tuple[Passage, str]:
    """The sentence that says the same, by its words both ways and by the figures that it shares."""
    spans = [(passage, passage.text[start:end]) for passage in passages for start, end in sentence_spans(passage.text)]
    return max(spans, key=lambda one: _sentence_similarity(quote, one[1]))


def _sentence_similarity(quote: str, sentence: str) -> float:
    if detect_language(quote) == detect_language(sentence):
        return float(quote == sentence)
    mine, theirs = list(informative_figures(quote)), list(informative_figures(sentence))
    alike = sum(any(figure.has_same_value(other) for other in theirs) for figure in mine) / max(len(mine), len(theirs), 1)
    return claim_coverage(quote, sentence, cross_lingual=True) + claim_coverage(sentence, quote, cross_lingual=True) + alike
