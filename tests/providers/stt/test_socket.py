"""The runner that every vendor's dialect shares, with a dialect that is as plain as one can be."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from studio.model.audio import silence
from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.terms import TranscriptKind, Trigger
from studio.pipeline.ports import Transcript
from studio.providers.endpoint import Query
from studio.providers.stt.socket import (
    Frame,
    GoesOn,
    Heard,
    MaybeOver,
    Partial,
    Segment,
    SocketStream,
    SocketStt,
    SocketSttSettings,
    SpeechHeard,
)
from tests.fakes.server import Answer, FakeServer, Refuse, Request, Socket

START, INTERIM = TranscriptKind.SPEECH_START, TranscriptKind.INTERIM
EAGER, RESUME, END = TranscriptKind.EAGER_END, TranscriptKind.RESUME, TranscriptKind.END
LOUD = np.full(512, 0.3, dtype=np.float32)
"""32 ms: one message of `Plain`."""


class Plain:
    """Sound as it is, `pause`, `bye`; and back lists of kind, text and whatever else there is."""

    chunk_ms = 32

    def __init__(self, rate_hz: int = 16_000) -> None:
        self.rate_hz = rate_hz

    def path(self) -> str:
        return "/hear"

    def query(self) -> Query:
        return {"rate": self.rate_hz, "term": ("a", "b")}

    def headers(self) -> Mapping[str, str]:
        return {"X-Plain": "1"}

    def greeting(self) -> Sequence[Frame]:
        return ("hello",)

    def sound(self, pcm: bytes) -> Frame:
        return pcm

    def paused(self) -> Sequence[Frame]:
        return ("pause",)

    def goodbye(self) -> Sequence[Frame]:
        return ("bye",)

    def read(self, message: Frame) -> Iterator[Heard]:
        match json.loads(message):
            case ["start"]:
                yield SpeechHeard()
            case ["partial", text]:
                yield Partial(text)
            case ["segment", text, *how]:
                words = (TimedWord(text, 0, 100),) if text else ()
                yield Segment(text, words, 0.9, answers="answers" in how, ends_turn="ends" in how)
            case ["maybe", text]:
                yield MaybeOver(text)
            case ["goes on"]:
                yield GoesOn()
            case ["error"]:
                raise ProviderError("It hurts.", ErrorCategory.QUOTA)
            case [_, _, _, _]:
                raise KeyError


class Repeating(Plain):
    """A dialect that wants to know when words are taken."""

    def __init__(self) -> None:
        super().__init__()
        self.committed = 0

    def turn_committed(self) -> None:
        self.committed += 1


class Vendor:
    """Says what the test says, and keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str | bytes] = []
        self.news = asyncio.Event()
        self.deaf = asyncio.Event()
        """Set: it does not even read."""
        self.here = asyncio.Event()
        self.socket: Socket | None = None

    async def http(self, request: Request, answer: Answer) -> None:
        """Nothing."""

    def greet(self, _request: Request) -> Refuse | None:
        """Welcomes everybody."""
        return None

    async def talk(self, _request: Request, socket: Socket) -> None:
        """Listen."""
        self.socket = socket
        self.here.set()
        while True:
            if self.deaf.is_set():
                await asyncio.Event().wait()
            self.told.append(await socket.receive())
            self.news.set()

    async def say(self, *messages: Any) -> None:
        """To the client, in this order."""
        async with asyncio.timeout(5):
            await self.here.wait()
        assert self.socket is not None
        for message in messages:
            await self.socket.send(message)

    async def is_told(self, *messages: str) -> None:
        """Wait until it has heard these texts, in this order, and no other."""
        async with asyncio.timeout(5):
            while [each for each in self.told if isinstance(each, str)] != list(messages):
                self.news.clear()
                await self.news.wait()

    @property
    def sound(self) -> bytes:
        """All of it."""
        return b"".join(each for each in self.told if isinstance(each, bytes))


class Call:
    """A stream and its vendor."""

    def __init__(self, vendor: Vendor, stream: SocketStream) -> None:
        self.vendor = vendor
        self.stream = stream
        self._transcripts = stream.transcripts()

    def speak(self, blocks: int = 4) -> None:
        """The user speaks."""
        self.stream.speech_started()
        for _ in range(blocks):
            self.stream.push(LOUD)

    async def next(self, count: int = 1) -> list[Transcript]:
        """What the engine says next."""
        async with asyncio.timeout(5):
            return [await anext(self._transcripts) for _ in range(count)]

    async def hears(self, *expected: tuple[TranscriptKind, str]) -> Transcript:
        """The engine says exactly this next; the last of it."""
        said = await self.next(len(expected))
        assert [(each.kind, each.text) for each in said] == list(expected)
        return said[-1]

    async def hears_nothing(self) -> None:
        """All that was said has been heard."""
        await self.vendor.say(["partial", "nothing else"])
        said = await self.next()
        assert said[0].text.endswith("nothing else"), said
        assert said[0].kind is INTERIM

    async def fails(self) -> ProviderError:
        """How it ends."""
        with pytest.raises(ProviderError) as caught:
            await self.next(100)
        return caught.value


def engine(server: FakeServer, dialect: Any = Plain, **settings: Any) -> SocketStt:
    """An engine of a provider whose servers want no key; it is soon out of patience."""
    soon = {"final_timeout_s": 0.1, "stall_timeout_s": 0.2}
    about = {"model": "m", "provider": "llama-server", "key_env": "", "base_url": server.url()}
    return SocketStt(SocketSttSettings.model_validate({**about, **soon, **settings}), dialect)


@asynccontextmanager
async def calling(dialect: Any = Plain, **settings: Any) -> AsyncIterator[Call]:
    """A call to a vendor, from its first to its last moment."""
    vendor = Vendor()
    async with FakeServer({"": vendor}) as server:
        stt = engine(server, dialect, **settings)
        await stt.open()
        stream = await stt.stream()
        try:
            yield Call(vendor, stream)
        finally:
            await stream.close()
            await stt.close()
        assert server.failures == []


@pytest.fixture
async def call() -> AsyncIterator[Call]:
    async with calling() as call:
        yield call


# --- the connection ------------------------------------------------------------------------------


async def test_a_call_uses_the_connection_that_is_there_and_the_next_call_another() -> None:
    async with FakeServer({"": Vendor()}) as server:
        stt = engine(server)
        with pytest.raises(RuntimeError):
            await stt.stream()
        await stt.open()
        first = await stt.stream()
        assert server.connections == 1
        second = await stt.stream()
        assert server.connections == 2
        await first.close()
        await first.close()
        await second.close()
        await stt.close()
        await stt.close()
    [request, _] = server.requests
    assert (request.path, request.query["rate"], request.headers["x-plain"]) == ("/hear", "16000", "1")


async def test_a_connection_that_died_before_the_call_is_replaced() -> None:
    async with FakeServer({"": Vendor()}) as server:
        stt = engine(server)
        await stt.open()
        server.drop_connections()
        await asyncio.sleep(0.05)
        stream = await stt.stream()
        assert server.connections == 2
        await stream.close()
        await stt.close()


async def test_an_engine_that_is_never_asked_says_goodbye_too() -> None:
    vendor = Vendor()
    async with FakeServer({"": vendor}) as server:
        stt = engine(server)
        await stt.open()
        await stt.close()
        await vendor.is_told("hello", "bye")


async def test_sound_goes_out_in_whole_messages_and_is_counted(call: Call) -> None:
    call.stream.speech_started()
    for size in (100, 412, 512, 1000, 24):
        call.stream.push(LOUD[:1].repeat(size))
    call.stream.speech_paused()
    await call.vendor.is_told("hello", "pause")
    sizes = [len(each) for each in call.vendor.told if isinstance(each, bytes)]
    assert sizes == [1024] * 4
    assert np.abs(np.frombuffer(call.vendor.sound, "<i2") - 0.3 * 32767).max() <= 1
    assert call.stream.billed_ms == 128


async def test_sound_is_brought_to_the_vendors_rate() -> None:
    async with calling(lambda: Plain(8000)) as call:
        call.speak(20)
        call.stream.speech_paused()
        await call.vendor.is_told("hello", "pause")
        assert 4000 < len(call.vendor.sound) // 2 <= 5120


async def test_pauses_add_nothing_to_the_sound_so_that_times_of_words_stay_true(call: Call) -> None:
    for index in range(3):
        call.speak()
        call.stream.push(silence(100))
        call.stream.speech_paused()
        await call.vendor.is_told("hello", *["pause"] * (index + 1))
    assert len(call.vendor.sound) // 2 == 3 * (4 * 512 + 100) // 512 * 512


# --- words and pauses ----------------------------------------------------------------------------


async def test_words_grow_to_the_text_of_the_turn(call: Call) -> None:
    await call.vendor.say(["start"], ["partial", "one"], ["segment", "One"], ["partial", "two"], ["segment", "two."])
    await call.hears((START, ""), (INTERIM, "one"), (INTERIM, "One"))
    last = await call.hears((INTERIM, "One two"), (INTERIM, "One two."))
    assert [word.text for word in last.words] == ["One", "two."]
    call.stream.turn_committed()
    await call.vendor.say(["partial", "three"])
    await call.hears((INTERIM, "three"))


async def test_a_pause_is_answered_by_one_end(call: Call) -> None:
    call.speak()
    call.stream.speech_paused()
    await call.vendor.is_told("hello", "pause")
    await call.vendor.say(["segment", "One"], ["segment", "two.", "answers"])
    end = await call.hears((INTERIM, "One"), (END, "One two."))
    assert (end.confidence, end.trigger) == (0.9, None)
    assert [word.text for word in end.words] == ["One", "two."]
    await call.hears_nothing()


async def test_two_pauses_that_the_vendor_owes_an_answer_end_with_the_second(call: Call) -> None:
    call.speak()
    call.stream.speech_paused()
    call.speak()
    call.stream.speech_paused()
    await call.vendor.is_told("hello", "pause", "pause")
    await call.vendor.say(["segment", "One", "answers"], ["segment", "two.", "answers"])
    await call.hears((INTERIM, "One"), (END, "One two."))
    await call.hears_nothing()


async def test_an_answer_that_comes_while_the_user_speaks_again_is_no_end(call: Call) -> None:
    call.speak()
    call.stream.speech_paused()
    call.speak()
    await call.vendor.say(["segment", "One", "answers"])
    await call.hears((INTERIM, "One"))
    await asyncio.sleep(0.15)  # nor does anybody wait for one any more
    call.stream.speech_paused()
    await call.vendor.say(["segment", "two.", "answers"])
    await call.hears((END, "One two."))


async def test_an_answer_that_comes_after_the_turn_is_dropped(call: Call) -> None:
    call.speak()
    call.stream.speech_paused()
    call.stream.turn_committed()
    await call.vendor.say(["segment", "Late", "answers"], ["partial", "new"])
    await call.hears((INTERIM, "new"))


async def test_a_pause_after_the_final_words_is_answered_without_asking(call: Call) -> None:
    call.speak()
    call.stream.speech_paused()
    await call.vendor.say(["segment", "One.", "answers"])
    await call.hears((END, "One."))
    call.stream.push(silence(512))
    call.stream.speech_paused()
    await call.hears((END, "One."))
    await call.vendor.is_told("hello", "pause")


async def test_a_vendor_that_says_nothing_but_is_there_is_taken_at_its_last_word(call: Call) -> None:
    call.speak()
    await call.vendor.say(["partial", "So far"])
    await call.hears((INTERIM, "So far"))
    call.stream.speech_paused()
    await call.hears((END, "So far"))
    await call.vendor.say(["segment", "So far.", "answers"])
    await call.hears_nothing()


async def test_a_vendor_that_is_not_there_any_more_is_given_up(call: Call) -> None:
    call.vendor.deaf.set()
    call.speak()
    call.stream.speech_paused()
    error = await call.fails()
    assert error.category is ErrorCategory.TIMEOUT


async def test_sound_that_nobody_takes_is_not_kept_for_ever(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.providers.stt.socket._BACKLOG_S", 0.05)
    call.speak()
    time.sleep(0.1)  # noqa: ASYNC251 - meanwhile the network takes nothing
    call.speak()
    assert (await call.fails()).category is ErrorCategory.TIMEOUT


async def test_a_long_turn_may_be_sent_again_at_once(call: Call) -> None:
    call.stream.speech_started()
    for _ in range(60_000 // 32):
        call.stream.push(LOUD)
    call.stream.speech_paused()
    await call.vendor.is_told("hello", "pause")
    assert len(call.vendor.sound) == 60_000 // 32 * LOUD.size * 2


# --- vendors that judge --------------------------------------------------------------------------


async def test_a_vendor_may_end_the_turn_by_itself(call: Call) -> None:
    call.speak()
    await call.vendor.say(["segment", "One.", "ends"])
    end = await call.hears((END, "One."))
    assert (end.trigger, end.confidence) == (Trigger.VENDOR, 0.9)
    call.stream.speech_paused()
    end = await call.hears((END, "One."))
    assert end.trigger is None
    await call.vendor.is_told("hello")


async def test_its_judgement_is_an_answer_while_one_is_awaited(call: Call) -> None:
    call.speak()
    call.stream.speech_paused()
    await call.vendor.say(["segment", "One.", "ends"])
    end = await call.hears((END, "One."))
    assert end.trigger is None
    await call.vendor.say(["segment", "", "answers"])
    await call.hears_nothing()


async def test_it_may_think_so_early_and_think_again(call: Call) -> None:
    await call.vendor.say(["maybe", "One"], ["goes on"], ["partial", "One two"], ["segment", "One two.", "ends"])
    await call.hears((EAGER, "One"), (RESUME, "One"), (INTERIM, "One two"), (END, "One two."))


async def test_a_dialect_that_repeats_words_is_told_when_they_are_taken() -> None:
    dialect = Repeating()
    async with calling(lambda: dialect) as call:
        call.stream.turn_committed()
        assert dialect.committed == 1


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "category"), [(1000, ErrorCategory.CONNECTION), (1011, ErrorCategory.SERVER), (4001, "authentication")]
)
async def test_a_vendor_that_hangs_up_is_told(call: Call, code: int, category: str) -> None:
    await call.vendor.say(["partial", "One"])
    assert call.vendor.socket is not None
    await call.vendor.socket.close(code)
    await call.hears((INTERIM, "One"))
    assert (await call.fails()).category == category


@pytest.mark.parametrize("message", ["no json", b"\xff\x00", [1, 2, 3, 4], {}])
async def test_what_is_no_message_is_a_broken_answer(call: Call, message: Any) -> None:
    await call.vendor.say(message)
    if message != {}:
        error = await call.fails()
        assert error.category is ErrorCategory.BROKEN_ANSWER
        assert "base_url" in str(error)
    else:
        await call.hears_nothing()


async def test_what_the_vendor_reports_is_passed_on(call: Call) -> None:
    await call.vendor.say(["error"])
    assert str(await call.fails()) == "It hurts."


async def test_closing_ends_what_is_said_whatever_waits(call: Call) -> None:
    call.speak()
    call.stream.speech_paused()
    await call.stream.close()
    with pytest.raises(StopAsyncIteration):
        await call.next()
