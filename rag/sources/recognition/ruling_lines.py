"""Ruling lines of a scan: long dark runs of pixels turned into the rules of tables."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rag.sources.readers.pdf.rules import Rule, Rules
from rag.sources.recognition.engine import Image, ReadLine

_MIN_LENGTH = 36.0  # points; a shorter run is part of a letter or of a picture
_MAX_THICKNESS = 4.0  # points
_GAP = 3.0  # points that noise may interrupt a line
_WINDOW = 31  # pixels around a pixel, compared with which it is dark
_DARKER = 18  # of 255 by which a line is darker than its surroundings
_MAX_RULES = 300


def find_rules(image: Image, lines: list[ReadLine], scale: float) -> Rules:
    """The rules of an upright page in points; `scale`: points for each pixel."""
    import cv2  # an optional extra

    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    dark = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _WINDOW, _DARKER)
    for line in lines:  # strokes of letters are no rules; a rule is beside the text
        left, top = line.quad.min(axis=0)
        right, bottom = line.quad.max(axis=0)
        inset = 0.2 * (bottom - top)
        dark[max(0, int(top + inset)) : int(bottom - inset) + 1, max(0, int(left + inset)) : int(right - inset) + 1] = 0
    horizontal = _find_runs(dark, scale)
    vertical = _find_runs(np.ascontiguousarray(dark.T), scale)
    if max(len(horizontal), len(vertical)) > _MAX_RULES:
        return Rules()  # a drawing
    return Rules(tuple(horizontal), tuple(vertical))


def _find_runs(dark: NDArray[np.uint8], scale: float) -> list[Rule]:
    """The long level runs of dark pixels, from top to bottom."""
    import cv2  # as above

    length, gap = max(8, int(_MIN_LENGTH / scale)), max(1, int(_GAP / scale))
    thick = cv2.dilate(dark, np.ones((3, 1), np.uint8))  # a slant that is left moves the line from row to row
    closed = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(opened)
    rules: list[Rule] = []
    for left, top, width, height, _ in stats[1:count]:
        if height * scale <= _MAX_THICKNESS and width >= length:
            rules.append(Rule(float((top + height / 2) * scale), float(left * scale), float((left + width) * scale)))
    return sorted(rules, key=lambda rule: rule.position)
