"""HTML around the views: the head of the page, and the notice that no model is configured."""

from __future__ import annotations

from ui.web.texts.lookup import ui_text

_VIEWS = ("chat", "briefing", "library", "settings")


def masthead_html() -> str:
    """The head of the page: its name, links to its views, and switches for the language and for light or dark."""
    views = "".join(f'<a href="#view-{view}">{ui_text(f"view {view}")}</a>' for view in _VIEWS)
    return (
        f'<a class="skip" href="#ask">{ui_text("ask")}</a>'
        '<header class="masthead"><div class="name"><button type="button" class="sidebar-toggle"></button>'
        '<span class="wave" aria-hidden="true"></span>'
        '<h1><span lang="zh">湖问</span> <span class="latin">Huwen</span></h1></div>'
        f'<nav>{views}</nav><div class="switches"><div class="languages" role="group">'
        '<button type="button" data-ui="zh" lang="zh">中</button>'
        '<button type="button" data-ui="en" lang="en">EN</button></div>'
        '<button type="button" class="shade"></button></div></header>'
        '<p id="said" role="status"></p><p id="heard" class="unseen" role="status"></p>')


def notice_html() -> str:
    """The notice that no model is configured, with a link to the settings."""
    link = f'<a href="#view-settings">{ui_text("to settings")}</a>'
    return f'<p class="notice" role="note">{ui_text("no model")} {link}</p>'
