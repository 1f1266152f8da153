"""Answer composer: a chat model streams a draft from a question and its passages."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, SystemMessage

from rag.endpoints.chat import ContextTooLong
from rag.schema import DraftEvent, HuwenError, Language, PackedPassages, Passage, Thought, Turn, Usage
from rag.text import messages, prompts
from rag.text.language import is_traditional
from rag.text.token_count import count_tokens

_HISTORY_TURNS = 3  # earlier turns in a prompt
_ANSWER_TOKENS = 1_000  # tokens reserved for the answer if the server states one limit for prompt and answer together


class EmptyAnswer(HuwenError):
    """A model returned no text, or only thoughts."""


@dataclass(frozen=True)
class ModelRequest:
    """A question with the passages that the model may use, the best first."""

    question: str
    passages: Sequence[Passage]
    history: Sequence[Turn]
    language: Language


def compose(model: BaseChatModel, request: ModelRequest, budget: int, name: str = "") -> Generator[DraftEvent]:
    """First the packed passages, then draft text and thoughts as they arrive, last the token usage.

    `budget` is the number of tokens for passages; `name` the model's name, for its tokenizer. If the context of the
    model is smaller than expected, a second request with fewer passages is sent. Closing the generator stops the model.

    Raises:
        ModelFailed: from a model of `rag.endpoints.chat.chat_model`, if the endpoint fails.
        ContextTooLong: the second, smaller request is also too long.
        EmptyAnswer: the model returned no text.
    """
    try:
        yield from _stream_draft(model, request, budget, name)
    except ContextTooLong as refusal:
        smaller_budget = _smaller_budget(request, budget, refusal.limit, name)
        if not 0 < smaller_budget < budget:
            raise
        yield from _stream_draft(model, request, smaller_budget, name)


def _smaller_budget(request: ModelRequest, budget: int, limit: int, name: str) -> int:
    """The tokens for passages within the server's limit; half of the tokens used before if the limit is unknown (0)."""
    used = _pack_passages(request.passages, budget, name)[1].used
    if not limit:
        return used // 2
    rest = sum(count_tokens(str(message.content), name) for message in build_messages(replace(request, passages=())))
    answer_tokens = min(_ANSWER_TOKENS, limit // 4)
    return min(limit - rest - answer_tokens, used * 3 // 4)


def _stream_draft(model: BaseChatModel, request: ModelRequest, budget: int, name: str) -> Generator[DraftEvent]:
    passages, packed = _pack_passages(request.passages, budget, name)
    prompt = build_messages(replace(request, passages=passages))
    draft, usage = "", None
    chunks = model.stream(prompt)
    chunk = next(chunks, None)  # a refusal is raised here, before the packed passages are reported
    yield packed
    while chunk is not None:
        thought = _parse_thought(chunk)
        if thought.text or thought.retracted:
            yield thought
        text = str(chunk.text)
        draft = text if thought.retracted else draft + text
        yield text  # even an empty text: a reader can stop a silent model only between two events
        if isinstance(chunk, AIMessageChunk) and chunk.usage_metadata:
            usage = chunk.usage_metadata
        chunk = next(chunks, None)
    if not draft.strip():
        raise EmptyAnswer(
            f"the model {name} returned no text; "
            "ask again, allow it longer answers, or set HUWEN_CHAT_MODEL to another")
    if usage:
        yield Usage(usage["input_tokens"], usage["output_tokens"])
    else:
        yield Usage(sum(count_tokens(str(message.content), name) for message in prompt), count_tokens(draft, name))


def _parse_thought(chunk: BaseMessage) -> Thought:
    fields = chunk.additional_kwargs
    return Thought(str(fields.get("reasoning_content") or ""), bool(fields.get("retracted")))


def build_messages(request: ModelRequest) -> list[BaseMessage]:
    """The prompt: a system message with the rules, and a user message with earlier turns, passages and the question."""
    language = request.language
    parts = []
    if request.history:
        parts.append(prompts.EARLIER[language])
        parts += [f"> {turn.question}\n{turn.answer}" for turn in request.history[-_HISTORY_TURNS:]]
    parts += [prompts.PASSAGES[language], *(format_passage(passage, language) for passage in request.passages)]
    parts.append(prompts.QUESTION[language] + request.question)
    script = prompts.IN_TRADITIONAL if language == "zh" and is_traditional(request.question) else ""
    rules = prompts.SYSTEM[language].format(refusal=messages.REFUSAL[language]) + script
    return [SystemMessage(rules), HumanMessage("\n\n".join(parts))]


def _pack_passages(passages: Sequence[Passage], tokens: int, model: str) -> tuple[list[Passage], PackedPassages]:
    """The best whole passages within a budget of tokens, grouped by section; always at least the first passage."""
    packed: list[Passage] = []
    left_out, used = [], 0
    for passage in passages:
        size = count_tokens(format_passage(passage, passage.language), model)
        if packed and used + size > tokens:
            left_out.append(passage.number)
            continue
        packed.append(passage)
        used += size
    return _group_by_section(packed), PackedPassages(tokens, used, tuple(left_out))


def _group_by_section(passages: Sequence[Passage]) -> list[Passage]:
    """Sections in the order of their best passage; within a section, passages in the order of the document."""
    sections: dict[tuple[str, str], list[Passage]] = {}
    for passage in passages:
        sections.setdefault((passage.source_id, passage.section), []).append(passage)
    return [passage for group in sections.values() for passage in sorted(group, key=lambda p: p.start)]


def format_passage(passage: Passage, language: Language) -> str:
    """A passage in the prompt: number, document, section, date and page, then its text between <<< and >>>."""
    page = prompts.PAGE[language].format(page=passage.page) if passage.page else ""
    heading = (passage.title, passage.section or prompts.UNTITLED_SECTION[language], passage.date, page)
    # a passage cannot close its own quotation
    text = passage.text.replace("<<<", "‹‹‹").replace(">>>", "›››")
    return f"[{passage.number}] {' · '.join(part for part in heading if part)}\n<<<\n{text}\n>>>"
