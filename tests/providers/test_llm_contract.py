import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import date

import pytest

from studio.model.conversation import Message
from studio.model.errors import PresetError
from studio.model.preset import Part, Role
from studio.pipeline.clock import VirtualTimeLoop
from studio.pipeline.ports import LanguageModel, ReplyPiece
from studio.providers.catalog import build, retiring
from tests.fakes.openai_chat import OpenAiChat, event, said
from tests.fakes.server import FakeServer
from tests.fakes.verbatim import Verbatim
from tests.providers import contract

QUESTION = (Message("system", "Answer briefly."), Message("user", "What is the capital of Italy?"))
LONG = (Message("user", "Count from one to one hundred in words."),)

each_embedded = pytest.mark.parametrize("use", contract.embedded(Role.LLM))
each_trained = pytest.mark.parametrize("use", contract.trained(Role.LLM))


@pytest.fixture(params=[*contract.embedded(Role.LLM), "openai"])
async def llm(request: pytest.FixtureRequest) -> AsyncGenerator[LanguageModel, None]:
    """Each language model, open; one with an account talks to a loopback server."""
    slowly = Verbatim(tuple(part for word in ("one", " two", " three") * 50 for part in (event(word), 0.05)))
    fake = OpenAiChat(None, None, said("Rome", "."), slowly, said("Rome", "."))
    async with FakeServer({"/v1": fake}) as server:
        settings = {"base_url": server.url("/v1")} if request.param == "openai" else {}
        model = build(Role.LLM, Part.model_validate({"use": request.param, **settings}))
        await model.open()
        yield model
        await model.close()


async def answer(llm: LanguageModel) -> list[ReplyPiece]:
    return [piece async for piece in llm.reply(QUESTION)]


def text(pieces: list[ReplyPiece]) -> str:
    return "".join(piece.text for piece in pieces)


async def test_streams_text_and_then_counts_and_stops_when_told(llm: LanguageModel) -> None:
    await llm.warm(QUESTION[:1])
    pieces = await answer(llm)
    assert len(pieces) > 2
    assert all(piece.text and piece.tokens is None for piece in pieces[:-1])
    assert pieces[-1].text == ""
    assert pieces[-1].tokens is not None
    assert pieces[-1].tokens.prompt > 0
    assert pieces[-1].tokens.written > 1

    reply = llm.reply(LONG)
    await anext(reply)
    began = time.perf_counter()
    await reply.aclose()
    assert time.perf_counter() - began < 3, "the whole of it takes much longer"
    assert text(await answer(llm))


@each_embedded
def test_opens_and_closes_twice(use: str) -> None:
    contract.opens_and_closes_twice(build(Role.LLM, Part(use=use)))


@each_embedded
def test_can_be_abandoned_while_opening(use: str) -> None:
    contract.can_be_abandoned_while_opening(build(Role.LLM, Part(use=use)))


@each_trained
async def test_an_interrupted_reply_leaves_nothing_in_the_next_one(use: str) -> None:
    llm = build(Role.LLM, Part(use=use))
    await llm.open()
    reply = llm.reply(LONG)
    await anext(reply)
    await reply.aclose()
    assert "Rome" in text(await answer(llm))
    await llm.close()


@each_trained
def test_takes_real_time_on_a_virtual_clock(use: str) -> None:
    async def run() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        model = build(Role.LLM, Part(use=use))
        await model.open()
        virtual, real = loop.time(), time.perf_counter()
        assert await answer(model)
        took = loop.time() - virtual, time.perf_counter() - real
        await model.close()
        return took

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        virtual_s, real_s = runner.run(run())
    assert virtual_s == pytest.approx(real_s, rel=0.5)


@pytest.mark.parametrize(
    ("use", "ended", "instead"),
    [
        ("anthropic/claude-3-5-haiku", True, "claude-haiku-4-5"),
        ("anthropic/claude-sonnet-4-5", False, "claude-sonnet-5-5"),
        ("gemini/gemini-1.5-flash", True, "gemini-3.5-flash-lite"),
        ("openai/gpt-4o", False, "gpt-6-luna"),
        ("openai/gpt-4o-mini", False, "gpt-6-luna"),
        ("openai/gpt-5-mini", False, "gpt-5.4-mini"),
    ],
)
def test_a_model_that_ends_names_the_one_to_use_instead(use: str, ended: bool, instead: str) -> None:
    part, today = Part(use=use), date(2026, 11, 23)
    if ended:
        with pytest.raises(PresetError, match=instead):
            retiring(Role.LLM, part, today)
    else:
        assert instead in str(retiring(Role.LLM, part, today))
