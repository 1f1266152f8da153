"""A question, with the turns before it, becomes the question that stands alone: by rules, or by a chat model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from langchain_core.messages import HumanMessage, SystemMessage

from rag.numbers.figures import find_figures, informative_figures
from rag.questions.followup_detection import needs_context
from rag.questions.rewriting import rewrite_followup
from rag.schema import HuwenError, Turn
from rag.text.language import detect_language, han_bigrams, search_terms
from rag.text.prompts import FOLLOW_UP, REWRITE

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Rewriter = Callable[[str, Sequence[Turn]], str]

_HISTORY_TURNS, _MAX_ANSWER_LENGTH = 4, 300  # earlier turns that a model is shown, and characters of each answer
_SHORT_QUESTION = 3  # a question of so few telling words may lean on what was said even where no rule sees it
_MAX_REWRITE_LENGTH = 500  # characters of a question; what is longer is an answer or a ramble
_MAX_OUTPUT_LENGTH = 8_000  # characters after which a model that only thinks is not listened to any longer


def rewrite_by_rules(question: str, history: Sequence[Turn]) -> str:
    """`那苏州呢？` after `深圳2023年的软件收入是多少？` → 苏州2023年的软件收入是多少？"""
    return rewrite_followup(question, [turn.question for turn in history])


def rewrite_by_model(model: BaseChatModel) -> Rewriter:
    """A rewriter that asks a chat model, and keeps to the rules where the model fails or its answer cannot be trusted."""

    def rewrite(question: str, history: Sequence[Turn]) -> str:
        if not history or not (needs_context(question) or len(set(search_terms(question))) <= _SHORT_QUESTION):
            return rewrite_by_rules(question, history)
        try:
            said = _ask_model(model, question, history)
        except HuwenError:
            return rewrite_by_rules(question, history)
        told = _parse_question(said)
        return told if _is_trustworthy(told, question, history) else rewrite_by_rules(question, history)

    return rewrite


def _ask_model(model: BaseChatModel, question: str, history: Sequence[Turn]) -> str:
    language = detect_language(question)
    conversation = "\n".join(f"> {turn.question}\n{turn.answer[:_MAX_ANSWER_LENGTH]}" for turn in history[-_HISTORY_TURNS:])
    # a conversation cannot close its own quotation
    quoted = conversation.replace("<<<", "‹‹‹").replace(">>>", "›››")
    messages = [SystemMessage(REWRITE[language]), HumanMessage(f"<<<\n{quoted}\n>>>\n\n{FOLLOW_UP[language]}{question}")]
    said, heard = "", 0
    for piece in model.stream(messages):
        more = piece.additional_kwargs
        said = str(piece.text) if more.get("retracted") else said + str(piece.text)
        heard += len(str(piece.text)) + len(str(more.get("reasoning_content") or ""))
        if heard > _MAX_OUTPUT_LENGTH:
            break
    return said


_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)|\A.*</think(?:ing)?>", re.S | re.I)
_LABEL = re.compile(
    r"^(?:(?:改写后?的?|完整的?|独立的?)?(?:问题|追问|改写)|(?:the )?(?:standalone|rewritten|complete|full)?[ -]?"
    r"(?:question|follow-up))(?:（[^）]*）)?\s*(?:\*\*)?\s*[:：]\s*(?:\*\*)?\s*", re.I)
_QUOTES = "\"'`*“”‘’「」『』 \t"


def _parse_question(output: str) -> str:
    """The first line of what a model wrote, without its thoughts, label and quotation marks."""
    lines = (_LABEL.sub("", line.lstrip(">#-* ")).strip() for line in _THOUGHT.sub("", output).splitlines())
    first = next((line for line in lines if line.strip(_QUOTES)), "")
    return first.strip(_QUOTES) if first[:1] in _QUOTES or first[-1:] in _QUOTES else first


def _is_trustworthy(candidate: str, question: str, history: Sequence[Turn]) -> bool:
    """False for what is empty, too long, about something else, or has lost a figure of the follow-up."""
    if not candidate or len(candidate) > _MAX_REWRITE_LENGTH:
        return False
    kept = find_figures(candidate)
    if not all(any(figure.has_same_value(other) for other in kept) for figure in informative_figures(question)):
        return False
    known = " ".join([question, *(f"{turn.question} {turn.answer}" for turn in history)])
    return bool(_shingles(candidate) & _shingles(known))


def _shingles(text: str) -> set[str]:
    return {*search_terms(text), *han_bigrams(text)}
