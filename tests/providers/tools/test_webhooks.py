from collections.abc import AsyncGenerator
from typing import Any

import pytest

from studio.model.errors import ErrorCategory, ProviderError
from studio.model.tool_settings import Webhook
from studio.providers.tools.webhooks import LARGEST_ANSWER, Webhooks
from tests.fakes.bookings import Bookings
from tests.fakes.server import Answer, FakeServer, Refuse, Request, Socket

KEY = "canary-77af20"


class Echo:
    """Tells what it was sent."""

    async def http(self, request: Request, answer: Answer) -> None:
        match request.path:
            case "/echo":
                told = {"method": request.method, "query": dict(request.query), "body": request.json()}
                await answer.json({**told, "key": request.headers.get("authorization")})
            case "/large":
                await answer.data(b"x" * (LARGEST_ANSWER + 1), "text/plain")
            case "/text":
                await answer.data(b"  Ja, gern. \n", "text/plain")
            case "/away":
                await answer.data(b"", "text/plain", 302, {"Location": "http://127.0.0.1:9/"})

    def greet(self, _request: Request) -> Refuse | None:
        return None

    async def talk(self, request: Request, socket: Socket) -> None:
        pass


@pytest.fixture
async def server() -> AsyncGenerator[FakeServer, None]:
    async with FakeServer({"": Echo(), "/bookings": Bookings()}) as server:
        yield server


async def use(url: str, arguments: dict[str, Any] | None = None, **settings: Any) -> str:
    hook = Webhook.model_validate({"name": "hook", "description": "x", "url": url, **settings})
    webhooks = Webhooks([hook])
    try:
        [tool] = await webhooks.open()
        assert tool.side_effects is settings.get("side_effects", True)
        return await webhooks.use("hook", arguments or {})
    finally:
        await webhooks.close()


async def test_arguments_are_posted_as_json_with_the_key(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_KEY", KEY)
    told = await use(server.url("/echo"), {"people": 2, "name": "김"}, key_env="HOOK_KEY")
    assert told == ('{"method":"POST","query":{},"body":{"people":2,"name":"김"},"key":"Bearer ' + KEY + '"}')


async def test_or_sent_as_a_query(server: FakeServer) -> None:
    told = await use(server.url("/echo"), {"people": 2, "name": "a b"}, method="GET", side_effects=False)
    assert '"query":{"people":"2","name":"a b"},"body":null,"key":null' in told


async def test_an_answer_in_words_is_taken_as_it_is(server: FakeServer) -> None:
    assert await use(server.url("/text")) == "Ja, gern."
    assert "Tuesday" in await use(server.url("/bookings/opening_hours"))


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/large", "hook answered more than 64 KB."),
        ("/away", "hook failed with status 302."),
        ("/nowhere", "hook failed with status 404: "),
    ],
)
async def test_what_goes_wrong_is_told_for_the_model(server: FakeServer, path: str, says: str) -> None:
    with pytest.raises(ProviderError) as caught:
        await use(server.url(path))
    assert str(caught.value).startswith(says)
    assert len(server.requests) == 1, "a redirect is not followed"


async def test_nobody_there() -> None:
    with pytest.raises(ProviderError, match="Cannot reach") as caught:
        await use("http://127.0.0.1:9/x")
    assert caught.value.category is ErrorCategory.CONNECTION


async def test_no_argument_changes_where_it_goes(server: FakeServer) -> None:
    for trick in ("@evil.example/", "../../x", "?y=1#", "http://evil.example/"):
        assert f'"query":{{"to":"{trick}"}}' in await use(server.url("/echo"), {"to": trick}, method="GET")
    assert {request.path for request in server.requests} == {"/echo"}
