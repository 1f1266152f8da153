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
from ui.web.app_state import Desk
from ui.web.chat import evidence_panel, render
from ui.web.gradio_import import gr

_log = logging.getLogger(__name__)
_READERS = 32  # answers under way at once; gradio's default is one
Shown = tuple[object, ...]


@dataclass(frozen=True)
class Talk:
    """A conversation as a page shows it; without an id before its first answer is kept."""

    id: str = ""
    entries: tuple[ConversationEntry, ...] = ()
    changed: frozenset[str] = frozenset()  # ids of cited sources that are no longer as they were


@dataclass(frozen=True)
class _Order:
    """What the page's script asks for beside a question."""

    cut: int | None = None  # the question replaces the turn after this one, and all that followed
    again: int = 0  # the turn, counted from 1, whose question is asked anew
    open: str = ""  # the conversation to show

    @classmethod
    def read(cls, told: str) -> _Order:
        """The order in a script's JSON; what it does not know is nothing."""
        order = _object(told)
        cut, again = ((number if type(number := order.get(name)) is int and number >= 0 else None) for name in ("cut", "again"))
        return cls(cut, again or 0, str(order.get("open", "")))


def talk_view(desk: Desk, blocks: gr.Blocks) -> None:
    """Draw the conversation, the evidence beside it and the list of those that are kept, and wire them."""
    talk, halt = gr.State(Talk()), gr.State(asyncio.Event())  # gradio gives every open page a copy
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="sidebar"):
            gr.HTML(render.sidebar(), apply_default_css=False)
        with gr.Column(elem_id="talk"):
            gr.HTML('<div id="notice"></div>', elem_id="banner", apply_default_css=False)
            chat = gr.Chatbot(
                elem_id="chat", show_label=False, container=False, buttons=[], layout="bubble", latex_delimiters=[],
                placeholder=render.welcome(), height=None, feedback_options=None, allow_file_downloads=False)
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
            evidence = gr.HTML(evidence_panel.evidence(()), elem_id="evidence", apply_default_css=False)
    shown = [question, order, talk, chat, evidence, send, stop]
    send.click(
        _answering(desk), [question, order, scope, talk, halt], shown, show_progress="hidden", concurrency_limit=_READERS,
        api_visibility="private")
    # not gradio's `cancels`: a frame under way would still arrive, and say that more is to come
    stop.click(_halt, [halt], None, queue=False, show_progress="hidden", api_visibility="private")
    turn_to.click(lambda told: _opened(desk, _Order.read(told).open), [order], shown, show_progress="hidden", api_visibility="private")
    blocks.load(_begun(desk), None, shown, show_progress="hidden", api_visibility="private")


# --- a conversation that was kept


def _begun(desk: Desk) -> Callable[[gr.Request], Shown]:
    def begun(request: gr.Request) -> Shown:
        id = str(request.query_params.get("c", ""))
        # who is quick has typed, or even asked, before this: that is left alone
        return (gr.skip(), *_opened(desk, id)[1:]) if id else (gr.skip(),) * 7

    return begun


def _opened(desk: Desk, id: str) -> Shown:
    """The conversation of an id; an empty one where there is none, or none any more."""
    talk = Talk()
    if id:
        try:
            kept = desk.history.get_conversation(id)
            held = desk.pipeline.library.sources()
            since = {source.id for entry in kept.entries for source in changed_sources(entry, held)}
            talk = Talk(kept.id, kept.entries, frozenset(since))
        except UnknownConversation as error:
            gr.Warning(escape(str(error)))  # gradio shows it as HTML, and an address can name anything
    return ("", "", *_shown(talk))


# --- a question


def _answering(desk: Desk) -> Callable[..., AsyncIterator[Shown]]:
    async def answer(question: str, told: str, scope: str, talk: Talk, halt: asyncio.Event) -> AsyncIterator[Shown]:
        order = _Order.read(told)
        cut = min(len(talk.entries), order.again - 1 if order.again else len(talk.entries) if order.cut is None else order.cut)
        asked = talk.entries[cut].exchange.answer.question if order.again and cut < len(talk.entries) else question.strip()
        if not asked:
            yield (gr.skip(),) * 7  # a generator that yields nothing would empty every output
            return
        earlier = replace(talk, entries=talk.entries[:cut])
        sources = await asyncio.to_thread(desk.pipeline.library.sources)
        exchange, beside = Exchange.begin(asked, desk.pipeline.model), ""
        halt.clear()
        try:
            history = [entry.exchange for entry in earlier.entries]
            async with aclosing(stream_exchange(desk.pipeline, asked, history, halt, _scope(scope))) as growing:
                async for exchange in growing:
                    frame = _shown(_with(earlier, exchange, sources))
                    # the first frame empties the input; later ones leave alone what has been typed since
                    panels = gr.skip() if frame[2] == beside else frame[2]
                    yield (gr.skip() if beside or order.again else "", "", *frame[:2], panels, *frame[3:])
                    beside = str(frame[2])
        finally:  # also where the reader has gone meanwhile
            kept = _kept(desk, earlier, exchange, sources, cut if cut < len(talk.entries) else None)
        yield (gr.skip(), "", *_shown(kept))

    return answer


def _kept(desk: Desk, earlier: Talk, exchange: Exchange, sources: Sequence[Source], at: int | None) -> Talk:
    """The conversation with the exchange in it, kept; where the database fails the page goes on without, and says so."""
    exchange = replace(exchange, stopped=True) if exchange.in_progress else exchange
    try:
        id, entry = desk.history.save_exchange(earlier.id, exchange, sources, at)
    except HuwenError as error:
        _log.exception("an answer could not be kept")
        return _with(earlier, replace(exchange, problem=exchange.problem or str(error)), sources)
    return replace(earlier, id=id, entries=(*earlier.entries, entry))


def _with(earlier: Talk, exchange: Exchange, sources: Sequence[Source]) -> Talk:
    return replace(earlier, entries=(*earlier.entries, ConversationEntry(0, exchange, datetime.now(UTC), tuple(sources), "")))


def _scope(told: str) -> Scope:
    """The sources and tags that the page's script names; everything where it names none."""
    chosen = {name: some if isinstance(some := _object(told).get(name), list) else [] for name in ("sources", "tags")}
    return Scope(tuple(map(str, chosen["sources"])), tuple(map(str, chosen["tags"])))


def _object(told: str) -> dict[str, object]:
    """What a script sent as a JSON object; an empty one where it sent anything else, for anyone can send it."""
    try:
        sent = json.loads(told or "{}")
    except (ValueError, RecursionError):
        return {}
    return sent if isinstance(sent, dict) else {}


async def _halt(halt: asyncio.Event) -> None:  # async: gradio runs other functions in threads, and an event is of its loop
    halt.set()


# --- what is shown


def _shown(talk: Talk) -> Shown:
    """State, conversation, evidence, and which of the two buttons."""
    busy = bool(talk.entries) and talk.entries[-1].exchange.in_progress
    beside = evidence_panel.evidence(talk.entries, talk.id, talk.changed)
    return talk, _messages(talk.entries), beside, gr.update(visible=not busy), gr.update(visible=busy)


def _messages(entries: Sequence[ConversationEntry]) -> list[dict[str, str]]:
    """The conversation for gradio."""
    messages: list[dict[str, str]] = []
    for turn, entry in enumerate(entries, 1):
        messages.append({"role": "user", "content": render.asked(entry.exchange, turn)})
        said = render.messages(entry.exchange, turn, latest=turn == len(entries), thumb=entry.thumb)
        messages += [{"role": "assistant", "content": content} for content in said]
    return messages
