"""Inflection: irregular forms and British spellings of English words, each with its base."""

from __future__ import annotations

from collections.abc import Iterator

from rag.text.lexicon import load_lexicon


def irregular_forms() -> Iterator[tuple[str, str]]:
    """Each form with its base, unstemmed: (`led`, `lead`), (`colour`, `color`), …"""
    for entry in load_lexicon("rag.text", "irregular_forms"):
        base, *forms = entry.split()
        yield from ((form, base) for form in forms)
