"""A setting chooses the embedder, and choosing imports no heavy package."""

import os
import subprocess
import sys
from pathlib import Path

from rag.endpoints.embeddings import EndpointEmbedder
from rag.library.dictionary_embedder import DictionaryEmbedder
from rag.library.embedder import embedder_for
from rag.library.local_embedder import LocalEmbedder
from rag.schema import EmbeddingEndpoint

ROOT = Path(__file__).resolve().parents[3]


def test_no_setting_chooses_the_dictionary():
    assert isinstance(embedder_for(EmbeddingEndpoint()), DictionaryEmbedder)


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
