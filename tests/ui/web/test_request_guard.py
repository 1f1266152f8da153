"""Who may ask the page for anything, and what every response tells the browser."""

from __future__ import annotations

import httpx
import pytest

from rag.pipeline import Pipeline
from tests.ui.web.conftest import desk_of, saying, served, with_draft
from ui.web.app import MissingPassword, serve


def test_the_page_of_another_site_can_send_nothing(pipeline: Pipeline) -> None:
    """Neither under its own name, nor under one that it made to point here."""
    with served(desk_of(pipeline)) as address, httpx.Client(base_url=address, trust_env=False) as client:
        assert client.get("/page/conversations", headers={"Origin": "https://evil.example"}).status_code == 403
        assert client.get("/page/conversations", headers={"Host": "evil.example"}).status_code == 403
        assert client.get("/", headers={"Host": "evil.example:7860"}).status_code == 403
        assert client.get("/page/conversations", headers={"Origin": address}).status_code == 200


def test_a_policy_lets_only_our_own_scripts_run(pipeline: Pipeline) -> None:
    with served(with_draft(pipeline, saying("好。"))) as address, httpx.Client(base_url=address, trust_env=False) as client:
        headers = client.get("/").headers
        scripts = next(part for part in headers["content-security-policy"].split(";") if part.strip().startswith("script-src"))
        assert "unsafe-inline" not in scripts
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_password_is_asked_for_and_a_wrong_one_is_none(pipeline: Pipeline) -> None:
    with served(desk_of(pipeline, password="湖 42")) as address, httpx.Client(base_url=address, trust_env=False) as client:
        for path in ("/", "/page/conversations", "/page/script.js", "/config", "/gradio_api/info"):
            refused = client.get(path)
            assert (refused.status_code, "Basic" in refused.headers["www-authenticate"]) == (401, True)
        assert client.get("/page/conversations", auth=("reader", "湖")).status_code == 401
        assert client.get("/page/conversations", headers={"Authorization": "Basic %%%"}).status_code == 401
        assert client.get("/page/conversations", auth=("reader", "湖 42")).status_code == 200
        assert client.get("/page/conversations", auth=("reader", "湖 42"), headers={"Host": "huwen.lan:7860"}).status_code == 200
        assert client.get("/page/conversations", auth=("reader", "湖 42"), headers={"Origin": "https://evil.example"}).status_code == 403


def test_others_reach_the_page_only_with_a_password(pipeline: Pipeline) -> None:
    with pytest.raises(MissingPassword, match=r"0\.0\.0\.0 others could read .* HUWEN_PASSWORD"):
        serve(desk_of(pipeline, host="0.0.0.0"), port=7999, browser=False)
