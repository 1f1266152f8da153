"""Answers in a requested language, with a model or without.

A model answers in any language. The extractive reader cannot translate: it answers in the question's language first,
and then quotes the corresponding sentences from the editions of the same works in the requested language.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from threading import Event

from langchain_core.documents import Document

from rag.answering import extract
from rag.answering.drafting import DraftRequest
from rag.answering.quotation import render_quotes
from rag.answering.retrieve import number_passages
from rag.citations.markers import find_markers
from rag.citations.support import claim_coverage
from rag.numbers.figures import informative_figures
from rag.pipeline import Pipeline
from rag.reading.matching import Sentence, passage_sentences
from rag.schema import Answer, Citation, DraftEvent, Language, Passage, Scope
from rag.text.language import detect_language


def answer_in_language(
    pipeline: Pipeline, question: str, language: Language, scope: Scope, stop: Event,
) -> Answer | None:
    """The finished answer in `language`; None if `stop` was set before its end; then the model is stopped too.

    Raises:
        HuwenError: as `Pipeline.stream`.
    """
    needs_counterparts = pipeline.model == extract.NAME and detect_language(question) != language
    first_language = detect_language(question) if needs_counterparts else language
    answer = _last_frame(replace(pipeline, language=first_language).stream(question, scope=scope), stop)
    if answer is None or not needs_counterparts:
        return answer
    counterparts = _CounterpartQuotes(pipeline, answer, language)
    # a refusal names the same nearest passages in either language
    if answer.status == "unanswered" or not counterparts.quotes:
        return _last_frame(replace(pipeline, language=language).stream(question, scope=scope), stop)
    translated = replace(pipeline, language=language, draft=counterparts.draft_quotes)
    return _last_frame(translated.stream_from(question, counterparts.passages), stop)


def _last_frame(frames: Generator[Answer], stop: Event) -> Answer | None:
    answer = None
    with closing(frames):  # closing the generator stops the model
        for frame in frames:
            if stop.is_set():
                return None
            answer = frame
    return answer


class _CounterpartQuotes:
    """The counterparts of an answer's quotes in the editions of another language: numbered passages and sentences.

    `passages` are the counterpart passages (those without a counterpart stay as they are); `quotes` are
    sentences in the order of the answer, each once.
    """

    def __init__(self, pipeline: Pipeline, answer: Answer, language: Language) -> None:
        library = pipeline.library
        scores = {passage.id: passage.score for passage in answer.passages}
        counterparts: dict[str, list[Document]] = {}  # by the id of the answer's passage; itself if it has none
        for document in library.passages(list(scores)):
            counterparts[str(document.id)] = library.counterparts(document, language) or [document]
        documents: dict[str, Document] = {}
        for id, group in counterparts.items():
            for document in group:
                scored = document.model_copy(update={"metadata": {**document.metadata, "score": scores[id]}})
                documents.setdefault(str(document.id), scored)
        self.passages = number_passages(list(documents.values()))
        by_id = {passage.id: passage for passage in self.passages}
        quotes: dict[Sentence, None] = {}  # ordered, without duplicates
        for citation in _citations_in_order(answer):
            if citation.quote and citation.passage_id in counterparts:
                candidates = [by_id[str(document.id)] for document in counterparts[citation.passage_id]]
                quotes.setdefault(_closest_sentence(citation.quote, candidates))
        self.quotes = tuple(quotes)

    def draft_quotes(self, request: DraftRequest) -> Generator[DraftEvent]:
        """The quotes by document, as a draft in the language of the request."""
        yield from render_quotes(self.quotes, request.language)


def _citations_in_order(answer: Answer) -> Iterator[Citation]:
    """The citations in the order of their markers in the text."""
    first = {number: start for start, _, number in reversed(list(find_markers(answer.text)))}
    yield from sorted(answer.citations, key=lambda citation: first.get(citation.marker, 0))


def _closest_sentence(quote: str, passages: Sequence[Passage]) -> Sentence:
    """The sentence that is most similar to the quote."""
    return max(passage_sentences(passages), key=lambda sentence: _sentence_similarity(quote, sentence.text))


def _sentence_similarity(quote: str, sentence: str) -> float:
    """0 or 1 in one language; 0 to 3 across languages: word coverage both ways, and the share of equal figures."""
    if detect_language(quote) == detect_language(sentence):
        return float(quote == sentence)
    quote_figures, sentence_figures = list(informative_figures(quote)), list(informative_figures(sentence))
    shared = sum(any(figure.has_same_value(other) for other in sentence_figures) for figure in quote_figures)
    figure_share = shared / max(len(quote_figures), len(sentence_figures), 1)
    forward = claim_coverage(quote, sentence, cross_lingual=True)
    backward = claim_coverage(sentence, quote, cross_lingual=True)
    return forward + backward + figure_share
