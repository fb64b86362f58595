import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from studio.model.errors import ErrorCategory, ProviderError
from studio.providers import catalog, keys
from studio.providers.endpoint import Endpoint, closed, endpoint
from studio.providers.settings import HostedSettings
from tests.fakes.server import Answer, FakeServer, OnTheWire, Refuse, Request, Socket

KEY = "canary-84c1"
CATALOG = """
[acme]
title = "Acme"
base_url = "https://api.acme.example/v1"
env_key = "ACME_KEY"
key_header = "X-Acme: key {key}"
headers = { "X-Version" = "7" }
sign_up = "https://acme.example/keys"
[open]
title = "Open"
base_url = "http://127.0.0.1:9"
env_key = "OPEN_KEY"
key_required = false
"""


class Echo:
    """Says back what it is told."""

    async def http(self, request: Request, answer: Answer) -> None:
        """The path."""
        await answer.json({"path": request.path})

    def greet(self, _request: Request) -> Refuse | None:
        """Welcomes everybody."""
        return None

    async def talk(self, _request: Request, socket: Socket) -> None:
        """One message, back."""
        await socket.send(await socket.receive())


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer({"/v1": Echo()}) as server:
        yield server


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "catalog.toml"
    file.write_text(CATALOG)
    monkeypatch.setattr(catalog, "FILE", file)
    monkeypatch.setattr(keys, "_from_keyring", lambda _name: "")
    catalog.providers.cache_clear()
    monkeypatch.setenv("ACME_KEY", KEY)


@pytest.fixture(autouse=True)
def _forget_the_catalog() -> Any:
    yield
    catalog.providers.cache_clear()


def settings(**more: Any) -> HostedSettings:
    return HostedSettings(model="m", **{"provider": "acme", **more})


def at(server: FakeServer, **more: Any) -> Endpoint:
    return Endpoint(server.url("/v1"), "ACME_KEY", {"X-Acme": f"key {KEY}"}, **more)


# --- from settings to a server -------------------------------------------------------------------


@pytest.mark.usefixtures("acme")
async def test_the_key_goes_into_the_vendors_own_header() -> None:
    found = await endpoint(settings())
    assert found.base_url == "https://api.acme.example/v1"
    assert found.headers == {"X-Acme": f"key {KEY}", "X-Version": "7"}
    assert (found.host, found.local, found.key_name) == ("api.acme.example", False, "ACME_KEY")
    assert KEY not in repr(found)


@pytest.mark.usefixtures("acme")
async def test_a_preset_chooses_another_key_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", "k-2")
    assert (await endpoint(settings(key_env="OTHER_KEY"))).headers["X-Acme"] == "key k-2"
    without = await endpoint(settings(key_env=""))
    assert (without.key_name, without.headers) == ("", {"X-Version": "7"})


@pytest.mark.usefixtures("acme")
async def test_only_the_vendors_own_server_wants_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACME_KEY")
    with pytest.raises(ProviderError, match=r"ACME_KEY.*https://acme\.example/keys") as caught:
        await endpoint(settings())
    assert caught.value.category is ErrorCategory.AUTHENTICATION
    assert (await endpoint(settings(base_url="http://127.0.0.1:9/v2/"))).base_url == "http://127.0.0.1:9/v2"
    assert (await endpoint(settings(provider="open"))).key_name == ""


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("written", "base_url", "url"),
    [
        ("ws://127.0.0.1:9", "http://127.0.0.1:9", "ws://127.0.0.1:9/v1/x?a=1&b=true&c=x+y&d=1&d=2"),
        ("wss://[::1]:9/eu", "https://[::1]:9/eu", "wss://[::1]:9/eu/v1/x?a=1&b=true&c=x+y&d=1&d=2"),
        ("https://h.example/", "https://h.example", "wss://h.example/v1/x?a=1&b=true&c=x+y&d=1&d=2"),
    ],
)
async def test_one_address_serves_http_and_websockets(written: str, base_url: str, url: str) -> None:
    found = await endpoint(settings(base_url=written))
    assert found.base_url == base_url
    assert found.socket_url("/v1/x", {"a": 1, "b": True, "c": "x y", "d": ("1", "2"), "e": ()}) == url


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:80", True),
        ("http://127.8.8.8", True),
        ("http://[::1]:80", True),
        ("http://localhost", True),
        ("http://localhost.example", False),
        ("http://10.0.0.1", False),
    ],
)
def test_loopback_is_known(url: str, local: bool) -> None:
    assert Endpoint(url, "").local is local


# --- connections ---------------------------------------------------------------------------------


async def test_a_websocket_carries_the_headers_and_says_what_it_is_told(server: FakeServer) -> None:
    there = at(server)
    connection = await there.connect(there.socket_url("/echo", {"q": "1"}), {"X-More": "2"})
    await connection.send("hello")
    assert await connection.recv() == "hello"
    await connection.close()
    [request] = server.requests
    assert (request.path, request.query) == ("/echo", {"q": "1"})
    assert request.headers["x-acme"] == f"key {KEY}"
    assert request.headers["x-more"] == "2"
    assert request.headers["user-agent"] == "voice-agent-studio"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_no_redirect_is_followed_for_the_key_would_go_along(server: FakeServer, status: int) -> None:
    async with FakeServer({"": Echo()}) as other:
        target = {"Location": f"{other.url()}/elsewhere"}
        server.misbehave(*[Refuse(status, headers=target)] * 2)
        there = at(server)
        with pytest.raises(ProviderError, match=f"status {status}"):
            await there.connect(there.socket_url("/x"))
        async with there.http() as http:
            with pytest.raises(ProviderError, match=f"status {status}"):
                await there.send(http, http.build_request("GET", "/x"), 1)
        assert other.requests == []


async def test_no_proxy_stands_between_us_and_loopback(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "wss_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:9")
    there = at(server)
    await (await there.connect(there.socket_url("/x"))).close()
    async with there.http() as client:
        assert (await client.get("/y")).json() == {"path": "/y"}


@pytest.mark.parametrize(
    ("refuse", "category", "wait_s"),
    [
        (Refuse(401, f"Invalid: {KEY}"), ErrorCategory.AUTHENTICATION, None),
        (Refuse(403), ErrorCategory.AUTHENTICATION, None),
        (Refuse(402), ErrorCategory.QUOTA, None),
        (Refuse(429, headers={"Retry-After": "7"}), ErrorCategory.RATE_LIMIT, 7),
        (Refuse(503, headers={"Retry-After": "2.5"}), ErrorCategory.SERVER, 2.5),
        (Refuse(400), ErrorCategory.INVALID_REQUEST, None),
        (Refuse(200), ErrorCategory.INVALID_REQUEST, None),
    ],
    ids=lambda value: str(getattr(value, "status", value)),
)
async def test_a_refused_handshake_is_told_for_what_it_is(
    server: FakeServer, refuse: Refuse, category: ErrorCategory, wait_s: float | None
) -> None:
    server.misbehave(refuse)
    with pytest.raises(ProviderError) as caught:
        await at(server).connect(at(server).socket_url("/x"))
    assert (caught.value.category, caught.value.retry_after_s) == (category, wait_s)
    assert KEY not in repr(caught.value)
    assert caught.value.__cause__ is None


async def test_who_does_not_answer_or_is_not_there_is_told(server: FakeServer) -> None:
    server.misbehave(OnTheWire(stall_after=0))
    slow = at(server, connect_timeout_s=0.05)
    with pytest.raises(ProviderError) as caught:
        await slow.connect(slow.socket_url("/x"))
    assert caught.value.category is ErrorCategory.TIMEOUT
    nobody = Endpoint("http://127.0.0.1:9", "")
    with pytest.raises(ProviderError, match=r"127\.0\.0\.1.*base_url") as caught:
        await nobody.connect(nobody.socket_url("/x"))
    assert caught.value.category is ErrorCategory.CONNECTION


async def test_who_does_not_speak_the_protocol_is_told() -> None:
    async def nonsense(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail ready\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(nonsense, "127.0.0.1", 0) as listening:
        there = Endpoint(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", "")
        with pytest.raises(ProviderError) as caught:
            await there.connect(there.socket_url("/x"))
    assert caught.value.category in {ErrorCategory.BROKEN_ANSWER, ErrorCategory.CONNECTION}


async def test_a_request_over_a_kept_connection_that_the_server_just_closed_is_sent_again(server: FakeServer) -> None:
    there = at(server)
    async with there.http() as http:
        for fault in (OnTheWire(), OnTheWire(cut_after=0)):
            server.misbehave(fault)
            response = await there.send(http, http.build_request("GET", "/x"), 1)
            assert json.loads(await response.aread()) == {"path": "/x"}
    assert [request.path for request in server.requests] == ["/x"] * 3


async def test_a_request_that_breaks_over_a_new_connection_is_told_and_not_sent_again(server: FakeServer) -> None:
    server.misbehave(OnTheWire(cut_after=0))
    there = at(server)
    async with there.http() as http:
        with pytest.raises(ProviderError) as caught:
            await there.send(http, http.build_request("GET", "/x"), 1)
    assert caught.value.category is ErrorCategory.CONNECTION
    assert len(server.requests) == 1


async def test_a_refused_request_is_told_with_what_the_server_said(server: FakeServer) -> None:
    server.misbehave(Refuse(429, headers={"Retry-After": "4"}), Refuse(422, "No such voice."))
    there = at(server)
    async with there.http() as http:
        with pytest.raises(ProviderError) as caught:
            await there.send(http, http.build_request("GET", "/x"), 1)
        assert (caught.value.category, caught.value.retry_after_s) == (ErrorCategory.RATE_LIMIT, 4)
        with pytest.raises(ProviderError, match="No such voice"):
            await there.send(http, http.build_request("GET", "/x"), 1)


async def test_patience_ends_in_an_error_and_lets_what_is_quick_pass() -> None:
    there = Endpoint("http://127.0.0.1:9", "")
    async with there.patience(5):
        await asyncio.sleep(0)
    with pytest.raises(ProviderError) as caught:
        async with there.patience(0.01):
            await asyncio.sleep(5)
    assert caught.value.category is ErrorCategory.TIMEOUT


async def test_the_key_is_in_no_log(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        there = at(server)
        await (await there.connect(there.socket_url("/x"))).close()
        async with there.http() as client:
            await client.get("/y")
        server.misbehave(Refuse(401, KEY))
        with pytest.raises(ProviderError):
            await there.connect(there.socket_url("/x"))
    assert KEY not in caplog.text
    assert all(KEY not in repr(vars(record)) for record in caplog.records)


# --- why a websocket was closed ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reason", "category"),
    [
        (4001, "", ErrorCategory.AUTHENTICATION),
        (4003, "", ErrorCategory.AUTHENTICATION),
        (1008, "Not authorized", ErrorCategory.AUTHENTICATION),
        (1008, "invalid api key", ErrorCategory.AUTHENTICATION),
        (3000, "invalid_request_error.invalid_api_key", ErrorCategory.AUTHENTICATION),
        (1008, "DATA-0000", ErrorCategory.INVALID_REQUEST),
        (1007, "", ErrorCategory.INVALID_REQUEST),
        (1009, "too long", ErrorCategory.INVALID_REQUEST),
        (4029, "", ErrorCategory.RATE_LIMIT),
        (4002, "", ErrorCategory.QUOTA),
        (1011, "NET-0003", ErrorCategory.SERVER),
        (1012, "", ErrorCategory.SERVER),
        (1013, "", ErrorCategory.SERVER),
        (1014, "", ErrorCategory.SERVER),
        (1000, "", ErrorCategory.CONNECTION),
        (1001, "going away", ErrorCategory.CONNECTION),
        (3008, "session expired", ErrorCategory.CONNECTION),
    ],
)
def test_a_close_code_has_its_category(code: int, reason: str, category: ErrorCategory) -> None:
    error = closed("h.example", ConnectionClosedError(Close(code, reason), None), "ACME_KEY")
    assert error.category is category
    assert str(error).startswith("h.example ")
    assert str(error).endswith(".")
    assert ("ACME_KEY" in str(error)) is (category is ErrorCategory.AUTHENTICATION)


def test_a_connection_that_just_breaks_is_a_connection_error() -> None:
    assert closed("h.example", ConnectionClosedError(None, None), "").category is ErrorCategory.CONNECTION


def test_a_long_reason_is_one_short_line() -> None:
    error = closed("h.example", ConnectionClosedError(Close(1011, "many\nwords " * 50), None), "")
    assert len(str(error).splitlines()) == 1
    assert len(str(error)) < 260
