"""Recognition engine: the models of `rapidocr`, which find the lines of text in an image and read them.

The package carries the models (PP-OCRv6, small) in its wheel. They are named by their files, so that the package never
looks for them on the network; without the package, or without its files, there is no text recognition.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rag.sources.recognition.installation import model_paths
from rag.sources.recognition.line_decoding import Alphabet, DecodedLine, Probabilities, decode_line

Image = NDArray[np.uint8]  # height by width by 3: blue, green, red
Quad = NDArray[np.float32]  # the corners of a line: upper left, upper right, lower right, lower left; pixels

_MAX_THREADS = 4  # more of them wait for each other: a line is small
_DETECTION_SIDE = 1_280  # pixels of the longer side; print of 6 points on A4 is still found, at a sixth of the work
_LINE_HEIGHT = 48  # pixels, of the recogniser's input
_MIN_LINE_WIDTH, _MAX_LINE_WIDTH = 320, 3_200  # pixels of it; a longer line is read in a narrower form
_BATCH_STEPS = 4_800  # pixels of width that are read at a time, by which memory is bounded
_MIN_SCORE = 0.5  # mean probability below which a line is a pattern in a photo, not text


@dataclass(frozen=True)
class ReadLine:
    """A line with the corners of its place in the image."""

    quad: Quad
    decoded: DecodedLine


@cache
def load_engine() -> RecognitionEngine:
    """The engine of this process; loading its models takes about a second."""
    return RecognitionEngine()


class RecognitionEngine:
    """Finds and reads the lines of an image."""

    def __init__(self) -> None:
        from rapidocr import RapidOCR  # heavy, and an optional extra

        paths = model_paths()
        threads = min(_MAX_THREADS, os.cpu_count() or 1)
        self._engine = RapidOCR(params={
            "Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "Det.model_path": str(paths["det"]), "Rec.model_path": str(paths["rec"]),
            "Cls.model_path": str(paths["cls"]), "Det.limit_type": "max", "Det.limit_side_len": _DETECTION_SIDE})
        self._detector = self._engine._load_det_model()
        self._recogniser = self._engine._load_rec_model()
        self._classifier = self._engine._load_cls_model()
        self._alphabet = Alphabet(self._recogniser.postprocess_op.character)

    def find_lines(self, image: Image) -> list[Quad]:
        """The corners of the lines in an image, in no order that a reader would expect."""
        with _memory_errors():
            boxes = self._detector(image).boxes
        return [] if boxes is None else [np.asarray(box, dtype=np.float32) for box in boxes]

    def read_lines(self, image: Image, quads: list[Quad]) -> list[ReadLine]:
        """The lines at some places, without those that have no text."""
        decoded = self.read_crops(self.crop_lines(image, quads))
        return [ReadLine(quad, line) for quad, line in zip(quads, decoded, strict=True)
                if line.text.strip() and line.score >= _MIN_SCORE]

    def count_upside_down(self, crops: list[Image]) -> int:
        """How many images of lines look as if they were upside down: a quick guess."""
        labels = [str(label) for label, _ in self._classifier(crops).cls_res]
        return labels.count("180")

    def crop_lines(self, image: Image, quads: list[Quad]) -> list[Image]:
        """Images of one line each; a line that runs up or down the page is turned."""
        return [_crop_line(image, quad) for quad in quads]

    def read_crops(self, crops: list[Image]) -> list[DecodedLine]:
        """The text of images of one line each."""
        widths = [_input_width(crop) for crop in crops]
        order = sorted(range(len(crops)), key=widths.__getitem__)
        lines: dict[int, DecodedLine] = {}
        for batch in _batches(order, widths):
            width = max(_MIN_LINE_WIDTH, *(widths[i] for i in batch))
            inputs = np.stack([_line_input(crops[i], widths[i], width) for i in batch])
            with _memory_errors():
                outputs: Probabilities = self._recogniser.session(inputs)
            for i, probabilities in zip(batch, outputs, strict=True):
                lines[i] = decode_line(probabilities, self._alphabet, widths[i] / width)
        return [lines[i] for i in range(len(crops))]


@contextmanager
def _memory_errors() -> Iterator[None]:
    """Raise MemoryError where the models cannot have the memory that they need."""
    from rapidocr.inference_engine.onnxruntime.main import ONNXRuntimeError

    try:
        yield
    except ONNXRuntimeError as error:
        if "bad_alloc" in str(error) or "allocate memory" in str(error):
            raise MemoryError from None
        raise


def _crop_line(image: Image, quad: Quad) -> Image:
    """The part of an image in four corners as an upright rectangle; a tall one is turned to lie."""
    from rapidocr.utils.process_img import get_rotate_crop_image

    crop: Image = get_rotate_crop_image(image, quad.copy())
    return crop


def _input_width(crop: Image) -> int:
    height, width = crop.shape[:2]
    scaled: int = math.ceil(_LINE_HEIGHT * width / max(1, height))
    return max(8, min(_MAX_LINE_WIDTH, scaled))


def _batches(order: list[int], widths: list[int]) -> list[list[int]]:
    batches: list[list[int]] = [[]]
    for i in order:  # from narrow to wide: the last one decides the width of the batch
        if batches[-1] and max(_MIN_LINE_WIDTH, widths[i]) * (len(batches[-1]) + 1) > _BATCH_STEPS:
            batches.append([])
        batches[-1].append(i)
    return [batch for batch in batches if batch]


def _line_input(crop: Image, width: int, padded_width: int) -> NDArray[np.float32]:
    """A line as the recogniser takes it: 48 pixels high, each colour from -1 to 1, padded with 0 at the right."""
    import cv2  # an optional extra

    scaled = cv2.resize(crop, (width, _LINE_HEIGHT)).astype(np.float32).transpose(2, 0, 1) / 127.5 - 1
    padded = np.zeros((3, _LINE_HEIGHT, padded_width), dtype=np.float32)
    padded[:, :, :width] = scaled
    return padded
