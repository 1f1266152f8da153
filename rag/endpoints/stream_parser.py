"""The bytes of an endpoint's reply become the pieces of an answer, in whichever form the endpoint sends them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from rag.endpoints.reasoning import Piece, Thoughts
from rag.schema import Usage

_BREAK = re.compile(rb"\r\n|\n|\r(?!\Z)")  # a \r at the very end may be half of \r\n
_MARK = b"\xef\xbb\xbf"  # the byte order mark, which some put before UTF-8
_BYTES = 64 * 2**20  # no answer is so long; what goes on after that has run away
_WRONG_PLACE = "does OPENAI_BASE_URL end in /v1?"
_FILTERED = ("content_filter", "sensitive")  # OpenAI's word and Zhipu's
_BROKEN = ("error", "network_error")


class Broken(Exception):
    """The reply is no answer, or stopped being one.

    `what` says what the endpoint did; in it `{told}` stands for what the endpoint itself said, which may hold anything.
    """

    def __init__(self, what: str, told: str = "", *, may_pass: bool = False, pause: float | None = None) -> None:
        super().__init__(what)
        self.what, self.told = what, told
        self.may_pass = may_pass  # another attempt may meet a better end
        self.pause = pause  # seconds that the endpoint asks to wait before it


class Refused(Broken):
    """The endpoint refuses the request with an HTTP status, or with an error in the stream that has one (else 0)."""

    def __init__(self, what: str, status: int, body: str, *, pause: float | None = None) -> None:
        super().__init__(what, told_by(body), may_pass=status in (408, 409, 429) or status >= 500, pause=pause)
        self.status, self.body = status, body


class Reading:
    """Reads one reply: server-sent events, or a whole answer in JSON from a server that does not stream."""

    def __init__(self) -> None:
        self.finish = ""  # why the model ended, as the endpoint calls it
        self.usage: Usage | None = None
        self.begun = False  # a piece of an answer or a thought has come
        self.done = False  # the endpoint says that nothing more will come
        self._thoughts = Thoughts()
        self._half = ""  # of a surrogate pair
        self._line = bytearray()  # as far as it has come
        self._event = ""  # data of an event that is no JSON yet
        self._whole: bool | None = None  # True: no events but one object; None: not a sign of either yet
        self._size = 0

    @property
    def over(self) -> bool:
        """The answer is whole; what may still come is its usage, and the end of the reply."""
        return self.done or bool(self.finish)

    def feed(self, data: bytes) -> Iterator[Piece]:
        """The pieces that these bytes complete.

        Raises:
            Broken: they are no answer.
        """
        self._size += len(data)
        if self._size > _BYTES:
            raise Broken(f"sent more than {_BYTES >> 20} MB, which is no answer; see the server's log")
        self._line += data
        if self._whole is None:
            self._whole = _is_whole(bytes(self._line[:100]))
        if self._whole or not (b"\n" in data or b"\r" in data):
            return
        *lines, rest = _BREAK.split(bytes(self._line))
        self._line = bytearray(rest)
        for line in lines:
            yield from self._read(line)

    def end(self) -> Iterator[Piece]:
        """The last pieces, at the end of the reply.

        Raises:
            Broken: it was no answer, or not all of one.
        """
        if self._whole:
            yield from self._object(bytes(self._line))
        elif self._line.strip() and not self.done:
            yield from self._read(bytes(self._line).strip())
        yield from self._known(self._thoughts.end())
        if not self.finish:
            raise Broken("stopped in the middle of its answer; see the server's log" if self.begun
                         else f"sent no streamed answer; {_WRONG_PLACE}")
        if self.finish in _FILTERED:
            raise Broken("was stopped by the content filter of its endpoint; ask in other words, or use another model")
        if self.finish in _BROKEN:
            raise Broken("broke off with an error of its own; see the server's log")

    def _read(self, line: bytes) -> Iterator[Piece]:
        """A line of an event stream. An event ends where its JSON does, for not every server sends the empty line after it."""
        line = line.removeprefix(_MARK)
        if self.done or not (line.startswith(b"data:") or (self._event and not line.strip())):
            return
        try:
            data = line.decode()[5:].strip()
        except UnicodeDecodeError:
            raise Broken("sent letters that are not UTF-8; see the server's log") from None
        if data.startswith("[DONE]"):
            self.done = True
            return
        self._event += data
        try:
            chunk = json.loads(self._event or "null")
        except (ValueError, RecursionError):
            if data:
                return  # the rest may stand in the next line
            raise Broken("sent what is no JSON in the middle of its answer; see the server's log") from None
        self._event = ""
        yield from self._pieces(chunk)

    def _object(self, body: bytes) -> Iterator[Piece]:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            raise Broken(f"sent what is neither a stream nor JSON; {_WRONG_PLACE}") from None
        yield from self._pieces(answer)
        if self.begun and not self.finish:
            self.finish = "stop"  # an object that is whole is an answer that is

    def _pieces(self, chunk: object) -> Iterator[Piece]:
        if not isinstance(chunk, dict):
            return
        if chunk.get("error") or ("choices" not in chunk and told_by(json.dumps(chunk))):
            body = json.dumps(chunk, ensure_ascii=False)
            raise Refused("broke off with an error: {told}; see the server's log", _status(chunk), body)
        if isinstance(usage := chunk.get("usage"), dict):
            self._count(usage)
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return
        yield from self._said(choice.get("delta") or choice.get("message"))
        if isinstance(finish := choice.get("finish_reason"), str) and finish:
            self.finish = finish

    def _said(self, message: object) -> Iterator[Piece]:
        if not isinstance(message, dict):
            return
        thought = _text(message.get("reasoning_content")) or _text(message.get("reasoning"))
        if thought := self._letters(thought):
            yield from self._known(iter([Piece(thought=thought)]))
        if text := self._letters(_text(message.get("content")) or _text(message.get("refusal"))):
            yield from self._known(self._thoughts.read(text))

    def _known(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        for piece in pieces:
            self.begun = True
            yield piece

    def _letters(self, text: str) -> str:
        """The text without what nobody can read: halves of an emoji are joined, or left out with what stands for a lost character."""
        if not text:
            return ""
        text = self._half + text
        self._half = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
        text = text.removesuffix(self._half)
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore").replace("\ufffd", "")

    def _count(self, usage: Mapping[str, object]) -> None:
        """The latest count stands: some endpoints send what it has come to with every chunk."""
        read, written = (usage.get(f"{name}_tokens") for name in ("prompt", "completion"))
        if isinstance(read, int) and isinstance(written, int):
            self.usage = Usage(read, written)


def told_by(body: str) -> str:
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


def _status(chunk: Mapping[str, object]) -> int:
    error = chunk.get("error")
    code = (error if isinstance(error, dict) else chunk).get("code")
    return code if isinstance(code, int) and 400 <= code < 600 else 0


def _is_whole(start: bytes) -> bool | None:
    start = start.removeprefix(_MARK).lstrip()
    if start.startswith(b"<"):
        raise Broken(f"sent a web page in place of an answer; {_WRONG_PLACE}")
    return start.startswith((b"{", b"[")) if start else None


def _text(content: object) -> str:
    """Text, or the text of a list of parts, as some endpoints send it."""
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""
