"""Seeded errors: how many errors inserted into correct answers the verification detects, and its false alarms.

Correct ("clean") answers are made of sentences of passages. Each gets one error of every kind that can be inserted; the
verification checks both the clean answer and the ones with errors.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rag.answering.verify import VerifiedDraft, verify
from rag.citations.support import claim_coverage
from rag.numbers.figures import Figure, find_figures
from rag.schema import HuwenError, Language, Passage
from rag.text.entities import find_names
from rag.text.language import sentence_spans
from rag.text.lexicon import load_lexicon

ErrorKind = Literal["figure", "unit", "year", "entity", "swapped citation", "dropped citation", "wrong language"]
_SEED = 20261121
_PASSAGE_COUNT = 6  # passages given with each answer
_MAX_SENTENCE, _MIN_SENTENCE = 160, 12  # characters of a sentence used as an answer
# a passage that covers this share of a claim supports it, so that citing it would not be an error
_MAX_OVERLAP = 0.3


class TooFewPassages(HuwenError):
    """There are too few passages to make answers from."""


@dataclass(frozen=True)
class SeededAnswer:
    """An answer with its passages; `error` is the kind of error inserted into it, None for a clean answer."""

    text: str
    passages: tuple[Passage, ...]
    language: Language
    error: ErrorKind | None = None
    change: str = ""  # `original → replacement`

    @property
    def claim(self) -> str:
        """The answer without its marker."""
        return re.sub(r"\[\d+\]", "", self.text)


@dataclass(frozen=True)
class CheckedAnswer:
    """An answer and the result of its verification."""

    answer: SeededAnswer
    verified: VerifiedDraft

    @property
    def is_doubted(self) -> bool:
        """True if the reader sees a warning: status not grounded, or a citation or figure not found."""
        states: list[str] = [citation.state for citation in self.verified.citations]
        states += [figure.state for figure in self.verified.figures]
        return self.verified.status != "grounded" or "not found" in states

    @property
    def is_caught(self) -> bool:
        """True if the error is detected; for a dropped citation also if the verification added a citation."""
        if self.is_doubted:
            return True
        return self.answer.error == "dropped citation" and any(c.matched for c in self.verified.citations)


def check_seeded_answers(
    passages: Sequence[Passage], number: int, language: Language, seed: int = _SEED,
) -> Iterator[CheckedAnswer]:
    """Verify `number` clean answers in a language, each followed by its variants with one error.

    Raises:
        TooFewPassages: there are not enough passages in the language, or none with a figure.
    """
    candidates = [passage for passage in passages if passage.language == language]
    has_figures = any(_has_figure(sentence) for _, sentence in _usable_sentences(candidates))
    if len(candidates) < _PASSAGE_COUNT or not has_figures:
        raise TooFewPassages(
            f"the library has too few {language} passages with figures to make answers of; "
            "fill it with `huwen add`, or set HUWEN_SEEDS to the shipped notes")
    for clean in _make_clean_answers(candidates, number, random.Random(seed)):
        for draft in (clean, *_seed_errors(clean, passages, random.Random(clean.text))):
            yield CheckedAnswer(draft, verify(draft.text, draft.passages, draft.language))


def detection_rates(checked_answers: Sequence[CheckedAnswer]) -> Mapping[str, tuple[float, int]]:
    """The share of detected errors and the number of answers, by kind of error.

    Under `clean`, the share of clean answers with a warning, which are false alarms.
    """
    kinds: dict[str, list[bool]] = {}
    for checked in checked_answers:
        kinds.setdefault(checked.answer.error or "clean", []).append(checked.is_caught)
    return {kind: (sum(detected) / len(detected), len(detected)) for kind, detected in kinds.items()}


# --- clean answers


def _make_clean_answers(passages: Sequence[Passage], number: int, draw: random.Random) -> Iterator[SeededAnswer]:
    """Answers of one sentence each, two of three with a figure; the passage of the sentence gets number 1."""
    sentences = _usable_sentences(passages)
    with_figures = [(passage, sentence) for passage, sentence in sentences if _has_figure(sentence)]
    for n in range(number):
        passage, sentence = draw.choice(with_figures if n % 3 else sentences)
        others = draw.sample([p for p in passages if p.id != passage.id], _PASSAGE_COUNT - 1)
        numbered = [replace(p, number=i) for i, p in enumerate([passage, *others], 1)]
        yield SeededAnswer(_phrase_answer(sentence, draw), tuple(numbered), passage.language)


def _usable_sentences(passages: Sequence[Passage]) -> list[tuple[Passage, str]]:
    """The sentences of suitable length with their passages; one that ends in a colon is not a complete claim."""
    usable = []
    for passage in passages:
        for start, end in sentence_spans(passage.text):
            sentence = passage.text[start:end]
            if _MIN_SENTENCE <= end - start <= _MAX_SENTENCE and not sentence.endswith(("：", ":")):
                usable.append((passage, sentence))
    return usable


def _has_figure(sentence: str) -> bool:
    return any(not figure.spelled for figure in find_figures(sentence))


def _phrase_answer(sentence: str, draw: random.Random) -> str:
    """A sentence with a citation of passage 1: quoted, unchanged, or without its opening clause."""
    body, end = (sentence[:-1], sentence[-1]) if sentence[-1] in "。.！!？?" else (sentence, "")
    match draw.randrange(4):
        case 0:
            return f"“{sentence}”[1]"
        case 1:
            return f"{body}[1]{end}"
        case 2:
            return f"{body}{end}[1]"
    opening, comma, rest = body.partition("，" if "，" in body else ", ")
    can_shorten = comma and len(rest) >= _MIN_SENTENCE and not find_figures(opening) and not find_names(opening)
    claim = rest if can_shorten else body
    return f"{claim[:1].upper()}{claim[1:]} [1]{end}"


# --- errors


def _seed_errors(clean: SeededAnswer, passages: Sequence[Passage], draw: random.Random) -> Iterator[SeededAnswer]:
    for error, seed_error in _ERROR_SEEDERS.items():
        changed = seed_error(clean, passages, draw)
        if changed:
            text, change = changed
            yield replace(clean, text=text, error=error, change=change)


_TextChange = tuple[str, str] | None  # text with the error, `original → replacement`; None if it cannot be inserted


def _replace_figure(clean: SeededAnswer, figure: Figure, replacement: str) -> _TextChange:
    """The answer with a figure replaced; None if the cited passage contains a figure of the new value and unit."""
    text = clean.text[: figure.start] + replacement + clean.text[figure.end :]
    cited = clean.passages[0]
    evidence = find_figures(f"{cited.text}\n{cited.title}\n{cited.date}")
    changed = [f for f in find_figures(text) if f.start <= figure.start < f.end]
    if not changed or any(f.has_same_value(other) and f.unit == other.unit for f in changed for other in evidence):
        return None
    return text, f"{figure.text} → {replacement}"


def _changeable_figures(clean: SeededAnswer) -> list[Figure]:
    return [figure for figure in find_figures(clean.text) if figure.kind in ("amount", "percent")]


def _change_figure(clean: SeededAnswer, _: Sequence[Passage], draw: random.Random) -> _TextChange:
    """One digit of a figure replaced by another digit."""
    candidates = [
        figure for figure in _changeable_figures(clean)
        if re.search(r"\d", figure.text) and not _is_marker(clean, figure)]
    if not candidates:
        return None
    figure = draw.choice(candidates)
    position = draw.choice([i for i, character in enumerate(figure.text) if character.isdigit()])
    digit = draw.choice([digit for digit in "123456789" if digit != figure.text[position]])
    return _replace_figure(clean, figure, figure.text[:position] + digit + figure.text[position + 1 :])


def _is_marker(clean: SeededAnswer, figure: Figure) -> bool:
    return clean.text[figure.start - 1 : figure.start] == "["


# the first pair whose left side occurs in a figure is used
_UNIT_SWAPS = (
    ("万亿", "亿"), ("亿", "万"), ("万", "亿"), ("美元", "元"), ("元", "美元"),
    ("%", "‰"), ("百分之", "千分之"), ("个百分点", "倍"),
    ("trillion", "billion"), ("billion", "million"), ("million", "billion"), ("yuan", "dollars"),
    ("percent", "trillion"), ("per cent", "billion"))


def _change_unit(clean: SeededAnswer, _: Sequence[Passage], draw: random.Random) -> _TextChange:
    """The unit of the first figure with a known unit replaced by another unit."""
    for figure in _changeable_figures(clean):
        for unit, replacement in _UNIT_SWAPS:
            if unit in figure.text:
                return _replace_figure(clean, figure, figure.text.replace(unit, replacement, 1))
    return None


def _change_year(clean: SeededAnswer, _: Sequence[Passage], draw: random.Random) -> _TextChange:
    """A year shifted by one to four years."""
    years = [figure for figure in find_figures(clean.text) if figure.kind == "year" and figure.text[:4].isdigit()]
    if not years:
        return None
    figure = draw.choice(years)
    shifted = str(int(figure.value) + draw.choice([-4, -3, -2, -1, 1, 2, 3, 4]))
    return _replace_figure(clean, figure, shifted + figure.text[4:])


def _change_entity(clean: SeededAnswer, passages: Sequence[Passage], draw: random.Random) -> _TextChange:
    """A name replaced by another name that occurs neither in the passage nor in its title or section."""
    cited = clean.passages[0]
    names = [name for name in find_names(clean.claim) if name in clean.text]
    if not names:
        return None
    name = draw.choice(names)
    evidence = f"{cited.text} {cited.title} {cited.section}".lower()
    known = load_lexicon("evals", f"replacement_names_{clean.language}")
    replacement = draw.choice([other for other in known if other.lower() not in evidence and other != name])
    return clean.text.replace(name, replacement, 1), f"{name} → {replacement}"


def _swap_citation(clean: SeededAnswer, _: Sequence[Passage], draw: random.Random) -> _TextChange:
    """The marker replaced by that of a passage which does not support the claim."""
    unrelated = []
    for passage in clean.passages[1:]:
        if claim_coverage(clean.claim, passage.text, cross_lingual=False) < _MAX_OVERLAP:
            unrelated.append(passage)
    if not unrelated:
        return None
    number = draw.choice(unrelated).number
    return clean.text.replace("[1]", f"[{number}]"), f"[1] → [{number}]"


def _drop_citation(clean: SeededAnswer, _: Sequence[Passage], draw: random.Random) -> _TextChange:
    return clean.claim, "[1] → "


def _swap_language(clean: SeededAnswer, passages: Sequence[Passage], draw: random.Random) -> _TextChange:
    """A sentence of the same paragraphs in the other language."""
    cited = clean.passages[0]
    translations = [passage for passage in passages if _is_translation(passage, cited)]
    sentences = []
    for passage in translations:
        sentences += [passage.text[start:end] for start, end in sentence_spans(passage.text)]
    return (f"{draw.choice(sentences)}[1]", "in the other language") if sentences else None


def _is_translation(passage: Passage, cited: Passage) -> bool:
    same_work = bool(cited.edition_of) and passage.edition_of == cited.edition_of
    same_place = passage.section_number == cited.section_number and passage.paragraphs == cited.paragraphs
    return same_work and same_place and passage.language != cited.language


_ERROR_SEEDERS: Mapping[ErrorKind, Callable[[SeededAnswer, Sequence[Passage], random.Random], _TextChange]] = {
    "figure": _change_figure, "unit": _change_unit, "year": _change_year, "entity": _change_entity,
    "swapped citation": _swap_citation, "dropped citation": _drop_citation, "wrong language": _swap_language,
}
