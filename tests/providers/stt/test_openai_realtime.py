import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.errors import ErrorCategory, ProviderError
from studio.model.preset import Part, Role
from studio.model.terms import TranscriptKind
from studio.providers import catalog
from studio.providers.endpoint import endpoint
from studio.providers.stt.openai_realtime import RealtimeDialect, RealtimeSettings
from studio.providers.stt.socket import Heard, Partial, Segment
from tests.fakes.script import Script
from tests.providers.hosted import KEY, Caller, service

USE = "openai/gpt-realtime-whisper"
NO_MESSAGE = (ValueError, LookupError, TypeError, AttributeError)
"""What the socket takes for a broken answer."""
TRANSCRIPTION = "conversation.item.input_audio_transcription"
EMPTY = {"type": "error", "error": {"type": "invalid_request_error", "code": "input_audio_buffer_commit_empty"}}
CHUNK = bytes(24_000 * 32 // 1000 * 2)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def dialect(**settings: Any) -> RealtimeDialect:
    return RealtimeDialect(RealtimeSettings(provider="openai", **settings))


def read(to: RealtimeDialect, *messages: dict[str, Any]) -> list[Heard]:
    return [heard for message in messages for heard in to.read(json.dumps(message))]


def committed(item: str) -> dict[str, Any]:
    return {"type": "input_audio_buffer.committed", "item_id": item}


def delta(item: str, text: str | None) -> dict[str, Any]:
    return {"type": f"{TRANSCRIPTION}.delta", "item_id": item, "delta": text}


def completed(item: str, text: str) -> dict[str, Any]:
    return {"type": f"{TRANSCRIPTION}.completed", "item_id": item, "transcript": text}


def failed(item: str, **error: Any) -> dict[str, Any]:
    return {"type": f"{TRANSCRIPTION}.failed", "item_id": item, "error": {"type": "server_error", **error}}


def said(text: str) -> Segment:
    return Segment(text, answers=True)


def kinds(frames: Any) -> list[str]:
    return [json.loads(frame)["type"].removeprefix("input_audio_buffer.") for frame in frames]


@pytest.mark.parametrize(
    ("settings", "transcription"),
    [
        ({}, {"language": "en"}),
        ({"language": None}, {}),
        ({"delay": "low"}, {"language": "en", "delay": "low"}),
        ({"prompt": "A bakery."}, {"language": "en", "prompt": "A bakery."}),
        ({"keywords": ("Rome", "Como")}, {"language": "en", "keywords": ["Rome", "Como"]}),
    ],
)
def test_the_greeting_has_what_is_set_and_nothing_else(settings: dict[str, Any], transcription: dict[str, Any]) -> None:
    [greeting] = dialect(**settings).greeting()
    session = json.loads(greeting)["session"]
    assert session["type"] == "transcription"
    assert session["audio"]["input"] == {
        "format": {"type": "audio/pcm", "rate": 24_000},
        "transcription": {"model": "gpt-realtime-whisper", **transcription},
        "turn_detection": None,
        "noise_reduction": None,
    }


def test_noise_is_reduced_where_that_is_set() -> None:
    [greeting] = dialect(noise_reduction="far_field").greeting()
    assert json.loads(greeting)["session"]["audio"]["input"]["noise_reduction"] == {"type": "far_field"}


async def test_the_session_only_transcribes_and_its_address_holds_no_key() -> None:
    settings = catalog.settings(Role.STT, Part(use=USE))
    assert isinstance(settings, RealtimeSettings)
    asking = RealtimeDialect(settings)
    url = (await endpoint(settings)).socket_url(asking.path(), asking.query())
    assert url.startswith("wss://")
    assert url.endswith("/v1/realtime?intent=transcription")


def test_sound_goes_up_as_base64() -> None:
    message = json.loads(dialect().sound(b"\x01\x02"))
    assert (message["type"], base64.b64decode(message["audio"])) == ("input_audio_buffer.append", b"\x01\x02")


@pytest.mark.parametrize(("chunks", "padding"), [(0, 4), (1, 3), (3, 1), (4, 0), (40, 0)])
def test_what_is_too_short_to_be_committed_is_filled_up_with_silence(chunks: int, padding: int) -> None:
    asking = dialect()
    for _ in range(2):  # the second commit needs as much as the first
        for _ in range(chunks):
            asking.sound(CHUNK)
        frames = asking.paused()
        assert kinds(frames) == ["append"] * padding + ["commit"]
        assert not any(any(base64.b64decode(json.loads(frame)["audio"])) for frame in frames[:-1])


def test_words_grow_and_then_are_final() -> None:
    asking = dialect()
    asking.paused()
    assert read(
        asking,
        delta("a", "What"),
        delta("a", " is"),
        delta("a", None),
        committed("a"),
        completed("a", " What is it? "),
    ) == [Partial("What"), Partial("What is"), Partial("What is"), said("What is it?")]


@pytest.mark.parametrize(
    ("messages", "heard"),
    [
        ([completed("a", "One."), completed("b", "Two."), completed("c", "Three.")], ["One.", "Two.", "Three."]),
        ([completed("c", "Three."), completed("b", "Two."), completed("a", "One.")], ["One.", "Two.", "Three."]),
        ([completed("b", "Two."), completed("a", "One."), completed("c", "Three.")], ["One.", "Two.", "Three."]),
        ([completed("b", ""), completed("a", "One."), completed("c", "Three.")], ["One.", "", "Three."]),
        ([completed("b", "Two."), completed("c", "Three.")], []),
    ],
)
def test_items_that_are_finished_out_of_order_are_said_in_order(messages: list[Any], heard: list[str]) -> None:
    asking = dialect()
    for _ in range(3):
        asking.paused()
    read(asking, committed("a"), committed("b"), committed("c"))
    assert read(asking, *messages) == [said(text) for text in heard]


def test_a_commit_of_nothing_is_answered_by_nothing() -> None:
    asking = dialect()
    asking.paused()
    asking.paused()
    assert read(asking, committed("a"), EMPTY, completed("a", "One.")) == [said(""), said("One.")]


def test_what_is_said_late_of_a_turn_that_is_over_is_dropped() -> None:
    asking = dialect()
    asking.paused()
    read(asking, committed("a"))
    asking.paused()  # the vendor has not said yet which item this is
    asking.turn_committed()
    asking.paused()
    assert read(asking, committed("b"), committed("c")) == []
    assert read(asking, delta("b", "Old"), delta("c", "New")) == [Partial("New")]
    assert read(asking, completed("a", "Old."), completed("c", "New."), completed("b", "Old.")) == [said("New.")]


def test_what_is_being_said_when_a_turn_ends_is_about_the_next_one() -> None:
    asking = dialect()
    read(asking, delta("a", "And"))
    asking.turn_committed()
    asking.paused()
    assert read(asking, committed("a"), completed("a", "And now?")) == [said("And now?")]


def test_an_empty_commit_of_a_turn_that_is_over_answers_nobody() -> None:
    asking = dialect()
    asking.paused()
    asking.turn_committed()
    asking.paused()
    assert read(asking, EMPTY, committed("a"), completed("a", "New.")) == [said("New.")]


def test_an_item_that_cannot_be_transcribed_is_told() -> None:
    asking = dialect()
    asking.paused()
    read(asking, committed("a"))
    with pytest.raises(ProviderError, match="No luck") as caught:
        read(asking, failed("a", code=None, message="No luck."))
    assert caught.value.category is ErrorCategory.SERVER


def test_a_noise_without_words_is_an_answer_and_no_failure() -> None:
    asking = dialect()
    asking.paused()
    asking.paused()
    noise = failed("b", type="transcription_error", code="audio_unintelligible", message="It could not be transcribed.")
    assert read(asking, committed("a"), committed("b"), noise, completed("a", "One.")) == [said("One."), said("")]


def test_an_item_that_failed_for_a_turn_that_is_over_keeps_nobody_waiting() -> None:
    asking = dialect()
    asking.paused()
    read(asking, committed("a"))
    asking.turn_committed()
    asking.paused()
    read(asking, committed("b"))
    assert read(asking, completed("b", "New."), failed("a")) == [said("New.")]


@pytest.mark.parametrize(
    "kind", ["session.created", "session.updated", "conversation.item.added", "input_audio_buffer.cleared", "new"]
)
def test_what_is_not_about_words_is_passed_over(kind: str) -> None:
    assert read(dialect(), {"type": kind, "event_id": "e"}) == []


@pytest.mark.parametrize(
    ("code", "kind", "category"),
    [
        ("invalid_api_key", "invalid_request_error", ErrorCategory.AUTHENTICATION),
        (None, "authentication_error", ErrorCategory.AUTHENTICATION),
        ("insufficient_quota", "insufficient_quota", ErrorCategory.QUOTA),
        ("rate_limit_exceeded", "invalid_request_error", ErrorCategory.RATE_LIMIT),
        ("session_expired", "invalid_request_error", ErrorCategory.CONNECTION),
        ("invalid_value", "invalid_request_error", ErrorCategory.INVALID_REQUEST),
        (None, "invalid_request_error", ErrorCategory.INVALID_REQUEST),
        (None, "server_error", ErrorCategory.SERVER),
        (None, None, ErrorCategory.SERVER),
    ],
)
def test_an_error_is_told_for_what_it_is(code: str | None, kind: str | None, category: ErrorCategory) -> None:
    error = {"type": kind, "code": code, "message": "Something is\nwrong."}
    with pytest.raises(ProviderError) as caught:
        read(dialect(), {"type": "error", "error": error})
    sentence = str(caught.value)
    assert caught.value.category is category
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert ("Something is wrong" in sentence) is (category is not ErrorCategory.AUTHENTICATION)


def test_what_the_vendor_repeats_of_a_key_is_not_repeated() -> None:
    error = {"type": "invalid_request_error", "code": "invalid_api_key", "message": f"Incorrect API key: {KEY}."}
    with pytest.raises(ProviderError, match="check the key in OPENAI_API_KEY") as caught:
        read(dialect(), {"type": "error", "error": error})
    assert KEY not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.text() | st.binary() | st.builds(json.dumps, JSON))
def test_whatever_comes_is_a_message_or_no_message(message: str | bytes) -> None:
    with suppress(*NO_MESSAGE):
        list(dialect().read(message))


@pytest.mark.parametrize("wrong", [{"delay": "none"}, {"noise_reduction": "off"}, {"final_timeout_s": 0}])
def test_what_it_cannot_do_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RealtimeSettings(**wrong)


@pytest.mark.parametrize(
    ("model", "settings"),
    [("gpt-realtime-whisper", {"prompt": "A bakery."}), ("gpt-4o-transcribe", {"delay": "low"})],
)
async def test_what_a_model_does_not_take_is_told_before_the_call(model: str, settings: dict[str, Any]) -> None:
    async with service(Role.STT, f"openai/{model}", **settings) as working:
        with pytest.raises(ProviderError, match="not supported") as caught:
            await working.engine.open()
        await working.engine.close()
    assert caught.value.category is ErrorCategory.INVALID_REQUEST


async def test_two_pauses_whose_words_overtake_each_other_end_in_order() -> None:
    async with service(Role.STT, USE, Script(final_s=0.02)) as working:
        working.fake.audio.transcribing.late_s.extend([0.15, 0.0])
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        await caller.utter()
        await caller.go_on()
        *before, end = await caller.end()
        assert end.text == working.fake.script.utterances[0]
        assert not [each for each in before if each.kind is TranscriptKind.END]
        await caller.close()
        await working.engine.close()


async def test_words_that_come_after_their_turn_neither_answer_nor_delay_the_next_one() -> None:
    async with service(Role.STT, USE, Script(final_s=0.02), final_timeout_s=0.2) as working:
        working.fake.audio.transcribing.late_s.append(60.0)
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        await caller.utter()
        *_, end = await caller.end()
        first, second = working.fake.script.utterances[:2]
        assert first.startswith(end.text)
        assert end.text != first
        caller.stream.turn_committed()
        await caller.utter()
        *_, end = await caller.end()
        assert end.text == second
        await caller.close()
        await working.engine.close()


async def test_a_transcription_that_fails_in_a_call_is_told() -> None:
    async with service(Role.STT, USE) as working:
        working.fake.audio.transcribing.fails = 1
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        await caller.utter()
        with pytest.raises(ProviderError, match="transcription failed") as caught:
            await caller.end()
        assert caught.value.category is ErrorCategory.SERVER
        await caller.close()
        await working.engine.close()
