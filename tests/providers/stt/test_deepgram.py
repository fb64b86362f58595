import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, PresetError, ProviderError
from studio.model.preset import Part, Role
from studio.model.terms import TranscriptKind
from studio.providers import catalog
from studio.providers.endpoint import endpoint
from studio.providers.stt.deepgram import NovaDialect, NovaSettings
from studio.providers.stt.socket import Heard, Partial, Segment, SpeechHeard
from tests.providers.hosted import KEY, SHORT, Caller, service

USE = "deepgram/nova-3"
NO_MESSAGE = (ValueError, LookupError, TypeError, AttributeError)
"""What the socket takes for a broken answer."""


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", KEY)


def results(text: str, **flags: Any) -> dict[str, Any]:
    words = [{"word": "rome", "punctuated_word": "Rome.", "start": 1.5, "end": 1.75, "confidence": 0.5}] if text else []
    best = {"transcript": text, "confidence": 0.5, "words": words}
    return {"type": "Results", "channel": {"alternatives": [best]}, "is_final": False, **flags}


def read(message: Any) -> list[Heard]:
    return list(NovaDialect(NovaSettings()).read(json.dumps(message)))


WORDS = (TimedWord("Rome.", 1500, 1750),)


@pytest.mark.parametrize(
    ("message", "heard"),
    [
        (results("Rome."), [Partial("Rome.", WORDS)]),
        (results("Rome.", is_final=True, speech_final=True), [Segment("Rome.", WORDS, 0.5)]),
        (results("Rome.", is_final=True, from_finalize=True), [Segment("Rome.", WORDS, 0.5, answers=True)]),
        (results("", is_final=True, from_finalize=True), [Segment("", (), 0.5, answers=True)]),
        ({"type": "SpeechStarted", "channel": [0], "timestamp": 1.2}, [SpeechHeard()]),
        ({"type": "UtteranceEnd", "channel": [0], "last_word_end": 1.2}, []),
        ({"type": "Metadata", "request_id": "r"}, []),
    ],
)
def test_what_nova_says_is_understood(message: Any, heard: list[Heard]) -> None:
    assert read(message) == heard


def test_a_word_without_punctuation_is_taken_as_it_is() -> None:
    message = results("rome")
    del message["channel"]["alternatives"][0]["words"][0]["punctuated_word"]
    [heard] = read(message)
    assert isinstance(heard, Partial)
    assert heard.words[0].text == "rome"


def test_an_error_is_told() -> None:
    with pytest.raises(ProviderError, match="Not that") as caught:
        read({"type": "Error", "variant": "SchemaError", "description": "Not that."})
    assert caught.value.category is ErrorCategory.INVALID_REQUEST


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.text() | st.binary() | st.builds(json.dumps, JSON))
def test_whatever_comes_is_a_message_or_no_message(message: str | bytes) -> None:
    with suppress(*NO_MESSAGE):
        list(NovaDialect(NovaSettings()).read(message))


async def test_what_is_set_reaches_the_vendor_and_each_term_by_itself() -> None:
    part = Part.model_validate(
        {"use": USE, "language": "multi", "keyterms": ["Rome", "Lake Como"], "smart_format": True}
    )
    settings = catalog.settings(Role.STT, part)
    assert isinstance(settings, NovaSettings)
    dialect = NovaDialect(settings)
    url = (await endpoint(settings)).socket_url(dialect.path(), dialect.query())
    assert url.endswith("&keyterm=Rome&keyterm=Lake+Como")
    for each in ("/v1/listen?model=nova-3&", "language=multi", "smart_format=true", "sample_rate=16000"):
        assert each in url


async def test_without_terms_none_are_sent() -> None:
    async with service(Role.STT, USE) as working:
        await working.engine.open()
        await working.engine.close()
    query = working.server.requests[0].query
    assert "keyterm" not in query
    assert (query["model"], query["encoding"], query["interim_results"]) == ("nova-3", "linear16", "true")


@pytest.mark.parametrize("wrong", [{"keyterms": "Rome"}, {"language": 7}, {"final_timeout_s": 0}])
def test_what_nova_cannot_do_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(PresetError, match=next(iter(wrong))):
        catalog.settings(Role.STT, Part.model_validate({"use": USE, **wrong}))


async def test_a_pause_that_nova_is_silent_about_takes_what_is_known() -> None:
    async with service(Role.STT, USE, final_timeout_s=0.1, **SHORT) as working:
        working.fake.answers_finalize = False
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        await caller.utter(2000)
        *_, end = await caller.end()
        assert end.kind is TranscriptKind.END
        assert working.fake.script.utterances[0].startswith(end.text)
        assert end.text
        await caller.close()
        await working.engine.close()


async def test_what_nova_reports_in_the_middle_of_a_call_is_told() -> None:
    async with service(Role.STT, USE) as working:
        working.fake.fails = {"type": "Error", "variant": "Overloaded", "description": "Too much."}
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        await caller.utter()
        with pytest.raises(ProviderError, match="Too much") as caught:
            await caller.end()
        assert caught.value.category is ErrorCategory.SERVER
        await caller.close()
        await working.engine.close()
