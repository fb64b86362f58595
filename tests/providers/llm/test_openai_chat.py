import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from studio.model.conversation import Message, Tokens, Tool, ToolCall
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.preset import Part, Role
from studio.pipeline.clock import VirtualTimeLoop
from studio.pipeline.ports import ReplyPiece
from studio.providers import catalog
from studio.providers.llm.chat_protocol import OpenAiChatSettings
from studio.providers.llm.openai_chat import OpenAiChat
from tests.fakes.openai_chat import DONE, OPENING, STOP, delta, event, refused, said
from tests.fakes.openai_chat import OpenAiChat as Fake
from tests.fakes.script import Script
from tests.fakes.server import FakeServer, Fault, OnTheWire, Refuse
from tests.fakes.verbatim import Verbatim

HISTORY = (Message("system", "Be brief."), Message("user", "Say hello in Korean."))
KEY = "sk-not-to-be-seen"
AT_ONCE = Script(first_token_s=0, token_s=0)
BOOK = Tool(
    "book_table",
    "Books a table.",
    {"type": "object", "properties": {"wish": {"type": "string"}, "people": {"type": "integer"}}},
)


@asynccontextmanager
async def serving(fake: Fake) -> AsyncIterator[FakeServer]:
    async with FakeServer({"/v1": fake}) as server:
        yield server
        assert not server.failures


@asynccontextmanager
async def talking_to(server: FakeServer, **settings: Any) -> AsyncIterator[OpenAiChat]:
    chat = OpenAiChat(OpenAiChatSettings(model="m", base_url=server.url("/v1"), **settings))
    await chat.open()
    try:
        yield chat
    finally:
        await chat.close()


async def ask(
    server: FakeServer, messages: Sequence[Message] = HISTORY, tools: Sequence[Tool] = (), **settings: Any
) -> list[ReplyPiece]:
    async with talking_to(server, **settings) as chat:
        return [piece async for piece in chat.reply(messages, tools)]


async def failure(answer: Verbatim, **settings: Any) -> ProviderError:
    async with serving(Fake(None, None, answer)) as server:
        with pytest.raises(ProviderError) as caught:
            await ask(server, **settings)
    assert str(caught.value).count(". ") == 0, "one sentence"
    return caught.value


async def test_streams_a_piece_a_token_and_the_counts_last() -> None:
    async with serving(fake := Fake(None, None, said("안녕", "하세요", "!"))) as server:
        pieces = await ask(server, temperature=0.5, max_tokens=20)
    assert pieces == [ReplyPiece("안녕"), ReplyPiece("하세요"), ReplyPiece("!"), ReplyPiece(tokens=Tokens(11, 3))]
    assert fake.chats[0] == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say hello in Korean."}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "max_completion_tokens": 20,
    }


async def test_sends_what_is_not_set_to_nobody() -> None:
    async with serving(fake := Fake(None, None, said("x"))) as server:
        await ask(server)
    assert fake.chats[0].keys() == {"model", "messages", "stream", "stream_options"}
    assert "authorization" not in server.requests[-1].headers


async def test_a_stream_that_says_it_is_done_is_complete_without_a_finish_reason() -> None:
    async with serving(Fake(None, None, Verbatim((event("x"), DONE)))) as server:
        assert await ask(server) == [ReplyPiece("x")]


async def test_further_fields_of_the_request_reach_the_server() -> None:
    error = await failure(said("x"), request={"top_secret": 3})
    assert "top_secret" in str(error)


async def test_a_conversation_with_a_tool() -> None:
    async with serving(fake := Fake(AT_ONCE)) as server, talking_to(server) as chat:
        history = [*HISTORY[:1], Message("user", "Please book a table.")]
        call, counts = [piece async for piece in chat.reply(history, [BOOK])]
        assert call.call is not None
        assert (call.call.name, call.call.arguments) == (
            "book_table",
            '{"wish": "Please book a table.", "people": 2}',
        )
        assert counts.tokens is not None
        assert counts.tokens.written > 0
        history += [Message("assistant", "One moment.", (call.call,)), Message("tool", "At eight.", (), call.call.id)]
        pieces = [piece async for piece in chat.reply(history, [BOOK])]
    assert "".join(piece.text for piece in pieces) == "Here is what I found: At eight."
    assert fake.chats[0]["tools"][0]["function"]["name"] == "book_table"
    assert fake.chats[1]["messages"][2]["tool_calls"][0]["id"] == call.call.id


async def test_what_a_server_wants_to_see_again_with_a_call_is_sent_again() -> None:
    signed = {"google": {"thought_signature": "abc"}}
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}, "extra_content": signed}
    answers = [Verbatim((delta(tool_calls=[call]), delta("tool_calls"), DONE)), said("x")]
    fake = Fake(None, None, *answers)
    async with serving(fake) as server, talking_to(server) as chat:
        assert [piece async for piece in chat.reply(HISTORY)] == [ReplyPiece(call=ToolCall("c", "f", "{}"))]
        history = [*HISTORY, Message("assistant", "", (ToolCall("c", "f", "{}"),)), Message("tool", "3", (), "c")]
        assert [piece.text async for piece in chat.reply(history)] == ["x", ""]
    sent = server.requests[-1].json()["messages"][2]["tool_calls"][0]
    assert sent["extra_content"] == signed


async def test_the_beginning_of_the_prompt_comes_from_the_cache_from_the_second_turn_on() -> None:
    async with serving(Fake(AT_ONCE)) as server, talking_to(server) as chat:
        history, read, prompts = [Message("system", "You are a helpful receptionist. " * 8)], [], []
        for words in ("Hello.", "How are you?", "Goodbye."):
            history.append(Message("user", words))
            pieces = [piece async for piece in chat.reply(history, [BOOK])]
            history.append(Message("assistant", "".join(piece.text for piece in pieces)))
            tokens = pieces[-1].tokens
            assert tokens is not None
            read.append(tokens.cache_read)
            prompts.append(tokens.prompt)
    assert read[0] == 0
    assert read[1] == prompts[0]
    assert read[2] == prompts[1]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
async def test_however_the_stream_is_cut_it_says_the_same(newline: bytes) -> None:
    events = (
        '{"choices":[{"delta":{"content":"안녕"}}]}',
        '{"choices":[{"delta":{"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\\"ä\\":"}}]}}]}',
        '{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"1}"}}]},"finish_reason":"tool_calls"}]}',
        '{"usage":{"prompt_tokens":11,"completion_tokens":3}}',
        "[DONE]",
    )
    words = ": ping\n\n" + "".join(f"data: {each}\n\n" for each in events)
    stream = words.encode().replace(b"\n", newline)
    cuts = [Verbatim((stream[:cut], stream[cut:])) for cut in range(1, len(stream))]
    whole = [
        ReplyPiece("안녕"),
        ReplyPiece(call=ToolCall("c", "f", '{"ä":1}')),
        ReplyPiece(tokens=Tokens(11, 3)),
    ]
    async with serving(Fake(None, None, *cuts)) as server, talking_to(server) as chat:
        for _ in cuts:
            assert [piece async for piece in chat.reply(HISTORY)] == whole
    assert server.connections == 1


async def test_byte_by_byte_it_says_the_same() -> None:
    async with serving(Fake(AT_ONCE)) as server, talking_to(server) as chat:
        server.misbehave(OnTheWire(byte_by_byte=True))
        slowly = [piece async for piece in chat.reply(HISTORY)]
        assert [piece.text for piece in slowly] == [piece.text async for piece in chat.reply(HISTORY)]


async def test_a_token_is_there_before_the_next_one_is_sent() -> None:
    fake = Fake(None, None, Verbatim((OPENING, event("first"), 60.0)))
    async with serving(fake) as server, talking_to(server) as chat:
        reply = chat.reply(HISTORY)
        assert await anext(reply) == ReplyPiece("first")
        await reply.aclose()


async def test_closing_the_reply_hangs_up_at_once() -> None:
    fake = Fake(None, None, Verbatim((event("Once"), 60.0)), said("4"))
    async with serving(fake) as server, talking_to(server) as chat:
        reply = chat.reply(HISTORY)
        await anext(reply)
        await reply.aclose()
        async with asyncio.timeout(1):
            await server.left.wait()
        assert [piece.text async for piece in chat.reply(HISTORY)] == ["4", ""]


async def test_cancelling_a_waiting_reply_hangs_up_at_once() -> None:
    async with serving(fake := Fake(None, None, Verbatim((60.0,)))) as server, talking_to(server) as chat:
        waiting = asyncio.get_running_loop().create_task(_first(chat.reply(HISTORY)))
        await fake.asked.wait()
        waiting.cancel()
        async with asyncio.timeout(1):
            await server.left.wait()
        await asyncio.wait([waiting])
        assert waiting.cancelled()


async def _first(reply: AsyncGenerator[ReplyPiece, None]) -> ReplyPiece:
    return await anext(reply)


async def test_one_connection_serves_opening_warming_and_all_replies() -> None:
    async with serving(fake := Fake(None, None, said("a"), said("b"))) as server, talking_to(server) as chat:
        for _ in range(2):
            await chat.warm(HISTORY)
            assert [piece async for piece in chat.reply(HISTORY)]
        await chat.close()
        await chat.close()
    assert server.connections == 1
    assert len(fake.chats) == 2, "warming sends no prompt"


async def test_a_connection_that_the_server_closed_meanwhile_costs_nothing() -> None:
    fake = Fake(None, None, *[said("x")] * 50)
    fake.drop_idle = True
    async with serving(fake) as server, talking_to(server) as chat:
        for _ in range(50):
            assert [piece.text async for piece in chat.reply(HISTORY)] == ["x", ""]


async def test_what_fails_on_a_new_connection_is_not_asked_again() -> None:
    async with serving(Fake()) as server:
        server.misbehave(OnTheWire(cut_after=0))
        with pytest.raises(ProviderError) as caught:
            await ask(server)
    assert caught.value.category is ErrorCategory.CONNECTION
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("answer", "category", "says"),
    [
        (refused(400, "Too long."), ErrorCategory.INVALID_REQUEST, "Too long"),
        (refused(402, "Pay."), ErrorCategory.QUOTA, "Pay"),
        (refused(404, "The model `m` does not exist"), ErrorCategory.INVALID_REQUEST, "model `m`"),
        (refused(408, ""), ErrorCategory.TIMEOUT, "408"),
        (refused(429, "Slow down.", {"Retry-After": "7"}), ErrorCategory.RATE_LIMIT, "wait 7 s"),
        (refused(429, "You exceeded your current quota."), ErrorCategory.QUOTA, "quota"),
        (refused(500, "Oops."), ErrorCategory.SERVER, "500: Oops"),
        (Verbatim((b"<html>bad gateway</html>",), 502), ErrorCategory.SERVER, "502"),
        (Verbatim((b"<html>hi</html>",), 200, {"Content-Type": "text/html"}), ErrorCategory.BROKEN_ANSWER, "stream"),
        (Verbatim((), 302, {"Location": "https://elsewhere.example/v1"}), ErrorCategory.INVALID_REQUEST, "status 302"),
        (Verbatim((b"data: {half\n\n",)), ErrorCategory.BROKEN_ANSWER, "no chat answer"),
        (Verbatim((b'data: {"choices": 7}\n\n',)), ErrorCategory.BROKEN_ANSWER, "no chat answer"),
        (Verbatim((event("a"), event(error={"message": "gone"}))), ErrorCategory.SERVER, "while answering: gone"),
        (Verbatim((event("a"),), complete=False), ErrorCategory.CONNECTION, "dropped"),
        (Verbatim((event("a"),)), ErrorCategory.CONNECTION, "in the middle"),
        (Verbatim(()), ErrorCategory.CONNECTION, "in the middle"),
    ],
)
async def test_says_what_went_wrong(answer: Verbatim, category: ErrorCategory, says: str) -> None:
    error = await failure(answer)
    assert error.category is category
    assert says in str(error)
    assert error.retry_after_s == (7 if "wait" in says else None)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_refusal_is_told_after_one_request(status: int) -> None:
    async with serving(Fake()) as server, talking_to(server) as chat:
        server.misbehave(Refuse(status, headers={"Retry-After": "2"}))
        with pytest.raises(ProviderError) as caught:
            await anext(chat.reply(HISTORY))
        assert caught.value.retry_after_s == 2
        assert len(server.requests) == 2, "one to open, one to ask"


@pytest.mark.parametrize(
    "parts",
    [(60.0,), (OPENING, 60.0), (*[b": still thinking\n\n", 0.02] * 200, 60.0), (OPENING, event("a"), 60.0)],
    ids=["nothing", "no word", "comments only", "between tokens"],
)
async def test_does_not_wait_for_ever(parts: tuple[bytes | float, ...]) -> None:
    began = time.perf_counter()
    error = await failure(Verbatim(parts), answer_timeout_s=0.2, stall_timeout_s=0.1)
    assert error.category is ErrorCategory.TIMEOUT
    assert time.perf_counter() - began < 20


@pytest.mark.parametrize("fault", [OnTheWire(stall_after=0), OnTheWire(bytes_a_second=20)], ids=["half-open", "loris"])
async def test_a_server_that_hardly_sends_is_given_up(fault: Fault) -> None:
    async with serving(Fake(AT_ONCE)) as server, talking_to(server, answer_timeout_s=0.2) as chat:
        server.misbehave(fault)
        with pytest.raises(ProviderError) as caught:
            await anext(chat.reply(HISTORY))
    assert caught.value.category is ErrorCategory.TIMEOUT


async def test_a_server_that_is_not_there() -> None:
    async with serving(Fake()) as server:
        base_url = server.url("/v1")
    chat = OpenAiChat(OpenAiChatSettings(model="m", base_url=base_url))
    with pytest.raises(ProviderError, match=r"Cannot reach 127\.0\.0\.1") as caught:
        await chat.open()
    assert caught.value.category is ErrorCategory.CONNECTION
    await chat.close()


async def test_the_key_is_sent_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MY_KEY", KEY)
    async with serving(Fake(AT_ONCE, KEY)) as server:
        assert await ask(server, key_env="MY_KEY")
    async with serving(Fake(AT_ONCE, "another")) as server:
        chat = OpenAiChat(OpenAiChatSettings(model="m", base_url=server.url("/v1"), key_env="MY_KEY"))
        with pytest.raises(ProviderError, match="check the key in MY_KEY") as caught:
            await chat.open()
        await chat.close()
    assert len(server.requests) == 1
    assert caught.value.category is ErrorCategory.AUTHENTICATION
    assert KEY not in f"{caught.value!r} {caught.value} {chat!r} {vars(chat)} {caplog.text}"


@pytest.mark.parametrize("provider", ["openai", "groq", "gemini", "openrouter"])
async def test_a_vendor_is_not_called_without_a_key(provider: str) -> None:
    chat = catalog.build(Role.LLM, Part(use=provider))
    with pytest.raises(ProviderError, match=catalog.provider(provider).env_key) as caught:
        await chat.open()
    assert caught.value.category is ErrorCategory.AUTHENTICATION


@pytest.mark.parametrize("provider", ["ollama", "vllm", "llama-server", "lmstudio", "compatible"])
async def test_a_server_of_ones_own_needs_no_key(provider: str) -> None:
    async with serving(Fake(AT_ONCE)) as server:
        part = Part.model_validate({"use": f"{provider}/m", "base_url": server.url("/v1"), "max_tokens": 9})
        chat = catalog.build(Role.LLM, part)
        await chat.open()
        assert [piece async for piece in chat.reply(HISTORY)]
        await chat.close()
    assert {"max_tokens", "max_completion_tokens"} & server.requests[-1].json().keys()


async def test_openais_own_variable_leads_to_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(Fake(AT_ONCE)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url("/v1"))
        chat = catalog.build(Role.LLM, Part(use="openai"))
        await chat.open()
        await chat.close()
        assert len(server.requests) == 1
    monkeypatch.setenv("OPENAI_BASE_URL", "user:secret@nowhere")
    with pytest.raises(ProviderError, match="OPENAI_BASE_URL") as caught:
        await catalog.build(Role.LLM, Part(use="openai")).open()
    assert "secret" not in str(caught.value)


def test_virtual_time_waits_for_the_server() -> None:
    async def run() -> float:
        async with serving(Fake(None, None, Verbatim((0.05, event("a"), STOP, DONE)))) as server:
            began = asyncio.get_running_loop().time()
            await ask(server)
            return asyncio.get_running_loop().time() - began

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert 0.05 <= runner.run(run()) < 2
