"""Files of web documents: name and type of what a server sent, and its text in UTF-8.

What a server says of a type is often wrong: the bytes decide where they show a type clearly.
"""

from __future__ import annotations

import re
from email.message import Message
from pathlib import Path
from urllib.parse import unquote

from rag.endpoints.web_client import WebReply
from rag.sources import file_types
from rag.sources.elements import Element, FileContent
from rag.sources.errors import BilingualText
from rag.sources.loaders import READERS

_OFFICE = "application/vnd.openxmlformats-officedocument."
_SUFFIXES = {
    "text/html": ".html", "application/xhtml+xml": ".xhtml", "application/pdf": ".pdf", "application/x-pdf": ".pdf",
    "text/plain": ".txt", "text/markdown": ".md", "text/x-markdown": ".md", "text/csv": ".csv",
    "application/csv": ".csv", "text/tab-separated-values": ".tsv", "application/json": ".json",
    "text/json": ".json", "application/ld+json": ".json", "application/x-ndjson": ".ndjson",
    "application/jsonl": ".jsonl", "text/xml": ".txt", "application/xml": ".txt", "message/rfc822": ".eml",
    "multipart/related": ".mht", "application/x-mimearchive": ".mht", "application/epub+zip": ".epub",
    f"{_OFFICE}wordprocessingml.document": ".docx", f"{_OFFICE}spreadsheetml.sheet": ".xlsx",
    f"{_OFFICE}presentationml.presentation": ".pptx", "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls", "application/vnd.ms-powerpoint": ".ppt", "application/rtf": ".rtf",
    "text/rtf": ".rtf", "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods", "application/vnd.ms-works": ".wps",
    "image/png": ".png", "image/jpeg": ".jpg", "image/tiff": ".tif", "image/webp": ".webp", "image/bmp": ".bmp",
}
# types that say nothing: servers give them to whatever they do not know
_VAGUE = ("", "text/plain", "application/octet-stream", "binary/octet-stream", "application/x-download",
          "application/force-download", "application/download", "application/zip", "application/x-zip-compressed")
_TEXT_SUFFIXES = frozenset((".html", ".htm", ".xhtml", ".txt", ".md", ".csv", ".tsv", ".json", ".jsonl", ".ndjson"))
# encodings that servers name without knowing, where the page itself may know better
_UNRELIABLE = frozenset(("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii", "windows-1252"))
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030"}
_MAX_NAME = 80  # characters
_MAX_PLACEHOLDER = 200  # characters of a page that says only that its text is to come
_PLACEHOLDER = re.compile(
    r"(?:enable|requires?|need|turn on|without)\W+(?:\w+\W+){0,3}java\s?script|java\s?script\W+(?:\w+\W+){0,4}"
    r"(?:enabled|required|disabled)|\bloading\b|please wait|redirecting|checking your browser"
    r"|(?:启用|开启|打开|支持|需要)\W{0,3}java\s?script|java\s?script.{0,8}(?:启用|开启|禁用)|加载中|正在加载|正在跳转|请稍候", re.I)


def file_name(reply: WebReply, folder: Path) -> str:
    """A name for a document, with the suffix of its type; without suffix if its type cannot be read.

    `folder` is where the bytes may be looked at.
    """
    raw = _disposition_name(reply) or unquote(reply.url.target.partition("?")[0].rpartition("/")[2]) or reply.url.host
    name = "".join(letter for letter in raw if letter.isprintable() and letter not in '/\\:*?"<>|').strip(" .")
    name = name or reply.url.host
    suffix = _choose_suffix(reply, Path(name).suffix.lower(), folder)
    stem = name[: -len(Path(name).suffix)] if Path(name).suffix.lower() in READERS else name
    return f"{stem[:_MAX_NAME].rstrip('. ') or 'page'}{suffix}" if suffix else "document"


def _choose_suffix(reply: WebReply, name_suffix: str, folder: Path) -> str:
    media_type, _ = _content_type(reply)
    declared = _SUFFIXES.get(media_type, "")
    suffix = name_suffix if media_type in _VAGUE and name_suffix in READERS else declared
    actual = _recognise(reply.body, suffix, folder)
    if actual and actual.suffix and actual not in (file_types.PLAIN_TEXT, file_types.XML):
        if suffix not in READERS or READERS.get(actual.suffix) != READERS[suffix]:
            suffix = actual.suffix
    elif not suffix and actual in (file_types.PLAIN_TEXT, file_types.XML):
        suffix = name_suffix if name_suffix in READERS else ".txt"
    return suffix if suffix in READERS else ""


def _recognise(body: bytes, suffix: str, folder: Path) -> file_types.FileType | None:
    """The type that the bytes show."""
    sample = folder / f"sample{suffix}"
    sample.write_bytes(body)
    try:
        return file_types.recognise_type(sample)
    finally:
        sample.unlink()


def normalise_text(reply: WebReply, suffix: str) -> bytes:
    """The bytes of a document; a text in the encoding that the server names becomes UTF-8, which readers see first."""
    _, charset = _content_type(reply)
    charset = _WIDER.get(charset, charset)
    if suffix not in _TEXT_SUFFIXES or charset in ("", "utf-8", "utf8") or charset in _UNRELIABLE:
        return reply.body
    try:
        return reply.body.decode(charset).encode("utf-8-sig")
    except (UnicodeError, LookupError):
        return reply.body  # the server is wrong; the reader finds out


def page_instead(reply: WebReply) -> str:
    """The suffix of the document that the address promises, if a page came in its place; else empty."""
    promised = Path(_disposition_name(reply) or unquote(reply.url.target.partition("?")[0])).suffix.lower()
    is_page = READERS.get(promised) in (READERS[".html"], None) or promised in _TEXT_SUFFIXES
    return "" if is_page else promised


def has_scripts(body: bytes) -> bool:
    """True if a page has scripts."""
    return b"<script" in body[:2_000_000].lower()


def is_placeholder(content: FileContent, body: bytes) -> bool:
    """True for a page with scripts that only says that its text is to come: `Loading…`, 请启用 JavaScript。"""
    texts = [element.text for element in content.elements if isinstance(element, Element)]
    text = " ".join(texts)
    if len(texts) != len(content.elements) or len(text) > _MAX_PLACEHOLDER or not has_scripts(body):
        return False
    return _PLACEHOLDER.search(text) is not None


def describe_type(reply: WebReply) -> BilingualText:
    """The type that the server names, for a sentence."""
    media_type = re.sub(r"[^\w./+-]", "", _content_type(reply)[0])[:80]
    return {"en": media_type or "not stated", "zh": media_type or "未说明"}


def _content_type(reply: WebReply) -> tuple[str, str]:
    """Type and encoding in the header of a reply, in lower case; empty if they are not stated."""
    message = Message()
    message["Content-Type"] = reply.headers.get("content-type", "")[:500] or "application/octet-stream"
    charset = message.get_content_charset("")
    stated = reply.headers.get("content-type", "")
    return (message.get_content_type() if stated else ""), charset


def _disposition_name(reply: WebReply) -> str:
    """The file name that a server gives; empty if it gives none."""
    message = Message()
    message["Content-Disposition"] = reply.headers.get("content-disposition", "")[:1000] or "inline"
    return re.split(r"[/\\]", message.get_filename("") or "")[-1]
