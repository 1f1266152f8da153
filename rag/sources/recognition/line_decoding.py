"""Line decoding: the recogniser's probabilities turned into the text of a line, with the characters that it doubts.

The recogniser gives, for each of some 40 to 400 steps along a line, the probability of each character and of a blank
(connectionist temporal classification, Graves et al. 2006). The text is the likeliest character of each step without
repetitions and blanks. The probability of a part of the text is the sum over all ways to write it into its steps; all
other texts have the rest, be it another digit, one digit less or a decimal point more. So 0.97 for `38.5` means that
the recogniser gives 3 % to all other readings together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]  # steps by characters; the first character is the blank

BLANK = 0
# a figure, of which one wrong character is another value: digits and signs, numerals and scales
_NUMERALS = r"\d零〇一二三四五六七八九十百千万亿兆两壹贰叁肆伍陆柒捌玖拾佰仟萬億"
FIGURE_PART = re.compile(rf"[+\-−±]?[{_NUMERALS}](?:[{_NUMERALS}.,，．:：/·-]*[{_NUMERALS}%％‰²³])?[%％‰²³]?")
# the probability below which a reading is doubted: of a figure, of a figure that may be a thousand times another one,
# and of another character; chosen by `evals.benchmarks.scans` on pages that are not those of its result
MIN_FIGURE_PROBABILITY = 0.9
MIN_SEPARATOR_PROBABILITY = 0.97
_MIN_CHARACTER_PROBABILITY = 0.5
# a point before three digits may be a comma that was not seen: 6.482 and 6,482
_THOUSAND = re.compile(r"\d{1,3}[.,，．]\d{3}")
# separators as nobody writes them, one of which was misread: 9.646.41, 6.482,199; dates and section numbers have points
_DIGITS = re.compile(r"\d[\d.,，．]*\d|\d")
_MISREAD = re.compile(r".*[.．]\d+[,，]\d{3}(?!\d).*|[\d,，]+[.．]\d+[.．][\d.,，．]+")
_POINTED = re.compile(r"(?:\d{4}|\d{1,2})(?:[.．]\d{1,2}){2,}")


class Alphabet:
    """The characters of the recogniser, and which of them are one character in two widths, such as , and ，."""

    def __init__(self, characters: Sequence[str]) -> None:
        self.characters = tuple(characters)
        forms: dict[str, list[int]] = {}
        for index, character in enumerate(self.characters):
            form = unicodedata.normalize("NFKC", character).replace("−", "-").replace("–", "-")
            forms.setdefault(form, []).append(index)
        self.spaces = tuple(index for index, character in enumerate(self.characters) if character == " ")
        self._same = {index: group for group in forms.values() if len(group) > 1 for index in group}

    def probability(self, probabilities: Probabilities, index: int) -> NDArray[np.float64]:
        """The probability of a character, in either width, at each step."""
        columns = probabilities[:, self._same.get(index, [index])]
        result: NDArray[np.float64] = columns.sum(axis=1, dtype=np.float64)
        return result


@dataclass(frozen=True)
class DecodedLine:
    """The text of a line; `centres`: where each character is along the line, from 0 to 1; `doubts`: offsets in it.

    `score`: the mean probability of its characters, 0 for an empty line.
    """

    text: str
    centres: tuple[float, ...]
    doubts: tuple[tuple[int, int], ...]
    score: float


@dataclass(frozen=True)
class _Run:
    """Steps `first` to `last` of one character."""

    index: int
    first: int
    last: int
    probability: float


def decode_line(probabilities: Probabilities, alphabet: Alphabet, width: float = 1.0) -> DecodedLine:
    """The line that some probabilities mean. `width`: the share of the steps that it fills; the rest is padding."""
    runs = _character_runs(probabilities)
    steps = max(1.0, width * len(probabilities))
    text, centres, starts = "", [], []
    for run in runs:
        starts.append(len(text))
        characters = alphabet.characters[run.index]
        text += characters
        centres += [min(1.0, (run.first + run.last + 1) / 2 / steps)] * len(characters)
    starts.append(len(text))
    text = _widen_signs(text)
    doubts = [
        (starts[i], starts[i + 1]) for i, run in enumerate(runs)
        if run.probability < _MIN_CHARACTER_PROBABILITY and not text[starts[i]].isspace()]
    run_at = {offset: i for i, (start, end) in enumerate(pairwise(starts)) for offset in range(start, end)}
    for part in FIGURE_PART.finditer(text):
        first, last = run_at[part.start()], run_at[part.end() - 1]
        if is_doubted(part.group(), part_probability(probabilities, alphabet, runs, first, last)):
            doubts.append(part.span())
    score = float(np.mean([run.probability for run in runs])) if runs else 0.0
    return _without_spaces_at_signs(DecodedLine(text, tuple(centres), tuple(sorted(set(doubts))), score))


# signs in the midst of Han characters, which the recogniser often reads in the width of Latin letters
_WIDE_SIGNS = str.maketrans(",;:?!()", "，；：？！（）")
_HAN = r"\u3400-\u9fff\u3001-\u301f\uff00-\uffef"
_LATIN_SIGN_AT_HAN = re.compile(rf"(?<=[{_HAN}])[,;:?!)]|(?<=[{_HAN}] )[(]|[,;:?!()](?=[{_HAN}])|(?<=[{_HAN}])[(]")
_SPACE_AT_WIDE_SIGN = re.compile(r" +(?=[，；：？！（）。、])|(?<=[，；：？！（）。、]) +")


def _widen_signs(text: str) -> str:
    return _LATIN_SIGN_AT_HAN.sub(lambda sign: sign.group().translate(_WIDE_SIGNS), text)


def _without_spaces_at_signs(line: DecodedLine) -> DecodedLine:
    """The line without the spaces that a wide sign brings with it."""
    dropped = {index for space in _SPACE_AT_WIDE_SIGN.finditer(line.text) for index in range(*space.span())}
    if not dropped:
        return line
    kept = [index for index in range(len(line.text)) if index not in dropped]
    place = {index: new for new, index in enumerate(kept)}
    doubts = tuple(
        (places[0], places[-1] + 1) for start, end in line.doubts
        if (places := [place[index] for index in range(start, end) if index in place]))
    text = "".join(line.text[index] for index in kept)
    return DecodedLine(text, tuple(line.centres[index] for index in kept), doubts, line.score)


def is_doubted(figure: str, probability: float) -> bool:
    """Whether a figure of a line may be another one."""
    digits = _DIGITS.search(figure)
    if digits and _MISREAD.fullmatch(digits.group()) and not _POINTED.fullmatch(digits.group()):
        return True
    is_thousand = digits is not None and _THOUSAND.fullmatch(digits.group()) is not None
    return probability < (MIN_SEPARATOR_PROBABILITY if is_thousand else MIN_FIGURE_PROBABILITY)


def _character_runs(probabilities: Probabilities) -> list[_Run]:
    best = probabilities.argmax(axis=1)
    runs: list[_Run] = []
    first = 0
    for step in range(1, len(best) + 1):
        if step < len(best) and best[step] == best[first]:
            continue
        if best[first] != BLANK:
            index = int(best[first])
            runs.append(_Run(index, first, step - 1, float(probabilities[first:step, index].max())))
        first = step
    return runs


def part_probability(
    probabilities: Probabilities, alphabet: Alphabet, runs: list[_Run], first: int, last: int,
) -> float:
    """The probability that characters `first` to `last` of a line, inclusive, are what the steps there show.

    The steps reach to the neighbouring characters, whose ends count as blank, and so does a space beside the part: they
    are no other reading of it.
    """
    before, after = (runs[first - 1] if first else None), (runs[last + 1] if last + 1 < len(runs) else None)
    begin = before.last + 1 if before else 0
    end = after.first if after else len(probabilities)
    indices = [run.index for run in runs[first : last + 1]]
    window = probabilities[begin:end]
    blank = window[:, BLANK].astype(np.float64)
    left, right = runs[first].first - begin, runs[last].last + 1 - begin
    for neighbour in ((before.index,) if before else ()) + alphabet.spaces:
        blank[:left] += alphabet.probability(window[:left], neighbour)
    for neighbour in ((after.index,) if after else ()) + alphabet.spaces:
        blank[right:] += alphabet.probability(window[right:], neighbour)
    characters = np.stack([alphabet.probability(window, index) for index in indices], axis=1)
    return _sequence_probability(characters, np.minimum(blank, 1.0), indices)


def _sequence_probability(
    characters: NDArray[np.float64], blank: NDArray[np.float64], indices: list[int],
) -> float:
    """The sum over all ways to write some characters into the steps: the forward algorithm of the paper, section 4.1.

    `characters` has their probabilities: steps by characters; `blank` that of the blank at each step.
    """
    size = 2 * len(indices) + 1
    emitted = np.empty((len(blank), size))
    emitted[:, 0::2] = blank[:, None]
    emitted[:, 1::2] = characters
    can_skip = np.zeros(size, dtype=bool)  # from one character to the next without a blank, if they differ
    can_skip[3::2] = [a != b for a, b in pairwise(indices)]
    forward = np.zeros(size)
    forward[:2] = emitted[0, :2]
    for step in emitted[1:]:
        moved = forward.copy()
        moved[1:] += forward[:-1]
        moved[2:] += np.where(can_skip[2:], forward[:-2], 0.0)
        forward = moved * step
    return float(forward[-2:].sum())
