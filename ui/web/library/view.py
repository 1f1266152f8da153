"""Library view: the frame of its parts: documents, figures, retrieval test, following, upkeep of the indexes."""

from __future__ import annotations

from rag.ledger.entry import ENTRY_KINDS
from rag.sources.loaders import readable_suffixes
from ui.web.app_state import AppState
from ui.web.gradio_import import gr
from ui.web.library.document_list import SORT_ORDERS
from ui.web.library.following_routes import is_limited
from ui.web.library.following_view import render_address_form, render_following
from ui.web.texts.lookup import TEXTS, ui_text

_FIRST_PART = "documents"  # the part that is visible when the view opens
_LEGEND_KEYS = ("words", "meaning", "moved", "score", "marks")


def build_library_view(app_state: AppState) -> None:
    """Build the frame of the view; the page's script fills it from the routes of the library."""
    settings = app_state.settings
    with gr.Column(elem_classes="sheet"):
        gr.HTML(
            render_view(
                upload_mb=settings.upload_mb, read_only=settings.read_only, is_watch_limited=is_limited(settings)),
            elem_id="library", apply_default_css=False)


def render_view(*, upload_mb: int, read_only: bool, is_watch_limited: bool = False) -> str:
    """Heading and the parts, one of them visible, before the page's script has filled them."""
    upload = f'<p class="locked">{ui_text("library is read only")}</p>' if read_only else _render_upload(upload_mb)
    bodies = {
        "documents": upload + _render_filters(),
        "figures": _render_figures(),
        "look": _render_retrieval_test(),
        "follow": render_following(read_only=read_only, is_limited=is_watch_limited),
        "care": _render_maintenance(read_only=read_only)}
    buttons, sections = "", ""
    for part, body in bodies.items():
        pressed, hidden = ("true", "") if part == _FIRST_PART else ("false", " hidden")
        label = ui_text(f"part {part}")
        buttons += f'<button type="button" data-part="{part}" aria-pressed="{pressed}">{label}</button>'
        sections += f'<section data-part="{part}"{hidden}>{body}</section>'
    return (
        f'<h2>{ui_text("view library")}</h2><p>{ui_text("library means")}</p>'
        f'<div class="parts" role="group">{buttons}</div>{sections}'
        '<p id="library-heard" class="unseen" role="status"></p>')


def _render_upload(upload_mb: int) -> str:
    suffixes = readable_suffixes()
    types = " ".join(suffixes)
    return (
        f'<div class="adding"><label class="drop" for="library-files">'
        f'<span class="plus" aria-hidden="true">+</span><span>'
        f'<b>{ui_text("drop files")}</b>'
        f'<span class="aside">{ui_text("files taken", types=types, number=str(upload_mb))}</span></span>'
        f'<input type="file" id="library-files" class="unseen" multiple accept="{",".join(suffixes)}" '
        f'data-most="{upload_mb}"></label>{render_address_form()}'
        f'<label class="tags-of-files"><span>{ui_text("tags of files")}</span>'
        '<input id="library-tags" class="ours" autocomplete="off" maxlength="400"></label>'
        '<ol id="library-adding"></ol><div id="library-summary" role="status"></div></div>')


def _render_filters() -> str:
    choices = (("", "any language"), ("zh", "documents in zh"), ("en", "documents in en"))
    languages = "".join(_render_option(value, key) for value, key in choices)
    orders = "".join(_render_option(order, f"order {order}") for order in SORT_ORDERS)
    return (
        '<div class="finding"><input type="search" id="library-find" class="ours" autocomplete="off">'
        f'<select id="library-language" class="ours">{languages}</select>'
        f'<select id="library-tag" class="ours">{_render_option("", "any tag")}</select>'
        f'<select id="library-order" class="ours">{orders}</select></div><div id="library-list"></div>')


def _render_option(value: str, key: str) -> str:
    # an option cannot contain elements: the script shows the text of `key` in the language of the page
    return f'<option value="{value}" data-text="{key}">{TEXTS[key]["zh"]}</option>'


def _render_figures() -> str:
    kinds = "".join(_render_option(kind, f"kind {kind}") for kind in ENTRY_KINDS)
    lists = "".join(
        f'<button type="button" data-figure-list="{name}" aria-pressed="{pressed}">{ui_text(f"list {name}")}</button>'
        for name, pressed in (("figures", "true"), ("conflicts", "false")))
    return (
        f'<p class="means">{ui_text("figures mean")}</p>'
        f'<div class="parts lists" role="group">{lists}</div>'
        '<form id="figures-find" class="finding">'
        '<input type="search" id="figures-query" class="ours" autocomplete="off" maxlength="400">'
        '<input id="figures-year" class="ours" autocomplete="off" maxlength="12" inputmode="numeric">'
        '<input id="figures-unit" class="ours" autocomplete="off" maxlength="20">'
        f'<select id="figures-kind" class="ours">{_render_option("", "any kind")}{kinds}</select></form>'
        '<div id="figures-list"></div>')


def _render_retrieval_test() -> str:
    legend = "".join(
        f"<div><dt>{ui_text(f'why {key}')}</dt><dd>{ui_text(f'why {key} means')}</dd></div>" for key in _LEGEND_KEYS)
    return (
        f'<p class="means">{ui_text("look means")}</p><form id="library-look">'
        '<input type="search" id="library-question" class="ours" autocomplete="off" maxlength="400">'
        f'<button class="ours main">{ui_text("look")}</button></form><div id="library-found"></div>'
        f'<details class="reading"><summary>{ui_text("how to read")}</summary><dl>{legend}</dl></details>')


def _render_maintenance(*, read_only: bool) -> str:
    rebuild = "" if read_only else (
        f'<div class="care"><h3>{ui_text("rebuild")}</h3><p>{ui_text("rebuild means")}</p>'
        f'<button type="button" class="ours" id="library-rebuild">{ui_text("rebuild")}</button>'
        '<div id="library-rebuilding" role="status"></div></div>')
    return (
        f'<div class="care"><h3>{ui_text("check")}</h3><p>{ui_text("check means")}</p>'
        f'<button type="button" class="ours" id="library-check">{ui_text("check")}</button>'
        f'<div id="library-health" role="status"></div></div>{rebuild}')
