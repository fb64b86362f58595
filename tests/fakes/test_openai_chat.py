"""The vendor's own client finds its protocol in the stand-in; any vendor's whose base URL it is given."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.openai_chat import OpenAiChat
from tests.fakes.script import Script
from tests.fakes.server import FakeServer, Refuse

if TYPE_CHECKING:
    from openai import AsyncOpenAI

PERSONA = "You are the receptionist of a restaurant and answer in one short sentence. " * 3
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "check_availability",
        "description": "Free tables.",
        "parameters": {
            "type": "object",
            "properties": {"people": {"type": "integer"}, "day": {"type": "string"}},
            "required": ["people"],
        },
    },
}


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer({"/v1": OpenAiChat(Script(first_token_s=0, token_s=0), "k")}) as server:
        yield server
        assert not server.failures
        gc.collect()  # the client leaves its half-read streams to the collector, which needs the loop once more
        await asyncio.sleep(0.01)


def client(server: FakeServer, key: str = "k") -> "AsyncOpenAI":
    from openai import AsyncOpenAI

    return AsyncOpenAI(api_key=key, base_url=server.url("/v1"), max_retries=0)


async def ask(openai: "AsyncOpenAI", messages: list[Any], **more: Any) -> list[Any]:
    stream = await openai.chat.completions.create(
        model="gpt-5.4-mini", messages=messages, stream=True, stream_options={"include_usage": True}, **more
    )
    async with stream:
        return [chunk async for chunk in stream]


async def test_speaks_word_by_word_and_keeps_the_beginning_of_a_prompt(server: FakeServer) -> None:
    async with client(server) as openai:
        messages = [{"role": "system", "content": PERSONA}, {"role": "user", "content": "Hello."}]
        chunks = await ask(openai, messages)
        words = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
        assert "".join(word or "" for word in words) == "The capital of Italy is Rome."
        assert chunks[-2].choices[0].finish_reason == "stop"
        first = chunks[-1].usage
        assert first.prompt_tokens_details.cached_tokens == 0

        messages += [{"role": "assistant", "content": "Rome."}, {"role": "user", "content": "And then?"}]
        chunks = await ask(openai, messages, max_completion_tokens=2)
        second = chunks[-1].usage
        assert second.prompt_tokens_details.cached_tokens == first.prompt_tokens < second.prompt_tokens
        assert (second.completion_tokens, chunks[-2].choices[0].finish_reason) == (2, "length")


async def test_asks_for_a_tool_and_repeats_its_answer(server: FakeServer) -> None:
    async with client(server) as openai:
        messages: list[Any] = [{"role": "user", "content": "A table for tonight, please."}]
        async with openai.chat.completions.stream(model="gpt-5.4-mini", messages=messages, tools=[TOOL]) as stream:
            completion = await stream.get_final_completion()
        choice = completion.choices[0]
        assert choice.finish_reason == "tool_calls"
        assert choice.message.tool_calls is not None
        [call] = choice.message.tool_calls
        assert (call.function.name, json.loads(call.function.arguments)) == ("check_availability", {"people": 2})

        messages.append(choice.message.model_dump(include={"role", "content", "tool_calls"}))
        messages[1]["tool_calls"][0]["function"].pop("parsed_arguments", None)
        messages.append({"role": "tool", "tool_call_id": call.id, "content": "Two at eight"})
        chunks = await ask(openai, messages, tools=[TOOL])
        words = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
        assert "".join(words) == "Here is what I found: Two at eight."


async def test_lists_its_models_to_whoever_has_the_key(server: FakeServer) -> None:
    from openai import AuthenticationError

    async with client(server) as openai:
        assert [model.id async for model in openai.models.list()] == ["gpt-5.4-mini", "gpt-6-luna"]
    async with client(server, "another") as openai:
        with pytest.raises(AuthenticationError):
            await openai.models.list()


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "user", "content": "x"}, {"role": "tool", "tool_call_id": "c", "content": "1"}],
        [
            {
                "role": "assistant",
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}],
            },
            {"role": "user", "content": "x"},
        ],
        [{"role": "user", "content": "x", "mood": "good"}],
        [{"role": "robot", "content": "x"}],
        [{"role": "user", "content": 7}],
        [],
    ],
    ids=["an answer to nothing", "no answer", "unknown field", "unknown role", "no text", "nothing"],
)
async def test_refuses_what_the_vendor_refuses(server: FakeServer, messages: list[Any]) -> None:
    from openai import BadRequestError

    async with client(server) as openai:
        with pytest.raises(BadRequestError):
            await ask(openai, messages)


async def test_a_limit_on_requests(server: FakeServer) -> None:
    from openai import RateLimitError

    server.misbehave(Refuse(429, "Slow down.", {"Retry-After": "2"}))
    async with client(server) as openai:
        with pytest.raises(RateLimitError) as caught:
            await openai.models.list()
    assert caught.value.response.headers["retry-after"] == "2"
