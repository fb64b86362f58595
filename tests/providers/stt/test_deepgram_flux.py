import json
from contextlib import suppress
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
from studio.providers.stt.deepgram_flux import FluxDialect, FluxSettings
from studio.providers.stt.socket import GoesOn, Heard, MaybeOver, Partial, Segment, SpeechHeard
from tests.providers.hosted import KEY, Caller, service

USE = "deepgram/flux-general-en"
NO_MESSAGE = (ValueError, LookupError, TypeError, AttributeError)
"""What the socket takes for a broken answer."""


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", KEY)


def turn(event: str, text: str, **more: Any) -> dict[str, Any]:
    words = [
        {"word": word, "confidence": 0.5 + index / 4, "start": index / 8, "end": index / 8 + 0.0625}
        for index, word in enumerate(text.split())
    ]
    return {"type": "TurnInfo", "event": event, "turn_index": 0, "transcript": text, "words": words, **more}


def read(*messages: dict[str, Any]) -> list[Heard]:
    dialect = FluxDialect(FluxSettings())
    return [heard for message in messages for heard in dialect.read(json.dumps(message))]


def timed(text: str) -> tuple[TimedWord, ...]:
    return tuple(TimedWord(word, 125.0 * index, 125.0 * index + 62.5) for index, word in enumerate(text.split()))


def test_a_turn_is_followed_from_its_beginning_to_its_end() -> None:
    assert read(
        {"type": "Connected", "request_id": "r", "sequence_id": 0},
        turn("Update", ""),
        turn("StartOfTurn", "The"),
        turn("Update", "The"),
        turn("Update", "The capital"),
        turn("EagerEndOfTurn", "The capital"),
        turn("TurnResumed", "The capital of"),
        turn("EndOfTurn", "The capital of", trigger="model"),
        turn("Update", ""),
        turn("StartOfTurn", "The"),
    ) == [
        SpeechHeard(),
        Partial("The", timed("The")),
        Partial("The capital", timed("The capital")),
        MaybeOver("The capital"),
        GoesOn(),
        Partial("The capital of", timed("The capital of")),
        Segment("The capital of", timed("The capital of"), 0.75, ends_turn=True),
        SpeechHeard(),
        Partial("The", timed("The")),
    ]


@pytest.mark.parametrize(
    ("trigger", "answers"), [("manual", True), ("model", False), ("timeout", False), ("whim", False), (None, False)]
)
def test_an_end_is_an_answer_if_it_was_forced(trigger: str | None, answers: bool) -> None:
    [heard] = read(turn("EndOfTurn", "Rome", **({"trigger": trigger} if trigger else {})))
    assert isinstance(heard, Segment)
    assert (heard.answers, heard.ends_turn) == (answers, True)


def test_words_may_have_no_times_and_a_turn_no_words() -> None:
    message = turn("EndOfTurn", "Rome", trigger="manual")
    message["words"] = [{"word": "Rome", "confidence": 0.25}]
    assert read(message) == [Segment("Rome", (), 0.25, answers=True, ends_turn=True)]
    assert read(turn("EndOfTurn", "", trigger="manual")) == [Segment("", (), None, answers=True, ends_turn=True)]


def test_a_warning_is_no_answer_for_words_may_still_come() -> None:
    code = "FORCE_END_TURN_NO_ACTIVE_TURN"
    assert read({"type": "Warning", "code": code, "description": "Ignored."}, {"type": "Something new"}) == []


def test_an_error_is_told() -> None:
    with pytest.raises(ProviderError, match="Broken") as caught:
        read({"type": "Error", "sequence_id": 4, "code": "INTERNAL_SERVER_ERROR", "description": "Broken."})
    assert caught.value.category is ErrorCategory.SERVER


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


ENDS = st.builds(lambda text, words: turn("EndOfTurn", "") | {"transcript": text, "words": words}, JSON, JSON)


@given(st.text() | st.binary() | st.builds(json.dumps, JSON | ENDS))
def test_whatever_comes_is_a_message_or_no_message(message: str | bytes) -> None:
    with suppress(*NO_MESSAGE):
        list(FluxDialect(FluxSettings()).read(message))


async def test_what_is_set_reaches_the_vendor_and_each_hint_by_itself() -> None:
    part = Part.model_validate(
        {
            "use": "deepgram/flux-general-multi",
            "eot_threshold": 0.8,
            "eager_eot_threshold": 0.5,
            "eot_timeout_ms": 3000,
            "keyterms": ["Rome", "Como"],
            "language_hints": ["it", "en"],
        }
    )
    settings = catalog.settings(Role.STT, part)
    assert isinstance(settings, FluxSettings)
    dialect = FluxDialect(settings)
    url = (await endpoint(settings)).socket_url(dialect.path(), dialect.query())
    assert url.partition("?")[0].endswith("/v2/listen")
    assert sorted(url.partition("?")[2].split("&")) == [
        "eager_eot_threshold=0.5", "encoding=linear16", "eot_threshold=0.8", "eot_timeout_ms=3000", "keyterm=Como",
        "keyterm=Rome", "language_hint=en", "language_hint=it", "model=flux-general-multi", "sample_rate=16000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"eot_threshold": 0.4}, "eot_threshold"),
        ({"eager_eot_threshold": 0.2}, "eager_eot_threshold"),
        ({"eot_timeout_ms": 100}, "eot_timeout_ms"),
        ({"eot_threshold": 0.5, "eager_eot_threshold": 0.6}, "must not be above"),
    ],
)
def test_what_flux_cannot_do_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(PresetError, match=said):
        catalog.settings(Role.STT, Part.model_validate({"use": USE, **wrong}))


async def test_a_turn_that_goes_on_after_an_early_end_ends_once() -> None:
    async with service(Role.STT, USE) as working:
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        await caller.push(700, loud=False)
        await caller.push(1200, loud=True)
        await caller.push(400, loud=False)
        await caller.push(600, loud=True)
        await caller.push(1000, loud=False)
        said = await caller.end()
        await caller.close()
        await working.engine.close()
    kinds = [each.kind for each in said if each.kind is not TranscriptKind.INTERIM]
    assert kinds == [
        TranscriptKind.SPEECH_START,
        TranscriptKind.EAGER_END,
        TranscriptKind.RESUME,
        TranscriptKind.EAGER_END,
        TranscriptKind.END,
    ]
    assert said[-1].trigger is Trigger.VENDOR
    assert said[-1].confidence == pytest.approx(0.9)


async def test_a_pause_after_a_noise_without_words_is_answered_with_none() -> None:
    async with service(Role.STT, USE, final_timeout_s=0.1) as working:
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        await caller.push(320, loud=False)
        caller.stream.speech_started()
        await caller.push(320, loud=False)
        caller.stream.speech_paused()
        [end] = await caller.end()
        assert (end.kind, end.text, end.trigger) == (TranscriptKind.END, "", None)
        await caller.close()
        await working.engine.close()
    assert "ForceEndTurn" not in str(working.server.failures)
