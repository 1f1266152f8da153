"""Reference lists: sources → entries after GB/T 7714-2015 or the APA Publication Manual, 7th edition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rag.references import apa, gbt7714
from rag.references.work import build_work
from rag.schema import Source

ReferenceStyle = Literal["gbt7714", "apa"]


def format_reference(source: Source, style: ReferenceStyle) -> str:
    """One entry in one line, without its number, whatever the fields of the source contain.

    gbt7714: 徐枫. 关于苏州以新型工业化引擎 加快形成新质生产力的思考[J]. 领军参阅, 2024(7).
             XU F. Reflections on accelerating …[J]. Lingjun Canyue (领军参阅), 2024(7).
    apa:     徐枫. (2024). 关于苏州以新型工业化引擎 加快形成新质生产力的思考. 领军参阅, (7).
             Xu, F. (2024). Reflections on accelerating …. Lingjun Canyue (领军参阅), (7).
    """
    return _FORMATTERS[style](build_work(source))


def format_references(sources: Sequence[Source], style: ReferenceStyle) -> list[str]:
    """The entries in the order of the sources, those of GB/T 7714-2015 with their citation numbers: `[1] 徐枫. …`."""
    entries = [format_reference(source, style) for source in sources]
    if style != "gbt7714":
        return entries
    return [f"[{number}] {entry}" for number, entry in enumerate(entries, 1)]


_FORMATTERS = {"gbt7714": gbt7714.format_entry, "apa": apa.format_entry}
