"""A choice is saved unless the setting is fixed, and a key stays with the server that it was given for."""

import json
import stat

import pytest

from rag.settings import BadSettings, Settings, environment_variable, read_settings
from ui.settings_choice import apply_choice, save_choice

ONE, TWO = "http://one:8000/v1", "http://two:8000/v1"


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """A home folder, and an environment that names nothing else."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(environment_variable(name), raising=False)
    monkeypatch.setenv("HUWEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def chosen(**values):
    return save_choice(read_settings(), values)


def key(settings):
    return settings.api_key.get_secret_value()


@pytest.mark.parametrize(("model", "language"), [("通义千问", "zh"), ("gpt-4.1-mini", "en")])
def test_choice_outlasts_a_start(home, model, language):
    settings = chosen(chat_model=model, base_url=ONE, api_key="sk-1", answer_language=language)
    again = read_settings()
    assert (again.chat_model, again.base_url, key(again), again.answer_language) == (model, ONE, "sk-1", language)
    assert settings == again
    assert stat.S_IMODE((home / "settings.json").stat().st_mode) == 0o600


def test_later_choice_leaves_what_it_does_not_name():
    chosen(chat_model="m", base_url=ONE, api_key="sk-1")
    settings = chosen(answer_language="en")
    assert (settings.chat_model, key(settings), settings.answer_language) == ("m", "sk-1", "en")
    assert read_settings() == settings


def test_empty_value_is_no_choice_any_more(home):
    chosen(chat_model="m", base_url=ONE, api_key="sk-1", answer_language="zh")
    chosen(chat_model="", api_key="", answer_language="")
    assert json.loads((home / "settings.json").read_text("utf-8")) == {"base_url": ONE}
    assert read_settings().chat_model == ""


def test_kept_key_is_not_for_another_server():
    chosen(base_url=ONE, api_key="sk-1")
    assert key(apply_choice(read_settings(), {"base_url": TWO})) == ""  # nor for a test of it
    assert key(chosen(base_url=TWO)) == ""
    assert key(chosen(base_url=ONE)) == ""  # nor does it come back
    assert key(read_settings()) == ""


def test_kept_key_stays_where_only_the_path_changes():
    chosen(base_url=ONE, api_key="sk-1")
    assert key(chosen(base_url="http://one:8000/v2")) == "sk-1"
    assert key(read_settings()) == "sk-1"


def test_new_key_comes_with_its_server():
    chosen(base_url=ONE, api_key="sk-1")
    assert key(chosen(base_url=TWO, api_key="sk-2")) == key(read_settings()) == "sk-2"


def test_key_for_an_address_of_the_environment_is_for_that_one_alone(monkeypatch):
    chosen(base_url=ONE, api_key="sk-1")
    monkeypatch.setenv("OPENAI_BASE_URL", TWO)
    assert key(read_settings()) == ""
    assert key(chosen(api_key="sk-2", base_url=ONE)) == key(read_settings()) == "sk-2"
    assert read_settings().base_url == TWO
    monkeypatch.setenv("OPENAI_BASE_URL", ONE)
    assert key(read_settings()) == ""


def test_what_the_environment_fixes_cannot_be_chosen(monkeypatch, home):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    settings = chosen(base_url=TWO, api_key="", chat_model="m")
    assert (settings.base_url, key(settings), settings.chat_model) == ("", "sk-environment", "m")
    assert "sk-environment" not in (home / "settings.json").read_text("utf-8")


def test_only_what_can_be_chosen_is_kept(home):
    chosen(chat_model="m", home="/elsewhere", read_only="1", upload_mb="9")
    assert json.loads((home / "settings.json").read_text("utf-8")) == {"chat_model": "m"}


def test_language_that_is_none_is_not_kept(home):
    with pytest.raises(BadSettings, match="choose zh, en"):
        chosen(answer_language="fr")
    assert not (home / "settings.json").exists()


def test_folder_that_cannot_be_written_gives_one_sentence(home):
    home.write_text("a file, no folder", "utf-8")
    with pytest.raises(BadSettings, match="cannot be") as raised:
        chosen(api_key="sk-1")
    assert "sk-1" not in str(raised.value)
