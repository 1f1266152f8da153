"""Conversations and sources become the lists that the page's script shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from itertools import groupby

from rag.schema import Language, Source
from rag.text.language import detect_language, normalise
from ui.history.entries import ConversationSummary
from ui.web.texts import TEXTS, both

_FORMATS = ("docx", "pdf", "md", "html", "json")
_MOST = 200  # sources that are listed to be ticked; a search finds the others


def conversations(listed: Sequence[ConversationSummary], *, searched: bool) -> str:
    """The conversations by day, each with what can be done with it."""
    if not listed:
        return f'<p class="empty">{both("none found" if searched else "no conversations")}</p>'
    today = date.today()
    html = ""
    for day, group in groupby(listed, lambda one: _day(one.updated.astimezone().date(), today)):
        html += f"<h2>{both(day) if day in TEXTS else escape(day)}</h2><ul>{''.join(map(_conversation, group))}</ul>"
    return html


def _day(day: date, today: date) -> str:
    ago = (today - day).days
    return "today" if ago <= 0 else "yesterday" if ago == 1 else "this week" if ago < 7 else f"{day:%Y-%m}"


def _conversation(one: ConversationSummary) -> str:
    title = escape(one.title)
    files = "".join(
        f'<a href="page/conversations/{one.id}/export?format={format}&amp;language={language}" class="say-{language}" '
        f'lang="{language}" download>{escape(TEXTS["export"][language])} {TEXTS[f"as {format}"][language]}</a>'
        for format in _FORMATS for language in ("zh", "en"))
    return (
        f'<li><a class="conversation" href="./?c={one.id}" data-id="{one.id}" title="{title}" lang="{detect_language(one.title)}">{title}</a>'
        f'<details class="menu"><summary></summary><div><button type="button" data-act="rename">{both("rename")}</button>{files}'
        f'<button type="button" data-act="delete">{both("delete")}</button></div></details></li>')


def counterparts(texts: Sequence[str], language: Language) -> str:
    """The same in the other language's edition."""
    body = "".join(f"<p>{escape(text)}</p>" for text in texts)
    return f'<h4>{both(f"edition {language}")}</h4><div lang="{language}">{body}</div>' if texts else f"<p>{both('no edition')}</p>"


def scope(sources: Sequence[Source], search: str) -> str:
    """The sources and tags that a question can be narrowed to."""
    wanted = normalise(search).split()
    fitting = [source for source in sources if all(word in normalise(f"{source.title} {source.name} {source.author}") for word in wanted)]
    tags = dict.fromkeys(tag for source in sources for tag in source.tags)
    tagged = "".join(_choice("tags", tag, f"#{tag}", "") for tag in tags if not wanted or all(word in normalise(tag) for word in wanted))
    listed = "".join(_choice("sources", one.id, one.title, one.language) for one in fitting[:_MOST])
    more = f'<p class="empty">{both("more sources", number=str(len(fitting) - _MOST))}</p>' if len(fitting) > _MOST else ""
    return (f'<h2>{both("scope title")}</h2><p>{both("scope means")}</p><input type="search" id="scope-find">'
            f'<div class="choices">{tagged}{listed or both("none found")}{more}</div>'
            f'<p class="buttons"><button type="button" data-all>{both("all sources")}</button>'
            f'<button type="button" class="main" data-close>{both("done")}</button></p>')


def _choice(name: str, value: str, label: str, language: str) -> str:
    about = f' <span class="aside">{both(f"in {language}")}</span>' if language else ""
    return (f'<label><input type="checkbox" name="{name}" value="{escape(value)}" data-name="{escape(label)}"> '
            f'<span lang="{language or "zh"}">{escape(label)}</span>{about}</label>')
