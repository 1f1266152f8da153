"""A choice is saved unless the setting is fixed, and a key stays with the server that it was given for."""

import json
import stat

import pytest

from rag.settings import BadSettings, Settings, environment_variable, read_settings
from ui.settings_choice import apply_choice, save_choice

ONE, TWO = "http://one:8000/v1", "http://two:8000/v1"


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """A home folder, and an environment without other settings."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(environment_variable(name), raising=False)
    monkeypatch.setenv("HUWEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def save(**values):
    return save_choice(read_settings(), values)


def key_of(settings):
    return settings.api_key.get_secret_value()


@pytest.mark.parametrize(("model", "language"), [("通义千问", "zh"), ("gpt-4.1-mini", "en")])
def test_a_choice_is_read_at_the_next_start(home, model, language):
    settings = save(chat_model=model, base_url=ONE, api_key="sk-1", answer_language=language)
    reread = read_settings()
    assert (reread.chat_model, reread.base_url) == (model, ONE)
    assert (key_of(reread), reread.answer_language) == ("sk-1", language)
    assert settings == reread
    assert stat.S_IMODE((home / "settings.json").stat().st_mode) == 0o600


def test_a_later_choice_does_not_change_other_settings():
    save(chat_model="m", base_url=ONE, api_key="sk-1")
    settings = save(answer_language="en")
    assert (settings.chat_model, key_of(settings), settings.answer_language) == ("m", "sk-1", "en")
    assert read_settings() == settings


def test_an_empty_value_removes_a_choice(home):
    save(chat_model="m", base_url=ONE, api_key="sk-1", answer_language="zh")
    save(chat_model="", api_key="", answer_language="")
    assert json.loads((home / "settings.json").read_text("utf-8")) == {"base_url": ONE}
    assert read_settings().chat_model == ""


def test_a_saved_key_is_not_used_for_another_server():
    save(base_url=ONE, api_key="sk-1")
    assert key_of(apply_choice(read_settings(), {"base_url": TWO})) == ""  # not even for a test of the other server
    assert key_of(save(base_url=TWO)) == ""
    assert key_of(save(base_url=ONE)) == ""  # it is not restored
    assert key_of(read_settings()) == ""


def test_a_saved_key_stays_if_only_the_path_changes():
    save(base_url=ONE, api_key="sk-1")
    assert key_of(save(base_url="http://one:8000/v2")) == "sk-1"
    assert key_of(read_settings()) == "sk-1"


def test_a_new_key_is_saved_with_its_server():
    save(base_url=ONE, api_key="sk-1")
    assert key_of(save(base_url=TWO, api_key="sk-2")) == key_of(read_settings()) == "sk-2"


def test_a_key_for_an_address_of_the_environment_is_used_only_for_that_address(monkeypatch):
    save(base_url=ONE, api_key="sk-1")
    monkeypatch.setenv("OPENAI_BASE_URL", TWO)
    assert key_of(read_settings()) == ""
    assert key_of(save(api_key="sk-2", base_url=ONE)) == key_of(read_settings()) == "sk-2"
    assert read_settings().base_url == TWO
    monkeypatch.setenv("OPENAI_BASE_URL", ONE)
    assert key_of(read_settings()) == ""


def test_settings_fixed_by_the_environment_cannot_be_chosen(monkeypatch, home):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    settings = save(base_url=TWO, api_key="", chat_model="m")
    assert (settings.base_url, key_of(settings), settings.chat_model) == ("", "sk-environment", "m")
    assert "sk-environment" not in (home / "settings.json").read_text("utf-8")


def test_only_choosable_settings_are_saved(home):
    save(chat_model="m", home="/elsewhere", read_only="1", upload_mb="9")
    assert json.loads((home / "settings.json").read_text("utf-8")) == {"chat_model": "m"}


def test_an_unknown_language_is_not_saved(home):
    with pytest.raises(BadSettings, match="choose zh, en"):
        save(answer_language="fr")
    assert not (home / "settings.json").exists()


def test_folder_that_cannot_be_written_gives_one_sentence(home):
    home.write_text("a file, no folder", "utf-8")
    with pytest.raises(BadSettings, match="cannot be") as raised:
        save(api_key="sk-1")
    assert "sk-1" not in str(raised.value)
