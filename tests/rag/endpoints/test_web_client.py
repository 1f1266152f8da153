"""Web client: limits of size and time, redirects, robots.txt, validators, and which machines it refuses."""

from __future__ import annotations

import gzip

import pytest

from rag.endpoints.address_guard import AddressGuard, parse_allowed_hosts
from rag.endpoints.deadlines import Deadlines
from rag.endpoints.web_client import WEB_DEADLINES, WebClient, WebReply
from rag.endpoints.web_errors import WebError, WebProblem
from rag.endpoints.web_url import parse_web_url
from tests.web_sites import Answer, Requests, answer, drip, site

SHORT = Deadlines(connect=60, first_token=0.5, idle=60, total=1.5, attempts=1)  # for servers that never end


def fetch(url: str, *, deadlines: Deadlines = WEB_DEADLINES, max_mb: int = 1, **validators: str) -> WebReply:
    """The reply of a site on loopback, which an operator has allowed."""
    client = WebClient(AddressGuard(("127.0.0.1",)), max_mb=max_mb, deadlines=deadlines)
    return client.fetch(parse_web_url(url), **validators)


def refusal(url: str, client: WebClient | None = None) -> WebError:
    client = client or WebClient(AddressGuard(("127.0.0.1",)), max_mb=1)
    with pytest.raises(WebError) as raised:
        client.fetch(parse_web_url(url))
    assert raised.value.sentence("zh") != raised.value.sentence("en")
    return raised.value


# --- which addresses


@pytest.mark.parametrize(("text", "url"), [
    ("HTTPS://Example.COM:443/a#part", "https://example.com/a"), ("http://example.com", "http://example.com/"),
    ("https://例子.中国/报告?问=1", "https://xn--fsqu00a.xn--fiqs8s/%E6%8A%A5%E5%91%8A?%E9%97%AE=1"),
    ("http://１２７．0．0．1/", "http://127.0.0.1/"), ("http://[2606:4700::1]:8080/", "http://[2606:4700::1]:8080/")])
def test_an_address_has_one_form(text: str, url: str) -> None:
    assert parse_web_url(text).text == url
    assert parse_web_url(url).text == url


@pytest.mark.parametrize(("text", "problem"), [
    ("file:///etc/passwd", "not http"), ("ftp://example.com/a", "not http"), ("javascript:alert(1)", "not http"),
    ("http://me:secret@example.com/", "credentials"), ("http://me@example.com/", "credentials"),
    ("http://2130706433/", "odd number"), ("http://0x7f.1/", "odd number"), ("http://0177.0.0.1/", "odd number"),
    ("http://127.1/", "odd number"), ("http://exa mple.com/", "bad address"), ("http://a\\@b/", "bad address"),
    ("http:///path", "bad address"), ("http://a:99999/", "bad address"), ("http://[::g]/", "bad address"),
    ("https://例..中国/", "bad address"), ("http://%31%32%37.0.0.1/", "bad address")])
def test_an_address_that_is_none_of_the_web_is_refused(text: str, problem: WebProblem) -> None:
    with pytest.raises(WebError) as raised:
        parse_web_url(text)
    assert raised.value.problem == problem
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("number", [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "198.18.0.1", "::1", "fd12::1", "fec0::1",
    "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "192.0.0.8"])
def test_a_name_of_a_private_machine_is_refused(number: str) -> None:
    guard = AddressGuard(resolve=lambda host, port: ["93.184.216.34", number])
    with pytest.raises(WebError) as raised:
        guard.check(parse_web_url("https://public.example/"))
    assert raised.value.problem == "private"


@pytest.mark.parametrize("number", [
    "169.254.169.254", "169.254.0.1", "fe80::1", "fd00:ec2::254", "100.100.100.200", "224.0.0.1", "ff02::1", "0.0.0.0",
    "64:ff9b:1::1", "::", "255.255.255.255", "240.0.0.1", "::ffff:169.254.169.254"])
def test_some_numbers_are_refused_even_if_an_operator_allows_their_name(number: str) -> None:
    guard = AddressGuard(("wiki.corp", "0.0.0.0/0", "::/0"), resolve=lambda host, port: [number])
    with pytest.raises(WebError) as raised:
        guard.check(parse_web_url("https://wiki.corp/"))
    assert raised.value.problem == "never"


@pytest.mark.parametrize("allowed", ["wiki.corp", ".corp", "10.0.0.0/8", "a.b, 10.1.0.7"])
def test_an_operator_may_allow_hosts_of_an_intranet(allowed: str) -> None:
    guard = AddressGuard(parse_allowed_hosts(allowed), resolve=lambda host, port: ["10.1.0.7"])
    assert guard.check(parse_web_url("http://wiki.corp:9000/")).is_private
    with pytest.raises(WebError) as raised:  # a public page must not reach what its reader may
        guard.check(parse_web_url("http://wiki.corp/"), is_after_public=True)
    assert raised.value.problem == "private redirect"


def test_a_public_host_has_the_ports_of_the_web_only() -> None:
    guard = AddressGuard(resolve=lambda host, port: ["93.184.216.34"])
    assert guard.check(parse_web_url("https://example.com:8443/")).numbers == ("93.184.216.34",)
    with pytest.raises(WebError, match="port 22 is none"):
        guard.check(parse_web_url("https://example.com:22/"))


def test_a_name_is_resolved_once_and_the_connection_goes_to_that_number() -> None:
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    seen: Requests = []
    with site({"/a": answer(200, b"text")}, seen) as address:
        url = parse_web_url(address.replace("127.0.0.1", "wiki.corp") + "/a")
        guard = AddressGuard(("wiki.corp",), resolve=lambda host, port: answers.pop(0))
        assert WebClient(guard, max_mb=1).fetch(url).body == b"text"
    assert len(answers) == 1
    assert seen[-1][1]["host"] == f"wiki.corp:{url.port}"


# --- what a server sends


def test_a_document_comes_with_its_headers_and_is_not_asked_for_twice() -> None:
    seen: Requests = []
    with site({"/报告": answer(404), "/%E6%8A%A5": answer(200, "太湖".encode(), ETag='"7"')}, seen) as address:
        reply = fetch(f"{address}/报")
    assert (reply.body.decode(), reply.headers["etag"]) == ("太湖", '"7"')
    assert [path for path, _ in seen] == ["/robots.txt", "/%E6%8A%A5"]
    assert seen[1][1]["user-agent"] == "Huwen"
    assert "cookie" not in seen[1][1]


def test_an_unchanged_document_costs_no_body() -> None:
    seen: Requests = []
    with site({"/a": answer(304)}, seen) as address:
        reply = fetch(f"{address}/a", etag='"7"', modified="Sun, 01 Nov 2026 08:00:00 GMT")
    assert reply.is_unchanged
    assert seen[1][1]["if-none-match"] == '"7"'
    assert seen[1][1]["if-modified-since"] == "Sun, 01 Nov 2026 08:00:00 GMT"


@pytest.mark.parametrize(("status", "headers", "problem", "words"), [
    (401, {}, "login", "需要登录"), (403, {}, "forbidden", "拒绝访问"), (404, {}, "missing", "404"),
    (410, {}, "missing", "410"), (429, {"Retry_After": "30"}, "too many", "过 30 秒"), (503, {}, "server", "503"),
    (204, {}, "status", "204"), (418, {}, "status", "418"), (302, {}, "status", "302"), (304, {}, "status", "304")])
def test_what_is_said_instead_of_a_document(
    status: int, headers: dict[str, str], problem: WebProblem, words: str,
) -> None:
    with site({"/a": answer(status, **headers)}) as address:
        error = refusal(f"{address}/a")
    assert (error.problem, error.status) == (problem, status)
    assert words in error.sentence("zh")


@pytest.mark.parametrize(("page", "problem"), [
    (answer(200, b"x" * 1_000_001), "too large"),
    (answer(200, b"x", Content_Length="99999999"), "too large"),
    (answer(200, gzip.compress(b"\0" * 30_000_000), Content_Encoding="gzip"), "too large"),
    (answer(200, b"no gzip at all", Content_Encoding="gzip"), "broken"),
    (answer(200, b"x", Content_Encoding="br"), "encoding"),
    (answer(200, b"half", Content_Length="99"), "broken"),
    (drip(b"\x00\x01 no HTTP\r\n\r\n"), "broken"),
    (answer(302, Location="/a"), "circle"),
    (answer(302, Location="http://169.254.169.254/latest/meta-data"), "never"),
    (answer(302, Location="http://10.0.0.1/"), "private"),
    (answer(302, Location="file:///etc/passwd"), "not http"),
    (answer(302, Location="http://me:secret@127.0.0.1/"), "credentials"),
    (answer(302, Location="https://[::g/"), "bad address"),
])
def test_a_hostile_server_costs_little_and_gets_a_sentence(page: Answer, problem: WebProblem) -> None:
    with site({"/a": page}) as address:
        assert refusal(f"{address}/a").problem == problem


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"HTTP/1.1 200 OK\r\nSlow: ", b""])
def test_a_server_that_sends_byte_after_byte_is_given_up(head: bytes) -> None:
    client = WebClient(AddressGuard(("127.0.0.1",)), max_mb=1, deadlines=SHORT)
    with site({"/a": drip(head)}) as address:
        assert refusal(f"{address}/a", client).problem in ("total", "silent", "broken")


def test_five_redirects_are_followed_and_no_more() -> None:
    pages = {f"/{number}": answer(301, Location=f"/{number + 1}") for number in range(5)}
    with site({**pages, "/5": answer(200, b"here")}) as address:
        reply = fetch(f"{address}/0")
        assert (reply.body, reply.url.target, reply.is_permanent) == (b"here", "/5", True)
    with site({**pages, "/5": answer(301, Location="/6")}) as address:
        assert refusal(f"{address}/0").problem == "redirects"


def test_a_packed_document_is_unpacked() -> None:
    with site({"/a": answer(200, gzip.compress("太湖".encode()), Content_Encoding="gzip")}) as address:
        assert fetch(f"{address}/a").body.decode() == "太湖"


def test_a_machine_that_refuses_and_a_server_without_tls_are_named() -> None:
    with site({}) as address:
        assert refusal(address.replace("http:", "https:")).problem == "tls"
    assert refusal(address).sentence("zh").endswith("连不上服务器（连接被拒绝）；请检查网址和网络")


# --- robots.txt


@pytest.mark.parametrize(("robots", "problem"), [
    (answer(200, b"User-agent: *\nDisallow: /private"), "robots"),
    (answer(200, b"User-agent: Huwen\nDisallow: /"), "robots"),
    (answer(500), "robots silent"), (answer(429), "robots silent"),
    (answer(200, b"#" * 700_000 + b"\nUser-agent: *\nDisallow: /"), None),  # what is beyond the limit is not read
    (answer(200, b"User-agent: Other\nDisallow: /"), None), (answer(404), None), (answer(403), None),
    (answer(301, Location="/elsewhere"), "robots"),
])
def test_robots_are_honoured(robots: Answer, problem: WebProblem | None) -> None:
    pages = {
        "/robots.txt": robots, "/private/a": answer(200, b"here"),
        "/elsewhere": answer(200, b"User-agent: *\nDisallow: /private")}
    with site(pages) as address:
        if problem:
            assert refusal(f"{address}/private/a").problem == problem
        else:
            assert fetch(f"{address}/private/a").body == b"here"


def test_robots_are_asked_once_for_a_site() -> None:
    seen: Requests = []
    client = WebClient(AddressGuard(("127.0.0.1",)), max_mb=1)
    with site({"/a": answer(200, b"a"), "/b": answer(200, b"b")}, seen) as address:
        for name in ("a", "b", "a"):
            client.fetch(parse_web_url(f"{address}/{name}"))
    assert [path for path, _ in seen] == ["/robots.txt", "/a", "/b", "/a"]


def test_a_proxy_gets_the_number_that_was_checked_and_nothing_that_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Requests = []
    numbers = {"public.example": "93.184.216.34", "private.example": "10.0.0.1"}
    client = WebClient(AddressGuard(resolve=lambda host, port: [numbers[host]]), max_mb=1)
    with site({"http://93.184.216.34/a": answer(200, b"by the proxy")}, seen) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "localhost")
        assert client.fetch(parse_web_url("http://public.example/a")).body == b"by the proxy"
        assert refusal("http://private.example/a", client).problem == "private"
    assert [path.removeprefix("http://93.184.216.34") for path, _ in seen] == ["/robots.txt", "/a"]
    assert {headers["host"] for _, headers in seen} == {"public.example"}


def test_an_address_on_loopback_is_refused_without_a_setting_and_nothing_is_sent() -> None:
    seen: Requests = []
    with site({"/a": answer(200, b"secret")}, seen) as address:
        assert refusal(f"{address}/a", WebClient(AddressGuard(), max_mb=1)).problem == "private"
    assert seen == []
