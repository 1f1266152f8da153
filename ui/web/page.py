"""A desk becomes the page: its head, and the views of which one is shown at a time."""

from __future__ import annotations

from ui.web.app_state import Desk
from ui.web.briefings.view import briefing_view
from ui.web.chat import render
from ui.web.chat.view import talk_view
from ui.web.gradio_import import gr
from ui.web.library.view import library_view


def page(desk: Desk) -> gr.Blocks:
    """The page's parts and what happens between them."""
    blocks: gr.Blocks = gr.Blocks(title="湖问 Huwen", analytics_enabled=False, fill_width=True)
    with blocks:
        gr.HTML(render.masthead(), elem_id="masthead", apply_default_css=False)
        with gr.Column(elem_id="view-chat", elem_classes="view"):
            talk_view(desk, blocks)
        with gr.Column(elem_id="view-briefing", elem_classes="view"):
            briefing_view(desk)
        with gr.Column(elem_id="view-library", elem_classes="view"):
            library_view(desk)
        with gr.Column(elem_id="view-settings", elem_classes="view"), gr.Column(elem_classes="sheet"):
            gr.HTML('<div id="settings"></div>', apply_default_css=False)
        # the other views, each in a column `view-…` of its own
    return blocks
