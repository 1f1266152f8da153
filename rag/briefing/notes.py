"""Citation notes of a briefing, numbered through all answers, with the references and passages that they cite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.citations.claims import Claim, split_claims
from rag.citations.markers import find_markers, mask_code
from rag.schema import Answer, Language, Passage, Source
from rag.text.language import has_han, segment_words

ReferenceFormatter = Callable[[Source], str]  # writes a source as an entry of the list of references


@dataclass(frozen=True)
class CitationNote:
    """One quotation of one passage, or only a passage if no sentence of it supports the claim."""

    number: int
    passage: Passage
    quote: str  # empty: no sentence supports the claim
    is_supported: bool  # False: the claim was not found in the passage
    reference: int  # the number of its entry in the list of references
    annex: int  # the number of its passage in the annex
    start: int = -1  # of the quote in the clean text of its source; -1: not known


@dataclass(frozen=True)
class Reference:
    """An entry of the list of references, without its number."""

    number: int
    source: Source
    entry: str


@dataclass(frozen=True)
class Counterpart:
    """The same paragraphs in another edition."""

    language: Language
    title: str
    text: str
    annex: int = 0  # its number in the annex if it is cited too; 0: it is not


@dataclass(frozen=True)
class AnnexPassage:
    """A passage of the annex, in full."""

    number: int
    passage: Passage
    notes: tuple[int, ...]  # the numbers of the notes that cite it
    counterparts: tuple[Counterpart, ...] = ()


@dataclass(frozen=True)
class _NoteTarget:
    """What a note cites, before the references and the annex have numbers."""

    passage: Passage
    quote: str
    is_supported: bool
    start: int


class NoteRegistry:
    """Numbers the notes of a briefing, in the order in which they are first requested."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str, bool], int] = {}
        self._targets: list[_NoteTarget] = []

    def note_number(self, passage: Passage, quote: str, *, is_supported: bool = True, start: int = -1) -> int:
        """The number of the note for a quotation; the same for the same words of a passage.

        `start` is where the quote begins in the clean text of its source, if that is known.
        """
        key = (passage.id, quote, is_supported)
        if key not in self._numbers:
            self._targets.append(_NoteTarget(passage, quote, is_supported, start))
            self._numbers[key] = len(self._targets)
        return self._numbers[key]

    def marker_notes(self, answer: Answer) -> tuple[tuple[int, int], ...]:
        """The offset of each marker in an answer's text, as `find_markers` gives it, and the number of its note."""
        claims = answer_claims(answer.text)
        markers = find_markers(mask_code(answer.text))
        return tuple((start, self._marker_note(answer, claims, start, number)) for start, _, number in markers)

    def _marker_note(self, answer: Answer, claims: Sequence[Claim], offset: int, number: int) -> int:
        """The note of the marker `[number]` at an offset; it quotes the sentence that supports the marker's claim."""
        passage = next(passage for passage in answer.passages if passage.number == number)
        claim = next((claim.text for claim in claims if claim.start <= offset < claim.end), "")
        citation = next((one for one in answer.citations if one.marker == number and one.claim == claim), None)
        if citation is None:
            return self.note_number(passage, "", is_supported=False)
        start = citation.start if citation.end else -1
        return self.note_number(passage, citation.quote, is_supported=citation.state != "not found", start=start)

    def build_lists(
        self, sources: Sequence[Source], format_reference: ReferenceFormatter, *, sort: bool,
    ) -> tuple[tuple[CitationNote, ...], tuple[Reference, ...], tuple[AnnexPassage, ...]]:
        """The notes, the references and the annex. References are in the order of first citation, or sorted by text."""
        known = {source.id: source for source in sources}
        cited: dict[str, Source] = {}
        for target in self._targets:
            source_id = target.passage.source_id
            cited[source_id] = known.get(source_id) or _source_of_passage(target.passage)
        entries = {id: format_reference(source) for id, source in cited.items()}
        ordered = sorted(cited, key=lambda id: entries[id].casefold()) if sort else list(cited)
        references = {id: Reference(number, cited[id], entries[id]) for number, id in enumerate(ordered, 1)}
        passage_ids = dict.fromkeys(target.passage.id for target in self._targets)
        annex_numbers = {id: number for number, id in enumerate(passage_ids, 1)}
        notes = []
        for number, target in enumerate(self._targets, 1):
            passage, reference = target.passage, references[target.passage.source_id]
            notes.append(CitationNote(
                number, passage, target.quote, target.is_supported, reference.number, annex_numbers[passage.id],
                target.start))
        return tuple(notes), tuple(references.values()), _build_annex(notes)


def _build_annex(notes: Sequence[CitationNote]) -> tuple[AnnexPassage, ...]:
    """The cited passages in the order of their numbers, each with the numbers of its notes."""
    by_number: dict[int, list[CitationNote]] = {}
    for note in notes:
        by_number.setdefault(note.annex, []).append(note)
    return tuple(
        AnnexPassage(number, group[0].passage, tuple(note.number for note in group))
        for number, group in sorted(by_number.items()))


def _source_of_passage(passage: Passage) -> Source:
    """A source that is no longer in the library, from the metadata of its passage."""
    return Source(passage.source_id, "", passage.title, passage.language, passage.edition_of, date=passage.date)


@lru_cache(maxsize=256)  # each answer is split three times: for its length, notes and figures
def answer_claims(text: str) -> tuple[Claim, ...]:
    """The claims of an answer's text."""
    return tuple(split_claims(text))


def shorten_answer(answer: Answer, max_words: int) -> tuple[Answer, int]:
    """An answer of at most `max_words` words, and how many words were cut; 0 allows any length.

    It is cut between sentences, and keeps at least one:
    `甲乙[1]。丙丁[2]。戊己[3]。` with 4 words → 甲乙[1]。丙丁[2]。 and 2;
    `It grew [1]. It then fell [2].` with 3 words → It grew [1]. and 3.
    """
    claims = answer_claims(answer.text)
    remaining = _limit_words(claims, max_words)
    if len(remaining) == len(claims):
        return answer, 0
    end = remaining[-1].end
    claim_texts = {claim.text for claim in remaining}
    short = replace(
        answer, text=answer.text[:end],
        citations=tuple(citation for citation in answer.citations if citation.claim in claim_texts),
        figures=tuple(figure for figure in answer.figures if figure.end <= end))
    return short, sum(map(_word_count, claims[len(remaining) :]))


def _limit_words(claims: Sequence[Claim], max_words: int) -> Sequence[Claim]:
    """The first claims that together have at most `max_words` words, and at least one claim."""
    left = max_words
    for position, claim in enumerate(claims):
        left -= _word_count(claim)
        if max_words and left < 0 and position:
            return claims[:position]
    return claims


def _word_count(claim: Claim) -> int:
    """Words as an office program counts them: each Han character is one word."""
    return sum(len(word) if has_han(word) else 1 for word in segment_words(claim.text))
