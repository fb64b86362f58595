import asyncio
import logging
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest

from studio.model.conversation import Message, Tokens, Tool, ToolCall
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.preset import Part, Role
from studio.pipeline.clock import VirtualTimeLoop
from studio.pipeline.ports import ReplyPiece
from studio.providers import catalog
from studio.providers.llm.anthropic import Anthropic
from studio.providers.llm.anthropic_messages import AnthropicSettings
from tests.fakes.anthropic import PING, TEXT, block, block_end, ending, event, opening, said, text
from tests.fakes.anthropic import Anthropic as Fake
from tests.fakes.script import Script
from tests.fakes.server import FakeServer, Fault, OnTheWire, Refuse
from tests.fakes.verbatim import Verbatim

HISTORY = (Message("system", "Be brief."), Message("user", "Say hello in Korean."))
KEY = "sk-ant-not-to-be-seen"
AT_ONCE = Script(first_token_s=0, token_s=0)
CHECK = Tool(
    "check_availability",
    "Says which tables are free.",
    {"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]},
    side_effects=False,
)


@asynccontextmanager
async def serving(fake: Fake) -> AsyncIterator[FakeServer]:
    async with FakeServer({"": fake}) as server:
        yield server
        assert not server.failures


@asynccontextmanager
async def talking_to(server: FakeServer, **settings: Any) -> AsyncIterator[Anthropic]:
    claude = Anthropic(AnthropicSettings(base_url=server.url(), **settings))
    await claude.open()
    try:
        yield claude
    finally:
        await claude.close()


async def ask(
    server: FakeServer, messages: Sequence[Message] = HISTORY, tools: Sequence[Tool] = (), **settings: Any
) -> list[ReplyPiece]:
    async with talking_to(server, **settings) as claude:
        return [piece async for piece in claude.reply(messages, tools)]


async def failure(answer: Verbatim, **settings: Any) -> ProviderError:
    async with serving(Fake(None, None, answer)) as server:
        with pytest.raises(ProviderError) as caught:
            await ask(server, **settings)
    assert str(caught.value).count(". ") == 0, "one sentence"
    return caught.value


async def test_streams_a_piece_a_token_and_the_counts_last() -> None:
    async with serving(fake := Fake(None, None, said("안녕", "하세요", "!"))) as server:
        pieces = await ask(server)
    assert pieces == [ReplyPiece("안녕"), ReplyPiece("하세요"), ReplyPiece("!"), ReplyPiece(tokens=Tokens(11, 3))]
    mark = {"cache_control": {"type": "ephemeral", "ttl": "5m"}}
    assert fake.chats[0] == {
        "model": "claude-haiku-5-5",
        "max_tokens": 300,
        "stream": True,
        "system": [{"type": "text", "text": "Be brief.", **mark}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Say hello in Korean.", **mark}]}],
    }
    assert server.requests[-1].headers["anthropic-version"]
    assert "authorization" not in server.requests[-1].headers


async def test_a_conversation_with_a_tool() -> None:
    async with serving(fake := Fake(AT_ONCE)) as server, talking_to(server) as claude:
        history = [*HISTORY[:1], Message("user", "Please book a table.")]
        call, counts = [piece async for piece in claude.reply(history, [CHECK])]
        assert call.call == ToolCall("toolu_1", "check_availability", '{"day": "Please book a table."}')
        assert counts.tokens is not None
        assert counts.tokens.written > 0
        history += [Message("assistant", "One moment.", (call.call,)), Message("tool", "At eight.", (), "toolu_1")]
        pieces = [piece async for piece in claude.reply(history, [CHECK])]
        assert [piece async for piece in claude.reply(history)], "without tools, when it has asked often enough"
    assert "".join(piece.text for piece in pieces) == "Here is what I found: At eight."
    assert fake.chats[1]["messages"][1]["content"][1] == {
        "type": "tool_use",
        "id": "toolu_1",
        "name": "check_availability",
        "input": {"day": "Please book a table."},
    }


@pytest.mark.parametrize("ttl", ["5m", "1h"])
async def test_each_turn_reads_the_one_before_from_the_cache_and_pays_for_its_own_words(ttl: str) -> None:
    async with serving(fake := Fake(AT_ONCE)) as server, talking_to(server, cache_ttl=ttl) as claude:
        history = [Message("system", "You are the receptionist of a restaurant. " * 8)]
        counted: list[Tokens] = []
        for words in ("Hello.", "How are you?", "Goodbye."):
            history.append(Message("user", words))
            pieces = [piece async for piece in claude.reply(history, [CHECK])]
            history.append(Message("assistant", "".join(piece.text for piece in pieces)))
            tokens = pieces[-1].tokens
            assert tokens is not None
            counted.append(tokens)
    assert counted[0].cache_read == 0
    assert counted[0].cache_write == counted[0].prompt
    for before, after in pairwise(counted):
        assert after.cache_read == before.prompt
        assert after.cache_read + after.cache_write == after.prompt > before.prompt
    assert fake.chats[0]["system"][0]["cache_control"]["ttl"] == ttl


async def test_warming_sends_no_prompt_unless_it_is_asked_for() -> None:
    async with serving(fake := Fake(AT_ONCE)) as server:
        async with talking_to(server) as claude:
            await claude.warm(HISTORY)
        assert len(server.requests) == 1
        async with talking_to(server, warm_cache=True) as claude:
            await claude.warm([Message("system", "You are brief. " * 8), *HISTORY[1:]])
            [*_, last] = [
                piece async for piece in claude.reply([Message("system", "You are brief. " * 8), *HISTORY[1:]])
            ]
    ahead, asked = fake.chats
    assert (ahead["max_tokens"], "stream" in ahead) == (0, False)
    assert ahead["messages"] == asked["messages"]
    assert last.tokens is not None
    assert last.tokens.cache_read == last.tokens.cache_write > 0, "what warming wrote is counted, too"


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
async def test_however_the_stream_is_cut_it_says_the_same(newline: bytes) -> None:
    call = block({"type": "tool_use", "id": "c", "name": "f", "input": {}}, 1)
    part = event("content_block_delta", index=1, delta={"type": "input_json_delta", "partial_json": '{"ä":1}'})
    start = event("message_start", message={"usage": {"input_tokens": 11}})
    stream = (
        start + TEXT + text("안녕") + block_end() + PING + call + part + block_end(1) + b"".join(ending("tool_use"))
    )
    stream = stream.replace(b"\n", newline)
    cuts = [Verbatim((stream[:cut], stream[cut:])) for cut in range(1, len(stream), 3)]
    whole = [
        ReplyPiece("안녕"),
        ReplyPiece(call=ToolCall("c", "f", '{"ä":1}')),
        ReplyPiece(tokens=Tokens(11, 3)),
    ]
    async with serving(Fake(None, None, *cuts)) as server, talking_to(server) as claude:
        for _ in cuts:
            assert [piece async for piece in claude.reply(HISTORY)] == whole
    assert server.connections == 1


async def test_byte_by_byte_it_says_the_same() -> None:
    async with serving(Fake(AT_ONCE)) as server, talking_to(server) as claude:
        server.misbehave(OnTheWire(byte_by_byte=True))
        slowly = [piece async for piece in claude.reply(HISTORY)]
        assert [piece.text for piece in slowly] == [piece.text async for piece in claude.reply(HISTORY)]


async def test_closing_the_reply_hangs_up_at_once() -> None:
    fake = Fake(None, None, Verbatim((opening(), TEXT, text("Once"), 60.0)), said("4"))
    async with serving(fake) as server, talking_to(server) as claude:
        reply = claude.reply(HISTORY)
        assert await anext(reply) == ReplyPiece("Once")
        await reply.aclose()
        async with asyncio.timeout(1):
            await server.left.wait()
        assert [piece.text async for piece in claude.reply(HISTORY)] == ["4", ""]


@pytest.mark.parametrize("parts", [(60.0,), (opening(), 60.0)], ids=["before", "within"])
async def test_cancelling_a_waiting_reply_hangs_up_at_once(parts: tuple[bytes | float, ...]) -> None:
    async with serving(fake := Fake(None, None, Verbatim(parts))) as server, talking_to(server) as claude:
        waiting = asyncio.get_running_loop().create_task(_first(claude.reply(HISTORY)))
        await fake.asked.wait()
        await asyncio.sleep(0.05)
        waiting.cancel()
        async with asyncio.timeout(1):
            await server.left.wait()
        await asyncio.wait([waiting])
        assert waiting.cancelled()


async def _first(reply: AsyncGenerator[ReplyPiece, None]) -> ReplyPiece:
    return await anext(reply)


async def test_one_connection_serves_opening_and_all_replies() -> None:
    async with serving(Fake(AT_ONCE)) as server, talking_to(server) as claude:
        for _ in range(3):
            assert [piece async for piece in claude.reply(HISTORY)]
        await claude.close()
        await claude.close()
    assert server.connections == 1


@pytest.mark.parametrize(
    ("answer", "category", "says"),
    [
        (Verbatim((b"<html>bad gateway</html>",), 502), ErrorCategory.SERVER, "502"),
        (Verbatim((b"<html>hi</html>",), 200, {"Content-Type": "text/html"}), ErrorCategory.BROKEN_ANSWER, "stream"),
        (Verbatim((), 302, {"Location": "https://elsewhere.example/v1"}), ErrorCategory.INVALID_REQUEST, "302"),
        (Verbatim((b"event: message_start\ndata: {half\n\n",)), ErrorCategory.BROKEN_ANSWER, "no answer of this"),
        (Verbatim((b'event: message_start\ndata: {"x": 1}\n\n',)), ErrorCategory.BROKEN_ANSWER, "no answer of this"),
        (Verbatim((b"event: message_start\ndata: \xff\n\n",)), ErrorCategory.BROKEN_ANSWER, "no answer of this"),
        (Verbatim((event("message_start", message=7),)), ErrorCategory.BROKEN_ANSWER, "no answer of this"),
        (Verbatim((event("content_block_delta", index=0, delta=7),)), ErrorCategory.BROKEN_ANSWER, "no answer of"),
        (
            Verbatim((event("error", error={"type": "overloaded_error", "message": "Busy"}),)),
            ErrorCategory.SERVER,
            "529",
        ),
        (Verbatim((event("error", error={"type": "rate_limit_error"}),)), ErrorCategory.RATE_LIMIT, "limiting"),
        (Verbatim((event("error"),)), ErrorCategory.SERVER, "500"),
        (Verbatim((opening(), text("a")), complete=False), ErrorCategory.CONNECTION, "dropped"),
        (Verbatim((opening(), text("a"))), ErrorCategory.CONNECTION, "in the middle"),
        (Verbatim(()), ErrorCategory.CONNECTION, "in the middle"),
        (Verbatim((opening(), *ending("refusal"))), ErrorCategory.INVALID_REQUEST, "declined"),
    ],
)
async def test_says_what_went_wrong(answer: Verbatim, category: ErrorCategory, says: str) -> None:
    error = await failure(answer)
    assert error.category is category
    assert says in str(error)


@pytest.mark.parametrize(
    ("status", "kind", "details", "category"),
    [
        (400, "invalid_request_error", {}, ErrorCategory.INVALID_REQUEST),
        (402, "billing_error", {}, ErrorCategory.QUOTA),
        (404, "not_found_error", {}, ErrorCategory.INVALID_REQUEST),
        (413, "request_too_large", {}, ErrorCategory.INVALID_REQUEST),
        (429, "rate_limit_error", {}, ErrorCategory.RATE_LIMIT),
        (429, "rate_limit_error", {"error_code": "enforced_spend_limit_reached"}, ErrorCategory.QUOTA),
        (500, "api_error", {}, ErrorCategory.SERVER),
        (529, "overloaded_error", {}, ErrorCategory.SERVER),
    ],
)
async def test_a_refusal_is_told_after_one_request(
    status: int, kind: str, details: dict[str, str], category: ErrorCategory
) -> None:
    body = b'{"type":"error","error":{"type":"%b","message":"Wait.","details":%b}}'
    parts = body % (kind.encode(), str(details).replace("'", '"').encode())
    refusing = Verbatim((parts,), status, {"Content-Type": "application/json", "retry-after": "3"})
    async with serving(Fake(None, None, refusing)) as server, talking_to(server) as claude:
        with pytest.raises(ProviderError) as caught:
            await anext(claude.reply(HISTORY))
        assert caught.value.category is category
        assert len(server.requests) == 2, "one to open, one to ask"
    waits = category in {ErrorCategory.RATE_LIMIT, ErrorCategory.SERVER}
    assert caught.value.retry_after_s == (3 if waits else None)


async def test_what_was_said_before_an_error_stays_said() -> None:
    fake = Fake(AT_ONCE)
    fake.breaks = (2, "overloaded_error")
    async with serving(fake) as server, talking_to(server) as claude:
        reply = claude.reply(HISTORY)
        assert [await anext(reply), await anext(reply)] == [ReplyPiece("The"), ReplyPiece(" capital")]
        with pytest.raises(ProviderError) as caught:
            await anext(reply)
        assert [piece async for piece in claude.reply(HISTORY)]
    assert caught.value.category is ErrorCategory.SERVER


@pytest.mark.parametrize(
    "parts",
    [(60.0,), (opening(), 60.0), (opening(), *[PING, 0.02] * 200, 60.0), (opening(), TEXT, text("a"), 60.0)],
    ids=["nothing", "no word", "pings only", "between tokens"],
)
async def test_does_not_wait_for_ever(parts: tuple[bytes | float, ...]) -> None:
    began = time.perf_counter()
    error = await failure(Verbatim(parts), answer_timeout_s=0.2, stall_timeout_s=0.1)
    assert error.category is ErrorCategory.TIMEOUT
    assert time.perf_counter() - began < 20


@pytest.mark.parametrize("fault", [OnTheWire(stall_after=0), OnTheWire(bytes_a_second=20)], ids=["half-open", "loris"])
async def test_a_server_that_hardly_sends_is_given_up(fault: Fault) -> None:
    async with serving(Fake(AT_ONCE)) as server, talking_to(server, answer_timeout_s=0.2) as claude:
        server.misbehave(fault)
        with pytest.raises(ProviderError) as caught:
            await anext(claude.reply(HISTORY))
    assert caught.value.category is ErrorCategory.TIMEOUT


@pytest.mark.parametrize("cut_after", [0, 40, 300])
async def test_a_connection_that_breaks_is_told(cut_after: int) -> None:
    async with serving(Fake(AT_ONCE)) as server, talking_to(server) as claude:
        server.misbehave(OnTheWire(cut_after=cut_after))
        with pytest.raises(ProviderError) as caught:
            assert [piece async for piece in claude.reply(HISTORY)]
    assert caught.value.category is ErrorCategory.CONNECTION


async def test_a_server_that_is_not_there() -> None:
    async with serving(Fake()) as server:
        base_url = server.url()
    claude = Anthropic(AnthropicSettings(base_url=base_url))
    with pytest.raises(ProviderError, match=r"Cannot reach 127\.0\.0\.1") as caught:
        await claude.open()
    assert caught.value.category is ErrorCategory.CONNECTION
    await claude.close()


async def test_a_server_without_a_list_of_models_will_do() -> None:
    async with serving(Fake(AT_ONCE)) as server:
        server.misbehave(Refuse(404, "Not found."))
        assert await ask(server)


async def test_the_key_is_sent_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MY_KEY", KEY)
    async with serving(Fake(AT_ONCE, KEY)) as server:
        assert await ask(server, key_env="MY_KEY")
    async with serving(Fake(AT_ONCE, "another")) as server:
        claude = Anthropic(AnthropicSettings(base_url=server.url(), key_env="MY_KEY"))
        with pytest.raises(ProviderError, match="check the key in MY_KEY") as caught:
            await claude.open()
        await claude.close()
    assert len(server.requests) == 1
    assert caught.value.category is ErrorCategory.AUTHENTICATION
    assert KEY not in f"{caught.value!r} {caught.value} {claude!r} {vars(claude)} {caplog.text}"


async def test_nobody_is_called_without_a_key_and_another_server_gets_none_of_the_environments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claude = catalog.build(Role.LLM, Part(use="anthropic"))
    with pytest.raises(ProviderError, match="ANTHROPIC_API_KEY"):
        await claude.open()
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", KEY)
    async with serving(Fake(AT_ONCE)) as server:
        assert await ask(server)
        assert not any(KEY in str(request.headers) for request in server.requests)


async def test_without_the_sdk_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anthropic", None)
    with pytest.raises(ProviderError, match=r"pip install voice-agent-studio\[anthropic\]") as caught:
        await Anthropic(AnthropicSettings()).open()
    assert caught.value.category is ErrorCategory.NOT_INSTALLED


async def test_no_proxy_stands_before_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with serving(Fake(AT_ONCE)) as server:
        assert await ask(server)


@pytest.mark.parametrize(
    "model", [model.name for model in catalog.provider("anthropic").models if model.retires_on is None]
)
async def test_each_model_takes_what_the_catalog_sets(model: str) -> None:
    async with serving(Fake(AT_ONCE)) as server:
        claude = catalog.build(Role.LLM, Part.model_validate({"use": f"anthropic/{model}", "base_url": server.url()}))
        await claude.open()
        assert [piece async for piece in claude.reply(HISTORY)]
        await claude.close()


def test_virtual_time_waits_for_the_server() -> None:
    async def run() -> float:
        answer = Verbatim((opening(), 0.05, TEXT, text("a"), block_end(), *ending()))
        async with serving(Fake(None, None, answer)) as server, talking_to(server) as claude:
            began = asyncio.get_running_loop().time()
            assert [piece async for piece in claude.reply(HISTORY)]
            return asyncio.get_running_loop().time() - began

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert 0.05 <= runner.run(run()) < 2
