import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, PresetError, ProviderError
from studio.model.preset import Part, Role
from studio.model.terms import TranscriptKind, Trigger
from studio.providers import catalog
from studio.providers.endpoint import endpoint
from studio.providers.stt.assemblyai import UniversalDialect, UniversalSettings
from studio.providers.stt.socket import Heard, Partial, Segment, SpeechHeard
from tests.providers.hosted import KEY, Caller, service

USE = "assemblyai/universal-streaming-english"
NO_MESSAGE = (ValueError, LookupError, TypeError, AttributeError)
"""What the socket takes for a broken answer."""


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", KEY)


def turn(number: int, words: str, ends: bool = False) -> dict[str, Any]:
    timed = [
        {"text": word, "start": 100 * index, "end": 100 * index + 90, "confidence": 0.5, "word_is_final": True}
        for index, word in enumerate(words.split())
    ]
    about = {"turn_is_formatted": False, "end_of_turn_confidence": 0.5}
    return {"type": "Turn", "turn_order": number, "end_of_turn": ends, "transcript": words, "words": timed, **about}


def read(dialect: UniversalDialect, *messages: dict[str, Any]) -> list[Heard]:
    return [heard for message in messages for heard in dialect.read(json.dumps(message))]


def texts(heard: list[Heard]) -> list[str]:
    return [each.text for each in heard if isinstance(each, Partial | Segment)]


def test_unless_set_everything_is_left_to_the_vendor_but_formatting() -> None:
    assert UniversalDialect(UniversalSettings()).query() == {
        "sample_rate": 16_000,
        "encoding": "pcm_s16le",
        "speech_model": "universal-streaming-english",
        "format_turns": False,
    }


async def test_what_is_set_reaches_the_vendor() -> None:
    chosen: dict[str, Any] = {
        "end_of_turn_confidence_threshold": 0.95,
        "min_turn_silence": 100,
        "max_turn_silence": 900,
        "vad_threshold": 0.3,
        "keyterms": ["Rome", "São Paulo"],
        "languages": ["en", "pt"],
        "mode": "balanced",
        "prompt": "A call to a restaurant.",
    }
    async with service(Role.STT, USE, **chosen) as working:
        await working.engine.open()
        await working.engine.close()
        [asked] = working.server.requests
    assert asked.query == {
        "sample_rate": "16000",
        "encoding": "pcm_s16le",
        "speech_model": "universal-streaming-english",
        "format_turns": "false",
        "end_of_turn_confidence_threshold": "0.95",
        "min_turn_silence": "100",
        "max_turn_silence": "900",
        "vad_threshold": "0.3",
        "keyterms_prompt": '["Rome", "S\\u00e3o Paulo"]',
        "language_codes": '["en", "pt"]',
        "mode": "balanced",
        "prompt": "A call to a restaurant.",
    }


@pytest.mark.parametrize("wrong", [{"mode": "fast"}, {"vad_threshold": 2.0}, {"min_turn_silence": -1}])
def test_what_the_vendor_would_refuse_is_told_with_the_preset(wrong: dict[str, Any]) -> None:
    [name] = wrong
    with pytest.raises(PresetError, match=name):
        catalog.settings(Role.STT, Part.model_validate({"use": USE, **wrong}))


def test_a_turn_grows_and_ends_with_its_words() -> None:
    dialect = UniversalDialect(UniversalSettings())
    heard = read(dialect, {"type": "Begin"}, turn(0, "what"), turn(0, "what is"), turn(0, "what is it", ends=True))
    words = (TimedWord("what", 0, 90), TimedWord("is", 100, 190), TimedWord("it", 200, 290))
    assert heard == [
        Partial("what", words[:1]),
        Partial("what is", words[:2]),
        Segment("what is it", words, 0.5, ends_turn=True),
    ]


def test_the_beginning_of_speech_is_told_and_what_is_for_the_curious_is_not() -> None:
    dialect = UniversalDialect(UniversalSettings())
    others = ("Begin", "Heartbeat", "Silence", "Warning", "SpeakerRevision", "Termination", "NewOne")
    assert read(dialect, *({"type": kind} for kind in others)) == []
    assert read(dialect, {"type": "SpeechStarted", "timestamp": 10}) == [SpeechHeard()]


def test_a_turn_that_ends_twice_ends_once() -> None:
    dialect = UniversalDialect(UniversalSettings())
    assert texts(read(dialect, turn(0, "hello", ends=True), turn(0, "Hello.", ends=True))) == ["hello"]


def test_words_of_a_turn_that_is_over_are_not_said_again() -> None:
    dialect = UniversalDialect(UniversalSettings())
    read(dialect, turn(0, "one two"))
    dialect.turn_committed()
    assert texts(read(dialect, turn(0, "one two"), turn(0, "one two three", ends=True))) == ["three"]
    read(dialect, turn(1, "four"))
    dialect.turn_committed()
    assert read(dialect, turn(1, "four", ends=True)) == []
    assert texts(read(dialect, turn(2, "five", ends=True))) == ["five"]


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.booleans()), max_size=20))
def test_every_word_belongs_to_one_turn(steps: list[tuple[int, bool, bool]]) -> None:
    """A step: so many more words, whether the vendor's turn ends with them, whether the conversation's does then."""
    dialect = UniversalDialect(UniversalSettings())
    number, so_far, count, said = 0, list[str](), 0, list[str]()
    segments, partial = list[str](), ""
    for more, ends, commits in steps:
        so_far += [f"w{count + index}" for index in range(more)]
        count += more
        for heard in read(dialect, turn(number, " ".join(so_far), ends)):
            assert isinstance(heard, Partial | Segment)
            segments, partial = ([*segments, heard.text], "") if ends else (segments, heard.text)
        number, so_far = (number + 1, []) if ends else (number, so_far)
        if commits:
            said += [*segments, partial]
            segments, partial = [], ""
            dialect.turn_committed()
    assert " ".join([*said, *segments, partial]).split() == [f"w{index}" for index in range(count)]


@pytest.mark.parametrize(
    ("code", "words", "category"),
    [
        (1008, "Unauthorized Connection: Missing Authorization header", ErrorCategory.AUTHENTICATION),
        (1008, "Unauthorized Connection: Too many concurrent sessions", ErrorCategory.RATE_LIMIT),
        (4001, "Not authorized", ErrorCategory.AUTHENTICATION),
        (4002, "Insufficient funds", ErrorCategory.QUOTA),
        (3009, "Too many concurrent sessions", ErrorCategory.RATE_LIMIT),
        (4029, "Client sent audio too fast", ErrorCategory.RATE_LIMIT),
        (3005, "Session cancelled: an error occurred", ErrorCategory.SERVER),
        (3008, "Session expired: maximum session duration exceeded", ErrorCategory.CONNECTION),
        (3007, "Input duration violation", ErrorCategory.INVALID_REQUEST),
        (None, "Something else", ErrorCategory.INVALID_REQUEST),
    ],
)
def test_an_error_is_told_for_what_it_is(code: int | None, words: str, category: ErrorCategory) -> None:
    dialect = UniversalDialect(UniversalSettings())
    for message in ({"type": "Error", "error_code": code, "error": words}, {"error": words, "error_code": code}):
        with pytest.raises(ProviderError) as caught:
            read(dialect, message)
        assert caught.value.category is category
        assert str(caught.value).endswith(".")


@pytest.mark.parametrize("garbage", ["{", "{}", "[]", "7", '{"type": "Turn"}', '{"type": "Error"}'])
def test_what_is_no_message_is_an_error(garbage: str) -> None:
    with pytest.raises(NO_MESSAGE):
        list(UniversalDialect(UniversalSettings()).read(garbage))


async def test_a_session_is_terminated_so_that_it_costs_no_more() -> None:
    async with service(Role.STT, USE) as working:
        await working.use()
        await asyncio.sleep(0.02)
        assert working.fake.terminated == 1


async def test_a_pause_after_no_words_is_answered_although_the_vendor_says_nothing() -> None:
    async with service(Role.STT, USE, final_timeout_s=0.1) as working:
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        for _ in range(2):
            caller.stream.speech_started()
            await caller.push(200, loud=False)
            caller.stream.speech_paused()
            [end] = await caller.end()
            assert (end.kind, end.text, end.trigger) == (TranscriptKind.END, "", None)
            caller.stream.turn_committed()
        await caller.utter()
        *_, end = await caller.end()
        assert end.text == working.fake.script.utterances[0]
        await caller.close()
        await working.engine.close()


async def test_the_vendor_ends_a_turn_sooner_where_it_may() -> None:
    async with service(Role.STT, USE, min_turn_silence=160) as working:
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        await caller.push(700, loud=False)
        caller.stream.speech_started()
        await caller.push(1200, loud=True)
        await caller.push(300, loud=False)
        *_, end = await caller.end()
        assert (end.text, end.trigger) == (working.fake.script.utterances[0], Trigger.VENDOR)
        assert end.confidence == pytest.approx(0.98)
        await caller.close()
        await working.engine.close()


async def test_an_error_ends_the_stream_before_the_connection_does() -> None:
    async with service(Role.STT, USE) as working:
        working.fake.fails = (3009, "Too many concurrent sessions")
        with pytest.raises(ProviderError, match="Too many concurrent sessions") as caught:
            await working.use()
        assert caught.value.category is ErrorCategory.RATE_LIMIT


@pytest.mark.parametrize(("sent", "status"), [(KEY, 200), ("another", 401)])
async def test_a_key_is_checked_with_one_request(sent: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", sent)
    async with service(Role.STT, USE) as working:
        settings = UniversalSettings(provider="assemblyai", base_url=working.server.url())
        async with (await endpoint(settings)).http() as client:
            assert (await client.get(catalog.provider("assemblyai").check)).status_code == status
