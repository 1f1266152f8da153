"""Every preset has the shape of an endpoint, and a model at an address of that shape can be asked."""

from urllib.parse import urlsplit

import pytest

from rag.endpoints.chat import chat_model
from rag.endpoints.urls import is_local_url
from tests.servers import scripted_server, text_reply
from ui.endpoint_presets import PRESETS

NAMED = (
    "OpenAI", "Azure OpenAI", "DeepSeek", "Qwen", "Moonshot", "Zhipu", "OpenRouter", "Ollama", "vLLM", "llama.cpp",
    "LM Studio",
         "Xinference")


def test_every_endpoint_of_the_documentation_is_there():
    assert [preset.name.partition(" (")[0] for preset in PRESETS] == list(NAMED)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_preset_has_the_shape_of_an_endpoint(preset):
    parts = urlsplit(preset.base_url)
    assert parts.path.rpartition("/")[2] in ("v1", "v4")
    assert not parts.query + parts.fragment
    assert preset.model == preset.model.strip() != ""
    if preset.needs_key:
        assert (parts.scheme, parts.port) == ("https", None)
    else:
        assert is_local_url(preset.base_url)
        assert parts.scheme == "http"
        assert parts.port


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_address_of_that_shape_can_be_asked(preset):
    path = urlsplit(preset.base_url).path
    for question, answer in (("太湖有多深？", "1.9米。"), ("How deep is Lake Tai?", "1.9 metres.")):
        with scripted_server(pages={f"{path}/chat/completions": text_reply(*answer)}) as server:
            model = chat_model(preset.model, server.base_url.removesuffix("/v1") + path, "")
            assert "".join(chunk.text for chunk in model.stream(question)) == answer
