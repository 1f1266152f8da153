"""Settings: only from our own names, choices on the page last, and a key goes to its own endpoint only."""

import json
import stat
from pathlib import Path

import pytest

from rag.schema import Endpoint
from rag.settings import CHOOSABLE_SETTINGS, BadSettings, Settings, environment_variable, fixed_names, read_settings


@pytest.fixture(autouse=True)
def plain(monkeypatch, tmp_path):
    """An environment without our names, in a folder without our files."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(environment_variable(name), raising=False)


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
    assert settings.embed_endpoint == Endpoint("e", "http://one/v1", "k1")
    assert settings.rerank_endpoint == Endpoint("r", "http://one/v1", "k1")


def test_key_is_shown_to_no_other_endpoint():
    settings = Settings(
        base_url="http://one/v1", api_key="k1", embed_model="e", embed_url="http://two/v1", rerank_url="http://three")
    assert settings.embed_endpoint == Endpoint("e", "http://two/v1", "")
    assert settings.rerank_endpoint.key == ""
    assert Settings(api_key="k1", embed_url="http://two/v1", embed_key="k2").embed_endpoint.key == "k2"
    assert "k1" not in repr(settings.embed_endpoint)


# --- what was chosen on the page

CHOSEN = {"chat_model": "qwen3:8b", "base_url": "http://one/v1", "api_key": "sk-chosen", "answer_language": "zh"}


@pytest.fixture
def page(monkeypatch, tmp_path):
    """Writes the choices made on the page; `page("{")` writes a damaged file."""
    home = tmp_path / "家"
    home.mkdir()
    monkeypatch.setenv("HUWEN_HOME", str(home))

    def write(content):
        (home / "settings.json").write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return home / "settings.json"

    return write


def got(settings):
    return {name: getattr(settings, name) for name in CHOOSABLE_SETTINGS} | {
        "api_key": settings.api_key.get_secret_value()}


def test_what_was_chosen_is_there_again(page):
    page(CHOSEN)
    assert got(read_settings()) == CHOSEN
    assert fixed_names() == {"home"}


@pytest.mark.parametrize("name", ["chat_model", "answer_language", "base_url", "api_key"])
def test_environment_wins_over_what_was_chosen_and_fixes_it(page, monkeypatch, name):
    page(CHOSEN)
    monkeypatch.setenv(environment_variable(name), {"answer_language": "en"}.get(name, "of-environment"))
    assert got(read_settings())[name] != CHOSEN[name]
    assert name in fixed_names()


def test_dotenv_and_toml_win_too(page, tmp_path):
    page(CHOSEN)
    (tmp_path / "huwen.toml").write_text('chat_model = "of-toml"\n', "utf-8")
    (tmp_path / ".env").write_text("HUWEN_ANSWER_LANGUAGE=\n", "utf-8")
    settings = read_settings()
    assert (settings.chat_model, settings.answer_language) == ("of-toml", "")
    assert fixed_names() == {"home", "chat_model", "answer_language"}


@pytest.mark.parametrize("key", ["OPENAI_API_KEY", "HUWEN_EMBED_KEY", "HUWEN_RERANK_KEY"])
def test_key_of_the_environment_goes_to_no_endpoint_that_the_page_names(page, monkeypatch, key):
    page(CHOSEN)
    monkeypatch.setenv(key, "sk-environment")
    settings = read_settings()
    assert settings.base_url == ""
    assert "base_url" in fixed_names()
    for endpoint in (settings.embed_endpoint, settings.rerank_endpoint):
        assert endpoint.url != "http://one/v1"


def test_key_of_the_environment_with_its_own_address_leaves_the_page_its_choice(page, monkeypatch):
    page(CHOSEN)
    monkeypatch.setenv("HUWEN_EMBED_KEY", "sk-environment")
    monkeypatch.setenv("HUWEN_EMBED_URL", "http://two/v1")
    assert got(read_settings()) == CHOSEN
    assert "base_url" not in fixed_names()


def test_chosen_key_goes_to_no_other_server_that_the_environment_names(page, monkeypatch):
    page(CHOSEN)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://one/v1")  # http it was
    assert got(read_settings())["api_key"] == ""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://ONE:80/other/v1")
    assert got(read_settings())["api_key"] == "sk-chosen"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '"太湖"', '{"chat_model": 3}', '{"base_url": null}', "[" * 100_000, "\udcff"])
def test_damaged_choice_gives_one_sentence(page, content):
    path = page("")
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadSettings, match="remove the file and choose again") as raised:
        read_settings()
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_unknown_names_in_the_choice_change_nothing(page):
    page(CHOSEN | {"home": "/elsewhere", "read_only": "no", "OPENAI_API_KEY": "x", "of_tomorrow": "湖"})
    settings = read_settings()
    assert got(settings) == CHOSEN
    assert settings.home.name == "家"


def test_unknown_language_is_named(page):
    page(CHOSEN | {"answer_language": "fr"})
    with pytest.raises(BadSettings, match="'fr'"):
        read_settings()


def test_choice_that_others_could_read_is_closed_to_them(page):
    path = page(CHOSEN)
    path.chmod(0o644)
    read_settings()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_sentence_about_a_bad_value_keeps_the_key(tmp_path):
    (tmp_path / "huwen.toml").write_text("api_key = 8888888812345\n", "utf-8")
    with pytest.raises(BadSettings) as raised:
        read_settings()
    assert "88888888" not in str(raised.value)
    assert "OPENAI_API_KEY" in str(raised.value)
