"""load → clean → split → index;  question → retrieve → compose → verify → Answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.answering import extract
from rag.answering.followup import Rewriter, by_model, by_rules
from rag.answering.rerank import EndpointReranker
from rag.answering.retrieve import HybridRetriever, numbered
from rag.answering.verify import verify
from rag.library.library import Library
from rag.schema import Answer, HuwenError, Language, Passage, Scope, Timings, Turn, Usage
from rag.settings import Settings
from rag.text import prompts
from rag.text.language import detect, whole
from rag.text.markers import resolved, settled

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# a question beyond this is a pasted document: search would drown in it
LONGEST_QUESTION = 8_000
EVERYTHING = Scope()


class BadQuestion(HuwenError):
    """A question that cannot be asked."""


# question, passages, earlier turns, language → the draft in pieces, and what it took where a model wrote it
Drafter = Callable[[str, Sequence[Passage], Sequence[Turn], Language], Generator[str | Usage]]


@dataclass(frozen=True)
class Pipeline:
    """A question becomes an Answer. The library may grow meanwhile."""

    library: Library
    retriever: HybridRetriever
    draft: Drafter
    model: str
    rewrite: Rewriter = by_rules  # a follow-up → the question that stands alone

    def stream(self, question: str, history: Sequence[Turn] = (), scope: Scope = EVERYTHING) -> Generator[Answer]:
        """The answer as it grows: passages first, then longer and longer text, last the verified whole.

        Closing the iterator stops the model.

        Raises:
            BadQuestion: the question is empty or far too long.
            UnknownSource, EmptyScope: nothing is in the scope.
            ModelFailed: the endpoint fails before the first word; after it the answer ends as `failed`, with what came.
        """
        started = time.perf_counter()
        asked = checked(question)
        yield from self._answer(asked, self.search(asked, history, scope=scope), history, started)

    def stream_from(self, question: str, passages: Sequence[Passage], history: Sequence[Turn] = ()) -> Generator[Answer]:
        """As `stream`, from passages that are given instead of searched for."""
        yield from self._answer(checked(question), tuple(passages), history, time.perf_counter())

    def _answer(
        self, asked: str, passages: tuple[Passage, ...], history: Sequence[Turn], started: float,
    ) -> Generator[Answer]:
        answer = Answer(asked, detect(asked), passages=passages, model=self.model, timings_ms=Timings(retrieve=_ms(started)))
        yield answer
        by_number = {passage.number: passage for passage in passages}
        text = ""
        try:
            with closing(self.draft(asked, passages, history, answer.language)) as pieces:
                for piece in pieces:
                    if isinstance(piece, Usage):
                        answer = replace(answer, usage=piece)
                        continue
                    text += piece
                    if not answer.timings_ms.first_token:
                        answer = replace(answer, timings_ms=replace(answer.timings_ms, first_token=_ms(started)))
                    answer = replace(answer, text=resolved(text[: settled(text)], by_number, finished=False))
                    yield answer
        except HuwenError as error:
            if not text:
                raise
            told = f"{answer.text}\n\n{prompts.BROKEN_OFF[answer.language].format(reason=error)}"
            yield replace(answer, text=told, status="failed", timings_ms=replace(answer.timings_ms, total=_ms(started)))
            return
        verified = verify(text, passages, answer.language)
        yield replace(
            answer, text=verified.text, citations=verified.citations, status=verified.status,
            timings_ms=replace(answer.timings_ms, total=_ms(started)))

    def ask(self, question: str, history: Sequence[Turn] = (), scope: Scope = EVERYTHING) -> Answer:
        """The finished answer: the last frame of `stream`."""
        *_, answer = self.stream(question, history, scope)
        return answer

    def search(self, question: str, history: Sequence[Turn] = (), k: int = 0, scope: Scope = EVERYTHING) -> tuple[Passage, ...]:
        """Retrieval alone: the k best passages, by default as many as an answer may draw on."""
        retriever = self.retriever.model_copy(update={"k": k or self.retriever.k, "scope": scope})
        return numbered(retriever.invoke(self.rewrite(checked(question), history)))


def build(settings: Settings) -> Pipeline:
    """Wire the sentence from the settings; a model is only loaded where one is named."""
    library = open_library(settings)
    ranking = settings.reranking
    reranker = EndpointReranker(ranking.model, ranking.url, ranking.key) if ranking.model else None
    retriever = HybridRetriever(library=library, k=settings.passages, reranker=reranker)
    if not settings.chat_model:
        return Pipeline(library, retriever, _extractive(library), extract.NAME)
    from rag.answering.models import chat_model  # three seconds of import that the default never pays

    model = chat_model(settings.chat_model, settings.base_url, settings.api_key.get_secret_value())
    return Pipeline(library, retriever, _composed(model, settings.context, settings.chat_model), settings.chat_model, by_model(model))


def open_library(settings: Settings) -> Library:
    """The library that the settings name."""
    return Library(settings.home, embedding=settings.embedding, chroma_url=settings.chroma_url)


def _extractive(library: Library) -> Drafter:
    return lambda question, passages, history, language: extract.extract(
        by_rules(question, history), passages, language, library.rarity)


def _composed(model: BaseChatModel, context: int, name: str) -> Drafter:
    from rag.answering.compose import compose, fitting

    return lambda question, passages, history, language: compose(
        model, question, fitting(passages, context, name), history, language, name)


def checked(question: str) -> str:
    """The question without white space around it.

    Raises:
        BadQuestion: it is empty or far too long.
    """
    asked = whole(question).strip()
    if not asked:
        raise BadQuestion("the question is empty; type what you want to know")
    if len(asked) > LONGEST_QUESTION:
        raise BadQuestion(
            f"the question has {len(asked):,} characters, more than the {LONGEST_QUESTION:,} that can be searched for; "
            "add a long text to the library with `huwen add` and ask about it")
    return asked


def _ms(since: float) -> float:
    return (time.perf_counter() - since) * 1000
