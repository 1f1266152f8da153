"""Vectors of the shipped notes: `python -m evals.training.seed_vectors seeds` writes `seeds/vectors.npz` anew.

Run it after a change of the notes, of the splitter or of the encoder; a test says when it is out of date.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rag.library.library import Library
from rag.schema import EmbeddingEndpoint


def write_seed_vectors(seeds: Path) -> int:
    """Embed all passages of the notes in this folder, and write their vectors beside them; returns their number."""
    with tempfile.TemporaryDirectory() as home:
        library = Library(Path(home), embedding=EmbeddingEndpoint("none", "", ""))
        library.add_seeds(seeds, lambda name, done, total: None)
        library.write_known_vectors(seeds)
        return len(library.all_passages())


if __name__ == "__main__":
    sys.stdout.write(f"{write_seed_vectors(Path(sys.argv[1]))} vectors\n")
