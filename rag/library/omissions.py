"""Omissions of a source: what was left out of its file, as text in the manifest and as a sentence for a reader."""

from __future__ import annotations

from rag.schema import Language, Source
from rag.sources.elements import Omission
from rag.sources.recognition.installation import has_recogniser
from rag.text.messages import (
    OMISSIONS,
    ONE_OMISSION,
    RECOGNISED_PAGES,
    SCANS_CAN_BE_READ,
    SCANS_NEED_RECOGNITION,
)


def encode_omission(omission: Omission) -> str:
    """An omission as `Source.omissions` has it: kind, count and place.

    >>> encode_omission(Omission("scanned pages", 2, "3, 7"))
    'scanned pages|2|3, 7'
    """
    return f"{omission.kind}|{omission.count}|{omission.where}"


def describe_omission(encoded: str, language: Language) -> str:
    """The sentence on an omission that a source carries; its text if a later version wrote it in another form.

    >>> describe_omission("pictures|2|3, 7", "en")
    '2 pictures were left out (3, 7)'
    """
    kind, _, rest = encoded.partition("|")
    count, _, where = rest.partition("|")
    if kind not in OMISSIONS:
        return encoded
    sentence = ONE_OMISSION[kind] if language == "en" and count == "1" else OMISSIONS[kind][language]
    sentence = sentence.format(count=count)
    if where:
        sentence = f"{sentence}（{where}）" if language == "zh" else f"{sentence} ({where})"
    if kind == "scanned pages":
        sentence += (SCANS_CAN_BE_READ if has_recogniser() else SCANS_NEED_RECOGNITION)[language]
    return sentence


def describe_recognition(source: Source, language: Language) -> str:
    """The sentence on the pages of a source that text recognition read; empty if there are none.

    >>> describe_recognition(Source("s", "s.pdf", "S", "en", recognised_pages="4–5"), "en")
    'the text of pages 4–5 was read by text recognition (OCR)'
    """
    pages = source.recognised_pages
    if language == "en" and ("," in pages or "–" in pages):
        return RECOGNISED_PAGES["en"].format(pages=pages).replace("page ", "pages ")
    return RECOGNISED_PAGES[language].format(pages=pages) if pages else ""
