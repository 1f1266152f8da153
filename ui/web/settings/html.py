"""Settings become the form in which they are chosen, and what an endpoint says lines under it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.schema import LANGUAGES
from rag.settings import Settings, environment_variable, fixed_names
from ui.doctor import Finding
from ui.endpoint_presets import PRESETS, Preset
from ui.web.settings.form import Facts, address, key_tail
from ui.web.texts import SYMBOLS, TEXTS, both

_NAMES = {"zh": "中文", "en": "English"}


def view(settings: Settings, facts: Facts) -> str:
    """The whole view; a form only where something can be chosen."""
    chosen = f'<p class="locked">{both("read only")}</p>' if settings.read_only else _form(settings)
    return f'<h2>{both("view settings")}</h2><p>{both("settings mean")}</p>{chosen}{_facts(facts)}'


def _form(settings: Settings) -> str:
    settled = fixed_names()
    return (
        f'<form id="settings-form" novalidate autocomplete="off">{_voice(settings, settled)}'
        f'<div class="endpoint">{_presets(settled)}{_address(settings, settled)}{_key(settings, settled)}{_model(settings, settled)}'
        f'<p class="buttons"><button type="button" class="ours" id="settings-test">{both("test")}</button></p>'
        '<p class="flaw" id="settings-test-flaw" role="alert"></p><ol id="settings-findings" aria-live="polite"></ol></div>'
        f'{_language(settings, settled)}'
        f'<p class="buttons last"><button class="ours main" id="settings-save">{both("save")}</button></p>'
        '<p class="flaw" id="settings-form-flaw" role="alert"></p></form>')


def _voice(settings: Settings, settled: frozenset[str]) -> str:
    now = "model" if settings.chat_model else "quotes"
    choices = "".join(
        f'<label class="choice"><input type="radio" name="voice" value="{voice}"{_checked(voice == now)}{_disabled("chat_model", settled)}>'
        f'<span><strong>{both(f"voice {voice}")}</strong> <span class="hint">{both(f"voice {voice} means")}</span></span></label>'
        for voice in ("quotes", "model"))
    return f'<fieldset class="voice"><legend>{both("voice")}</legend>{choices}{_why("chat_model", settled)}</fieldset>'


def _presets(settled: frozenset[str]) -> str:
    if "base_url" in settled:
        return ""
    rows = "".join(
        f'<p><span class="hint">{both(key)}</span><span>{"".join(_preset(one) for one in PRESETS if one.needs_key == needs_key)}</span></p>'
        for key, needs_key in (("hosted", True), ("on this machine", False)))
    return f'<fieldset class="presets"><legend>{both("service")}</legend>{rows}</fieldset>'


def _preset(preset: Preset) -> str:
    return (f'<button type="button" data-preset="{escape(preset.base_url)}" data-model="{escape(preset.model)}" aria-pressed="false" '
            f'lang="en">{escape(preset.name)}</button>')


def _address(settings: Settings, settled: frozenset[str]) -> str:
    shown = escape(address(settings))
    hint = "address with key" if "base_url" in settled and "api_key" in settled else "address means"
    return _field("base_url", "address", f'<input type="url" inputmode="url" maxlength="2000" spellcheck="false" value="{shown}" '
                  f'data-given="{shown}"', hint, settled)


def _key(settings: Settings, settled: frozenset[str]) -> str:
    tail, is_set = key_tail(settings), bool(settings.api_key.get_secret_value())
    state = both("key ends", tail=tail) if tail else both("key set") if is_set else both("no key")
    input = _field("api_key", "key", f'<input type="password" maxlength="4000" spellcheck="false" data-set="{"yes" if is_set else ""}"',
                   "key means", settled, f'<p class="state" id="settings-key-state">{state}</p>')
    if not is_set or "api_key" in settled:
        return input
    return f'{input}<label class="forget"><input type="checkbox" name="forget" value="yes"><span>{both("forget key")}</span></label>'


def _model(settings: Settings, settled: frozenset[str]) -> str:
    look = "" if "chat_model" in settled else f'<button type="button" class="ours" id="settings-look">{both("list models")}</button>'
    field = _field("chat_model", "model name", f'<input maxlength="300" spellcheck="false" value="{escape(settings.chat_model)}"',
                   "model means", settled, look)
    return f'{field}<div id="settings-models" aria-live="polite"></div>'


def _language(settings: Settings, settled: frozenset[str]) -> str:
    named = {"": both("as the question")} | {known: f'<span lang="{known}">{_NAMES[known]}</span>' for known in LANGUAGES}
    choices = "".join(
        f'<label><input type="radio" name="answer_language" value="{value}"{_checked(settings.answer_language == value)}'
        f'{_disabled("answer_language", settled)}><span>{name}</span></label>'
        for value, name in named.items())
    return (f'<fieldset class="languages-of-answers"><legend>{both("answer language")}</legend><div class="segments">{choices}</div>'
            f'{_why("answer_language", settled)}</fieldset>')


def _field(name: str, label: str, input: str, hint: str, settled: frozenset[str], beside: str = "") -> str:
    """A labelled input with a hint under it, and a place for what is wrong with it; `input` is its tag as far as it differs."""
    id = f"settings-{name}"
    return (
        f'<div class="field"><label for="{id}">{both(label)}</label><div class="line">{input} id="{id}" name="{name}" autocomplete="off" '
        f'aria-describedby="{id}-hint {id}-flaw"{_disabled(name, settled)}>{beside}</div>'
        f'<p class="hint" id="{id}-hint">{both(hint)}</p>{_why(name, settled)}<p class="flaw" id="{id}-flaw" role="alert"></p></div>')


def _checked(is_chosen: bool) -> str:
    return " checked" if is_chosen else ""


def _disabled(name: str, settled: frozenset[str]) -> str:
    return " disabled" if name in settled else ""


def _why(name: str, settled: frozenset[str]) -> str:
    """That the environment fixes a setting, and by which of its names."""
    return f'<p class="locked">{both("fixed", name=environment_variable(name))}</p>' if name in settled else ""


# --- what is said while one chooses


def models(names: Sequence[str]) -> str:
    """The models of an endpoint, to pick one."""
    if not names:
        return f'<p class="hint">{both("no models")}</p>'
    options = "".join(f'<option value="{escape(name)}">{escape(name)}</option>' for name in names)
    return (f'<label class="hint" for="settings-pick">{both("models found", number=str(len(names)))}</label>'
            f'<select id="settings-pick" size="{min(8, max(2, len(names)))}" lang="en">{options}</select>')


def finding(found: Finding) -> str:
    """One line of a test."""
    sign = SYMBOLS["well" if found.is_ok else "amiss"]
    name = both(f"finding {found.name}") if f"finding {found.name}" in TEXTS else escape(found.name)
    told = " ".join(found.message.split())
    return (f'<li class="{"well" if found.is_ok else "amiss"}"><span class="sign">{sign}</span> <span class="about">{name}</span> '
            f'<span class="told" lang="en">{escape(told)}</span></li>')


def verdict(amiss: int) -> str:
    """What a test comes to."""
    return (f'<li class="verdict {"amiss" if amiss else "well"}"><span class="sign">{SYMBOLS["amiss" if amiss else "well"]}</span> '
            f'{both("test amiss" if amiss else "test well")}</li>')


def flaw(field: str, text: str) -> str:
    """What is wrong with a field of the form."""
    return f'<span data-field="{escape(field)}">{both(text)}</span>'


# --- what Huwen works with


def _facts(facts: Facts) -> str:
    settings = facts.settings
    without = {"": both("by dictionary"), "none": both("words alone")}
    limits = both("limits", mb=f"{settings.upload_mb:,}", passages=str(settings.passages), tokens=f"{settings.context:,}",
                  seconds=f"{settings.total_seconds:,.0f}")
    rows = {
        "version": escape(facts.version) or both("from source"),
        "answers by": escape(facts.model) or both("quoted sentences"),
        "answer language": _NAMES.get(settings.answer_language) or both("as the question"),
        "documents": both("holdings", sources=f"{facts.sources:,}", passages=f"{facts.passages:,}"),
        "folder": f"<code>{escape(facts.folder)}</code>" if facts.folder else "",
        "vectors": without.get(facts.vectors) or escape(facts.vectors),
        "vectors in": both("in chroma") if facts.on_server else "",
        "ranking": escape(facts.rerank) or both("own ranking"),
        "database": escape(facts.database) or both("another database"),
        "limits of": limits,
    }
    listed = "".join(f"<dt>{both(key)}</dt><dd>{value}</dd>" for key, value in rows.items() if value)
    return f'<section class="facts"><h3>{both("works with")}</h3><dl>{listed}</dl></section>'
