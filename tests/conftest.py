"""Libraries for tests: small ones with given notes, and one with the shipped notes, which is filled once; `huwen`."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.pipeline import Pipeline, build_pipeline
from rag.settings import SHIPPED_SEEDS, Settings
from tests.command_line import ForkServer, outside_environment
from tests.small_library import BY_DICTIONARY, small_library

MakePipeline = Callable[..., Pipeline]
Huwen = Callable[..., subprocess.CompletedProcess[str]]

# Vectors that are made in the background would change what a test finds while it runs. What it adds gets those of the
# dictionary, at once; tests of the encoder name it, and commands in processes of their own have Huwen's default.
os.environ["HUWEN_EMBED_MODEL"] = BY_DICTIONARY.model


@pytest.fixture
def make_pipeline(tmp_path: Path) -> MakePipeline:
    """Makes a pipeline over notes given as `name="text"`; names ending in `_zh` and `_en` are editions of one work."""

    def build(**notes: str) -> Pipeline:
        library = small_library(tmp_path / "home")
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
        return build_pipeline(Settings(
            home=library.home, seeds=None, chat_model="", base_url="", api_key="", passages=8))

    return build


@pytest.fixture(scope="session")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The shipped notes, without a chat model, with the vectors that came with them."""
    pipeline = build_pipeline(Settings(
        home=tmp_path_factory.mktemp("notes"), seeds=SHIPPED_SEEDS, chat_model="", base_url="", api_key="", passages=8,
        embed_model=""))
    pipeline.library.add_seeds(SHIPPED_SEEDS, lambda name, done, total: None)
    return pipeline


@pytest.fixture(scope="session")
def fork_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    """Runs `huwen` in processes that need not import the libraries again."""
    server = ForkServer(tmp_path_factory.mktemp("huwen"))
    yield server
    server.close()


@pytest.fixture
def huwen(fork_server: ForkServer, tmp_path: Path) -> Huwen:
    """Runs a command in English with an empty library, which is the folder `home` of the test."""

    def run(*words: object, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        own = {"HUWEN_HOME": str(tmp_path / "home"), "HUWEN_SEEDS": "", "COLUMNS": "200", "LC_ALL": "C.UTF-8"}
        return fork_server.run(words, outside_environment() | own | environment, stdin)

    return run
