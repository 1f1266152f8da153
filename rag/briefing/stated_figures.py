"""The checked figures of an answer become statements: a value, its year, its subject, and the note that backs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rag.briefing.notes import NoteRegistry, answer_claims
from rag.citations.claims import Claim
from rag.numbers.quantities import Quantity, find_quantities
from rag.numbers.row_wording import add_hedge, describe_subject, is_in_name, split_unit
from rag.numbers.scopes import find_name_terms, inherited_year, parse_year
from rag.numbers.subjects import Subject
from rag.numbers.units import PERMANENT_MEASURES
from rag.schema import Answer, Citation, Passage
from rag.text.language import has_han, sentence_spans


@dataclass(frozen=True)
class StatedFigure:
    """One figure that an answer states, and the passage that it rests on."""

    entry: int
    figure: str  # as it is written, with its unit
    number: str
    unit: str
    year: str  # of the sentence, else of the document; empty where neither tells
    subject_text: str  # its subject, for a reader
    note: int
    verified: bool  # it stands in the passage
    quantity: Quantity
    subject: Subject
    sentence: str
    passage: Passage


_OUTER_QUOTES = str.maketrans("‘’", "“”")


def stated_figures(entry: int, answer: Answer, registry: NoteRegistry) -> Iterator[StatedFigure]:
    """What the figures of an answer say, each with the note of what bears it out."""
    known = frozenset[str]().union(*(find_name_terms(passage.text) for passage in answer.passages))
    for claim in answer_claims(answer.text):
        sentence = claim.text.strip("“”\"「」 ")
        if has_han(sentence):  # in a quotation: ‘12530’行动计划, which names a plan and counts nothing
            sentence = sentence.translate(_OUTER_QUOTES)
        for quantity in find_quantities(sentence):
            backed = None if is_in_name(quantity.figure, sentence) else _find_evidence(quantity, claim, answer)
            if backed:
                verified, passage, citation = backed
                number, unit = split_unit(quantity.figure, sentence)
                about = Subject.from_quantity(quantity, sentence, f"{passage.title}\n{passage.section}", frozenset(), known)
                note = registry.note_number(passage, citation.quote, is_supported=citation.state != "not found")
                yield StatedFigure(
                    entry, quantity.figure.text, add_hedge(number, quantity, sentence), unit, _figure_year(quantity, passage, citation.quote),
                    describe_subject(quantity, sentence), note, verified, quantity, about, sentence, passage)


def _find_evidence(quantity: Quantity, claim: Claim, answer: Answer) -> tuple[bool, Passage, Citation] | None:
    """Whether a figure was found, and what bears it out or was cited for it; None for one that nothing was said of."""
    checked = next((one for one in answer.figures if claim.start <= one.start < claim.end and quantity.figure.text in one.text), None)
    if checked is None:
        return None
    cited = [citation for citation in answer.citations if citation.claim == claim.text]
    found = next((citation for citation in cited if citation.marker in checked.passages), cited[0] if cited else None)
    if found is None:
        return None
    return checked.state == "found", next(p for p in answer.passages if p.number == found.marker), found


def _figure_year(quantity: Quantity, passage: Passage, quote: str) -> str:
    """The year that the sentence gives or goes on in, else that of its document, but for what a thing is for good."""
    at = passage.text.find(quote) if quote else -1
    before = [passage.text[start:end] for start, end in sentence_spans(passage.text) if end <= at]
    own = quantity.year or (inherited_year(quote, before[-1]) if before else "")
    return own or ("" if quantity.measures & PERMANENT_MEASURES else parse_year(passage.date) or parse_year(passage.title))
