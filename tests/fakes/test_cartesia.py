"""The vendor's own SDK against the stand-in: what it accepts and says is what the SDK sends and understands."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.fakes.cartesia import VOICES, Cartesia
from tests.fakes.script import Script, voice
from tests.fakes.server import FakeServer

KEY = "k-1"
RATE_HZ = 16_000
QUICK = Script(final_s=0.01, first_audio_s=0.01)
SPEECH = voice("Something that is said for a long time.", RATE_HZ)[: RATE_HZ * 12 // 10 * 2]
SOUND = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24_000}
CLAUSE = "The capital of Italy is Rome."


@asynccontextmanager
async def sdk(key: str = KEY, fake: Cartesia | None = None) -> AsyncIterator[Any]:
    from cartesia import AsyncCartesia

    async with FakeServer({"": fake or Cartesia(QUICK, KEY)}) as server:
        base = server.url()
        async with AsyncCartesia(
            api_key=key, base_url=base, websocket_base_url=base.replace("http", "ws"), max_retries=0
        ) as client:
            yield client
        assert server.failures == []


def chunks(sound: bytes) -> list[bytes]:
    return [sound[start : start + 3200] for start in range(0, len(sound), 3200)]


async def test_the_sdk_hears_a_turn_that_seems_over_goes_on_and_ends() -> None:
    async with (
        sdk() as client,
        client.stt.auto_finalize.websocket(
            encoding="pcm_s16le", model="ink-2", sample_rate=RATE_HZ, keyterm=["Rome", "Italy"], turn_end_threshold=0.1
        ) as connection,
    ):
        for chunk in chunks(SPEECH + bytes(RATE_HZ * 7 // 10 * 2) + SPEECH + bytes(RATE_HZ * 2)):
            await connection.send_raw(chunk)
            await asyncio.sleep(0.002)
        await connection.send({"type": "config", "turn": {"end_threshold": 0.2}})
        await connection.send({"type": "close"})
        events = [event async for event in connection]
    kinds = [event.type for event in events if event.type != "turn.update"]
    assert kinds == ["connected", "turn.start", "turn.eager_end", "turn.resume", "turn.eager_end", "turn.end"]
    assert events[-1].transcript == " ".join(QUICK.utterances[:2])
    said = [event.transcript for event in events if event.type == "turn.update"]
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(said))


@pytest.mark.parametrize("model", ["ink-2", "ink-whisper"])
async def test_the_sdk_hears_final_words_in_parts_when_it_asks_for_them(model: str) -> None:
    async with (
        sdk() as client,
        client.stt.manual_finalize.websocket(
            encoding="pcm_s16le", model=model, sample_rate=RATE_HZ, language="en"
        ) as connection,
    ):
        for _ in range(2):
            for chunk in chunks(bytes(RATE_HZ * 2) + SPEECH):
                await connection.send_raw(chunk)
            await connection.send_raw("finalize")
            await asyncio.sleep(0.03)
        await connection.send_raw("close")
        events = [event async for event in connection]
    assert [event.type for event in events if event.type != "transcript"] == ["flush_done", "flush_done", "done"]
    final = [event for event in events if event.type == "transcript" and event.is_final]
    assert "".join(event.text for event in final) == " ".join(QUICK.utterances[:2])
    assert any(event.type == "transcript" and not event.is_final for event in events)
    timed = [word for event in final for group in event.words or [] for word in group.words]
    assert timed == ([] if model == "ink-2" else " ".join(QUICK.utterances[:2]).split())


async def test_the_sdk_is_spoken_to_in_contexts_with_the_times_of_words() -> None:
    fake = Cartesia(QUICK, KEY)
    async with sdk(fake=fake) as client, client.tts.websocket_connect() as connection:
        wanted = {"model_id": "sonic-3.5", "voice": {"id": VOICES[0][0]}, "output_format": SOUND}
        context = connection.context("one", **wanted, add_timestamps=True, generation_config={"speed": 1.2})
        await context.push("The capital of ")
        await context.push("Italy is Rome.")
        await context.no_more_inputs()
        events = [event async for event in context.receive()]
        sound = b"".join(event.audio for event in events if event.type == "chunk")
        words = [word for event in events if event.type == "timestamps" for word in event.word_timestamps.words]
        assert sound == voice(CLAUSE, 24_000)
        assert (" ".join(words), events[-1].type) == (CLAUSE, "done")
        cut = connection.context("two", **wanted)
        await cut.send(transcript=CLAUSE, voice=wanted["voice"], continue_=False)
        await anext(cut.receive())
        await cut.cancel()
        await asyncio.sleep(0.05)
    assert fake.cancelled == ["two"]


@pytest.mark.parametrize(
    ("texts", "asked", "begins"),
    [
        (["Yes "], {"max_buffer_delay_ms": 0}, True),
        (["Yes "], {"max_buffer_delay_ms": 5000}, False),
        (["Yes "], {}, False),
        (["Yes, "], {}, True),
        (["The capital ", "of "], {}, True),
    ],
)
async def test_a_context_sounds_before_it_is_complete_as_soon_as_it_has_enough(
    texts: list[str], asked: dict[str, Any], begins: bool
) -> None:
    async with sdk() as client, client.tts.websocket_connect() as connection:
        wanted = {"model_id": "sonic-3.5", "voice": {"id": VOICES[0][0]}, "output_format": SOUND}
        for text in texts:
            request = {"context_id": "c", "transcript": text, "continue": True, **wanted, **asked}
            await connection._connection.send(json.dumps(request))
        try:
            async with asyncio.timeout(0.3):
                first = await connection.recv()
        except TimeoutError:
            first = None
        assert (first is not None) is begins
        await connection._connection.send(json.dumps({"context_id": "c", "transcript": "Rome.", **wanted}))
        events = [first] if first else []
        while not events or events[-1].type != "done":
            events.append(await connection.recv())
        assert b"".join(event.audio for event in events if event.type == "chunk") == voice(
            "".join([*texts, "Rome."]), 24_000
        )


@pytest.mark.parametrize(
    ("wrong", "title"),
    [
        ({"model_id": "sonic-turbo"}, "Model sunsetted"),
        ({"voice": ""}, "Invalid request"),
        ({"output_format": {**SOUND, "sample_rate": 12_345}}, "Invalid request"),
        ({"output_format": {**SOUND, "encoding": "pcm_mulaw"}}, "Invalid request"),
        ({"generation_config": {"speed": 3}}, "Invalid request"),
        ({"generation_config": {"pitch": 1}}, "Invalid request"),
        ({"surprise": 1}, "Invalid request"),
        ({"transcript": None}, "Invalid request"),
    ],
)
async def test_what_the_vendor_cannot_say_is_an_error_of_its_context(wrong: dict[str, Any], title: str) -> None:
    async with sdk() as client, client.tts.websocket_connect() as connection:
        request = {"context_id": "c", "model_id": "sonic-3", "transcript": "Hi.", "voice": "v", "output_format": SOUND}
        asked = {name: value for name, value in {**request, **wrong}.items() if value is not None}
        await connection._connection.send(json.dumps(asked))
        error = await connection.recv()
        assert (error.type, error.context_id, error.status_code, error.title) == ("error", "c", 400, title)


async def test_the_sdk_lists_voices_page_by_page() -> None:
    async with sdk() as client:
        page = await client.voices.list(limit=2)
    assert [(each.id, each.name, each.language, each.locales[0].locale) for each in page.data] == [
        (identity, name, language, locale) for identity, name, _, language, locale in VOICES[:2]
    ]


async def test_the_sdk_is_refused_with_another_key_everywhere() -> None:
    from cartesia import AuthenticationError
    from websockets.exceptions import InvalidStatus

    async with sdk("another") as client:
        with pytest.raises(AuthenticationError):
            await client.voices.list()
        listen = {"encoding": "pcm_s16le", "model": "ink-2", "sample_rate": RATE_HZ}
        for connecting in (
            client.tts.websocket_connect(),
            client.stt.auto_finalize.websocket(**listen),
            client.stt.manual_finalize.websocket(**listen),
        ):
            with pytest.raises(InvalidStatus, match="401"):
                await connecting.enter()


@pytest.mark.parametrize(
    ("way", "wrong"),
    [
        ("auto_finalize", {"model": "ink-whisper"}),
        ("auto_finalize", {"turn_end_threshold": 0.6}),
        ("auto_finalize", {"turn_eager_end_threshold": 0.3, "turn_end_threshold": 0.4}),
        ("auto_finalize", {"turn_end_timeout_ms": 100}),
        ("auto_finalize", {"extra_query": {"language": "en"}}),
        ("manual_finalize", {"min_volume": 0.1}),
        ("manual_finalize", {"language": "de"}),
        ("manual_finalize", {"encoding": "pcm_alaw"}),
        ("manual_finalize", {"extra_headers": {"cartesia-version": "2024-06-10"}}),
    ],
)
async def test_parameters_that_do_not_fit_are_refused(way: str, wrong: dict[str, Any]) -> None:
    from websockets.exceptions import InvalidStatus

    async with sdk() as client:
        asked = {"encoding": "pcm_s16le", "model": "ink-2", "sample_rate": RATE_HZ, **wrong}
        with pytest.raises(InvalidStatus, match="400"):
            await getattr(client.stt, way).websocket(**asked).enter()


@pytest.mark.parametrize("way", ["auto_finalize", "manual_finalize"])
async def test_commands_that_do_not_exist_are_an_error(way: str) -> None:
    async with sdk() as client:
        connecting = getattr(client.stt, way).websocket(encoding="pcm_s16le", model="ink-2", sample_rate=RATE_HZ)
        async with connecting as connection:
            await connection.send_raw(json.dumps({"type": "finalize"}))
            errors = [event async for event in connection if event.type == "error"]
    assert [error.status_code for error in errors] == [400]
