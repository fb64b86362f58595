from collections.abc import AsyncGenerator, AsyncIterable

import numpy as np
import pytest

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.provider_events import FellBack
from studio.pipeline.pieces import Given, Pieces
from studio.pipeline.ports import Sound, TextToSpeech
from studio.pipeline.retry.chain import Chain
from studio.pipeline.retry.tts import RetryingTts, VoiceChanged
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


# --- a reply's text as it comes ------------------------------------------------------------------


class Streamer(Voice):
    """Half a second for each piece; fails before or after the one that says so."""

    opening_words = (2,)

    async def speak_stream(self, texts: AsyncIterable[str]) -> AsyncGenerator[Sound, None]:
        async for text in texts:
            async for sound in self.speak(text.strip()):
                yield sound


async def _each(texts: tuple[str, ...]) -> AsyncGenerator[str, None]:
    for text in texts:
        yield text


class Stream:
    def __init__(self, *texts: str) -> None:
        self._texts = texts

    async def __call__(self, chain: Chain[TextToSpeech]) -> tuple[int, bool, bool]:
        """How many samples came, whether another voice is to go on, and whether that one streams."""
        tts, size = RetryingTts(chain), 0
        assert tts.opening_words
        pieces = Pieces()
        await pieces.take(_each(self._texts))
        try:
            async for sound in tts.speak_stream(Given(pieces, 0, lambda _text: None)):
                size += sound.samples.size
        except VoiceChanged:
            return size, True, bool(tts.opening_words)
        return size, False, bool(tts.opening_words)


def test_only_who_takes_text_as_it_comes_streams() -> None:
    async def run(chain: Chain[TextToSpeech]) -> bool:
        return bool(RetryingTts(chain).opening_words)

    assert with_chain([Streamer(24_000, 0.1)], run)[0]
    assert not with_chain([Voice(24_000, 0.1)], run)[0]


def test_before_any_sound_the_text_so_far_is_said_again_by_the_next_try_or_the_next_voice() -> None:
    class Once(Streamer):
        async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
            if not self.said:
                self.said.append(text)
                raise failure()
            async for sound in super().speak(text):
                yield sound

    again = Once(24_000, 0.1)
    assert with_chain([again], Stream("one", "two"))[0] == (48_000, False, True)
    assert again.said == ["one", "one", "two"]
    refused = Streamer(24_000, 0.1, {"at once": failure(ErrorCategory.QUOTA)})
    second = Streamer(16_000, 0.5)
    assert with_chain([refused, second], Stream("at once", "two"))[0] == (48_000, False, True)
    assert second.said == ["at once", "two"]


def test_before_any_sound_a_voice_that_cannot_stream_is_handed_everything() -> None:
    refused = Streamer(24_000, 0.1, {"at once": failure(ErrorCategory.QUOTA)})
    plain = Voice(24_000, 0.5)
    assert with_chain([refused, plain], Stream("at once", "two"))[0] == (0, True, False)
    assert plain.said == []


def test_after_some_sound_another_voice_goes_on_and_nothing_is_heard_twice() -> None:
    first, second = Streamer(24_000, 0.1, {"two": failure()}), Streamer(24_000, 0.5)
    assert with_chain([first, second], Stream("one", "two"))[0] == (36_000, True, True)
    assert second.said == []
    with pytest.raises(ProviderError):
        with_chain([Streamer(24_000, 0.1, {"two": failure()})], Stream("one", "two"))
