"""A desk becomes the view of its library: documents to add, the list of those that are in, a retrieval test, and care."""

from __future__ import annotations

from rag.sources.loaders import READERS
from ui.web.app_state import Desk
from ui.web.gradio_import import gr
from ui.web.library.document_list import ORDERS
from ui.web.texts import TEXTS, both

_FIRST = "documents"  # the part that is shown at first
_WHY = ("words", "meaning", "moved", "score", "marks")


def library_view(desk: Desk) -> None:
    """Draw the frame of the view; the page's script fills it from the routes of the library."""
    with gr.Column(elem_classes="sheet"):
        gr.HTML(frame(upload_mb=desk.settings.upload_mb, read_only=desk.settings.read_only), elem_id="library", apply_default_css=False)


def frame(*, upload_mb: int, read_only: bool) -> str:
    """Heading, the three parts of which one is shown, and what stands in each before the server is asked anything."""
    adding = f'<p class="locked">{both("library is read only")}</p>' if read_only else _adding(upload_mb)
    bodies = {"documents": adding + _finding(), "look": _looking(), "care": _caring(read_only=read_only)}
    parts = "".join(
        f'<button type="button" data-part="{part}" aria-pressed="{"true" if part == _FIRST else "false"}">{both(f"part {part}")}</button>'
        for part in bodies)
    sections = "".join(
        f'<section data-part="{part}"{"" if part == _FIRST else " hidden"}>{body}</section>' for part, body in bodies.items())
    return (
        f'<h2>{both("view library")}</h2><p>{both("library means")}</p><div class="parts" role="group">{parts}</div>{sections}'
        '<p id="library-heard" class="unseen" role="status"></p>')


def _adding(upload_mb: int) -> str:
    types = " ".join(READERS)
    return (
        f'<div class="adding"><label class="drop" for="library-files"><span class="plus" aria-hidden="true">+</span><span>'
        f'<b>{both("drop files")}</b><span class="aside">{both("files taken", types=types, number=str(upload_mb))}</span></span>'
        f'<input type="file" id="library-files" class="unseen" multiple accept="{",".join(READERS)}" data-most="{upload_mb}"></label>'
        f'<label class="tags-of-files"><span>{both("tags of files")}</span>'
        '<input id="library-tags" class="ours" autocomplete="off" maxlength="400"></label>'
        '<ol id="library-adding"></ol><div id="library-summary" role="status"></div></div>')


def _finding() -> str:
    # an option holds no elements, so that both its languages go into its attributes
    languages = "".join(_option(value, key) for value, key in (("", "any language"), ("zh", "documents in zh"), ("en", "documents in en")))
    orders = "".join(_option(order, f"order {order}") for order in ORDERS)
    return (
        '<div class="finding"><input type="search" id="library-find" class="ours" autocomplete="off">'
        f'<select id="library-language" class="ours">{languages}</select>'
        f'<select id="library-tag" class="ours">{_option("", "any tag")}</select>'
        f'<select id="library-order" class="ours">{orders}</select></div><div id="library-list"></div>')


def _option(value: str, key: str) -> str:
    return f'<option value="{value}" data-text="{key}">{TEXTS[key]["zh"]}</option>'


def _looking() -> str:
    reading = "".join(f"<div><dt>{both(f'why {key}')}</dt><dd>{both(f'why {key} means')}</dd></div>" for key in _WHY)
    return (
        f'<p class="means">{both("look means")}</p><form id="library-look">'
        '<input type="search" id="library-question" class="ours" autocomplete="off" maxlength="400">'
        f'<button class="ours main">{both("look")}</button></form><div id="library-found"></div>'
        f'<details class="reading"><summary>{both("how to read")}</summary><dl>{reading}</dl></details>')


def _caring(*, read_only: bool) -> str:
    rebuild = "" if read_only else (
        f'<div class="care"><h3>{both("rebuild")}</h3><p>{both("rebuild means")}</p>'
        f'<button type="button" class="ours" id="library-rebuild">{both("rebuild")}</button>'
        '<div id="library-rebuilding" role="status"></div></div>')
    return (
        f'<div class="care"><h3>{both("check")}</h3><p>{both("check means")}</p>'
        f'<button type="button" class="ours" id="library-check">{both("check")}</button>'
        f'<div id="library-health" role="status"></div></div>{rebuild}')
