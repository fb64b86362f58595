from collections.abc import AsyncIterator
from typing import Any

import pytest

from studio.model.errors import ErrorCategory, ProviderError
from studio.providers import kept_connection
from studio.providers.kept_connection import Form, KeptConnection
from studio.providers.settings import HostedSettings
from tests.fakes.server import Answer, FakeServer, Refuse, Request, Socket

KEY = "canary-77aa01"


class Echo:
    """Answers with what it is sent; a list of models only where it has one."""

    def __init__(self) -> None:
        self.has_models = True

    async def http(self, request: Request, answer: Answer) -> None:
        if request.path == "/models" and self.has_models:
            await answer.json({"data": []})
        elif request.method == "POST":
            await answer.data(request.body, request.headers["content-type"].partition(";")[0])

    def greet(self, request: Request) -> Refuse | None:
        return Refuse(404)

    async def talk(self, request: Request, socket: Socket) -> None:
        raise AssertionError("no websocket is opened")


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeServer]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    async with FakeServer({"/v1": Echo()}) as server:
        yield server
        assert not server.failures


@pytest.fixture
async def connection(server: FakeServer) -> AsyncIterator[KeptConnection]:
    connection = KeptConnection(settings(server))
    await connection.open()
    yield connection
    await connection.close()


def settings(server: FakeServer, **more: Any) -> HostedSettings:
    return HostedSettings(provider="openai", model="m", base_url=server.url("/v1"), **more)


def asked(server: FakeServer) -> list[str]:
    return [f"{request.method} {request.path}" for request in server.requests]


async def test_what_is_asked_goes_over_the_connection_that_was_opened(
    server: FakeServer, connection: KeptConnection
) -> None:
    assert await connection.read(await connection.post("say", {"text": "안녕"})) == '{"text":"안녕"}'.encode()
    assert await connection.read(await connection.post("say", "again")) == b'"again"'
    assert asked(server) == ["GET /models", "POST /say", "POST /say"]
    assert server.connections == 1
    assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {KEY}"}
    assert connection.server.base_url == server.url("/v1")


async def test_a_form_goes_up_in_one_piece_with_its_lists_and_files(connection: KeptConnection) -> None:
    form = Form({"model": "m", "words[]": ("Rome", "Paris")}, {"file": ("a.wav", b"RIFF\r\n", "audio/wav")})
    response = await connection.post("hear", form)
    body = await connection.read(response)
    assert response.headers["content-type"] == "multipart/form-data"
    assert response.request.headers["content-length"] == str(len(body))
    assert b'name="words[]"\r\n\r\nRome\r\n' in body
    assert b'name="words[]"\r\n\r\nParis\r\n' in body
    assert b'name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n\r\n' in body


async def test_a_server_without_a_list_of_models_can_be_used(server: FakeServer) -> None:
    server._mounts["/v1"].has_models = False  # type: ignore[attr-defined]
    connection = KeptConnection(settings(server))
    await connection.open()
    assert await connection.read(await connection.post("say", 1)) == b"1"
    await connection.close()


@pytest.mark.parametrize(
    ("status", "category"),
    [(401, ErrorCategory.AUTHENTICATION), (429, ErrorCategory.RATE_LIMIT), (500, ErrorCategory.SERVER)],
)
async def test_a_refusal_is_told_when_opening(server: FakeServer, status: int, category: ErrorCategory) -> None:
    server.misbehave(Refuse(status, KEY))
    connection = KeptConnection(settings(server))
    with pytest.raises(ProviderError) as caught:
        await connection.open()
    await connection.close()
    assert caught.value.category is category
    assert len(server.requests) == 1


@pytest.mark.parametrize(("idle_s", "hung_up", "connects"), [(0, False, 0), (1, False, 1), (0, True, 1)])
async def test_connects_anew_where_it_may_be_needed(
    server: FakeServer,
    connection: KeptConnection,
    monkeypatch: pytest.MonkeyPatch,
    idle_s: float,
    hung_up: bool,
    connects: int,
) -> None:
    monkeypatch.setattr(kept_connection, "IDLE_S", 0 if idle_s else 20)
    connection.warm(hung_up)
    if connects:
        monkeypatch.undo()
        connection.warm()  # it is under way
    await connection._tasks.settle(2)
    assert asked(server) == ["GET /models"] * (1 + connects)


async def test_a_failure_to_connect_anew_is_told_to_who_asks_next(server: FakeServer, monkeypatch: Any) -> None:
    connection = KeptConnection(settings(server))
    await connection.open()
    server.misbehave(Refuse(503), Refuse(503))
    connection.warm(hung_up=True)
    await connection._tasks.settle(2)
    with pytest.raises(ProviderError) as caught:
        await connection.post("say", 1)
    assert caught.value.category is ErrorCategory.SERVER
    await connection.close()


async def test_can_be_closed_twice_and_while_it_connects(server: FakeServer) -> None:
    connection = KeptConnection(settings(server))
    await connection.open()
    connection.warm(hung_up=True)
    await connection.close()
    await connection.close()
    with pytest.raises(RuntimeError, match=r"before open\(\) or after close\(\)"):
        await connection.post("say", 1)
