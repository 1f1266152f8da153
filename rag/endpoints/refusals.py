"""Refused requests: which fields an endpoint does not support, whether a request is too long, and what would help."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.endpoints.client import RequestRefused, status_help

_BAD_REQUEST_STATUSES = (400, 413, 422)  # servers refuse a request because of its content with one of these
_OPTIONAL_FIELDS = {
    "stream_options": re.compile(r"stream_options|include_usage"),
    "temperature": re.compile(r"\btemperature\b"),
    "max_completion_tokens": re.compile(r"\bmax_completion_tokens\b"),
    "max_tokens": re.compile(r"\bmax_tokens\b"),
}
_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|size|window)|maximum context|max_context|too many (?:input |prompt )?tokens"
    r"|range of input length|(?:prompt|input|request|messages)(?: \w+){0,4} too (?:long|large)|token limit"
    r"|tokens?\b.{0,40}\bexceed|exceeds?\b.{0,40}\btokens?"
    r"|超长|过长|超过.{0,12}(?:长度|上下文|限制|token)|超出.{0,12}(?:长度|上下文|限制|token)", re.I)
_NUMBER = r"(\d[\d,]*)"
_LIMIT_IN_BODY = re.compile(rf'"n_ctx":\s*{_NUMBER}')  # from llama.cpp
_LIMIT_PATTERNS = [re.compile(form, re.I) for form in (
    rf"\[\s*\d+\s*,\s*{_NUMBER}\s*\]",
    rf"context[ _-]?(?:length|size|window)[^\d]{{0,30}}{_NUMBER}",
    rf"(?:limit|maximum|at most|up to|上限|限制|<=|>)[^\d]{{0,20}}{_NUMBER}",
    rf"{_NUMBER}(?: tokens?)? (?:limit|maximum|max)\b",
)]
_CONTENT_FILTER = re.compile(
    r"content_filter|data_inspection_failed|content management policy|sensitive content|敏感", re.I)
_STATUS_HELP = {
    400: "the server refuses the request, often because it is longer than the model's context",
    401: "check OPENAI_API_KEY",
    404: "check HUWEN_CHAT_MODEL, and that OPENAI_BASE_URL ends in /v1",
}


@dataclass
class ParameterSupport:
    """Which optional fields of a request an endpoint supports; a field that it refuses by name is not sent again."""

    unsupported: set[str] = field(default_factory=set)

    def fit_request(self, request: Mapping[str, object]) -> dict[str, object]:
        """The request without unsupported fields; `max_tokens` gets its newer name if the older one is refused."""
        names = {name: name for name in request}
        if "max_tokens" in self.unsupported:
            names["max_tokens"] = "max_completion_tokens"
        return {names[name]: value for name, value in request.items() if names[name] not in self.unsupported}

    def learn_refusal(self, refusal: RequestRefused, request: Mapping[str, object]) -> bool:
        """True if a field that was sent is refused by name, so that the request can be sent again without it."""
        if refusal.status not in _BAD_REQUEST_STATUSES or is_too_long(refusal):
            return False
        refused = {name for name, form in _OPTIONAL_FIELDS.items() if name in request and form.search(refusal.body)}
        self.unsupported |= refused
        return bool(refused)


def is_too_long(refusal: RequestRefused) -> bool:
    """True if the request is longer than the model can read."""
    if refusal.status not in (*_BAD_REQUEST_STATUSES, 0):
        return False
    return "context_length_exceeded" in refusal.body or bool(_TOO_LONG.search(refusal.detail))


def context_limit(refusal: RequestRefused) -> int:
    """How many tokens the model can read, if the endpoint says so; else 0.

    `This model's maximum context length is 4,097 tokens. However, you requested 5,000` → 4097
    """
    matches = [_LIMIT_IN_BODY.search(refusal.body), *(form.search(refusal.detail) for form in _LIMIT_PATTERNS)]
    return next((int(match[1].replace(",", "")) for match in matches if match), 0)


def help_text(refusal: RequestRefused) -> str:
    """What the user can do about this refusal."""
    if is_too_long(refusal):
        return "the request is longer than the model's context; lower HUWEN_CONTEXT"
    if refusal.status in _BAD_REQUEST_STATUSES and _CONTENT_FILTER.search(refusal.body):
        return "a content filter refuses the question or a passage; ask in other words, or use another model"
    return status_help(refusal.status, _STATUS_HELP)
