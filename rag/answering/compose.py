"""A question and passages become a draft by a chat model, in pieces."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, SystemMessage

from rag.endpoints.chat import ContextTooLong
from rag.schema import HuwenError, Language, PackedPassages, Passage, Thought, Turn, Usage
from rag.text import prompts
from rag.text.language import is_traditional
from rag.text.token_count import count_tokens

_HISTORY_TURNS = 3  # earlier turns that a model is shown
_ANSWER_TOKENS = 1_000  # tokens that are left for the answer where a server says how many it takes in all

DraftEvent = str | Thought | Usage | PackedPassages


class EmptyAnswer(HuwenError):
    """A model had nothing to say, or only thoughts."""


@dataclass(frozen=True)
class ModelRequest:
    """What a model is asked, with the passages that it may draw on, the best first."""

    question: str
    passages: Sequence[Passage]
    history: Sequence[Turn]
    language: Language


def compose(model: BaseChatModel, request: ModelRequest, budget: int, name: str = "") -> Generator[DraftEvent]:
    """What the model was given, then its draft and thoughts as they come, and last what it took.

    A model whose context is smaller than thought is asked once more with fewer passages. Closing the iterator stops the
    model.

    Raises:
        ModelFailed: from a model of `models.chat_model`, where the endpoint fails.
        EmptyAnswer: it ended without a word.
    """
    try:
        yield from _stream_draft(model, request, budget, name)
    except ContextTooLong as refusal:
        fewer = _smaller_budget(request, budget, refusal.limit, name)
        if not 0 < fewer < budget:
            raise
        yield from _stream_draft(model, request, fewer, name)


def _smaller_budget(request: ModelRequest, budget: int, limit: int, name: str) -> int:
    """The tokens for passages that a server's limit leaves, or half as many as were too many."""
    if not limit:
        return _pack_passages(request.passages, budget, name)[1].used // 2
    rest = sum(count_tokens(str(message.content), name) for message in build_messages(replace(request, passages=())))
    room = min(_ANSWER_TOKENS, limit // 4)
    return min(limit - rest - room, _pack_passages(request.passages, budget, name)[1].used * 3 // 4)


def _stream_draft(model: BaseChatModel, request: ModelRequest, budget: int, name: str) -> Generator[DraftEvent]:
    given, packed = _pack_passages(request.passages, budget, name)
    told = build_messages(replace(request, passages=given))
    said, usage = "", None
    pieces = model.stream(told)
    first = next(pieces, None)  # a refusal comes before any word, and then nothing was packed
    yield packed
    while first is not None:
        thought = _parse_thought(first)
        if thought.text or thought.retracted:
            yield thought
        said = str(first.text) if thought.retracted else said + str(first.text)
        yield str(first.text)  # an empty one too: while a model is silent, a reader may stop it between two of them
        usage = first.usage_metadata or usage if isinstance(first, AIMessageChunk) else usage
        first = next(pieces, None)
    if not said.strip():
        raise EmptyAnswer(f"the model {name} ended without a word; ask again, allow it longer answers, or set HUWEN_CHAT_MODEL to another")
    if usage:
        yield Usage(usage["input_tokens"], usage["output_tokens"])
    else:
        yield Usage(sum(count_tokens(str(message.content), name) for message in told), count_tokens(said, name))


def _parse_thought(chunk: BaseMessage) -> Thought:
    more = chunk.additional_kwargs
    return Thought(str(more.get("reasoning_content") or ""), bool(more.get("retracted")))


def build_messages(request: ModelRequest) -> list[BaseMessage]:
    """What the model is told: the rules, then earlier turns, the passages as quoted material, and the question."""
    language = request.language
    parts = []
    if request.history:
        parts += [prompts.EARLIER[language], *(f"> {turn.question}\n{turn.answer}" for turn in request.history[-_HISTORY_TURNS:])]
    parts += [prompts.PASSAGES[language], *(format_passage(passage, language) for passage in request.passages)]
    parts.append(prompts.QUESTION[language] + request.question)
    script = prompts.IN_TRADITIONAL if language == "zh" and is_traditional(request.question) else ""
    rules = prompts.SYSTEM[language].format(refusal=prompts.REFUSAL[language]) + script
    return [SystemMessage(rules), HumanMessage("\n\n".join(parts))]


def _pack_passages(passages: Sequence[Passage], tokens: int, model: str) -> tuple[list[Passage], PackedPassages]:
    """The best passages that a budget of tokens holds, whole ones, the first in any case; neighbours in a document follow
    each other as they do there."""
    taken: list[Passage] = []
    left_out, used = [], 0
    for passage in passages:
        size = count_tokens(format_passage(passage, passage.language), model)
        if taken and used + size > tokens:
            left_out.append(passage.number)
            continue
        taken.append(passage)
        used += size
    return _group_by_section(taken), PackedPassages(tokens, used, tuple(left_out))


def _group_by_section(passages: Sequence[Passage]) -> list[Passage]:
    """In order of rank, but each with the taken passages of its section behind it, as they are read."""
    sections: dict[tuple[str, str], list[Passage]] = {}
    for passage in passages:
        sections.setdefault((passage.source_id, passage.section), []).append(passage)
    return [passage for some in sections.values() for passage in sorted(some, key=lambda p: p.start)]


def format_passage(passage: Passage, language: Language) -> str:
    """A passage as a model is shown it: number, document, section, date and page, then its words between <<< and >>>."""
    page = prompts.PAGE[language].format(page=passage.page) if passage.page else ""
    named = (passage.title, passage.section or prompts.UNTITLED_SECTION[language], passage.date, page)
    # a passage cannot close its own quotation
    text = passage.text.replace("<<<", "‹‹‹").replace(">>>", "›››")
    return f"[{passage.number}] {' · '.join(part for part in named if part)}\n<<<\n{text}\n>>>"
