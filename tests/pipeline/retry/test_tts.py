from collections.abc import AsyncGenerator

import numpy as np
import pytest

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.provider_events import FellBack
from studio.pipeline.ports import Sound, TextToSpeech
from studio.pipeline.retry.chain import Chain
from studio.pipeline.retry.tts import RetryingTts
from tests.pipeline.retry.calls import failure, with_chain


class Voice:
    """A second of a constant at its rate for each clause; fails before or in the middle of some."""

    def __init__(self, rate_hz: int, level: float, fails: dict[str, ProviderError] | None = None) -> None:
        self.rate_hz = rate_hz
        self._level = np.float32(level)
        self._fails = fails or {}
        self.said: list[str] = []

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        self.said.append(text)
        half = np.full(self.rate_hz // 2, self._level)
        if "at once" in text and text in self._fails:
            raise self._fails[text]
        yield Sound(half, (TimedWord(text, 0, 500),))
        if text in self._fails:
            raise self._fails[text]
        yield Sound(half)


def say(*clauses: str) -> "Say":
    return Say(clauses)


class Say:
    def __init__(self, clauses: tuple[str, ...]) -> None:
        self._clauses = clauses

    async def __call__(self, chain: Chain[TextToSpeech]) -> list[tuple[int, float]]:
        """Of each clause how many samples came, and how loud they were in the middle."""
        tts = RetryingTts(chain)
        said = []
        for clause in self._clauses:
            sound = np.concatenate([sound.samples async for sound in tts.speak(clause)])
            said.append((sound.size, round(float(sound[sound.size // 2]), 2)))
        return said


def test_a_voice_that_fails_at_once_is_followed_by_the_next_one_at_the_rate_of_the_first() -> None:
    refused = {"at once": failure(ErrorCategory.QUOTA)}
    first, second = Voice(24_000, 0.1, refused), Voice(16_000, 0.5)
    said, reader, _ = with_chain([first, second], say("at once", "and then"))
    assert said == [(24_000, 0.5), (24_000, 0.5)]
    assert (first.said, second.said) == (["at once"], ["at once", "and then"])
    assert len(reader.of(FellBack)) == 1


def test_a_clause_that_broke_off_ends_there_and_nothing_is_heard_twice() -> None:
    first = Voice(24_000, 0.1, {"first": failure()})
    second = Voice(24_000, 0.5)
    said, _, _ = with_chain([first, second], say("first", "second"))
    assert said == [(12_000, 0.1), (24_000, 0.5)]
    assert second.said == ["second"]


def test_the_last_voice_that_breaks_off_is_told() -> None:
    with pytest.raises(ProviderError):
        with_chain([Voice(24_000, 0.1, {"first": failure()})], say("first"))


def test_words_keep_their_times() -> None:
    async def words(chain: Chain[TextToSpeech]) -> list[TimedWord]:
        return [word async for sound in RetryingTts(chain).speak("hello") for word in sound.words]

    assert with_chain([Voice(16_000, 0.1)], words)[0] == [TimedWord("hello", 0, 500)]


class Kept(Voice):
    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        yield Sound(np.full(self.rate_hz // 2, self._level), cached=True)


@pytest.mark.parametrize("voice", [Kept(24_000, 0.5), Voice(24_000, 0.5)])
def test_what_was_kept_stays_marked_at_another_rate(voice: Voice) -> None:
    async def marks(chain: Chain[TextToSpeech]) -> set[bool]:
        tts = RetryingTts(chain)
        return {sound.cached for text in ("at once", "again") for sound in [each async for each in tts.speak(text)]}

    first = Voice(16_000, 0.1, {"at once": failure(ErrorCategory.QUOTA)})
    assert with_chain([first, voice], marks)[0] == {isinstance(voice, Kept)}
