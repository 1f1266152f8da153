"""Libraries for tests: small ones with given notes, and one with the shipped notes, which is filled once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.library.library import Library
from rag.pipeline import Pipeline, build_pipeline
from rag.settings import SHIPPED_SEEDS, Settings

MakePipeline = Callable[..., Pipeline]


@pytest.fixture
def make_pipeline(tmp_path: Path) -> MakePipeline:
    """Makes a pipeline over notes given as `name="text"`; names ending in `_zh` and `_en` are editions of one work."""

    def build(**notes: str) -> Pipeline:
        library = Library(tmp_path / "home")
        with library.write_lock():
            for name, text in notes.items():
                work, _, language = name.rpartition("_")
                front_matter = (
                    f"---\ntitle: {name}\nlanguage: {language}\nedition_of: {work}\n---\n\n"
                    if language in ("zh", "en")
                    else ""
                )
                path = tmp_path / f"{name}.md"
                path.write_text(front_matter + text, "utf-8")
                library.add(path)
        return build_pipeline(
            Settings(home=library.home, seeds=None, chat_model="", base_url="", api_key="", passages=8)
        )

    return build


@pytest.fixture(scope="session")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The shipped notes, without a model."""
    pipeline = build_pipeline(Settings(
        home=tmp_path_factory.mktemp("notes"), seeds=SHIPPED_SEEDS, chat_model="", base_url="", api_key="", passages=8))
    pipeline.library.add_seeds(SHIPPED_SEEDS, lambda name, done, total: None)
    return pipeline
