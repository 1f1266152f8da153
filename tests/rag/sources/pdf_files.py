"""PDF files for tests: written by hand, or set with Typst; and the measures by which their reading is judged."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import typst

from rag.sources.clean import clean
from rag.sources.elements import Element, FileContent, Table

PAGE_WIDTH, PAGE_HEIGHT = 595, 842  # points


def set_pdf(path: Path, source: str) -> Path:
    """A PDF from Typst markup."""
    path.with_suffix(".typ").write_text(source, "utf-8")
    typst.compile(str(path.with_suffix(".typ")), output=str(path))
    return path


def escape_markup(text: str) -> str:
    """Text that Typst takes literally."""
    return re.sub(r"([\\#$*_`<>@=~/\[\]+-])", r"\\\1", text)


def write_pdf(
    path: Path, pages: Sequence[str], *, page_entries: str = "", objects: Sequence[str] = (), catalog: str = "",
    trailer: str = "", key: bytes = b"") -> Path:
    """A PDF with these content streams as pages, and Helvetica as the font /F1.

    `page_entries` are added to each page's dictionary, `catalog` and `trailer` to those of the file; `objects` get the
    numbers from 10 on. With a key the streams are encrypted (RC4).
    """
    numbers = {4 + 2 * index if index < 3 else 100 + 2 * index: content for index, content in enumerate(pages)}
    kids = " ".join(f"{number} 0 R" for number in numbers)
    parts: dict[int, bytes] = {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }
    for number, content in numbers.items():
        parts[number] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE_WIDTH} {PAGE_HEIGHT}] /Contents {number + 1} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> /XObject << /Im1 10 0 R >> >> {page_entries} >>").encode()
        stream = content.encode("latin-1")
        if key:
            stream = _rc4(hashlib.md5(key + (number + 1).to_bytes(3, "little") + b"\0\0").digest()[:10], stream)
        parts[number + 1] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)
    for index, text in enumerate(objects):
        parts[10 + index] = text.encode("latin-1")
    path.write_bytes(_file_of(parts, trailer.encode("latin-1")))
    return path


def _file_of(parts: dict[int, bytes], trailer: bytes) -> bytes:
    data = bytearray(b"%PDF-1.4\n")
    offsets: dict[int, int] = {}
    for number, part in sorted(parts.items()):
        offsets[number] = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    start, size = len(data), max(parts) + 1
    data += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        data += b"%010d 00000 n \n" % offsets[number] if number in offsets else b"0000000000 00000 f \n"
    return bytes(data) + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)


def write_protected_pdf(path: Path, pages: Sequence[str], *, user_password: bytes) -> Path:
    """A PDF whose owner has a password; with an empty user password everybody can open it, but may not copy from it.

    Revision 2 of the standard security handler (PDF 32000-1, 7.6.3).
    """
    padding = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    user, owner, identity = (user_password + padding)[:32], (b"owner" + padding)[:32], b"0123456789abcdef"
    permissions = -60
    owner_entry = _rc4(hashlib.md5(owner).digest()[:5], user)
    key = hashlib.md5(user + owner_entry + permissions.to_bytes(4, "little", signed=True) + identity).digest()[:5]
    trailer = (f"/Encrypt << /Filter /Standard /V 1 /R 2 /P {permissions} /O <{owner_entry.hex()}> "
               f"/U <{_rc4(key, padding).hex()}> >> /ID [<{identity.hex()}> <{identity.hex()}>]")
    return write_pdf(path, pages, trailer=trailer, key=key)


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    result, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        result.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(result)


def text_at(x: float, y: float, text: str, *, size: float = 12, mode: int = 0, colour: str = "0 0 0") -> str:
    """The operators that write a text with its baseline at y, measured from the bottom of the page."""
    return f"BT /F1 {size} Tf {mode} Tr {colour} rg 1 0 0 1 {x} {y} Tm ({text}) Tj ET\n"


_SUBJECTS = {
    "en": ("the harbour office", "a committee of farmers", "the northern district", "every registered laboratory",
           "the administration of waterways", "the owner of the mill", "a neighbouring municipality"),
    "zh": ("港务办公室", "青溪水库管理所", "北部各区", "登记在册的检验机构", "航道管理部门", "磨坊的主人", "邻近的城镇"),
}
_VERBS = {
    "en": ("published its annual report on", "approved the reconstruction of", "asked for an investigation of",
           "described the extraordinary condition of", "paid 48.7 million crowns for", "refused to acknowledge"),
    "zh": ("公布了年度报告，内容涉及", "批准重新修建", "要求调查", "详细描述了", "支付了4,260万元用于", "拒绝承认"),
}
_OBJECTS = {
    "en": ("the old stone bridges", "1,204 kilometres of canals", "the distribution centre in Holm",
           "agricultural infrastructure", "the thirty warehouses by the river", "unemployment statistics"),
    "zh": ("老石桥", "全长1,204公里的运河", "霍尔姆配送中心", "农业基础设施", "河边的三十座仓库", "就业统计数据"),
}


def invented_paragraphs(language: str, count: int, seed: int = 7) -> list[str]:
    """Paragraphs of invented sentences; `mixed` has an English and a Chinese paragraph in turn."""
    chooser = random.Random(seed)
    if language == "mixed":
        pairs = zip(invented_paragraphs("en", count), invented_paragraphs("zh", count), strict=True)
        return [paragraph for pair in pairs for paragraph in pair][:count]
    return ["".join(_sentence(language, chooser) for _ in range(chooser.randint(3, 7))).strip() for _ in range(count)]


def _sentence(language: str, chooser: random.Random) -> str:
    subject, verb, thing = (chooser.choice(words[language]) for words in (_SUBJECTS, _VERBS, _OBJECTS))
    year = chooser.randint(1950, 2024)
    if language == "zh":
        return f"{year}年，{subject}{verb}{thing}。"
    return f"In {year} {subject} {verb} {thing}. "


def clean_text(content: FileContent) -> str:
    """The running text of a file's content as the cleaner makes it, without tables."""
    elements = tuple(element for element in content.elements if isinstance(element, Element))
    return str(clean(FileContent(elements)).page_content)


def character_error_rate(expected: str, actual: str) -> float:
    """Edit distance of two texts divided by the length of the first; white space beside Han characters is ignored."""
    source, text = _normal_spaces(expected), _normal_spaces(actual)
    return edit_distance(source, text) / len(source)


def _normal_spaces(text: str) -> str:
    wide = r"[\u2e80-\uffef“”‘’…—]"
    return re.sub(rf"(?<={wide}) | (?={wide})", "", " ".join(text.split()))


def edit_distance(a: str, b: str) -> int:
    """The number of characters to insert, delete or replace that turn one text into the other (Levenshtein)."""
    codes = np.array([ord(char) for char in b])
    positions = np.arange(len(b) + 1)
    row = positions.copy()
    for index, char in enumerate(a, 1):
        best = np.minimum(row[1:] + 1, row[:-1] + (codes != ord(char)))
        row = np.minimum.accumulate(np.concatenate(([index], best)) - positions) + positions
    return int(row[-1])


def tables_of(content: FileContent) -> list[list[list[str]]]:
    """The texts of the tables of a file, row by row."""
    return [[[cell.text for cell in row] for row in table.rows]
            for table in content.elements if isinstance(table, Table)]


def texts_of(content: FileContent, kind: str = "lines") -> list[str]:
    return [element.text for element in content.elements if isinstance(element, Element) and element.kind == kind]
