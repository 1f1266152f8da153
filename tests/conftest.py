"""Libraries for tests: small ones made of notes, and the shipped corpus, filled once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.library.library import Library
from rag.pipeline import Pipeline, build_pipeline
from rag.settings import SHIPPED_SEEDS, Settings

Shelve = Callable[..., Pipeline]


@pytest.fixture
def shelve(tmp_path: Path) -> Shelve:
    """A pipeline over notes given as `name="text"`; `name` with `_zh` or `_en` makes editions of one work."""

    def make(**notes: str) -> Pipeline:
        library = Library(tmp_path / "home")
        with library.write_lock():
            for name, text in notes.items():
                work, _, language = name.rpartition("_")
                front = (
                    f"---\ntitle: {name}\nlanguage: {language}\nedition_of: {work}\n---\n\n"
                    if language in ("zh", "en")
                    else ""
                )
                path = tmp_path / f"{name}.md"
                path.write_text(front + text, "utf-8")
                library.add(path)
        return build_pipeline(
            Settings(home=library.home, seeds=None, chat_model="", base_url="", api_key="", passages=8)
        )

    return make


@pytest.fixture(scope="session")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The shipped notes, without a model."""
    pipeline = build_pipeline(Settings(
        home=tmp_path_factory.mktemp("notes"), seeds=SHIPPED_SEEDS, chat_model="", base_url="", api_key="", passages=8))
    pipeline.library.add_seeds(SHIPPED_SEEDS, lambda name, done, total: None)
    return pipeline
