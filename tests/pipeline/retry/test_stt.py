import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import numpy as np
import pytest

from studio.model.audio import Samples, silence
from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.provider_events import FellBack, Retried
from studio.model.terms import TranscriptKind
from studio.pipeline.ports import SpeechToText, Transcript
from studio.pipeline.retry.chain import Chain
from studio.pipeline.retry.stt import RetryingStream, RetryingStt
from tests.pipeline.retry.calls import failure, with_chain

BLOCK = 160


class Stream:
    """Notes what it is told; says or raises what the test puts in."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.heard = silence(0)
        self.says: asyncio.Queue[Transcript | ProviderError | None] = asyncio.Queue()
        self.billed_ms = 0.0

    def push(self, block: Samples) -> None:
        self.heard = np.concatenate((self.heard, block))
        self.billed_ms += block.size / 16

    def speech_started(self) -> None:
        self.told.append("started")

    def speech_paused(self) -> None:
        self.told.append("paused")

    def turn_committed(self) -> None:
        self.told.append("committed")

    async def transcripts(self) -> AsyncGenerator[Transcript, None]:
        while (said := await self.says.get()) is not None:
            if isinstance(said, ProviderError):
                raise said
            yield said

    async def close(self) -> None:
        self.told.append("closed")
        self.says.put_nowait(None)


class Engine:
    """Gives these streams, one after the other; an error instead of one is raised."""

    def __init__(self, *streams: Stream | ProviderError) -> None:
        self._streams = list(streams)

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def stream(self) -> Stream:
        stream = self._streams.pop(0)
        if isinstance(stream, ProviderError):
            raise stream
        return stream


def numbered(first: int, count: int) -> list[Samples]:
    """Blocks that can be told from each other."""
    return [np.full(BLOCK, number, dtype=np.float32) for number in range(first, first + count)]


def push(stream: RetryingStream, blocks: list[Samples]) -> None:
    for block in blocks:
        stream.push(block)


async def talk_while_it_breaks(
    chain: Chain[SpeechToText], first: Stream, end: Transcript, second: Stream
) -> list[Transcript]:
    stream = await RetryingStt(chain).stream()
    said: list[Transcript] = []

    async def listen() -> None:
        said.extend([transcript async for transcript in stream.transcripts()])

    listening = asyncio.get_running_loop().create_task(listen())
    push(stream, numbered(0, 100))  # a second before anyone speaks
    stream.speech_started()
    push(stream, numbered(100, 50))
    first.says.put_nowait(failure())
    await asyncio.sleep(0.01)
    push(stream, numbered(150, 10))  # while nobody listens
    stream.speech_paused()
    await asyncio.sleep(1)
    second.says.put_nowait(end)
    await asyncio.sleep(0.01)
    stream.turn_committed()
    await stream.close()
    await listening
    assert stream.use == chain.use
    assert stream.billed_ms == first.billed_ms + second.billed_ms
    return said


@pytest.mark.parametrize("others", [[], [failure()]], ids=["at the first try", "at the second"])
def test_what_was_said_is_sent_again_to_a_new_connection(others: list[ProviderError]) -> None:
    first, second = Stream(), Stream()
    end = Transcript(TranscriptKind.END, "Hello.", words=(TimedWord("Hello.", 500, 900),))
    engine = Engine(first, *others, second)
    said, reader, _ = with_chain([engine], lambda chain: talk_while_it_breaks(chain, first, end, second))
    assert len(reader.of(Retried)) == 1 + len(others)
    assert second.heard[::BLOCK].tolist() == list(range(50, 160)), "half a second before the speech, and all since"
    assert second.told == ["started", "paused", "committed", "closed"]
    [heard] = said
    assert heard.words == (TimedWord("Hello.", 1000, 1400),), "times count from the first sample of all"
    assert first.told == ["started", "closed"]


def test_another_engine_takes_over() -> None:
    first, second = Stream(), Stream()
    end = Transcript(TranscriptKind.END, "Hello.")
    first_engine = Engine(first, failure(ErrorCategory.QUOTA))
    said, reader, _ = with_chain(
        [first_engine, Engine(second)], lambda chain: talk_while_it_breaks(chain, first, end, second)
    )
    assert [transcript.text for transcript in said] == ["Hello."]
    [fell] = reader.of(FellBack)
    assert (fell.provider, fell.to) == ("vendor/0", "vendor/1")


def test_where_nobody_can_be_reached_the_failure_is_told() -> None:
    async def start(chain: Chain[SpeechToText]) -> RetryingStream:
        return await RetryingStt(chain).stream()

    with pytest.raises(ProviderError):
        with_chain([Engine(failure(ErrorCategory.AUTHENTICATION))], start)


def test_an_engine_that_just_ends_is_asked_again() -> None:
    first, second = Stream(), Stream()

    async def hear(chain: Chain[SpeechToText]) -> str:
        stream = await RetryingStt(chain).stream()
        first.says.put_nowait(None)
        second.says.put_nowait(Transcript(TranscriptKind.INTERIM, "Still here."))
        async with aclosing(stream.transcripts()) as transcripts:
            said = await anext(transcripts)
        await stream.close()
        return said.text

    assert with_chain([Engine(first, second)], hear)[0] == "Still here."
