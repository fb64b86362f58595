import asyncio
import base64
import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.providers.tts.elevenlabs import Eleven, ElevenDialect, ElevenSettings
from studio.providers.tts.socket import Piece
from tests.fakes.elevenlabs import VOICES, ElevenLabs
from tests.fakes.script import Script
from tests.fakes.server import Answer, FakeServer, Refuse, Request, Socket
from tests.providers.hosted import say

QUICK = Script(first_audio_s=0.01)
SETTINGS = ElevenSettings(provider="elevenlabs", voice="voice1")
MS = bytes(48)
"""A millisecond of silence."""


def eleven(server: FakeServer, **settings: Any) -> Eleven:
    given = {"provider": "elevenlabs", "voice": "voice1", "base_url": server.url(), **settings}
    return Eleven(ElevenSettings.model_validate(given))


def sound(pcm: bytes, characters: str = "", starts: Sequence[int] = (), length: int = 10, **more: Any) -> str:
    alignment = {"chars": list(characters), "charStartTimesMs": starts, "charDurationsMs": [length] * len(characters)}
    audio = base64.b64encode(pcm).decode()
    return json.dumps({"audio": audio, "alignment": alignment if characters else None, "contextId": "c", **more})


FINAL = json.dumps({"isFinal": True, "contextId": "c"})


def read(*messages: str) -> list[Piece]:
    dialect = ElevenDialect(SETTINGS)
    return [piece for message in messages for piece in dialect.read(message)]


def words(pieces: Sequence[Piece]) -> list[TimedWord]:
    return [word for piece in pieces for word in piece.words]


# --- what is sent --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "manner"),
    [
        ({}, None),
        ({"stability": 0.5, "speed": 1.1}, {"stability": 0.5, "speed": 1.1}),
        ({"similarity_boost": 0.75, "style": 0.0}, {"similarity_boost": 0.75, "style": 0.0}),
    ],
)
def test_a_clause_is_begun_said_and_closed(settings: dict[str, float], manner: dict[str, float] | None) -> None:
    dialect = ElevenDialect(SETTINGS.model_copy(update=settings))
    begin, say, close = map(json.loads, dialect.speak("clause-1", " Guten Tag, Ñandú."))
    assert begin == {"text": " ", "context_id": "clause-1", **({"voice_settings": manner} if manner else {})}
    assert say == {"text": "Guten Tag, Ñandú. ", "context_id": "clause-1", "flush": True}
    assert close == {"context_id": "clause-1", "close_context": True}
    assert list(map(json.loads, dialect.cancel("clause-1"))) == [close]


def test_voice_and_model_are_in_the_address() -> None:
    dialect = ElevenDialect(SETTINGS.model_copy(update={"language": "de"}))
    assert dialect.path() == "/v1/text-to-speech/voice1/multi-stream-input"
    assert dialect.query() == {
        "model_id": "eleven_flash_v2_5",
        "output_format": "pcm_24000",
        "auto_mode": True,
        "sync_alignment": True,
        "inactivity_timeout": 60,
        "language_code": "de",
    }
    assert "language_code" not in ElevenDialect(SETTINGS).query()


@pytest.mark.parametrize("voice", ["", "../user", "a/b", "a?b"])
def test_a_voice_is_no_other_address(voice: str) -> None:
    with pytest.raises(ValueError, match="voice"):
        ElevenSettings(voice=voice)


# --- what is read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([FINAL], []),
        ([sound(MS * 50), FINAL], []),
        ([sound(MS * 50, "Hi", [0, 10]), FINAL], [TimedWord("Hi", 0, 20)]),
        ([sound(MS * 50, " Hi ", [0, 10, 20, 30]), FINAL], [TimedWord("Hi", 10, 30)]),
        ([sound(MS * 50, "a b", [0, 10, 20]), FINAL], [TimedWord("a", 0, 10), TimedWord("b", 20, 30)]),
        ([sound(MS * 20, "He", [0, 10]), sound(MS * 20, "y", [5]), FINAL], [TimedWord("Hey", 0, 35)]),
        ([sound(MS * 20, "a", [0]), sound(MS, " b", [0, 5]), FINAL], [TimedWord("a", 0, 10), TimedWord("b", 25, 35)]),
        ([sound(MS * 9), sound(MS * 20, "a", [1]), sound(MS), FINAL], [TimedWord("a", 10, 20)]),
        ([sound(b"", "a", [1]), sound(MS), FINAL], [TimedWord("a", 1, 11)]),
    ],
)  # fmt: skip
def test_characters_become_words(messages: list[str], expected: list[TimedWord]) -> None:
    assert words(read(*messages)) == expected


def test_without_the_text_s_characters_those_that_are_spoken_serve() -> None:
    spoken = {"chars": ["a"], "charStartTimesMs": [0], "charDurationsMs": [10]}
    assert words(read(sound(MS, normalizedAlignment=spoken), FINAL)) == [TimedWord("a", 0, 10)]


@given(st.text("ab é,", min_size=1, max_size=30), st.data())
def test_however_the_characters_are_spread_over_messages_the_words_are_the_same(text: str, data: Any) -> None:
    lengths = data.draw(st.lists(st.integers(1, 90), min_size=len(text), max_size=len(text)))
    starts = np.cumsum([0, *lengths])[:-1].tolist()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(text)))) | {0, len(text)})
    messages = []
    for first, end in pairwise(cuts):
        begin = starts[first]
        alignment = {
            "chars": list(text[first:end]),
            "charStartTimesMs": [start - begin for start in starts[first:end]],
            "charDurationsMs": lengths[first:end],
        }
        messages.append(sound(MS * sum(lengths[first:end]), alignment=alignment))
    found = words(read(*messages, FINAL))
    assert [word.text for word in found] == text.split()
    for word, (start, end) in zip(found, _places(text), strict=True):
        assert (word.start_ms, word.end_ms) == (starts[start], starts[end] + lengths[end])


def _places(text: str) -> list[tuple[int, int]]:
    """The first and last character of each word."""
    places, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        places.append((at, at + len(word) - 1))
        at += len(word)
    return places


def test_clauses_are_kept_apart() -> None:
    other = sound(MS, "b", [0]).replace('"c"', '"d"')
    assert words(read(sound(MS, "a", [0]), other, sound(MS, "a", [0]), FINAL)) == [TimedWord("aa", 0, 11)]


def test_the_end_is_told() -> None:
    assert read(sound(MS), FINAL) == [Piece("c", MS), Piece("c", last=True)]


@pytest.mark.parametrize(
    "message",
    [
        "hello",
        "[]",
        "7",
        "{}",
        '{"contextId": "c"}',
        '{"audio": "é", "contextId": "c"}',
        '{"audio": "QQ", "contextId": "c"}',
        '{"audio": 3, "contextId": "c"}',
        '{"audio": "", "contextId": "c", "alignment": {"chars": ["a"]}}',
    ],
)
def test_what_is_no_message_is_no_sound(message: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        read(message)


def test_an_error_of_a_clause_is_the_clause_s() -> None:
    error = json.dumps({"error": "voice_not_found", "message": "No such voice.", "code": 1008, "contextId": "c"})
    [piece] = read(error)
    assert piece.context == "c"
    assert piece.error is not None
    assert piece.error.category is ErrorCategory.INVALID_REQUEST


def test_an_error_of_no_clause_is_the_connection_s() -> None:
    with pytest.raises(ProviderError, match="system_busy") as caught:
        read(json.dumps({"error": "system_busy", "message": "Busy.", "code": 1008}))
    assert caught.value.category is ErrorCategory.SERVER


# --- over a socket -------------------------------------------------------------------------------


async def test_an_idle_connection_is_kept_and_left_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ElevenDialect, "keep_alive_s", 0.05)
    fake = ElevenLabs(QUICK)
    fake.idle_s = 0.3
    async with FakeServer({"": fake}) as server:
        engine = eleven(server)
        await engine.open()
        await asyncio.sleep(0.6)
        assert (await say(engine)).size > 0
        await engine.close()
        assert server.connections == 1
    assert server.failures == []


async def test_a_connection_that_was_idle_for_too_long_is_replaced() -> None:
    fake = ElevenLabs(QUICK)
    fake.idle_s = 0.02
    async with FakeServer({"": fake}) as server:
        engine = eleven(server)
        await engine.open()
        await asyncio.sleep(0.1)
        fake.idle_s = None
        assert (await say(engine)).size > 0
        assert server.connections == 2
        await engine.close()


async def test_being_cut_off_again_and_again_leaves_no_context_open() -> None:
    async with FakeServer({"": ElevenLabs(QUICK)}) as server:
        engine = eleven(server)
        await engine.open()
        whole = await say(engine, "Yes.")
        for _ in range(8):
            await cut_off(engine, 1)
            assert np.array_equal(await say(engine, "Yes."), whole)
            await asyncio.sleep(0.1)
        await engine.close()
        assert server.connections == 1
    assert server.failures == []


async def test_more_clauses_than_a_connection_holds_find_another_one() -> None:
    async with FakeServer({"": ElevenLabs(QUICK)}) as server:
        engine = eleven(server)
        await engine.open()
        whole = await say(engine, "Yes.")
        for _ in range(8):
            await cut_off(engine, 4)
        assert np.array_equal(await say(engine, "Yes."), whole)
        await engine.close()
        assert server.connections > 1
    assert server.failures == []


async def cut_off(engine: Eleven, sentences: int) -> None:
    clause = engine.speak("This is a clause that nobody wants to hear to its end. " * sentences)
    await anext(clause)
    await clause.aclose()


async def test_an_error_instead_of_sound_is_told() -> None:
    fake = ElevenLabs(QUICK)
    fake.reports.append(("quota_exceeded", "This request exceeds your quota."))
    async with FakeServer({"": fake}) as server:
        engine = eleven(server)
        await engine.open()
        with pytest.raises(ProviderError, match="exceeds your quota") as caught:
            await say(engine)
        assert caught.value.category is ErrorCategory.QUOTA
        assert (await say(engine)).size > 0
        await engine.close()


# --- voices --------------------------------------------------------------------------------------


async def test_all_pages_of_voices_are_listed_before_it_is_open_and_after() -> None:
    async with FakeServer({"/eleven": ElevenLabs(QUICK)}) as server:
        engine = eleven(server, base_url=server.url("/eleven"))
        listed = await engine.voices()
        assert len(listed) == len(VOICES) > 100
        assert listed[:3] == [
            ("voice0", "Sarah (en, american)"),
            ("voice1", "George (en, british)"),
            ("voice2", "Giang (vi)"),
        ]
        await engine.open()
        assert await engine.voices() == listed
        await engine.close()
        assert await engine.voices() == listed


async def test_a_refused_key_lists_no_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELEVENLABS_API_KEY", "wrong")
    async with FakeServer({"": ElevenLabs(QUICK, "right")}) as server:
        with pytest.raises(ProviderError, match="ELEVENLABS_API_KEY") as caught:
            await eleven(server).voices()
        assert caught.value.category is ErrorCategory.AUTHENTICATION
        assert len(server.requests) == 1


class Page:
    """Answers everything with one page."""

    def __init__(self, content: Any) -> None:
        self._content = content

    async def http(self, request: Request, answer: Answer) -> None:
        await answer.json(self._content)

    def greet(self, request: Request) -> Refuse | None:
        return Refuse(404)

    async def talk(self, request: Request, socket: Socket) -> None:
        raise AssertionError("no websocket is opened")


@pytest.mark.parametrize("content", [[], {}, {"voices": [7], "has_more": False}, {"voices": [{}], "has_more": False}])
async def test_what_is_no_list_of_voices_is_told(content: Any) -> None:
    async with FakeServer({"": Page(content)}) as server:
        with pytest.raises(ProviderError, match="no list of voices") as caught:
            await eleven(server).voices()
        assert caught.value.category is ErrorCategory.BROKEN_ANSWER


async def test_pages_without_end_end() -> None:
    page = {"voices": [{"voice_id": "v"}], "has_more": True, "next_page_token": "again"}
    async with FakeServer({"": Page(page)}) as server:
        assert set(await eleven(server).voices()) == {("v", "v")}
