"""Upright page: a scan turned by quarter turns and by its slant, so that its lines are level and can be read."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.sources.recognition.engine import Image, Quad, ReadLine, RecognitionEngine

_TALL = 1.5  # times as high as wide: a line that runs up or down the page
_TURNED_SHARE = 0.6  # of the lines of a page that lies on its side
_SAMPLES = 4  # lines that are read both ways round
_MIN_SLANT, _MAX_SLANT = 0.25, 20.0  # degrees; less does not harm, more is another way of writing
_LONG_LINE = 4.0  # times as wide as high, by which the slant is measured
_WHITE = (255, 255, 255)


@dataclass(frozen=True)
class UprightPage:
    """An image whose lines are level, its lines, and the matrix from its pixels to shares of the original image."""

    image: Image
    lines: list[ReadLine]
    to_original: NDArray[np.float64]  # 3 by 3

    def corners_in_original(self, quad: Quad) -> NDArray[np.float64]:
        """The corners of a line as shares (0 to 1) of the width and height of the image as it was."""
        points = np.hstack([quad.astype(np.float64), np.ones((4, 1))]) @ self.to_original.T
        corners: NDArray[np.float64] = points[:, :2] / points[:, 2:]
        return corners


def turn_upright(image: Image, engine: RecognitionEngine) -> UprightPage:
    """The page with its lines read, turned as they are written."""
    quads = engine.find_lines(image)
    to_original = _shares(image)
    if quads and sum(map(_is_tall, quads)) >= _TURNED_SHARE * len(quads):
        image, quads, to_original = _turn(image, 1, to_original, engine)
    if quads and _is_upside_down(image, quads, engine):
        image, quads, to_original = _turn(image, 2, to_original, engine)
    slant = _measure_slant(quads)
    if _MIN_SLANT <= abs(slant) <= _MAX_SLANT:
        image, to_original = _level(image, slant, to_original)
        quads = engine.find_lines(image)
    return UprightPage(image, engine.read_lines(image, quads), to_original)


def _shares(image: Image) -> NDArray[np.float64]:
    return np.diag([1 / image.shape[1], 1 / image.shape[0], 1.0])


def _size(quad: Quad) -> tuple[float, float]:
    """Width and height of a line."""
    return float(np.linalg.norm(quad[0] - quad[1])), float(np.linalg.norm(quad[0] - quad[3]))


def _is_tall(quad: Quad) -> bool:
    """True for a line that runs up or down the page. The corners of a slanted one are not always in their order."""
    sides = sorted((quad[1] - quad[0], quad[3] - quad[0]), key=lambda side: float(np.linalg.norm(side)))
    short, long = sides
    return abs(long[1]) > abs(long[0]) and float(np.linalg.norm(long)) >= _TALL * float(np.linalg.norm(short))


def _turn(
    image: Image, turns: int, to_original: NDArray[np.float64], engine: RecognitionEngine,
) -> tuple[Image, list[Quad], NDArray[np.float64]]:
    """The image after quarter turns counter-clockwise, with its lines."""
    height, width = image.shape[:2]
    back = {  # from the turned pixels to those before
        1: [[0, -1, width], [1, 0, 0], [0, 0, 1]], 2: [[-1, 0, width], [0, -1, height], [0, 0, 1]]}[turns]
    turned = np.ascontiguousarray(np.rot90(image, turns))
    return turned, engine.find_lines(turned), to_original @ np.array(back, dtype=np.float64)


def _is_upside_down(image: Image, quads: list[Quad], engine: RecognitionEngine) -> bool:
    """True if the longest lines are read with more certainty after half a turn, where a quick guess says so."""
    longest = sorted(quads, key=lambda quad: -_size(quad)[0])[:_SAMPLES]
    crops = engine.crop_lines(image, longest)
    if 2 * engine.count_upside_down(crops) < len(crops):
        return False
    turned = [np.ascontiguousarray(np.rot90(crop, 2)) for crop in crops]
    return _mean_score(turned, engine) > _mean_score(crops, engine)


def _mean_score(crops: list[Image], engine: RecognitionEngine) -> float:
    return float(np.mean([line.score for line in engine.read_crops(crops)]))


def _measure_slant(quads: list[Quad]) -> float:
    """By how many degrees the long lines run down to the right; 0 without one."""
    angles: list[float] = []
    weights: list[float] = []
    for quad in quads:
        width, height = _size(quad)
        if width >= _LONG_LINE * height:
            run, fall = quad[1] - quad[0] + quad[2] - quad[3]
            angles.append(math.degrees(math.atan2(float(fall), float(run))))
            weights.append(width)
    if not angles:
        return 0.0
    order = np.argsort(angles)
    total = np.cumsum(np.array(weights)[order])
    return float(np.array(angles)[order][int(np.searchsorted(total, total[-1] / 2))])


def _level(image: Image, slant: float, to_original: NDArray[np.float64]) -> tuple[Image, NDArray[np.float64]]:
    """The image turned against its slant, on a sheet that is large enough for its corners."""
    import cv2  # an optional extra

    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), slant, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    new_width, new_height = math.ceil(height * sine + width * cosine), math.ceil(height * cosine + width * sine)
    matrix[0, 2] += new_width / 2 - width / 2
    matrix[1, 2] += new_height / 2 - height / 2
    level = cv2.warpAffine(image, matrix, (new_width, new_height), flags=cv2.INTER_CUBIC, borderValue=_WHITE)
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    return level, to_original @ back
