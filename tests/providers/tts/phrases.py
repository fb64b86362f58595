"""What the tests of the voice cache share: phrases that are known from their number, and processes that write them."""

import asyncio
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from studio.model.conversation import TimedWord
from studio.providers.tts.phrase import Phrase
from studio.providers.tts.voice_cache import VoiceCache

RATE_HZ = 24_000


def key(number: int) -> str:
    return sha256(b"%d" % number).hexdigest()


def phrase(number: int, samples: int = 4800) -> Phrase:
    """`number` says what it sounds like."""
    pcm = np.random.default_rng(number).integers(-32768, 32768, samples, dtype=np.int16)
    half = samples // 2
    word = TimedWord(f"w{number}", 0.0, 12.5)
    return Phrase(RATE_HZ, pcm, ((half, (word,)), (samples - half, ())))


def same(found: Phrase | None, expected: Phrase) -> bool:
    return found is not None and found.pieces == expected.pieces and np.array_equal(found.pcm, expected.pcm)


def write_for_ever(folder: Path, tell: Connection) -> None:
    """Until it is killed; tells when it has begun."""
    cache = VoiceCache(folder, limit_bytes=600_000)
    cache.put(key(0), phrase(0), keep=True)
    cache.flush()
    tell.send("begun")
    number = 0
    while True:
        number = (number + 1) % 100
        cache.put(key(number), phrase(number), keep=True)
        cache.flush()


def write_and_read(folder: Path, seed: int, tell: Connection) -> None:
    """Put and look for phrases as another process does the same; tells how many were found, and how many wrong."""

    async def run() -> tuple[int, int]:
        cache = VoiceCache(folder, limit_bytes=100_000, memory_bytes=30_000)
        rng = np.random.default_rng(seed)
        found = wrong = 0
        for number in rng.integers(0, 20, 300):
            kept = await cache.find(key(number))
            if kept is None:
                cache.put(key(number), phrase(number), keep=True)
            else:
                found, wrong = found + 1, wrong + (not same(kept, phrase(number)))
        cache.flush()
        return found, wrong if not cache.trouble() else -1

    tell.send(asyncio.run(run()))
