"""Vectors on the command line: makes those that are missing, with progress, and says what is left."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from rag.library.lock import LibraryLocked
from ui.commands.terminal import err, out, progress_bar

if TYPE_CHECKING:
    from rag.library.library import Library, VectorState

_LATER = "the next `huwen add` or the page goes on with them"


def make_vectors(library: Library) -> None:
    """Make the vectors that are missing, after the words are searchable; Ctrl-C leaves the rest to the next writer."""
    state = library.vector_state()
    if not state.is_pending:
        return
    left = state.waiting
    try:
        err.print(f"huwen: {left} passages can be found by their words now; their vectors are being made, so that they "
                  f"are found by their meaning too (Ctrl-C stops that: {_LATER})")
        with progress_bar() as progress:
            task = progress.add_task("vectors", total=left)
            while library.vector_state().is_pending:
                with library.write_lock(yields=True), closing(library.make_vectors()) as steps:
                    for done, total in steps:
                        left = total - done
                        progress.update(task, completed=done, total=total)
                        if library.is_wanted():
                            break
    except (KeyboardInterrupt, LibraryLocked):
        err.print(f"huwen: the vectors of {left} passages are not made yet; {_LATER}")


def print_vectors(library: Library, model: str, server: str) -> None:
    """Print which embedder makes the vectors, how far they are, and what stands in the way; `model`: the setting."""
    from rag.encoder.engine import find_obstacle  # numpy

    state, embedder = library.vector_state(), library.inner_embedder
    names = {"dictionary": "the dictionary, without a model", "encoder": "the encoder inside Huwen", "none": "nothing"}
    place = f", in {server}" if server else ""
    out.print(f"vectors    by {names.get(embedder, model)}{place}: {_describe_state(state)}", markup=False)
    if not model and embedder == "dictionary":
        out.print(f"           the encoder, which finds more, cannot run here: {find_obstacle()}", markup=False)
    if state.obstacle:
        out.print(f"           {state.obstacle}", markup=False)


def _describe_state(state: VectorState) -> str:
    if not state.waiting:
        return "all are made"
    rest = "words alone find the others" if state.obstacle else _LATER
    return f"those of {state.passages - state.waiting} of {state.passages} passages are made; {rest}"
