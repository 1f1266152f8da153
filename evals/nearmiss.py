"""An answerable question becomes a near miss: another year, another name or another word in it, so that its text answers no more.

`贾里德·艾伦职业生涯有多少次擒杀？` → 甘地职业生涯有多少次擒杀？ No meaning is understood: a few of them may still be answerable,
which is why they weigh less in training than questions whose paragraph is withheld.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import rjieba

from rag.text.language import has_han, is_function_word, normalise, stem, words
from rag.text.questions import CAPITALISED, NAME_TAGS

Kind = Literal["year", "name", "word"]
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_LATIN = re.compile(r"[A-Za-z][A-Za-z'-]+")
_SHIFTS = (-12, -9, -7, -5, -4, -3, -2, 2, 3, 4, 5, 7, 9, 11)
_TRIES = 30


@dataclass(frozen=True)
class Original:
    """A question, the group that its text belongs to, and the text."""

    question: str
    group: str
    text: str


def near_misses(originals: Sequence[Original], seed: int = 7) -> list[tuple[str, str, Kind]]:
    """For most questions one near miss: question, group and what was swapped; the same for the same seed."""
    chosen = random.Random(seed)
    bank: dict[tuple[Kind, str], list[tuple[str, str]]] = defaultdict(list)
    for each in originals:
        for part, sort in _parts(each.question):
            bank[sort].append((part, each.group))
    out = []
    for each in originals:
        options = [(part, sort) for part, sort in _parts(each.question)]
        options += [(year, ("year", "")) for year in _YEAR.findall(each.question)]
        if not options:
            continue
        kind = chosen.choice(sorted({sort[0] for _, sort in options}))
        part, sort = chosen.choice([option for option in options if option[1][0] == kind])
        others = [str(int(part) + shift) for shift in _SHIFTS] if kind == "year" else [w for w, group in bank[sort] if group != each.group]
        tries = (chosen.choice(others) for _ in range(_TRIES if others else 0))
        if (other := next((w for w in tries if not _says(each.text, w)), None)) is not None:
            out.append((each.question.replace(part, other), each.group, kind))
    return out


def _parts(question: str) -> Iterable[tuple[str, tuple[Kind, str]]]:
    """Names and telling words of a question, with the kind of word that may stand in their place."""
    if has_han(question):
        for word, tag in rjieba.tag(question):
            if len(word) > 1 and tag in NAME_TAGS:
                yield word, ("name", tag[:2])
            elif len(word) > 1 and tag[:1] in "nv" and has_han(word) and not is_function_word(word):
                yield word, ("word", tag[:1])
        return
    names = set(CAPITALISED.findall(question))
    for word in _LATIN.findall(question):
        if word in names:
            yield word, ("name", "")
        elif word[0].islower() and len(word) > 3 and not is_function_word(word):
            yield word, ("word", "")


def _says(text: str, word: str) -> bool:
    if has_han(word) or word.isdigit():
        return normalise(word) in normalise(text)
    return stem(word.lower()) in {stem(each) for each in words(text)}
