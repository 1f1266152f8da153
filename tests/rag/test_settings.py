"""Settings: read only from our own names, choices on the page last, and a key is sent only to its own endpoint."""

import json
import stat
from pathlib import Path

import pytest

from rag.schema import EmbeddingEndpoint, EmbeddingPrompts, Endpoint
from rag.settings import CHOOSABLE_SETTINGS, BadSettings, Settings, environment_variable, fixed_names, read_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    """An environment without our names, in a folder without our files."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(environment_variable(name), raising=False)


def test_the_home_of_the_user_is_not_the_home_of_the_library(monkeypatch, tmp_path):
    """`home` is the name in huwen.toml; the environment variable HOME has another meaning."""
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
    assert settings.embed_endpoint == EmbeddingEndpoint("e", "http://one/v1", "k1")
    assert settings.rerank_endpoint == Endpoint("r", "http://one/v1", "k1")


def test_the_space_at_the_end_of_a_prefix_in_quotes_survives_in_dotenv(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    lines = "HUWEN_EMBED_QUERY_PREFIX=\"query: \"\nHUWEN_EMBED_PASSAGE_PREFIX='段落： '\n"
    (tmp_path / ".env").write_text(lines, "utf-8")
    assert read_settings().embed_endpoint.prompts == EmbeddingPrompts("query: ", "段落： ")


def test_the_space_at_the_end_of_a_prefix_survives(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    lines = 'embed_query_prefix = "query: "\nembed_passage_prefix = "passage: "\n'
    (tmp_path / "huwen.toml").write_text(lines, "utf-8")
    assert read_settings().embed_endpoint.prompts == EmbeddingPrompts("query: ", "passage: ")
    monkeypatch.setenv("HUWEN_EMBED_QUERY_PREFIX", "为这个句子生成表示以用于检索： ")
    monkeypatch.setenv("HUWEN_EMBED_INPUT_TYPE", "document")
    prompts = read_settings().embed_endpoint.prompts
    assert prompts == EmbeddingPrompts("为这个句子生成表示以用于检索： ", "passage: ", "document")


def test_a_key_is_sent_to_no_other_endpoint():
    settings = Settings(
        base_url="http://one/v1", api_key="k1", embed_model="e", embed_url="http://two/v1", rerank_url="http://three")
    assert settings.embed_endpoint == EmbeddingEndpoint("e", "http://two/v1", "")
    assert settings.rerank_endpoint.key == ""
    assert Settings(api_key="k1", embed_url="http://two/v1", embed_key="k2").embed_endpoint.key == "k2"
    assert "k1" not in repr(settings.embed_endpoint)


# --- choices on the page

CHOSEN = {"chat_model": "qwen3:8b", "base_url": "http://one/v1", "api_key": "sk-chosen", "answer_language": "zh"}


@pytest.fixture
def save_choices(monkeypatch, tmp_path):
    """Writes the choices made on the page; `page("{")` writes a damaged file."""
    home = tmp_path / "家"
    home.mkdir()
    monkeypatch.setenv("HUWEN_HOME", str(home))

    def write(content):
        (home / "settings.json").write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return home / "settings.json"

    return write


def chosen_values(settings):
    return {name: getattr(settings, name) for name in CHOOSABLE_SETTINGS} | {
        "api_key": settings.api_key.get_secret_value()}


def test_saved_choices_are_read_again(save_choices):
    save_choices(CHOSEN)
    assert chosen_values(read_settings()) == CHOSEN
    assert fixed_names() == {"home"}


@pytest.mark.parametrize("name", ["chat_model", "answer_language", "base_url", "api_key"])
def test_the_environment_overrides_a_choice_and_fixes_the_setting(save_choices, monkeypatch, name):
    save_choices(CHOSEN)
    monkeypatch.setenv(environment_variable(name), {"answer_language": "en"}.get(name, "of-environment"))
    assert chosen_values(read_settings())[name] != CHOSEN[name]
    assert name in fixed_names()


def test_dotenv_and_toml_override_a_choice_too(save_choices, tmp_path):
    save_choices(CHOSEN)
    (tmp_path / "huwen.toml").write_text('chat_model = "of-toml"\n', "utf-8")
    (tmp_path / ".env").write_text("HUWEN_ANSWER_LANGUAGE=\n", "utf-8")
    settings = read_settings()
    assert (settings.chat_model, settings.answer_language) == ("of-toml", "")
    assert fixed_names() == {"home", "chat_model", "answer_language"}


@pytest.mark.parametrize("key", ["OPENAI_API_KEY", "HUWEN_EMBED_KEY", "HUWEN_RERANK_KEY"])
def test_a_key_of_the_environment_is_sent_to_no_endpoint_chosen_on_the_page(save_choices, monkeypatch, key):
    save_choices(CHOSEN)
    monkeypatch.setenv(key, "sk-environment")
    settings = read_settings()
    assert settings.base_url == ""
    assert "base_url" in fixed_names()
    for endpoint in (settings.embed_endpoint, settings.rerank_endpoint):
        assert endpoint.url != "http://one/v1"


def test_a_key_of_the_environment_with_its_own_address_does_not_fix_the_chat_endpoint(save_choices, monkeypatch):
    save_choices(CHOSEN)
    monkeypatch.setenv("HUWEN_EMBED_KEY", "sk-environment")
    monkeypatch.setenv("HUWEN_EMBED_URL", "http://two/v1")
    assert chosen_values(read_settings()) == CHOSEN
    assert "base_url" not in fixed_names()


def test_a_chosen_key_is_sent_to_no_other_server_of_the_environment(save_choices, monkeypatch):
    save_choices(CHOSEN)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://one/v1")  # the choice has http
    assert chosen_values(read_settings())["api_key"] == ""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://ONE:80/other/v1")
    assert chosen_values(read_settings())["api_key"] == "sk-chosen"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '"太湖"', '{"chat_model": 3}', '{"base_url": null}', "[" * 100_000, "\udcff"])
def test_a_damaged_file_of_choices_gives_one_sentence(save_choices, content):
    path = save_choices("")
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadSettings, match="remove the file and choose again") as raised:
        read_settings()
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_unknown_names_in_the_choices_are_ignored(save_choices):
    save_choices(CHOSEN | {"home": "/elsewhere", "read_only": "no", "OPENAI_API_KEY": "x", "of_tomorrow": "湖"})
    settings = read_settings()
    assert chosen_values(settings) == CHOSEN
    assert settings.home.name == "家"


def test_unknown_language_is_named(save_choices):
    save_choices(CHOSEN | {"answer_language": "fr"})
    with pytest.raises(BadSettings, match="'fr'"):
        read_settings()


def test_a_file_of_choices_that_others_can_read_is_made_private(save_choices):
    path = save_choices(CHOSEN)
    path.chmod(0o644)
    read_settings()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_error_about_an_invalid_value_does_not_show_it(tmp_path):
    (tmp_path / "huwen.toml").write_text("api_key = 8888888812345\n", "utf-8")
    with pytest.raises(BadSettings) as raised:
        read_settings()
    assert "88888888" not in str(raised.value)
    assert "OPENAI_API_KEY" in str(raised.value)


@pytest.mark.parametrize(("given", "model"), [
    ("Encoder", "encoder"), (" NONE ", "none"), ("Dictionary", "dictionary"), ("BAAI/bge-m3", "BAAI/bge-m3")])
def test_an_embedder_inside_huwen_is_recognised_in_any_case(given, model):
    assert Settings(embed_model=given).embed_endpoint.model == model
