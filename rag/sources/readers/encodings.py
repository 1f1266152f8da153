"""Encodings of text files: the bytes of a file, whose encoding is rarely stated, turned into text."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from rag.sources.errors import UnreadableFile
from rag.text.language import HAN


def decode(data: bytes, declared: str = "") -> str:
    """Bytes of a text file as text, in the first encoding that fits; a line ends with a line feed.

    In this order: the byte-order mark; UTF-16 by its high bytes; UTF-8, also if a few of its bytes are damaged (each
    becomes U+FFFD) or its last character is cut; the encoding that the file declares (`declared`, in lower case);
    GB18030 or Big5, whichever gives more common characters; Western European (Windows-1252) if neither gives Chinese.
    Zero bytes, with which some programs fill a file, are left out.

    >>> decode("苏州。".encode("gbk"))
    '苏州。'

    Raises:
        UnreadableFile: "not text": the bytes are in none of these encodings; "damaged": they are not in the one that
            their byte-order mark names.
    """
    if not data.strip(b"\0"):
        return ""
    text = _decode_any(_PADDING.sub(_shorten_padding, data), declared).replace("\0", "")
    if len(_CONTROL.findall(text)) > _MAX_CONTROL_SHARE * len(text):
        raise UnreadableFile("not text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


# three zero bytes in a row are no part of a character of UTF-16
_PADDING = re.compile(rb"\0{3,}")
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]")  # without the escape sign of coloured logs
_MAX_CONTROL_SHARE = 0.05  # text has none or single ones; in the bytes of a program or a picture it is above 0.1


def _shorten_padding(zeros: re.Match[bytes]) -> bytes:
    """One zero byte of an odd number, two of an even number: characters of UTF-16 after them stay in step."""
    return b"\0" * (1 if len(zeros.group()) % 2 else 2)


def _decode_any(data: bytes, declared: str) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_marked(data, encoding)
    # a declaration that was found in the bytes shows that they are not UTF-16
    if not declared and (utf16 := _detect_utf16(data)):
        return _decode_marked(data, utf16)
    text = _try_decode(data, "utf-8") or _decode_damaged_utf8(data) or _decode_declared(data, declared)
    return text or _decode_chinese_or_western(data)


_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def _decode_marked(data: bytes, encoding: str) -> str:
    """The text of bytes that are certainly in this encoding.

    Raises:
        UnreadableFile: the bytes are damaged.
    """
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8-sig" and (text := _decode_damaged_utf8(data[len(codecs.BOM_UTF8) :])):
            return text
        raise UnreadableFile("damaged", type=encoding, detail=f"byte {error.start}") from None


def _detect_utf16(data: bytes) -> str:
    """The UTF-16 of bytes without a byte-order mark; empty for other encodings.

    In one of the two byte orders most high bytes are those of ASCII, full-width punctuation and Han characters.
    """
    if len(data) % 2:
        return ""
    body = data.rstrip(b"\0")  # without zero bytes that fill the file
    byte_orders = (_high_byte_share(body[1::2], "utf-16-le"), _high_byte_share(body[0::2], "utf-16-be"))
    best, other = sorted(
        byte_orders, key=lambda order: (order.share > _MIN_HIGH_SHARE, order.zeros, order.share), reverse=True)
    if best.share <= _MIN_HIGH_SHARE:
        return ""
    if best.zeros > _MIN_ZERO_SHARE:
        return best.encoding
    # with few zero bytes, letters look like high bytes in both orders, and valid UTF-8 is not UTF-16
    is_clear = (best.zeros or other.share < _MAX_OTHER_SHARE) and not _try_decode(data, "utf-8")
    return best.encoding if is_clear else ""


class _ByteOrder(NamedTuple):
    """A byte order of UTF-16: the shares of its high bytes that are usual in text, and that are zero, 0 to 1."""

    share: float
    zeros: float
    encoding: str


def _high_byte_share(high_bytes: bytes, encoding: str) -> _ByteOrder:
    plausible = len(high_bytes) - len(high_bytes.translate(None, _HIGH_BYTES))
    length = max(1, len(high_bytes))
    return _ByteOrder(plausible / length, high_bytes.count(0) / length, encoding)


_MIN_HIGH_SHARE, _MAX_OTHER_SHARE = 0.9, 0.7
_MIN_ZERO_SHARE = 0.2  # of ASCII in UTF-16; single zero bytes in other encodings are damage
_HIGH_BYTES = bytes((0x00, 0x20, 0x30, 0xFF, *range(0x4E, 0xA0)))


def _try_decode(data: bytes, encoding: str) -> str:
    """The text of bytes if they are in this encoding; empty if they are not."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _decode_damaged_utf8(data: bytes) -> str:
    """The text of bytes that are UTF-8 but for a few, which become U+FFFD; empty if they are not.

    Characters of two bytes or more are the evidence: bytes of other encodings rarely form them.
    """
    cut = _CUT_CHARACTER.search(data[-3:])
    text = (data[: -len(cut.group())] if cut else data).decode("utf-8", "replace")
    bad = text.count("\ufffd")
    whole = len(text) - len(text.encode("ascii", "ignore")) - bad
    if whole < max(1, _MIN_WHOLE_PER_BAD * bad):
        return ""
    if whole < _FEW_CHARACTERS:
        rivals = (_try_decode(data, encoding) for encoding in ("gb18030", "big5"))
        if max(map(_common_share, rivals)) > _common_share(text):
            return ""
    return text + "\ufffd" if cut else text


_MIN_WHOLE_PER_BAD = 3  # texts in GB18030, Big5 or Shift-JIS form at most 0.7 by chance (windows of 40 characters)
_CUT_CHARACTER = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
_FEW_CHARACTERS = 8  # that a short text in GB18030 may form by chance


def _decode_declared(data: bytes, declared: str) -> str:
    """The text of bytes in the encoding that the file declares; empty if they are not in it or it is unknown."""
    try:
        codec = codecs.lookup(_ENCODING_ALIASES.get(declared, declared or "ascii"))
        return "" if codec.name in _NOT_OF_FILES else data.decode(codec.name)
    except (LookupError, ValueError):  # ValueError: a zero byte in the name, or bytes that are not in it
        return ""


# supersets of the declared encodings, which browsers use in their place
_ENCODING_ALIASES = {
    "gbk": "gb18030", "gb2312": "gb18030", "iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252"}
# Python's codecs that fit nearly all bytes or take quadratic time
_NOT_OF_FILES = frozenset(("unicode-escape", "raw-unicode-escape", "utf-7", "punycode", "idna"))


def _decode_chinese_or_western(data: bytes) -> str:
    """The text of bytes in GB18030, Big5 or Windows-1252.

    Raises:
        UnreadableFile: they are in none of them.
    """
    strict = [text for encoding in ("gb18030", "big5") if (text := _try_decode(data, encoding))]
    western = _decode_western(data)
    if western and max(map(_common_share, strict), default=0.0) == 0:
        return western
    damaged = (data.decode(encoding, "replace") for encoding in ("gb18030", "big5"))
    chinese = strict + [
        text for text in damaged
        if text.count("\ufffd") <= _MAX_BAD_SHARE * len(text) and _common_share(text) >= _MIN_COMMON_SHARE]
    if not chinese:
        raise UnreadableFile("not text")
    return max(chinese, key=_common_share)


_MAX_BAD_SHARE, _MIN_COMMON_SHARE = 0.05, 0.05  # of characters; noise has above 0.09 and 0.01, text about 0 and 0.2


def _decode_western(data: bytes) -> str:
    """The text of bytes in Windows-1252; empty if three non-ASCII characters are in a row, as in no real text."""
    text = _try_decode(data, "cp1252")
    return "" if re.search(r"[^\x00-\x7f]{3}", text) else text


def _common_share(text: str) -> float:
    """The share of very common Chinese characters, 0 to 1: it is higher in the correct one of GB18030 and Big5."""
    han = re.findall(f"[{HAN}]", text)
    return sum(c in _COMMON_CHARACTERS for c in han) / max(1, len(han))


_COMMON_CHARACTERS = frozenset(  # simplified and traditional
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "這為個國時來們對會發動過說產種後學經業與從開關應實點現進長場電體濟政府市場企业")
