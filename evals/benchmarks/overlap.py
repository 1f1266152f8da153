"""Two texts become comparable as the papers compare them: reduced forms, their pieces, and how much of them is shared."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from rag.schema import Language

_PUNCTUATION = str.maketrans("", "", string.punctuation)
# the marks that CMRC 2018 disregards; full stops, commas and per cent signs of ASCII stay, or 4.1 would be 41
_IGNORED_MARKS = str.maketrans("", "", "-:_*^/\\~`+=，。：？！“”；’《》…·、「」（）－～『』")
_SEGMENT = re.compile(r"[一-龥]|[^\W一-龥]+(?:[.,'][^\W一-龥]+)*|[^\w\s]")


def normalise_english(text: str) -> str:
    """Lower case without ASCII punctuation and articles (SQuAD, Rajpurkar et al. 2016): `The U.S.  army` → `us army`."""
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", text.lower().translate(_PUNCTUATION)).split())


def normalise_chinese(text: str) -> str:
    """Lower case without the marks that CMRC 2018 disregards (Cui et al. 2019): `《ABC》，4.1%。` → `abc4.1%`."""
    return text.lower().strip().translate(_IGNORED_MARKS)


NORMALISERS: dict[Language, Callable[[str], str]] = {"en": normalise_english, "zh": normalise_chinese}


def mixed_segments(text: str) -> list[str]:
    """CMRC 2018's mixed segmentation: Han characters one by one, other text by words: `在GDP中占4.1%` → 在, gdp, 中, 占, 4.1, %.

    Where its script asks NLTK for the words of the other text, a pattern does here.
    """
    return _SEGMENT.findall(normalise_chinese(text))


def contains_normalised(text: str, wording: str) -> bool:
    """True where a reduced text has a reduced wording; one of ASCII letters or digits ends where a word ends: no `12` in `112`."""
    before = r"(?<![a-z0-9])" if re.match(r"[a-z0-9]", wording) else ""
    after = r"(?![a-z0-9])" if re.search(r"[a-z0-9]\Z", wording) else ""
    return bool(wording) and re.search(before + re.escape(wording) + after, text) is not None


def f1_score(common: int, prediction_size: int, reference_size: int) -> float:
    """The harmonic mean of common/mine and common/wanted: 2·common / (mine + wanted); of two empty texts 1."""
    return 2 * common / (prediction_size + reference_size) if prediction_size + reference_size else 1.0


def count_common_segments(prediction: Sequence[str], reference: Sequence[str]) -> int:
    """How many pieces are shared, each as often as in both: `a, b, b` and `b, b, c` → 2."""
    return (Counter(prediction) & Counter(reference)).total()


def longest_common_run(prediction: Sequence[str], reference: Sequence[str]) -> int:
    """The length of the longest run of pieces that stands in both: `苏, 州, 市` and `在, 苏, 州` → 2."""
    return SequenceMatcher(None, prediction, reference, autojunk=False).find_longest_match().size


def longest_common_subsequence(prediction: Sequence[str], reference: Sequence[str]) -> int:
    """The length of the longest sequence of pieces that stands in both in this order, with gaps: `苏, 州, 有` and `苏, 有` → 2."""
    row = [0] * (len(reference) + 1)
    for piece in prediction:
        before = 0
        for i, other in enumerate(reference, 1):
            before, row[i] = row[i], before + 1 if piece == other else max(row[i], row[i - 1])
    return row[-1]
