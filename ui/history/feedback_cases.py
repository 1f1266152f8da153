"""What readers thought of answers becomes eval cases: whole ones from praise, and ones for a person to complete from blame."""

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
    """A case without its expectation, with what a person needs to write it."""

    case: Case
    answer: str  # that the reader was given
    note: str  # what is known, and what is missing


def build_cases(conversations: Sequence[Conversation]) -> Iterator[Case | IncompleteCase]:
    """A case for each answer that was judged; what it expects is what was verified of an answer that a reader approved of.

    Approved: its verified figures that the question does not itself state, its text as the reference, and the words of its citations
    that hold as gold; or, where the library had no answer, a refusal. Approved without having been checked, and everything that was
    disapproved of: what would be right is not known, so nothing is expected.
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
                yield IncompleteCase(_empty_case(id, answer, history), answer.text, _completion_note(entry.thumb, entry.reason, answer))


def _empty_case(id: str, answer: Answer, history: tuple[Turn, ...], behaviour: Behaviour = "answer") -> Case:
    return Case(id, answer.language, "feedback", answer.question, history, "", (), (), (), behaviour, "dev")


def _approved_case(id: str, answer: Answer, history: tuple[Turn, ...]) -> Case:
    if answer.status == "unanswered":
        return _empty_case(id, answer, history, "refuse")
    return replace(
        _empty_case(id, answer, history), reference=remove_markers(answer.text).strip(), must=tuple(_figure_facts(answer)), gold=tuple(_gold_evidence(answer)))


def _figure_facts(answer: Answer) -> Iterator[Fact]:
    """The figures that were found in what the answer cites, each value once; those of the question are no answer to it."""
    known: list[Figure] = find_figures(answer.question)
    for checked in answer.figures:
        said = find_figures(checked.text)
        if checked.state == "found" and said and not any(one.has_same_value(other) for one in said for other in known):
            known += said
            yield Fact(figure=checked.text)


def _gold_evidence(answer: Answer) -> Iterator[tuple[str, ...]]:
    """For each passage that holds what it is cited for: where it stands, and failing that, in which words."""
    passages = {passage.number: passage for passage in answer.passages}
    quotes: dict[int, list[str]] = {}
    for citation in answer.citations:
        if citation.state != "not found" and citation.quote and citation.marker in passages:
            quotes.setdefault(citation.marker, []).append(citation.quote)
    return ((*_paragraph_address(passages[number]), *dict.fromkeys(said)) for number, said in quotes.items())


def _paragraph_address(passage: Passage) -> tuple[str, ...]:
    """The one paragraph that a passage of a work in several editions is, which holds in each of them."""
    first, last = passage.paragraphs
    is_one = bool(passage.edition_of) and first == last > 0
    return (f"{passage.edition_of}#{passage.section_number}.{first}",) if is_one else ()


def _completion_note(thumb: str, reason: str, answer: Answer) -> str:
    asks = "say what an answer must hold, its gold and its behaviour, and take `note` and `answer` away"
    if thumb == "up":
        return f"a reader approved of this answer, which was not checked ({answer.status}){_reason_suffix(reason)}; {asks}"
    return f"a reader disapproved of this answer{_reason_suffix(reason)}; {asks}"


def _reason_suffix(reason: str) -> str:
    return f": {' '.join(reason.split())}" if reason.strip() else ""
