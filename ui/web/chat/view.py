"""Chat view: Gradio components and event handlers, which ask, stop, edit and repeat questions and save the answers."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from typing import NamedTuple

from rag.schema import HuwenError, Scope, Source
from ui.history.entries import ConversationEntry, changed_sources
from ui.history.exchange import Exchange, stream_exchange
from ui.history.history import UnknownConversation
from ui.web.answers import evidence_panel
from ui.web.app_state import AppState
from ui.web.chat import render
from ui.web.gradio_import import gr

_log = logging.getLogger(__name__)
_MAX_CONCURRENT_ANSWERS = 32  # of all pages together; gradio's default is one


class Frame(NamedTuple):
    """One update of the page: a value for each output of the view, in order; `gr.skip()` leaves an output unchanged."""

    question: object  # text of the input line
    command: object  # text of the hidden field that carries a page command
    conversation: object  # the state, a ConversationView
    messages: object  # of the Chatbot
    evidence: object  # HTML of the panel
    send_button: object
    stop_button: object


@dataclass(frozen=True)
class ConversationView:
    """A conversation as a page shows it; the id is empty until its first answer is saved."""

    id: str = ""
    entries: tuple[ConversationEntry, ...] = ()
    changed_sources: frozenset[str] = frozenset()  # ids of cited sources that have changed or gone since the answers


@dataclass(frozen=True)
class _PageCommand:
    """A command of the page's script, sent with a question or instead of a question."""

    cut_after: int | None = None  # the question replaces the turn after this one, and all later turns
    repeat_turn: int = 0  # the turn, counted from 1, whose question is asked again
    open_id: str = ""  # the conversation to show

    @classmethod
    def parse_json(cls, payload: str) -> _PageCommand:
        """The command in a script's JSON; fields that are missing or not valid keep their defaults."""
        fields = _parse_object(payload)
        return cls(_parse_index(fields.get("cut")), _parse_index(fields.get("again")) or 0, str(fields.get("open", "")))


def build_chat_view(app_state: AppState, blocks: gr.Blocks) -> None:
    """Build the conversation, its evidence and the list of saved conversations, and connect their events."""
    conversation = gr.State(ConversationView())  # gradio gives every open page its own copy of a state
    stop_event = gr.State(asyncio.Event())
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="sidebar"):
            gr.HTML(render.sidebar_html(), apply_default_css=False)
        with gr.Column(elem_id="talk"):
            gr.HTML('<div id="notice"></div>', elem_id="banner", apply_default_css=False)
            chat = gr.Chatbot(
                elem_id="chat", show_label=False, container=False, buttons=[], layout="bubble", latex_delimiters=[],
                placeholder=render.welcome_html(), height=None, feedback_options=None, allow_file_downloads=False)
            gr.HTML(render.composer_line(), elem_id="above", apply_default_css=False)
            with gr.Row(elem_id="composer"):
                question = gr.Textbox(elem_id="ask", show_label=False, container=False, lines=1, max_lines=8, scale=1)
                send = gr.Button("", elem_id="send", min_width=0, scale=0)
                stop = gr.Button("", elem_id="stop", min_width=0, scale=0, visible=False)
            gr.HTML(render.scope_line(), elem_id="below", apply_default_css=False)
            with gr.Row(elem_id="carriers"):  # filled in by the page's script; never shown
                command = gr.Textbox(elem_id="order", show_label=False, container=False)
                scope = gr.Textbox(elem_id="scope", show_label=False, container=False)
                open_button = gr.Button("", elem_id="open")
        with gr.Column(elem_id="beside"):
            evidence = gr.HTML(evidence_panel.render_evidence(()), elem_id="evidence", apply_default_css=False)
    outputs = [question, command, conversation, chat, evidence, send, stop]  # as the fields of Frame
    send.click(
        _question_handler(app_state), [question, command, scope, conversation, stop_event], outputs,
        show_progress="hidden", concurrency_limit=_MAX_CONCURRENT_ANSWERS, api_visibility="private")
    # not gradio's `cancels`: a frame already sent would still arrive, and show the answer as unfinished
    stop.click(_stop_answer, [stop_event], None, queue=False, show_progress="hidden", api_visibility="private")
    open_button.click(
        lambda payload: _open_conversation(app_state, _PageCommand.parse_json(payload).open_id),
        [command], outputs, show_progress="hidden", api_visibility="private")
    blocks.load(_page_loader(app_state), None, outputs, show_progress="hidden", api_visibility="private")


# --- a saved conversation


def _page_loader(app_state: AppState) -> Callable[[gr.Request], Frame]:
    def load_page(request: gr.Request) -> Frame:
        id = str(request.query_params.get("c", ""))
        # a quick reader has typed a question, or even asked it, before this runs: the input line is left unchanged
        return _open_conversation(app_state, id)._replace(question=gr.skip()) if id else _unchanged_frame()

    return load_page


def _open_conversation(app_state: AppState, id: str) -> Frame:
    """The saved conversation of an id; an empty one where the id is empty or unknown."""
    conversation = ConversationView()
    if id:
        try:
            saved = app_state.history.get_conversation(id)
            sources = app_state.pipeline.library.sources()
            changed = {source.id for entry in saved.entries for source in changed_sources(entry, sources)}
            conversation = ConversationView(saved.id, saved.entries, frozenset(changed))
        except UnknownConversation as error:
            gr.Warning(escape(str(error)))  # gradio shows it as HTML, and an address can name anything
    return _build_frame(conversation)


# --- a question


def _question_handler(app_state: AppState) -> Callable[..., AsyncIterator[Frame]]:
    async def answer_question(
        question: str, payload: str, scope: str, conversation: ConversationView, stop_event: asyncio.Event,
    ) -> AsyncIterator[Frame]:
        command, turns = _PageCommand.parse_json(payload), len(conversation.entries)
        cut = _cut_position(command, turns)
        question = question.strip()
        if command.repeat_turn and cut < turns:
            question = conversation.entries[cut].exchange.answer.question
        if not question:
            yield _unchanged_frame()  # a generator that yields nothing would empty every output
            return
        earlier = replace(conversation, entries=conversation.entries[:cut])
        sources = await asyncio.to_thread(app_state.pipeline.library.sources)
        exchange, shown_evidence = Exchange.begin(question, app_state.pipeline.model), ""
        stop_event.clear()
        try:
            history = [entry.exchange for entry in earlier.entries]
            stream = stream_exchange(app_state.pipeline, question, history, stop_event, _parse_scope(scope))
            async with aclosing(stream) as exchanges:
                async for exchange in exchanges:
                    frame = _build_frame(_append_exchange(earlier, exchange, sources))
                    yield _keep_unchanged(frame, shown_evidence, is_repeated=command.repeat_turn > 0)
                    shown_evidence = str(frame.evidence)
        finally:  # also where the reader has closed the page
            position = cut if cut < turns else None
            saved = _save_exchange(app_state, earlier, exchange, sources, position)
        yield _build_frame(saved)._replace(question=gr.skip())

    return answer_question


def _cut_position(command: _PageCommand, turns: int) -> int:
    """How many turns of the conversation stay before the question."""
    if command.repeat_turn:
        return min(turns, command.repeat_turn - 1)
    return turns if command.cut_after is None else min(turns, command.cut_after)


def _keep_unchanged(frame: Frame, shown_evidence: str, *, is_repeated: bool) -> Frame:
    """The frame without the parts that stay as they are: evidence shown already, and text typed since the question.

    The first frame of an answer, before any evidence is shown, empties the input line; later ones leave it unchanged.
    """
    if shown_evidence or is_repeated:
        frame = frame._replace(question=gr.skip())
    return frame._replace(evidence=gr.skip()) if frame.evidence == shown_evidence else frame


def _save_exchange(
    app_state: AppState, earlier: ConversationView, exchange: Exchange, sources: Sequence[Source], position: int | None,
) -> ConversationView:
    """The conversation with the exchange, saved; where the database fails, it is shown unsaved, with the reason."""
    exchange = replace(exchange, stopped=True) if exchange.in_progress else exchange
    try:
        id, entry = app_state.history.save_exchange(earlier.id, exchange, sources, position)
    except HuwenError as error:
        _log.exception("an answer could not be kept")
        return _append_exchange(earlier, replace(exchange, problem=exchange.problem or str(error)), sources)
    return replace(earlier, id=id, entries=(*earlier.entries, entry))


def _append_exchange(earlier: ConversationView, exchange: Exchange, sources: Sequence[Source]) -> ConversationView:
    entry = ConversationEntry(0, exchange, datetime.now(UTC), tuple(sources), "")
    return replace(earlier, entries=(*earlier.entries, entry))


def _parse_scope(payload: str) -> Scope:
    """The sources and tags that the page's script names; the whole library where it names none."""
    fields = _parse_object(payload)
    return Scope(_parse_names(fields.get("sources")), _parse_names(fields.get("tags")))


def _parse_names(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _parse_index(value: object) -> int | None:
    """A whole number from 0; None for anything else, `true` included."""
    return value if type(value) is int and value >= 0 else None


def _parse_object(payload: str) -> dict[str, object]:
    """A JSON object sent by the script; an empty one for any other text, because anyone can send a request."""
    try:
        value = json.loads(payload or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


async def _stop_answer(stop_event: asyncio.Event) -> None:
    # async, because gradio runs other functions in threads, and an asyncio event belongs to its loop
    stop_event.set()


# --- frames


def _build_frame(conversation: ConversationView) -> Frame:
    """The frame that shows a conversation, with an empty input line; while it is answered, Stop takes Send's place."""
    busy = bool(conversation.entries) and conversation.entries[-1].exchange.in_progress
    evidence = evidence_panel.render_evidence(conversation.entries, conversation.id, conversation.changed_sources)
    return Frame(
        "", "", conversation, _chat_messages(conversation.entries), evidence,
        gr.update(visible=not busy), gr.update(visible=busy))


def _unchanged_frame() -> Frame:
    return Frame(*(gr.skip() for _ in Frame._fields))


def _chat_messages(entries: Sequence[ConversationEntry]) -> list[dict[str, str]]:
    """The conversation in gradio's message format."""
    messages: list[dict[str, str]] = []
    for turn, entry in enumerate(entries, 1):
        messages.append({"role": "user", "content": render.question_markdown(entry.exchange, turn)})
        replies = render.reply_messages(entry.exchange, turn, latest=turn == len(entries), thumb=entry.thumb)
        messages += [{"role": "assistant", "content": content} for content in replies]
    return messages
