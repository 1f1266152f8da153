"""Single columns: texts below each other in a sheet or a .csv file are a list with a head, or sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence


def are_sentences(texts: Sequence[str]) -> bool:
    """True for texts that are read as paragraphs; three or more names, titles or numbers are a table of one column.

    >>> are_sentences(["场馆", "青溪馆", "梅川馆"]), are_sentences(["须知", "请带证件，按时入场。", "谢谢"])
    (False, True)
    """
    return len(texts) < _MIN_LIST_LENGTH or any(len(text) > _MAX_NAME_LENGTH or _PAUSE.search(text) for text in texts)


_MIN_LIST_LENGTH, _MAX_NAME_LENGTH = 3, 30  # texts, with the head; characters
_PAUSE = re.compile(r"[，。；！？]|[,;.!?] \w")
