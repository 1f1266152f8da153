"""Clean answers with an error put into them become the share of errors that verification catches, and of clean answers that it doubts."""

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

ErrorKind = Literal["figure", "unit", "year", "entity", "swapped citation", "dropped citation", "wrong language"]
_SEED = 20261121
_PASSAGE_COUNT = 6  # that each answer is written from
_MAX_SENTENCE, _MIN_SENTENCE = 160, 12  # characters of a sentence to answer with
_MAX_OVERLAP = 0.3  # a passage that has so much of a claim would be no wrong citation


class TooFewPassages(HuwenError):
    """There is too little to draw answers from."""


@dataclass(frozen=True)
class SeededAnswer:
    """An answer with the passages that it was written from; `error` is what was put into it."""

    text: str
    passages: tuple[Passage, ...]
    language: Language
    error: ErrorKind | None = None
    change: str = ""  # what was changed into what

    @property
    def claim(self) -> str:
        """The answer without its marker."""
        return re.sub(r"\[\d+\]", "", self.text)


@dataclass(frozen=True)
class CheckedAnswer:
    """A draft and what verification made of it."""

    answer: SeededAnswer
    verified: VerifiedDraft

    @property
    def is_doubted(self) -> bool:
        """True where a reader is told that something does not hold."""
        checked = self.verified
        return checked.status != "grounded" or any(c.state == "not found" for c in checked.citations) or any(
            figure.state == "not found" for figure in checked.figures)

    @property
    def is_caught(self) -> bool:
        """True where the error is told: a citation that we had to find counts for a dropped one."""
        return self.is_doubted or (self.answer.error == "dropped citation" and any(c.matched for c in self.verified.citations))


def check_seeded_answers(passages: Sequence[Passage], number: int, language: Language, seed: int = _SEED) -> Iterator[CheckedAnswer]:
    """As many clean answers in a language as asked for, and every error that can be put into them, checked.

    Raises:
        TooFew: there are not enough passages in the language, or none with a figure.
    """
    own = [passage for passage in passages if passage.language == language]
    if len(own) < _PASSAGE_COUNT or not any(_has_figure(sentence) for _, sentence in _usable_sentences(own)):
        raise TooFewPassages(f"the library has too few {language} passages with figures to make answers of; fill it with `huwen add`, "
                     "or set HUWEN_SEEDS to the shipped notes")
    for clean in _make_clean_answers(own, number, random.Random(seed)):
        for draft in (clean, *_seed_errors(clean, passages, random.Random(clean.text))):
            yield CheckedAnswer(draft, verify(draft.text, draft.passages, draft.language))


def detection_rates(checked_answers: Sequence[CheckedAnswer]) -> Mapping[str, tuple[float, int]]:
    """The share caught of each kind of error, and under `clean` the share of clean answers doubted; with how many there were."""
    kinds: dict[str, list[bool]] = {}
    for one in checked_answers:
        kinds.setdefault(one.answer.error or "clean", []).append(one.is_caught)
    return {kind: (sum(some) / len(some), len(some)) for kind, some in kinds.items()}


# --- clean answers


def _make_clean_answers(passages: Sequence[Passage], number: int, draw: random.Random) -> Iterator[SeededAnswer]:
    """Sentences of passages as answers: as they stand, quoted, or without their opening clause."""
    pool = _usable_sentences(passages)
    telling = [one for one in pool if _has_figure(one[1])]
    for n in range(number):
        passage, sentence = draw.choice(telling if n % 3 else pool)
        others = draw.sample([p for p in passages if p.id != passage.id], _PASSAGE_COUNT - 1)
        given = [replace(p, number=at) for at, p in enumerate([passage, *others], 1)]
        yield SeededAnswer(_phrase_answer(sentence, draw), tuple(given), passage.language)


def _usable_sentences(passages: Sequence[Passage]) -> list[tuple[Passage, str]]:
    return [(passage, passage.text[a:b]) for passage in passages for a, b in sentence_spans(passage.text)
            if _MIN_SENTENCE <= b - a <= _MAX_SENTENCE and not passage.text[a:b].endswith(("：", ":"))]


def _has_figure(sentence: str) -> bool:
    return any(not figure.spelled for figure in find_figures(sentence))


def _phrase_answer(sentence: str, draw: random.Random) -> str:
    body, end = (sentence[:-1], sentence[-1]) if sentence[-1] in "。.！!？?" else (sentence, "")
    match draw.randrange(4):
        case 0:
            return f"“{sentence}”[1]"
        case 1:
            return f"{body}[1]{end}"
        case 2:
            return f"{body}{end}[1]"
    opening, comma, rest = body.partition("，" if "，" in body else ", ")
    whole = rest if comma and len(rest) >= _MIN_SENTENCE and not find_figures(opening) and not find_names(opening) else body
    return f"{whole[:1].upper()}{whole[1:]} [1]{end}"


# --- errors


def _seed_errors(clean: SeededAnswer, passages: Sequence[Passage], draw: random.Random) -> Iterator[SeededAnswer]:
    for error, spoil in _ERROR_SEEDERS.items():
        if changed := spoil(clean, passages, draw):
            text, at = changed
            yield replace(clean, text=text, error=error, change=at)


_TextChange = tuple[str, str] | None


def _replace_figure(clean: SeededAnswer, figure: Figure, replacement: str) -> _TextChange:
    """The draft with a figure written otherwise, where that is another value than all that the passage holds."""
    text = clean.text[: figure.start] + replacement + clean.text[figure.end :]
    cited = clean.passages[0]
    held = find_figures(f"{cited.text}\n{cited.title}\n{cited.date}")
    now = [f for f in find_figures(text) if f.start <= figure.start < f.end]
    if not now or any(f.has_same_value(other) and f.unit == other.unit for f in now for other in held):
        return None
    return text, f"{figure.text} → {replacement}"


def _change_figure(clean: SeededAnswer, _: Sequence[Passage], draw: random.Random) -> _TextChange:
    some = [f for f in find_figures(clean.text) if f.kind in ("amount", "percent") and re.search(r"\d", f.text) and not _is_marker(clean, f)]
    if not some:
        return None
    figure = draw.choice(some)
    places = [i for i, c in enumerate(figure.text) if c.isdigit()]
    at = draw.choice(places)
    other = draw.choice([d for d in "123456789" if d != figure.text[at]])
    return _replace_figure(clean, figure, figure.text[:at] + other + figure.text[at + 1 :])


def _is_marker(clean: SeededAnswer, figure: Figure) -> bool:
    return clean.text[figure.start - 1 : figure.start] == "["


_UNIT_SWAPS = (("万亿", "亿"), ("亿", "万"), ("万", "亿"), ("美元", "元"), ("元", "美元"), ("%", "‰"), ("百分之", "千分之"), ("个百分点", "倍"),
          ("trillion", "billion"), ("billion", "million"), ("million", "billion"), ("yuan", "dollars"), ("percent", "trillion"),
          ("per cent", "billion"))


def _change_unit(clean: SeededAnswer, _: Sequence[Passage], draw: random.Random) -> _TextChange:
    for figure in (f for f in find_figures(clean.text) if f.kind in ("amount", "percent")):
        for known, other in _UNIT_SWAPS:
            if known in figure.text:
                return _replace_figure(clean, figure, figure.text.replace(known, other, 1))
    return None


def _change_year(clean: SeededAnswer, _: Sequence[Passage], draw: random.Random) -> _TextChange:
    some = [f for f in find_figures(clean.text) if f.kind == "year" and f.text[:4].isdigit()]
    if not some:
        return None
    figure = draw.choice(some)
    other = str(int(figure.value) + draw.choice([-4, -3, -2, -1, 1, 2, 3, 4]))
    return _replace_figure(clean, figure, other + figure.text[4:])


def _change_entity(clean: SeededAnswer, passages: Sequence[Passage], draw: random.Random) -> _TextChange:
    """A name for another of the same kind, one that neither the passage nor its title has."""
    cited = clean.passages[0]
    own = [name for name in find_names(clean.claim) if name in clean.text]
    if not own:
        return None
    name = draw.choice(own)
    there = f"{cited.text} {cited.title} {cited.section}".lower()
    others = [n for n in _OTHER_NAMES[clean.language] if n.lower() not in there and n != name]
    other = draw.choice(others)
    return clean.text.replace(name, other, 1), f"{name} → {other}"


_OTHER_NAMES: Mapping[Language, Sequence[str]] = {
    "zh": "杭州 成都 武汉 西安 郑州 长沙 青岛 厦门 哈尔滨 新加坡 东京 柏林 华为 腾讯 浙江 山东 四川 清华大学".split(),
    "en": "Hangzhou Chengdu Wuhan Qingdao Xiamen Harbin Singapore Tokyo Berlin Huawei Tencent Zhejiang Shandong Sichuan Tsinghua".split(),
}


def _swap_citation(clean: SeededAnswer, _: Sequence[Passage], draw: random.Random) -> _TextChange:
    wrong = [p for p in clean.passages[1:] if claim_coverage(clean.claim, p.text, cross_lingual=False) < _MAX_OVERLAP]
    if not wrong:
        return None
    other = draw.choice(wrong).number
    return clean.text.replace("[1]", f"[{other}]"), f"[1] → [{other}]"


def _drop_citation(clean: SeededAnswer, _: Sequence[Passage], draw: random.Random) -> _TextChange:
    return clean.claim, "[1] → "


def _swap_language(clean: SeededAnswer, passages: Sequence[Passage], draw: random.Random) -> _TextChange:
    """What the other language's edition says there."""
    cited = clean.passages[0]
    twins = [p for p in passages if cited.edition_of and p.edition_of == cited.edition_of and p.language != cited.language
             and p.section_number == cited.section_number and p.paragraphs == cited.paragraphs]
    spans = [twin.text[a:b] for twin in twins for a, b in sentence_spans(twin.text)]
    return (f"{draw.choice(spans)}[1]", "in the other language") if spans else None


_ERROR_SEEDERS: Mapping[ErrorKind, Callable[[SeededAnswer, Sequence[Passage], random.Random], _TextChange]] = {
    "figure": _change_figure, "unit": _change_unit, "year": _change_year, "entity": _change_entity, "swapped citation": _swap_citation,
    "dropped citation": _drop_citation, "wrong language": _swap_language,
}
