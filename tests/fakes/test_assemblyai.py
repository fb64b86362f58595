"""The vendor's own SDK against the stand-in: what it accepts and says is what the SDK sends and understands."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.fakes.assemblyai import AssemblyAi
from tests.fakes.script import Script, voice
from tests.fakes.server import FakeServer

KEY = "k-1"
RATE_HZ = 16_000
CHUNK = RATE_HZ // 10 * 2
QUICK = Script(final_s=0.01)


async def listen(server: FakeServer, sound: bytes, chunk: int = CHUNK, **parameters: Any) -> list[Any]:
    """What the SDK makes of the answers to some sound and a forced end."""
    from assemblyai.streaming.v3 import (
        AsyncStreamingClient,
        StreamingClientOptions,
        StreamingEvents,
        StreamingParameters,
    )

    host = server.url().replace("http", "ws")
    client = AsyncStreamingClient(StreamingClientOptions(api_host=host, api_key=KEY))
    events: list[Any] = []
    for kind in StreamingEvents:
        client.on(kind, lambda _client, event: events.append(event))
    model = {"speech_model": "universal-streaming-english", "sample_rate": RATE_HZ}
    await client.connect(StreamingParameters(**{**model, **parameters}))
    await client.stream(sound[start : start + chunk] for start in range(0, len(sound), chunk))
    await client.keep_alive()
    await client.force_endpoint()
    await asyncio.sleep(0.05)
    await client.disconnect(terminate=True)
    return events


def speech(length_ms: int = 1200) -> bytes:
    return voice("Something that is said for a long time.", RATE_HZ)[: RATE_HZ * length_ms // 1000 * 2]


async def test_the_sdk_hears_a_turn_from_its_beginning_to_its_forced_end() -> None:
    fake = AssemblyAi(QUICK, KEY)
    async with FakeServer({"": fake}) as server:
        events = await listen(server, speech(), format_turns=False, keyterms_prompt=["Rome"], min_turn_silence=400)
    assert server.failures == []
    begin, started, *turns, over = events
    assert (begin.type, started.type, over.type) == ("Begin", "SpeechStarted", "Termination")
    assert [turn.end_of_turn for turn in turns] == [False] * (len(turns) - 1) + [True]
    assert turns[-1].transcript == QUICK.utterances[0]
    assert turns[-1].words[-1].word_is_final
    assert not turns[0].words[-1].word_is_final
    assert turns[0].transcript == " ".join(word.text for word in turns[0].words[:-1])
    assert (fake.keep_alives, fake.terminated) == (1, 1)


async def test_the_sdk_hears_the_end_that_the_vendor_judges_itself() -> None:
    async with FakeServer({"": AssemblyAi(QUICK, KEY)}) as server:
        events = await listen(server, speech() + bytes(RATE_HZ * 2))
    assert [event.transcript for event in events if event.type == "Turn" and event.end_of_turn] == [QUICK.utterances[0]]


@pytest.mark.parametrize(("length_ms", "code"), [(20, 3007), (1010, 3007), (50, None), (1000, None)])
async def test_sound_comes_in_messages_of_50_to_1000_ms(length_ms: int, code: int | None) -> None:
    chunk = RATE_HZ * length_ms // 1000 * 2
    async with FakeServer({"": AssemblyAi(QUICK, KEY)}) as server:
        events = await listen(server, speech()[: max(chunk, 1)].ljust(chunk, b"\0"), chunk)
    assert [event.code for event in events if not hasattr(event, "type")] == ([code] if code else [])


async def test_the_sdk_is_refused_with_another_key() -> None:
    async with FakeServer({"": AssemblyAi(QUICK, KEY)}) as server:
        from assemblyai.streaming.v3 import AsyncStreamingClient, StreamingClientOptions, StreamingEvents
        from assemblyai.streaming.v3 import StreamingParameters as Parameters

        host = server.url().replace("http", "ws")
        client = AsyncStreamingClient(StreamingClientOptions(api_host=host, api_key="another"))
        errors: list[Any] = []
        client.on(StreamingEvents.Error, lambda _client, error: errors.append(error.code))
        await client.connect(Parameters.model_validate({"sample_rate": RATE_HZ}))
    assert errors == [401]


@pytest.mark.parametrize(
    "wrong",
    [
        {"speech_model": "universal-2"},
        {"surprise": "1"},
        {"sample_rate": ""},
        {"encoding": "mp3"},
        {"format_turns": "perhaps"},
        {"keyterms_prompt": '"one"'},
        {"vad_threshold": "2"},
        {"mode": "fast"},
    ],
)
async def test_parameters_that_the_vendor_does_not_know_are_refused(wrong: dict[str, str]) -> None:
    async with FakeServer({"": AssemblyAi()}) as server, httpx.AsyncClient(base_url=server.url()) as client:
        headers = {
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==", "AssemblyAI-Version": "2025-05-12",
        }  # fmt: skip
        query = {"speech_model": "universal-streaming-english", "sample_rate": "16000", **wrong}
        assert (await client.get("/v3/ws", params=query, headers=headers)).status_code == 400


@pytest.mark.parametrize("message", ["no JSON", json.dumps({"type": "Finalize"})])
async def test_messages_of_another_protocol_end_the_session(message: str) -> None:
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed

    async with FakeServer({"": AssemblyAi()}) as server:
        url = server.url().replace("http", "ws") + "/v3/ws?sample_rate=16000&speech_model=u3-rt-pro"
        async with connect(url, additional_headers={"AssemblyAI-Version": "2025-05-12"}, proxy=None) as socket:
            await socket.send(message)
            assert json.loads(await socket.recv())["type"] == "Begin"
            assert json.loads(await socket.recv())["error_code"] == 3006
            with pytest.raises(ConnectionClosed, match="3006"):
                await socket.recv()


async def test_a_token_wants_the_key_and_a_time() -> None:
    async with FakeServer({"/a": AssemblyAi(QUICK, KEY)}) as server, httpx.AsyncClient(base_url=server.url()) as client:
        asked = {"expires_in_seconds": 60}
        allowed = {"Authorization": KEY}
        assert (await client.get("/a/v3/token", params=asked)).status_code == 401
        assert (await client.get("/a/v3/token", headers=allowed)).status_code == 400
        answer = await client.get("/a/v3/token", params=asked, headers=allowed)
        assert answer.json() == {"token": "stand-in", "expires_in_seconds": 60}
