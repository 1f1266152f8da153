"""Mail reader: the header lines of an e-mail, its text, and the earlier mail that it quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from email.message import Message
from pathlib import Path

from rag.references.imprint import iso_date
from rag.schema import Language
from rag.sources.elements import Element, FileContent, Omission, Table
from rag.sources.errors import UnreadableFile
from rag.sources.readers.encodings import decode
from rag.sources.readers.markup.html_tree import declared_charset
from rag.sources.readers.markup.message_parts import (
    header_parameter,
    header_text,
    message_parts,
    parse_message,
    part_bytes,
    part_text,
)
from rag.sources.readers.markup.web_page import read_page
from rag.text.language import detect_language

_LABELS: dict[Language, dict[str, str]] = {
    "zh": {"From": "发件人：", "To": "收件人：", "Cc": "抄送：", "Date": "日期：", "Subject": "主题："},
    "en": {"From": "From: ", "To": "To: ", "Cc": "Cc: ", "Date": "Date: ", "Subject": "Subject: "},
}
_QUOTED_LINE = re.compile(r"[ \t]?(?:>[ \t]?){1,50}")
_SIGNATURE = re.compile(r"^-- ?$", re.M)
_MAX_NAMES = 20  # attachments that are named; the others are counted
_ADDRESS = re.compile(r"\s*<[^<>]*>\s*$")


def read_mail(path: Path) -> FileContent:
    """The headers of a mail as one paragraph of labelled lines, then its text; its plain text, if it has one.

    The subject is the title, the sender the author. Quoted lines (`> `) are quotations; attachments are not read, but
    named among the omissions.

    Raises:
        UnreadableFile: "damaged": it is no mail; "not text": its encoding is unknown.
    """
    message = parse_message(path.read_bytes(), "EML")
    headers = {name: header_text(message, name) for name in _LABELS["en"]}
    if not any(headers.values()):
        raise UnreadableFile("damaged", type="EML", detail="no header lines of a mail")
    body, omissions = _read_body(message)
    lines = _header_lines(headers, body)
    metadata = {
        "title": headers["Subject"], "author": _sender_name(headers["From"]), "date": iso_date(headers["Date"])}
    return FileContent(
        (Element("note", "\n".join(lines)), *body),
        {key: value for key, value in metadata.items() if value}, omissions)


def _header_lines(headers: dict[str, str], body: Sequence[Element | Table]) -> list[str]:
    texts = [element.text for element in body if isinstance(element, Element)]
    labels = _LABELS[detect_language("\n".join([headers["Subject"], *texts[:20]])[:2_000])]
    return [f"{label}{headers[name]}" for name, label in labels.items() if headers[name]]


def _sender_name(sender: str) -> str:
    """`"Xu, Feng" <xu@example.com>` → Xu, Feng; an address without a name stays."""
    return _ADDRESS.sub("", sender).strip(" \"'") or sender.strip(" <>")


def _read_body(message: Message) -> tuple[tuple[Element | Table, ...], tuple[Omission, ...]]:
    """The text of the mail and what is left out of it."""
    plain: list[str] = []
    pages: list[Message] = []
    attached: list[str] = []
    pictures = 0
    for part in message_parts(message):
        kind = part.get_content_type()
        is_attached = part.get_content_disposition() == "attachment"
        if kind.startswith("image/") and not is_attached:
            pictures += 1
        elif is_attached or kind not in ("text/plain", "text/html"):
            attached.append(_attachment_name(part))
        elif kind == "text/plain":
            plain.append(_unwrap_flowed(part, part_text(part)))
        else:
            pages.append(part)
    omissions = [Omission("attachments", len(attached), ", ".join(attached[:_MAX_NAMES]))] if attached else []
    omissions += [Omission("pictures", pictures)] if pictures else []
    elements = tuple(element for text in plain for element in _plain_elements(text))
    if elements:
        return elements, tuple(omissions)
    read = [read_page(_page_markup(part), "none") for part in pages]
    omissions += [omission for page in read for omission in page.omissions]
    return tuple(element for page in read for element in page.elements), tuple(omissions)


def _page_markup(part: Message) -> str:
    data = part_bytes(part)
    return decode(data, header_parameter(part, "charset").lower() or declared_charset(data))


def _attachment_name(part: Message) -> str:
    """The file name of an attachment; its type if it has none, the subject of an attached mail."""
    name = header_parameter(part, "filename", "content-disposition") or header_parameter(part, "name")
    return name or _attached_subject(part) or part.get_content_type()


def _attached_subject(part: Message) -> str:
    payload = part.get_payload() if part.is_multipart() else ""
    inner = payload[0] if isinstance(payload, list) and payload else None
    return header_text(inner, "Subject") if isinstance(inner, Message) else ""


def _unwrap_flowed(part: Message, text: str) -> str:
    """Text in which a line that ends with a space goes on in the next one (RFC 3676) as whole lines."""
    if header_parameter(part, "format").lower() != "flowed":
        return text
    delete_space = header_parameter(part, "delsp").lower() == "yes"
    return re.sub(r"(?<=\S) \n(?![>\n])(?!-- ?\n)", "" if delete_space else " ", text)


def _plain_elements(text: str) -> Iterator[Element]:
    """Runs of quoted lines as quotations, the signature as a paragraph of lines, other lines as they are."""
    run: list[str] = []
    was_quoted = False
    for line in text.split("\n"):
        mark = _QUOTED_LINE.match(line)
        if (mark is not None) != was_quoted:
            yield from _run_elements(run, is_quoted=was_quoted)
            run, was_quoted = [], mark is not None
        run.append(line[mark.end() :] if mark else line)
    yield from _run_elements(run, is_quoted=was_quoted)


def _run_elements(run: Sequence[str], *, is_quoted: bool) -> Iterator[Element]:
    text = "\n".join(run).strip("\n")
    if is_quoted:
        yield from (Element("quotation", part) for part in re.split(r"\n\s*\n", text) if part.strip())
        return
    signature = _SIGNATURE.search(text)
    body = text[: signature.start()] if signature else text
    if body.strip():
        yield Element("lines", body.strip("\n"))
    if signature and text[signature.end() :].strip():
        yield Element("paragraph", text[signature.end() :].strip())
