"""Texts of the head of the page, and texts that several views share."""

from __future__ import annotations

from rag.schema import Language

COMMON_TEXTS: dict[str, dict[Language, str]] = {
    "new chat": {"zh": "新对话", "en": "New chat"},
    "language": {"zh": "界面语言", "en": "Language of the page"},
    "shade": {"zh": "深色", "en": "Dark"},
    "view chat": {"zh": "问答", "en": "Ask"},
    "view briefing": {"zh": "简报", "en": "Briefing"},
    "view library": {"zh": "文库", "en": "Library"},
    "view settings": {"zh": "设置", "en": "Settings"},
    "views": {"zh": "页面", "en": "Pages"},
    "close": {"zh": "关闭", "en": "Close"},
    "table": {"zh": "表格", "en": "Table"},
    "cancel": {"zh": "取消", "en": "Cancel"},
    "done": {"zh": "完成", "en": "Done"},
    "copied": {"zh": "已复制", "en": "Copied"},
    "unreachable": {"zh": "湖问没有回应。它还在运行吗？", "en": "Huwen does not answer. Is it still running?"},
}
