"""Page layout: the head, and four views; the page's script shows one view at a time."""

from __future__ import annotations

from ui.web import page_html
from ui.web.app_state import AppState
from ui.web.briefings.view import build_briefing_view
from ui.web.chat.view import build_chat_view
from ui.web.gradio_import import gr
from ui.web.library.view import build_library_view


def build_page(app_state: AppState) -> gr.Blocks:
    """The Gradio page with its views and their event handlers."""
    blocks: gr.Blocks = gr.Blocks(title="湖问 Huwen", analytics_enabled=False, fill_width=True)
    with blocks:
        gr.HTML(page_html.masthead_html(), elem_id="masthead", apply_default_css=False)
        with gr.Column(elem_id="view-chat", elem_classes="view"):
            build_chat_view(app_state, blocks)
        with gr.Column(elem_id="view-briefing", elem_classes="view"):
            build_briefing_view(app_state)
        with gr.Column(elem_id="view-library", elem_classes="view"):
            build_library_view(app_state)
        with gr.Column(elem_id="view-settings", elem_classes="view"), gr.Column(elem_classes="sheet"):
            gr.HTML('<div id="settings"></div>', apply_default_css=False)
    return blocks
