"""Briefings become HTML: the list of them, and one with how far it is, what can be done with it, and its rows."""

from __future__ import annotations

from datetime import datetime
from html import escape
from itertools import groupby

from rag.text.language import detect_language
from ui.web.briefings.jobs import BriefingSnapshot, Job
from ui.web.briefings.rows import RowCounts, RowState, RowView
from ui.web.briefings.store import StoredBriefing
from ui.web.texts import SYMBOLS, ui_text

_FORMATS = {"docx": "as docx", "pdf": "as pdf", "md": "as md", "html": "brief web page"}
_MAX_SECONDS_SHOWN = 90  # seconds from which on minutes are told


def render_list(briefings: list[tuple[StoredBriefing, Job, RowCounts]], *, read_only: bool) -> str:
    """The briefings, the latest first."""
    if not briefings:
        return f'<p class="empty">{ui_text("brief none")}</p>'
    at_work = "yes" if any(work.phase != "idle" for _, work, _ in briefings) else "no"
    return f'<ul class="kept" data-at-work="{at_work}">{"".join(_render_item(*one, read_only) for one in briefings)}</ul>'


def _render_item(briefing: StoredBriefing, job: Job, counts: RowCounts, read_only: bool) -> str:
    title = escape(briefing.plan.title)
    delete = "" if read_only or job.phase != "idle" else (
        f'<button type="button" class="quiet" data-act="delete" data-id="{briefing.id}" data-title="{title}">{ui_text("delete")}</button>')
    return (
        f'<li><a href="#briefing-{briefing.id}" lang="{briefing.plan.cover.language}">{title}</a>'
        f'<span class="about">{_render_date(briefing.plan.created)}<span>{_phase_label(job, counts)}</span>'
        f'<span>{ui_text("brief rows", done=str(counts.done), all=str(counts.all))}</span>{_render_failures(counts)}</span>'
        f'<progress max="{counts.all}" value="{counts.done}" aria-hidden="true"></progress>{delete}</li>')


def _render_date(created: str) -> str:
    at = datetime.fromisoformat(created).astimezone()
    return f'<time datetime="{at.isoformat(timespec="minutes")}">{at:%Y-%m-%d %H:%M}</time>'


def _phase_label(job: Job, counts: RowCounts) -> str:
    key = job.phase if job.phase != "idle" else "done" if counts.done == counts.all else "stopped"
    return ui_text(f"brief {key}")


def _render_failures(counts: RowCounts) -> str:
    return f'<span class="bad">{ui_text("brief rows failed", number=str(counts.failed))}</span>' if counts.failed else ""


# --- one


def render_briefing(snapshot: BriefingSnapshot, scope_size: int, *, read_only: bool) -> str:
    """A briefing whole; `scope` is the number of sources and tags that it is narrowed to."""
    plan = snapshot.briefing.plan
    answering = {"": ui_text("as the question"), "zh": '<span lang="zh">中文</span>', "en": '<span lang="en">English</span>'}
    about = [_render_date(plan.created), ui_text("brief so many", number=str(len(plan.questions))),
             answering.get(plan.answering) or ui_text("both languages"), ui_text(plan.style)]
    about += [ui_text("brief scope so many", number=str(scope_size))] if scope_size else []
    told = "".join(f"<span>{part}</span>" for part in about)
    return (
        f'<p class="back"><a href="#briefings">← {ui_text("brief all")}</a></p>'
        f'<h2 lang="{plan.cover.language}" tabindex="-1">{escape(plan.title)}</h2><p class="about">{told}</p>'
        f'<div id="briefing-progress">{render_progress(snapshot)}</div><div id="briefing-acts">{render_actions(snapshot)}</div>{_render_export(snapshot, read_only=read_only)}'
        f'<div class="rows">{_render_rows(snapshot)}</div>')


def render_progress(snapshot: BriefingSnapshot) -> str:
    """How far it is, and why it does not go on."""
    tally, work = snapshot.counts, snapshot.job
    counts = [f'<b>{_phase_label(work, tally)}</b>', ui_text("brief rows", done=str(tally.done), all=str(tally.all)), _render_failures(tally)]
    for key in ("unanswered", "edited"):
        number = getattr(tally, key)
        counts += [ui_text(f"brief rows {key}", number=str(number))] if number else []
    counts += [_time_left(work.seconds_left)] if work.phase == "running" and work.seconds_left and not work.only_row else []
    told = "".join(f"<span>{one}</span>" for one in counts if one)
    return f'<progress max="{tally.all}" value="{tally.done}" aria-hidden="true"></progress><p class="counts">{told}</p>{_render_problem(snapshot)}'


def _time_left(seconds: float) -> str:
    if seconds < _MAX_SECONDS_SHOWN:
        return ui_text("brief seconds", number=str(max(1, round(seconds))))
    return ui_text("brief minutes", number=str(round(seconds / 60)))


def _render_problem(snapshot: BriefingSnapshot) -> str:
    work = snapshot.job
    if work.phase != "idle":
        return ""
    if work.problem:
        key = "brief gave up" if work.gave_up else "brief again failed" if work.only_row else "brief broke"
        why = f'<span lang="{detect_language(work.problem)}">{escape(work.problem)}</span>'
        return f'<p class="problem" role="alert"><span class="sign">!</span> {ui_text(key)}{why}</p>'
    return f'<p class="old" role="note"><span class="sign">{SYMBOLS["changed"]}</span> {ui_text("brief old")}</p>' if snapshot.is_outdated else ""


def render_actions(snapshot: BriefingSnapshot) -> str:
    """What can be done now."""
    tally, phase = snapshot.counts, snapshot.job.phase
    if phase != "idle":
        disabled = ' aria-disabled="true"' if phase == "stopping" else ""  # a disabled one would lose the focus
        return f'<button type="button" class="ours" data-act="stop"{disabled}>{ui_text("stop")}</button>'
    buttons = [("resume", "brief resume", tally.done < tally.all), ("retry", "brief retry", tally.failed > 0),
               ("resume", "brief renew", snapshot.is_outdated and tally.done == tally.all)]
    shown = [(act, key) for act, key, applies in buttons if applies]
    return "".join(
        f'<button type="button" class="ours{" main" if place == 0 else ""}" data-act="{act}">{ui_text(key)}</button>'
        for place, (act, key) in enumerate(shown))


def _render_export(snapshot: BriefingSnapshot, *, read_only: bool) -> str:
    buttons = "".join(
        f'<button type="button" class="ours" data-format="{format}">{ui_text(key)}</button>' for format, key in _FORMATS.items())
    return (f'<div class="export"><p class="name" id="briefing-make">{ui_text("brief make")}</p>'
            f'<div role="group" aria-labelledby="briefing-make">{buttons}</div>'
            f'<div id="briefing-house">{render_house_template(snapshot, read_only=read_only)}</div><p id="briefing-left" class="aside">{incomplete_notice(snapshot)}</p></div>')


def render_house_template(snapshot: BriefingSnapshot, *, read_only: bool) -> str:
    """The house template: the one that is used, or a way to give one."""
    used = snapshot.briefing.template.exists()
    if read_only:
        return ui_text("brief template used") if used else ""
    if used:
        return (f'<span>{SYMBOLS["well"]} {ui_text("brief template used")}</span>'
                f'<button type="button" class="quiet" data-act="unhouse">{ui_text("brief template leave")}</button>')
    return (f'<label class="quiet" for="briefing-template">{ui_text("brief template")}'
            '<input type="file" id="briefing-template" class="unseen" accept=".docx,.dotx"></label>')


def incomplete_notice(snapshot: BriefingSnapshot) -> str:
    """That an export now would not be whole."""
    missing = snapshot.counts.all - snapshot.counts.done
    return ui_text("brief not whole", number=str(missing)) if missing else ""


# --- rows


def _render_rows(snapshot: BriefingSnapshot) -> str:
    html = ""
    for title, some in groupby(snapshot.rows, lambda row: row.question.section):
        heading = f'<h3 lang="{detect_language(title)}">{escape(title)}</h3>' if title else ""
        html += heading + "".join(
            f'<details class="entry" id="briefing-row-{row.number}"><summary>{render_summary(row)}</summary><div class="body"></div></details>'
            for row in some)
    return html


def render_summary(row: RowView) -> str:
    """A row as it stands in the list: its number, the question, and what became of it in a sign and words."""
    question = row.question
    notes = [ui_text("brief same", number=str(row.same_as))] if row.same_as else []
    notes += [ui_text("brief words", number=str(question.max_words))] if question.max_words else []
    notes += [f'<span lang="{detect_language(question.scope)}">{ui_text("scope")} {escape(question.scope)}</span>'] if question.scope else []
    aside = "".join(f"<span>{note}</span>" for note in notes)
    edited = f'<span class="edited"><span class="sign">{SYMBOLS["edited"]}</span> {ui_text("brief edited")}</span>' if row.is_edited else ""
    return (
        f'<span class="number">{row.number}</span><span class="asked"><span lang="{detect_language(question.text)}">{escape(question.text)}</span>'
        f'{f"<span class=aside>{aside}</span>" if aside else ""}</span>'
        f'<span class="became">{render_state(row.state)}{_render_confidence(row)}{edited}</span>')


def render_state(name: RowState) -> str:
    """A state in a sign and words."""
    key = f"brief {name}" if name in ("waiting", "under way") else name
    return f'<span class="verdict {name.replace(" ", "-")}"><span class="sign">{SYMBOLS[name]}</span> {ui_text(key)}</span>'


def _render_confidence(row: RowView) -> str:
    """How far the evidence carries the answer, in words; of two answers the first's."""
    sure = next((side.line.answer.confidence for side in row.answers if side.line and side.line.answer.confidence), None)
    return f'<span class="level {sure.level}">{ui_text(sure.level)}</span>' if sure and row.state in ("grounded", "partial") else ""
