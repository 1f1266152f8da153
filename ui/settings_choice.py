"""What a reader chooses on the page becomes settings, and is kept for the next start."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from rag.schema import LANGUAGES
from rag.settings import CHOICES_FILE, CHOOSABLE_SETTINGS, BadSettings, Settings, fixed_names, read_page_choices
from rag.stored_settings import is_same_server, write_stored_settings


def apply_choice(settings: Settings, choice: Mapping[str, str]) -> Settings:
    """The settings as they would be after a choice on the page.

    What is fixed stays; a kept key stays with the server that it was given for, and has to be given again for another.

    Raises:
        BadSettings: the language of answers is neither of the two.
    """
    given = _drop_fixed(choice)
    if (language := given.get("answer_language", "")) not in ("", *LANGUAGES):
        raise BadSettings(f"setting answer_language is {language[:20]!r}: choose zh, en, or nothing for that of the question")
    address = given.get("base_url", settings.base_url)
    kept = settings.api_key.get_secret_value() if is_same_server(address, settings.base_url) else ""
    return settings.model_copy(update={**given, "api_key": SecretStr(given.get("api_key", kept))})


def save_choice(settings: Settings, choice: Mapping[str, str]) -> Settings:
    """Keep what was chosen on the page, and give the settings that follow from it. An empty value is no choice any more.

    Raises:
        BadSettings: a value cannot be used, or the file cannot be written.
    """
    given, fresh, held = _drop_fixed(choice), apply_choice(settings, choice), read_page_choices(settings.home)
    kept = {**held, **given}
    if "api_key" in given:
        kept["base_url"] = fresh.base_url  # also one that is fixed: it says which server the key is for
    elif not is_same_server(kept.get("base_url", ""), held.get("base_url", "")):
        kept.pop("api_key", None)
    try:
        write_stored_settings(settings.home / CHOICES_FILE, {name: value for name, value in kept.items() if value})
    except OSError as error:
        raise BadSettings(f"{settings.home / CHOICES_FILE}: what you chose cannot be kept ({error.strerror}); make the folder writable") from None
    return fresh


def _drop_fixed(choice: Mapping[str, str]) -> dict[str, str]:
    """What of a choice is free to be chosen."""
    free = {*CHOOSABLE_SETTINGS} - fixed_names()
    return {name: value for name, value in choice.items() if name in free}
