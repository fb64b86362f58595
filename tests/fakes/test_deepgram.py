"""The vendor's own SDK against the stand-in: what it accepts and says is what the SDK sends and understands."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.fakes.deepgram import Deepgram
from tests.fakes.script import Script, voice
from tests.fakes.server import FakeServer

if TYPE_CHECKING:
    from deepgram import AsyncDeepgramClient

KEY = "k-1"
RATE_HZ = 16_000
CHUNK = RATE_HZ * 80 // 1000 * 2
QUICK = Script(final_s=0.01, first_audio_s=0.01)
TEXT = "The capital of Italy is Rome."
SPEECH = voice("Something that is said for a long time.", RATE_HZ)[: RATE_HZ * 2]
SILENCE = bytes(RATE_HZ * 2)

# The SDK's asynchronous client is built on what websockets keeps for those who have not moved on.
pytestmark = pytest.mark.filterwarnings("ignore:.*websockets.*deprecated.*:DeprecationWarning")


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer({"": Deepgram(QUICK, KEY)}) as server:
        yield server
        assert server.failures == []


def sdk(server: FakeServer, key: str = KEY, web: httpx.AsyncClient | None = None) -> "AsyncDeepgramClient":
    from deepgram import AsyncDeepgramClient
    from deepgram.environment import DeepgramClientEnvironment

    http, socket = server.url(), server.url().replace("http", "ws")
    place = DeepgramClientEnvironment(base=http, production=socket, agent=socket, agent_rest=http)
    return AsyncDeepgramClient(api_key=key, environment=place, httpx_client=web)


async def send(connection: Any, pcm: bytes) -> None:
    for start in range(0, len(pcm), CHUNK):
        await connection.send_media(pcm[start : start + CHUNK])


async def until_type(connection: Any, kind: str) -> list[Any]:
    """What comes up to the first message of a type, it included."""
    messages: list[Any] = []
    async with asyncio.timeout(5):
        while not messages or getattr(messages[-1], "type", None) != kind:
            messages.append(await connection.recv())
    return messages


async def test_the_sdk_hears_interims_and_what_it_finalizes_from_nova(server: FakeServer) -> None:
    from deepgram.listen.v1.types import ListenV1Metadata, ListenV1Results, ListenV1SpeechStarted

    options: Any = {"encoding": "linear16", "sample_rate": RATE_HZ, "interim_results": "true", "vad_events": "true"}
    async with sdk(server).listen.v1.connect(model="nova-3", keyterm=["Rome", "Italy"], **options) as connection:
        await send(connection, SPEECH)
        await connection.send_keep_alive()
        await connection.send_finalize()
        await connection.send_close_stream()
        heard = await until_type(connection, "Metadata")
    started, *results, final, over = heard
    assert isinstance(started, ListenV1SpeechStarted)
    assert isinstance(over, ListenV1Metadata)
    assert len(results) > 1
    for result in (*results, final):
        assert isinstance(result, ListenV1Results)
        assert result.is_final is (result is final)
        assert QUICK.utterances[0].startswith(result.channel.alternatives[0].transcript)


async def test_the_sdk_gets_all_words_of_an_utterance_when_it_finalizes(server: FakeServer) -> None:
    options: Any = {"encoding": "linear16", "sample_rate": RATE_HZ, "endpointing": 300}
    async with sdk(server).listen.v1.connect(model="nova-3", **options) as connection:
        await send(connection, SPEECH)
        await connection.send_finalize()
        result = await connection.recv()
    best = result.channel.alternatives[0]
    assert (result.is_final, result.from_finalize, best.transcript) == (True, True, QUICK.utterances[0])
    assert best.words[-1].punctuated_word == "Italy?"


async def test_the_sdk_follows_a_turn_of_flux_to_its_forced_end(server: FakeServer) -> None:
    from deepgram.listen.v2.types import ListenV2Configure, ListenV2ConfigureSuccess, ListenV2Connected

    options: Any = {"encoding": "linear16", "sample_rate": RATE_HZ, "keyterm": ["Rome"]}
    async with sdk(server).listen.v2.connect(model="flux-general-en", **options) as connection:
        assert isinstance(await connection.recv(), ListenV2Connected)
        await connection.send_configure(ListenV2Configure(keyterms=["Italy"]))
        assert isinstance(await connection.recv(), ListenV2ConfigureSuccess)
        await connection.send_force_end_turn()
        assert (await connection.recv()).code == "FORCE_END_TURN_NO_ACTIVE_TURN"
        await send(connection, SPEECH)
        await connection.send_force_end_turn()
        turns: list[Any] = []
        while not turns or turns[-1].event != "EndOfTurn":
            turns.append(await connection.recv())
        await connection.send_close_stream()
    assert turns[0].event == "StartOfTurn"
    assert {turn.event for turn in turns[1:-1]} == {"Update"}
    assert (turns[-1].trigger, turns[-1].transcript) == ("manual", QUICK.utterances[0])
    assert [turn.sequence_id for turn in turns] == list(range(3, 3 + len(turns)))
    assert turns[-1].words[0].start == pytest.approx(0)


async def test_the_sdk_is_told_early_and_again_when_flux_judges_a_turn(server: FakeServer) -> None:
    options: Any = {"encoding": "linear16", "sample_rate": RATE_HZ, "eager_eot_threshold": 0.4}
    async with sdk(server).listen.v2.connect(model="flux-general-multi", language_hint=["en"], **options) as connection:
        await send(connection, SPEECH + SILENCE[: len(SILENCE) // 3] + SPEECH + SILENCE)
        events: list[str] = []
        while not events or events[-1] != "EndOfTurn":
            if (message := await connection.recv()).type == "TurnInfo" and message.event != "Update":
                events.append(message.event)
                told = message
    assert events == ["StartOfTurn", "EagerEndOfTurn", "TurnResumed", "EagerEndOfTurn", "EndOfTurn"]
    assert (told.trigger, told.transcript) == ("model", QUICK.utterances[0])


async def test_the_sdk_speaks_with_aura_and_clears(server: FakeServer) -> None:
    from deepgram.speak.v1.types import SpeakV1Metadata, SpeakV1Text

    options: Any = {"encoding": "linear16", "sample_rate": RATE_HZ}
    async with sdk(server).speak.v1.connect(model="aura-2-thalia-en", **options) as connection:
        assert isinstance(await connection.recv(), SpeakV1Metadata)
        await connection.send_text(SpeakV1Text(text=TEXT))
        await connection.send_flush()
        *sound, flushed = await until_type(connection, "Flushed")
        assert b"".join(sound) == voice(TEXT, RATE_HZ)
        assert flushed.sequence_id == 0
        await connection.send_text(SpeakV1Text(text=TEXT * 5))
        await connection.send_flush()
        await connection.recv()
        await connection.send_clear()
        *sound, cleared = await until_type(connection, "Cleared")
        assert cleared.type == "Cleared"
        assert len(b"".join(sound)) < len(voice(TEXT, RATE_HZ))
        await connection.send_close()


async def test_the_sdk_speaks_with_flux_and_interrupts(server: FakeServer) -> None:
    from deepgram.speak.v2.types import (
        SpeakV2Interrupt,
        SpeakV2InterruptPlaybackOffset,
        SpeakV2Speak,
        SpeakV2SpeechInterrupted,
    )

    options: Any = {"encoding": "linear16", "sample_rate": RATE_HZ, "speed": 1.05, "expressivity": 1}
    async with sdk(server).speak.v2.connect(model="flux-kit-en", **options) as connection:
        assert (await connection.recv()).model_name == "flux-kit-en"
        await connection.send_interrupt()
        assert (await connection.recv()).code == "NO_AUDIO_GENERATED"
        await connection.send_speak(SpeakV2Speak(text=TEXT))
        await connection.send_flush()
        started, flushed, *sound, metadata = await until_type(connection, "SpeechMetadata")
        assert b"".join(sound) == voice(TEXT, RATE_HZ)
        assert started.speech_id == flushed.speech_id == metadata.speech_id
        await connection.send_speak(SpeakV2Speak(text=TEXT * 5))
        await connection.send_flush()
        for _ in range(3):
            await connection.recv()
        offset = SpeakV2InterruptPlaybackOffset(type="time_ms", value=2000)
        await connection.send_interrupt(SpeakV2Interrupt(playback_offset=offset))
        *_, interrupted = await until_type(connection, "SpeechInterrupted")
        assert isinstance(interrupted, SpeakV2SpeechInterrupted)
        assert (interrupted.text_spoken or "") + (interrupted.text_remaining or "") == TEXT * 5
        await connection.send_close()
        *_, session = await until_type(connection, "SessionMetadata")
        assert session.total_input_character_count == len(TEXT) * 6


async def test_the_sdk_lists_models_and_projects(server: FakeServer) -> None:
    async with httpx.AsyncClient() as web:
        models = await sdk(server, web=web).manage.v1.models.list()
        projects = await sdk(server, web=web).manage.v1.projects.list()
    assert [model.canonical_name for model in models.tts or []] == ["aura-2-thalia-en", "aura-2-celeste-es"]
    assert projects.projects is not None
    assert projects.projects[0].project_id == "p"


@pytest.mark.parametrize("model", ["aura-2-thalia-en", "flux-general-en", "nova-2"])
async def test_the_sdk_is_refused_a_voice_that_flux_does_not_have(server: FakeServer, model: str) -> None:
    from deepgram.core.api_error import ApiError

    with pytest.raises(ApiError) as caught:
        async with sdk(server).speak.v2.connect(model=model, encoding="linear16", sample_rate="24000"):
            pass
    assert caught.value.status_code == 400


async def test_the_sdk_is_refused_with_another_key(server: FakeServer) -> None:
    from deepgram.core.api_error import ApiError

    with pytest.raises(ApiError) as caught:
        async with sdk(server, "another").listen.v1.connect(model="nova-3"):
            pass
    assert caught.value.status_code == 401


PAUSED = Script(
    utterances=("Could you tell me the time?",),
    final_s=0.15,
    spoken=((("Could", 0, 200), ("you", 200, 400), ("tell", 400, 600), ("me", 900, 1100), ("the", 1100, 1200)),),
)
"""A caller who stops for 300 ms; the last word is left out, so that the end is not the whole text by accident."""
HALVES = (voice("Something", RATE_HZ)[: RATE_HZ * 6 // 10 * 2], voice("Something", RATE_HZ)[: RATE_HZ * 3 // 10 * 2])


async def live(connection: Any, pcm: bytes) -> None:
    """Sound in pieces of 20 ms, each when it has been said."""
    size = RATE_HZ * 20 // 1000 * 2
    began = asyncio.get_running_loop().time()
    for index, start in enumerate(range(0, len(pcm), size)):
        await asyncio.sleep(max(0.0, began + (index + 1) * 0.02 - asyncio.get_running_loop().time()))
        await connection.send_media(pcm[start : start + size])


async def test_words_are_known_150_ms_after_they_were_said_and_those_after_a_pause_by_themselves() -> None:
    options: Any = {"encoding": "linear16", "sample_rate": RATE_HZ, "interim_results": "true"}
    async with (
        FakeServer({"": Deepgram(PAUSED, KEY)}) as server,
        sdk(server).listen.v1.connect(model="nova-3", **options) as connection,
    ):
        pause = bytes(RATE_HZ * 300 // 1000 * 2)
        await send(connection, HALVES[0][: RATE_HZ * 500 // 1000 * 2])
        assert (await connection.recv()).channel.alternatives[0].transcript == "Could"
        await send(connection, HALVES[0][RATE_HZ * 500 // 1000 * 2 :] + pause + HALVES[1] + pause)
        finals: list[str] = []
        while len(finals) < 2:
            result = await connection.recv()
            text = result.channel.alternatives[0].transcript
            finals += [text] if result.is_final else []
            assert result.is_final or not text or "Could you tell me the".startswith(" ".join([*finals, text]).strip())
    assert finals == ["Could you tell", "me the"]
    assert server.failures == []


async def test_no_finalize_brings_words_sooner_than_150_ms_after_the_last_sound() -> None:
    options: Any = {"encoding": "linear16", "sample_rate": RATE_HZ, "endpointing": 5000}
    async with (
        FakeServer({"": Deepgram(PAUSED, KEY)}) as server,
        sdk(server).listen.v1.connect(model="nova-3", **options) as connection,
    ):
        loop = asyncio.get_running_loop()
        waits = []
        for silence_ms in (20, 200):
            await live(connection, HALVES[0])
            spoken = loop.time()
            await live(connection, bytes(RATE_HZ * silence_ms // 1000 * 2))
            await connection.send_finalize()
            assert (await connection.recv()).from_finalize
            waits.append(loop.time() - spoken)
    assert 0.145 <= waits[0] < 0.19
    assert 0.195 <= waits[1] < 0.24


async def test_a_turn_of_flux_that_is_ended_at_once_has_all_words_that_were_said() -> None:
    options: Any = {"encoding": "linear16", "sample_rate": RATE_HZ}
    async with (
        FakeServer({"": Deepgram(PAUSED, KEY)}) as server,
        sdk(server).listen.v2.connect(model="flux-general-en", **options) as connection,
    ):
        loop, ended = asyncio.get_running_loop(), []
        for half in HALVES:
            await live(connection, half)
            spoken = loop.time()
            await live(connection, bytes(RATE_HZ * 40 // 1000 * 2))
            await connection.send_force_end_turn()
            while (message := await connection.recv()).type != "TurnInfo" or message.event != "EndOfTurn":
                pass
            ended.append(message.transcript)
            assert 0.145 <= loop.time() - spoken < 0.19
            await live(connection, bytes(RATE_HZ * 260 // 1000 * 2))
    assert ended == ["Could you tell", "me the"]


async def test_flux_waits_longer_in_a_pause_within_the_words() -> None:
    script = replace(PAUSED, over_ms=(160, 300), open_ms=(400, 900))
    options: Any = {"encoding": "linear16", "sample_rate": RATE_HZ, "eager_eot_threshold": 0.4}
    async with (
        FakeServer({"": Deepgram(script, KEY)}) as server,
        sdk(server).listen.v2.connect(model="flux-general-en", **options) as connection,
    ):
        await send(connection, HALVES[0] + bytes(RATE_HZ * 350 // 1000 * 2) + HALVES[1] + SILENCE)
        events: list[tuple[str, str]] = []
        while not events or events[-1][0] != "EndOfTurn":
            if (message := await connection.recv()).type == "TurnInfo" and message.event != "Update":
                events.append((message.event, message.transcript))
    assert [event for event, _ in events] == ["StartOfTurn", "EagerEndOfTurn", "EndOfTurn"]
    assert {text for _, text in events[1:]} == {"Could you tell me the"}
