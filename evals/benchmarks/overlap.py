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
_DISREGARDED = str.maketrans("", "", "-:_*^/\\~`+=，。：？！“”；’《》…·、「」（）－～『』")
_PIECE = re.compile(r"[一-龥]|[^\W一-龥]+(?:[.,'][^\W一-龥]+)*|[^\w\s]")


def reduced_english(text: str) -> str:
    """Lower case without ASCII punctuation and articles (SQuAD, Rajpurkar et al. 2016): `The U.S.  army` → `us army`."""
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", text.lower().translate(_PUNCTUATION)).split())


def reduced_chinese(text: str) -> str:
    """Lower case without the marks that CMRC 2018 disregards (Cui et al. 2019): `《ABC》，4.1%。` → `abc4.1%`."""
    return text.lower().strip().translate(_DISREGARDED)


REDUCED: dict[Language, Callable[[str], str]] = {"en": reduced_english, "zh": reduced_chinese}


def mixed_pieces(text: str) -> list[str]:
    """CMRC 2018's mixed segmentation: Han characters one by one, other text by words: `在GDP中占4.1%` → 在, gdp, 中, 占, 4.1, %.

    Where its script asks NLTK for the words of the other text, a pattern does here.
    """
    return _PIECE.findall(reduced_chinese(text))


def contains(text: str, wording: str) -> bool:
    """True where a reduced text has a reduced wording; one of ASCII letters or digits ends where a word ends: no `12` in `112`."""
    before = r"(?<![a-z0-9])" if re.match(r"[a-z0-9]", wording) else ""
    after = r"(?![a-z0-9])" if re.search(r"[a-z0-9]\Z", wording) else ""
    return bool(wording) and re.search(before + re.escape(wording) + after, text) is not None


def f1(common: int, mine: int, wanted: int) -> float:
    """The harmonic mean of common/mine and common/wanted: 2·common / (mine + wanted); of two empty texts 1."""
    return 2 * common / (mine + wanted) if mine + wanted else 1.0


def common_pieces(mine: Sequence[str], wanted: Sequence[str]) -> int:
    """How many pieces are shared, each as often as in both: `a, b, b` and `b, b, c` → 2."""
    return (Counter(mine) & Counter(wanted)).total()


def longest_run(mine: Sequence[str], wanted: Sequence[str]) -> int:
    """The length of the longest run of pieces that stands in both: `苏, 州, 市` and `在, 苏, 州` → 2."""
    return SequenceMatcher(None, mine, wanted, autojunk=False).find_longest_match().size


def longest_subsequence(mine: Sequence[str], wanted: Sequence[str]) -> int:
    """The length of the longest sequence of pieces that stands in both in this order, with gaps: `苏, 州, 有` and `苏, 有` → 2."""
    row = [0] * (len(wanted) + 1)
    for piece in mine:
        before = 0
        for i, other in enumerate(wanted, 1):
            before, row[i] = row[i], before + 1 if piece == other else max(row[i], row[i - 1])
    return row[-1]
