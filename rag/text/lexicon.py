"""Lexicons: word lists kept as data files, one word a line, in the `lexicon` folder of a package."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def load_lexicon(package: str, name: str) -> tuple[str, ...]:
    """The words of `<package>/lexicon/<name>.txt` in the order of the file.

    Blank lines, and lines that begin with `#`, are left out. Example: `load_lexicon("rag.text", "english_stop_words")`.

    Raises:
        FileNotFoundError: the package has no such lexicon.
    """
    text = resources.files(package).joinpath("lexicon", f"{name}.txt").read_text("utf-8-sig")
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))
