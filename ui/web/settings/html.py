"""Settings become the form in which they are chosen, and what an endpoint says lines under it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.schema import LANGUAGES
from rag.settings import Settings, environment_variable, fixed_names
from ui.doctor import Finding
from ui.endpoint_presets import PRESETS, Preset
from ui.web.settings.form import SystemInfo, endpoint_address, key_tail
from ui.web.texts import SYMBOLS, TEXTS, ui_text

_LANGUAGE_NAMES = {"zh": "中文", "en": "English"}


def render_view(settings: Settings, info: SystemInfo) -> str:
    """The whole view; a form only where something can be chosen."""
    chosen = f'<p class="locked">{ui_text("read only")}</p>' if settings.read_only else _render_form(settings)
    return f'<h2>{ui_text("view settings")}</h2><p>{ui_text("settings mean")}</p>{chosen}{_render_system_info(info)}'


def _render_form(settings: Settings) -> str:
    settled = fixed_names()
    return (
        f'<form id="settings-form" novalidate autocomplete="off">{_render_answer_mode(settings, settled)}'
        f'<div class="endpoint">{_render_presets(settled)}{_render_address(settings, settled)}{_render_key(settings, settled)}{_render_model(settings, settled)}'
        f'<p class="buttons"><button type="button" class="ours" id="settings-test">{ui_text("test")}</button></p>'
        '<p class="flaw" id="settings-test-flaw" role="alert"></p><ol id="settings-findings" aria-live="polite"></ol></div>'
        f'{_render_language(settings, settled)}'
        f'<p class="buttons last"><button class="ours main" id="settings-save">{ui_text("save")}</button></p>'
        '<p class="flaw" id="settings-form-flaw" role="alert"></p></form>')


def _render_answer_mode(settings: Settings, fixed_fields: frozenset[str]) -> str:
    now = "model" if settings.chat_model else "quotes"
    choices = "".join(
        f'<label class="choice"><input type="radio" name="voice" value="{voice}"{_checked_attribute(voice == now)}{_disabled_attribute("chat_model", fixed_fields)}>'
        f'<span><strong>{ui_text(f"voice {voice}")}</strong> <span class="hint">{ui_text(f"voice {voice} means")}</span></span></label>'
        for voice in ("quotes", "model"))
    return f'<fieldset class="voice"><legend>{ui_text("voice")}</legend>{choices}{_fixed_notice("chat_model", fixed_fields)}</fieldset>'


def _render_presets(fixed_fields: frozenset[str]) -> str:
    if "base_url" in fixed_fields:
        return ""
    rows = "".join(
        f'<p><span class="hint">{ui_text(key)}</span><span>{"".join(_render_preset(one) for one in PRESETS if one.needs_key == needs_key)}</span></p>'
        for key, needs_key in (("hosted", True), ("on this machine", False)))
    return f'<fieldset class="presets"><legend>{ui_text("service")}</legend>{rows}</fieldset>'


def _render_preset(preset: Preset) -> str:
    return (f'<button type="button" data-preset="{escape(preset.base_url)}" data-model="{escape(preset.model)}" aria-pressed="false" '
            f'lang="en">{escape(preset.name)}</button>')


def _render_address(settings: Settings, fixed_fields: frozenset[str]) -> str:
    shown = escape(endpoint_address(settings))
    hint = "address with key" if "base_url" in fixed_fields and "api_key" in fixed_fields else "address means"
    return _render_field("base_url", "address", f'<input type="url" inputmode="url" maxlength="2000" spellcheck="false" value="{shown}" '
                  f'data-given="{shown}"', hint, fixed_fields)


def _render_key(settings: Settings, fixed_fields: frozenset[str]) -> str:
    tail, is_set = key_tail(settings), bool(settings.api_key.get_secret_value())
    state = ui_text("key ends", tail=tail) if tail else ui_text("key set") if is_set else ui_text("no key")
    input = _render_field("api_key", "key", f'<input type="password" maxlength="4000" spellcheck="false" data-set="{"yes" if is_set else ""}"',
                   "key means", fixed_fields, f'<p class="state" id="settings-key-state">{state}</p>')
    if not is_set or "api_key" in fixed_fields:
        return input
    return f'{input}<label class="forget"><input type="checkbox" name="forget" value="yes"><span>{ui_text("forget key")}</span></label>'


def _render_model(settings: Settings, fixed_fields: frozenset[str]) -> str:
    look = "" if "chat_model" in fixed_fields else f'<button type="button" class="ours" id="settings-look">{ui_text("list models")}</button>'
    field = _render_field("chat_model", "model name", f'<input maxlength="300" spellcheck="false" value="{escape(settings.chat_model)}"',
                   "model means", fixed_fields, look)
    return f'{field}<div id="settings-models" aria-live="polite"></div>'


def _render_language(settings: Settings, fixed_fields: frozenset[str]) -> str:
    named = {"": ui_text("as the question")} | {known: f'<span lang="{known}">{_LANGUAGE_NAMES[known]}</span>' for known in LANGUAGES}
    choices = "".join(
        f'<label><input type="radio" name="answer_language" value="{value}"{_checked_attribute(settings.answer_language == value)}'
        f'{_disabled_attribute("answer_language", fixed_fields)}><span>{name}</span></label>'
        for value, name in named.items())
    return (f'<fieldset class="languages-of-answers"><legend>{ui_text("answer language")}</legend><div class="segments">{choices}</div>'
            f'{_fixed_notice("answer_language", fixed_fields)}</fieldset>')


def _render_field(name: str, label: str, input: str, hint: str, fixed_fields: frozenset[str], beside: str = "") -> str:
    """A labelled input with a hint under it, and a place for what is wrong with it; `input` is its tag as far as it differs."""
    id = f"settings-{name}"
    return (
        f'<div class="field"><label for="{id}">{ui_text(label)}</label><div class="line">{input} id="{id}" name="{name}" autocomplete="off" '
        f'aria-describedby="{id}-hint {id}-flaw"{_disabled_attribute(name, fixed_fields)}>{beside}</div>'
        f'<p class="hint" id="{id}-hint">{ui_text(hint)}</p>{_fixed_notice(name, fixed_fields)}<p class="flaw" id="{id}-flaw" role="alert"></p></div>')


def _checked_attribute(is_chosen: bool) -> str:
    return " checked" if is_chosen else ""


def _disabled_attribute(name: str, fixed_fields: frozenset[str]) -> str:
    return " disabled" if name in fixed_fields else ""


def _fixed_notice(name: str, fixed_fields: frozenset[str]) -> str:
    """That the environment fixes a setting, and by which of its names."""
    return f'<p class="locked">{ui_text("fixed", name=environment_variable(name))}</p>' if name in fixed_fields else ""


# --- what is said while one chooses


def render_models(names: Sequence[str]) -> str:
    """The models of an endpoint, to pick one."""
    if not names:
        return f'<p class="hint">{ui_text("no models")}</p>'
    options = "".join(f'<option value="{escape(name)}">{escape(name)}</option>' for name in names)
    return (f'<label class="hint" for="settings-pick">{ui_text("models found", number=str(len(names)))}</label>'
            f'<select id="settings-pick" size="{min(8, max(2, len(names)))}" lang="en">{options}</select>')


def render_finding(finding: Finding) -> str:
    """One line of a test."""
    sign = SYMBOLS["well" if finding.is_ok else "amiss"]
    name = ui_text(f"finding {finding.name}") if f"finding {finding.name}" in TEXTS else escape(finding.name)
    told = " ".join(finding.message.split())
    return (f'<li class="{"well" if finding.is_ok else "amiss"}"><span class="sign">{sign}</span> <span class="about">{name}</span> '
            f'<span class="told" lang="en">{escape(told)}</span></li>')


def render_verdict(failure_count: int) -> str:
    """What a test comes to."""
    return (f'<li class="verdict {"amiss" if failure_count else "well"}"><span class="sign">{SYMBOLS["amiss" if failure_count else "well"]}</span> '
            f'{ui_text("test amiss" if failure_count else "test well")}</li>')


def render_error(field: str, text: str) -> str:
    """What is wrong with a field of the form."""
    return f'<span data-field="{escape(field)}">{ui_text(text)}</span>'


# --- what Huwen works with


def _render_system_info(info: SystemInfo) -> str:
    settings = info.settings
    without = {"": ui_text("by dictionary"), "none": ui_text("words alone")}
    limits = ui_text("limits", mb=f"{settings.upload_mb:,}", passages=str(settings.passages), tokens=f"{settings.context:,}",
                  seconds=f"{settings.total_seconds:,.0f}")
    rows = {
        "version": escape(info.version) or ui_text("from source"),
        "answers by": escape(info.model) or ui_text("quoted sentences"),
        "answer language": _LANGUAGE_NAMES.get(settings.answer_language) or ui_text("as the question"),
        "documents": ui_text("holdings", sources=f"{info.sources:,}", passages=f"{info.passages:,}"),
        "folder": f"<code>{escape(info.folder)}</code>" if info.folder else "",
        "vectors": without.get(info.vectors) or escape(info.vectors),
        "vectors in": ui_text("in chroma") if info.on_server else "",
        "ranking": escape(info.rerank) or ui_text("own ranking"),
        "database": escape(info.database) or ui_text("another database"),
        "limits of": limits,
    }
    listed = "".join(f"<dt>{ui_text(key)}</dt><dd>{value}</dd>" for key, value in rows.items() if value)
    return f'<section class="facts"><h3>{ui_text("works with")}</h3><dl>{listed}</dl></section>'
