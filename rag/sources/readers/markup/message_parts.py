"""Parts of a MIME message: the parts of a mail or a web archive, their bytes and their header lines."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value

from rag.sources.errors import UnreadableFile
from rag.sources.readers.encodings import decode

_MAX_CONTAINERS = 100  # parts inside which there are parts; the parser calls itself for each level
_CONTAINER = re.compile(rb"^content-type:\s*(?:multipart/|message/)", re.I | re.M)
_PARAMETER_ERRORS = (TypeError, ValueError)  # of the standard library about broken parameters
_MAX_HEADER_LENGTH = 20_000  # characters of a header line, such as a long list of recipients


def parse_message(data: bytes, type_name: str) -> Message:
    """The message; `type_name` names the kind of file in the error.

    Raises:
        UnreadableFile: "damaged": it has more nested parts than a mail has, or a boundary that cannot be read.
    """
    if len(_CONTAINER.findall(data)) > _MAX_CONTAINERS:
        raise UnreadableFile("damaged", type=type_name, detail=f"more than {_MAX_CONTAINERS} nested parts")
    try:
        return email.message_from_bytes(data)
    except _PARAMETER_ERRORS as error:
        raise UnreadableFile("damaged", type=type_name, detail=str(error)) from None


def message_parts(message: Message) -> Iterator[Message]:
    """The parts of a message that are not containers, in their order; messages that are attached are one part each."""
    waiting: list[Message] = [message]
    while waiting:
        part = waiting.pop()
        payload = part.get_payload() if part.is_multipart() else ""
        if isinstance(payload, list) and part.get_content_maintype() == "multipart":
            waiting += [inner for inner in reversed(payload) if isinstance(inner, Message)]
        else:
            yield part


def part_bytes(part: Message) -> bytes:
    """The content of a part without its transfer encoding."""
    try:
        payload = part.get_payload(decode=True)
    except _PARAMETER_ERRORS:
        del part["Content-Type"]
        payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def part_text(part: Message) -> str:
    """The content of a part as text.

    Raises:
        UnreadableFile: "not text": its encoding is unknown.
    """
    return decode(part_bytes(part), header_parameter(part, "charset").lower())


def header_parameter(part: Message, name: str, header: str = "content-type") -> str:
    """A parameter of a header line, such as the `charset` of a content type; empty if it is missing or broken."""
    try:
        value = part.get_param(name, "", header)
        # a name in pieces or in an encoding; the function would take the brackets off the others
        return decode_words(value if isinstance(value, str) else collapse_rfc2231_value(value))
    except _PARAMETER_ERRORS:
        return ""


def header_text(message: Message, name: str) -> str:
    """A header line as text: `=?gb2312?B?…?=` is decoded, and so are bytes that stand there undeclared."""
    # `get` would replace undeclared bytes by question marks
    values = (value for key, value in message.raw_items() if key.lower() == name.lower())
    return decode_words(str(next(values, "")))


def decode_words(raw_value: str) -> str:
    """A value of a header, in one line, with its encoded words decoded."""
    return " ".join("".join(_header_pieces(raw_value[:_MAX_HEADER_LENGTH])).split())


def _header_pieces(raw_value: str) -> Iterator[str]:
    try:
        pieces = decode_header(raw_value)
    except (HeaderParseError, ValueError):
        pieces = [(raw_value, None)]
    for piece, charset in pieces:
        data = piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogateescape")
        yield _decode_piece(data, (charset or "").lower())


def _decode_piece(data: bytes, charset: str) -> str:
    try:
        return decode(data, charset)
    except UnreadableFile:
        return data.decode("ascii", "replace")
