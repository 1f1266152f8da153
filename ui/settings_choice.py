"""Settings chosen on the page: applied to the running settings, and saved for the next start."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from rag.schema import LANGUAGES
from rag.settings import CHOICES_FILE, CHOOSABLE_SETTINGS, BadSettings, Settings, fixed_names, read_page_choices
from rag.stored_settings import is_same_server, write_stored_settings


def apply_choice(settings: Settings, choice: Mapping[str, str]) -> Settings:
    """The settings after a choice on the page.

    Fixed settings stay. A stored key stays with the server that it was given for; another server needs it again.

    Raises:
        BadSettings: the language of answers is neither of the two.
    """
    changes = _drop_fixed(choice)
    if (language := changes.get("answer_language", "")) not in ("", *LANGUAGES):
        raise BadSettings(
            f"setting answer_language is {language[:20]!r}: choose zh, en, or nothing for that of the question")
    address = changes.get("base_url", settings.base_url)
    stored_key = settings.api_key.get_secret_value() if is_same_server(address, settings.base_url) else ""
    return settings.model_copy(update={**changes, "api_key": SecretStr(changes.get("api_key", stored_key))})


def save_choice(settings: Settings, choice: Mapping[str, str]) -> Settings:
    """Save a choice made on the page; returns the settings after it. An empty value removes the choice.

    Raises:
        BadSettings: a value cannot be used, or the file cannot be written.
    """
    changes, new_settings = _drop_fixed(choice), apply_choice(settings, choice)
    old_choices = read_page_choices(settings.home)
    choices = {**old_choices, **changes}
    if "api_key" in changes:
        choices["base_url"] = new_settings.base_url  # even if it is fixed: it says which server the key is for
    elif not is_same_server(choices.get("base_url", ""), old_choices.get("base_url", "")):
        choices.pop("api_key", None)
    path = settings.home / CHOICES_FILE
    try:
        write_stored_settings(path, {name: value for name, value in choices.items() if value})
    except OSError as error:
        raise BadSettings(f"{path}: your choice cannot be saved ({error.strerror}); make the folder writable") from None
    return new_settings


def _drop_fixed(choice: Mapping[str, str]) -> dict[str, str]:
    """The choice without the settings that are fixed by the environment, `.env` or `huwen.toml`."""
    choosable = {*CHOOSABLE_SETTINGS} - fixed_names()
    return {name: value for name, value in choice.items() if name in choosable}
