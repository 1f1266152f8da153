"""Tags as people type them on one line."""

from __future__ import annotations

import re

_MAX_TAGS, _MAX_TAG_LENGTH = 20, 40  # of one document; characters of a tag


def parse_tags(text: str) -> tuple[str, ...]:
    """Tags from a line of text, separated by Chinese or English commas or semicolons.

    `产业，2023、#政策` → 产业, 2023, 政策
    """
    tags = []
    for part in re.split(r"[,，、;；\n]", text):
        tag = re.sub(r"[\s\x00-\x1f\x7f]+", " ", part).strip(" #＃")[:_MAX_TAG_LENGTH]
        if tag:
            tags.append(tag)
    return tuple(dict.fromkeys(tags))[:_MAX_TAGS]
