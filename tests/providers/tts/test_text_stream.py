"""A reply's text as it comes, with a dialect that is as plain as one can be."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from typing import Any

import numpy as np
import pytest

from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.ports import Sound, StreamingVoice
from studio.providers.settings import HostedSettings
from studio.providers.tts.socket import Frame, SocketTts
from studio.providers.tts.text_stream import StreamingTts
from tests.fakes.server import FakeServer, OnTheWire
from tests.providers.tts.test_socket import HANDSHAKE, Plain, Vendor

WORD_MS = 100


class Flowing(Plain):
    """`NAME begin TEXT`, `NAME add TEXT`, `NAME end`."""

    context_idle_s = 60.0
    opening_words = (2,)

    def add(self, context: str, text: str, first: bool) -> Sequence[Frame]:
        return (f"{context} {'begin' if first else 'add'} {text}",)

    def finish(self, context: str) -> Sequence[Frame]:
        return (f"{context} end",)


class Forgetful(Flowing):
    """Its vendor lets a context go soon."""

    context_idle_s = 0.05


class Speaker(Vendor):
    """Says 100 ms of its number for each piece of text, with the time of one word in its context."""

    def __init__(self) -> None:
        super().__init__()
        self.silent_about = ""
        """A text that is never said, nor what follows."""
        self.breaks_at = ""
        """A text that ends the connection."""
        self.closes_by_itself = False

    async def talk(self, _request: Any, socket: Any) -> None:
        self.sockets.append(socket)
        said: dict[str, int] = {}
        while True:
            message = await socket.receive()
            self.told.append(message)
            self.news.set()
            name, _, rest = message.partition(" ")
            kind, _, text = rest.partition(" ")
            if text and text.strip() == self.breaks_at:
                await socket.close(1011)
                return
            if kind in ("begin", "add") and text.strip() != self.silent_about:
                count = said[name] = said.get(name, 0) + 1
                pcm = np.full(8 * WORD_MS, count, dtype="<i2").tobytes()
                await socket.send([name, pcm[:5].hex()])
                await socket.send([name, pcm[5:].hex(), text.strip()])
                if self.closes_by_itself:
                    await socket.send([name, "", "last"])
            elif kind == "end" and not self.silent_about:
                await socket.send([name, "", "last"])


class Script:
    """Texts, each after a wait in seconds; counts how often it is gone through."""

    def __init__(self, *texts: tuple[float, str]) -> None:
        self._texts = texts
        self.read = 0
        self.given: list[str] = []

    def __aiter__(self) -> "Script._Once":
        self.read += 1
        return Script._Once(self)

    class _Once:
        def __init__(self, script: "Script") -> None:
            self._script = script
            self._left = list(script._texts)

        def __aiter__(self) -> "Script._Once":
            return self

        async def __anext__(self) -> str:
            if not self._left:
                raise StopAsyncIteration
            wait_s, text = self._left.pop(0)
            await asyncio.sleep(wait_s)
            self._script.given.append(text)
            return text


async def with_voice(
    work: Callable[[StreamingTts, Speaker, FakeServer], Any], dialect: Any = Flowing, **settings: Any
) -> None:
    vendor = Speaker()
    async with FakeServer({"": vendor}) as server:
        about = {"model": "m", "provider": "llama-server", "key_env": "", "base_url": server.url()}
        soon = {"answer_timeout_s": 0.2, "stall_timeout_s": 0.2}
        tts = StreamingTts(HostedSettings.model_validate({**about, **soon, **settings}), dialect)
        await tts.open()
        try:
            await work(tts, vendor, server)
        finally:
            await tts.close()
        assert server.failures == []


async def heard(tts: StreamingTts, texts: AsyncIterable[str]) -> list[Sound]:
    return [sound async for sound in tts.speak_stream(texts)]


def spoken(sounds: Sequence[Sound]) -> list[tuple[str, float]]:
    """Words and when they begin, in milliseconds; checks that the sound is as long as its words."""
    found = [(word.text, word.start_ms) for sound in sounds for word in sound.words]
    assert sum(sound.samples.size for sound in sounds) == len(found) * 8 * WORD_MS
    return found


def test_only_who_streams_offers_it() -> None:
    settings = HostedSettings(model="m", provider="llama-server")
    assert isinstance(StreamingTts(settings, Flowing), StreamingVoice)
    assert not isinstance(SocketTts(settings, Plain), StreamingVoice)


async def test_a_reply_is_one_context_that_is_given_text_as_it_comes() -> None:
    async def work(tts: StreamingTts, vendor: Speaker, server: FakeServer) -> None:
        script = Script((0, "One "), (0.02, "two. "))
        sounds = tts.speak_stream(script)
        first = await anext(sounds)
        assert script.given == ["One "], "sound comes before the rest of the text"
        rest = [sound async for sound in sounds]
        assert spoken([first, *rest]) == [("One", 0), ("two.", 0)]
        assert np.concatenate([s.samples for s in (first, *rest)]).tolist() == [1 / 32768] * 800 + [2 / 32768] * 800
        await heard(tts, Script((0, "Three.")))
        told = [
            "hello",
            "reply-1 begin One ",
            "reply-1 add two. ",
            "reply-1 end",
            "reply-2 begin Three.",
            "reply-2 end",
        ]
        assert (vendor.told, server.connections) == (told, 1)

    await with_voice(work)


async def test_a_reply_without_text_asks_for_nothing() -> None:
    async def work(tts: StreamingTts, vendor: Speaker, _server: FakeServer) -> None:
        assert await heard(tts, Script()) == []
        await vendor.is_told("hello")

    await with_voice(work)


async def test_waiting_for_text_is_not_waiting_for_the_vendor() -> None:
    async def work(tts: StreamingTts, _vendor: Speaker, _server: FakeServer) -> None:
        sounds = await heard(tts, Script((0.3, "One "), (0.3, "— "), (0.3, "two.")))
        assert [word for word, _ in spoken(sounds)] == ["One", "—", "two."]

    await with_voice(work)


@pytest.mark.parametrize("silent_about", ["One", "two"])
async def test_sound_that_is_owed_is_waited_for_with_a_limit(silent_about: str) -> None:
    async def work(tts: StreamingTts, vendor: Speaker, server: FakeServer) -> None:
        vendor.silent_about = silent_about
        with pytest.raises(ProviderError) as caught:
            await heard(tts, Script((0, "One "), (0.02, "two "), (5, "never.")))
        assert caught.value.category is ErrorCategory.TIMEOUT
        vendor.silent_about = ""
        assert spoken(await heard(tts, Script((0, "Again.")))) == [("Again.", 0)]
        assert server.connections == 2

    await with_voice(work)


async def test_a_reply_that_is_cut_off_is_stopped_at_the_vendor_and_no_more_is_given() -> None:
    async def work(tts: StreamingTts, vendor: Speaker, _server: FakeServer) -> None:
        sounds = tts.speak_stream(Script((0, "One "), (0.1, "two.")))
        await anext(sounds)
        await sounds.aclose()
        await vendor.is_told("hello", "reply-1 begin One ", "reply-1 stop")
        assert spoken(await heard(tts, Script((0.2, "Next.")))) == [("Next.", 0)]
        assert vendor.told[3:] == ["reply-2 begin Next.", "reply-2 end"]

    await with_voice(work)


async def test_a_kept_connection_that_turns_out_to_be_dead_is_replaced_once_and_told_everything() -> None:
    async def work(tts: StreamingTts, vendor: Speaker, server: FakeServer) -> None:
        server.drop_connections()  # and nobody has noticed yet
        script = Script((0, "One "), (0, "two."))
        assert [word for word, _ in spoken(await heard(tts, script))] == ["One", "two."]
        assert script.read == 2
        server.misbehave(*[OnTheWire(cut_after=HANDSHAKE)] * 2)
        server.drop_connections()
        with pytest.raises(ProviderError) as caught:
            await heard(tts, script)
        assert caught.value.category is ErrorCategory.CONNECTION
        server.misbehave()

    await with_voice(work)


async def test_after_some_sound_a_failure_is_told() -> None:
    async def work(tts: StreamingTts, vendor: Speaker, server: FakeServer) -> None:
        vendor.breaks_at = "two"
        script = Script((0, "One "), (0.05, "two "))
        with pytest.raises(ProviderError) as caught:
            await heard(tts, script)
        assert caught.value.category is ErrorCategory.SERVER
        assert (script.read, server.connections) == (1, 1)

    await with_voice(work)


@pytest.mark.parametrize(("dialect", "by_itself"), [(Forgetful, False), (Flowing, True)])
async def test_a_context_that_a_vendor_lets_go_is_followed_by_another_whose_words_go_on(
    dialect: Any, by_itself: bool
) -> None:
    async def work(tts: StreamingTts, vendor: Speaker, _server: FakeServer) -> None:
        vendor.closes_by_itself = by_itself
        sounds = await heard(tts, Script((0, "One "), (0.15, "two "), (0.15, "three.")))
        assert spoken(sounds) == [("One", 0), ("two", 100), ("three.", 200)]
        begun = [message.split()[0] for message in vendor.told if " begin " in message]
        assert begun == ["reply-1", "reply-2", "reply-3"]
        assert vendor.told.count("reply-1 end") == (not by_itself)

    await with_voice(work, dialect)


async def test_a_text_that_breaks_off_is_told() -> None:
    async def broken() -> AsyncGenerator[str, None]:
        yield "One "
        raise ValueError("no more")

    async def work(tts: StreamingTts, vendor: Speaker, _server: FakeServer) -> None:
        with pytest.raises(ProviderError, match="no more"):
            await heard(tts, broken())
        await vendor.is_told("hello", "reply-1 begin One ", "reply-1 stop")

    await with_voice(work)
