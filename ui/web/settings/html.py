"""Settings view as HTML: the form, the models and the test findings of an endpoint, and facts about the system."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.schema import LANGUAGES
from rag.settings import Settings, environment_variable, fixed_names
from ui.doctor import Finding
from ui.endpoint_presets import PRESETS, Preset
from ui.web.settings.form import SystemInfo, endpoint_address, key_tail
from ui.web.texts.lookup import SYMBOLS, TEXTS, ui_text

_LANGUAGE_NAMES = {"zh": "中文", "en": "English"}


def render_view(settings: Settings, info: SystemInfo) -> str:
    """The whole view; on a read-only page a notice takes the place of the form."""
    form = f'<p class="locked">{ui_text("read only")}</p>' if settings.read_only else _render_form(settings)
    return f'<h2>{ui_text("view settings")}</h2><p>{ui_text("settings mean")}</p>{form}{_render_system_info(info)}'


def _render_form(settings: Settings) -> str:
    fixed_fields = fixed_names()
    endpoint = (
        _render_presets(fixed_fields) + _render_address(settings, fixed_fields)
        + _render_key(settings, fixed_fields) + _render_model(settings, fixed_fields))
    return (
        f'<form id="settings-form" novalidate autocomplete="off">{_render_answer_mode(settings, fixed_fields)}'
        f'<div class="endpoint">{endpoint}'
        f'<p class="buttons"><button type="button" class="ours" id="settings-test">{ui_text("test")}</button></p>'
        '<p class="flaw" id="settings-test-flaw" role="alert"></p>'
        '<ol id="settings-findings" aria-live="polite"></ol></div>'
        f'{_render_language(settings, fixed_fields)}'
        f'<p class="buttons last"><button class="ours main" id="settings-save">{ui_text("save")}</button></p>'
        '<p class="flaw" id="settings-form-flaw" role="alert"></p></form>')


def _render_answer_mode(settings: Settings, fixed_fields: frozenset[str]) -> str:
    current = "model" if settings.chat_model else "quotes"
    disabled = _disabled_attribute("chat_model", fixed_fields)
    choices = "".join(
        f'<label class="choice">'
        f'<input type="radio" name="voice" value="{mode}"{_checked_attribute(mode == current)}{disabled}>'
        f'<span><strong>{ui_text(f"voice {mode}")}</strong> '
        f'<span class="hint">{ui_text(f"voice {mode} means")}</span></span></label>'
        for mode in ("quotes", "model"))
    return (
        f'<fieldset class="voice"><legend>{ui_text("voice")}</legend>{choices}'
        f'{_fixed_notice("chat_model", fixed_fields)}</fieldset>')


def _render_presets(fixed_fields: frozenset[str]) -> str:
    if "base_url" in fixed_fields:
        return ""
    rows = ""
    for key, needs_key in (("hosted", True), ("on this machine", False)):
        buttons = "".join(_render_preset(preset) for preset in PRESETS if preset.needs_key == needs_key)
        rows += f'<p><span class="hint">{ui_text(key)}</span><span>{buttons}</span></p>'
    return f'<fieldset class="presets"><legend>{ui_text("service")}</legend>{rows}</fieldset>'


def _render_preset(preset: Preset) -> str:
    return (
        f'<button type="button" data-preset="{escape(preset.base_url)}" data-model="{escape(preset.model)}" '
        f'aria-pressed="false" lang="en">{escape(preset.name)}</button>')


def _render_address(settings: Settings, fixed_fields: frozenset[str]) -> str:
    address = escape(endpoint_address(settings))
    hint = "address with key" if "base_url" in fixed_fields and "api_key" in fixed_fields else "address means"
    input = (
        f'<input type="url" inputmode="url" maxlength="2000" spellcheck="false" value="{address}" '
        f'data-given="{address}"')
    return _render_field("base_url", "address", input, hint, fixed_fields)


def _render_key(settings: Settings, fixed_fields: frozenset[str]) -> str:
    tail, is_set = key_tail(settings), bool(settings.api_key.get_secret_value())
    state = ui_text("key ends", tail=tail) if tail else ui_text("key set" if is_set else "no key")
    input = f'<input type="password" maxlength="4000" spellcheck="false" data-set="{"yes" if is_set else ""}"'
    after_input = f'<p class="state" id="settings-key-state">{state}</p>'
    field = _render_field("api_key", "key", input, "key means", fixed_fields, after_input)
    if not is_set or "api_key" in fixed_fields:
        return field
    return (
        f'{field}<label class="forget"><input type="checkbox" name="forget" value="yes">'
        f'<span>{ui_text("forget key")}</span></label>')


def _render_model(settings: Settings, fixed_fields: frozenset[str]) -> str:
    button = f'<button type="button" class="ours" id="settings-look">{ui_text("list models")}</button>'
    after_input = "" if "chat_model" in fixed_fields else button
    input = f'<input maxlength="300" spellcheck="false" value="{escape(settings.chat_model)}"'
    field = _render_field("chat_model", "model name", input, "model means", fixed_fields, after_input)
    return f'{field}<div id="settings-models" aria-live="polite"></div>'


def _render_language(settings: Settings, fixed_fields: frozenset[str]) -> str:
    labels = {"": ui_text("as the question")}
    for language in LANGUAGES:
        labels[language] = f'<span lang="{language}">{_LANGUAGE_NAMES[language]}</span>'
    disabled = _disabled_attribute("answer_language", fixed_fields)
    choices = ""
    for value, label in labels.items():
        checked = _checked_attribute(settings.answer_language == value)
        choices += (
            f'<label><input type="radio" name="answer_language" value="{value}"{checked}{disabled}>'
            f'<span>{label}</span></label>')
    return (
        f'<fieldset class="languages-of-answers"><legend>{ui_text("answer language")}</legend>'
        f'<div class="segments">{choices}</div>{_fixed_notice("answer_language", fixed_fields)}</fieldset>')


def _render_field(
    name: str, label: str, input: str, hint: str, fixed_fields: frozenset[str], after_input: str = "",
) -> str:
    """A labelled input followed by `after_input`, and under it a hint and a place for an error.

    `input` is the beginning of the tag, with the attributes that differ between fields.
    """
    id = f"settings-{name}"
    return (
        f'<div class="field"><label for="{id}">{ui_text(label)}</label>'
        f'<div class="line">{input} id="{id}" name="{name}" autocomplete="off" '
        f'aria-describedby="{id}-hint {id}-flaw"{_disabled_attribute(name, fixed_fields)}>{after_input}</div>'
        f'<p class="hint" id="{id}-hint">{ui_text(hint)}</p>{_fixed_notice(name, fixed_fields)}'
        f'<p class="flaw" id="{id}-flaw" role="alert"></p></div>')


def _checked_attribute(is_chosen: bool) -> str:
    return " checked" if is_chosen else ""


def _disabled_attribute(name: str, fixed_fields: frozenset[str]) -> str:
    return " disabled" if name in fixed_fields else ""


def _fixed_notice(name: str, fixed_fields: frozenset[str]) -> str:
    """The notice that an environment variable fixes a setting; empty where the setting can be chosen."""
    if name not in fixed_fields:
        return ""
    return f'<p class="locked">{ui_text("fixed", name=environment_variable(name))}</p>'


# --- results shown while the form is filled in


def render_models(names: Sequence[str]) -> str:
    """The models of an endpoint, as a list to pick one."""
    if not names:
        return f'<p class="hint">{ui_text("no models")}</p>'
    options = "".join(f'<option value="{escape(name)}">{escape(name)}</option>' for name in names)
    return (f'<label class="hint" for="settings-pick">{ui_text("models found", number=str(len(names)))}</label>'
            f'<select id="settings-pick" size="{min(8, max(2, len(names)))}" lang="en">{options}</select>')


def render_finding(finding: Finding) -> str:
    """One finding of a test."""
    state = "well" if finding.is_ok else "amiss"
    key = f"finding {finding.name}"
    name = ui_text(key) if key in TEXTS else escape(finding.name)
    message = escape(" ".join(finding.message.split()))
    return (
        f'<li class="{state}"><span class="sign">{SYMBOLS[state]}</span> <span class="about">{name}</span> '
        f'<span class="told" lang="en">{message}</span></li>')


def render_verdict(failure_count: int) -> str:
    """The verdict of a test: whether the endpoint can be used."""
    state = "amiss" if failure_count else "well"
    return f'<li class="verdict {state}"><span class="sign">{SYMBOLS[state]}</span> {ui_text(f"test {state}")}</li>'


def render_error(field: str, text: str) -> str:
    """The error of a field of the form; `text` is the key of the text that explains it."""
    return f'<span data-field="{escape(field)}">{ui_text(text)}</span>'


# --- facts about the system


def _render_system_info(info: SystemInfo) -> str:
    settings = info.settings
    inner = {"encoder": "by encoder", "dictionary": "by dictionary", "none": "words alone"}
    limits = ui_text(
        "limits", mb=f"{settings.upload_mb:,}", passages=str(settings.passages), tokens=f"{settings.context:,}",
        seconds=f"{settings.total_seconds:,.0f}")
    rows = {
        "version": escape(info.version) or ui_text("from source"),
        "answers by": escape(info.model) or ui_text("quoted sentences"),
        "answer language": _LANGUAGE_NAMES.get(settings.answer_language) or ui_text("as the question"),
        "documents": ui_text("holdings", sources=f"{info.sources:,}", passages=f"{info.passages:,}"),
        "folder": f"<code>{escape(info.folder)}</code>" if info.folder else "",
        "vectors": ui_text(inner[info.vectors]) if info.vectors in inner else escape(info.vectors),
        "vectors in": ui_text("in chroma") if info.on_server else "",
        "ranking": escape(info.rerank) or ui_text("own ranking"),
        "database": escape(info.database) or ui_text("another database"),
        "limits of": limits,
    }
    items = "".join(f"<dt>{ui_text(key)}</dt><dd>{value}</dd>" for key, value in rows.items() if value)
    return f'<section class="facts"><h3>{ui_text("works with")}</h3><dl>{items}</dl></section>'
