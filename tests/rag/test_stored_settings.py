"""Stored settings: the file is complete or absent, and private; comparison of addresses."""

import stat

import pytest

from rag.stored_settings import is_plain_address, is_same_server, read_stored_settings, write_stored_settings


@pytest.mark.parametrize(("one", "other"), [
    ("https://api.deepseek.com/v1", "https://API.deepseek.com:443/beta/v1"),
    ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000"),
    ("http://[::1]:8000/v1", "http://[::1]:8000/v2"),
    ("", ""),
])
def test_same_server(one, other):
    assert is_same_server(one, other)
    assert is_same_server(other, one)


@pytest.mark.parametrize(("one", "other"), [
    ("https://api.deepseek.com/v1", "http://api.deepseek.com/v1"),  # the key would be sent unencrypted
    ("https://api.deepseek.com/v1", "https://api.deepseek.com.evil.example/v1"),
    ("https://api.deepseek.com/v1", "https://api.deepseek.com@evil.example/v1"),
    ("https://api.deepseek.com/v1", "https://evil.example\\@api.deepseek.com/v1"),
    ("https://api.deepseek.com/v1", "https://ａpi.deepseek.com/v1"),
    ("https://api.deepseek.com/v1", "https://api.deepseek.com:8443/v1"),
    ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8001/v1"),
    ("http://one/v1", ""),
    ("苏州", "杭州"),
])
def test_another_server(one, other):
    assert not is_same_server(one, other)
    assert not is_same_server(other, one)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000/v1", "https://open.bigmodel.cn/api/paas/v4", "http://[::1]:1234/v1", "http://gpu-7/v1/"])
def test_plain_address(url):
    assert is_plain_address(url)


@pytest.mark.parametrize("url", [
    "", "127.0.0.1:8000/v1", "ftp://host/v1", "file:///etc/passwd", "javascript:alert(1)", "http://me:secret@host/v1",
    "http://host/v1?key=secret",
    "http://host/v1#x", "http://host\\other/v1", "http://host /v1", "http://host/v1\n", "http://太湖/v1", "http://",
    "http:///v1", "http://host:999999/v1",
])
def test_address_that_is_not_plain(url):
    assert not is_plain_address(url)


@pytest.mark.parametrize("values", [{}, {"chat_model": "通义千问", "api_key": "sk-1"}])
def test_the_file_is_private_and_no_temporary_file_is_left(tmp_path, values):
    path = tmp_path / "home" / "settings.json"
    write_stored_settings(path, {"chat_model": "before"})
    path.chmod(0o666)
    write_stored_settings(path, values)
    assert read_stored_settings(path) == values
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [other.name for other in path.parent.iterdir()] == ["settings.json"]


def test_a_failed_write_changes_nothing(tmp_path):
    path = tmp_path / "settings.json"
    path.mkdir()  # a file cannot replace a folder
    with pytest.raises(OSError, match=r"settings\.json"):
        write_stored_settings(path, {"chat_model": "m"})
    assert [other.name for other in tmp_path.iterdir()] == ["settings.json"]
