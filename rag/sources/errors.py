"""Errors of reading a file: one sentence in each language, which begins with the file's name."""

from __future__ import annotations

import errno
import re
import unicodedata
from collections.abc import Mapping
from typing import Literal, Self

from rag.schema import HuwenError, Language

ReadingProblem = Literal[
    "unknown type", "empty", "no text", "locked", "damaged", "wrong type", "no document", "missing suffix", "not text",
    "unreadable", "not a file", "bad name", "too slow", "too large", "file too large", "too much text", "too deep",
    "needs LibreOffice", "bad front matter", "bad JSON", "no reading process", "missing reader",
    "needs recognition", "too many pixels"]
BilingualText = Mapping[Language, str]

# {name} is added by `UnreadableFile`; the other fields are its details
_SENTENCES: dict[ReadingProblem, dict[Language, str]] = {
    "unknown type": {
        "en": "there is no reader for {suffix}, and it is not text; known: {known}",
        "zh": "没有能读 {suffix} 的读取器，内容也不是文字；可读的类型：{known}",
    },
    "empty": {"en": "the file is empty; check that it was saved or downloaded whole", "zh": "文件是空的；请检查是否已完整保存或下载"},
    "no text": {
        "en": "there is no text in it{advice}",
        "zh": "里面没有文字{advice}",
    },
    "locked": {
        "en": "it is locked with a password; remove the password and add it again",
        "zh": "文件有密码保护；请去掉密码后重新添加",
    },
    "damaged": {
        "en": "it is damaged and cannot be read to its end as {type} ({detail}); "
        "open it in its program and save it again",
        "zh": "文件已损坏，不能作为 {type} 完整读出（{detail}）；请用原来的程序打开并重新保存",
    },
    "wrong type": {
        "en": "it is not {type} but {actual}; give it the suffix {suffix} and add it again",
        "zh": "它不是 {type}，而是 {actual}；请把后缀改为 {suffix} 后重新添加",
    },
    "no document": {
        "en": "it is not {type} but {actual}, which cannot be read; add the document itself",
        "zh": "它不是 {type}，而是 {actual}，无法读取；请添加文档本身",
    },
    "missing suffix": {
        "en": "its name does not say that it is {actual}; give it the suffix {suffix} and add it again",
        "zh": "它是 {actual}，但文件名没有标明；请把后缀改为 {suffix} 后重新添加",
    },
    "not text": {
        "en": "the text is in no encoding that can be recognised (UTF-8, UTF-16, GB18030, Big5); save it as UTF-8",
        "zh": "文字编码不能识别（UTF-8、UTF-16、GB18030、Big5 都不是）；请另存为 UTF-8",
    },
    "unreadable": {
        "en": "cannot be read ({detail}); check the path and its permissions",
        "zh": "无法读取（{detail}）；请检查路径和权限",
    },
    "not a file": {
        "en": "is not a regular file; name a document or a folder",
        "zh": "不是普通文件；请指定一份文件或一个文件夹",
    },
    "bad name": {"en": "the name is not valid UTF-8; rename the file", "zh": "文件名不是有效的 UTF-8；请重命名"},
    "too slow": {
        "en": "reading it took longer than {seconds} s and was stopped; split it into smaller files",
        "zh": "读取超过 {seconds} 秒，已停止；请拆成较小的文件",
    },
    "too large": {
        "en": "reading it needs more than {mebibytes} MiB of memory and was stopped; split it into smaller files",
        "zh": "读取需要超过 {mebibytes} MiB 内存，已停止；请拆成较小的文件",
    },
    "file too large": {
        "en": "the file has {mebibytes} MiB, and at most {limit} MiB are read; split it into smaller files",
        "zh": "文件有 {mebibytes} MiB，最多读取 {limit} MiB；请拆成较小的文件",
    },
    "too much text": {
        "en": "it has more text or table cells than fit into one document ({limit}); split it into smaller files",
        "zh": "文字或单元格多于一份文件的上限（{limit}）；请拆成较小的文件",
    },
    "too deep": {
        "en": "its parts are nested too deeply in each other; save it again in a simpler form",
        "zh": "内容的嵌套层数过多；请另存为较简单的形式",
    },
    "needs LibreOffice": {
        "en": "{suffix} files are read with LibreOffice, which is not installed; save it as {better} and add that",
        "zh": "{suffix} 文件要用 LibreOffice 读取，这台机器没有安装；请另存为 {better} 后添加",
    },
    "bad front matter": {
        "en": "the front matter is not YAML ({detail}); correct it or remove it",
        "zh": "文首的元数据不是有效的 YAML（{detail}）；请改正或删除",
    },
    "bad JSON": {
        "en": "it is not valid JSON (line {line}: {detail}); correct it and add it again",
        "zh": "不是有效的 JSON（第 {line} 行：{detail}）；请改正后重新添加",
    },
    "missing reader": {
        "en": "a part of the program that reads such files is missing; install it again",
        "zh": "程序缺少读取此类文件的部分；请重新安装",
    },
    "needs recognition": {
        "en": "pictures and scans are read by text recognition (OCR), which is not installed; install huwen[ocr] and "
        "add it again",
        "zh": "图片和扫描件要经文字识别（OCR）读取，尚未安装；请安装 huwen[ocr] 后重新添加",
    },
    "too many pixels": {
        "en": "the picture is too large{size}, and at most {limit} million pixels are read; save it at a lower "
        "resolution",
        "zh": "图片太大{size}，最多读取 {limit} 百万像素；请降低分辨率后另存",
    },
    "no reading process": {
        "en": "the process that reads files could not be started; free some memory and try again",
        "zh": "读取文件的进程无法启动；请释放一些内存后重试",
    },
}
_SPACE_BETWEEN_HAN = re.compile("(?<=[一-鿿，]) (?=[一-鿿])")
_OPTIONAL_DETAILS = {"advice": ""}

# the detail of a damage that has no better one
WRONG_PART: BilingualText = {"en": "a part of it is not as its format requires", "zh": "其中有不合格式的部分"}

# why the operating system does not open a file
_SYSTEM_REASONS: dict[int, BilingualText] = {
    errno.ENOENT: {"en": "there is no such file", "zh": "没有这个文件"},
    errno.ENOTDIR: {"en": "a part of its path is not a folder", "zh": "路径中有一部分不是文件夹"},
    errno.EACCES: {"en": "no permission", "zh": "没有权限"},
    errno.EPERM: {"en": "no permission", "zh": "没有权限"},
    errno.ENAMETOOLONG: {"en": "the name is too long", "zh": "文件名太长"},
    errno.ELOOP: {"en": "symbolic links that point at each other", "zh": "符号链接互相指向"},
    errno.EIO: {"en": "the disk reports an error", "zh": "磁盘报告错误"},
}
_OTHER_REASON: BilingualText = {"en": "the operating system refuses", "zh": "操作系统拒绝"}


class UnreadableFile(HuwenError):
    """A file whose text cannot be read.

    A reader raises it with a problem and the fields of its sentence; `load` adds the file's name. A field is the same
    in both languages, or a text in each: `detail={"en": "page 3", "zh": "第 3 页"}`.

    >>> str(UnreadableFile("locked", "a.pdf"))
    'a.pdf: it is locked with a password; remove the password and add it again'
    >>> UnreadableFile("damaged", "a.pdf", type="PDF", detail={"en": "page 3", "zh": "第 3 页"}).sentence("zh")
    'a.pdf：文件已损坏，不能作为 PDF 完整读出（第 3 页）；请用原来的程序打开并重新保存'
    """

    def __init__(self, problem: ReadingProblem, name: str = "", **details: object) -> None:
        self.problem, self.name, self.details = problem, name, details
        super().__init__(self.sentence("en"))

    def sentence(self, language: Language) -> str:
        """What is wrong with which file, and what would help, in one sentence."""
        sign = "：" if language == "zh" else ": "
        details = {key: _detail_text(value, language) for key, value in (_OPTIONAL_DETAILS | self.details).items()}
        # the sentences have a space before each field, for Latin words
        text = _SPACE_BETWEEN_HAN.sub("", _SENTENCES[self.problem][language].format(**details))
        return escape_hidden(f"{self.name}{sign}{text}" if self.name else text)

    def with_name(self, name: str) -> Self:
        """The same error about the file with this name."""
        return type(self)(self.problem, name, **self.details)

    def __reduce__(self) -> tuple[object, ...]:  # it crosses from the reading process
        return restore_error, (self.problem, self.name, self.details)


def restore_error(problem: ReadingProblem, name: str, details: dict[str, object]) -> UnreadableFile:
    """An error from its parts, when it arrives from another process."""
    return UnreadableFile(problem, name, **details)


def _detail_text(value: object, language: Language) -> object:
    return value[language] if isinstance(value, Mapping) else value


def escape_hidden(text: str) -> str:
    r"""Text whose control and invisible format characters are visible: the escape sign becomes `\x1b`.

    Names of files and messages about them come from outside: they must not command a terminal, turn a line around
    (U+202E) or add lines.

    >>> escape_hidden("fdp\u202etxt.exe")
    'fdp\\u202etxt.exe'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape_character(character) for character in text)


def _escape_character(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN_CATEGORIES:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


_HIDDEN_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def unreadable_by_system(error: OSError) -> UnreadableFile:
    """The error of a file that the operating system does not open, without the system's own words."""
    return UnreadableFile("unreadable", detail=_SYSTEM_REASONS.get(error.errno or 0, _OTHER_REASON))
