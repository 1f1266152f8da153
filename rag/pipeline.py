"""load → clean → split → index;  question → retrieve → compose → verify → Answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

from rag.answering import extract
from rag.answering.confidence import answer_probability, cited_coverage, rate_confidence
from rag.answering.disagree import find_disagreements
from rag.answering.followup import Rewriter, rewrite_by_model, rewrite_by_rules
from rag.answering.retrieve import HybridRetriever, number_passages
from rag.answering.suggest import suggest_questions
from rag.answering.verify import verify
from rag.citations.markers import resolve_markers, stable_length
from rag.endpoints.deadlines import Deadlines
from rag.endpoints.rerank import EndpointReranker
from rag.library.library import Library
from rag.reading.matching import TermWeight
from rag.schema import Answer, HuwenError, Language, PackedPassages, Passage, Scope, Thought, Timings, Turn, Usage
from rag.settings import Settings
from rag.text import glossary, prompts
from rag.text.language import detect_language, is_traditional, to_traditional, valid_unicode

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# a question beyond this is a pasted document: search would drown in it
MAX_QUESTION_LENGTH = 8_000
WHOLE_LIBRARY = Scope()
_STARTER_COUNT, _STARTER_SOURCES, _STARTER_PASSAGES = 3, 6, 12  # questions, of so many sources, from so many passages of each


class BadQuestion(HuwenError):
    """A question that cannot be asked."""


# question, passages, earlier turns, language → the draft in pieces, and what it took where a model wrote it
DraftEvent = str | Thought | Usage | PackedPassages
Drafter = Callable[[str, Sequence[Passage], Sequence[Turn], Language], Generator[DraftEvent]]


@dataclass(frozen=True)
class Pipeline:
    """A question becomes an Answer. The library may grow meanwhile."""

    library: Library
    retriever: HybridRetriever
    draft: Drafter
    model: str
    rewrite: Rewriter = rewrite_by_rules  # a follow-up → the question that stands alone
    language: Language | Literal[""] = ""  # of the answers; by default that of each question

    def stream(self, question: str, history: Sequence[Turn] = (), scope: Scope = WHOLE_LIBRARY) -> Generator[Answer]:
        """The answer as it grows: passages first, then longer and longer text, last the verified whole.

        Closing the iterator stops the model.

        Raises:
            BadQuestion: the question is empty or far too long.
            UnknownSource, EmptyScope: nothing is in the scope.
            ModelFailed: the endpoint fails before the first word; after it the answer ends as `failed`, with what came.
        """
        started = time.perf_counter()
        asked = validate_question(question)
        standalone = self.rewrite(asked, history)
        yield from self._stream_answer(asked, standalone, self._retrieve_passages(standalone, 0, scope), history, started)

    def stream_from(self, question: str, passages: Sequence[Passage], history: Sequence[Turn] = ()) -> Generator[Answer]:
        """As `stream`, from passages that are given instead of searched for."""
        asked = validate_question(question)
        yield from self._stream_answer(asked, rewrite_by_rules(asked, history), tuple(passages), history, time.perf_counter())

    def _stream_answer(
        self, question: str, standalone: str, passages: tuple[Passage, ...], history: Sequence[Turn], started: float,
    ) -> Generator[Answer]:
        language = self.language or detect_language(question)
        answer = Answer(question, language, passages=passages, model=self.model, timings_ms=Timings(retrieve=_elapsed_ms(started)))
        yield answer
        draft = ""
        try:
            with closing(self.draft(question, passages, history, language)) as pieces:
                for piece in pieces:
                    draft, answer = _apply_event(piece, draft, answer, started)
                    yield answer
        except HuwenError as error:
            if not draft:
                raise
            told = f"{answer.text}\n\n{prompts.BROKEN_OFF[language].format(reason=error)}"
            yield replace(answer, text=told, status="failed", timings_ms=replace(answer.timings_ms, total=_elapsed_ms(started)))
            return
        judged = _finish_answer(answer, draft, standalone, [turn.question for turn in history], self.library.term_weight)
        yield replace(judged, timings_ms=replace(answer.timings_ms, total=_elapsed_ms(started)))

    def ask(self, question: str, history: Sequence[Turn] = (), scope: Scope = WHOLE_LIBRARY) -> Answer:
        """The finished answer: the last frame of `stream`."""
        *_, answer = self.stream(question, history, scope)
        return answer

    def search(self, question: str, history: Sequence[Turn] = (), k: int = 0, scope: Scope = WHOLE_LIBRARY) -> tuple[Passage, ...]:
        """Retrieval alone: the k best passages, by default as many as an answer may draw on."""
        return self._retrieve_passages(self.rewrite(validate_question(question), history), k, scope)

    def starter_questions(self, language: Language) -> tuple[str, ...]:
        """Questions to begin with, which the library can answer: of several of its sources in a language."""
        asked = []
        for source in [source for source in self.library.sources() if source.language == language][:_STARTER_SOURCES]:
            passages = self.search(source.title[:MAX_QUESTION_LENGTH], k=_STARTER_PASSAGES, scope=Scope(sources=(source.id,)))
            asked.append(suggest_questions(source.title, language, passages, ()))
        in_turn = (question for some in zip_longest(*asked) for question in some if question)
        return tuple(dict.fromkeys(in_turn))[:_STARTER_COUNT]

    def _retrieve_passages(self, standalone: str, k: int, scope: Scope) -> tuple[Passage, ...]:
        retriever = self.retriever.model_copy(update={"k": k or self.retriever.k, "scope": scope})
        return number_passages(retriever.invoke(standalone))


def _apply_event(event: DraftEvent, draft: str, answer: Answer, started: float) -> tuple[str, Answer]:
    """The draft and the frame after one more piece; a marker that is still being written is held back."""
    match event:
        case Usage():
            return draft, replace(answer, usage=event)
        case PackedPassages():
            return draft, replace(answer, packed=event)
        case Thought(text=text, retracted=True):
            return "", replace(answer, thinking=answer.thinking + draft + text, text="")
        case Thought(text=text):
            return draft, replace(answer, thinking=answer.thinking + text)
    if not event:
        return draft, answer
    draft += event
    timings = answer.timings_ms if answer.timings_ms.first_token else replace(answer.timings_ms, first_token=_elapsed_ms(started))
    numbers = {passage.number for passage in _draft_passages(answer)}
    return draft, replace(answer, text=resolve_markers(draft[: stable_length(draft)], numbers, finished=False), timings_ms=timings)


def _finish_answer(answer: Answer, draft: str, standalone: str, earlier_questions: Sequence[str], term_weight: TermWeight) -> Answer:
    """The finished answer, with all that the evidence says of it."""
    given, language = _draft_passages(answer), answer.language
    verified = verify(draft, given, language)
    differing = () if verified.status == "unanswered" else _cached_disagreements(standalone, language, given)
    sure = rate_confidence(
        language, verified.status, verified.citations, verified.figures, differing,
        cited_coverage(standalone, verified.citations, given), answer_probability(standalone, verified.citations, given, term_weight))
    return replace(
        answer, text=verified.text, citations=verified.citations, status=verified.status, figures=verified.figures,
        disagreements=differing, confidence=sure, suggestions=suggest_questions(standalone, language, given, earlier_questions))


_cached_disagreements = lru_cache(maxsize=64)(find_disagreements)  # quoting asks for them, and judging what was quoted


def _draft_passages(answer: Answer) -> tuple[Passage, ...]:
    """The passages that the draft was written from."""
    return tuple(passage for passage in answer.passages if passage.number not in answer.packed.left_out)


def build_pipeline(settings: Settings, library: Library | None = None) -> Pipeline:
    """Wire the sentence from the settings, over a library that is open already or their own; a model is only loaded where one is named."""
    library = library or open_library(settings)
    ranking = settings.rerank_endpoint
    reranker = EndpointReranker(ranking.model, ranking.url, ranking.key) if ranking.model else None
    retriever = HybridRetriever(library=library, k=settings.passages, reranker=reranker)
    if not settings.chat_model:
        return Pipeline(library, retriever, _extractive_drafter(library), extract.NAME, language=settings.answer_language)
    from rag.endpoints.chat import chat_model  # three seconds of import that the default never pays

    model = chat_model(settings.chat_model, settings.base_url, settings.api_key.get_secret_value(), endpoint_deadlines(settings))
    drafter = _model_drafter(model, settings.context, settings.chat_model)
    return Pipeline(library, retriever, drafter, settings.chat_model, rewrite_by_model(model), settings.answer_language)


def endpoint_deadlines(settings: Settings) -> Deadlines:
    """How long the endpoint is waited for."""
    return Deadlines(settings.connect_seconds, settings.first_token_seconds, settings.idle_seconds, settings.total_seconds)


def open_library(settings: Settings) -> Library:
    """The library that the settings name, with the glossary that they name."""
    if settings.glossary:
        glossary.load_user_terms(settings.glossary)
    return Library(settings.home, embedding=settings.embed_endpoint, chroma_url=settings.chroma_url)


def _extractive_drafter(library: Library) -> Drafter:
    def draft_quotes(question: str, passages: Sequence[Passage], history: Sequence[Turn], language: Language) -> Generator[DraftEvent]:
        standalone = rewrite_by_rules(question, history)
        pieces = extract.extract(standalone, passages, language, library.term_weight, _cached_disagreements(standalone, language, tuple(passages)))
        yield from map(to_traditional, pieces) if language == "zh" and is_traditional(question) else pieces

    return draft_quotes


def _model_drafter(model: BaseChatModel, context: int, name: str) -> Drafter:
    from rag.answering.compose import ModelRequest, compose

    return lambda question, passages, history, language: compose(model, ModelRequest(question, passages, history, language), context, name)


def validate_question(question: str) -> str:
    """The question without white space around it.

    Raises:
        BadQuestion: it is empty or far too long.
    """
    asked = valid_unicode(question).strip()
    if not asked:
        raise BadQuestion("the question is empty; type what you want to know")
    if len(asked) > MAX_QUESTION_LENGTH:
        raise BadQuestion(
            f"the question has {len(asked):,} characters, more than the {MAX_QUESTION_LENGTH:,} that can be searched for; "
            "add a long text to the library with `huwen add` and ask about it")
    return asked


def _elapsed_ms(since: float) -> float:
    return (time.perf_counter() - since) * 1000
