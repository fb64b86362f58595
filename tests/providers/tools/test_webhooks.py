from collections.abc import AsyncGenerator
from typing import Any

import pytest

from studio.model.errors import ErrorCategory, ProviderError
from studio.model.tool_settings import Webhook
from studio.providers.tools.webhooks import LARGEST_ANSWER, Webhooks
from tests.fakes.bookings import Bookings
from tests.fakes.server import Answer, FakeServer, OnTheWire, Refuse, Request, Socket

KEY = "canary-77af20"


class Echo:
    """Tells what it was sent."""

    async def http(self, request: Request, answer: Answer) -> None:
        match request.path:
            case "/echo":
                told = {"method": request.method, "query": dict(request.query), "body": request.json()}
                await answer.json({**told, "key": request.headers.get("authorization")})
            case "/refuses":
                await answer.json({"error": f"not with {request.headers.get('authorization')}"}, 401)
            case "/packed":
                await answer.data(b"?", "text/plain", 200, {"Content-Encoding": "gzip"})
            case "/nothing":
                await answer.data(b"", "text/plain")
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
    assert told == '{"method":"POST","query":{},"body":{"people":2,"name":"김"},"key":"Bearer <HOOK_KEY>"}'
    assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {KEY}"]


async def test_or_sent_as_a_query(server: FakeServer) -> None:
    told = await use(server.url("/echo"), {"people": 2, "name": "a b"}, method="GET", side_effects=False)
    assert '"query":{"people":"2","name":"a b"},"body":null,"key":null' in told


async def test_a_designers_own_query_is_kept_and_not_overwritten(server: FakeServer) -> None:
    told = await use(server.url("/echo?shop=5"), {"shop": "6", "people": 2}, method="GET")
    assert '"query":{"shop":"5","people":"2"}' in told
    assert '"query":{"shop":"5"}' in await use(server.url("/echo?shop=5"), method="GET")
    assert '"query":{"shop":"5"}' in await use(server.url("/echo?shop=5"))


async def test_an_answer_in_words_is_taken_as_it_is(server: FakeServer) -> None:
    assert await use(server.url("/text")) == "Ja, gern."
    assert "Tuesday" in await use(server.url("/bookings/opening_hours"))


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/large", "hook answered more than 64 KB."),
        ("/away", "hook failed with status 302."),
        ("/nowhere", "hook failed with status 404: "),
        ("/packed", "hook answered in an encoding that was not asked for."),
    ],
)
async def test_what_goes_wrong_is_told_for_the_model(server: FakeServer, path: str, says: str) -> None:
    with pytest.raises(ProviderError) as caught:
        await use(server.url(path))
    assert str(caught.value).startswith(says)
    assert len(server.requests) == 1, "a redirect is not followed"


@pytest.mark.parametrize(
    ("status", "category"),
    [
        (400, ErrorCategory.INVALID_REQUEST),
        (401, ErrorCategory.AUTHENTICATION),
        (429, ErrorCategory.RATE_LIMIT),
        (500, ErrorCategory.SERVER),
    ],
)
async def test_a_refusal_has_its_category(server: FakeServer, status: int, category: ErrorCategory) -> None:
    server.misbehave(Refuse(status, "No."))
    with pytest.raises(ProviderError, match=f"status {status}: .*No") as caught:
        await use(server.url("/echo"))
    assert caught.value.category is category


async def test_a_key_that_a_server_repeats_is_not_repeated(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    monkeypatch.setenv("HOOK_KEY", KEY)
    with pytest.raises(ProviderError, match="not with Bearer <HOOK_KEY>"):
        await use(server.url("/refuses"), key_env="HOOK_KEY")
    assert KEY not in caplog.text


async def test_what_may_have_been_done_is_said_and_not_asked_for_twice(server: FakeServer) -> None:
    server.misbehave(OnTheWire(cut_after=10), OnTheWire(cut_after=10))
    with pytest.raises(ProviderError, match="dropped the connection; whether it was done is not known"):
        await use(server.url("/echo"))
    with pytest.raises(ProviderError, match=r"dropped the connection\."):
        await use(server.url("/echo"), side_effects=False)
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", [OnTheWire(byte_by_byte=True), OnTheWire(split_at=40), OnTheWire()])
async def test_an_answer_may_come_in_any_pieces(server: FakeServer, fault: OnTheWire) -> None:
    server.misbehave(fault)
    assert await use(server.url("/text")) == "Ja, gern."
    assert await use(server.url("/nothing")) == ""


async def test_nobody_there() -> None:
    with pytest.raises(ProviderError, match=r"hook was not used: 127\.0\.0\.1 cannot be reached\.") as caught:
        await use("http://127.0.0.1:9/x")
    assert caught.value.category is ErrorCategory.CONNECTION


async def test_no_argument_changes_where_it_goes(server: FakeServer) -> None:
    for trick in ("@evil.example/", "../../x", "?y=1#", "http://evil.example/"):
        assert f'"query":{{"to":"{trick}"}}' in await use(server.url("/echo"), {"to": trick}, method="GET")
    assert {request.path for request in server.requests} == {"/echo"}
