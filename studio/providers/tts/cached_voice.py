"""A voice that says what it has said before from the cache, at once and for nothing (port TextToSpeech).

Must not know which engine it has, nor who retries it.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterable, Collection
from contextlib import aclosing
from hashlib import sha256

import numpy as np

from studio.model.audio import to_pcm16
from studio.pipeline.ports import Sound, StreamingVoice, TextToSpeech
from studio.providers.settings import HostedSettings, ProviderSettings
from studio.providers.tts.phrase import Phrase
from studio.providers.tts.voice_cache import VoiceCache

LONGEST_CHARACTERS = 120
"""Of a clause that nobody named. What is longer hardly comes up again."""
_FORMAT = 1
"""Raised when the same text and settings are to be spoken anew."""
_NOT_HEARD = frozenset(HostedSettings.model_fields) - {"model"}
"""How a server is reached does not change how it sounds."""


def voice_of(provider: str, settings: ProviderSettings) -> str:
    """All that makes a voice what it is, as text: provider, model and every setting that may be heard.

    A server that was given instead of the vendor's own may be a stand-in with another voice, so it counts; it may
    also be private, so only a hash of its address does.
    """
    told = settings.model_dump(mode="json", exclude=set(_NOT_HEARD))
    address = settings.base_url if isinstance(settings, HostedSettings) else ""
    server = sha256(address.encode()).hexdigest() if address else ""
    return json.dumps({"format": _FORMAT, "provider": provider, "server": server, "settings": told}, sort_keys=True)


def phrase_key(voice: str, text: str) -> str:
    """The name under which a voice's phrase is kept."""
    return sha256(json.dumps([voice, text]).encode()).hexdigest()


def with_cache(engine: TextToSpeech, voice: str, cache: VoiceCache, fixed: Collection[str]) -> "CachedVoice":
    """The engine with the cache before it, and as good at taking text as it comes.

    `voice` from `voice_of`; `fixed` are the phrases that are kept on disk although they come up only once.
    """
    kind = CachedStreamingVoice if isinstance(engine, StreamingVoice) else CachedVoice
    return kind(engine, voice, cache, fixed)


class CachedVoice:
    """An engine, before which the cache is asked."""

    def __init__(self, engine: TextToSpeech, voice: str, cache: VoiceCache, fixed: Collection[str]) -> None:
        """As `with_cache`."""
        self._engine = engine
        self._voice = voice
        self._cache = cache
        self._fixed = fixed

    @property
    def rate_hz(self) -> int:
        """The engine's."""
        return self._engine.rate_hz

    async def open(self) -> None:
        """The engine's."""
        await self._engine.open()

    async def close(self) -> None:
        """The engine's."""
        await self._engine.close()

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """As the port's. What is cut off or fails is not kept."""
        key = phrase_key(self._voice, text)
        phrase = await self._cache.find(key)
        if phrase is not None and phrase.rate_hz == self.rate_hz:
            for sound in phrase.sounds():
                yield sound
                await asyncio.sleep(0)  # all of it is there: others shall have their turn, too
            return
        came: list[Sound] = []
        async with aclosing(self._engine.speak(text)) as sounds:
            async for sound in sounds:
                came.append(sound)
                yield sound
        if text in self._fixed or len(text) <= LONGEST_CHARACTERS:
            self._keep(key, text, came)

    def _keep(self, key: str, text: str, came: list[Sound]) -> None:
        pcm = [to_pcm16(sound.samples) for sound in came]
        if not any(piece.size for piece in pcm):
            return
        pieces = tuple((sound.samples.size, sound.words) for sound in came)
        self._cache.put(key, Phrase(self.rate_hz, np.concatenate(pcm), pieces), keep=text in self._fixed)


class CachedStreamingVoice(CachedVoice):
    """The same for an engine that takes a reply as it is written; that is never the same, and not looked for."""

    @property
    def opening_words(self) -> tuple[int, ...]:
        """The engine's."""
        return self._streaming.opening_words

    def speak_stream(self, texts: AsyncIterable[str]) -> AsyncGenerator[Sound, None]:
        """The engine's."""
        return self._streaming.speak_stream(texts)

    @property
    def _streaming(self) -> StreamingVoice:
        assert isinstance(self._engine, StreamingVoice)
        return self._engine
