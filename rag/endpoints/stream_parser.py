"""Parser of a streamed chat reply: the bytes that an endpoint sends become pieces of an answer.

An endpoint may send server-sent events, in many variants, or one JSON object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from rag.endpoints.client import EndpointError, RequestRefused, error_detail
from rag.endpoints.reasoning import ReasoningSplitter, StreamPiece
from rag.schema import Usage

_LINE_BREAK = re.compile(rb"\r\n|\n|\r(?!\Z)")  # a \r at the end may be half of \r\n
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # some servers put it before UTF-8
_MAX_BYTES = 64 * 2**20  # no answer is longer; a longer reply is a fault of the model
_URL_HINT = "does OPENAI_BASE_URL end in /v1?"
_FILTER_REASONS = ("content_filter", "sensitive")  # OpenAI's name and Zhipu's
_ERROR_REASONS = ("error", "network_error")


class StreamParser:
    """Parses one reply: server-sent events, or a whole answer in JSON from a server that does not stream."""

    def __init__(self) -> None:
        self.finish_reason = ""  # why the model stopped, in the endpoint's words
        self.usage: Usage | None = None
        self.has_output = False  # whether a piece of an answer or of a thought has arrived
        self.done = False  # whether the endpoint has said that nothing more will come
        self._splitter = ReasoningSplitter()
        self._half_surrogate = ""  # the first half of a surrogate pair
        self._partial_line = bytearray()  # the last line, as far as it has arrived
        self._event_data = ""  # data of an event that is not complete JSON yet
        self._is_json: bool | None = None  # True: one object instead of events; None: not known yet
        self._size = 0

    @property
    def is_complete(self) -> bool:
        """Whether the answer is complete; its usage and the end of the reply may still come."""
        return self.done or bool(self.finish_reason)

    def feed(self, data: bytes) -> Iterator[StreamPiece]:
        """The pieces that these bytes complete.

        Raises:
            EndpointError: the bytes are not an answer.
        """
        self._size += len(data)
        if self._size > _MAX_BYTES:
            raise EndpointError(f"sent more than {_MAX_BYTES >> 20} MB, which is no answer; see the server's log")
        self._partial_line += data
        if self._is_json is None:
            self._is_json = _is_json_body(bytes(self._partial_line[:100]))
        if self._is_json or not (b"\n" in data or b"\r" in data):
            return
        *lines, rest = _LINE_BREAK.split(bytes(self._partial_line))
        self._partial_line = bytearray(rest)
        for line in lines:
            yield from self._read_line(line)

    def flush(self) -> Iterator[StreamPiece]:
        """The last pieces, at the end of the reply.

        Raises:
            EndpointError: the reply was not an answer, or not a complete one.
        """
        if self._is_json:
            yield from self._read_object(bytes(self._partial_line))
        elif self._partial_line.strip() and not self.done:
            yield from self._read_line(bytes(self._partial_line).strip())
        yield from self._mark_output(self._splitter.flush())
        if not self.finish_reason:
            if self.has_output:
                raise EndpointError("stopped in the middle of its answer; see the server's log")
            raise EndpointError(f"sent no streamed answer; {_URL_HINT}")
        if self.finish_reason in _FILTER_REASONS:
            raise EndpointError(
                "was stopped by the content filter of its endpoint; ask in other words, or use another model")
        if self.finish_reason in _ERROR_REASONS:
            raise EndpointError("broke off with an error of its own; see the server's log")

    def _read_line(self, line: bytes) -> Iterator[StreamPiece]:
        """A line of an event stream. An event ends with its JSON, because some servers send no empty line after it."""
        line = line.removeprefix(_BYTE_ORDER_MARK)
        if self.done or not (line.startswith(b"data:") or (self._event_data and not line.strip())):
            return
        try:
            data = line.decode()[5:].strip()
        except UnicodeDecodeError:
            raise EndpointError("sent characters that are not UTF-8; see the server's log") from None
        if data.startswith("[DONE]"):
            self.done = True
            return
        self._event_data += data
        try:
            chunk = json.loads(self._event_data or "null")
        except (ValueError, RecursionError):
            if data:
                return  # the rest may come in the next line
            raise EndpointError("sent invalid JSON in the middle of its answer; see the server's log") from None
        self._event_data = ""
        yield from self._read_chunk(chunk)

    def _read_object(self, body: bytes) -> Iterator[StreamPiece]:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            raise EndpointError(f"sent neither a stream nor JSON; {_URL_HINT}") from None
        yield from self._read_chunk(answer)
        if self.has_output and not self.finish_reason:
            self.finish_reason = "stop"  # a complete object is a complete answer

    def _read_chunk(self, chunk: object) -> Iterator[StreamPiece]:
        if not isinstance(chunk, dict):
            return
        if chunk.get("error") or ("choices" not in chunk and error_detail(json.dumps(chunk))):
            body = json.dumps(chunk, ensure_ascii=False)
            raise RequestRefused("broke off with an error: {detail}; see the server's log", _error_status(chunk), body)
        if isinstance(usage := chunk.get("usage"), dict):
            self._update_usage(usage)
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return
        yield from self._read_message(choice.get("delta") or choice.get("message"))
        if isinstance(finish := choice.get("finish_reason"), str) and finish:
            self.finish_reason = finish

    def _read_message(self, message: object) -> Iterator[StreamPiece]:
        if not isinstance(message, dict):
            return
        thought = _content_text(message.get("reasoning_content")) or _content_text(message.get("reasoning"))
        if thought := self._repair_text(thought):
            yield from self._mark_output(iter([StreamPiece(thought=thought)]))
        if text := self._repair_text(_content_text(message.get("content")) or _content_text(message.get("refusal"))):
            yield from self._mark_output(self._splitter.feed(text))

    def _mark_output(self, pieces: Iterator[StreamPiece]) -> Iterator[StreamPiece]:
        for piece in pieces:
            self.has_output = True
            yield piece

    def _repair_text(self, text: str) -> str:
        """The text with the halves of an emoji joined, without single halves and replacement characters (U+FFFD)."""
        if not text:
            return ""
        text = self._half_surrogate + text
        self._half_surrogate = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
        text = text.removesuffix(self._half_surrogate)
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore").replace("\ufffd", "")

    def _update_usage(self, usage: Mapping[str, object]) -> None:
        """Take the latest count: some endpoints send a running count with every chunk."""
        prompt_tokens, completion_tokens = (usage.get(f"{name}_tokens") for name in ("prompt", "completion"))
        if isinstance(prompt_tokens, int) and isinstance(completion_tokens, int):
            self.usage = Usage(prompt_tokens, completion_tokens)


def _error_status(chunk: Mapping[str, object]) -> int:
    error = chunk.get("error")
    code = (error if isinstance(error, dict) else chunk).get("code")
    return code if isinstance(code, int) and 400 <= code < 600 else 0


def _is_json_body(start: bytes) -> bool | None:
    start = start.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if start.startswith(b"<"):
        raise EndpointError(f"sent a web page instead of an answer; {_URL_HINT}")
    return start.startswith((b"{", b"[")) if start else None


def _content_text(content: object) -> str:
    """The text of a message: some endpoints send a list of parts instead of a string."""
    if isinstance(content, list):
        return "".join(_content_text(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""
