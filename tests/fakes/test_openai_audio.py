"""OpenAI's stand-in before the vendor's own SDK: uploads, speech, and realtime transcription."""

import base64
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from studio.providers.stt.upload import wav
from tests.fakes.openai import OpenAi
from tests.fakes.registry import fake
from tests.fakes.script import Script, voice
from tests.fakes.server import FakeServer

if TYPE_CHECKING:
    from openai import AsyncOpenAI

KEY = "k"
QUICK = Script(final_s=0.02, first_audio_s=0.01)
SPEECH = wav((0.3 * np.sin(np.arange(16_000) / 5)).astype(np.float32))
SPEECH_OF_50_MS = SPEECH[:40] + (1600).to_bytes(4, "little") + SPEECH[44 : 44 + 1600]
FILE = ("speech.wav", SPEECH, "audio/wav")
LOUD = base64.b64encode((np.sin(np.arange(28_800) / 5) * 9000).astype("<i2").tobytes()).decode()
"""1.2 s at 24 kHz."""


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer({"/v1": OpenAi(QUICK, KEY)}) as server:
        yield server
        assert not server.failures


def client(server: FakeServer, key: str = KEY) -> "AsyncOpenAI":
    from openai import AsyncOpenAI

    return AsyncOpenAI(api_key=key, base_url=server.url("/v1"), max_retries=0)


def session(**transcription: Any) -> Any:
    listening = {
        "format": {"type": "audio/pcm", "rate": 24_000},
        "transcription": {"model": "gpt-realtime-whisper", **transcription},
        "turn_detection": None,
    }
    return {"type": "transcription", "audio": {"input": listening}}


async def until(connection: Any, kind: str) -> list[Any]:
    """Events up to one of this kind."""
    events = []
    async for event in connection:
        events.append(event)
        if event.type == kind:
            break
    return events


async def test_the_sdk_is_given_the_words_of_what_it_uploads(server: FakeServer) -> None:
    async with client(server) as openai:
        plain = await openai.audio.transcriptions.create(
            file=FILE, model="gpt-transcribe", language="en", prompt="Capitals.", keywords=["Rome", "Paris"]
        )
        assert plain.text == QUICK.utterances[0]
        assert plain.usage is not None
        assert plain.usage.type == "duration"
        timed = await openai.audio.transcriptions.create(
            file=FILE, model="whisper-1", response_format="verbose_json", timestamp_granularities=["word"]
        )
    words = timed.words or []
    assert " ".join(word.word for word in words) == timed.text.strip() == QUICK.utterances[1]
    assert words[-1].end == pytest.approx(timed.duration) == 1.0


async def test_the_sdk_hears_sound_as_it_is_made(server: FakeServer) -> None:
    async with client(server) as openai:
        speaking = openai.audio.speech.with_streaming_response.create(
            model="gpt-4o-mini-tts",
            voice="alloy",
            input="Good morning.",
            response_format="pcm",
            instructions="Be glad.",
        )
        async with speaking as response:
            assert response.headers["content-type"] == "audio/pcm"
            pieces = [piece async for piece in response.iter_bytes()]
    assert len(pieces) > 1
    assert b"".join(pieces) == voice("Good morning.", 24_000)


async def test_the_sdk_is_told_words_while_it_speaks_and_when_it_commits(server: FakeServer) -> None:
    async with (
        client(server) as openai,
        openai.realtime.connect(extra_query={"intent": "transcription"}) as connection,
    ):
        await connection.session.update(session=session(language="en", delay="minimal"))
        [created, updated] = await until(connection, "session.updated")
        assert (created.type, updated.session.type) == ("session.created", "transcription")
        for start in range(0, len(LOUD), 12_800):
            await connection.input_audio_buffer.append(audio=LOUD[start : start + 12_800])
        await connection.input_audio_buffer.commit()
        events = await until(connection, "conversation.item.input_audio_transcription.completed")
    [committed] = [event for event in events if event.type == "input_audio_buffer.committed"]
    deltas = [event for event in events if event.type.endswith(".delta")]
    assert len(deltas) > 2
    assert events.index(deltas[0]) < events.index(committed)
    assert "".join(event.delta for event in deltas) == events[-1].transcript == QUICK.utterances[0]
    assert {event.item_id for event in (*deltas, committed, events[-1])} == {"item_0"}


async def test_the_sdk_is_told_of_a_commit_of_nothing_and_goes_on(server: FakeServer) -> None:
    async with (
        client(server) as openai,
        openai.realtime.connect(extra_query={"intent": "transcription"}) as connection,
    ):
        await connection.session.update(session=session())
        await until(connection, "session.updated")
        await connection.input_audio_buffer.commit()
        assert (await until(connection, "error"))[-1].error.code == "input_audio_buffer_commit_empty"
        await connection.input_audio_buffer.append(audio=LOUD)
        await connection.input_audio_buffer.clear()
        await until(connection, "input_audio_buffer.cleared")
        await connection.input_audio_buffer.commit()
        assert (await until(connection, "error"))[-1].error.code == "input_audio_buffer_commit_empty"


async def test_a_refused_key_is_told_once_a_session_is_open(server: FakeServer) -> None:
    from openai import AuthenticationError
    from websockets.exceptions import ConnectionClosed

    async with client(server, "another") as openai:
        async with openai.realtime.connect(extra_query={"intent": "transcription"}) as connection:
            told = await connection.recv()
            assert told.type == "error"
            assert told.error.code == "invalid_api_key"
            with pytest.raises(ConnectionClosed) as closed:
                await connection.recv()
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (3000, "invalid_request_error.invalid_api_key")
        with pytest.raises(AuthenticationError):
            await openai.audio.transcriptions.create(file=FILE, model="gpt-transcribe")


@pytest.mark.parametrize(
    ("query", "asked", "code"),
    [
        ({"intent": "transcription", "model": "gpt-realtime-whisper"}, session(), "invalid_parameter"),
        ({"intent": "transcription"}, session(prompt="Capitals."), "invalid_value"),
        ({"intent": "transcription"}, session(keywords=["Rome"]), "invalid_value"),
        ({"intent": "transcription"}, session(model="gpt-4o-transcribe", delay="low"), "invalid_value"),
        ({"intent": "transcription"}, session(mood="good"), "unknown_parameter"),
        ({"intent": "transcription"}, {**session(), "voice": "alloy"}, "unknown_parameter"),
        ({"intent": "transcription"}, None, "invalid_value"),
    ],
    ids=["a conversation", "prompt", "keywords", "delay", "unknown hint", "unknown setting", "unknown event"],
)
async def test_a_session_is_refused_what_the_vendor_refuses(
    server: FakeServer, query: dict[str, str], asked: Any, code: str
) -> None:
    async with client(server) as openai, openai.realtime.connect(extra_query=query) as connection:
        event: Any = {"type": "session.update", "session": asked} if asked else {"type": "transcription_session.update"}
        await connection.send(event)
        assert (await until(connection, "error"))[-1].error.code == code


UPLOAD: dict[str, Any] = {"model": "gpt-transcribe"}
SAY: dict[str, Any] = {"model": "tts-1", "voice": "alloy", "input": "Hi.", "response_format": "pcm"}


@pytest.mark.parametrize(
    "ask",
    [
        lambda openai: openai.audio.transcriptions.create(file=FILE, **UPLOAD, language="english"),
        lambda openai: openai.audio.transcriptions.create(file=FILE, **UPLOAD, response_format="verbose_json"),
        lambda openai: openai.audio.transcriptions.create(file=FILE, **UPLOAD, temperature=2),
        lambda openai: openai.audio.transcriptions.create(file=FILE, **UPLOAD, extra_body={"mood": "good"}),
        lambda openai: openai.audio.transcriptions.create(file=FILE, model="whisper-1", keywords=["Rome"]),
        lambda openai: openai.audio.transcriptions.create(file=FILE, model=""),
        lambda openai: openai.audio.transcriptions.create(
            file=FILE, model="whisper-1", timestamp_granularities=["word"]
        ),
        lambda openai: openai.audio.transcriptions.create(file=("short.wav", SPEECH_OF_50_MS), **UPLOAD),
        lambda openai: openai.audio.speech.create(**{**SAY, "voice": ""}),
        lambda openai: openai.audio.speech.create(**{**SAY, "input": "x" * 4097}),
        lambda openai: openai.audio.speech.create(**SAY, speed=5),
        lambda openai: openai.audio.speech.create(**SAY, extra_body={"mood": "good"}),
        lambda openai: openai.audio.speech.create(**{**SAY, "model": "canopylabs/orpheus-v1-english"}),
    ],
)
async def test_refuses_what_the_vendor_refuses(server: FakeServer, ask: Callable[["AsyncOpenAI"], Any]) -> None:
    from openai import BadRequestError

    async with client(server) as openai:
        with pytest.raises(BadRequestError):
            await ask(openai)


async def test_everything_is_at_one_address(server: FakeServer) -> None:
    async with client(server) as openai:
        assert [model.id async for model in openai.models.list()]
        said = await openai.chat.completions.create(
            model="gpt-5.4-mini", messages=[{"role": "user", "content": "Hello."}], stream=True
        )
        assert [chunk async for chunk in said]
        await openai.audio.transcriptions.create(file=FILE, model="gpt-transcribe")


async def test_the_same_sdk_speaks_with_groq() -> None:
    from openai import AsyncOpenAI

    async with (
        FakeServer({"/openai/v1": fake("groq", QUICK, KEY)}) as server,
        AsyncOpenAI(api_key=KEY, base_url=server.url("/openai/v1"), max_retries=0) as groq,
    ):
        heard = await groq.audio.transcriptions.create(file=FILE, model="whisper-large-v3-turbo", temperature=0)
        assert heard.text == QUICK.utterances[0]
        said = await groq.audio.speech.create(
            model="canopylabs/orpheus-v1-english", voice="hannah", input="Hello.", response_format="wav"
        )
        assert said.content.endswith(voice("Hello.", 24_000))
        assert server.failures == []
