"""Files that the browser saves: exports of conversations and briefings."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Response

MEDIA_TYPES = {
    "md": "text/markdown; charset=utf-8", "json": "application/json", "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def file_response(content: bytes, name: str, suffix: str) -> Response:
    """A response that the browser saves as a file and does not open in place."""
    letters = (letter if letter.isalnum() or letter in " -_" else "-" for letter in name)
    file_name = quote(f"{''.join(letters).strip()[:60] or 'huwen'}.{suffix}")
    disposition = f"attachment; filename=\"huwen.{suffix}\"; filename*=UTF-8''{file_name}"
    return Response(content, media_type=MEDIA_TYPES[suffix], headers={"Content-Disposition": disposition})
