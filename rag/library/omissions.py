"""Omissions of a source: what was left out of its file, as text in the manifest and as a sentence for a reader."""

from __future__ import annotations

from rag.schema import Language
from rag.sources.elements import Omission
from rag.text.messages import OMISSIONS, ONE_OMISSION


def encode_omission(omission: Omission) -> str:
    """An omission as `Source.omissions` has it: kind, count and place.

    >>> encode_omission(Omission("scanned pages", 2, "3, 7"))
    'scanned pages|2|3, 7'
    """
    return f"{omission.kind}|{omission.count}|{omission.where}"


def describe_omission(encoded: str, language: Language) -> str:
    """The sentence on an omission that a source carries; its text if a later version wrote it in another form.

    >>> describe_omission("scanned pages|2|3, 7", "en")
    '2 scanned pages were left out (3, 7)'
    """
    kind, _, rest = encoded.partition("|")
    count, _, where = rest.partition("|")
    if kind not in OMISSIONS:
        return encoded
    sentence = ONE_OMISSION[kind] if language == "en" and count == "1" else OMISSIONS[kind][language]
    sentence = sentence.format(count=count)
    if not where:
        return sentence
    return f"{sentence}（{where}）" if language == "zh" else f"{sentence} ({where})"
