"""Answer composer: a chat model streams a draft from a question and its passages."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, SystemMessage

from rag.endpoints.chat import ContextTooLong
from rag.schema import DraftEvent, HuwenError, Language, PackedPassages, Passage, Thought, Turn, Usage
from rag.text import messages, prompts
from rag.text.delimiters import (
    Delimiters,
    NonceSource,
    QuotedBlock,
    choose_delimiters,
    passage_block,
    random_nonce,
    turn_blocks,
)
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
    draw_nonce: NonceSource = random_nonce  # each prompt draws one for its delimiters

    def quoted_turns(self) -> list[QuotedBlock]:
        """The last earlier turns, to be quoted."""
        return turn_blocks(self.history[-_HISTORY_TURNS:], self.language)

    def quoted_passages(self) -> list[QuotedBlock]:
        """The passages, to be quoted."""
        return [passage_block(passage, self.language) for passage in self.passages]

    def delimiters(self) -> Delimiters:
        """Delimiters that none of the quoted texts contains."""
        return choose_delimiters([*self.quoted_turns(), *self.quoted_passages()], self.language, self.draw_nonce)


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
    used = _pack_passages(request, budget, name)[1].used
    if not limit:
        return used // 2
    bare = replace(request, passages=())
    delimiters = bare.delimiters()
    rest = _count_prompt_tokens(build_messages(bare, delimiters), delimiters, name)
    answer_tokens = min(_ANSWER_TOKENS, limit // 4)
    return min(limit - rest - answer_tokens, used * 3 // 4)


def _stream_draft(model: BaseChatModel, request: ModelRequest, budget: int, name: str) -> Generator[DraftEvent]:
    passages, packed = _pack_passages(request, budget, name)
    request = replace(request, passages=passages)
    delimiters = request.delimiters()
    prompt = build_messages(request, delimiters)
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
        yield Usage(_count_prompt_tokens(prompt, delimiters, name), count_tokens(draft, name))


def _count_prompt_tokens(prompt: Sequence[BaseMessage], delimiters: Delimiters, name: str) -> int:
    return sum(delimiters.count_tokens(str(message.content), name) for message in prompt)


def _parse_thought(chunk: BaseMessage) -> Thought:
    fields = chunk.additional_kwargs
    return Thought(str(fields.get("reasoning_content") or ""), bool(fields.get("retracted")))


def build_messages(request: ModelRequest, delimiters: Delimiters) -> list[BaseMessage]:
    """The prompt: a system message with the rules, and a user message with earlier turns, passages and the question.

    Earlier turns and passages are quoted with the delimiters of the request; only the question, the last part, is not.
    """
    language = request.language
    parts = []
    if request.history:
        parts += [prompts.EARLIER[language], *map(delimiters.wrap, request.quoted_turns())]
    parts += [prompts.PASSAGES[language], *map(delimiters.wrap, request.quoted_passages())]
    parts.append(prompts.QUESTION[language] + request.question)
    script = prompts.IN_TRADITIONAL if language == "zh" and is_traditional(request.question) else ""
    rules = prompts.SYSTEM[language].format(refusal=messages.REFUSAL[language]) + script
    # the nonce comes last, so that a server can reuse what it has computed for the rules
    return [SystemMessage(f"{rules}\n\n{delimiters.explain()}"), HumanMessage("\n\n".join(parts))]


def _pack_passages(request: ModelRequest, tokens: int, model: str) -> tuple[list[Passage], PackedPassages]:
    """The best whole passages within a budget of tokens, grouped by section; always at least the first passage.

    A passage counts with its delimiters.
    """
    packed: list[Passage] = []
    left_out, used = [], 0
    delimiters = request.delimiters()
    for passage, block in zip(request.passages, request.quoted_passages(), strict=True):
        size = delimiters.count_tokens(delimiters.wrap(block) + "\n\n", model)
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
