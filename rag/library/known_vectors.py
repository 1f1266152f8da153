"""Known vectors: those of the shipped notes, made in advance, so that a first start has nothing to compute.

The file has the digest of each passage's text (16 hexadecimal digits), and the vectors as 16-bit floats, (passages,
dimensions). A passage whose text has changed since is not found in it, and is embedded like any other.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from langchain_core.documents import Document

from rag.library.embedder import Embedder
from rag.library.index import indexed_text
from rag.library.vector_index import text_digest

FILE_NAME = "vectors.npz"  # in the folder of the notes


def read_known_vectors(file: Path, embedder: Embedder) -> Mapping[str, npt.NDArray[np.float32]]:
    """The vectors of a file by the digest of their text; none if another embedder made them, or there is no such file.

    A file that cannot be read counts as none: then the vectors are made as those of any other document.
    """
    try:
        with np.load(file, allow_pickle=False) as stored:
            if str(stored["embedder"]) != embedder.name:
                return {}
            vectors = np.asarray(stored["vectors"], np.float32)
            return dict(zip(map(str, stored["digests"]), vectors, strict=True))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}


def write_known_vectors(file: Path, passages: Sequence[Document], embedder: Embedder) -> None:
    """Embed passages, and write their vectors."""
    vectors = embedder.embed_documents([indexed_text(passage) for passage in passages])
    np.savez_compressed(
        file, embedder=np.array(embedder.name), digests=np.array([text_digest(passage) for passage in passages]),
        vectors=np.asarray(vectors, np.float16))
