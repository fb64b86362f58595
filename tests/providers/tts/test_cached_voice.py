import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.preset import Part, Role
from studio.pipeline.ports import Sound, StreamingVoice
from studio.providers import catalog
from studio.providers.settings import HostedSettings
from studio.providers.tts.cached_voice import LONGEST_CHARACTERS, CachedVoice, phrase_key, voice_of, with_cache
from studio.providers.tts.voice_cache import VoiceCache
from tests.pipeline.stages.readers import tone

HELLO = (TimedWord("Hello", 0.0, 100.0),)


class Engine:
    """Says everything in two pieces; breaks off where it is told."""

    rate_hz = 24_000

    def __init__(self) -> None:
        self.said: list[str] = []
        self.breaks = False
        self.notes: list[str] = []

    async def open(self) -> None:
        self.notes.append("open")

    async def close(self) -> None:
        self.notes.append("close")

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        self.said.append(text)
        await asyncio.sleep(0)
        if text == "(nothing)":
            return
        yield Sound(tone(self.rate_hz, 0.1), HELLO)
        if self.breaks:
            raise ProviderError("It broke.", ErrorCategory.CONNECTION)
        yield Sound(tone(self.rate_hz, 0.05))


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def cache(tmp_path: Path) -> VoiceCache:
    return VoiceCache(tmp_path / "spoken")


@pytest.fixture
def voice(engine: Engine, cache: VoiceCache) -> CachedVoice:
    return CachedVoice(engine, "voice", cache, ["Greeting.", "x" * (LONGEST_CHARACTERS + 1)])


async def said(voice: CachedVoice, text: str) -> list[Sound]:
    return [sound async for sound in voice.speak(text)]


def on_disk(cache: VoiceCache) -> int:
    cache.flush()
    return cache.contents().phrases


async def test_the_second_time_comes_in_the_same_pieces_and_nobody_is_asked(voice: CachedVoice, engine: Engine) -> None:
    first, second = await said(voice, "Hello."), await said(voice, "Hello.")
    assert engine.said == ["Hello."]
    assert [sound.cached for sound in (*first, *second)] == [False, False, True, True]
    for before, after in zip(first, second, strict=True):
        assert after.words == before.words
        assert np.abs(after.samples - before.samples).max() <= 1 / 65536


@pytest.mark.parametrize(
    ("text", "times", "kept"),
    [
        ("Greeting.", 1, 1),
        ("x" * (LONGEST_CHARACTERS + 1), 1, 1),
        ("Hello.", 1, 0),
        ("Hello.", 2, 1),
        ("y" * LONGEST_CHARACTERS, 2, 1),
        ("y" * (LONGEST_CHARACTERS + 1), 3, 0),
        ("(nothing)", 3, 0),
    ],
)
async def test_on_disk_is_what_the_preset_names_and_what_comes_up_again(
    voice: CachedVoice, cache: VoiceCache, text: str, times: int, kept: int
) -> None:
    for _ in range(times):
        await said(voice, text)
    assert on_disk(cache) == kept


async def test_what_is_cut_off_is_not_kept(voice: CachedVoice, engine: Engine, cache: VoiceCache) -> None:
    async with aclosing(voice.speak("Greeting.")) as sounds:
        await anext(sounds)
    engine.breaks = True
    with pytest.raises(ProviderError):
        await said(voice, "Greeting.")
    assert on_disk(cache) == 0
    engine.breaks = False
    assert not (await said(voice, "Greeting."))[0].cached


async def test_a_hit_that_is_cut_off_is_there_again(voice: CachedVoice) -> None:
    await said(voice, "Greeting.")
    async with aclosing(voice.speak("Greeting.")) as sounds:
        assert (await anext(sounds)).cached
    assert len(await said(voice, "Greeting.")) == 2


async def test_a_voice_at_another_rate_is_asked_anew(voice: CachedVoice, engine: Engine) -> None:
    await said(voice, "Greeting.")
    engine.rate_hz = 16_000
    assert [sound.cached for sound in await said(voice, "Greeting.")] == [False, False]
    assert [sound.cached for sound in await said(voice, "Greeting.")] == [True, True]


class StreamingEngine(Engine):
    opening_words = (2,)

    async def speak_stream(self, texts: AsyncIterable[str]) -> AsyncGenerator[Sound, None]:
        async for text in texts:
            async for sound in self.speak(text):
                yield sound


async def _each(*texts: str) -> AsyncGenerator[str, None]:
    for text in texts:
        yield text


async def test_a_reply_that_comes_as_it_is_written_goes_by_the_cache(cache: VoiceCache) -> None:
    assert not isinstance(with_cache(Engine(), "voice", cache, []), StreamingVoice)
    engine = StreamingEngine()
    voice = with_cache(engine, "voice", cache, ["Hello."])
    await said(voice, "Hello.")
    assert isinstance(voice, StreamingVoice)
    assert not any([sound.cached async for sound in voice.speak_stream(_each("Hello.", "Hello."))])
    assert engine.said == ["Hello."] * 3


async def test_the_engine_is_opened_and_closed_with_it(voice: CachedVoice, engine: Engine) -> None:
    await voice.open()
    await voice.close()
    assert (engine.notes, voice.rate_hz) == (["open", "close"], 24_000)


# --- keys --------------------------------------------------------------------------------------

HOW_IT_IS_REACHED = set(HostedSettings.model_fields) - {"model", "provider"}
SETTINGS = [
    (provider, field)
    for provider, about in catalog.providers().items()
    if about.of_role(Role.TTS) and not about.discontinued
    for field in type(catalog.settings(Role.TTS, Part(use=provider))).model_fields
    if field not in HOW_IT_IS_REACHED | {"provider"}
]


def another(value: Any, kind: str) -> Any:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return f"{value}x"
        case tuple() | list():
            return [*value, "x"]
        case dict():
            return {**value, "x": 1}
        case _:
            return 0.5 if "float" in kind else "x"


@pytest.mark.parametrize(("provider", "field"), SETTINGS)
def test_every_setting_that_may_be_heard_makes_another_key(provider: str, field: str) -> None:
    settings = catalog.settings(Role.TTS, Part(use=provider))
    kind = str(type(settings).model_fields[field].annotation)
    changed = settings.model_copy(update={field: another(getattr(settings, field), kind)})
    assert phrase_key(voice_of(provider, settings), "Hi.") != phrase_key(voice_of(provider, changed), "Hi.")


def test_provider_and_text_make_another_key_and_order_does_not() -> None:
    settings = catalog.settings(Role.TTS, Part(use="cartesia"))
    keys = {phrase_key(voice_of(name, settings), text) for name in ("a", "b") for text in ("Hi.", "Hi!", "")}
    assert len(keys) == 6
    again = type(settings).model_validate(dict(reversed(list(settings.model_dump().items()))))
    assert voice_of("a", again) == voice_of("a", settings)


@pytest.mark.parametrize(
    "change",
    [{"key_env": "OTHER_KEY"}, {"connect_timeout_s": 1.0}, {"answer_timeout_s": 1.0}, {"stall_timeout_s": 1.0}],
)
def test_how_a_vendor_is_reached_makes_none(change: dict[str, Any]) -> None:
    settings = catalog.settings(Role.TTS, Part(use="cartesia"))
    assert voice_of("cartesia", settings) == voice_of("cartesia", settings.model_copy(update=change))


async def test_another_server_is_another_voice_and_nothing_tells_which(cache: VoiceCache, engine: Engine) -> None:
    """A stand-in's voice must not be played for the vendor's."""
    plain = catalog.settings(Role.TTS, Part(use="cartesia"))
    private = "http://tts.internal.example/token-4711"
    moved = plain.model_copy(update={"base_url": private, "key_env": "MY_SECRET_KEY"})
    voice = voice_of("cartesia", moved)
    assert voice != voice_of("cartesia", plain)
    await said(CachedVoice(engine, voice, cache, ["A greeting of mine."]), "A greeting of mine.")
    cache.flush()
    [file] = cache.folder.iterdir()
    for text in (voice, file.name, file.read_bytes().decode("latin-1")):
        for secret in (private, "internal", "4711", "MY_SECRET_KEY", "A greeting of mine."):
            assert secret not in text
