"""Conversations and sources become the lists that the page's script shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from itertools import groupby

from rag.schema import Language, Source
from rag.text.language import detect_language, normalise
from ui.history.entries import ConversationSummary
from ui.web.texts import TEXTS, ui_text

_FORMATS = ("docx", "pdf", "md", "html", "json")
_MAX_SOURCES = 200  # sources that are listed to be ticked; a search finds the others


def render_conversations(summaries: Sequence[ConversationSummary], *, is_search: bool) -> str:
    """The conversations by day, each with what can be done with it."""
    if not summaries:
        return f'<p class="empty">{ui_text("none found" if is_search else "no conversations")}</p>'
    today = date.today()
    html = ""
    for day, group in groupby(summaries, lambda one: _day_label(one.updated.astimezone().date(), today)):
        html += f"<h2>{ui_text(day) if day in TEXTS else escape(day)}</h2><ul>{''.join(map(_render_conversation, group))}</ul>"
    return html


def _day_label(day: date, today: date) -> str:
    ago = (today - day).days
    return "today" if ago <= 0 else "yesterday" if ago == 1 else "this week" if ago < 7 else f"{day:%Y-%m}"


def _render_conversation(summary: ConversationSummary) -> str:
    title = escape(summary.title)
    files = "".join(
        f'<a href="page/conversations/{summary.id}/export?format={format}&amp;language={language}" class="say-{language}" '
        f'lang="{language}" download>{escape(TEXTS["export"][language])} {TEXTS[f"as {format}"][language]}</a>'
        for format in _FORMATS for language in ("zh", "en"))
    return (
        f'<li><a class="conversation" href="./?c={summary.id}" data-id="{summary.id}" title="{title}" lang="{detect_language(summary.title)}">{title}</a>'
        f'<details class="menu"><summary></summary><div><button type="button" data-act="rename">{ui_text("rename")}</button>{files}'
        f'<button type="button" data-act="delete">{ui_text("delete")}</button></div></details></li>')


def render_counterparts(texts: Sequence[str], language: Language) -> str:
    """The same in the other language's edition."""
    body = "".join(f"<p>{escape(text)}</p>" for text in texts)
    return f'<h4>{ui_text(f"edition {language}")}</h4><div lang="{language}">{body}</div>' if texts else f"<p>{ui_text('no edition')}</p>"


def render_scope(sources: Sequence[Source], search: str) -> str:
    """The sources and tags that a question can be narrowed to."""
    wanted = normalise(search).split()
    fitting = [source for source in sources if all(word in normalise(f"{source.title} {source.name} {source.author}") for word in wanted)]
    tags = dict.fromkeys(tag for source in sources for tag in source.tags)
    tagged = "".join(_render_choice("tags", tag, f"#{tag}", "") for tag in tags if not wanted or all(word in normalise(tag) for word in wanted))
    listed = "".join(_render_choice("sources", one.id, one.title, one.language) for one in fitting[:_MAX_SOURCES])
    more = f'<p class="empty">{ui_text("more sources", number=str(len(fitting) - _MAX_SOURCES))}</p>' if len(fitting) > _MAX_SOURCES else ""
    return (f'<h2>{ui_text("scope title")}</h2><p>{ui_text("scope means")}</p><input type="search" id="scope-find">'
            f'<div class="choices">{tagged}{listed or ui_text("none found")}{more}</div>'
            f'<p class="buttons"><button type="button" data-all>{ui_text("all sources")}</button>'
            f'<button type="button" class="main" data-close>{ui_text("done")}</button></p>')


def _render_choice(name: str, value: str, label: str, language: str) -> str:
    about = f' <span class="aside">{ui_text(f"in {language}")}</span>' if language else ""
    return (f'<label><input type="checkbox" name="{name}" value="{escape(value)}" data-name="{escape(label)}"> '
            f'<span lang="{language or "zh"}">{escape(label)}</span>{about}</label>')
