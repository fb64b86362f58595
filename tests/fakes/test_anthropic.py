"""The vendor's own client finds its API in the stand-in."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.anthropic import Anthropic
from tests.fakes.script import Script
from tests.fakes.server import FakeServer, Refuse

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

MODEL = "claude-haiku-5-5"
PERSONA = "You are the receptionist of a restaurant and answer in one short sentence. " * 3
KEPT = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
TOOL: dict[str, Any] = {
    "name": "book_table",
    "description": "Books a table.",
    "input_schema": {"type": "object", "properties": {"people": {"type": "integer"}}, "required": ["people"]},
}


@pytest.fixture
async def fake() -> Anthropic:
    return Anthropic(Script(first_token_s=0, token_s=0), "k")


@pytest.fixture
async def server(fake: Anthropic) -> AsyncIterator[FakeServer]:
    async with FakeServer({"": fake}) as server:
        yield server
        assert not server.failures


def client(server: FakeServer, key: str = "k") -> "AsyncAnthropic":
    from anthropic import AsyncAnthropic

    return AsyncAnthropic(api_key=key, base_url=server.url(), max_retries=0)


def user(words: str, **more: Any) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": words, **more}]}


async def ask(claude: "AsyncAnthropic", messages: list[Any], **more: Any) -> Any:
    async with claude.messages.stream(model=MODEL, max_tokens=99, messages=messages, **more) as stream:
        words = [text async for text in stream.text_stream]
        message = await stream.get_final_message()
    assert "".join(words) == "".join(block.text for block in message.content if block.type == "text")
    return message


async def test_speaks_word_by_word_and_keeps_what_is_marked(server: FakeServer) -> None:
    system = [{"type": "text", "text": PERSONA, **KEPT}]
    async with client(server) as claude:
        first = await ask(claude, [user("Hello.")], system=system)
        assert (first.content[0].text, first.stop_reason) == ("The capital of Italy is Rome.", "end_turn")
        assert first.usage.cache_read_input_tokens == 0
        assert first.usage.cache_creation_input_tokens > first.usage.input_tokens > 0
        assert first.usage.output_tokens == 6

        history = [user("Hello.", **KEPT), {"role": "assistant", "content": "Rome."}, user("And then?", **KEPT)]
        second = await ask(claude, history, system=system)
        assert second.usage.cache_read_input_tokens == first.usage.cache_creation_input_tokens
        assert second.usage.input_tokens == 0

        other = await ask(claude, [user("Hello.")], system=[{"type": "text", "text": f"New. {PERSONA}", **KEPT}])
        assert other.usage.cache_read_input_tokens == 0


async def test_a_prompt_can_be_read_ahead_without_a_reply(server: FakeServer) -> None:
    async with client(server) as claude:
        ahead = await claude.messages.create(model=MODEL, max_tokens=0, messages=[user(PERSONA, **KEPT)])  # type: ignore[list-item]
        assert (ahead.content, ahead.usage.output_tokens) == ([], 0)
        assert (await ask(claude, [user(PERSONA, **KEPT)])).usage.cache_read_input_tokens > 0


async def test_asks_for_a_tool_and_repeats_its_answer(server: FakeServer) -> None:
    async with client(server) as claude:
        question = user("A table for two, please.")
        message = await ask(claude, [question], tools=[TOOL])
        [call] = message.content
        assert (message.stop_reason, call.type, call.name, call.input) == (
            "tool_use",
            "tool_use",
            "book_table",
            {"people": 2},
        )
        asked = {"role": "assistant", "content": [{"type": "tool_use", "id": call.id, "name": call.name, "input": {}}]}
        found = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "Booked"}]}
        message = await ask(claude, [question, asked, found], tools=[TOOL])
        assert message.content[0].text == "Here is what I found: Booked."


async def test_lists_its_models_to_whoever_has_the_key_in_either_header(server: FakeServer) -> None:
    from anthropic import AsyncAnthropic, AuthenticationError, Omit

    async with client(server) as claude:
        assert [model.id async for model in claude.models.list()] == [MODEL]
    headers: dict[str, Any] = {"Authorization": Omit(), "x-api-key": "k"}
    async with AsyncAnthropic(api_key="x", base_url=server.url(), default_headers=headers) as claude:
        assert await claude.models.list()
    async with client(server, "another") as claude:
        with pytest.raises(AuthenticationError):
            await claude.models.list()


TOOL_USE = {"type": "tool_use", "id": "a", "name": "f", "input": {}}


@pytest.mark.parametrize(
    ("messages", "more"),
    [
        ([{"role": "assistant", "content": "Hello!"}, user("x")], {}),
        ([user("x"), {"role": "assistant", "content": "Well,"}], {}),
        ([user(" ")], {}),
        ([user("x"), {"role": "assistant", "content": [TOOL_USE]}, user("y")], {"tools": [TOOL]}),
        (
            [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "1"}]}],
            {"tools": [TOOL]},
        ),
        ([user("x")], {"extra_body": {"temperature": 0.5}}),
        ([user("x")], {"extra_body": {"mood": "good"}}),
        ([user("x", cache_control={"type": "ephemeral", "ttl": "2h"})], {}),
        ([user("x", **KEPT) for _ in range(5)], {}),
    ],
    ids=["agent first", "prefill", "empty", "no answer", "no question", "sampling", "unknown", "ttl", "marks"],
)
async def test_refuses_what_the_vendor_refuses(server: FakeServer, messages: list[Any], more: dict[str, Any]) -> None:
    from anthropic import BadRequestError

    async with client(server) as claude:
        with pytest.raises(BadRequestError):
            await ask(claude, messages, **more)


async def test_errors_before_and_within_an_answer(server: FakeServer, fake: Anthropic) -> None:
    from anthropic import APIStatusError, RateLimitError

    async with client(server) as claude:
        server.misbehave(Refuse(429, "Slow down.", {"Retry-After": "2"}))
        with pytest.raises(RateLimitError):
            await ask(claude, [user("x")])
        fake.breaks = (1, "overloaded_error")
        with pytest.raises(APIStatusError) as caught:
            await ask(claude, [user("x")])
        assert caught.value.type == "overloaded_error"
