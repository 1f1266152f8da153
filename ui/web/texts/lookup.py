"""Look-up of the page's texts: the texts of all views in one table, and each text as HTML in both languages."""

from __future__ import annotations

from html import escape

from rag.schema import LANGUAGES, HuwenError, Language
from ui.web.texts.briefings import BRIEFING_TEXTS
from ui.web.texts.chat import CHAT_TEXTS
from ui.web.texts.common import COMMON_TEXTS
from ui.web.texts.figures import FIGURE_TEXTS
from ui.web.texts.following import FOLLOWING_TEXTS
from ui.web.texts.library import LIBRARY_TEXTS
from ui.web.texts.settings import SETTINGS_TEXTS
from ui.web.texts.versions import VERSION_TEXTS

# a key names the same text in every view; the page's script gets the whole table
TEXTS: dict[str, dict[Language, str]] = {
    **COMMON_TEXTS, **CHAT_TEXTS, **LIBRARY_TEXTS, **FIGURE_TEXTS, **FOLLOWING_TEXTS, **SETTINGS_TEXTS,
    **BRIEFING_TEXTS, **VERSION_TEXTS}

# shown with the words, so that colour is never the only sign of a state
SYMBOLS: dict[str, str] = {
    "grounded": "✓", "partial": "◐", "unanswered": "○", "failed": "!", "stopped": "■",
    "verified quote": "✓", "supported": "≈", "read with doubt": "?", "not found": "!", "recognised": "◫",
    "found": "✓", "derived": "=", "strong": "●●●", "fair": "●●○", "weak": "●○○", "none": "○○○",
    "another year": "≠", "another scope": "≠", "conflict": "≠", "matched": "+", "partly matched": "+", "left out": "−",
    "changed": "↻", "changed source": "↻",
    "well": "✓", "amiss": "✗", "waiting": "·", "under way": "…", "edited": "✎",
}


def ui_text(key: str, **values: str) -> str:
    """A text in both languages, as HTML; the page shows the one that its reader chose.

    `ui_text("page", number="3")` → `<span … lang="zh">第 3 页</span><span … lang="en">p. 3</span>`

    Raises:
        KeyError: there is no text of this key, or a value for it is missing.
    """
    html = ""
    for language, text in TEXTS[key].items():
        html += f'<span class="say-{language}" lang="{language}">{escape(text.format(**values))}</span>'
    return html


def error_text(error: HuwenError) -> str:
    """The sentence of an error in both languages, as HTML like that of `ui_text`."""
    return "".join(
        f'<span class="say-{language}" lang="{language}">{escape(error.sentence(language))}</span>'
        for language in LANGUAGES)
