import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from studio.model.audio import Samples
from studio.model.errors import ErrorCategory, PresetError, ProviderError
from studio.model.preset import Part, Role
from studio.providers import catalog
from studio.providers.tts.openai_speech import Speech, SpeechSettings, request_body
from tests.fakes.script import voice
from tests.fakes.server import Answer, FakeServer, Refuse, Request, Socket
from tests.fakes.verbatim import Verbatim
from tests.providers.hosted import KEY, say, service

PCM = np.array([0, 1, -1, 256, -32768, 32767, 12345], dtype="<i2")
SOUND = {"Content-Type": "audio/pcm"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "GROQ_API_KEY"):
        monkeypatch.setenv(name, KEY)


class Says:
    """A server of one's own, whose answers a test writes itself."""

    def __init__(self, *answers: Verbatim) -> None:
        self._answers = iter(answers)
        self.asked = asyncio.Event()

    async def http(self, request: Request, answer: Answer) -> None:
        if request.method == "POST":
            self.asked.set()
            await next(self._answers).play(answer)

    def greet(self, request: Request) -> Refuse | None:
        return Refuse(404)

    async def talk(self, request: Request, socket: Socket) -> None:
        raise NotImplementedError


@asynccontextmanager
async def talking_to(fake: Says, **settings: Any) -> AsyncIterator[tuple[FakeServer, Speech]]:
    async with FakeServer({"/v1": fake}) as server:
        speech = Speech(SpeechSettings(provider="compatible", base_url=server.url("/v1"), **settings))
        await speech.open()
        try:
            yield server, speech
        finally:
            await speech.close()
        assert server.failures == []


def heard(samples: Samples) -> list[int]:
    return [round(float(sample) * 32768) for sample in samples]


async def failure(answer: Verbatim) -> ProviderError:
    async with talking_to(Says(answer)) as (_, speech):
        with pytest.raises(ProviderError) as caught:
            await say(speech)
    assert str(caught.value).count(". ") == 0, "one sentence"
    return caught.value


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({}, {}),
        ({"instructions": "Be glad."}, {"instructions": "Be glad."}),
        ({"speed": 1.0}, {"speed": 1.0}),
        ({"model": "kokoro", "voice": "af_heart"}, {"model": "kokoro", "voice": "af_heart"}),
        ({"response_format": "wav", "rate_hz": 44_100}, {"response_format": "wav"}),
    ],
)
def test_asks_for_what_is_set_and_nothing_else(settings: dict[str, Any], fields: dict[str, Any]) -> None:
    plain = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Hi.", "response_format": "pcm"}
    assert request_body(SpeechSettings(**settings), "Hi.") == {**plain, **fields}


async def test_however_the_answer_is_cut_it_sounds_the_same() -> None:
    sound = PCM.tobytes()
    cuts = [Verbatim((sound[:at], sound[at:]), 200, SOUND) for at in range(1, len(sound))]
    slow = Verbatim(tuple(sound[at : at + 1] for at in range(len(sound))), 200, SOUND)
    async with talking_to(Says(*cuts, slow)) as (server, speech):
        for _ in range(len(sound)):
            assert heard(await say(speech)) == PCM.tolist()
    assert server.connections == 1


async def test_half_a_sample_at_the_end_is_dropped() -> None:
    async with talking_to(Says(Verbatim((PCM.tobytes() + b"\x01",), 200, SOUND))) as (_, speech):
        assert heard(await say(speech)) == PCM.tolist()


async def test_sound_is_heard_before_the_rest_is_there() -> None:
    async with talking_to(Says(Verbatim((PCM.tobytes(), 60.0), 200, SOUND))) as (_, speech):
        speaking = speech.speak("Hello.")
        assert heard((await anext(speaking)).samples) == PCM.tolist()
        await speaking.aclose()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Verbatim((b'{"audio": "aGk="}',), 200, JSON), "application/json"),
        (Verbatim((b"<html>",), 200, {"Content-Type": "text/html; charset=utf-8"}), "text/html"),
        (Verbatim((b"ID3",), 200, {"Content-Type": "Audio/MPEG"}), "audio/mpeg"),
        (Verbatim((), 200, SOUND), "no sound"),
        (Verbatim((b"\x01",), 200, SOUND), "no sound"),
    ],
)
async def test_what_is_no_sound_is_told(answer: Verbatim, says: str) -> None:
    error = await failure(answer)
    assert error.category is ErrorCategory.BROKEN_ANSWER
    assert says in str(error)


async def test_sound_that_breaks_off_is_told_after_what_came() -> None:
    async with talking_to(Says(Verbatim((PCM.tobytes(),), 200, SOUND, complete=False))) as (_, speech):
        speaking = speech.speak("Hello.")
        assert heard((await anext(speaking)).samples) == PCM.tolist()
        with pytest.raises(ProviderError) as caught:
            await anext(speaking)
    assert caught.value.category is ErrorCategory.CONNECTION


async def test_closing_the_clause_hangs_up_at_once_and_the_next_one_speaks() -> None:
    long, short = Verbatim((PCM.tobytes(), 60.0), 200, SOUND), Verbatim((PCM.tobytes(),), 200, SOUND)
    async with talking_to(Says(long, short)) as (server, speech):
        speaking = speech.speak("A long story.")
        await anext(speaking)
        async with asyncio.timeout(1):
            await speaking.aclose()
            await server.left.wait()
        assert heard(await say(speech)) == PCM.tolist()


async def test_after_a_clause_was_cut_off_a_connection_is_ready_for_the_next_one() -> None:
    async with service(Role.TTS, "openai/gpt-4o-mini-tts") as working:
        await working.engine.open()
        speaking = working.engine.speak("A long story. " * 20)
        await anext(speaking)
        await speaking.aclose()
        await working.engine._connection._tasks.settle(1)
        assert working.server.connections == 2
        await say(working.engine)
        asked = [request.path for request in working.server.requests]
        assert asked == ["/models", "/audio/speech", "/models", "/audio/speech"]
        assert working.server.connections == 2
        await working.engine.close()


async def test_a_file_that_is_sent_while_it_is_spoken_sounds_as_raw_pcm_does() -> None:
    async with service(Role.TTS, "openai/gpt-4o-mini-tts", response_format="wav") as working:
        await working.engine.open()
        sound = (await say(working.engine, "Good morning.")) * 32768
        assert sound.astype("<i2").tobytes() == voice("Good morning.", 24_000)
        await working.engine.close()


async def test_a_file_of_something_else_is_told() -> None:
    head = (
        b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00\x03\x00\x01\x00\xc0\x5d\x00\x00\x00\x77\x01\x00\x04\x00\x20\x00"
    )
    error = await failure(Verbatim((head,), 200, {"Content-Type": "audio/wav"}))
    assert error.category is ErrorCategory.BROKEN_ANSWER
    assert "1 channels of 32 bits at 24000 Hz" in str(error)


async def test_cancelling_a_waiting_clause_hangs_up_at_once() -> None:
    fake = Says(Verbatim((60.0,), 200, SOUND))
    async with talking_to(fake) as (server, speech):
        waiting = asyncio.get_running_loop().create_task(say(speech))
        await fake.asked.wait()
        waiting.cancel()
        async with asyncio.timeout(1):
            await server.left.wait()
        await asyncio.wait([waiting])
        assert waiting.cancelled()


@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
async def test_a_server_of_ones_own_may_speak_at_another_rate(rate_hz: int) -> None:
    sound = voice("Good morning.", rate_hz)
    async with talking_to(Says(Verbatim((sound,), 200, SOUND)), rate_hz=rate_hz) as (_, speech):
        assert speech.rate_hz == rate_hz
        assert (await say(speech)).size == len(sound) // 2


async def test_a_small_server_needs_no_list_of_models_and_no_key() -> None:
    async with talking_to(Says()) as (server, _):
        pass
    [looked] = server.requests
    assert looked.path == "/models"
    assert "authorization" not in looked.headers


async def test_a_clause_longer_than_the_server_takes_is_several_requests() -> None:
    text = "A sentence of some length, said again and again. " * 6
    async with service(Role.TTS, "groq/canopylabs/orpheus-v1-english") as working:
        await working.engine.open()
        assert (await say(working.engine, text)).size > 0
        await working.engine.close()
    parts = [body["input"] for body in working.fake.audio.speeches]
    assert len(parts) > 1
    assert max(map(len, parts)) <= 200
    assert " ".join(parts) == text.strip()


@pytest.mark.parametrize("wrong", [{"rate_hz": 4000}, {"speed": 5.0}, {"response_format": "mp3"}, {"language": "en"}])
def test_what_it_cannot_do_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(PresetError, match=next(iter(wrong))):
        catalog.settings(Role.TTS, Part.model_validate({"use": "openai/tts-1", **wrong}))
