"""Files that the browser saves: exports of conversations and briefings."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from fastapi import Response

MEDIA_TYPES = {
    "md": "text/markdown; charset=utf-8", "json": "application/json", "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


# types that a browser shows without running anything in them, by their first bytes; never HTML, SVG or XML
_INLINE_TYPES = (
    (b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"))
_MAX_FILE_NAME = 200  # characters of a file name in a header


def inline_type(path: Path) -> str:
    """The media type of a file that a browser may show in a tab; empty for any other, which is only saved.

    Raises:
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for signature, media_type in _INLINE_TYPES if head.startswith(signature)), "")


def content_disposition(kind: Literal["inline", "attachment"], name: str) -> str:
    """The header that names a file (RFC 6266), with its real name in the form of RFC 5987.

    Control characters, and invisible ones that turn a name around, are left out.

    `年报 "2024".docx` → `filename="document.docx"; filename*=UTF-8''%E5%B9%B4%E6%8A%A5%20%222024%22.docx`
    """
    visible = "".join(
        "-" if letter in "/\\" else letter for letter in name
        if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    visible = visible.strip(" .") or "document"
    suffix = re.search(r"\.[A-Za-z0-9]{1,10}$", visible)
    ending = suffix.group() if suffix else ""
    stem = visible[: len(visible) - len(ending)][:_MAX_FILE_NAME]
    return f"{kind}; filename=\"document{ending}\"; filename*=UTF-8''{quote(stem + ending, safe='')}"


def file_response(content: bytes, name: str, suffix: str) -> Response:
    """A response that the browser saves as a file and does not open in place."""
    letters = (letter if letter.isalnum() or letter in " -_" else "-" for letter in name)
    file_name = quote(f"{''.join(letters).strip()[:60] or 'huwen'}.{suffix}")
    disposition = f"attachment; filename=\"huwen.{suffix}\"; filename*=UTF-8''{file_name}"
    return Response(content, media_type=MEDIA_TYPES[suffix], headers={"Content-Disposition": disposition})
