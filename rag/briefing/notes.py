"""The citations of answers become notes that are numbered through the whole briefing, with what each of them points to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.citations.claims import Claim, split_claims
from rag.citations.markers import find_markers, mask_code
from rag.schema import Answer, Language, Passage, Source
from rag.text.language import has_han, segment_words

ReferenceFormatter = Callable[[Source], str]  # how a source is written in the list of references


@dataclass(frozen=True)
class CitationNote:
    """One quotation of one passage, or a passage alone where no words of it carry what was said."""

    number: int
    passage: Passage
    quote: str
    is_supported: bool  # False: what was said is not found there
    reference: int  # the number of its entry
    annex: int  # the number of its passage in the annex


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
    annex: int = 0  # the number under which it stands in the annex, where it is quoted itself


@dataclass(frozen=True)
class AnnexPassage:
    """A passage of the annex, as its document has it."""

    number: int
    passage: Passage
    notes: tuple[int, ...]  # that quote it
    counterparts: tuple[Counterpart, ...] = ()


@dataclass(frozen=True)
class _NoteTarget:
    """What a note points to, before it is known where that stands in the lists."""

    passage: Passage
    quote: str
    is_supported: bool


class NoteRegistry:
    """Gives the notes of a briefing their numbers, in the order in which they are first asked for."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str, bool], int] = {}
        self._targets: list[_NoteTarget] = []

    def note_number(self, passage: Passage, quote: str, *, is_supported: bool = True) -> int:
        """The number of the note for a quotation; the same each time."""
        key = (passage.id, quote, is_supported)
        if key not in self._numbers:
            self._targets.append(_NoteTarget(passage, quote, is_supported))
            self._numbers[key] = len(self._targets)
        return self._numbers[key]

    def marker_notes(self, answer: Answer) -> tuple[tuple[int, int], ...]:
        """The place of each marker in an answer's text, as `markers.cited` has it, and the number of its note."""
        said = answer_claims(answer.text)
        return tuple((start, self._marker_note(answer, said, start, number)) for start, _, number in find_markers(mask_code(answer.text)))

    def _marker_note(self, answer: Answer, text_claims: Sequence[Claim], at: int, number: int) -> int:
        """The note of one marker: of the words that carry the claim which it stands in."""
        passage = next(passage for passage in answer.passages if passage.number == number)
        claim = next((c.text for c in text_claims if c.start <= at < c.end), "")
        found = next((c for c in answer.citations if c.marker == number and c.claim == claim), None)
        return self.note_number(passage, found.quote if found else "", is_supported=found is not None and found.state != "not found")

    def build_lists(
        self, sources: Sequence[Source], format_reference: ReferenceFormatter, *, sort: bool,
    ) -> tuple[tuple[CitationNote, ...], tuple[Reference, ...], tuple[AnnexPassage, ...]]:
        """The notes with the references and passages that they point to; references in order of first citation, or sorted."""
        known = {source.id: source for source in sources}
        used = {p.passage.source_id: known.get(p.passage.source_id) or _source_of_passage(p.passage) for p in self._targets}
        written = {id: format_reference(source) for id, source in used.items()}
        ordered = sorted(used, key=lambda id: written[id].casefold()) if sort else list(used)
        references = {id: Reference(number, used[id], written[id]) for number, id in enumerate(ordered, 1)}
        places = {id: number for number, id in enumerate(dict.fromkeys(p.passage.id for p in self._targets), 1)}
        notes = tuple(
            CitationNote(number, p.passage, p.quote, p.is_supported, references[p.passage.source_id].number, places[p.passage.id])
            for number, p in enumerate(self._targets, 1))
        by_place: dict[int, list[CitationNote]] = {}
        for note in notes:
            by_place.setdefault(note.annex, []).append(note)
        annex = tuple(AnnexPassage(number, some[0].passage, tuple(n.number for n in some)) for number, some in sorted(by_place.items()))
        return notes, tuple(references.values()), annex


def _source_of_passage(passage: Passage) -> Source:
    """A source that is no longer in the library, by what its passage says of it."""
    return Source(passage.source_id, "", passage.title, passage.language, passage.edition_of, date=passage.date)


@lru_cache(maxsize=256)  # each answer is looked through for its length, its notes and its figures
def answer_claims(text: str) -> tuple[Claim, ...]:
    """The claims of an answer's text."""
    return tuple(split_claims(text))


def shorten_answer(answer: Answer, max_words: int) -> tuple[Answer, int]:
    """An answer of no more words than allowed, and how many were cut; 0 allows any length.

    Whole sentences stay, at least one: `甲乙[1]。丙丁[2]。戊己[3]。` of at most 4 words → 甲乙[1]。丙丁[2]。 and 2.
    """
    said = answer_claims(answer.text)
    kept = _limit_words(said, max_words)
    if len(kept) == len(said):
        return answer, 0
    end = kept[-1].end
    stay = {claim.text for claim in kept}
    short = replace(
        answer, text=answer.text[:end], citations=tuple(one for one in answer.citations if one.claim in stay),
        figures=tuple(figure for figure in answer.figures if figure.end <= end))
    return short, sum(map(_word_count, said[len(kept) :]))


def _limit_words(text_claims: Sequence[Claim], max_words: int) -> Sequence[Claim]:
    """The first claims that are not longer than allowed between them, and at least one."""
    left = max_words
    for at, claim in enumerate(text_claims):
        left -= _word_count(claim)
        if max_words and left < 0 and at:
            return text_claims[:at]
    return text_claims


def _word_count(claim: Claim) -> int:
    """Words as an office counts them: each Han character is one."""
    return sum(len(word) if has_han(word) else 1 for word in segment_words(claim.text))
