"""Signs: which evidence may only speak for an answer, which only against it, and which may do either."""

from __future__ import annotations

from rag.reading.features import EVIDENCE_FEATURES

_UNSIGNED_EVIDENCE = frozenset(("across", "words", "no_names", "has_place", "cosine_mean", "has_cosine"))
_NEGATIVE_EVIDENCE = frozenset(
    (
        "uncovered",
        "year_missing",
        "place_elsewhere",
        "lost",
        "lost_pool",
        "lost_anywhere",
        "heaviest_lost",
        "heaviest_lost_pool",
        "heaviest_lost_anywhere",
        "unknown",
        "unknown_mass",
        "focus_absent",
        "names_absent",
        "stranger",
        "sort_missing",
        "sort_missing_all",
        "sort_lost",
        "figure_missing",
        "no_new_figure",
        "year_absent",
        "person_missing",
        "place_missing",
        "numbers_lost",
        "few_words",
        *(name for name in EVIDENCE_FEATURES if name.startswith("open_")),
    )
)


def evidence_sign(feature: str) -> int:
    """1 if the weight of a feature may only be positive, -1 if only negative, 0 if either."""
    if feature in _UNSIGNED_EVIDENCE:
        return 0
    return -1 if feature in _NEGATIVE_EVIDENCE else 1
