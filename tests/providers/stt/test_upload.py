import asyncio
import io
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.audio import silence
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.terms import TranscriptKind
from studio.providers import kept_connection
from studio.providers.stt.upload import Upload, UploadSettings, fields, wav
from tests.fakes.openai_audio import OpenAiAudio
from tests.fakes.script import Script
from tests.fakes.server import Answer, FakeServer, OnTheWire, Refuse, Request, Socket
from tests.providers.hosted import Caller

QUICK = Script(final_s=0.02)
FIRST, SECOND = QUICK.utterances[:2]


@asynccontextmanager
async def calling(fake: Any, **settings: Any) -> AsyncIterator[tuple[Caller, FakeServer]]:
    """A call to an engine that is open."""
    async with FakeServer({"/v1": fake}) as server:
        given = {"provider": "compatible", "model": "whisper-1", "base_url": server.url("/v1"), **settings}
        engine = Upload(UploadSettings.model_validate(given))
        await engine.open()
        caller = Caller(await engine.stream())
        try:
            yield caller, server
        finally:
            await caller.close()
            await engine.close()
        assert server.failures == []


# --- what is sent --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "form"),
    [
        ({}, {"language": "en"}),
        ({"language": None}, {}),
        ({"prompt": "A call about cats."}, {"language": "en", "prompt": "A call about cats."}),
        ({"keywords": ["Zorblat", "Xyzzy"]}, {"language": "en", "keywords[]": ("Zorblat", "Xyzzy")}),
        ({"temperature": 0}, {"language": "en", "temperature": "0"}),
        ({"temperature": 0.25}, {"language": "en", "temperature": "0.25"}),
        (
            {"word_times": True},
            {"language": "en", "response_format": "verbose_json", "timestamp_granularities[]": ["word"]},
        ),
    ],
)
def test_only_what_is_set_is_sent(settings: dict[str, Any], form: dict[str, Any]) -> None:
    assert fields(UploadSettings.model_validate({"model": "m", **settings})) == {
        "model": "m",
        "response_format": "json",
        **form,
    }


@given(st.lists(st.floats(-1.5, 1.5, width=32), max_size=3000))
def test_a_recording_is_a_file_that_is_long_enough(values: list[float]) -> None:
    with wave.open(io.BytesIO(wav(np.array(values, dtype=np.float32)))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        assert file.getnframes() == max(1600, len(values))
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    assert np.all(np.abs(samples[: len(values)] / 32768 - np.clip(values, -1, 1)) < 1e-4)
    assert not samples[len(values) :].any()


async def test_the_vendor_gets_a_form_with_a_file() -> None:
    fake = OpenAiAudio(QUICK)
    async with calling(fake, prompt="Capitals.", temperature=0.5) as (caller, server):
        await caller.utter(1200)
        assert (await caller.end())[-1].text == FIRST
        request = server.requests[-1]
    assert (request.method, request.path) == ("POST", "/audio/transcriptions")
    [form] = fake.uploads
    length_ms = (len(form.pop("file")) - 44) / 32
    assert length_ms == pytest.approx(500 + 1200 + 96, abs=40)
    assert form == {
        "model": "whisper-1", "response_format": "json", "language": "en", "prompt": "Capitals.", "temperature": "0.5",
    }  # fmt: skip


async def test_everything_of_a_call_goes_over_one_connection() -> None:
    async with calling(OpenAiAudio(QUICK)) as (caller, server):
        for utterance in QUICK.utterances[:3]:
            await caller.utter(200)
            assert (await caller.end())[-1].text == utterance
            caller.stream.turn_committed()
        assert [request.path for request in server.requests] == ["/models", *["/audio/transcriptions"] * 3]
        assert server.connections == 1


async def test_a_connection_that_was_idle_is_made_anew_while_the_user_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_connection, "IDLE_S", 0)
    async with calling(OpenAiAudio(QUICK)) as (caller, server):
        await caller.utter(400)
        await caller.end()
        assert [request.path for request in server.requests] == ["/models", "/models", "/audio/transcriptions"]


async def test_a_connection_that_the_server_closed_meanwhile_is_replaced() -> None:
    async with calling(OpenAiAudio(QUICK)) as (caller, server):
        server.drop_connections()
        await caller.utter(200)
        assert (await caller.end())[-1].text == FIRST
        assert server.connections == 2


# --- what comes of it ----------------------------------------------------------------------------


async def test_nothing_is_uploaded_before_a_pause() -> None:
    fake = OpenAiAudio(QUICK)
    async with calling(fake) as (caller, _):
        await caller.push(700, loud=False)
        caller.stream.speech_started()
        await caller.push(3000, loud=True)
        assert fake.uploads == []


async def test_words_in_between_cost_a_request_each() -> None:
    fake = OpenAiAudio(QUICK)
    async with calling(fake, interim_ms=480) as (caller, _):
        said, _ = await asyncio.gather(caller.end(), caller.utter(2000))
    assert {each.text for each in said} == {FIRST}
    assert said[0].kind is TranscriptKind.INTERIM
    assert len(fake.uploads) > 1


async def test_speech_that_goes_on_after_a_short_pause_goes_up_whole() -> None:
    fake = OpenAiAudio(QUICK)
    async with calling(fake) as (caller, _):
        await caller.utter(600)
        assert (await caller.end())[-1].text == FIRST
        await caller.push(200, loud=False)
        await caller.go_on(400)
        assert (await caller.end())[-1].text == FIRST
        first, second = (form["file"][44:] for form in fake.uploads)
        assert second.startswith(first)


async def test_speech_after_a_long_pause_goes_up_by_itself() -> None:
    fake = OpenAiAudio(QUICK)
    async with calling(fake) as (caller, _):
        await caller.utter(600)
        await caller.end()
        await caller.push(700, loud=False)
        await caller.go_on(400)
        assert (await caller.end())[-1].text == f"{FIRST} {SECOND}"


async def test_words_have_their_times_from_the_first_sample_of_the_call() -> None:
    async with calling(OpenAiAudio(QUICK), word_times=True) as (caller, _):
        await caller.push(5000, loud=False)
        await caller.utter(1200)
        end = (await caller.end())[-1]
        assert " ".join(word.text for word in end.words) == end.text == FIRST
        began = 5000 + 700 + 96 - 500
        assert end.words[0].start_ms == pytest.approx(began, abs=40)
        assert end.words[-1].end_ms == pytest.approx(began + 500 + 1200 + 96, abs=60)

        await caller.push(700, loud=False)
        await caller.go_on(400)
        end = (await caller.end())[-1]
        assert " ".join(word.text for word in end.words) == end.text == f"{FIRST} {SECOND}"
        times = [word.start_ms for word in end.words]
        assert times == sorted(times)

        caller.stream.turn_committed()
        await caller.utter(400)
        words = (await caller.end())[-1].words
        assert words[0].start_ms > times[-1]


@pytest.mark.parametrize(("least_ms", "billed_ms"), [(0, 500 + 1200 + 96), (10_000, 10_000)])
async def test_what_goes_up_is_billed(least_ms: float, billed_ms: float) -> None:
    async with calling(OpenAiAudio(QUICK), least_billed_ms=least_ms) as (caller, _):
        await caller.utter(1200)
        await caller.end()
        assert caller.stream.billed_ms == pytest.approx(billed_ms, abs=40)
        await caller.push(700, loud=False)
        await caller.go_on(1200)
        await caller.end()
        assert caller.stream.billed_ms == pytest.approx(2 * billed_ms, abs=80)


async def test_a_blink_is_filled_up_with_silence() -> None:
    fake = OpenAiAudio(QUICK)
    async with calling(fake) as (caller, _):
        caller.stream.speech_started()
        caller.stream.push(silence(160))
        caller.stream.speech_paused()
        assert (await caller.end())[-1].text == FIRST
    assert len(fake.uploads[0]["file"]) == 44 + 3200


# --- what goes wrong -----------------------------------------------------------------------------


class Says:
    """Answers every upload with this."""

    def __init__(self, body: str) -> None:
        self._body = body

    async def http(self, request: Request, answer: Answer) -> None:
        if request.method == "POST":
            await answer.data(self._body.encode(), "application/json")

    def greet(self, request: Request) -> Refuse | None:
        return Refuse(404)

    async def talk(self, request: Request, socket: Socket) -> None:
        raise AssertionError("no websocket is opened")


@pytest.mark.parametrize(
    "body",
    ["", "hello", "[]", "null", '{"text": 7}', '{"texts": "x"}', '{"text": "x", "words": [{"word": "x"}]}', "\ud7ff{"],
)
async def test_what_is_no_transcription_is_told(body: str) -> None:
    async with calling(Says(body)) as (caller, _):
        await caller.utter(200)
        with pytest.raises(ProviderError, match="no transcription; check base_url") as caught:
            await caller.end()
    assert caught.value.category is ErrorCategory.BROKEN_ANSWER


@pytest.mark.parametrize(
    ("body", "text", "words"),
    [
        ('{"text": " 안녕하세요. \\n"}', "안녕하세요.", []),
        ('{"text": "", "usage": {"type": "tokens"}}', "", []),
        ('{"text": "Hi.", "words": null, "segments": []}', "Hi.", []),
        ('{"text": "Hi.", "words": [{"word": " Hi.", "start": 0, "end": 0.5, "probability": 0.9}]}', "Hi.", ["Hi."]),
    ],
)
async def test_servers_answer_in_many_ways(body: str, text: str, words: list[str]) -> None:
    async with calling(Says(body)) as (caller, _):
        await caller.utter(200)
        end = (await caller.end())[-1]
    assert (end.text, [word.text for word in end.words]) == (text, words)


async def test_what_the_vendor_refuses_is_told_in_its_words() -> None:
    async with calling(OpenAiAudio(QUICK), model="gpt-transcribe", word_times=True) as (caller, _):
        await caller.utter(200)
        with pytest.raises(
            ProviderError, match="'verbose_json' is not compatible with model 'gpt-transcribe'"
        ) as caught:
            await caller.end()
    assert caught.value.category is ErrorCategory.INVALID_REQUEST


async def test_after_a_failure_the_next_stream_works() -> None:
    async with FakeServer({"/v1": OpenAiAudio(QUICK)}) as server:
        engine = Upload(UploadSettings(provider="compatible", base_url=server.url("/v1"), answer_timeout_s=0.1))
        await engine.open()
        server.misbehave(OnTheWire(stall_after=60))
        caller = Caller(await engine.stream())
        await caller.utter(200)
        with pytest.raises(ProviderError) as caught:
            await caller.end()
        assert caught.value.category is ErrorCategory.TIMEOUT
        await caller.close()
        caller = Caller(await engine.stream())
        await caller.utter(300)
        assert (await caller.end())[-1].text == SECOND
        await caller.close()
        await engine.close()
