import asyncio
import base64
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.terms import TranscriptKind
from studio.providers.stt.elevenlabs import Scribe, ScribeDialect, ScribeSettings
from studio.providers.stt.socket import Heard, Partial, Segment
from tests.fakes.elevenlabs import ElevenLabs
from tests.fakes.script import Script
from tests.fakes.server import Answer, FakeServer, Refuse, Request, Socket
from tests.providers.hosted import Caller

QUICK = Script(final_s=0.02)
SETTINGS = ScribeSettings(provider="elevenlabs", word_times=False)
TIMED = ScribeSettings(provider="elevenlabs")
LOUD = (np.sin(np.arange(512) / 5) * 9000).astype("<i2").tobytes()
QUIET = bytes(1024)


def scribe(server: FakeServer, **settings: Any) -> Scribe:
    return Scribe(ScribeSettings.model_validate({"provider": "elevenlabs", "base_url": server.url(), **settings}))


def read(dialect: ScribeDialect, kind: str, **content: Any) -> list[Heard]:
    return list(dialect.read(json.dumps({"message_type": kind, **content})))


def committed(dialect: ScribeDialect, text: str) -> list[Heard]:
    return read(dialect, "committed_transcript", text=text)


def timed(dialect: ScribeDialect, text: str, words: list[dict[str, Any]] | None) -> list[Heard]:
    return read(dialect, "committed_transcript_with_timestamps", text=text, words=words)


def word(text: str, start: float | None, end: float | None, **more: Any) -> dict[str, Any]:
    return {"text": text, "start": start, "end": end, "type": "word", **more}


def commits(frame: str | bytes) -> bool:
    return bool(json.loads(frame)["commit"])


# --- what is sent --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "query"),
    [
        ({}, {"include_timestamps": True, "language_code": "en"}),
        ({"word_times": False, "language": ""}, {"include_timestamps": False}),
        ({"keyterms": ["Zorblat"]}, {"include_timestamps": True, "language_code": "en", "keyterms": ("Zorblat",)}),
        ({"verbatim": False}, {"include_timestamps": True, "language_code": "en", "no_verbatim": True}),
    ],
)
def test_settings_are_in_the_query(settings: dict[str, Any], query: dict[str, Any]) -> None:
    always = {"model_id": "scribe_v2_realtime", "audio_format": "pcm_16000", "commit_strategy": "manual"}
    assert ScribeDialect(ScribeSettings.model_validate(settings)).query() == always | query


def test_sound_is_sent_as_it_is() -> None:
    frame = json.loads(ScribeDialect(SETTINGS).sound(LOUD))
    assert base64.b64decode(frame.pop("audio_base_64")) == LOUD
    assert frame == {"message_type": "input_audio_chunk", "commit": False, "sample_rate": 16_000}


@pytest.mark.parametrize(("chunks", "silence_ms"), [(0, 350), (1, 318), (10, 30), (11, 0), (40, 0)])
def test_a_commit_comes_with_as_much_silence_as_it_takes_to_be_let_through(chunks: int, silence_ms: int) -> None:
    dialect = ScribeDialect(SETTINGS)
    for _ in range(chunks):
        dialect.sound(LOUD)
    [frame] = dialect.paused()
    assert commits(frame)
    assert base64.b64decode(json.loads(frame)["audio_base_64"]) == bytes(silence_ms * 32)


def test_a_long_speech_is_committed_in_its_midst_and_a_longer_silence_at_once() -> None:
    dialect = ScribeDialect(SETTINGS)
    speech = [commits(dialect.sound(LOUD)) for _ in range(1000)]
    assert [index for index, commit in enumerate(speech) if commit] == [937]
    silence = [commits(dialect.sound(QUIET)) for _ in range(1000)]
    assert [index for index, commit in enumerate(silence) if commit] == [562]


# --- what is read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "content", "heard"),
    [
        ("session_started", {"session_id": "s", "config": {}}, []),
        ("warning", {"warning": "careful"}, []),
        ("committed_transcript_entities", {"text": "x", "entities": []}, []),
        ("partial_transcript", {"text": " What is "}, [Partial("What is")]),
        ("partial_transcript", {"text": ""}, []),
        ("committed_transcript", {"text": "What is it?"}, [Segment("What is it?")]),
        ("committed_transcript", {"text": ""}, []),
    ],
)
def test_messages_mean_what_they_mean(kind: str, content: dict[str, Any], heard: list[Heard]) -> None:
    assert read(ScribeDialect(SETTINGS), kind, **content) == heard


@pytest.mark.parametrize("message", ["hello", "[]", "7", '"error"', "{}", '{"message_type": "partial_transcript"}'])
def test_what_is_no_message_is_no_words(message: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        list(ScribeDialect(SETTINGS).read(message))


def test_the_answer_to_a_pause_may_be_empty() -> None:
    dialect = ScribeDialect(TIMED)
    dialect.paused()
    assert committed(dialect, "") == [Segment("", answers=True)]


def test_what_the_vendor_says_again_after_a_commit_is_dropped_once() -> None:
    dialect = ScribeDialect(SETTINGS)
    dialect.paused()
    committed(dialect, "No.")
    assert read(dialect, "partial_transcript", text="No.") == []
    assert read(dialect, "partial_transcript", text="No.") == [Partial("No.")]


def test_times_of_words_are_waited_for() -> None:
    dialect = ScribeDialect(TIMED)
    dialect.paused()
    assert committed(dialect, "Hi there.") == [Partial("Hi there.")]
    words = [word("Hi", 0.2, 0.4, logprob=-0.1), {"text": " ", "type": "spacing"}, word("there.", 0.5, 0.9, logprob=0)]
    [segment] = timed(dialect, "Hi there.", words)
    assert isinstance(segment, Segment)
    assert (segment.text, segment.answers) == ("Hi there.", True)
    assert segment.words == (TimedWord("Hi", 200, 400), TimedWord("there.", 500, 900))
    assert segment.confidence == pytest.approx(0.951, abs=0.001)


@pytest.mark.parametrize("words", [None, [], [word("Hi.", None, None)]])
def test_words_without_times_are_words(words: list[dict[str, Any]] | None) -> None:
    dialect = ScribeDialect(TIMED)
    dialect.paused()
    committed(dialect, "Hi.")
    assert timed(dialect, "Hi.", words) == [Segment("Hi.", answers=True)]


def test_words_whose_times_never_come_are_given_before_the_next() -> None:
    dialect = ScribeDialect(TIMED)
    dialect.paused()
    dialect.paused()
    committed(dialect, "One.")
    assert committed(dialect, "Two.") == [Segment("One.", answers=True), Partial("Two.")]
    assert timed(dialect, "Two.", []) == [Segment("Two.", answers=True)]
    assert timed(dialect, "Two.", []) == []


def test_silence_that_was_put_in_moves_no_word() -> None:
    dialect = ScribeDialect(TIMED)
    dialect.paused()  # 350 ms that nobody was silent for
    committed(dialect, "")
    for _ in range(20):
        dialect.sound(LOUD)
    dialect.paused()
    committed(dialect, "Hi.")
    [segment] = timed(dialect, "Hi.", [word("Hi.", 0.55, 0.75)])
    assert isinstance(segment, Segment)
    [spoken] = segment.words
    assert (spoken.start_ms, spoken.end_ms) == pytest.approx((200, 400))


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["pause", "long", "vendor"]), max_size=8), st.booleans())
def test_every_pause_has_one_answer_whoever_else_commits(commits_of: list[str], at_once: bool) -> None:
    dialect = ScribeDialect(SETTINGS)
    heard: list[Heard] = []
    waiting: list[str] = []
    for index, who in enumerate(commits_of):
        if who == "vendor" and not waiting:  # else its place in the order is not known
            heard += committed(dialect, f"{who} {index}")
        elif who == "pause":
            dialect.paused()
            waiting.append(f"{who} {index}")
        elif who == "long":
            assert commits(dialect.sound(LOUD * 940))
            waiting.append(f"{who} {index}")
        while at_once and waiting:
            heard += committed(dialect, waiting.pop(0))
    for text in waiting:
        heard += committed(dialect, text)
    assert all(isinstance(each, Segment) and each.answers is each.text.startswith("pause") for each in heard)
    assert len([each for each in heard if isinstance(each, Segment) and each.answers]) == commits_of.count("pause")


def test_an_error_is_told_for_what_it_is() -> None:
    with pytest.raises(ProviderError, match="quota_exceeded: Too much") as caught:
        read(ScribeDialect(SETTINGS), "quota_exceeded", error="Too much.")
    assert caught.value.category is ErrorCategory.QUOTA


# --- over a socket -------------------------------------------------------------------------------


async def test_a_short_word_is_let_through() -> None:
    async with FakeServer({"": ElevenLabs(QUICK)}) as server:
        engine = scribe(server)
        await engine.open()
        caller = Caller(await engine.stream())
        await caller.push(96, loud=True)
        caller.stream.speech_started()
        await caller.push(64, loud=True)
        caller.stream.speech_paused()
        assert (await caller.end())[-1].text == QUICK.utterances[0]
        await caller.close()
        await engine.close()
    assert server.failures == []


async def test_words_are_not_said_again_in_the_next_turn() -> None:
    async with FakeServer({"": ElevenLabs(QUICK)}) as server:
        engine = scribe(server)
        await engine.open()
        caller = Caller(await engine.stream())
        for utterance in QUICK.utterances[:3]:
            await caller.utter()
            said = await caller.end()
            assert all(utterance.startswith(each.text) for each in said)
            caller.stream.turn_committed()
        await caller.close()
        await engine.close()


async def test_a_connection_that_was_idle_for_too_long_is_replaced() -> None:
    fake = ElevenLabs(QUICK)
    async with FakeServer({"": fake}) as server:
        fake.idle_s = 0.02
        engine = scribe(server)
        await engine.open()
        await asyncio.sleep(0.1)
        fake.idle_s = None
        caller = Caller(await engine.stream())
        await caller.utter()
        assert (await caller.end())[-1].text == QUICK.utterances[0]
        assert server.connections == 2
        await caller.close()
        await engine.close()


@pytest.mark.parametrize("word_times", [True, False])
async def test_an_error_instead_of_words_ends_the_stream(word_times: bool) -> None:
    fake = ElevenLabs(QUICK)
    async with FakeServer({"": fake}) as server:
        engine = scribe(server, word_times=word_times)
        await engine.open()
        caller = Caller(await engine.stream())
        fake.reports.append(("quota_exceeded", "You have exceeded your usage quota."))
        await caller.utter()
        with pytest.raises(ProviderError, match="quota") as caught:
            await caller.end()
        assert caught.value.category is ErrorCategory.QUOTA
        await caller.close()
        await engine.close()


async def test_a_key_that_is_refused_after_the_handshake_is_told_when_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELEVENLABS_API_KEY", "wrong")
    async with FakeServer({"": ElevenLabs(QUICK, "right")}) as server:
        engine = scribe(server)
        with pytest.raises(ProviderError, match="ELEVENLABS_API_KEY") as caught:
            await engine.open()
        assert caught.value.category is ErrorCategory.AUTHENTICATION
        await engine.close()
        assert len(server.requests) == 1


class Stranger:
    """A websocket server of something else."""

    def __init__(self, first: str | None) -> None:
        self._first = first

    async def http(self, request: Request, answer: Answer) -> None:
        raise AssertionError("nothing is asked")

    def greet(self, request: Request) -> Refuse | None:
        return None

    async def talk(self, request: Request, socket: Socket) -> None:
        if self._first is not None:
            await socket.send(self._first)
        await socket.receive()


@pytest.mark.parametrize(
    ("first", "category"),
    [("hello", ErrorCategory.BROKEN_ANSWER), ("[]", ErrorCategory.BROKEN_ANSWER), (None, ErrorCategory.TIMEOUT)],
)
async def test_another_kind_of_server_is_told_when_opening(first: str | None, category: ErrorCategory) -> None:
    async with FakeServer({"": Stranger(first)}) as server:
        engine = scribe(server, answer_timeout_s=0.1)
        with pytest.raises(ProviderError) as caught:
            await engine.open()
        assert caught.value.category is category
        await engine.close()


async def test_its_words_have_times_and_it_is_sure_of_them() -> None:
    async with FakeServer({"": ElevenLabs(QUICK)}) as server:
        engine = scribe(server)
        await engine.open()
        caller = Caller(await engine.stream())
        await caller.utter()
        end = (await caller.end())[-1]
        await caller.close()
        await engine.close()
    assert end.kind is TranscriptKind.END
    assert " ".join(each.text for each in end.words) == QUICK.utterances[0]
    assert 650 <= end.words[0].start_ms <= 750
    assert end.confidence == pytest.approx(0.98, abs=0.01)
