import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from studio.model.conversation import Message, Tokens
from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.clock import VirtualTimeLoop
from studio.pipeline.ports import ReplyPiece
from studio.providers.llm.openai_chat import OpenAiChat, OpenAiChatSettings
from tests.fakes.openai_chat_server import DONE, OPENING, STOP, USAGE, Answer, OpenAiChatServer, event, refused, said

HISTORY = (Message("system", "Be brief."), Message("user", "Say hello in Korean."))
KEY = "sk-not-to-be-seen"


async def ask(server: OpenAiChatServer, **settings: Any) -> list[ReplyPiece]:
    chat = OpenAiChat(OpenAiChatSettings(model="m", base_url=server.base_url, **settings))
    await chat.open()
    try:
        return [piece async for piece in chat.reply(HISTORY)]
    finally:
        await chat.close()


async def failure(answer: Answer, **settings: Any) -> ProviderError:
    async with OpenAiChatServer(answer) as server:
        with pytest.raises(ProviderError) as caught:
            await ask(server, **settings)
    assert str(caught.value).count(". ") == 0, "one sentence"
    return caught.value


async def test_streams_a_piece_a_token_and_the_counts_last() -> None:
    async with OpenAiChatServer(said("안녕", "하세요", "!")) as server:
        pieces = await ask(server, temperature=0.5, max_tokens=20)
    assert pieces == [ReplyPiece("안녕"), ReplyPiece("하세요"), ReplyPiece("!"), ReplyPiece(tokens=Tokens(11, 3))]
    assert server.chats[0].body == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say hello in Korean."}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "max_completion_tokens": 20,
    }


async def test_sends_what_is_not_set_to_nobody() -> None:
    async with OpenAiChatServer(said("x")) as server:
        await ask(server)
    assert server.chats[0].body.keys() == {"model", "messages", "stream", "stream_options"}
    assert "authorization" not in server.chats[0].headers


async def test_a_stream_that_says_it_is_done_is_complete_without_a_finish_reason() -> None:
    async with OpenAiChatServer(Answer((event("x"), DONE))) as server:
        assert await ask(server) == [ReplyPiece("x")]


async def test_further_fields_of_the_request_reach_the_server() -> None:
    error = await failure(said("x"), request={"reasoning_effort": "low"})
    assert "reasoning_effort" in str(error)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
async def test_however_the_stream_is_cut_it_says_the_same(newline: bytes) -> None:
    stream = b": ping\n\n" + OPENING + event("Grüße, ") + event("안녕") + STOP + USAGE + DONE
    stream = stream.replace(b"\n", newline)
    cuts = [Answer((stream[:cut], stream[cut:])) for cut in range(1, len(stream))]
    async with OpenAiChatServer(*cuts) as server:
        chat = OpenAiChat(OpenAiChatSettings(model="m", base_url=server.base_url))
        await chat.open()
        for _ in cuts:
            pieces = [piece async for piece in chat.reply(HISTORY)]
            assert pieces == [ReplyPiece("Grüße, "), ReplyPiece("안녕"), ReplyPiece(tokens=Tokens(11, 3))]
        await chat.close()
    assert server.connections == 1


async def test_a_token_is_there_before_the_next_one_is_sent() -> None:
    async with OpenAiChatServer(Answer((OPENING, event("first"), 60.0))) as server:
        chat = OpenAiChat(OpenAiChatSettings(model="m", base_url=server.base_url))
        await chat.open()
        reply = chat.reply(HISTORY)
        assert await anext(reply) == ReplyPiece("first")
        await reply.aclose()
        await chat.close()


async def test_closing_the_reply_hangs_up_at_once() -> None:
    async with OpenAiChatServer(Answer((event("Once"), 60.0)), said("4")) as server:
        chat = OpenAiChat(OpenAiChatSettings(model="m", base_url=server.base_url))
        await chat.open()
        reply = chat.reply(HISTORY)
        await anext(reply)
        await reply.aclose()
        async with asyncio.timeout(1):
            await server.hung_up.wait()
        assert [piece.text async for piece in chat.reply(HISTORY)] == ["4", ""]
        await chat.close()


async def test_cancelling_a_waiting_reply_hangs_up_at_once() -> None:
    async with OpenAiChatServer(Answer((60.0,))) as server:
        chat = OpenAiChat(OpenAiChatSettings(model="m", base_url=server.base_url))
        await chat.open()
        waiting = asyncio.get_running_loop().create_task(_first(chat.reply(HISTORY)))
        await server.asked.wait()
        waiting.cancel()
        async with asyncio.timeout(1):
            await server.hung_up.wait()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
        await chat.close()


async def _first(reply: AsyncGenerator[ReplyPiece, None]) -> ReplyPiece:
    return await anext(reply)


async def test_one_connection_serves_opening_warming_and_all_replies() -> None:
    async with OpenAiChatServer(said("a"), said("b")) as server:
        chat = OpenAiChat(OpenAiChatSettings(model="m", base_url=server.base_url))
        await chat.open()
        for _ in range(2):
            await chat.warm(HISTORY)
            assert [piece async for piece in chat.reply(HISTORY)]
        await chat.close()
        await chat.close()
    assert server.connections == 1
    assert len(server.chats) == 2, "warming sends no prompt"


async def test_a_connection_that_the_server_closed_meanwhile_costs_nothing() -> None:
    async with OpenAiChatServer(*[said("x")] * 50, drop_idle=True) as server:
        chat = OpenAiChat(OpenAiChatSettings(model="m", base_url=server.base_url))
        await chat.open()
        for _ in range(50):
            assert [piece.text async for piece in chat.reply(HISTORY)] == ["x", ""]
        await chat.close()


@pytest.mark.parametrize(
    ("answer", "category", "says"),
    [
        (refused(400, "Too long."), ErrorCategory.INVALID_REQUEST, "Too long"),
        (refused(402, "Pay."), ErrorCategory.QUOTA, "Pay"),
        (refused(403, "Country."), ErrorCategory.AUTHENTICATION, "OPENAI_API_KEY"),
        (refused(404, "The model `m` does not exist"), ErrorCategory.INVALID_REQUEST, "model `m`"),
        (refused(408, ""), ErrorCategory.TIMEOUT, "408"),
        (refused(429, "Slow down.", {"Retry-After": "7"}), ErrorCategory.RATE_LIMIT, "wait 7 s"),
        (refused(429, "You exceeded your current quota."), ErrorCategory.QUOTA, "quota"),
        (refused(500, "Oops."), ErrorCategory.SERVER, "500: Oops"),
        (Answer((b"<html>bad gateway</html>",), 502), ErrorCategory.SERVER, "502"),
        (Answer((b"<html>hi</html>",), 200, {"Content-Type": "text/html"}), ErrorCategory.BROKEN_ANSWER, "stream"),
        (Answer((b"data: {half\n\n",)), ErrorCategory.BROKEN_ANSWER, "no chat answer"),
        (Answer((b'data: {"choices": 7}\n\n',)), ErrorCategory.BROKEN_ANSWER, "no chat answer"),
        (Answer((event("a"), event(error={"message": "gone"}))), ErrorCategory.SERVER, "while answering"),
        (Answer((event("a"),), complete=False), ErrorCategory.CONNECTION, "dropped"),
        (Answer((event("a"),)), ErrorCategory.CONNECTION, "in the middle"),
        (Answer(()), ErrorCategory.CONNECTION, "in the middle"),
    ],
)
async def test_says_what_went_wrong(answer: Answer, category: ErrorCategory, says: str) -> None:
    error = await failure(answer)
    assert error.category is category
    assert says in str(error)


@pytest.mark.parametrize("parts", [(60.0,), (OPENING, event("a"), 60.0)], ids=["before the answer", "between tokens"])
async def test_does_not_wait_for_ever(parts: tuple[bytes | float, ...]) -> None:
    error = await failure(Answer(parts), first_token_timeout_s=0.2, stall_timeout_s=0.1)
    assert error.category is ErrorCategory.TIMEOUT


async def test_a_server_that_is_not_there() -> None:
    async with OpenAiChatServer() as server:
        base_url = server.base_url
    chat = OpenAiChat(OpenAiChatSettings(model="m", base_url=base_url))
    with pytest.raises(ProviderError, match=r"Cannot reach 127\.0\.0\.1") as caught:
        await chat.open()
    assert caught.value.category is ErrorCategory.CONNECTION
    await chat.close()


async def test_the_key_is_sent_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    async with OpenAiChatServer(said("x"), key=KEY) as server:
        assert await ask(server, key_env="MY_KEY")
    async with OpenAiChatServer(key="another") as server:
        chat = OpenAiChat(OpenAiChatSettings(model="m", base_url=server.base_url, key_env="MY_KEY"))
        with pytest.raises(ProviderError, match="check the key in MY_KEY") as caught:
            await chat.open()
        await chat.close()
    assert caught.value.category is ErrorCategory.AUTHENTICATION
    assert KEY not in f"{caught.value!r} {caught.value} {chat!r} {vars(chat)}"


@pytest.mark.parametrize("key", ["sk-\nnot", "sk-ключ"])
async def test_a_key_no_header_can_carry(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("MY_KEY", key)
    chat = OpenAiChat(OpenAiChatSettings(model="m", base_url="http://127.0.0.1:1/v1", key_env="MY_KEY"))
    with pytest.raises(ProviderError, match="MY_KEY") as caught:
        await chat.open()
    assert key not in str(caught.value)


def test_virtual_time_waits_for_the_server() -> None:
    async def run() -> float:
        async with OpenAiChatServer(Answer((0.05, event("a"), STOP, DONE))) as server:
            began = asyncio.get_running_loop().time()
            await ask(server)
            return asyncio.get_running_loop().time() - began

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert 0.05 <= runner.run(run()) < 2
