"""Reader: a cross-encoder over a question and a passage, which says which words answer and whether any do.

multilingual-e5-small with all its layers trained further (`evals/training/reader`): for each token of a passage it
gives how likely an answer begins and ends there, and for the window as a whole whether it answers. It runs in ONNX
Runtime, which Chroma brings; the rows of the table of pieces are those of the encoder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rag.encoder.engine import weights_path
from rag.encoder.tokenizer import PieceTokenizer
from rag.encoder.weights_file import EncoderWeights
from rag.encoder.windows import Window, WindowMaker

if TYPE_CHECKING:
    import onnxruntime

_GRAPH_FILE = "reader.onnx"
_MAX_ANSWER = 40  # tokens
_NOTHING = -30.0  # the score of a text without a token


@dataclass(frozen=True)
class ReadPassage:
    """A passage as the reader sees it: its heading, its text, and its sentences as (start, end) in characters."""

    heading: str
    text: str
    sentences: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class PassageReading:
    """What the reader says about one passage.

    `answers`: log-odds that the passage answers. `sentences`: for each sentence the score of its best span, less that
    of no answer: the larger, the likelier. `spans`: for each sentence start and end of that span, in characters.
    """

    answers: float
    sentences: Sequence[float]
    spans: Sequence[tuple[int, int]]


class PassageReader:
    """Reads passages for a question; one window at a time, so that a window does not depend on the others.

    `threads`: how many cores it uses for one window; 0: all.

    Raises:
        EncoderUnavailable: from the constructor: the encoder, whose table is used, cannot run on this machine.
    """

    def __init__(self, *, threads: int = 0) -> None:
        import onnxruntime  # a second to import

        self._weights = EncoderWeights(weights_path())
        self._tokenizer = PieceTokenizer(self._weights)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads leave the core alone
        graph = resources.files("rag.encoder").joinpath(_GRAPH_FILE).read_bytes()
        self._session: onnxruntime.InferenceSession = onnxruntime.InferenceSession(graph, options)

    def read(self, question: str, passages: Sequence[ReadPassage]) -> Iterator[PassageReading]:
        """The reading of each passage, in order."""
        maker = WindowMaker(self._tokenizer, question)
        for passage in passages:
            yield self._read_passage(maker, passage)

    def _read_passage(self, maker: WindowMaker, passage: ReadPassage) -> PassageReading:
        answers = _NOTHING
        best = [(_NOTHING, span) for span in passage.sentences]
        for window in maker.windows(passage.heading, passage.text, [end for _, end in passage.sentences]):
            outputs = self._run(window)
            answers = max(answers, float(outputs[0, 2]))
            for number, scored in _best_spans(window, outputs, passage.sentences):
                best[number] = max(best[number], scored)
        return PassageReading(answers, [score for score, _ in best], [span for _, span in best])

    def _run(self, window: Window) -> npt.NDArray[np.float32]:
        """The outputs of a window, (tokens, 3)."""
        rows = self._weights.table_row_vectors(np.array(window.ids, np.int64))
        count = len(window.ids)
        feeds = {"rows": rows[None], "mask": np.ones((1, count), np.float32), "places": np.arange(count)}
        outputs: npt.NDArray[np.float32] = self._session.run(None, feeds)[0][0]
        return outputs


def _best_spans(
    window: Window, outputs: npt.NDArray[np.float32], sentences: Sequence[tuple[int, int]],
) -> Iterator[tuple[int, tuple[float, tuple[int, int]]]]:
    """For each sentence that the window has tokens of: its number, the score of its best span, and that span."""
    first, last = outputs[window.text_start :, 0], outputs[window.text_start :, 1]
    nothing = float(outputs[0, 0] + outputs[0, 1])
    for number, (start, end) in enumerate(sentences):
        inside = [place for place, (a, b) in enumerate(window.spans) if b > start and a < end]
        if not inside:
            continue
        low, high = inside[0], inside[-1] + 1
        score, opening, closing = max(
            (float(first[place] + last[place : min(high, place + _MAX_ANSWER)].max()), place,
             place + int(last[place : min(high, place + _MAX_ANSWER)].argmax()))
            for place in range(low, high))
        # a token may begin with the space before its word, or run over the end of a sentence
        yield number, (score - nothing, (max(start, window.spans[opening][0]), min(end, window.spans[closing][1])))


@cache
def load_reader() -> PassageReader:
    """The reader, loaded once for the process.

    Raises:
        EncoderUnavailable: the encoder cannot run on this machine.
    """
    return PassageReader()
