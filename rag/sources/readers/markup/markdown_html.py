"""HTML inside Markdown: markup is kept for the reader of pages; what only looks like it is made text again."""

from __future__ import annotations

import re

from rag.text.lexicon import load_lexicon

_TAGS = frozenset(load_lexicon("rag.sources", "markdown_html_tags"))
_RAW_TEXT_TAGS = ("script", "style")
_OPENING = re.compile(r"<(?=[A-Za-z/!?])(/?)([A-Za-z][\w:-]*|!--|)")


def safe_markup(markup: str) -> str:
    """HTML whose elements are known: `List<String>` becomes text, `<script>…</script>` disappears.

    An element that would hide the rest of the note, such as an open comment or `<title>`, is text too.
    """
    for tag in _RAW_TEXT_TAGS:
        markup = _drop_elements(markup, tag)
    last_comment_end = markup.rfind("-->")
    return _OPENING.sub(lambda opening: _keep_or_escape(opening, last_comment_end), markup)


def _keep_or_escape(opening: re.Match[str], last_comment_end: int) -> str:
    name = opening[2].lower()
    is_known = name in _TAGS or (name == "!--" and opening.start() < last_comment_end)
    return opening.group() if is_known else f"&lt;{opening.group()[1:]}"


def _drop_elements(markup: str, tag: str) -> str:
    """The markup without the closed elements of a tag."""
    lower, pieces, end = markup.lower(), [], 0
    while (start := lower.find(f"<{tag}", end)) >= 0:
        close = lower.find(f"</{tag}", start)
        close = lower.find(">", close) if close >= 0 else -1
        if close < 0:
            break
        pieces.append(markup[end:start])
        end = close + 1
    return "".join([*pieces, markup[end:]])
