"""This user's voice cache, and filling it before a call wants it.

Must not know how phrases are kept.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.app.folders import voice_cache_folder
from studio.model.errors import StudioError
from studio.model.preset import Preset, Role
from studio.providers.tts.voice_cache import LIMIT_BYTES, VoiceCache

if TYPE_CHECKING:
    from studio.app.engines import Engines

_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A phrase that is in the cache now."""

    use: str
    """Who speaks it: PROVIDER/MODEL."""
    text: str
    length_ms: float
    already_there: bool


def voice_cache() -> VoiceCache:
    """The cache in this user's folder; STUDIO_VOICE_CACHE_MB limits its size.

    Raises:
        StudioError: that is no number.
    """
    wanted = os.environ.get("STUDIO_VOICE_CACHE_MB", "")
    if wanted and not wanted.isdecimal():
        raise StudioError(f"STUDIO_VOICE_CACHE_MB is {wanted!r}: give a whole number of megabytes.")
    return VoiceCache(voice_cache_folder(), int(wanted) * _MB if wanted else LIMIT_BYTES)


async def prefill(preset: Preset, engines: "Engines", cache: VoiceCache) -> AsyncGenerator[Prefilled | str, None]:
    """Have the preset's voices say its fixed phrases, so that `cache`, the engines' own, has them; a sentence for
    each voice that cannot.

    Raises:
        StudioError: there is nothing to keep, it cannot be kept, or the preset's own voice cannot be had.
    """
    if not preset.playout.voice_cache:
        raise StudioError("This preset does without the voice cache: its [playout] says voice_cache = false.")
    if not preset.fixed_phrases:
        raise StudioError("This preset has no greeting, apology or filler to speak.")
    for _, sentence in (await engines.load(preset, (Role.TTS,))).absent:
        yield sentence
    for candidate in engines.voices(preset):
        for text in preset.fixed_phrases:
            samples, cached = 0, False
            async with aclosing(candidate.engine.speak(text)) as sounds:
                async for sound in sounds:
                    samples, cached = samples + sound.samples.size, sound.cached
            yield Prefilled(candidate.use, text, round(samples * 1000 / candidate.engine.rate_hz, 1), cached)
    await asyncio.to_thread(cache.flush)
    if trouble := cache.trouble():
        raise StudioError(trouble)
