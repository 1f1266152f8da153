"""The settings become findings: what their endpoints answer, how fast, and in one sentence what is wrong."""

from __future__ import annotations

import json
import os
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from rag.endpoints.chat import ModelFailed, chat_model
from rag.endpoints.deadlines import Deadlines
from rag.endpoints.stream_parser import error_detail
from rag.endpoints.urls import is_local_url, redact_url
from rag.schema import Endpoint, HuwenError
from rag.settings import Settings

OPENAI_URL = "https://api.openai.com/v1"
_CONNECT_SECONDS, _TOTAL_SECONDS, _MAX_BYTES = 5.0, 10.0, 8 * 2**20  # for a list of models; a gateway's may name hundreds
_MAX_NAMES = 6  # models of a list that are shown
_SHORTEST_KEY = 8  # what is shorter is no secret but a local server's `none` or `EMPTY`
_CONTEXT_FIELDS = ("max_model_len", "loaded_context_length", "context_length", "context_window", "max_context_length", "n_ctx")
_TEST_PROMPT = "Answer with one word: OK. 只答一个字：好。"


@dataclass(frozen=True)
class Finding:
    """One line of what the doctor says; `well` is False where something needs mending."""

    name: str
    message: str
    is_ok: bool = True


class WrongEndpoint(HuwenError):
    """What is wrong with an endpoint, in one sentence that keeps the key."""


def check_endpoints(settings: Settings, deadlines: Deadlines = Deadlines()) -> Iterator[Finding]:  # noqa: B008  # frozen
    """What there is to say of the models of the settings, each line as soon as it is known. No line holds a key."""
    if settings.chat_model:
        chat = Endpoint(settings.chat_model, settings.base_url or OPENAI_URL, settings.api_key.get_secret_value().strip())
        yield from _check_proxy(chat.url)
        yield from (_redact_finding(chat.key, finding) for finding in _check_chat(chat, settings.context, deadlines))
    else:
        yield Finding("model", "none: answers are quoted sentences; set HUWEN_CHAT_MODEL and OPENAI_BASE_URL for a model")
    vectors = settings.embed_endpoint
    if uses_endpoint(vectors.model):
        yield _redact_finding(vectors.key, _check_embedding(Endpoint(vectors.model, vectors.url or OPENAI_URL, vectors.key.strip())))


def model_names(endpoint: Endpoint) -> list[str]:
    """Names of the models of an endpoint, in its order; none where it does not list them.

    Raises:
        WrongEndpoint: it cannot be an endpoint, or not with this key.
    """
    try:
        return [str(model["id"]) for model in _list_models(endpoint)]
    except WrongEndpoint as wrong:
        raise WrongEndpoint(_redact_key(endpoint.key, str(wrong))) from None


def _check_chat(chat: Endpoint, budget: int, deadlines: Deadlines) -> Iterator[Finding]:
    try:
        models = _list_models(chat)
    except WrongEndpoint as wrong:
        yield Finding("endpoint", str(wrong), is_ok=False)
        return
    names = [str(model.get("id")) for model in models]
    shown = ", ".join(names[:_MAX_NAMES]) + (", …" if len(names) > _MAX_NAMES else "")
    missing = "" if not names or {chat.model, f"{chat.model}:latest"} & {*names} else f"; {chat.model} is not among them"
    yield Finding("models", f"{len(names)} at {redact_url(chat.url)}: {shown}{missing}" if names else
                  f"{redact_url(chat.url)} lists none, as some endpoints do")
    if size := _context_size(chat, models):
        wide = f"; lower HUWEN_CONTEXT, which is {budget}" if budget >= size else ""
        yield Finding("context", f"{size} tokens for question, passages and answer together{wide}")
    yield _time_answer(chat, deadlines)


def _time_answer(chat: Endpoint, deadlines: Deadlines) -> Finding:
    begun, first, said = time.perf_counter(), 0.0, ""
    try:
        for chunk in chat_model(chat.model, chat.url, chat.key, deadlines).stream(_TEST_PROMPT):
            if not first and (chunk.text or chunk.additional_kwargs):
                first = time.perf_counter() - begun
            said = chunk.text if chunk.additional_kwargs.get("retracted") else said + chunk.text
    except ModelFailed as error:
        return Finding("answer", str(error), is_ok=False)
    if not said.strip():
        return Finding("answer", f"{chat.model} answered without a word; is it a model for chat?", is_ok=False)
    return Finding("answer", f"{chat.model} began after {first:.2f} s and was done after {time.perf_counter() - begun:.2f} s "
                             f"({len(said)} characters)")


def _list_models(chat: Endpoint) -> list[dict[str, object]]:
    """The models of the endpoint; none where it does not list them.

    Raises:
        WrongEndpoint: it cannot be an endpoint, or not with this key.
    """
    status, body = _send_request("GET", chat, "/models")
    if models := _parse_models(body):
        return models
    path = urlsplit(chat.url).path.rstrip("/")
    where = redact_url(chat.url)
    if path.endswith(("/completions", "/models", "/chat")):
        raise WrongEndpoint(f"{where} goes too far; OPENAI_BASE_URL ends at /v1")
    if status == 401:
        told = error_detail(body).split("\n")[0][:200]
        raise WrongEndpoint(f"{where} refuses the key (401{': ' if told else ''}{told}); check OPENAI_API_KEY")
    if not path.rpartition("/")[2].startswith("v"):
        longer = Endpoint(chat.model, f"{chat.url.rstrip('/')}/v1", chat.key)
        other, told = _send_request("GET", longer, "/models")
        if _parse_models(told) or other == 401:
            raise WrongEndpoint(f"the API is not at {where}, but {redact_url(longer.url)} would work; set OPENAI_BASE_URL to that")
    if status == 407:
        raise WrongEndpoint(f"the proxy between here and {where} wants a name and a password (407); set them in HTTPS_PROXY")
    if body.lstrip().startswith("<") and status < 400:
        raise WrongEndpoint(f"a web page answers at {where}, no model server; does OPENAI_BASE_URL end in /v1?")
    return []


def _parse_models(body: str) -> list[dict[str, object]]:
    try:
        told = json.loads(body)
    except ValueError:
        return []
    listed = told.get("data") if isinstance(told, dict) else told
    return [model for model in listed if isinstance(model, dict) and model.get("id")] if isinstance(listed, list) else []


def _context_size(chat: Endpoint, models: list[dict[str, object]]) -> int:
    """How many tokens the model takes, where the endpoint says so; llama.cpp says it at /props, and what it was trained on here."""
    model = next((model for model in models if model["id"] == chat.model), models[0] if len(models) == 1 else {})
    meta = model.get("meta")
    told = {**(meta if isinstance(meta, dict) else {}), **model}
    found = next((size for name in _CONTEXT_FIELDS if isinstance(size := told.get(name), int)), 0)
    if found or not isinstance(meta, dict):
        return found
    try:
        _, body = _send_request("GET", Endpoint(chat.model, chat.url.rstrip("/").removesuffix("/v1"), chat.key), "/props")
        size = json.loads(body)["default_generation_settings"]["n_ctx"]
    except (WrongEndpoint, ValueError, KeyError, TypeError):
        size = told.get("n_ctx_train")
    return size if isinstance(size, int) else 0


def uses_endpoint(model: str) -> bool:
    """Whether a model that makes vectors is asked at an endpoint."""
    return bool(model) and model != "none" and not model.startswith("local:") and not Path(model).expanduser().is_dir()


def _check_embedding(vectors: Endpoint) -> Finding:
    begun = time.perf_counter()
    where = f"{vectors.model} at {redact_url(vectors.url)}"
    try:
        status, body = _send_request("POST", vectors, "/embeddings", {"model": vectors.model, "input": ["湖 lake"], "encoding_format": "float"})
        vector = json.loads(body)["data"][0]["embedding"]
        if not (isinstance(vector, list) and vector):
            raise TypeError
    except WrongEndpoint as wrong:
        return Finding("embedding", str(wrong).replace("OPENAI_", "HUWEN_EMBED_"), is_ok=False)
    except (ValueError, KeyError, IndexError, TypeError):
        told = error_detail(body).split("\n")[0][:200]
        return Finding("embedding", f"{where} gave no vector (status {status}{': ' if told else ''}{told}); "
                                    "check HUWEN_EMBED_MODEL, HUWEN_EMBED_KEY, and that HUWEN_EMBED_URL ends in /v1", is_ok=False)
    return Finding("embedding", f"{where} gave {len(vector)} dimensions after {time.perf_counter() - begun:.2f} s")


def _send_request(method: str, endpoint: Endpoint, path: str, body: Mapping[str, object] | None = None) -> tuple[int, str]:
    """Status and body of a reply.

    Raises:
        WrongEndpoint: there is none.
    """
    if not _is_http_url(endpoint.url):
        raise WrongEndpoint(f"OPENAI_BASE_URL is {redact_url(endpoint.url)}, which is no address; one looks like http://127.0.0.1:8000/v1")
    key = endpoint.key or "none"
    if not (key.isascii() and key.isprintable()):
        raise WrongEndpoint("OPENAI_API_KEY holds signs that no key has")
    until, came = time.monotonic() + _TOTAL_SECONDS, b""
    timeout = httpx.Timeout(_TOTAL_SECONDS, connect=_CONNECT_SECONDS)
    try:
        with (httpx.Client(trust_env=not is_local_url(endpoint.url), follow_redirects=True, timeout=timeout) as client,
              client.stream(method, endpoint.url.rstrip("/") + path, json=body, headers={"Authorization": f"Bearer {key}"}) as reply):
            for piece in reply.iter_bytes():
                came += piece
                if time.monotonic() > until or len(came) > _MAX_BYTES:
                    raise WrongEndpoint(f"{redact_url(endpoint.url)} sends without end at {path}")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OverflowError, ImportError) as error:  # of a port, or a proxy in the environment
        raise WrongEndpoint(_explain_failure(endpoint.url, error)) from None
    return reply.status_code, came.decode("utf-8", "replace")


def _explain_failure(url: str, error: BaseException) -> str:
    root = error
    while (before := root.__cause__ or root.__context__) is not None:
        root = before
    host = urlsplit(redact_url(url)).netloc or url
    match root:
        case socket.gaierror():
            return f"no address is known for {host} (DNS); check OPENAI_BASE_URL and the network"
        case ConnectionRefusedError():
            return f"nothing listens at {host} (connection refused); is the server, or the proxy before it, running?"
        case ssl.SSLCertVerificationError(verify_message=why):
            return f"the certificate of {host} cannot be trusted (TLS: {why}); where a company's proxy has its own, set SSL_CERT_FILE to it"
        case ssl.SSLError():
            return f"{host} does not speak https (TLS: {root.reason or root}); if it is a local server, write http:// in OPENAI_BASE_URL"
    if isinstance(error, httpx.TimeoutException):
        return f"{host} does not answer; check OPENAI_BASE_URL, the network and the firewall"
    return f"{host} cannot be asked ({str(error).splitlines()[0] if str(error) else type(error).__name__}); check OPENAI_BASE_URL"


def _check_proxy(url: str) -> Iterator[Finding]:
    """A proxy that the environment sets before the endpoint."""
    if not _is_http_url(url):
        return
    parts, proxies = urlsplit(redact_url(url)), getproxies()
    scheme = parts.scheme if parts.scheme in proxies else "all"
    if not (proxy := proxies.get(scheme)):
        return
    name = next((name for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper()) if name in os.environ), "the system's settings")
    if is_local_url(url):
        yield Finding("proxy", f"{name} names {redact_url(proxy)}; it is not used, for {parts.netloc} is this machine")
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
    return Finding(finding.name, _redact_key(key, finding.message), finding.is_ok)


def _redact_key(key: str, text: str) -> str:
    key = key.strip()
    return text.replace(key, "…") if len(key) >= _SHORTEST_KEY else text
