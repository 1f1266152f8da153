"""Doctor: checks the endpoints of the settings, measures how fast they answer, and describes each fault."""

from __future__ import annotations

import json
import os
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from rag.endpoints.client import (
    EndpointClient,
    HttpReply,
    TransportError,
    append_detail,
    error_detail,
    first_line,
    redact_key,
    redact_line,
)
from rag.endpoints.deadlines import Deadlines
from rag.endpoints.urls import OPENAI_URL, is_local_url, redact_url
from rag.schema import EmbeddingEndpoint, Endpoint, HuwenError
from rag.settings import INNER_EMBEDDERS, Settings

_TOTAL_SECONDS = 10.0
_BAD_FIELD_STATUSES = (400, 422)  # servers refuse a field that they do not know with one of these
_MAX_BYTES = 8 * 2**20  # for a list of models: a gateway's may name hundreds
_MAX_NAMES = 6  # models of a list that are shown
_CONTEXT_FIELDS = (
    "max_model_len", "loaded_context_length", "context_length", "context_window", "max_context_length", "n_ctx")
_TEST_PROMPT = "Answer with one word: OK. 只答一个字：好。"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report; `is_ok` is False if the user must change something."""

    name: str
    message: str
    is_ok: bool = True


class WrongEndpoint(HuwenError):
    """An endpoint is not usable; the message describes the fault in one sentence, without the key."""


def check_endpoints(
    settings: Settings, deadlines: Deadlines = Deadlines(),  # noqa: B008  # frozen
) -> Iterator[Finding]:
    """Check the endpoints of the settings; yields each finding as soon as it is known. No finding contains a key."""
    if settings.chat_model:
        key = settings.api_key.get_secret_value().strip()
        chat = Endpoint(settings.chat_model, settings.base_url or OPENAI_URL, key)
        yield from _check_proxy(chat.url)
        yield from (_redact_finding(key, finding) for finding in _check_chat(chat, settings.context, deadlines))
    else:
        yield Finding("model", "none: answers are quoted sentences; "
                               "set HUWEN_CHAT_MODEL and OPENAI_BASE_URL for a model")
    vectors = settings.embed_endpoint
    if uses_endpoint(vectors.model):
        embedding = EmbeddingEndpoint(
            vectors.model, vectors.url or OPENAI_URL, vectors.key.strip(), vectors.prompts)
        yield _redact_finding(embedding.key, _check_embedding(embedding))


def model_names(endpoint: Endpoint) -> list[str]:
    """The names of the models of an endpoint, in its order; empty if it does not list them.

    Raises:
        WrongEndpoint: it cannot be an endpoint, or not with this key.
    """
    try:
        return [str(model["id"]) for model in _list_models(endpoint)]
    except WrongEndpoint as error:
        raise WrongEndpoint(redact_key(str(error), endpoint.key.strip())) from None


def _check_chat(chat: Endpoint, budget: int, deadlines: Deadlines) -> Iterator[Finding]:
    try:
        models = _list_models(chat)
    except WrongEndpoint as error:
        yield Finding("endpoint", str(error), is_ok=False)
        return
    yield Finding("models", _describe_models(chat, [str(model.get("id")) for model in models]))
    if size := _context_size(chat, models):
        advice = f"; lower HUWEN_CONTEXT, which is {budget}" if budget >= size else ""
        yield Finding("context", f"{size} tokens for question, passages and answer together{advice}")
    yield _time_answer(chat, deadlines)


def _describe_models(chat: Endpoint, names: list[str]) -> str:
    where = redact_url(chat.url)
    if not names:
        return f"{where} lists none, as some endpoints do"
    shown = ", ".join(names[:_MAX_NAMES]) + (", …" if len(names) > _MAX_NAMES else "")
    is_listed = chat.model in names or f"{chat.model}:latest" in names
    return f"{len(names)} at {where}: {shown}" + ("" if is_listed else f"; {chat.model} is not among them")


def _time_answer(chat: Endpoint, deadlines: Deadlines) -> Finding:
    from rag.endpoints.chat import (  # the OpenAI package, which a check without a model never needs
        ModelFailed,
        chat_model,
    )

    started, first, answer = time.perf_counter(), 0.0, ""
    try:
        for chunk in chat_model(chat.model, chat.url, chat.key, deadlines).stream(_TEST_PROMPT):
            if not first and (chunk.text or chunk.additional_kwargs):
                first = time.perf_counter() - started
            answer = chunk.text if chunk.additional_kwargs.get("retracted") else answer + chunk.text
    except ModelFailed as error:
        return Finding("answer", str(error), is_ok=False)
    if not answer.strip():
        return Finding("answer", f"{chat.model} answered without a word; is it a chat model?", is_ok=False)
    total = time.perf_counter() - started
    return Finding("answer", f"{chat.model} began after {first:.2f} s and was done after {total:.2f} s "
                             f"({len(answer)} characters)")


def _list_models(chat: Endpoint) -> list[dict[str, object]]:
    """The models of the endpoint; empty if it does not list them.

    Raises:
        WrongEndpoint: it cannot be an endpoint, or not with this key.
    """
    reply = _send_request("GET", chat, "/models")
    if models := _parse_models(reply.text):
        return models
    path, where = urlsplit(chat.url).path.rstrip("/"), redact_url(chat.url)
    if path.endswith(("/completions", "/models", "/chat")):
        raise WrongEndpoint(f"{where} goes too far; OPENAI_BASE_URL ends at /v1")
    if reply.status == 401:
        raise WrongEndpoint(f"{where} refuses the key ({_status_detail(reply, chat.key)}); check OPENAI_API_KEY")
    if not path.rpartition("/")[2].startswith("v"):
        _try_version_path(chat)
    if reply.status == 407:
        raise WrongEndpoint(f"the proxy between here and {where} wants a name and a password (407); "
                            "set them in HTTPS_PROXY")
    if reply.text.lstrip().startswith("<") and reply.status < 400:
        raise WrongEndpoint(f"a web page answers at {where}, no model server; does OPENAI_BASE_URL end in /v1?")
    return []


def _try_version_path(chat: Endpoint) -> None:
    """Raise WrongEndpoint if the API is at the same URL with /v1."""
    longer = Endpoint(chat.model, f"{chat.url.rstrip('/')}/v1", chat.key)
    reply = _send_request("GET", longer, "/models")
    if _parse_models(reply.text) or reply.status == 401:
        raise WrongEndpoint(f"the API is not at {redact_url(chat.url)}, but {redact_url(longer.url)} would work; "
                            "set OPENAI_BASE_URL to that")


def _parse_models(body: str) -> list[dict[str, object]]:
    try:
        reply = json.loads(body)
    except ValueError:
        return []
    listed = reply.get("data") if isinstance(reply, dict) else reply
    if not isinstance(listed, list):
        return []
    return [model for model in listed if isinstance(model, dict) and model.get("id")]


def _context_size(chat: Endpoint, models: list[dict[str, object]]) -> int:
    """The context length of the model in tokens; 0 if the endpoint does not state it.

    llama.cpp states it at /props; in the list of models, older versions only state the context length of training.
    """
    only_model = models[0] if len(models) == 1 else {}
    model = next((model for model in models if model["id"] == chat.model), only_model)
    meta = model.get("meta")
    fields = {**(meta if isinstance(meta, dict) else {}), **model}
    size = next((size for name in _CONTEXT_FIELDS if isinstance(size := fields.get(name), int)), 0)
    if size or not isinstance(meta, dict):
        return size
    trained_size = fields.get("n_ctx_train")
    return _llama_context(chat) or (trained_size if isinstance(trained_size, int) else 0)


def _llama_context(chat: Endpoint) -> int:
    """The context length that a llama.cpp server states at /props, else 0."""
    server = Endpoint(chat.model, chat.url.rstrip("/").removesuffix("/v1"), chat.key)
    try:
        size = json.loads(_send_request("GET", server, "/props").text)["default_generation_settings"]["n_ctx"]
    except (WrongEndpoint, ValueError, KeyError, TypeError):
        return 0
    return size if isinstance(size, int) else 0


def uses_endpoint(model: str) -> bool:
    """True if the embedding model of the settings is served by an endpoint, not loaded on this machine."""
    if model in INNER_EMBEDDERS or model.startswith("local:"):
        return False
    return not Path(model).expanduser().is_dir()


def _check_embedding(vectors: EmbeddingEndpoint) -> Finding:
    started = time.perf_counter()
    where = f"{vectors.model} at {redact_url(vectors.url)}"
    body = {"model": vectors.model, "input": ["湖 lake"], "encoding_format": "float"}
    if vectors.prompts.input_type:
        body["input_type"] = vectors.prompts.input_type
    try:
        reply = _send_request("POST", vectors, "/embeddings", body)
    except WrongEndpoint as error:
        fault = str(error).replace("OPENAI_BASE_URL", "HUWEN_EMBED_URL").replace("OPENAI_API_KEY", "HUWEN_EMBED_KEY")
        return Finding("embedding", fault, is_ok=False)
    dimension = _vector_dimension(reply.text)
    if not dimension:
        may_refuse_field = vectors.prompts.input_type and reply.status in _BAD_FIELD_STATUSES
        advice = "; if the server does not know the field input_type, empty HUWEN_EMBED_INPUT_TYPE"
        return Finding("embedding", f"{where} gave no vector (status {_status_detail(reply, vectors.key)}); "
                                    "check HUWEN_EMBED_MODEL, HUWEN_EMBED_KEY, and that HUWEN_EMBED_URL ends in /v1"
                                    f"{advice if may_refuse_field else ''}", is_ok=False)
    return Finding("embedding", f"{where} gave {dimension} dimensions after {time.perf_counter() - started:.2f} s")


def _vector_dimension(body: str) -> int:
    """The dimension of the first vector of a reply; 0 if there is none."""
    try:
        vector = json.loads(body)["data"][0]["embedding"]
    except (ValueError, KeyError, IndexError, TypeError):
        return 0
    return len(vector) if isinstance(vector, list) else 0


def _status_detail(reply: HttpReply, key: str) -> str:
    """The status of a reply with its error message: `401: Incorrect API key provided: …`."""
    return append_detail(str(reply.status), redact_line(error_detail(reply.text), key.strip()))


def _send_request(
    method: str, endpoint: Endpoint, path: str, body: Mapping[str, object] | None = None,
) -> HttpReply:
    """Send a request and return the reply, with any status.

    Raises:
        WrongEndpoint: there is no reply.
    """
    where = redact_url(endpoint.url)
    if not _is_http_url(endpoint.url):
        raise WrongEndpoint(
            f"OPENAI_BASE_URL is {where}, which is not an address; an address looks like http://127.0.0.1:8000/v1")
    client = EndpointClient(endpoint.url, endpoint.key or "none", silence_timeout=_TOTAL_SECONDS, max_bytes=_MAX_BYTES)
    deadline = time.monotonic() + _TOTAL_SECONDS
    with closing(client):
        try:
            return client.send_request(method, endpoint.url.rstrip("/") + path, body, deadline)
        except TransportError as error:
            if error.kind in ("total", "size"):
                raise WrongEndpoint(f"{where} sends without end at {path}") from None
            raise WrongEndpoint(_explain_fault(urlsplit(where).netloc or where, error)) from None


def _explain_fault(host: str, error: TransportError) -> str:
    if error.kind == "key":
        return "OPENAI_API_KEY contains characters that no key has"
    match error.root:
        case socket.gaierror():
            return f"no address is known for {host} (DNS); check OPENAI_BASE_URL and the network"
        case ConnectionRefusedError():
            return f"nothing listens at {host} (connection refused); is the server, or the proxy before it, running?"
        case ssl.SSLCertVerificationError(verify_message=reason):
            return (f"the certificate of {host} cannot be trusted (TLS: {reason}); "
                    "where a company's proxy has its own, set SSL_CERT_FILE to it")
        case ssl.SSLError() as root:
            return (f"{host} does not speak https (TLS: {root.reason or root}); "
                    "if it is a local server, write http:// in OPENAI_BASE_URL")
        case TimeoutError():
            return f"{host} does not answer; check OPENAI_BASE_URL, the network and the firewall"
    if error.kind == "silence":
        return f"{host} does not answer; check OPENAI_BASE_URL, the network and the firewall"
    return f"{host} cannot be asked ({first_line(error.detail)}); check OPENAI_BASE_URL"


def _check_proxy(url: str) -> Iterator[Finding]:
    """The proxy that the environment sets before the endpoint, if there is one."""
    if not _is_http_url(url):
        return
    parts, proxies = urlsplit(redact_url(url)), getproxies()
    scheme = parts.scheme if parts.scheme in proxies else "all"
    if not (proxy := proxies.get(scheme)):
        return
    names = (f"{scheme}_proxy", f"{scheme}_proxy".upper())
    name = next((name for name in names if name in os.environ), "the system's settings")
    if is_local_url(url):
        effect = f"it is not used, for {parts.netloc} is this machine"
        yield Finding("proxy", f"{name} names {redact_url(proxy)}; {effect}")
    elif proxy_bypass(parts.hostname or ""):
        yield Finding("proxy", f"{name} names {redact_url(proxy)}; NO_PROXY spares {parts.hostname}")
    else:
        yield Finding("proxy", f"{name} sends what goes to {parts.hostname} through {redact_url(proxy)}; "
                               f"NO_PROXY={parts.hostname} goes round it")


def _is_http_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _redact_finding(key: str, finding: Finding) -> Finding:
    return Finding(finding.name, redact_key(finding.message, key), finding.is_ok)
