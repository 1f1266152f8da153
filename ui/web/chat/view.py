"""A desk becomes the view of a conversation: questions are asked, stopped, edited and asked again, and what was said is kept."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape

from rag.schema import HuwenError, Scope, Source
from ui.history.entries import ConversationEntry, changed_sources
from ui.history.exchange import Exchange, stream_exchange
from ui.history.history import UnknownConversation
from ui.web.app_state import AppState
from ui.web.chat import evidence_panel, render
from ui.web.gradio_import import gr

_log = logging.getLogger(__name__)
_MAX_CONCURRENT_ANSWERS = 32  # answers under way at once; gradio's default is one
Frame = tuple[object, ...]


@dataclass(frozen=True)
class ConversationView:
    """A conversation as a page shows it; without an id before its first answer is kept."""

    id: str = ""
    entries: tuple[ConversationEntry, ...] = ()
    changed_sources: frozenset[str] = frozenset()  # ids of cited sources that are no longer as they were


@dataclass(frozen=True)
class _PageCommand:
    """What the page's script asks for beside a question."""

    cut_after: int | None = None  # the question replaces the turn after this one, and all that followed
    repeat_turn: int = 0  # the turn, counted from 1, whose question is asked anew
    open_id: str = ""  # the conversation to show

    @classmethod
    def parse_json(cls, payload: str) -> _PageCommand:
        """The order in a script's JSON; what it does not know is nothing."""
        order = _parse_object(payload)
        cut, again = ((number if type(number := order.get(name)) is int and number >= 0 else None) for name in ("cut", "again"))
        return cls(cut, again or 0, str(order.get("open", "")))


def build_chat_view(app_state: AppState, blocks: gr.Blocks) -> None:
    """Draw the conversation, the evidence beside it and the list of those that are kept, and wire them."""
    talk, halt = gr.State(ConversationView()), gr.State(asyncio.Event())  # gradio gives every open page a copy
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
            with gr.Row(elem_id="carriers"):  # what the page's script hands over; never shown
                order, scope = (gr.Textbox(elem_id=name, show_label=False, container=False) for name in ("order", "scope"))
                turn_to = gr.Button("", elem_id="open")
        with gr.Column(elem_id="beside"):
            evidence = gr.HTML(evidence_panel.render_evidence(()), elem_id="evidence", apply_default_css=False)
    shown = [question, order, talk, chat, evidence, send, stop]
    send.click(
        _question_handler(app_state), [question, order, scope, talk, halt], shown, show_progress="hidden", concurrency_limit=_MAX_CONCURRENT_ANSWERS,
        api_visibility="private")
    # not gradio's `cancels`: a frame under way would still arrive, and say that more is to come
    stop.click(_stop_answer, [halt], None, queue=False, show_progress="hidden", api_visibility="private")
    turn_to.click(lambda told: _open_conversation(app_state, _PageCommand.parse_json(told).open_id), [order], shown, show_progress="hidden", api_visibility="private")
    blocks.load(_page_loader(app_state), None, shown, show_progress="hidden", api_visibility="private")


# --- a conversation that was kept


def _page_loader(app_state: AppState) -> Callable[[gr.Request], Frame]:
    def load_page(request: gr.Request) -> Frame:
        id = str(request.query_params.get("c", ""))
        # who is quick has typed, or even asked, before this: that is left alone
        return (gr.skip(), *_open_conversation(app_state, id)[1:]) if id else (gr.skip(),) * 7

    return load_page


def _open_conversation(app_state: AppState, id: str) -> Frame:
    """The conversation of an id; an empty one where there is none, or none any more."""
    talk = ConversationView()
    if id:
        try:
            kept = app_state.history.get_conversation(id)
            held = app_state.pipeline.library.sources()
            since = {source.id for entry in kept.entries for source in changed_sources(entry, held)}
            talk = ConversationView(kept.id, kept.entries, frozenset(since))
        except UnknownConversation as error:
            gr.Warning(escape(str(error)))  # gradio shows it as HTML, and an address can name anything
    return ("", "", *_build_frame(talk))


# --- a question


def _question_handler(app_state: AppState) -> Callable[..., AsyncIterator[Frame]]:
    async def answer_question(question: str, payload: str, scope: str, conversation: ConversationView, halt: asyncio.Event) -> AsyncIterator[Frame]:
        order = _PageCommand.parse_json(payload)
        cut = min(len(conversation.entries), order.repeat_turn - 1 if order.repeat_turn else len(conversation.entries) if order.cut_after is None else order.cut_after)
        asked = conversation.entries[cut].exchange.answer.question if order.repeat_turn and cut < len(conversation.entries) else question.strip()
        if not asked:
            yield (gr.skip(),) * 7  # a generator that yields nothing would empty every output
            return
        earlier = replace(conversation, entries=conversation.entries[:cut])
        sources = await asyncio.to_thread(app_state.pipeline.library.sources)
        exchange, beside = Exchange.begin(asked, app_state.pipeline.model), ""
        halt.clear()
        try:
            history = [entry.exchange for entry in earlier.entries]
            async with aclosing(stream_exchange(app_state.pipeline, asked, history, halt, _parse_scope(scope))) as growing:
                async for exchange in growing:
                    frame = _build_frame(_append_exchange(earlier, exchange, sources))
                    # the first frame empties the input; later ones leave alone what has been typed since
                    panels = gr.skip() if frame[2] == beside else frame[2]
                    yield (gr.skip() if beside or order.repeat_turn else "", "", *frame[:2], panels, *frame[3:])
                    beside = str(frame[2])
        finally:  # also where the reader has gone meanwhile
            kept = _save_exchange(app_state, earlier, exchange, sources, cut if cut < len(conversation.entries) else None)
        yield (gr.skip(), "", *_build_frame(kept))

    return answer_question


def _save_exchange(app_state: AppState, earlier: ConversationView, exchange: Exchange, sources: Sequence[Source], at: int | None) -> ConversationView:
    """The conversation with the exchange in it, kept; where the database fails the page goes on without, and says so."""
    exchange = replace(exchange, stopped=True) if exchange.in_progress else exchange
    try:
        id, entry = app_state.history.save_exchange(earlier.id, exchange, sources, at)
    except HuwenError as error:
        _log.exception("an answer could not be kept")
        return _append_exchange(earlier, replace(exchange, problem=exchange.problem or str(error)), sources)
    return replace(earlier, id=id, entries=(*earlier.entries, entry))


def _append_exchange(earlier: ConversationView, exchange: Exchange, sources: Sequence[Source]) -> ConversationView:
    return replace(earlier, entries=(*earlier.entries, ConversationEntry(0, exchange, datetime.now(UTC), tuple(sources), "")))


def _parse_scope(payload: str) -> Scope:
    """The sources and tags that the page's script names; everything where it names none."""
    chosen = {name: some if isinstance(some := _parse_object(payload).get(name), list) else [] for name in ("sources", "tags")}
    return Scope(tuple(map(str, chosen["sources"])), tuple(map(str, chosen["tags"])))


def _parse_object(payload: str) -> dict[str, object]:
    """What a script sent as a JSON object; an empty one where it sent anything else, for anyone can send it."""
    try:
        sent = json.loads(payload or "{}")
    except (ValueError, RecursionError):
        return {}
    return sent if isinstance(sent, dict) else {}


async def _stop_answer(halt: asyncio.Event) -> None:  # async: gradio runs other functions in threads, and an event is of its loop
    halt.set()


# --- what is shown


def _build_frame(conversation: ConversationView) -> Frame:
    """State, conversation, evidence, and which of the two buttons."""
    busy = bool(conversation.entries) and conversation.entries[-1].exchange.in_progress
    beside = evidence_panel.render_evidence(conversation.entries, conversation.id, conversation.changed_sources)
    return conversation, _chat_messages(conversation.entries), beside, gr.update(visible=not busy), gr.update(visible=busy)


def _chat_messages(entries: Sequence[ConversationEntry]) -> list[dict[str, str]]:
    """The conversation for gradio."""
    messages: list[dict[str, str]] = []
    for turn, entry in enumerate(entries, 1):
        messages.append({"role": "user", "content": render.question_markdown(entry.exchange, turn)})
        said = render.reply_messages(entry.exchange, turn, latest=turn == len(entries), thumb=entry.thumb)
        messages += [{"role": "assistant", "content": content} for content in said]
    return messages
