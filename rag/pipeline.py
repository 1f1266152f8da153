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
from rag.answering.confidence import confidence, coverage, likely
from rag.answering.disagree import disagreements
from rag.answering.followup import Rewriter, by_model, by_rules
from rag.answering.retrieve import HybridRetriever, numbered
from rag.answering.suggest import suggestions
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
LONGEST_QUESTION = 8_000
EVERYTHING = Scope()
_STARTERS, _OPENED, _READ = 3, 6, 12  # questions, of so many sources, from so many passages of each


class BadQuestion(HuwenError):
    """A question that cannot be asked."""


# question, passages, earlier turns, language → the draft in pieces, and what it took where a model wrote it
Piece = str | Thought | Usage | PackedPassages
Drafter = Callable[[str, Sequence[Passage], Sequence[Turn], Language], Generator[Piece]]


@dataclass(frozen=True)
class Pipeline:
    """A question becomes an Answer. The library may grow meanwhile."""

    library: Library
    retriever: HybridRetriever
    draft: Drafter
    model: str
    rewrite: Rewriter = by_rules  # a follow-up → the question that stands alone
    language: Language | Literal[""] = ""  # of the answers; by default that of each question

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
        standalone = self.rewrite(asked, history)
        yield from self._answer(asked, standalone, self._found(standalone, 0, scope), history, started)

    def stream_from(self, question: str, passages: Sequence[Passage], history: Sequence[Turn] = ()) -> Generator[Answer]:
        """As `stream`, from passages that are given instead of searched for."""
        asked = checked(question)
        yield from self._answer(asked, by_rules(asked, history), tuple(passages), history, time.perf_counter())

    def _answer(
        self, asked: str, standalone: str, passages: tuple[Passage, ...], history: Sequence[Turn], started: float,
    ) -> Generator[Answer]:
        language = self.language or detect_language(asked)
        answer = Answer(asked, language, passages=passages, model=self.model, timings_ms=Timings(retrieve=_ms(started)))
        yield answer
        draft = ""
        try:
            with closing(self.draft(asked, passages, history, language)) as pieces:
                for piece in pieces:
                    draft, answer = _with(piece, draft, answer, started)
                    yield answer
        except HuwenError as error:
            if not draft:
                raise
            told = f"{answer.text}\n\n{prompts.BROKEN_OFF[language].format(reason=error)}"
            yield replace(answer, text=told, status="failed", timings_ms=replace(answer.timings_ms, total=_ms(started)))
            return
        judged = _judged(answer, draft, standalone, [turn.question for turn in history], self.library.rarity)
        yield replace(judged, timings_ms=replace(answer.timings_ms, total=_ms(started)))

    def ask(self, question: str, history: Sequence[Turn] = (), scope: Scope = EVERYTHING) -> Answer:
        """The finished answer: the last frame of `stream`."""
        *_, answer = self.stream(question, history, scope)
        return answer

    def search(self, question: str, history: Sequence[Turn] = (), k: int = 0, scope: Scope = EVERYTHING) -> tuple[Passage, ...]:
        """Retrieval alone: the k best passages, by default as many as an answer may draw on."""
        return self._found(self.rewrite(checked(question), history), k, scope)

    def starters(self, language: Language) -> tuple[str, ...]:
        """Questions to begin with, which the library can answer: of several of its sources in a language."""
        asked = []
        for source in [source for source in self.library.sources() if source.language == language][:_OPENED]:
            passages = self.search(source.title[:LONGEST_QUESTION], k=_READ, scope=Scope(sources=(source.id,)))
            asked.append(suggestions(source.title, language, passages, ()))
        in_turn = (question for some in zip_longest(*asked) for question in some if question)
        return tuple(dict.fromkeys(in_turn))[:_STARTERS]

    def _found(self, standalone: str, k: int, scope: Scope) -> tuple[Passage, ...]:
        retriever = self.retriever.model_copy(update={"k": k or self.retriever.k, "scope": scope})
        return numbered(retriever.invoke(standalone))


def _with(piece: Piece, draft: str, answer: Answer, started: float) -> tuple[str, Answer]:
    """The draft and the frame after one more piece; a marker that is still being written is held back."""
    match piece:
        case Usage():
            return draft, replace(answer, usage=piece)
        case PackedPassages():
            return draft, replace(answer, packed=piece)
        case Thought(text=text, retracted=True):
            return "", replace(answer, thinking=answer.thinking + draft + text, text="")
        case Thought(text=text):
            return draft, replace(answer, thinking=answer.thinking + text)
    if not piece:
        return draft, answer
    draft += piece
    timings = answer.timings_ms if answer.timings_ms.first_token else replace(answer.timings_ms, first_token=_ms(started))
    numbers = {passage.number for passage in _given(answer)}
    return draft, replace(answer, text=resolve_markers(draft[: stable_length(draft)], numbers, finished=False), timings_ms=timings)


def _judged(answer: Answer, draft: str, standalone: str, asked: Sequence[str], rarity: TermWeight) -> Answer:
    """The finished answer, with all that the evidence says of it."""
    given, language = _given(answer), answer.language
    verified = verify(draft, given, language)
    differing = () if verified.status == "unanswered" else _differing(standalone, language, given)
    sure = confidence(
        language, verified.status, verified.citations, verified.figures, differing,
        coverage(standalone, verified.citations, given), likely(standalone, verified.citations, given, rarity))
    return replace(
        answer, text=verified.text, citations=verified.citations, status=verified.status, figures=verified.figures,
        disagreements=differing, confidence=sure, suggestions=suggestions(standalone, language, given, asked))


_differing = lru_cache(maxsize=64)(disagreements)  # quoting asks for them, and judging what was quoted


def _given(answer: Answer) -> tuple[Passage, ...]:
    """The passages that the draft was written from."""
    return tuple(passage for passage in answer.passages if passage.number not in answer.packed.left_out)


def build(settings: Settings, library: Library | None = None) -> Pipeline:
    """Wire the sentence from the settings, over a library that is open already or their own; a model is only loaded where one is named."""
    library = library or open_library(settings)
    ranking = settings.rerank_endpoint
    reranker = EndpointReranker(ranking.model, ranking.url, ranking.key) if ranking.model else None
    retriever = HybridRetriever(library=library, k=settings.passages, reranker=reranker)
    if not settings.chat_model:
        return Pipeline(library, retriever, _extractive(library), extract.NAME, language=settings.answer_language)
    from rag.endpoints.chat import chat_model  # three seconds of import that the default never pays

    model = chat_model(settings.chat_model, settings.base_url, settings.api_key.get_secret_value(), patience(settings))
    drafter = _composed(model, settings.context, settings.chat_model)
    return Pipeline(library, retriever, drafter, settings.chat_model, by_model(model), settings.answer_language)


def patience(settings: Settings) -> Deadlines:
    """How long the endpoint is waited for."""
    return Deadlines(settings.connect_seconds, settings.first_token_seconds, settings.idle_seconds, settings.total_seconds)


def open_library(settings: Settings) -> Library:
    """The library that the settings name, with the glossary that they name."""
    if settings.glossary:
        glossary.load_user_terms(settings.glossary)
    return Library(settings.home, embedding=settings.embed_endpoint, chroma_url=settings.chroma_url)


def _extractive(library: Library) -> Drafter:
    def draft(question: str, passages: Sequence[Passage], history: Sequence[Turn], language: Language) -> Generator[Piece]:
        standalone = by_rules(question, history)
        pieces = extract.extract(standalone, passages, language, library.rarity, _differing(standalone, language, tuple(passages)))
        yield from map(to_traditional, pieces) if language == "zh" and is_traditional(question) else pieces

    return draft


def _composed(model: BaseChatModel, context: int, name: str) -> Drafter:
    from rag.answering.compose import Asked, compose

    return lambda question, passages, history, language: compose(model, Asked(question, passages, history, language), context, name)


def checked(question: str) -> str:
    """The question without white space around it.

    Raises:
        BadQuestion: it is empty or far too long.
    """
    asked = valid_unicode(question).strip()
    if not asked:
        raise BadQuestion("the question is empty; type what you want to know")
    if len(asked) > LONGEST_QUESTION:
        raise BadQuestion(
            f"the question has {len(asked):,} characters, more than the {LONGEST_QUESTION:,} that can be searched for; "
            "add a long text to the library with `huwen add` and ask about it")
    return asked


def _ms(since: float) -> float:
    return (time.perf_counter() - since) * 1000
