"""Text overlap as the papers define it: normalisation, segmentation, and measures of common segments."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from rag.schema import Language

_PUNCTUATION = str.maketrans("", "", string.punctuation)
# the marks that CMRC 2018 removes; it keeps the ASCII full stop, comma and percent sign: 4.1 must not become 41
_IGNORED_MARKS = str.maketrans("", "", "-:_*^/\\~`+=，。：？！“”；’《》…·、「」（）－～『』")
_SEGMENT = re.compile(r"[一-龥]|[^\W一-龥]+(?:[.,'][^\W一-龥]+)*|[^\w\s]")


def normalise_english(text: str) -> str:
    """Lower case without ASCII punctuation and articles (Rajpurkar et al. 2016): `The U.S.  army` → `us army`."""
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", text.lower().translate(_PUNCTUATION)).split())


def normalise_chinese(text: str) -> str:
    """Lower case without the marks that CMRC 2018 removes (Cui et al. 2019): `《ABC》，4.1%。` → `abc4.1%`."""
    return text.lower().strip().translate(_IGNORED_MARKS)


NORMALISERS: dict[Language, Callable[[str], str]] = {"en": normalise_english, "zh": normalise_chinese}


def mixed_segments(text: str) -> list[str]:
    """The mixed segmentation of CMRC 2018: single Han characters, and words of other text.

    Example: `在GDP中占4.1%` → 在, gdp, 中, 占, 4.1, %. The script of the paper uses NLTK for the words of other text;
    here a regular expression is used.
    """
    return _SEGMENT.findall(normalise_chinese(text))


def contains_normalised(text: str, wording: str) -> bool:
    """True if a normalised text contains a normalised wording.

    A wording of ASCII letters or digits matches whole words only: `12` does not match `112`.
    """
    before = r"(?<![a-z0-9])" if re.match(r"[a-z0-9]", wording) else ""
    after = r"(?![a-z0-9])" if re.search(r"[a-z0-9]\Z", wording) else ""
    return bool(wording) and re.search(before + re.escape(wording) + after, text) is not None


def f1_score(common: int, prediction_size: int, reference_size: int) -> float:
    """F1, the harmonic mean of precision and recall: 2·common / (prediction + reference); 1 for two empty texts."""
    total = prediction_size + reference_size
    return 2 * common / total if total else 1.0


def count_common_segments(prediction: Sequence[str], reference: Sequence[str]) -> int:
    """The number of common segments, with repetitions: `a, b, b` and `b, b, c` → 2."""
    return (Counter(prediction) & Counter(reference)).total()


def longest_common_run(prediction: Sequence[str], reference: Sequence[str]) -> int:
    """The length of the longest common run of segments, without gaps: `苏, 州, 市` and `在, 苏, 州` → 2."""
    return SequenceMatcher(None, prediction, reference, autojunk=False).find_longest_match().size


def longest_common_subsequence(prediction: Sequence[str], reference: Sequence[str]) -> int:
    """The length of the longest common subsequence, with gaps: `苏, 州, 有` and `苏, 有` → 2."""
    row = [0] * (len(reference) + 1)
    for segment in prediction:
        diagonal = 0
        for i, other in enumerate(reference, 1):
            above = row[i]
            row[i] = diagonal + 1 if segment == other else max(above, row[i - 1])
            diagonal = above
    return row[-1]
