"""The caller's voice: each piece of text spoken once by the embedded voice, and kept."""

import asyncio
import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from benchmarks.peers.caller import trim
from studio.model.audio import LISTENING_RATE_HZ, Samples
from studio.pipeline.resampling import resample
from studio.providers.tts.hibari import Hibari, HibariSettings


def speech(texts: Iterable[str], folder: Path) -> dict[str, Samples]:
    """Each text as trimmed speech at 16 kHz; what was spoken before is taken from the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    places = {text: folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.npy" for text in texts}
    missing = {text: place for text, place in places.items() if not place.exists()}
    if missing:
        asyncio.run(_speak(missing))
    return {text: np.load(place) for text, place in places.items()}


async def _speak(places: dict[str, Path]) -> None:
    voice = Hibari(HibariSettings())
    await voice.open()
    try:
        for text, place in places.items():
            sound = np.concatenate([each.samples async for each in voice.speak(text)])
            np.save(place, trim(resample(sound, voice.rate_hz, LISTENING_RATE_HZ)))
    finally:
        await voice.close()
