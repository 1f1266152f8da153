"""load → clean → split → index;  question → retrieve → compose → verify → Answer.

The public Python interface, imported when it is first used:

    import rag

    with rag.open("library") as huwen:
        for outcome in huwen.add(["report.pdf", "notes/"]):
            print(outcome.path, outcome.error or outcome.source.title)
        print(huwen.ask("苏州有多少家灯塔工厂？").text)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the engine takes a second to import, and not everything under `rag` needs it
    from rag.huwen import Huwen, Outcome, open
    from rag.schema import Answer, HuwenError, Passage, Scope, Source, Turn

__all__ = ["Answer", "Huwen", "HuwenError", "Outcome", "Passage", "Scope", "Source", "Turn", "open"]

_HOMES = {name: "rag.huwen" for name in ("Huwen", "Outcome", "open")}


def __getattr__(name: str) -> object:
    """A public name, from the module that defines it (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'rag' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES.get(name, "rag.schema")), name)
