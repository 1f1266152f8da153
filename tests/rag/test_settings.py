"""Settings: from our own names only, and a key goes to no endpoint but its own."""

from pathlib import Path

import pytest

from rag.schema import Endpoint
from rag.settings import Settings, read_settings


@pytest.fixture(autouse=True)
def plain(monkeypatch, tmp_path):
    """An environment without our names, in a folder without our files."""
    monkeypatch.chdir(tmp_path)
    for name in ("HUWEN_HOME", "HUWEN_SEEDS", "HUWEN_CHAT_MODEL", "OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_the_users_home_is_not_taken_for_the_librarys(monkeypatch, tmp_path):
    """`home` is the name in huwen.toml; the variable HOME is somebody else's."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_settings().home == tmp_path / ".local" / "share" / "huwen" or read_settings().home != tmp_path
    monkeypatch.setenv("SEEDS", "elsewhere")
    assert read_settings().seeds != Path("elsewhere")


def test_toml_has_the_short_names_and_the_environment_wins(monkeypatch, tmp_path):
    (tmp_path / "huwen.toml").write_text('home = "of-toml"\nembed_model = "bge-m3"\n', "utf-8")
    assert (read_settings().home, read_settings().embed_model) == (Path("of-toml"), "bge-m3")
    (tmp_path / ".env").write_text("HUWEN_HOME=of-dotenv\nHOME=never\n", "utf-8")
    assert read_settings().home == Path("of-dotenv")
    monkeypatch.setenv("HUWEN_HOME", "of-environment")
    assert read_settings().home == Path("of-environment")


def test_models_for_vectors_and_order_share_the_endpoint_of_the_chat_model():
    settings = Settings(base_url="http://one/v1", api_key="k1", embed_model="e", rerank_model="r")
    assert settings.embedding == Endpoint("e", "http://one/v1", "k1")
    assert settings.reranking == Endpoint("r", "http://one/v1", "k1")


def test_key_is_shown_to_no_other_endpoint():
    settings = Settings(base_url="http://one/v1", api_key="k1", embed_model="e", embed_url="http://two/v1", rerank_url="http://three")
    assert settings.embedding == Endpoint("e", "http://two/v1", "")
    assert settings.reranking.key == ""
    assert Settings(api_key="k1", embed_url="http://two/v1", embed_key="k2").embedding.key == "k2"
    assert "k1" not in repr(settings.embedding)
