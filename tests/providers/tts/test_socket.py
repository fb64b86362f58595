"""The runner that every vendor's dialect shares, with a dialect that is as plain as one can be."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.ports import Sound
from studio.providers.settings import HostedSettings
from studio.providers.tts.socket import Frame, Piece, SocketTts
from tests.fakes.server import Answer, FakeServer, OnTheWire, Refuse, Request, Socket

SOUND = np.arange(-1000, 1000, dtype="<i2")
HANDSHAKE = 200
"""More bytes than the answer to a handshake has, and less than that and one clause."""


class Plain:
    """`NAME say TEXT`, `NAME stop`; and back a list of name, sound in hex, and what else there is."""

    rate_hz = 8000
    keep_alive_s = 60.0

    def __init__(self) -> None:
        self.stopped: list[str] = []

    def path(self) -> str:
        return "/say"

    def query(self) -> Mapping[str, str | int | float | bool]:
        return {"loud": True}

    def headers(self) -> Mapping[str, str]:
        return {"X-Plain": "1"}

    def greeting(self) -> Sequence[Frame]:
        return ("hello",)

    def speak(self, context: str, text: str) -> Sequence[Frame]:
        return (f"{context} say {text}",)

    def cancel(self, context: str) -> Sequence[Frame]:
        return (f"{context} stop",)

    def keep_alive(self) -> Sequence[Frame]:
        return ("still here",)

    def goodbye(self) -> Sequence[Frame]:
        return ("bye",)

    def read(self, message: Frame) -> Iterator[Piece]:
        match json.loads(message):
            case ["error"]:
                raise ProviderError("It hurts.", ErrorCategory.QUOTA)
            case [context, "refused", category]:
                yield Piece(context, error=ProviderError("Not that.", ErrorCategory(category)))
            case [context, pcm, *more]:
                words = tuple(TimedWord(text, 0, 100) for text in more if text != "last")
                yield Piece(context, bytes.fromhex(pcm), words, last="last" in more)
            case {"odd": odd}:
                odd.get("thing")


class Quick(Plain):
    """Keeps its connection with words, every few milliseconds."""

    keep_alive_s = 0.02


class Pinging(Quick):
    """Keeps it without words."""

    def keep_alive(self) -> Sequence[Frame]:
        return ()


class Vendor:
    """Speaks every clause as the test says, and keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.news = asyncio.Event()
        self.cut = [SOUND.tobytes()]
        """The pieces of every clause."""
        self.answers: list[list[Any]] = []
        """What is said instead of the next clause: lists whose context is put in front, or messages as they are."""
        self.sockets: list[Socket] = []

    async def http(self, request: Request, answer: Answer) -> None:
        """Nothing."""

    def greet(self, _request: Request) -> Refuse | None:
        """Welcomes everybody."""
        return None

    async def talk(self, _request: Request, socket: Socket) -> None:
        """Speak."""
        self.sockets.append(socket)
        while True:
            message = await socket.receive()
            assert isinstance(message, str)
            self.told.append(message)
            self.news.set()
            context, _, rest = message.partition(" ")
            if rest.startswith("say"):
                usual = [*([piece.hex()] for piece in self.cut), ["", "last"]]
                for answer in self.answers.pop(0) if self.answers else usual:
                    await socket.send([context, *answer] if isinstance(answer, list) else answer)

    async def is_told(self, *messages: str) -> None:
        """Wait until it has been told exactly this."""
        async with asyncio.timeout(5):
            while self.told != list(messages):
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def speaking(dialect: Any = Plain, **settings: Any) -> AsyncIterator[tuple[SocketTts[Any], Vendor, FakeServer]]:
    """An open engine of a provider whose servers want no key; it is soon out of patience."""
    vendor = Vendor()
    soon = {"answer_timeout_s": 0.2, "stall_timeout_s": 0.2}
    async with FakeServer({"": vendor}) as server:
        about = {"model": "m", "provider": "llama-server", "key_env": "", "base_url": server.url()}
        tts = SocketTts(HostedSettings.model_validate({**about, **soon, **settings}), dialect)
        await tts.open()
        try:
            yield tts, vendor, server
        finally:
            await tts.close()
        await tts.close()
        assert server.failures == []


async def say(tts: SocketTts[Any], text: str = "Hello.") -> np.typing.NDArray[np.float32]:
    """The sound of a clause."""
    return np.concatenate([sound.samples async for sound in tts.speak(text)])


async def failure(tts: SocketTts[Any]) -> ProviderError:
    """What a clause ends in."""
    with pytest.raises(ProviderError) as caught:
        await say(tts)
    return caught.value


async def cut_off(sounds: AsyncGenerator[Sound, None]) -> None:
    """Hear the beginning of a clause."""
    await anext(sounds)
    await sounds.aclose()


# --- what it does --------------------------------------------------------------------------------


async def test_a_clause_is_asked_for_and_heard_over_the_connection_that_is_there() -> None:
    async with speaking() as (tts, vendor, server):
        assert tts.rate_hz == 8000
        assert np.array_equal(await say(tts), SOUND / np.float32(32768))
        await say(tts, "Again.")
        assert server.connections == 1
    assert vendor.told == ["hello", "clause-1 say Hello.", "clause-2 say Again.", "bye"]
    [request] = server.requests
    assert (request.path, request.query, request.headers["x-plain"]) == ("/say", {"loud": "true"}, "1")


@limits(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, SOUND.nbytes), max_size=5))
async def test_however_the_sound_is_cut_it_is_the_same(places: list[int]) -> None:
    at = sorted({0, *places, SOUND.nbytes})
    async with speaking() as (tts, vendor, _):
        vendor.cut = [SOUND.tobytes()[start:end] for start, end in pairwise(at)]
        assert np.array_equal(await say(tts), SOUND / np.float32(32768))


async def test_words_come_with_the_sound_or_without_any() -> None:
    async with speaking() as (tts, vendor, _):
        vendor.answers = [[["0000", "One"], ["", "two"], ["", "last"]]]
        sounds = [sound async for sound in tts.speak("One two")]
        assert [(sound.samples.size, [word.text for word in sound.words]) for sound in sounds] == [
            (1, ["One"]),
            (0, ["two"]),
        ]


async def test_a_clause_that_is_cut_off_is_stopped_before_the_next_is_said() -> None:
    async with speaking() as (tts, vendor, _):
        vendor.answers = [[["0000"]]]
        await cut_off(tts.speak("Much."))
        assert np.array_equal(await say(tts), SOUND / np.float32(32768))
        await vendor.is_told("hello", "clause-1 say Much.", "clause-1 stop", "clause-2 say Hello.")


async def test_what_still_comes_of_a_clause_that_was_cut_off_is_not_heard() -> None:
    async with speaking() as (tts, vendor, _):
        vendor.answers = [[["0000"]], [json.dumps(["clause-1", "0100"]), ["0200"], ["", "last"]]]
        await cut_off(tts.speak("Much."))
        assert (await say(tts)).tolist() == [2 / 32768]


async def test_the_connection_is_kept_by_words_while_nothing_is_said() -> None:
    async with speaking(Quick) as (_, vendor, _):
        await vendor.is_told("hello", "still here", "still here")


async def test_the_connection_is_kept_by_pings_where_there_are_no_words() -> None:
    sent = []
    for dialect in (Plain, Pinging):
        async with speaking(dialect) as (_, vendor, server):
            await asyncio.sleep(0.1)
            assert vendor.told == ["hello"]
        sent.append(server.sent[0][1])
    assert sent[1] - sent[0] >= 2 * len(b"\x8a\x04PONG")


# --- connections that are lost -------------------------------------------------------------------


async def test_a_connection_that_died_meanwhile_is_replaced_by_the_next_clause() -> None:
    async with speaking() as (tts, vendor, server):
        await vendor.is_told("hello")
        server.drop_connections()
        await asyncio.sleep(0.05)
        assert (await say(tts)).size == SOUND.size
        assert vendor.told == ["hello", "hello", "clause-1 say Hello."]


async def test_a_kept_connection_that_turns_out_to_be_dead_is_replaced_once() -> None:
    async with speaking() as (tts, vendor, server):
        server.drop_connections()  # and nobody has noticed yet
        assert (await say(tts)).size == SOUND.size
        assert vendor.told[-1].startswith("clause-1 say")
        server.misbehave(*[OnTheWire(cut_after=HANDSHAKE)] * 2)
        server.drop_connections()
        assert (await failure(tts)).category is ErrorCategory.CONNECTION
        assert server.connections == 3
        server.misbehave()


async def test_a_connection_that_breaks_within_a_clause_is_told_and_not_tried_again() -> None:
    async with speaking() as (tts, vendor, server):
        vendor.answers = [[["0000"]]]
        sounds = tts.speak("Much.")
        await anext(sounds)
        server.drop_connections()
        with pytest.raises(ProviderError) as caught:
            await anext(sounds)
        assert caught.value.category is ErrorCategory.CONNECTION
        assert server.connections == 1
        assert (await say(tts)).size == SOUND.size


@pytest.mark.parametrize("answer", [[], [["0000"]]], ids=["from the start", "half-way"])
async def test_whoever_stops_answering_is_left_and_asked_over_a_new_connection(answer: list[Any]) -> None:
    async with speaking() as (tts, vendor, server):
        vendor.answers = [answer]
        assert (await failure(tts)).category is ErrorCategory.TIMEOUT
        assert (await say(tts)).size == SOUND.size
        assert server.connections == 2


async def test_a_vendor_that_wants_a_new_connection_gets_one_and_is_asked_again() -> None:
    async with speaking() as (tts, vendor, server):
        vendor.answers = [[["refused", "connection"]]]
        assert (await say(tts)).size == SOUND.size
        assert server.connections == 2


# --- what vendors object to ----------------------------------------------------------------------


async def test_a_clause_that_a_vendor_cannot_say_leaves_the_next_alone() -> None:
    async with speaking() as (tts, vendor, server):
        vendor.answers = [[["refused", "invalid_request"]]]
        assert str(await failure(tts)) == "Not that."
        assert (await say(tts)).size == SOUND.size
        assert server.connections == 1


@pytest.mark.parametrize(
    ("message", "category"),
    [
        (["error"], ErrorCategory.QUOTA),
        ("no json", ErrorCategory.BROKEN_ANSWER),
        (b"\xff\x00", ErrorCategory.BROKEN_ANSWER),
        ({"odd": 1}, ErrorCategory.BROKEN_ANSWER),
        (json.dumps(["clause-1", "no hex"]), ErrorCategory.BROKEN_ANSWER),
    ],
    ids=str,
)
async def test_an_error_of_the_connection_is_told_and_the_next_clause_gets_a_new_one(
    message: Any, category: ErrorCategory
) -> None:
    async with speaking() as (tts, vendor, server):
        vendor.answers = [[json.dumps(message) if message == ["error"] else message]]
        assert (await failure(tts)).category is category
        assert (await say(tts)).size == SOUND.size
        assert server.connections == 2


@pytest.mark.parametrize(("code", "category"), [(1011, ErrorCategory.SERVER), (1008, ErrorCategory.INVALID_REQUEST)])
async def test_a_vendor_that_hangs_up_says_why(code: int, category: ErrorCategory) -> None:
    async with speaking() as (tts, vendor, _):
        vendor.answers = [[["0000"]]]
        sounds = tts.speak("Much.")
        await anext(sounds)
        await vendor.sockets[0].close(code)
        with pytest.raises(ProviderError) as caught:
            await anext(sounds)
        assert caught.value.category is category


async def test_a_voice_that_is_not_open_says_nothing() -> None:
    tts = SocketTts(HostedSettings(model="m", provider="llama-server", base_url="http://127.0.0.1:9"), Plain)
    with pytest.raises(RuntimeError):
        await say(tts)
    await tts.close()
