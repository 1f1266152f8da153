"""Lists of conversations, and of sources and tags to choose a scope from, as HTML for the page's script."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from itertools import groupby

from rag.schema import LANGUAGES, Language, Source
from rag.text.language import detect_language, normalise
from ui.history.entries import ConversationSummary
from ui.web.texts.lookup import TEXTS, ui_text

_FORMATS = ("docx", "pdf", "md", "html", "json")
_MAX_SOURCES = 200  # listed at once with a box to tick; a search finds the others


def render_conversations(summaries: Sequence[ConversationSummary], *, is_search: bool) -> str:
    """The conversations grouped by day, each with a menu of actions."""
    if not summaries:
        return f'<p class="empty">{ui_text("none found" if is_search else "no conversations")}</p>'
    today = date.today()
    html = ""
    for day, group in groupby(summaries, lambda summary: _day_label(summary.updated.astimezone().date(), today)):
        heading = ui_text(day) if day in TEXTS else escape(day)
        html += f"<h2>{heading}</h2><ul>{''.join(map(_render_conversation, group))}</ul>"
    return html


def _day_label(day: date, today: date) -> str:
    """The text key of a recent day, or year and month of an earlier one."""
    days_ago = (today - day).days
    if days_ago <= 0:
        return "today"
    if days_ago == 1:
        return "yesterday"
    return "this week" if days_ago < 7 else f"{day:%Y-%m}"


def _render_conversation(summary: ConversationSummary) -> str:
    title = escape(summary.title)
    files = "".join(_render_export_link(summary.id, format, language) for format in _FORMATS for language in LANGUAGES)
    return (
        f'<li><a class="conversation" href="./?c={summary.id}" data-id="{summary.id}" title="{title}" '
        f'lang="{detect_language(summary.title)}">{title}</a><details class="menu"><summary></summary>'
        f'<div><button type="button" data-act="rename">{ui_text("rename")}</button>{files}'
        f'<button type="button" data-act="delete">{ui_text("delete")}</button></div></details></li>')


def _render_export_link(id: str, format: str, language: Language) -> str:
    label = f'{escape(TEXTS["export"][language])} {TEXTS[f"as {format}"][language]}'
    return (
        f'<a href="page/conversations/{id}/export?format={format}&amp;language={language}" '
        f'class="say-{language}" lang="{language}" download>{label}</a>')


def render_counterparts(texts: Sequence[str], language: Language) -> str:
    """The same passage in the edition of the other language."""
    if not texts:
        return f"<p>{ui_text('no edition')}</p>"
    body = "".join(f"<p>{escape(text)}</p>" for text in texts)
    return f'<h4>{ui_text(f"edition {language}")}</h4><div lang="{language}">{body}</div>'


def render_scope(sources: Sequence[Source], search: str) -> str:
    """A dialog with the sources and tags that match a search, each with a box to tick."""
    words = normalise(search).split()
    matches = [source for source in sources if _has_words(f"{source.title} {source.name} {source.author}", words)]
    tags = dict.fromkeys(tag for source in sources for tag in source.tags)
    tag_boxes = "".join(_render_choice("tags", tag, f"#{tag}", "") for tag in tags if _has_words(tag, words))
    source_boxes = "".join(
        _render_choice("sources", source.id, source.title, source.language) for source in matches[:_MAX_SOURCES])
    more = ""
    if len(matches) > _MAX_SOURCES:
        more = f'<p class="empty">{ui_text("more sources", number=str(len(matches) - _MAX_SOURCES))}</p>'
    return (
        f'<h2>{ui_text("scope title")}</h2><p>{ui_text("scope means")}</p><input type="search" id="scope-find">'
        f'<div class="choices">{tag_boxes}{source_boxes or ui_text("none found")}{more}</div>'
        f'<p class="buttons"><button type="button" data-all>{ui_text("all sources")}</button>'
        f'<button type="button" class="main" data-close>{ui_text("done")}</button></p>')


def _has_words(text: str, words: Sequence[str]) -> bool:
    """All of the normalised words occur in the text; true where there is no word."""
    text = normalise(text)
    return all(word in text for word in words)


def _render_choice(name: str, value: str, label: str, language: str) -> str:
    about = f' <span class="aside">{ui_text(f"in {language}")}</span>' if language else ""
    return (
        f'<label><input type="checkbox" name="{name}" value="{escape(value)}" data-name="{escape(label)}"> '
        f'<span lang="{language or "zh"}">{escape(label)}</span>{about}</label>')
