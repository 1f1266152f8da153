"""Malformed and hostile files: each becomes text or one sentence in each language, and the next file is read."""

import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.sources.elements import FileContent
from rag.sources.errors import UnreadableFile, escape_hidden
from rag.sources.loaders import READERS, load
from rag.sources.process_limits import ReadingLimits
from rag.sources.reading_process import ReadingProcess
from rag.text.language import has_han
from tests.rag.sources import malformed_files as files
from tests.rag.sources import sound_files as sound

# they shorten the test of files that would take half a minute and a gibibyte to be refused; no outcome depends on them
SHORT_LIMITS = ReadingLimits(seconds=2, mebibytes=400)
INTERPRETER_MEBIBYTES = 300  # the interpreter and its libraries, beside what the limit allows
FORBIDDEN = re.compile(  # what a library or the system says, in place of a sentence for a person
    r"Traceback|lxml|libxml|pdfium|openpyxl|zipfile|zlib|docx\.|pptx\.|yaml\.|json\.|Errno|\b0x[0-9a-f]"
    r"|\w+(?:Error|Exception)\b"
    r"|BadZip|NoneType|None\b|object at|<class|\bdict\b|codec|Expecting|char \d|start tag|not well-formed", re.I)
ALL_FILES = list(files.all_catalogues())


@pytest.fixture(scope="module")
def process() -> Iterator[ReadingProcess]:
    process = ReadingProcess()
    yield process
    process.close()


@pytest.fixture(scope="module")
def sound_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "sound.txt"
    path.write_bytes(sound.text_file())
    return path


def check_sentences(error: UnreadableFile, name: str) -> None:
    """One sentence in each language that begins with the file's name, without words of a library."""
    for language in ("en", "zh"):
        sentence = error.sentence(language)
        assert sentence.startswith(escape_hidden(name))
        words = sentence.removeprefix(escape_hidden(name))
        assert not FORBIDDEN.search(words), sentence
        assert len(words) < 400
        assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in sentence)
        assert has_han(words) == (language == "zh"), sentence


def outcome_of(path: Path, process: ReadingProcess) -> FileContent | UnreadableFile:
    try:
        content = load(path, process)
    except UnreadableFile as error:
        check_sentences(error, path.name)
        return error
    assert content.elements
    return content


def test_there_are_enough_malformed_files():
    assert len(ALL_FILES) == len(dict(ALL_FILES)) >= 120


@pytest.mark.parametrize(("name", "make"), ALL_FILES, ids=[name for name, _ in ALL_FILES])
def test_a_malformed_file_gives_text_or_one_sentence(name, make, tmp_path, process, sound_file):
    path = tmp_path / name
    path.write_bytes(make())
    process.limits = SHORT_LIMITS
    outcome_of(path, process)
    assert process.peak_mebibytes <= SHORT_LIMITS.mebibytes + INTERPRETER_MEBIBYTES
    process.limits = ReadingLimits()
    assert sound.ZH in str(load(sound_file, process).elements)


@pytest.mark.parametrize(("name", "make", "suffix"), [
    (name, make, suffix) for name, (make, suffix) in files.wrongly_named_files().items()])
def test_a_wrong_suffix_is_explained_and_the_right_one_named(name, make, suffix, tmp_path, process):
    path = tmp_path / name
    path.write_bytes(make())
    error = outcome_of(path, process)
    assert isinstance(error, UnreadableFile)
    known_problem = "wrong type" if path.suffix in READERS else "missing suffix"
    assert error.problem == (known_problem if suffix else "no document")
    assert all(suffix in error.sentence(language) for language in ("en", "zh"))


@pytest.mark.parametrize("suffix", [*sound.SOUND_FILES, *sound.LEGACY_FILES])
def test_a_sound_file_is_read(suffix, tmp_path, process):
    path = tmp_path / f"sound{suffix}"
    path.write_bytes((sound.SOUND_FILES | sound.LEGACY_FILES)[suffix]())
    content = load(path, process)
    assert any(word in str(content.elements) for word in ("青溪", "Greenbrook"))


@pytest.mark.parametrize("name", ["outside.docx", "outside.xlsx", "outside.html", "outside.epub"])
def test_no_other_file_is_read_through_an_entity(name, tmp_path, process):
    (tmp_path / "secret").write_text("canary", "utf-8")
    path = tmp_path / name
    content = files.entity_files()[name]()
    path.write_bytes(sound.replace_in_parts(content, b"/etc/hostname", str(tmp_path / "secret").encode()))
    assert "canary" not in str(outcome_of(path, process))


@pytest.mark.parametrize("name", ["slip.docx", "slip.xlsx", "slip.epub"])
def test_no_part_is_written_outside_the_archive(name, tmp_path, process):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    path = folder / name
    path.write_bytes(files.hostile_package_files()[name]())
    outcome_of(path, process)
    assert not list(tmp_path.rglob("outside*"))


@pytest.mark.parametrize("name", [
    "fdp\u202etxt.xyz", "\x1b[31mred.xyz", "zero\u200bwidth.xyz", "two\nlines.xyz", "湖" * 80 + ".xyz", "a b.xyz",
    "{name}.xyz"])
def test_hidden_characters_of_a_name_are_shown_escaped(name, tmp_path, process):
    path = tmp_path / name
    path.write_bytes(files.PNG)
    assert isinstance(outcome_of(path, process), UnreadableFile)


@pytest.mark.parametrize("name", [b"\xff\xfe.txt", "湖.txt".encode("gbk")])
@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_is_not_utf8_is_refused(name, tmp_path, process):
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(sound.text_file())
    error = outcome_of(path, process)
    assert isinstance(error, UnreadableFile)
    assert error.problem == "bad name"


@pytest.mark.parametrize("name", ["湖" * 300 + ".txt", "a" * 300 + ".txt", "no such.pdf", "a\0b.txt", "no folder/a.txt"])
def test_a_file_that_cannot_exist_is_unreadable(name, tmp_path, process):
    assert isinstance(outcome_of(tmp_path / name, process), UnreadableFile)


@pytest.mark.parametrize("suffix", ["", ".txt", ".pdf", ".docx"])
def test_an_empty_file_is_said_to_be_empty(suffix, tmp_path, process):
    path = tmp_path / f"a{suffix}"
    path.touch()
    error = outcome_of(path, process)
    assert isinstance(error, UnreadableFile)
    assert error.problem == "empty"


@pytest.mark.skipif(os.name == "nt", reason="needs named pipes and links")
class TestSpecialFiles:
    """What is not a regular file is refused without being opened: it might never end."""

    def test_pipe(self, tmp_path, process):
        os.mkfifo(tmp_path / "a.txt")
        assert self.problem_of(tmp_path / "a.txt", process) == "not a file"

    def test_folder(self, tmp_path, process):
        (tmp_path / "a.txt").mkdir()
        assert self.problem_of(tmp_path / "a.txt", process) == "not a file"

    def test_link_to_a_device(self, tmp_path, process):
        (tmp_path / "a.txt").symlink_to("/dev/zero")
        assert self.problem_of(tmp_path / "a.txt", process) == "not a file"

    def test_links_in_a_circle(self, tmp_path, process):
        (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
        (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
        assert self.problem_of(tmp_path / "a.txt", process) == "unreadable"

    def test_link_to_nothing(self, tmp_path, process):
        (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
        assert self.problem_of(tmp_path / "a.txt", process) == "unreadable"

    def test_larger_than_any_document(self, tmp_path, process):
        with (tmp_path / "a.txt").open("wb") as sparse:
            sparse.truncate(1 << 40)
        assert self.problem_of(tmp_path / "a.txt", process) == "file too large"

    @staticmethod
    def problem_of(path: Path, process: ReadingProcess) -> str:
        error = outcome_of(path, process)
        assert isinstance(error, UnreadableFile)
        return error.problem


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"lake " * 10_000_000, "湖".encode() * 16_000_000])
def test_a_line_of_50_megabytes(content, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    process = ReadingProcess()
    outcome_of(path, process)
    process.close()
