"""Tests of decoding text files: one behaviour each, with bytes made here."""

import random
from contextlib import suppress

import pytest

from rag.sources.errors import UnreadableFile
from rag.sources.readers.encodings import decode

ZH = "海棠里社区图书室的开放时间是每周二至周日，上午九点到下午五点；办证要带身份证。"
TW = "這個國家的產業發展會對學校與政府產生影響，企業應該實現電子化。"
EN = "The Harrow Lane library opens on Tuesdays at nine."
ACCENTS = "The Crêperie Élan — a naïve façade, “très chic” — opens in São Tomé. "


@pytest.mark.parametrize(("encoding", "text"), [
    ("utf-8", ZH), ("utf-8", EN), ("utf-8", ACCENTS), ("utf-8-sig", ZH), ("utf-8-sig", EN),
    ("gb18030", ZH), ("gb18030", TW), ("gbk", ZH), ("big5", TW), ("utf-16", ZH), ("utf-16", EN),
    ("utf-16-le", EN), ("utf-16-be", EN), ("utf-16-le", ZH), ("utf-16-be", ZH), ("utf-16-le", TW),
    ("cp1252", "Zürich’s “output” grew – by 4%."), ("cp1252", "café latte menu list"), ("cp1252", ACCENTS),
    ("gbk", "苏州"), ("gbk", "联通"), ("utf-16-be", "hello")])
def test_encoding_is_detected(encoding, text):
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", [ZH, EN])
def test_a_big_endian_byte_order_mark_is_respected(text):
    assert decode(b"\xfe\xff" + text.encode("utf-16-be")) == text


@pytest.mark.parametrize("text", [ZH, ACCENTS * 2])
def test_utf8_with_stray_bytes_is_not_read_as_gb18030(text):
    data = (text + text).encode()
    middle = len(text.encode())
    assert decode(data[:middle] + b"\xff\xfe" + data[middle:]) == f"{text}\ufffd\ufffd{text}"


@pytest.mark.parametrize(("text", "lost"), [(ZH, 1), (ZH, 2), ("苏州。", 1), (ACCENTS + "é", 1), (f"{ZH}😀", 3)])
def test_utf8_whose_last_character_is_cut_keeps_the_rest(text, lost):
    assert decode(text.encode()[:-lost]) == text[:-1] + "\ufffd"


@pytest.mark.parametrize("text", [ZH, ACCENTS])
def test_damaged_byte_after_a_utf8_mark_does_not_refuse_the_file(text):
    assert decode(text.encode("utf-8-sig") + b"\xff" + text.encode()) == f"{text}\ufffd{text}"


@pytest.mark.parametrize(("encoding", "text"), [("gb18030", ZH * 3), ("big5", TW * 3)])
def test_chinese_text_that_ends_inside_a_character_keeps_the_rest(encoding, text):
    assert decode(text.encode(encoding)[:-1]).startswith(text[:-1])


@pytest.mark.parametrize("newline", ["\r", "\r\n"])
@pytest.mark.parametrize("text", ["会费每年200元。\n地点：活动室\n", "The fee is 200.\nPlace: hall\n"])
def test_line_ends_of_old_macs_and_windows_become_line_feeds(newline, text):
    assert decode(text.replace("\n", newline).encode()) == text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16"])
@pytest.mark.parametrize("text", [ZH, EN])
@pytest.mark.parametrize("zeros", [4, 512, 4096])
def test_zero_bytes_that_fill_a_file_are_left_out(encoding, text, zeros):
    assert decode(text.encode(encoding) + b"\0" * zeros) == text


@pytest.mark.parametrize("text", [ZH, EN])
def test_zero_bytes_between_records_are_left_out(text):
    assert decode(text.encode() + b"\0" * 7 + text.encode() + b"\0" * 100) == text * 2


@pytest.mark.parametrize(("declared", "encoding", "text"), [
    ("gbk", "gbk", "苏州。"), ("gb2312", "gbk", "苏州。"), ("gbk", "utf-8", "苏州的产值增长了。"),
    ("iso-8859-1", "latin-1", "Café Zürich."), ("shift_jis", "shift_jis", "図書館は九時に開きます。"),
    ("koi8-r", "koi8-r", "Библиотека")])
def test_a_declared_encoding_is_used_unless_it_is_wrong(declared, encoding, text):
    assert decode(text.encode(encoding), declared) == text


@pytest.mark.parametrize("declared", ["hex", "rot13", "unicode_escape", "punycode", "no such", "a\0b", "idna"])
@pytest.mark.parametrize("text", [ZH, EN])
def test_a_declared_name_that_is_no_encoding_of_files_is_ignored(declared, text):
    assert decode(text.encode("gb18030"), declared) == text


@pytest.mark.parametrize("data", [
    bytes(range(128, 256)) * 3, b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 20,
    b"PK\x03\x04" + b"\x14\x00\x08\x08\x01" * 40])
def test_bytes_that_are_not_text_are_refused(data):
    with pytest.raises(UnreadableFile) as refusal:
        decode(data)
    assert refusal.value.problem == "not text"


@pytest.mark.parametrize("text", [ZH, EN])
def test_utf16_with_an_odd_byte_is_damaged(text):
    with pytest.raises(UnreadableFile, match="damaged"):
        decode(b"\xff\xfe" + text.encode("utf-16-le") + b"\x00\xd8")


def test_no_bytes_and_zero_bytes_give_no_text():
    assert decode(b"") == decode(b"\0" * 100) == ""


def _damaged(text: str, chance: random.Random) -> bytes:
    """The text in some encoding, with some bytes changed and its end cut off."""
    data = bytearray(text.encode(chance.choice(["utf-8", "gb18030", "utf-16", "utf-16-be"])))
    for _ in range(chance.randrange(6)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data[: chance.randrange(len(data))])


@pytest.mark.parametrize("text", [ZH, EN])
def test_any_bytes_give_text_or_a_refusal(text):
    chance = random.Random(7)
    for _ in range(1000):
        with suppress(UnreadableFile):
            assert isinstance(decode(_damaged(text, chance)), str)
