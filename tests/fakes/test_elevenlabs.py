"""ElevenLabs' stand-in before the vendor's own SDK.

Shown: Scribe realtime, the voices, the account, and speech over `/stream-input`, whose messages `/multi-stream-input`
shares but for its contexts. For those the SDK has no client: its types are what their messages are held against.
"""

import asyncio
import base64
from typing import Any

import numpy as np
import pytest

from tests.fakes.elevenlabs import VOICES, ElevenLabs, spoken
from tests.fakes.script import Script, voice
from tests.fakes.server import FakeServer, Request

KEY = "k"
QUICK = Script(final_s=0.02, first_audio_s=0.01)
CHUNK = (np.sin(np.arange(1600) / 5) * 9000).astype("<i2").tobytes()


async def transcribe(server: FakeServer, key: str, **options: Any) -> list[dict[str, Any]]:
    """What the SDK tells of 1.2 s of speech that is committed, up to the last message."""
    from elevenlabs import AsyncElevenLabs, AudioFormat
    from elevenlabs.realtime import RealtimeEvents

    told: list[dict[str, Any]] = []
    over = asyncio.Event()
    client = AsyncElevenLabs(api_key=key, base_url=server.url())
    asked = {"model_id": "scribe_v2_realtime", "audio_format": AudioFormat.PCM_16000, "sample_rate": 16_000}
    connection = await client.speech_to_text.realtime.connect({**asked, **options})  # type: ignore[call-overload]
    for event in RealtimeEvents:
        connection.on(event, lambda *told_now: told.extend(told_now))
    last = "committed_transcript_with_timestamps" if options.get("include_timestamps") else "committed_transcript"
    connection.on(last, lambda _told: over.set())
    connection.on(RealtimeEvents.CLOSE, lambda: over.set())
    if key == KEY:
        for _ in range(12):
            await connection.send({"audio_base_64": base64.b64encode(CHUNK).decode()})
        await connection.commit()
    async with asyncio.timeout(5):
        await over.wait()
    await connection.close()
    return told


@pytest.mark.parametrize("include_timestamps", [False, True])
async def test_the_sdk_is_given_words_for_what_it_commits(include_timestamps: bool) -> None:
    async with FakeServer({"": ElevenLabs(QUICK, KEY)}) as server:
        told = await transcribe(server, KEY, include_timestamps=include_timestamps)
    kinds = [each["message_type"] for each in told if "message_type" in each]
    assert kinds[0] == "session_started"
    assert "partial_transcript" in kinds
    [committed] = [each for each in told if each.get("message_type") == "committed_transcript"]
    assert committed["text"] == QUICK.utterances[0]
    if include_timestamps:
        from elevenlabs.types import CommittedTranscriptWithTimestampsPayload

        [content] = [each for each in told if each.get("message_type") == "committed_transcript_with_timestamps"]
        timed = CommittedTranscriptWithTimestampsPayload.model_validate(content)
        assert "".join(str(word.text) for word in timed.words or ()) == QUICK.utterances[0]
        assert {word.type for word in timed.words or ()} == {"word", "spacing"}
    assert server.failures == []


async def test_the_sdk_is_told_of_a_refused_key() -> None:
    async with FakeServer({"": ElevenLabs(QUICK, KEY)}) as server:
        told = await transcribe(server, "another")
    assert told[0]["message_type"] == "auth_error"


async def test_the_sdk_lists_the_voices_page_by_page() -> None:
    from elevenlabs import AsyncElevenLabs

    async with FakeServer({"": ElevenLabs(QUICK, KEY)}) as server:
        client = AsyncElevenLabs(api_key=KEY, base_url=server.url())
        page = await client.voices.search(page_size=100)
        assert [page.has_more, page.total_count, page.voices[1].name] == [True, len(VOICES), "George"]
        rest = await client.voices.search(page_size=100, next_page_token=page.next_page_token)
        assert len(page.voices) + len(rest.voices) == len(VOICES)
        assert not rest.has_more
        account = await client.user.with_raw_response.get()
        assert account.data.user_id == "u"
        await client._client_wrapper.httpx_client.httpx_client.aclose()


@pytest.mark.filterwarnings("ignore:ConnectionClosed.code is deprecated:DeprecationWarning")
async def test_the_sdk_speaks_over_stream_input() -> None:
    def speak(base_url: str) -> bytes:
        from elevenlabs import ElevenLabs as Sdk

        client = Sdk(api_key=KEY, base_url=base_url)
        client.text_to_speech._ws_base_url = base_url.replace("http", "ws")  # else it insists on TLS
        text = iter(["Hello, ", "how are you?"])
        sound = client.text_to_speech.convert_realtime(
            "voice1", text=text, model_id="eleven_flash_v2_5", output_format="pcm_24000"
        )
        heard = b"".join(sound)
        client._client_wrapper.httpx_client.httpx_client.close()
        return heard

    async with FakeServer({"": ElevenLabs(QUICK, KEY)}) as server:
        assert await asyncio.to_thread(speak, server.url()) == voice("Hello, how are you?", 24_000)
    assert server.failures == []


@pytest.mark.parametrize("in_sync", [True, False])
def test_pieces_of_a_context_are_what_the_sdk_calls_its_output(in_sync: bool) -> None:
    from elevenlabs.types import AudioOutputMulti, FinalOutputMulti

    outputs = [
        AudioOutputMulti.model_validate({**message, "contextId": "c"})
        for message in spoken("Good morning.", 24_000, in_sync)
    ]
    spelt = [output.alignment for output in outputs if output.alignment is not None]
    assert "".join("".join(each.chars or ()) for each in spelt) == "Good morning. "
    assert (len(spelt) > 1) is in_sync
    assert b"".join(base64.b64decode(output.audio) for output in outputs) == voice("Good morning.", 24_000)
    assert {output.context_id for output in outputs} == {"c"}
    assert FinalOutputMulti.model_validate({"isFinal": True, "contextId": "c"}).is_final


@pytest.mark.parametrize(
    ("path", "query", "key", "status"),
    [
        ("/v1/text-to-speech/v/multi-stream-input", {}, "another", 403),
        ("/v1/text-to-speech/v/multi-stream-input", {"model_id": "eleven_v3"}, KEY, 403),
        ("/v1/text-to-speech/v/multi-stream-input", {"output_format": "mp3"}, KEY, 400),
        ("/v1/text-to-speech/v/multi-stream-input", {"speed": "1"}, KEY, 400),
        ("/v1/text-to-speech/v/multi-stream-input", {"inactivity_timeout": "999"}, KEY, 400),
        ("/v1/text-to-speech//multi-stream-input", {}, KEY, 404),
        ("/v1/elsewhere", {}, KEY, 404),
    ],
)
def test_it_is_strict(path: str, query: dict[str, str], key: str, status: int) -> None:
    refusal = ElevenLabs(QUICK, KEY).greet(
        Request("GET", path, {"output_format": "pcm_24000"} | query, {"xi-api-key": key})
    )
    assert refusal is not None
    assert refusal.status == status
