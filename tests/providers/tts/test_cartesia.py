import asyncio
import base64
import json
from typing import Any

import numpy as np
import pytest

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, PresetError, ProviderError
from studio.model.preset import Part, Role
from studio.providers import catalog
from studio.providers.endpoint import endpoint
from studio.providers.tts.cartesia import SonicDialect, SonicSettings
from studio.providers.tts.socket import Piece
from tests.fakes.server import Answer, Refuse, Request
from tests.providers.hosted import KEY, TEXT, say, service

USE = "cartesia/sonic-3.5"
DIALECT = SonicDialect(SonicSettings(voice="v"))


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTESIA_API_KEY", KEY)


def request(**settings: Any) -> dict[str, Any]:
    [frame] = SonicDialect(SonicSettings(voice="v", **settings)).speak("c", "Grüß dich.")
    asked: dict[str, Any] = json.loads(frame)
    return asked


def read(**message: Any) -> list[Piece]:
    return list(DIALECT.read(json.dumps(message)))


def test_a_clause_is_one_whole_request() -> None:
    assert request() == {
        "context_id": "c",
        "model_id": "sonic-3.5",
        "transcript": "Grüß dich.",
        "voice": {"id": "v"},
        "language": "en",
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24_000},
        "add_timestamps": True,
        "continue": False,
    }


def test_the_manner_of_speaking_is_asked_for_where_it_is_set() -> None:
    manner = {"speed": 1.1, "volume": 0.8, "emotion": "calm"}
    assert request(language="de", **manner)["generation_config"] == manner
    assert request(speed=1.1)["generation_config"] == {"speed": 1.1}


@pytest.mark.parametrize("wrong", [{"speed": 2.0}, {"volume": 0.1}, {"emotion": "Very happy!"}, {"voice": ""}])
def test_what_the_vendor_would_refuse_is_told_with_the_preset(wrong: dict[str, Any]) -> None:
    [name] = wrong
    with pytest.raises(PresetError, match=name):
        catalog.settings(Role.TTS, Part.model_validate({"use": USE, **wrong}))


def test_the_catalog_names_a_voice_and_a_preset_may_name_another() -> None:
    known = catalog.settings(Role.TTS, Part(use=USE))
    other = catalog.settings(Role.TTS, Part.model_validate({"use": USE, "voice": "mine"}))
    assert isinstance(known, SonicSettings)
    assert isinstance(other, SonicSettings)
    assert (bool(known.voice), other.voice) == (True, "mine")


def test_an_answer_is_sound_words_and_an_end() -> None:
    about = {"context_id": "c", "status_code": 206, "done": False}
    sound = base64.b64encode(b"\1\2\3").decode()
    times = {"words": ["Grüß", "dich."], "start": [0, 0.25], "end": [0.25, 0.5]}
    assert read(type="chunk", data=sound, step_time=1, **about) == [Piece("c", b"\1\2\3")]
    assert read(type="timestamps", word_timestamps=times, **about) == [
        Piece("c", words=(TimedWord("Grüß", 0, 250), TimedWord("dich.", 250, 500)))
    ]
    assert read(type="timestamps", word_timestamps=None, **about) == [Piece("c")]
    assert read(type="done", **about) == [Piece("c", last=True)]
    assert read(type="flush_done", flush_id=1, **about) == []
    assert read(type="phoneme_timestamps", **about) == []


def test_an_error_is_of_its_clause_or_of_the_whole_connection() -> None:
    [piece] = read(type="error", context_id="c", status_code=400, title="No such voice", done=True)
    assert piece.error is not None
    assert (piece.context, piece.error.category) == ("c", ErrorCategory.INVALID_REQUEST)
    with pytest.raises(ProviderError, match="Busy"):
        read(type="error", status_code=503, title="Busy", done=True)


@pytest.mark.parametrize(
    "garbage", ["{", "{}", "[]", '{"type": "chunk", "data": "?"}', '{"type": "timestamps", "word_timestamps": 1}']
)
def test_what_is_no_message_is_an_error(garbage: str) -> None:
    with pytest.raises((ValueError, LookupError, TypeError, AttributeError)):
        list(DIALECT.read(garbage))


async def test_a_clause_that_cannot_be_said_leaves_the_connection_as_it_is() -> None:
    async with service(Role.TTS, USE) as working:
        await working.engine.open()
        working.fake.fails = {"status_code": 402, "title": "Out of credits", "message": "No credits are left."}
        with pytest.raises(ProviderError, match="No credits are left") as caught:
            await say(working.engine)
        assert caught.value.category is ErrorCategory.QUOTA
        working.fake.fails = None
        assert (await say(working.engine)).size > 0
        await working.engine.close()
        assert len(working.server.requests) == 1


async def test_a_clause_that_is_cut_off_is_cancelled_at_the_vendor() -> None:
    async with service(Role.TTS, USE) as working:
        await working.engine.open()
        cut = working.engine.speak(TEXT * 5)
        await anext(cut)
        await cut.aclose()
        whole = await say(working.engine)
        assert working.fake.cancelled == ["clause-1"]
        assert np.array_equal(whole, await say(working.engine))
        await working.engine.close()


async def test_two_clauses_at_once_do_not_mix() -> None:
    async with service(Role.TTS, USE) as working:
        await working.engine.open()
        alone = [await say(working.engine, text) for text in ("Good morning.", TEXT)]
        both = await asyncio.gather(say(working.engine, "Good morning."), say(working.engine, TEXT))
        assert all(np.array_equal(*pair) for pair in zip(alone, both, strict=True))
        await working.engine.close()


# --- voices --------------------------------------------------------------------------------------


async def test_voices_are_listed_with_their_language_before_and_after_opening() -> None:
    async with service(Role.TTS, USE) as working:
        before = await working.engine.voices()
        await working.engine.open()
        assert await working.engine.voices() == before
        await working.engine.close()
    titles = dict(before)
    assert titles["f786b574-daa5-4673-aa0c-cbe3e8534c02"] == "Katie, Friendly Fixer (en-US)"
    assert "Tessa (en-GB)" in titles.values()


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"data": [{"name": "Katie"}]}', '{"data": 1}'])
async def test_what_is_no_list_of_voices_is_an_error(content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def listed(_request: Request, answer: Answer) -> None:
        await answer.data(content.encode(), "application/json")

    async with service(Role.TTS, USE) as working:
        monkeypatch.setattr(working.fake, "http", listed)
        with pytest.raises(ProviderError, match="no list of voices") as caught:
            await working.engine.voices()
        assert caught.value.category is ErrorCategory.BROKEN_ANSWER


async def test_a_refused_list_of_voices_says_why() -> None:
    async with service(Role.TTS, USE) as working:
        working.server.misbehave(Refuse(503))
        with pytest.raises(ProviderError) as caught:
            await working.engine.voices()
        assert caught.value.category is ErrorCategory.SERVER


@pytest.mark.parametrize(("sent", "status"), [(KEY, 200), ("another", 401)])
async def test_a_key_is_checked_with_one_request(sent: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTESIA_API_KEY", sent)
    async with service(Role.TTS, USE) as working:
        settings = SonicSettings(provider="cartesia", base_url=working.server.url(), voice="v")
        async with (await endpoint(settings)).http() as client:
            assert (await client.get(catalog.provider("cartesia").check)).status_code == status
