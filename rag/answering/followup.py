"""Follow-up rewriting: a question with the turns before it → the standalone question; by rules, or by a chat model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from rag.numbers.figures import find_figures, informative_figures
from rag.questions.followup_detection import needs_context
from rag.questions.rewriting import rewrite_followup
from rag.schema import HuwenError, Turn
from rag.text.delimiters import NonceSource, choose_delimiters, random_nonce, turn_blocks
from rag.text.language import detect_language, search_terms, shingles
from rag.text.prompts import FOLLOW_UP, REWRITE

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Rewriter = Callable[[str, Sequence[Turn]], str]

_HISTORY_TURNS, _MAX_ANSWER_LENGTH = 4, 300  # earlier turns in the prompt, and characters of each answer
_SHORT_QUESTION = 3  # search terms; a question this short may need context even if no rule finds an anaphor
_MAX_REWRITE_LENGTH = 500  # characters; a longer output is an answer, not a question
_MAX_OUTPUT_LENGTH = 8_000  # characters, thoughts included, after which the model is stopped


def rewrite_by_rules(question: str, history: Sequence[Turn]) -> str:
    """`那苏州呢？` after `深圳2023年的软件收入是多少？` → 苏州2023年的软件收入是多少？"""
    return rewrite_followup(question, [turn.question for turn in history])


def rewrite_by_model(model: BaseChatModel, draw_nonce: NonceSource = random_nonce) -> Rewriter:
    """A rewriter that asks a chat model; it uses the rules if the model fails or its output cannot be trusted.

    Each request draws a nonce for the delimiters of the conversation.
    """

    def rewrite(question: str, history: Sequence[Turn]) -> str:
        if not history or not (needs_context(question) or len(set(search_terms(question))) <= _SHORT_QUESTION):
            return rewrite_by_rules(question, history)
        try:
            output = _ask_model(model, rewriting_messages(question, history, draw_nonce))
        except HuwenError:
            return rewrite_by_rules(question, history)
        rewritten = _parse_question(output)
        if _is_trustworthy(rewritten, question, history):
            return rewritten
        return rewrite_by_rules(question, history)

    return rewrite


def rewriting_messages(
    question: str, history: Sequence[Turn], draw_nonce: NonceSource = random_nonce,
) -> list[BaseMessage]:
    """The prompt: the rules, and the last turns as quoted material before the follow-up."""
    language = detect_language(question)
    turns = [replace(turn, answer=turn.answer[:_MAX_ANSWER_LENGTH]) for turn in history[-_HISTORY_TURNS:]]
    blocks = turn_blocks(turns, language)
    delimiters = choose_delimiters(blocks, language, draw_nonce)
    parts = [*map(delimiters.wrap, blocks), FOLLOW_UP[language] + question]
    return [SystemMessage(f"{REWRITE[language]}\n\n{delimiters.explain()}"), HumanMessage("\n\n".join(parts))]


def _ask_model(model: BaseChatModel, prompt_messages: list[BaseMessage]) -> str:
    output, length = "", 0
    for chunk in model.stream(prompt_messages):
        extra = chunk.additional_kwargs
        output = str(chunk.text) if extra.get("retracted") else output + str(chunk.text)
        length += len(str(chunk.text)) + len(str(extra.get("reasoning_content") or ""))
        if length > _MAX_OUTPUT_LENGTH:
            break
    return output


_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)|\A.*</think(?:ing)?>", re.S | re.I)
_LABEL = re.compile(
    r"^(?:(?:改写后?的?|完整的?|独立的?)?(?:问题|追问|改写)|(?:the )?(?:standalone|rewritten|complete|full)?[ -]?"
    r"(?:question|follow-up))(?:（[^）]*）)?\s*(?:\*\*)?\s*[:：]\s*(?:\*\*)?\s*", re.I)
_QUOTES = "\"'`*“”‘’「」『』 \t"


def _parse_question(output: str) -> str:
    """The first line of what a model wrote, without its thoughts, label and quotation marks."""
    lines = (_LABEL.sub("", line.lstrip(">#-* ")).strip() for line in _THOUGHT.sub("", output).splitlines())
    first = next((line for line in lines if line.strip(_QUOTES)), "")
    is_quoted = first[:1] in _QUOTES or first[-1:] in _QUOTES
    return first.strip(_QUOTES) if is_quoted else first


def _is_trustworthy(candidate: str, question: str, history: Sequence[Turn]) -> bool:
    """False for an output that is empty, too long, on another topic, or without a figure of the follow-up."""
    if not candidate or len(candidate) > _MAX_REWRITE_LENGTH:
        return False
    figures = find_figures(candidate)
    for figure in informative_figures(question):
        if not any(figure.has_same_value(other) for other in figures):
            return False
    conversation = " ".join([question, *(f"{turn.question} {turn.answer}" for turn in history)])
    return bool(shingles(candidate) & shingles(conversation))
