"""load → clean → split → index;  question → retrieve → compose → verify → Answer."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Literal

from rag.answering import extract
from rag.answering.address_search import missing_addresses
from rag.answering.confidence import cited_answer_level, rate_confidence
from rag.answering.drafting import Drafter, DraftRequest
from rag.answering.followup import Rewriter, rewrite_by_model, rewrite_by_rules
from rag.answering.retrieve import HybridRetriever, number_passages
from rag.answering.suggest import suggest_questions
from rag.answering.table_answer import compute_table_answer
from rag.answering.verify import verify
from rag.answering.version_choice import question_within_version
from rag.answering.version_drafts import quote_versions
from rag.answering.version_notes import version_notes
from rag.citations.markers import resolve_markers, stable_length
from rag.encoder.engine import find_obstacle
from rag.encoder.reader import load_reader
from rag.endpoints.deadlines import endpoint_deadlines
from rag.endpoints.rerank import EndpointReranker
from rag.library.library import Library, open_library
from rag.library.scope import WHOLE_LIBRARY
from rag.questions.analysis import AnalysedQuestion, analyse_question
from rag.questions.asked_version import find_asked_version
from rag.reading.judge import Judge
from rag.schema import (
    Answer,
    AnswerScore,
    DraftEvent,
    HuwenError,
    Language,
    PackedPassages,
    Passage,
    Scope,
    Thought,
    Timings,
    Turn,
    Usage,
)
from rag.settings import Settings
from rag.text import messages
from rag.text.language import detect_language, is_traditional, to_traditional, valid_unicode

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MAX_QUESTION_LENGTH = 8_000  # characters; a longer question is a pasted document, not a query
_STARTER_COUNT, _STARTER_SOURCES, _STARTER_PASSAGES = 3, 6, 12  # the last: passages read of each source


class BadQuestion(HuwenError):
    """A question that cannot be asked."""


@dataclass(frozen=True)
class Pipeline:
    """From a question to its Answer. The library may change between questions."""

    library: Library
    retriever: HybridRetriever
    draft: Drafter
    judge: Judge
    model: str  # the name that is stored in answers
    rewrite: Rewriter = rewrite_by_rules  # a follow-up → the standalone question
    language: Language | Literal[""] = ""  # of the answers; by default that of each question

    def stream(
        self, question: str, history: Sequence[Turn] = (), scope: Scope = WHOLE_LIBRARY,
    ) -> Generator[Answer]:
        """The growing answer: first the passages, then longer and longer text, last the verified answer.

        Closing the generator stops the model.

        Raises:
            BadQuestion: the question is empty or far too long.
            UnknownSource, EmptyScope: nothing is in the scope.
            ModelFailed: the endpoint fails before the first word. If it fails later, the answer ends with the status
                `failed` and the text so far.
        """
        started = time.perf_counter()
        question = validate_question(question)
        standalone, passages = self._retrieve_versions(_analyse(self.rewrite(question, history)), scope)
        request = self._draft_request(question, standalone, passages, history)
        yield from self._stream_answer(request, started)

    def stream_from(
        self, question: str, passages: Sequence[Passage], history: Sequence[Turn] = (),
    ) -> Generator[Answer]:
        """As `stream`, but the passages are given, not retrieved."""
        started = time.perf_counter()
        question = validate_question(question)
        standalone = _analyse(rewrite_by_rules(question, history))
        yield from self._stream_answer(self._draft_request(question, standalone, tuple(passages), history), started)

    def ask(self, question: str, history: Sequence[Turn] = (), scope: Scope = WHOLE_LIBRARY) -> Answer:
        """The finished answer: the last frame of `stream`."""
        *_, answer = self.stream(question, history, scope)
        return answer

    def search(
        self, question: str, history: Sequence[Turn] = (), k: int = 0, scope: Scope = WHOLE_LIBRARY,
    ) -> tuple[Passage, ...]:
        """Only retrieval: the k best passages, by default as many as an answer may use."""
        standalone = self.rewrite(validate_question(question), history)
        return self._retrieve_passages(_analyse(standalone), k, scope)

    def starter_questions(self, language: Language) -> tuple[str, ...]:
        """Questions to start with, which the library can answer, from several of its sources in a language."""
        by_source = []
        sources = [source for source in self.library.sources() if source.language == language]
        for source in sources[:_STARTER_SOURCES]:
            title = source.title[:MAX_QUESTION_LENGTH]
            passages = self.search(title, k=_STARTER_PASSAGES, scope=Scope(sources=(source.id,)))
            by_source.append(suggest_questions(source.title, language, passages, ()))
        in_turn = chain.from_iterable(zip_longest(*by_source))
        return tuple(dict.fromkeys(question for question in in_turn if question))[:_STARTER_COUNT]

    def _retrieve_passages(self, standalone: AnalysedQuestion, k: int, scope: Scope) -> tuple[Passage, ...]:
        retriever = replace(self.retriever, k=k or self.retriever.k, scope=scope)
        return number_passages(retriever.retrieve(standalone).documents)

    def _retrieve_versions(
        self, standalone: AnalysedQuestion, scope: Scope,
    ) -> tuple[AnalysedQuestion, tuple[Passage, ...]]:
        """The passages for an answer: of several versions of a document those of one, then what the others say.

        The question comes back without the name of a version that was found: no sentence of that version has it.
        """
        asked, retriever = find_asked_version(standalone.text, date.today()), replace(self.retriever, scope=scope)
        retrieval = retriever.retrieve(standalone, asked)
        if (rest := question_within_version(asked, retrieval)) and rest != standalone.text:
            standalone = _analyse(rest)
            retrieval = retriever.retrieve(standalone, asked)
        return standalone, number_passages([*retrieval.documents, *retrieval.others])

    def _draft_request(
        self, question: str, standalone: AnalysedQuestion, passages: tuple[Passage, ...], history: Sequence[Turn],
    ) -> DraftRequest:
        language = self.language or detect_language(question)
        computed = compute_table_answer(self.library, standalone, passages, language)
        return DraftRequest(
            question, standalone, computed.passages if computed else passages, history, language, computed)

    def _stream_answer(self, request: DraftRequest, started: float) -> Generator[Answer]:
        answer = Answer(
            request.question, request.language, passages=request.passages, model=self.model,
            timings_ms=Timings(retrieve=_elapsed_ms(started)))
        yield answer
        draft = ""
        try:
            with closing(self.draft(request)) as events:
                for event in events:
                    draft, answer = _apply_event(event, draft, answer, started)
                    yield answer
        except HuwenError as error:
            if not draft:
                raise
            text = f"{answer.text}\n\n{messages.BROKEN_OFF[request.language].format(reason=error)}"
            yield _with_total(replace(answer, text=text, status="failed"), started)
            return
        yield _with_total(self._finish_answer(answer, draft, request), started)

    def _finish_answer(self, answer: Answer, draft: str, request: DraftRequest) -> Answer:
        """The finished answer: verified, with disagreements, confidence and suggestions."""
        if answer.packed.left_out:
            request = replace(request, passages=_draft_passages(answer))
        language, standalone, passages = request.language, request.standalone, request.passages
        verified = verify(draft, passages, language)
        if notes := version_notes(draft, verified.citations, passages, language):
            traditional = language == "zh" and is_traditional(request.question)
            verified = verify(draft + (to_traditional(notes) if traditional else notes), passages, language)
        disagreements = () if verified.status == "unanswered" else request.disagreements
        confidence = rate_confidence(
            language, verified.status, verified.citations, verified.figures, disagreements,
            cited_answer_level(standalone, verified.citations, passages, self.judge))
        earlier_questions = [turn.question for turn in request.history]
        return replace(
            answer, text=verified.text, citations=verified.citations, status=verified.status, figures=verified.figures,
            disagreements=disagreements, confidence=confidence,
            suggestions=suggest_questions(standalone.text, language, passages, earlier_questions))


def _analyse(standalone: str) -> AnalysedQuestion:
    return analyse_question(standalone, detect_language(standalone))


def _apply_event(event: DraftEvent, draft: str, answer: Answer, started: float) -> tuple[str, Answer]:
    """The draft and the frame after one more event; an unfinished marker is not shown yet."""
    match event:
        case Usage():
            return draft, replace(answer, usage=event)
        case PackedPassages():
            return draft, replace(answer, packed=event)
        case AnswerScore(value=value):
            return draft, replace(answer, score=value)
        case Thought(text=text, retracted=True):
            return "", replace(answer, thinking=answer.thinking + draft + text, text="")
        case Thought(text=text):
            return draft, replace(answer, thinking=answer.thinking + text)
    if not event:
        return draft, answer
    draft += event
    timings = answer.timings_ms
    if not timings.first_token:
        timings = replace(timings, first_token=_elapsed_ms(started))
    numbers = {passage.number for passage in _draft_passages(answer)}
    text = resolve_markers(draft[: stable_length(draft)], numbers, finished=False)
    return draft, replace(answer, text=text, timings_ms=timings)


def _draft_passages(answer: Answer) -> tuple[Passage, ...]:
    """The passages that the draft was written from."""
    return tuple(passage for passage in answer.passages if passage.number not in answer.packed.left_out)


def _with_total(answer: Answer, started: float) -> Answer:
    return replace(answer, timings_ms=replace(answer.timings_ms, total=_elapsed_ms(started)))


def build_pipeline(settings: Settings, library: Library | None = None) -> Pipeline:
    """The pipeline that the settings describe, for an open library or the library that they name.

    A chat model is loaded only if the settings name one.
    """
    library = library or open_library(settings)
    ranking = settings.rerank_endpoint
    reranker = EndpointReranker(ranking.model, ranking.url, ranking.key) if ranking.model else None
    retriever = HybridRetriever(library=library, k=settings.passages, reranker=reranker)
    judge = library_judge(library)
    if not settings.chat_model:
        return Pipeline(
            library, retriever, _extractive_drafter(library, judge), judge, extract.NAME,
            language=settings.answer_language)
    from rag.endpoints.chat import chat_model  # takes three seconds to import; not needed without a model

    key = settings.api_key.get_secret_value()
    model = chat_model(settings.chat_model, settings.base_url, key, endpoint_deadlines(settings))
    drafter = _model_drafter(model, settings.context, settings.chat_model)
    rewrite, language = rewrite_by_model(model), settings.answer_language
    return Pipeline(library, retriever, drafter, judge, settings.chat_model, rewrite, language)


def library_judge(library: Library) -> Judge:
    """The judge of a library, with the reader if the machine can run it.

    A library whose vectors are those of the dictionary, or which has none, is for machines without models: nothing is
    read there either.
    """
    can_read = library.inner_embedder not in ("dictionary", "none") and not find_obstacle()
    return Judge(library.term_weight, load_reader if can_read else None)


def _extractive_drafter(library: Library, judge: Judge) -> Drafter:
    def quote(request: DraftRequest, passages: Sequence[Passage]) -> Iterator[str | AnswerScore]:
        return extract.extract(
            request.standalone, passages, request.language, judge, request.disagreements,
            missing_addresses(library, request.standalone.addresses, passages), request.table_answer)

    def draft_quotes(request: DraftRequest) -> Generator[DraftEvent]:
        if request.table_answer and request.table_answer.statement:
            pieces = quote(request, request.passages)
        else:
            pieces = quote_versions(request, quote, library.term_weight)
        if request.language == "zh" and is_traditional(request.question):
            yield from (to_traditional(piece) if isinstance(piece, str) else piece for piece in pieces)
        else:
            yield from pieces

    return draft_quotes


def _model_drafter(model: BaseChatModel, context: int, name: str) -> Drafter:
    from rag.answering.compose import ModelRequest, compose

    def draft_by_model(request: DraftRequest) -> Generator[DraftEvent]:
        model_request = ModelRequest(request.question, request.passages, request.history, request.language)
        return compose(model, model_request, context, name)

    return draft_by_model


def validate_question(question: str) -> str:
    """The question without white space around it.

    Raises:
        BadQuestion: it is empty or far too long.
    """
    question = valid_unicode(question).strip()
    if not question:
        raise BadQuestion("the question is empty; type what you want to know")
    if len(question) > MAX_QUESTION_LENGTH:
        raise BadQuestion(
            f"the question has {len(question):,} characters, more than the {MAX_QUESTION_LENGTH:,} that can be "
            "searched for; add a long text to the library with `huwen add` and ask about it"
        )
    return question


def _elapsed_ms(since: float) -> float:
    return (time.perf_counter() - since) * 1000
