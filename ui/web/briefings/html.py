"""Briefings as HTML: the list of briefings, and one briefing with its progress, actions, export and rows."""

from __future__ import annotations

from datetime import datetime
from html import escape
from itertools import groupby

from rag.text.language import detect_language
from ui.web.briefings.jobs import BriefingSnapshot, Job
from ui.web.briefings.rows import RowCounts, RowState, RowView
from ui.web.briefings.store import StoredBriefing
from ui.web.texts.lookup import SYMBOLS, ui_text

_FORMATS = {"docx": "as docx", "pdf": "as pdf", "md": "as md", "html": "brief web page"}
_MAX_SECONDS_SHOWN = 90  # a longer time left is shown in minutes


def render_list(briefings: list[tuple[StoredBriefing, Job, RowCounts]], *, read_only: bool) -> str:
    """The briefings in the order given, each with its progress and, where it may be deleted, a button for that."""
    if not briefings:
        return f'<p class="empty">{ui_text("brief none")}</p>'
    at_work = "yes" if any(job.phase != "idle" for _, job, _ in briefings) else "no"
    items = "".join(
        _render_item(briefing, job, counts, read_only=read_only) for briefing, job, counts in briefings)
    return f'<ul class="kept" data-at-work="{at_work}">{items}</ul>'


def _render_item(briefing: StoredBriefing, job: Job, counts: RowCounts, *, read_only: bool) -> str:
    title = escape(briefing.plan.title)
    delete = ""
    if not read_only and job.phase == "idle":
        delete = (
            f'<button type="button" class="quiet" data-act="delete" data-id="{briefing.id}" data-title="{title}">'
            f'{ui_text("delete")}</button>')
    progress = ui_text("brief rows", done=str(counts.done), all=str(counts.all))
    return (
        f'<li><a href="#briefing-{briefing.id}" lang="{briefing.plan.cover.language}">{title}</a>'
        f'<span class="about">{_render_date(briefing.plan.created)}<span>{_phase_label(job, counts)}</span>'
        f'<span>{progress}</span>{_render_failures(counts)}</span>'
        f'<progress max="{counts.all}" value="{counts.done}" aria-hidden="true"></progress>{delete}</li>')


def _render_date(created: str) -> str:
    time = datetime.fromisoformat(created).astimezone()
    return f'<time datetime="{time.isoformat(timespec="minutes")}">{time:%Y-%m-%d %H:%M}</time>'


def _phase_label(job: Job, counts: RowCounts) -> str:
    if job.phase != "idle":
        return ui_text(f"brief {job.phase}")
    return ui_text("brief done" if counts.done == counts.all else "brief stopped")


def _render_failures(counts: RowCounts) -> str:
    if not counts.failed:
        return ""
    return f'<span class="bad">{ui_text("brief rows failed", number=str(counts.failed))}</span>'


# --- one briefing


def render_briefing(snapshot: BriefingSnapshot, scope_size: int, *, read_only: bool) -> str:
    """The whole briefing; `scope_size` is the number of sources and tags in its scope, 0 for the whole library."""
    plan = snapshot.briefing.plan
    languages = {
        "": ui_text("as the question"), "zh": '<span lang="zh">中文</span>', "en": '<span lang="en">English</span>'}
    parts = [
        _render_date(plan.created), ui_text("brief so many", number=str(len(plan.questions))),
        languages.get(plan.answering) or ui_text("both languages"), ui_text(plan.style)]
    if scope_size:
        parts.append(ui_text("brief scope so many", number=str(scope_size)))
    about = "".join(f"<span>{part}</span>" for part in parts)
    return (
        f'<p class="back"><a href="#briefings">← {ui_text("brief all")}</a></p>'
        f'<h2 lang="{plan.cover.language}" tabindex="-1">{escape(plan.title)}</h2><p class="about">{about}</p>'
        f'<div id="briefing-progress">{render_progress(snapshot)}</div>'
        f'<div id="briefing-acts">{render_actions(snapshot)}</div>{_render_export(snapshot, read_only=read_only)}'
        f'<div class="rows">{_render_rows(snapshot)}</div>')


def render_progress(snapshot: BriefingSnapshot) -> str:
    """The phase, the counts of rows, the time left, and the reason where a run has ended early."""
    counts, job = snapshot.counts, snapshot.job
    parts = [
        f'<b>{_phase_label(job, counts)}</b>', ui_text("brief rows", done=str(counts.done), all=str(counts.all)),
        _render_failures(counts)]
    if counts.unanswered:
        parts.append(ui_text("brief rows unanswered", number=str(counts.unanswered)))
    if counts.edited:
        parts.append(ui_text("brief rows edited", number=str(counts.edited)))
    if job.phase == "running" and job.seconds_left and not job.only_row:
        parts.append(_time_left(job.seconds_left))
    items = "".join(f"<span>{part}</span>" for part in parts if part)
    return (
        f'<progress max="{counts.all}" value="{counts.done}" aria-hidden="true"></progress>'
        f'<p class="counts">{items}</p>{_render_problem(snapshot)}')


def _time_left(seconds: float) -> str:
    if seconds < _MAX_SECONDS_SHOWN:
        return ui_text("brief seconds", number=str(max(1, round(seconds))))
    return ui_text("brief minutes", number=str(round(seconds / 60)))


def _render_problem(snapshot: BriefingSnapshot) -> str:
    job = snapshot.job
    if job.phase != "idle":
        return ""
    if job.problem:
        key = "brief gave up" if job.gave_up else "brief again failed" if job.only_row else "brief broke"
        reason = f'<span lang="{detect_language(job.problem)}">{escape(job.problem)}</span>'
        return f'<p class="problem" role="alert"><span class="sign">!</span> {ui_text(key)}{reason}</p>'
    if snapshot.is_outdated:
        sign = f'<span class="sign">{SYMBOLS["changed"]}</span>'
        return f'<p class="old" role="note">{sign} {ui_text("brief old")}</p>'
    return ""


def render_actions(snapshot: BriefingSnapshot) -> str:
    """Buttons for the actions that are possible now: stop, or resume, retry and bring up to date."""
    counts, phase = snapshot.counts, snapshot.job.phase
    if phase != "idle":
        disabled = ' aria-disabled="true"' if phase == "stopping" else ""  # with `disabled` it would lose the focus
        return f'<button type="button" class="ours" data-act="stop"{disabled}>{ui_text("stop")}</button>'
    actions = []
    if counts.done < counts.all:
        actions.append(("resume", "brief resume"))
    if counts.failed:
        actions.append(("retry", "brief retry"))
    if snapshot.is_outdated and counts.done == counts.all:
        actions.append(("resume", "brief renew"))
    html = ""
    for action, key in actions:
        style = "ours" if html else "ours main"  # the first is the main button
        html += f'<button type="button" class="{style}" data-act="{action}">{ui_text(key)}</button>'
    return html


def _render_export(snapshot: BriefingSnapshot, *, read_only: bool) -> str:
    buttons = "".join(
        f'<button type="button" class="ours" data-format="{format}">{ui_text(key)}</button>'
        for format, key in _FORMATS.items())
    return (
        f'<div class="export"><p class="name" id="briefing-make">{ui_text("brief make")}</p>'
        f'<div role="group" aria-labelledby="briefing-make">{buttons}</div>'
        f'<div id="briefing-house">{render_house_template(snapshot, read_only=read_only)}</div>'
        f'<p id="briefing-left" class="aside">{incomplete_notice(snapshot)}</p></div>')


def render_house_template(snapshot: BriefingSnapshot, *, read_only: bool) -> str:
    """The notice that a house template is used, with a button to remove it, or the input to upload one."""
    has_template = snapshot.briefing.template.exists()
    if read_only:
        return ui_text("brief template used") if has_template else ""
    if has_template:
        return (
            f'<span>{SYMBOLS["well"]} {ui_text("brief template used")}</span>'
            f'<button type="button" class="quiet" data-act="unhouse">{ui_text("brief template leave")}</button>')
    return (
        f'<label class="quiet" for="briefing-template">{ui_text("brief template")}'
        '<input type="file" id="briefing-template" class="unseen" accept=".docx,.dotx"></label>')


def incomplete_notice(snapshot: BriefingSnapshot) -> str:
    """The notice that rows have no answer yet and an export would be incomplete; else empty."""
    missing = snapshot.counts.all - snapshot.counts.done
    return ui_text("brief not whole", number=str(missing)) if missing else ""


# --- rows


def _render_rows(snapshot: BriefingSnapshot) -> str:
    html = ""
    for title, rows in groupby(snapshot.rows, lambda row: row.question.section):
        html += f'<h3 lang="{detect_language(title)}">{escape(title)}</h3>' if title else ""
        for row in rows:
            html += (
                f'<details class="entry" id="briefing-row-{row.number}">'
                f'<summary>{render_summary(row)}</summary><div class="body"></div></details>')
    return html


def render_summary(row: RowView) -> str:
    """A row in the list: its number, the question, and its state as a sign and words."""
    question = row.question
    notes = []
    if row.same_as:
        notes.append(ui_text("brief same", number=str(row.same_as)))
    if question.max_words:
        notes.append(ui_text("brief words", number=str(question.max_words)))
    if question.scope:
        scope = f'{ui_text("scope")} {escape(question.scope)}'
        notes.append(f'<span lang="{detect_language(question.scope)}">{scope}</span>')
    items = "".join(f"<span>{note}</span>" for note in notes)
    aside = f"<span class=aside>{items}</span>" if items else ""
    edited = ""
    if row.is_edited:
        edited = f'<span class="edited"><span class="sign">{SYMBOLS["edited"]}</span> {ui_text("brief edited")}</span>'
    return (
        f'<span class="number">{row.number}</span><span class="asked">'
        f'<span lang="{detect_language(question.text)}">{escape(question.text)}</span>{aside}</span>'
        f'<span class="became">{render_state(row.state)}{_render_confidence(row)}{edited}</span>')


def render_state(name: RowState) -> str:
    """A state of a row as a sign and words."""
    key = f"brief {name}" if name in ("waiting", "under way") else name
    sign = f'<span class="sign">{SYMBOLS[name]}</span>'
    return f'<span class="verdict {name.replace(" ", "-")}">{sign} {ui_text(key)}</span>'


def _render_confidence(row: RowView) -> str:
    """The confidence level of the row's first answer that has one, in words; empty for a row without an answer."""
    if row.state not in ("grounded", "partial"):
        return ""
    for language_answer in row.answers:
        if language_answer.line and language_answer.line.answer.confidence:
            level = language_answer.line.answer.confidence.level
            return f'<span class="level {level}">{ui_text(level)}</span>'
    return ""
