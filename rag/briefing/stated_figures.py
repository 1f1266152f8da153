"""Stated figures: the checked figures of an answer, with value, unit, year, subject and citation note."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rag.briefing.notes import NoteRegistry, answer_claims
from rag.citations.claims import Claim
from rag.numbers.quantities import Quantity, find_quantities
from rag.numbers.row_wording import add_hedge, describe_subject, is_in_name, split_unit
from rag.numbers.scopes import inherited_year, parse_year
from rag.numbers.subjects import Subject
from rag.numbers.units import PERMANENT_MEASURES
from rag.schema import Answer, CheckedFigure, Citation, Passage
from rag.text.entities import find_name_terms
from rag.text.language import has_han, sentence_spans


@dataclass(frozen=True)
class StatedFigure:
    """One figure that an answer states, and the passage that is cited for it."""

    entry: int
    figure: str  # as written, with its unit
    number: str
    unit: str
    year: str  # of the sentence, else of the document; empty if neither has one
    subject_text: str  # its subject, to be shown to a reader
    note: int
    verified: bool  # the passage has the figure
    quantity: Quantity
    subject: Subject
    sentence: str
    passage: Passage


_OUTER_QUOTES = str.maketrans("‘’", "“”")


def stated_figures(entry: int, answer: Answer, registry: NoteRegistry) -> Iterator[StatedFigure]:
    """The checked figures of an answer that have a citation; `entry` is the number of its briefing entry."""
    names = frozenset[str]().union(*(find_name_terms(passage.text) for passage in answer.passages))
    for claim in answer_claims(answer.text):
        sentence = claim.text.strip("“”\"「」 ")
        if has_han(sentence):  # otherwise ‘12530’行动计划, with inner quotation marks, would not be recognised as a name
            sentence = sentence.translate(_OUTER_QUOTES)
        for quantity in find_quantities(sentence):
            if is_in_name(quantity.figure, sentence):
                continue
            evidence = _find_evidence(quantity, claim, answer)
            if evidence is None:
                continue
            verified, passage, citation = evidence
            number, unit = split_unit(quantity.figure, sentence)
            heading = f"{passage.title}\n{passage.section}"
            subject = Subject.from_quantity(quantity, sentence, heading, frozenset(), names)
            note = registry.note_number(passage, citation.quote, is_supported=citation.state != "not found")
            yield StatedFigure(
                entry, quantity.figure.text, add_hedge(number, quantity, sentence), unit,
                _figure_year(quantity, passage, citation.quote), describe_subject(quantity, sentence), note, verified,
                quantity, subject, sentence, passage)


def _find_evidence(quantity: Quantity, claim: Claim, answer: Answer) -> tuple[bool, Passage, Citation] | None:
    """Whether a figure was found, with its passage and citation; None if it has no check or no citation."""
    checked = _checked_figure(quantity, claim, answer)
    cited = [citation for citation in answer.citations if citation.claim == claim.text]
    if checked is None or not cited:
        return None
    citation = next((citation for citation in cited if citation.marker in checked.passages), cited[0])
    passage = next(passage for passage in answer.passages if passage.number == citation.marker)
    return checked.state == "found", passage, citation


def _checked_figure(quantity: Quantity, claim: Claim, answer: Answer) -> CheckedFigure | None:
    for checked in answer.figures:
        if claim.start <= checked.start < claim.end and quantity.figure.text in checked.text:
            return checked
    return None


def _figure_year(quantity: Quantity, passage: Passage, quote: str) -> str:
    """The year of the sentence, or of the sentence before it if that also applies, else the year of the document.

    A permanent property, such as the area of a lake, does not take the year of the document.
    """
    quote_start = passage.text.find(quote) if quote else -1
    before = [passage.text[start:end] for start, end in sentence_spans(passage.text) if end <= quote_start]
    sentence_year = quantity.year or (inherited_year(quote, before[-1]) if before else "")
    if sentence_year or quantity.measures & PERMANENT_MEASURES:
        return sentence_year
    return parse_year(passage.date) or parse_year(passage.title)
