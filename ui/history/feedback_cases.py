"""Eval cases from readers' feedback: complete cases from approved answers, incomplete ones from rejected answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from evals.cases import Behaviour, Case, Fact
from rag.citations.markers import remove_markers
from rag.numbers.figures import Figure, find_figures
from rag.schema import Answer, Passage, Turn
from ui.history import exchange as exchanges
from ui.history.entries import Conversation


@dataclass(frozen=True)
class IncompleteCase:
    """A case without an expectation, with what a person needs to write it."""

    case: Case
    answer: str  # the answer that the reader judged
    note: str  # what is known, and what is missing


def build_cases(conversations: Sequence[Conversation]) -> Iterator[Case | IncompleteCase]:
    """A case for each judged answer.

    An approved and checked answer gives a complete case: the required figures are its verified ones that the question
    does not state, the reference is its text, and the gold evidence is the quotes of its supported citations; an
    approved refusal expects a refusal. An answer that was approved without a check, or rejected, gives an
    IncompleteCase, because the right answer is not known.
    """
    for conversation in conversations:
        for position, entry in enumerate(conversation.entries):
            answer = entry.exchange.answer
            is_checked = answer.status in ("grounded", "partial", "unanswered") and not entry.exchange.stopped
            history = exchanges.earlier_turns([earlier.exchange for earlier in conversation.entries[:position]])
            id = f"feedback-{conversation.id[:8]}-{entry.id}"
            if entry.thumb == "up" and is_checked:
                yield _approved_case(id, answer, history)
            elif entry.thumb:
                note = _completion_note(entry.thumb, entry.reason, answer)
                yield IncompleteCase(_empty_case(id, answer, history), answer.text, note)


def _empty_case(id: str, answer: Answer, history: tuple[Turn, ...], behaviour: Behaviour = "answer") -> Case:
    return Case(id, answer.language, "feedback", answer.question, history, "", (), (), (), behaviour, "dev")


def _approved_case(id: str, answer: Answer, history: tuple[Turn, ...]) -> Case:
    if answer.status == "unanswered":
        return _empty_case(id, answer, history, "refuse")
    return replace(
        _empty_case(id, answer, history), reference=remove_markers(answer.text).strip(),
        must=tuple(_figure_facts(answer)), gold=tuple(_gold_evidence(answer)))


def _figure_facts(answer: Answer) -> Iterator[Fact]:
    """The verified figures of the answer, each value once, without those of the question."""
    known: list[Figure] = find_figures(answer.question)
    for checked in answer.figures:
        figures = find_figures(checked.text)
        is_known = any(figure.has_same_value(other) for figure in figures for other in known)
        if checked.state == "found" and figures and not is_known:
            known += figures
            yield Fact(figure=checked.text)


def _gold_evidence(answer: Answer) -> Iterator[tuple[str, ...]]:
    """For each passage that supports a citation: its paragraph address, if it has one, and the quotes."""
    passages = {passage.number: passage for passage in answer.passages}
    quotes: dict[int, list[str]] = {}
    for citation in answer.citations:
        if citation.state != "not found" and citation.quote and citation.marker in passages:
            quotes.setdefault(citation.marker, []).append(citation.quote)
    return ((*_paragraph_address(passages[number]), *dict.fromkeys(group)) for number, group in quotes.items())


def _paragraph_address(passage: Passage) -> tuple[str, ...]:
    """The address of a passage that is one paragraph of a work with editions, valid in each; otherwise empty."""
    first, last = passage.paragraphs
    is_one = bool(passage.edition_of) and first == last > 0
    return (f"{passage.edition_of}#{passage.section_number}.{first}",) if is_one else ()


def _completion_note(thumb: str, reason: str, answer: Answer) -> str:
    asks = "say what an answer must hold, its gold and its behaviour, and take `note` and `answer` away"
    suffix = _reason_suffix(reason)
    if thumb == "up":
        return f"a reader approved of this answer, which was not checked ({answer.status}){suffix}; {asks}"
    return f"a reader disapproved of this answer{suffix}; {asks}"


def _reason_suffix(reason: str) -> str:
    return f": {' '.join(reason.split())}" if reason.strip() else ""
