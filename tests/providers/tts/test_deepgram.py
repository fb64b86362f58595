import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.errors import ErrorCategory, PresetError, ProviderError
from studio.model.preset import Part, Role
from studio.providers import catalog
from studio.providers.tts.deepgram import (
    Aura,
    AuraDialect,
    AuraSettings,
    FluxVoice,
    FluxVoiceDialect,
    FluxVoiceSettings,
)
from studio.providers.tts.socket import Frame, Piece, TtsDialect
from tests.fakes.server import OnTheWire, Refuse
from tests.providers.hosted import KEY, SHORT, TEXT, say, service

AURA, FLUX = "deepgram/aura-2-thalia-en", "deepgram/flux-kit-en"
NO_MESSAGE = (ValueError, LookupError, TypeError, AttributeError)
"""What the socket takes for a broken answer."""
CLEAR, INTERRUPT = ('{"type": "Clear"}',), ('{"type": "Interrupt"}',)
CLEARED, FLUSHED = {"type": "Cleared", "sequence_id": 0}, {"type": "Flushed", "sequence_id": 0}
WORN = {"type": "Warning", "code": "EXCESSIVE_FLUSH", "description": "Too many."}

each = pytest.mark.parametrize("use", [AURA, FLUX])


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", KEY)


def aura() -> AuraDialect:
    return AuraDialect(AuraSettings())


def flux() -> FluxVoiceDialect:
    return FluxVoiceDialect(FluxVoiceSettings())


def read(dialect: TtsDialect, *messages: dict[str, Any] | bytes) -> list[Piece]:
    frames: list[Frame] = [each if isinstance(each, bytes) else json.dumps(each) for each in messages]
    return [piece for frame in frames for piece in dialect.read(frame)]


# --- which clause a sound belongs to -------------------------------------------------------------


@pytest.mark.parametrize("make", [aura, flux])
def test_a_clause_is_spoken_and_then_complete(make: Callable[[], TtsDialect]) -> None:
    assert [json.loads(frame) for frame in make().speak("a", "Hello.")] == [
        {"type": "Speak", "text": "Hello."},
        {"type": "Flush"},
    ]


def test_aura_speaks_one_clause_after_the_other() -> None:
    dialect = aura()
    dialect.speak("a", "One.")
    dialect.speak("b", "Two.")
    pieces = read(dialect, {"type": "Metadata"}, b"1", b"2", FLUSHED, b"3", FLUSHED, b"4", FLUSHED)
    one, two = [Piece("a", b"1"), Piece("a", b"2"), Piece("a", last=True)], [Piece("b", b"3"), Piece("b", last=True)]
    assert pieces == one + two


def test_until_aura_is_silent_what_comes_is_of_the_clause_that_was_cut_off() -> None:
    dialect = aura()
    dialect.speak("a", "One.")
    assert dialect.cancel("a") == CLEAR
    dialect.speak("b", "Two.")
    pieces = read(dialect, b"1", FLUSHED, b"1", CLEARED, b"2", FLUSHED, CLEARED)
    assert pieces == [Piece("b", b"2"), Piece("b", last=True)]


def test_aura_may_be_silenced_again_before_it_is_silent() -> None:
    dialect = aura()
    for name in "ab":
        dialect.speak(name, "Words.")
        assert dialect.cancel(name) == CLEAR
    dialect.speak("c", "Three.")
    pieces = read(dialect, b"1", CLEARED, b"2", FLUSHED, CLEARED, b"3", FLUSHED)
    assert pieces == [Piece("c", b"3"), Piece("c", last=True)]


def test_a_clause_that_others_wait_behind_is_heard_out() -> None:
    dialect = aura()
    dialect.speak("a", "One.")
    dialect.speak("b", "Two.")
    assert dialect.cancel("a") == ()
    assert read(dialect, b"1", FLUSHED, b"2") == [Piece("a", b"1"), Piece("a", last=True), Piece("b", b"2")]
    assert dialect.cancel("a") == ()


def test_a_clause_too_many_for_a_minute_wants_another_connection() -> None:
    dialect = aura()
    dialect.speak("a", "One.")
    [piece] = read(dialect, {"type": "Warning", "code": "SOMETHING"}, WORN, b"1", FLUSHED)
    assert piece.context == "a"
    assert piece.error is not None
    assert piece.error.category is ErrorCategory.CONNECTION


def test_flux_speaks_one_turn_after_the_other() -> None:
    dialect = flux()
    dialect.speak("a", "One.")
    dialect.speak("b", "Two.")
    started, over = {"type": "SpeechStarted", "speech_id": "s"}, {"type": "SpeechMetadata", "speech_id": "s"}
    flushed = {"type": "Flushed", "speech_id": "s"}
    pieces = read(dialect, {"type": "Connected"}, started, flushed, b"1", over, started, b"2", over, b"3", over)
    assert pieces == [Piece("a", b"1"), Piece("a", last=True), Piece("b", b"2"), Piece("b", last=True)]


def test_flux_is_interrupted_in_the_active_turn_only() -> None:
    dialect = flux()
    dialect.speak("a", "One.")
    assert dialect.cancel("a") == INTERRUPT
    dialect.speak("b", "Two.")
    assert dialect.cancel("b") == ()
    interrupted = {"type": "SpeechInterrupted", "audio_played_ms": 100}
    pieces = read(dialect, b"1", interrupted, b"2")
    assert [piece.context for piece in pieces] == ["a", "a", "b"]
    assert dialect.cancel("a") == ()


@pytest.mark.parametrize("make", [aura, flux])
def test_an_error_is_told(make: Callable[[], TtsDialect]) -> None:
    with pytest.raises(ProviderError, match="Too long") as caught:
        read(make(), {"type": "Error", "code": "BIG-0000", "description": "Too long."})
    assert caught.value.category is ErrorCategory.INVALID_REQUEST


@pytest.mark.parametrize("make", [aura, flux])
@given(message=st.text() | st.binary() | st.sampled_from(["{}", "[]", "1", '{"type": []}', '{"type": "Warning"}']))
def test_whatever_comes_is_a_message_or_no_message(make: Callable[[], TtsDialect], message: str | bytes) -> None:
    with suppress(*NO_MESSAGE):
        list(make().read(message))


# --- against the stand-in ------------------------------------------------------------------------


def test_the_catalog_knows_which_model_speaks_how() -> None:
    assert isinstance(catalog.build(Role.TTS, Part(use="deepgram")), Aura)
    for model in catalog.provider("deepgram").of_role(Role.TTS):
        engine = catalog.build(Role.TTS, Part(use=f"deepgram/{model.name}"))
        assert isinstance(engine, FluxVoice if model.name.startswith("flux-") else Aura)


@pytest.mark.parametrize(
    ("use", "more", "query"),
    [
        (AURA, {}, {"model": "aura-2-thalia-en", "encoding": "linear16", "sample_rate": "24000"}),
        (AURA, {"speed": 1.2, "sample_rate": 16_000}, {"speed": "1.2", "sample_rate": "16000"}),
        (FLUX, {}, {"model": "flux-kit-en", "encoding": "linear16", "sample_rate": "24000"}),
        (FLUX, {"speed": 0.85, "expressivity": -1}, {"speed": "0.85", "expressivity": "-1"}),
    ],
)
async def test_what_is_set_reaches_the_vendor(use: str, more: dict[str, Any], query: dict[str, str]) -> None:
    async with service(Role.TTS, use, **more) as working:
        await working.engine.open()
        await working.engine.close()
    sent = dict(working.server.requests[0].query)
    assert sent | query == sent
    assert more or sent == query


@pytest.mark.parametrize(
    ("use", "wrong"),
    [
        (AURA, {"speed": 0.6}),
        (AURA, {"sample_rate": 44_100}),
        (AURA, {"expressivity": 1}),
        (FLUX, {"speed": 1.07}),
        (FLUX, {"expressivity": 3}),
    ],
)
def test_what_a_voice_cannot_do_is_refused(use: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(PresetError, match=next(iter(wrong))):
        catalog.settings(Role.TTS, Part.model_validate({"use": use, **wrong}))


@each
async def test_clauses_that_are_cut_off_one_after_the_other_leave_nothing_behind(use: str) -> None:
    async with service(Role.TTS, use) as working:
        await working.engine.open()
        whole = await say(working.engine, "Good morning.")
        for text in (TEXT * 3, "Short.", TEXT * 2):
            sounds = working.engine.speak(text)
            await anext(sounds)
            await sounds.aclose()
        assert np.array_equal(await say(working.engine, "Good morning."), whole)
        await working.engine.close()
        assert working.server.connections == 1


async def test_more_clauses_in_a_minute_than_aura_takes_go_over_another_connection() -> None:
    async with service(Role.TTS, AURA) as working:
        working.fake.flushes = 3
        await working.engine.open()
        voices = [await say(working.engine, "Good morning.") for _ in range(7)]
        assert all(np.array_equal(each, voices[0]) for each in voices)
        await working.engine.close()
        assert working.server.connections == 3


@each
async def test_what_the_vendor_reports_is_told_and_the_next_clause_is_spoken(use: str) -> None:
    async with service(Role.TTS, use) as working:
        working.fake.fails = {"type": "Error", "code": "DATA-0002", "description": "No such control."}
        await working.engine.open()
        with pytest.raises(ProviderError, match="No such control") as caught:
            await say(working.engine)
        assert caught.value.category is ErrorCategory.INVALID_REQUEST
        assert (await say(working.engine)).size
        await working.engine.close()


# --- voices --------------------------------------------------------------------------------------


@pytest.mark.parametrize("opened", [False, True])
async def test_voices_are_the_vendors_models_with_their_languages(opened: bool) -> None:
    async with service(Role.TTS, AURA) as working:
        if opened:
            await working.engine.open()
        assert await working.engine.voices() == [
            ("aura-2-celeste-es", "Celeste (es-CO)"),
            ("aura-2-thalia-en", "Thalia (en-US)"),
        ]
        await working.engine.close()
    [*_, request] = working.server.requests
    assert (request.method, request.path) == ("GET", "/v1/models")


async def test_voices_of_flux_are_the_catalogs_as_the_vendor_lists_none() -> None:
    async with service(Role.TTS, FLUX) as working:
        listed = await working.engine.voices()
    assert ("flux-kit-en", "Flux Kit") in listed
    assert all(name.startswith("flux-") for name, _ in listed)


@pytest.mark.parametrize(
    ("fault", "category"),
    [
        (Refuse(429, headers={"Retry-After": "3"}), ErrorCategory.RATE_LIMIT),
        (Refuse(200), ErrorCategory.BROKEN_ANSWER),
        (OnTheWire(stall_after=0), ErrorCategory.TIMEOUT),
        (OnTheWire(cut_after=40), ErrorCategory.CONNECTION),
    ],
    ids=["limited", "nonsense", "silent", "cut"],
)
@each
async def test_voices_that_cannot_be_listed_are_told(use: str, fault: Any, category: ErrorCategory) -> None:
    async with service(Role.TTS, use, **SHORT) as working:
        working.server.misbehave(fault)
        with pytest.raises(ProviderError) as caught:
            await working.engine.voices()
        assert caught.value.category is category
