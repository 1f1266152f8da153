"""The bytes of an endpoint's reply become the pieces of an answer, in whichever form the endpoint sends them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from rag.endpoints.reasoning import ReasoningSplitter, StreamPiece
from rag.schema import Usage

_LINE_BREAK = re.compile(rb"\r\n|\n|\r(?!\Z)")  # a \r at the very end may be half of \r\n
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # the byte order mark, which some put before UTF-8
_MAX_BYTES = 64 * 2**20  # no answer is so long; what goes on after that has run away
_URL_HINT = "does OPENAI_BASE_URL end in /v1?"
_FILTER_REASONS = ("content_filter", "sensitive")  # OpenAI's word and Zhipu's
_ERROR_REASONS = ("error", "network_error")


class EndpointError(Exception):
    """The reply is no answer, or stopped being one.

    `what` says what the endpoint did; in it `{told}` stands for what the endpoint itself said, which may hold anything.
    """

    def __init__(self, message: str, detail: str = "", *, is_temporary: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message, self.detail = message, detail
        self.is_temporary = is_temporary  # another attempt may meet a better end
        self.retry_after = retry_after  # seconds that the endpoint asks to wait before it


class RequestRefused(EndpointError):
    """The endpoint refuses the request with an HTTP status, or with an error in the stream that has one (else 0)."""

    def __init__(self, message: str, status: int, body: str, *, retry_after: float | None = None) -> None:
        super().__init__(message, error_detail(body), is_temporary=status in (408, 409, 429) or status >= 500, retry_after=retry_after)
        self.status, self.body = status, body


class StreamParser:
    """Reads one reply: server-sent events, or a whole answer in JSON from a server that does not stream."""

    def __init__(self) -> None:
        self.finish_reason = ""  # why the model ended, as the endpoint calls it
        self.usage: Usage | None = None
        self.has_output = False  # a piece of an answer or a thought has come
        self.done = False  # the endpoint says that nothing more will come
        self._splitter = ReasoningSplitter()
        self._half_surrogate = ""  # of a surrogate pair
        self._partial_line = bytearray()  # as far as it has come
        self._event_data = ""  # data of an event that is no JSON yet
        self._is_json: bool | None = None  # True: no events but one object; None: not a sign of either yet
        self._size = 0

    @property
    def is_complete(self) -> bool:
        """The answer is whole; what may still come is its usage, and the end of the reply."""
        return self.done or bool(self.finish_reason)

    def feed(self, data: bytes) -> Iterator[StreamPiece]:
        """The pieces that these bytes complete.

        Raises:
            Broken: they are no answer.
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
            Broken: it was no answer, or not all of one.
        """
        if self._is_json:
            yield from self._read_object(bytes(self._partial_line))
        elif self._partial_line.strip() and not self.done:
            yield from self._read_line(bytes(self._partial_line).strip())
        yield from self._mark_output(self._splitter.flush())
        if not self.finish_reason:
            raise EndpointError("stopped in the middle of its answer; see the server's log" if self.has_output
                         else f"sent no streamed answer; {_URL_HINT}")
        if self.finish_reason in _FILTER_REASONS:
            raise EndpointError("was stopped by the content filter of its endpoint; ask in other words, or use another model")
        if self.finish_reason in _ERROR_REASONS:
            raise EndpointError("broke off with an error of its own; see the server's log")

    def _read_line(self, line: bytes) -> Iterator[StreamPiece]:
        """A line of an event stream. An event ends where its JSON does, for not every server sends the empty line after it."""
        line = line.removeprefix(_BYTE_ORDER_MARK)
        if self.done or not (line.startswith(b"data:") or (self._event_data and not line.strip())):
            return
        try:
            data = line.decode()[5:].strip()
        except UnicodeDecodeError:
            raise EndpointError("sent letters that are not UTF-8; see the server's log") from None
        if data.startswith("[DONE]"):
            self.done = True
            return
        self._event_data += data
        try:
            chunk = json.loads(self._event_data or "null")
        except (ValueError, RecursionError):
            if data:
                return  # the rest may stand in the next line
            raise EndpointError("sent what is no JSON in the middle of its answer; see the server's log") from None
        self._event_data = ""
        yield from self._read_chunk(chunk)

    def _read_object(self, body: bytes) -> Iterator[StreamPiece]:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            raise EndpointError(f"sent what is neither a stream nor JSON; {_URL_HINT}") from None
        yield from self._read_chunk(answer)
        if self.has_output and not self.finish_reason:
            self.finish_reason = "stop"  # an object that is whole is an answer that is

    def _read_chunk(self, chunk: object) -> Iterator[StreamPiece]:
        if not isinstance(chunk, dict):
            return
        if chunk.get("error") or ("choices" not in chunk and error_detail(json.dumps(chunk))):
            body = json.dumps(chunk, ensure_ascii=False)
            raise RequestRefused("broke off with an error: {told}; see the server's log", _error_status(chunk), body)
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
        """The text without what nobody can read: halves of an emoji are joined, or left out with what stands for a lost character."""
        if not text:
            return ""
        text = self._half_surrogate + text
        self._half_surrogate = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
        text = text.removesuffix(self._half_surrogate)
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore").replace("\ufffd", "")

    def _update_usage(self, usage: Mapping[str, object]) -> None:
        """The latest count stands: some endpoints send what it has come to with every chunk."""
        read, written = (usage.get(f"{name}_tokens") for name in ("prompt", "completion"))
        if isinstance(read, int) and isinstance(written, int):
            self.usage = Usage(read, written)


def error_detail(body: str) -> str:
    """What an endpoint says of an error, in whichever field; of a web page nothing."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return "" if body.lstrip().startswith("<") else body.strip()
    for _ in range(3):  # {"error": {"message": …}}, {"detail": [{"msg": …}]}, {"message": …}
        if isinstance(told, list):
            told = told[0] if told else ""
        if isinstance(told, dict):
            said = [told.get(key) for key in ("error", "message", "detail", "msg", "error_msg")]
            told = next((one for one in said if one and isinstance(one, str | list | dict)), "")
    return told if isinstance(told, str) else ""


def _error_status(chunk: Mapping[str, object]) -> int:
    error = chunk.get("error")
    code = (error if isinstance(error, dict) else chunk).get("code")
    return code if isinstance(code, int) and 400 <= code < 600 else 0


def _is_json_body(start: bytes) -> bool | None:
    start = start.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if start.startswith(b"<"):
        raise EndpointError(f"sent a web page in place of an answer; {_URL_HINT}")
    return start.startswith((b"{", b"[")) if start else None


def _content_text(content: object) -> str:
    """Text, or the text of a list of parts, as some endpoints send it."""
    if isinstance(content, list):
        return "".join(_content_text(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""
