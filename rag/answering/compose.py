"""A question and passages become a draft by a chat model, in pieces."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from rag.schema import Language, Passage, Turn, Usage
from rag.text import prompts
from rag.text.tokens import count

_TURNS = 3  # earlier turns that a model is shown


def compose(
    model: BaseChatModel, question: str, passages: Sequence[Passage], history: Sequence[Turn], language: Language, name: str = "",
) -> Generator[str | Usage]:
    """The model's draft as it comes, and last what it took, counted by us. Closing the iterator stops the model.

    Raises:
        ModelFailed: from a model of `models.chat_model`, where the endpoint fails.
    """
    told = messages(question, passages, history, language)
    said = ""
    for chunk in model.stream(told):
        if piece := str(chunk.text):
            said += piece
            yield piece
    yield Usage(sum(count(str(message.content), name) for message in told), count(said, name))


def messages(
    question: str, passages: Sequence[Passage], history: Sequence[Turn], language: Language,
) -> list[BaseMessage]:
    """What the model is told: the rules, then earlier turns, the passages as quoted material, and the question."""
    parts = []
    if history:
        parts += [prompts.EARLIER[language], *(f"> {turn.question}\n{turn.answer}" for turn in history[-_TURNS:])]
    parts += [prompts.PASSAGES[language], *(quoted(passage, language) for passage in passages)]
    parts.append(prompts.QUESTION[language] + question)
    rules = prompts.SYSTEM[language].format(refusal=prompts.REFUSAL[language])
    return [SystemMessage(rules), HumanMessage("\n\n".join(parts))]


def fitting(passages: Sequence[Passage], tokens: int, model: str) -> list[Passage]:
    """The foremost passages that a budget of tokens holds, whole ones, and the first in any case."""
    out: list[Passage] = []
    left = tokens
    for passage in passages:
        left -= count(passage.text, model)
        if out and left < 0:
            break
        out.append(passage)
    return out


def quoted(passage: Passage, language: Language) -> str:
    """A passage as a model is shown it: number, document, section and date, then its words between <<< and >>>."""
    about = " · ".join(part for part in (passage.title, passage.section or prompts.UNTITLED_SECTION[language], passage.date) if part)
    # a passage cannot close its own quotation
    text = passage.text.replace("<<<", "‹‹‹").replace(">>>", "›››")
    return f"[{passage.number}] {about}\n<<<\n{text}\n>>>"
