"""What an answer made of quotations says of itself beside the prompts' sentences, Chinese beside English."""

from __future__ import annotations

from rag.schema import Language

OTHERWISE: dict[Language, str] = {
    "zh": "资料里的数字与问题里的不同，原文如下：",
    "en": "The sources have another figure than the question; in their words:",
}


def dated(name: str, date: str, language: Language) -> str:
    """A document's name with its date where it has one: 《甲》（2024-06-03）, “A” (2024-06-03)."""
    if not date:
        return name
    return f"{name}（{date}）" if language == "zh" else f"{name} ({date})"
