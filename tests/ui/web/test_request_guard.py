"""Request guard: which requests are refused, and which headers every response has."""

from __future__ import annotations

import pytest

from rag.pipeline import Pipeline
from tests.ui.web.conftest import app_state_of, http_client, scripted_draft, serve_page, with_draft
from ui.web.app import MissingPassword, serve


def test_requests_from_the_page_of_another_site_are_refused(pipeline: Pipeline) -> None:
    """Also if the site makes its own host name point to this machine (DNS rebinding)."""
    with serve_page(app_state_of(pipeline)) as address, http_client(address) as client:
        assert client.get("/page/conversations", headers={"Origin": "https://evil.example"}).status_code == 403
        assert client.get("/page/conversations", headers={"Host": "evil.example"}).status_code == 403
        assert client.get("/", headers={"Host": "evil.example:7860"}).status_code == 403
        assert client.get("/page/conversations", headers={"Origin": address}).status_code == 200


def test_the_content_security_policy_allows_only_our_own_scripts(pipeline: Pipeline) -> None:
    scripted = with_draft(pipeline, scripted_draft("好。"))
    with serve_page(scripted) as address, http_client(address) as client:
        headers = client.get("/").headers
        parts = headers["content-security-policy"].split(";")
        scripts = next(part for part in parts if part.strip().startswith("script-src"))
        assert "unsafe-inline" not in scripts
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_password_is_asked_for_and_a_wrong_one_is_refused(pipeline: Pipeline) -> None:
    right = ("reader", "湖 42")
    with serve_page(app_state_of(pipeline, password="湖 42")) as address, http_client(address) as client:
        for path in ("/", "/page/conversations", "/page/script.js", "/config", "/gradio_api/info"):
            refused = client.get(path)
            assert (refused.status_code, "Basic" in refused.headers["www-authenticate"]) == (401, True)
        assert client.get("/page/conversations", auth=("reader", "湖")).status_code == 401
        assert client.get("/page/conversations", headers={"Authorization": "Basic %%%"}).status_code == 401
        assert client.get("/page/conversations", auth=right).status_code == 200
        own_host, evil_origin = {"Host": "huwen.lan:7860"}, {"Origin": "https://evil.example"}
        assert client.get("/page/conversations", auth=right, headers=own_host).status_code == 200
        assert client.get("/page/conversations", auth=right, headers=evil_origin).status_code == 403


def test_others_reach_the_page_only_with_a_password(pipeline: Pipeline) -> None:
    with pytest.raises(MissingPassword, match=r"0\.0\.0\.0 others could read .* HUWEN_PASSWORD"):
        serve(app_state_of(pipeline, host="0.0.0.0"), port=7999, browser=False)
