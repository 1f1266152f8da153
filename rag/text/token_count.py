"""Token counts: for a model (exact if tiktoken's tables are cached, else an upper bound), and for splitting."""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Protocol

import tiktoken
import tiktoken.model


class _Encoding(Protocol):
    def encode_ordinary(self, text: str) -> list[int]: ...


def count_tokens(text: str, model: str = "") -> int:
    """The number of tokens of a text for a model, or an upper bound of it.

    The number is exact if tiktoken's tables are cached; they are never downloaded. Otherwise the bound is the smaller
    of the UTF-8 length (every byte-pair encoding yields at most one token per byte) and a high estimate by characters.
    """
    encoding = _find_encoding(model)
    if encoding is not None:
        return len(encoding.encode_ordinary(text))
    return min(len(text.encode()), _upper_bound(text))


def text_size(text: str) -> int:
    """An approximate token count that is the same on every machine; passage lengths are measured in it.

    Passage ids depend on where texts are split, so the split may not depend on which tables a machine has cached.
    A non-ASCII character counts 1, an ASCII character 1/4: close to o200k for Chinese and English prose.
    `苏州` → 2, `hello world` → 3.
    """
    wide = len(text) - len(text.encode("ascii", "ignore"))
    return wide + (len(text) - wide + 3) // 4


def _upper_bound(text: str) -> int:
    # measured on prose, digits and Traditional Chinese, and raised by half for texts that were not measured
    wide = sum(not c.isascii() for c in text)
    digits = sum(c.isdigit() for c in text)
    return int(2.4 * wide + digits + 0.5 * (len(text) - wide)) + 1


@cache
def _find_encoding(model: str) -> _Encoding | None:
    try:
        name = tiktoken.model.encoding_name_for_model(model)
    except KeyError:
        name = "o200k_base"
    url = _TABLE_URLS.get(name)
    if url is None or not _is_cached(url):
        return None
    return tiktoken.get_encoding(name)


_TABLE_URLS = {
    name: f"https://openaipublic.blob.core.windows.net/encodings/{name}.tiktoken"
    for name in ("o200k_base", "cl100k_base")
}


def _is_cached(url: str) -> bool:
    """True if tiktoken has the table in its cache, so that it does not download it."""
    folder = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    path = Path(folder) if folder else Path(tempfile.gettempdir()) / "data-gym-cache"
    return (path / hashlib.sha1(url.encode()).hexdigest()).is_file()  # tiktoken's name for the cached file
