"""Briefing view: its frame, with the form for a new briefing and the shipped question lists."""

from __future__ import annotations

from html import escape
from pathlib import Path

from rag.briefing.question_list import SUFFIXES, read_list
from rag.schema import LANGUAGES, HuwenError, Language
from rag.settings import SHIPPED_SEEDS
from ui.web.app_state import AppState
from ui.web.gradio_import import gr
from ui.web.texts.lookup import TEXTS, ui_text

_SHIPPED_LISTS = SHIPPED_SEEDS / "briefings"
_LANGUAGE_NAMES: dict[Language, str] = {"zh": "中文", "en": "English"}


def build_briefing_view(app_state: AppState) -> None:
    """Build the frame of the view; the page's script fills it from the routes of the briefings."""
    with gr.Column(elem_classes="sheet"):
        gr.HTML(render_view(app_state.settings.upload_mb), elem_id="briefing", apply_default_css=False)


def render_view(upload_mb: int) -> str:
    """The form for a new briefing, the shipped lists, and places for the briefings that the script loads.

    `upload_mb` is the limit for files, in megabytes.
    """
    return (
        f'<div id="briefing-begin"><h2>{ui_text("view briefing")}</h2><p>{ui_text("briefing means")}</p>'
        f'<form id="briefing-form" novalidate autocomplete="off">{_render_list_input(upload_mb)}'
        f'<div class="choices">{_render_choices()}</div>'
        f'<p class="buttons"><button class="ours main">{ui_text("brief start")}</button></p></form>'
        f'{_render_shipped_lists()}'
        f'<h3>{ui_text("brief kept")}</h3><div id="briefing-kept"></div></div>'
        '<div id="briefing-one" hidden></div><p id="briefing-heard" class="unseen" role="status"></p>')


def _render_list_input(upload_mb: int) -> str:
    blanks = " ".join(
        f'<a href="page/briefings/blank.{suffix}" download>{ui_text(f"brief blank {suffix}")}</a>'
        for suffix in ("csv", "xlsx"))
    return (
        f'<div class="list"><label for="briefing-questions">{ui_text("brief questions")}</label>'
        '<textarea id="briefing-questions" class="ours" rows="7" spellcheck="false" '
        'aria-describedby="briefing-flaw"></textarea>'
        '<p id="briefing-chosen" hidden><bdi></bdi><span></span>'
        f'<button type="button" class="quiet" data-act="untake">{ui_text("brief take back")}</button></p>'
        '<p id="briefing-flaw" class="flaw" role="alert"></p>'
        f'<label class="drop" for="briefing-file"><span class="plus" aria-hidden="true">+</span>'
        f'<span><b>{ui_text("brief file")}</b>'
        f'<span class="aside">{ui_text("brief types", types=" ".join(SUFFIXES))}</span></span>'
        f'<input type="file" id="briefing-file" class="unseen" accept="{",".join(SUFFIXES)}" data-most="{upload_mb}" '
        f'aria-describedby="briefing-flaw"></label>'
        f'<p class="aside blanks">{ui_text("brief blank")}{blanks}</p></div>')


def _render_choices() -> str:
    languages = {"": ui_text("as the question")}
    for language in LANGUAGES:
        languages[language] = f'<span lang="{language}">{_LANGUAGE_NAMES[language]}</span>'
    languages["both"] = ui_text("both languages")
    styles = {style: ui_text(style) for style in ("gbt7714", "apa")}
    return (
        f'<div class="field"><label for="briefing-title">{ui_text("brief title")}</label>'
        '<input id="briefing-title" class="ours" maxlength="200"></div>'
        f'{_render_radio_group("answering", "answer language", languages)}'
        f'{_render_radio_group("style", "brief style", styles)}'
        f'<div class="field"><span class="name">{ui_text("scope")}</span>'
        f'<button type="button" class="ours" data-act="scope">'
        f'<span id="briefing-scope-all">{ui_text("all sources")}</span>'
        f'<span id="briefing-scope-some"></span></button></div>')


def _render_radio_group(name: str, legend: str, choices: dict[str, str]) -> str:
    """Radio buttons for the choices, by value; the first one is checked."""
    first = next(iter(choices))
    labels = ""
    for value, label in choices.items():
        checked = " checked" if value == first else ""
        labels += f'<label><input type="radio" name="{name}" value="{value}"{checked}><span>{label}</span></label>'
    return f'<fieldset><legend>{ui_text(legend)}</legend><div class="segments">{labels}</div></fieldset>'


# --- shipped lists


def find_shipped_list(name: str) -> Path | None:
    """The file of a shipped list; None where there is none of that name."""
    for path in sorted(_SHIPPED_LISTS.glob("*.*")):
        if path.name == name:
            return path
    return None


def shipped_list_title(path: Path) -> str:
    """The title of a shipped list whose file has none; without a text for it, the first part of the file name.

    `districts.zh.csv` → 各板块对比; `districts.en.csv` → Districts compared
    """
    stem, _, language = path.stem.partition(".")
    for known, title in TEXTS.get(f"brief {stem}", {}).items():
        if known == language:
            return title
    return stem


def _render_shipped_lists() -> str:
    """Buttons for the shipped lists that can be read, in each language."""
    groups = ""
    for language in LANGUAGES:
        paths = sorted(_SHIPPED_LISTS.glob(f"*.{language}.*"))
        buttons = "".join(_render_shipped_list(path, language) for path in paths)
        groups += f'<div class="say-{language}">{buttons}</div>' if buttons else ""
    return f'<div class="ready"><p>{ui_text("brief ready")}</p>{groups}</div>' if groups else ""


def _render_shipped_list(path: Path, language: Language) -> str:
    try:
        question_list = read_list(path)
    except HuwenError:  # the page leaves a broken list out; asking for it by name gives the error
        return ""
    title = escape(question_list.title or shipped_list_title(path))
    number = ui_text("brief so many", number=str(len(question_list.questions)))
    return (
        f'<button type="button" data-ready="{escape(path.name)}"><b lang="{language}">{title}</b>'
        f'<span class="aside">{number}</span></button>')
