"""A desk becomes the view of its briefings: a list of questions to begin with, those that are kept, and one of them as it is answered."""

from __future__ import annotations

from html import escape
from pathlib import Path

from rag.briefing.question_list import SUFFIXES, read_list
from rag.schema import LANGUAGES, HuwenError, Language
from rag.settings import SHIPPED_SEEDS
from ui.web.app_state import Desk
from ui.web.gradio_import import gr
from ui.web.texts import TEXTS, both

_READY = SHIPPED_SEEDS / "briefings"
_NAMES: dict[Language, str] = {"zh": "中文", "en": "English"}


def briefing_view(desk: Desk) -> None:
    """Draw the frame of the view; the page's script fills it from the routes of the briefings."""
    with gr.Column(elem_classes="sheet"):
        gr.HTML(frame(desk.settings.upload_mb), elem_id="briefing", apply_default_css=False)


def frame(upload_mb: int) -> str:
    """What stands in the view before the server is asked anything."""
    return (
        f'<div id="briefing-begin"><h2>{both("view briefing")}</h2><p>{both("briefing means")}</p>'
        f'<form id="briefing-form" novalidate autocomplete="off">{_list(upload_mb)}<div class="choices">{_choices()}</div>'
        f'<p class="buttons"><button class="ours main">{both("brief start")}</button></p></form>{_ready()}'
        f'<h3>{both("brief kept")}</h3><div id="briefing-kept"></div></div>'
        '<div id="briefing-one" hidden></div><p id="briefing-heard" class="unseen" role="status"></p>')


def _list(upload_mb: int) -> str:
    blanks = " ".join(f'<a href="page/briefings/blank.{suffix}" download>{both(f"brief blank {suffix}")}</a>' for suffix in ("csv", "xlsx"))
    return (
        f'<div class="list"><label for="briefing-questions">{both("brief questions")}</label>'
        '<textarea id="briefing-questions" class="ours" rows="7" spellcheck="false" aria-describedby="briefing-flaw"></textarea>'
        '<p id="briefing-chosen" hidden><bdi></bdi><span></span>'
        f'<button type="button" class="quiet" data-act="untake">{both("brief take back")}</button></p>'
        '<p id="briefing-flaw" class="flaw" role="alert"></p>'
        f'<label class="drop" for="briefing-file"><span class="plus" aria-hidden="true">+</span><span><b>{both("brief file")}</b>'
        f'<span class="aside">{both("brief types", types=" ".join(SUFFIXES))}</span></span><input type="file" id="briefing-file" '
        f'class="unseen" accept="{",".join(SUFFIXES)}" data-most="{upload_mb}" aria-describedby="briefing-flaw"></label>'
        f'<p class="aside blanks">{both("brief blank")}{blanks}</p></div>')


def _choices() -> str:
    languages = {"": both("as the question")} | {known: f'<span lang="{known}">{_NAMES[known]}</span>' for known in LANGUAGES}
    styles = {style: both(style) for style in ("gbt7714", "apa")}
    return (
        f'<div class="field"><label for="briefing-title">{both("brief title")}</label>'
        '<input id="briefing-title" class="ours" maxlength="200"></div>'
        f'{_segments("answering", "answer language", languages | {"both": both("both languages")})}'
        f'{_segments("style", "brief style", styles)}'
        f'<div class="field"><span class="name">{both("scope")}</span><button type="button" class="ours" data-act="scope">'
        f'<span id="briefing-scope-all">{both("all sources")}</span><span id="briefing-scope-some"></span></button></div>')


def _segments(name: str, legend: str, choices: dict[str, str]) -> str:
    """One of a few; the first is chosen."""
    first = next(iter(choices))
    labels = "".join(
        f'<label><input type="radio" name="{name}" value="{value}"{" checked" if value == first else ""}><span>{shown}</span></label>'
        for value, shown in choices.items())
    return f'<fieldset><legend>{both(legend)}</legend><div class="segments">{labels}</div></fieldset>'


# --- lists that are shipped


def ready(name: str) -> Path | None:
    """The file of a shipped list; nothing where there is none by that name."""
    return next((path for path in sorted(_READY.glob("*.*")) if path.name == name), None)


def ready_title(path: Path) -> str:
    """What a shipped list is called: `districts.zh.csv` → 各板块对比; a list that names itself keeps its own title."""
    stem, _, language = path.stem.partition(".")
    known = TEXTS.get(f"brief {stem}", {})
    return next((text for named, text in known.items() if named == language), stem)


def _ready() -> str:
    """The shipped lists that can be read, in each language."""
    groups = ""
    for language in LANGUAGES:
        buttons = ""
        for path in sorted(_READY.glob(f"*.{language}.*")):
            try:
                listed = read_list(path)
            except HuwenError:  # it is not our page that must say so: whoever changed the file asks for it by name
                continue
            title, number = escape(listed.title or ready_title(path)), both("brief so many", number=str(len(listed.questions)))
            buttons += (f'<button type="button" data-ready="{escape(path.name)}"><b lang="{language}">{title}</b>'
                        f'<span class="aside">{number}</span></button>')
        groups += f'<div class="say-{language}">{buttons}</div>' if buttons else ""
    return f'<div class="ready"><p>{both("brief ready")}</p>{groups}</div>' if groups else ""
