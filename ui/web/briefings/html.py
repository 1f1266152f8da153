"""Briefings become HTML: the list of them, and one with how far it is, what can be done with it, and its rows."""

from __future__ import annotations

from datetime import datetime
from html import escape
from itertools import groupby

from rag.text.language import detect_language
from ui.web.briefings.jobs import View, Work
from ui.web.briefings.rows import Row, RowState, Tally
from ui.web.briefings.store import Kept
from ui.web.texts import SYMBOLS, both

_FORMATS = {"docx": "as docx", "pdf": "as pdf", "md": "as md", "html": "brief web page"}
_MINUTE = 90  # seconds from which on minutes are told


def listing(all_: list[tuple[Kept, Work, Tally]], *, read_only: bool) -> str:
    """The briefings, the latest first."""
    if not all_:
        return f'<p class="empty">{both("brief none")}</p>'
    at_work = "yes" if any(work.phase != "idle" for _, work, _ in all_) else "no"
    return f'<ul class="kept" data-at-work="{at_work}">{"".join(_listed(*one, read_only) for one in all_)}</ul>'


def _listed(kept: Kept, work: Work, tally: Tally, read_only: bool) -> str:
    title = escape(kept.plan.title)
    delete = "" if read_only or work.phase != "idle" else (
        f'<button type="button" class="quiet" data-act="delete" data-id="{kept.id}" data-title="{title}">{both("delete")}</button>')
    return (
        f'<li><a href="#briefing-{kept.id}" lang="{kept.plan.cover.language}">{title}</a>'
        f'<span class="about">{_date(kept.plan.created)}<span>{_phase(work, tally)}</span>'
        f'<span>{both("brief rows", done=str(tally.done), all=str(tally.all))}</span>{_failed(tally)}</span>'
        f'<progress max="{tally.all}" value="{tally.done}" aria-hidden="true"></progress>{delete}</li>')


def _date(created: str) -> str:
    at = datetime.fromisoformat(created).astimezone()
    return f'<time datetime="{at.isoformat(timespec="minutes")}">{at:%Y-%m-%d %H:%M}</time>'


def _phase(work: Work, tally: Tally) -> str:
    key = work.phase if work.phase != "idle" else "done" if tally.done == tally.all else "stopped"
    return both(f"brief {key}")


def _failed(tally: Tally) -> str:
    return f'<span class="bad">{both("brief rows failed", number=str(tally.failed))}</span>' if tally.failed else ""


# --- one


def one(view: View, scope: int, *, read_only: bool) -> str:
    """A briefing whole; `scope` is the number of sources and tags that it is narrowed to."""
    plan = view.kept.plan
    answering = {"": both("as the question"), "zh": '<span lang="zh">中文</span>', "en": '<span lang="en">English</span>'}
    about = [_date(plan.created), both("brief so many", number=str(len(plan.questions))),
             answering.get(plan.answering) or both("both languages"), both(plan.style)]
    about += [both("brief scope so many", number=str(scope))] if scope else []
    told = "".join(f"<span>{part}</span>" for part in about)
    return (
        f'<p class="back"><a href="#briefings">← {both("brief all")}</a></p>'
        f'<h2 lang="{plan.cover.language}" tabindex="-1">{escape(plan.title)}</h2><p class="about">{told}</p>'
        f'<div id="briefing-progress">{progress(view)}</div><div id="briefing-acts">{acts(view)}</div>{_export(view, read_only=read_only)}'
        f'<div class="rows">{_rows(view)}</div>')


def progress(view: View) -> str:
    """How far it is, and why it does not go on."""
    tally, work = view.tally, view.work
    counts = [f'<b>{_phase(work, tally)}</b>', both("brief rows", done=str(tally.done), all=str(tally.all)), _failed(tally)]
    for key in ("unanswered", "edited"):
        number = getattr(tally, key)
        counts += [both(f"brief rows {key}", number=str(number))] if number else []
    counts += [_left(work.seconds_left)] if work.phase == "running" and work.seconds_left and not work.only else []
    told = "".join(f"<span>{one}</span>" for one in counts if one)
    return f'<progress max="{tally.all}" value="{tally.done}" aria-hidden="true"></progress><p class="counts">{told}</p>{_problem(view)}'


def _left(seconds: float) -> str:
    if seconds < _MINUTE:
        return both("brief seconds", number=str(max(1, round(seconds))))
    return both("brief minutes", number=str(round(seconds / 60)))


def _problem(view: View) -> str:
    work = view.work
    if work.phase != "idle":
        return ""
    if work.problem:
        key = "brief gave up" if work.gave_up else "brief again failed" if work.only else "brief broke"
        why = f'<span lang="{detect_language(work.problem)}">{escape(work.problem)}</span>'
        return f'<p class="problem" role="alert"><span class="sign">!</span> {both(key)}{why}</p>'
    return f'<p class="old" role="note"><span class="sign">{SYMBOLS["changed"]}</span> {both("brief old")}</p>' if view.is_old else ""


def acts(view: View) -> str:
    """What can be done now."""
    tally, phase = view.tally, view.work.phase
    if phase != "idle":
        disabled = ' aria-disabled="true"' if phase == "stopping" else ""  # a disabled one would lose the focus
        return f'<button type="button" class="ours" data-act="stop"{disabled}>{both("stop")}</button>'
    buttons = [("resume", "brief resume", tally.done < tally.all), ("retry", "brief retry", tally.failed > 0),
               ("resume", "brief renew", view.is_old and tally.done == tally.all)]
    shown = [(act, key) for act, key, applies in buttons if applies]
    return "".join(
        f'<button type="button" class="ours{" main" if place == 0 else ""}" data-act="{act}">{both(key)}</button>'
        for place, (act, key) in enumerate(shown))


def _export(view: View, *, read_only: bool) -> str:
    buttons = "".join(
        f'<button type="button" class="ours" data-format="{format}">{both(key)}</button>' for format, key in _FORMATS.items())
    return (f'<div class="export"><p class="name" id="briefing-make">{both("brief make")}</p>'
            f'<div role="group" aria-labelledby="briefing-make">{buttons}</div>'
            f'<div id="briefing-house">{house(view, read_only=read_only)}</div><p id="briefing-left" class="aside">{left(view)}</p></div>')


def house(view: View, *, read_only: bool) -> str:
    """The house template: the one that is used, or a way to give one."""
    used = view.kept.template.exists()
    if read_only:
        return both("brief template used") if used else ""
    if used:
        return (f'<span>{SYMBOLS["well"]} {both("brief template used")}</span>'
                f'<button type="button" class="quiet" data-act="unhouse">{both("brief template leave")}</button>')
    return (f'<label class="quiet" for="briefing-template">{both("brief template")}'
            '<input type="file" id="briefing-template" class="unseen" accept=".docx,.dotx"></label>')


def left(view: View) -> str:
    """That an export now would not be whole."""
    missing = view.tally.all - view.tally.done
    return both("brief not whole", number=str(missing)) if missing else ""


# --- rows


def _rows(view: View) -> str:
    html = ""
    for title, some in groupby(view.rows, lambda row: row.question.section):
        heading = f'<h3 lang="{detect_language(title)}">{escape(title)}</h3>' if title else ""
        html += heading + "".join(
            f'<details class="entry" id="briefing-row-{row.number}"><summary>{summary(row)}</summary><div class="body"></div></details>'
            for row in some)
    return html


def summary(row: Row) -> str:
    """A row as it stands in the list: its number, the question, and what became of it in a sign and words."""
    question = row.question
    notes = [both("brief same", number=str(row.same_as))] if row.same_as else []
    notes += [both("brief words", number=str(question.max_words))] if question.max_words else []
    notes += [f'<span lang="{detect_language(question.scope)}">{both("scope")} {escape(question.scope)}</span>'] if question.scope else []
    aside = "".join(f"<span>{note}</span>" for note in notes)
    edited = f'<span class="edited"><span class="sign">{SYMBOLS["edited"]}</span> {both("brief edited")}</span>' if row.edited else ""
    return (
        f'<span class="number">{row.number}</span><span class="asked"><span lang="{detect_language(question.text)}">{escape(question.text)}</span>'
        f'{f"<span class=aside>{aside}</span>" if aside else ""}</span>'
        f'<span class="became">{state(row.state)}{_sure(row)}{edited}</span>')


def state(name: RowState) -> str:
    """A state in a sign and words."""
    key = f"brief {name}" if name in ("waiting", "under way") else name
    return f'<span class="verdict {name.replace(" ", "-")}"><span class="sign">{SYMBOLS[name]}</span> {both(key)}</span>'


def _sure(row: Row) -> str:
    """How far the evidence carries the answer, in words; of two answers the first's."""
    sure = next((side.line.answer.confidence for side in row.sides if side.line and side.line.answer.confidence), None)
    return f'<span class="level {sure.level}">{both(sure.level)}</span>' if sure and row.state in ("grounded", "partial") else ""
