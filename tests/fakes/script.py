"""What all stand-ins share: what the caller says, what the agent answers, a voice, and how long everything takes.

Nothing is recognised or thought of here; sound is only told from silence.
"""

import asyncio
from dataclasses import dataclass, field

import numpy as np

FRAME_MS = 10
LOUD = 0.01
"""A frame whose root mean square is above this is speech."""
WORD_MS = 300
"""A word is said in about this time."""
CHARACTER_MS = 60
"""A character is spoken in about this time."""


TimedWord = tuple[str, float, float]
"""A word with its start and end, in milliseconds from the first sound of its utterance."""


@dataclass(frozen=True)
class Script:
    """What is said and how long it takes; the delays are those of the field's fastest."""

    utterances: tuple[str, ...] = (
        "What is the capital of Italy?",
        "How many days are there in a week?",
        "Please tell me all the months of the year.",
        "Wait, stop, how many legs does a spider have?",
        "Thank you, goodbye.",
    )
    replies: tuple[str, ...] = (
        "The capital of Italy is Rome.",
        "There are seven days in a week.",
        "The months are January, February, March, April, May, June, July, August, September, and October.",
        "A spider has eight legs.",
        "You are welcome. Goodbye.",
    )
    half_heard: str = ""
    """What is answered to words that are not the end of an utterance; empty: whatever is next."""
    final_s: float = 0.15
    """From being told of a pause to the final words."""
    first_token_s: float = 0.35
    token_s: float = 0.02
    first_audio_s: float = 0.075
    over_ms: tuple[float, float] = (240, 640)
    """Silence after which who judges turns is fairly sure, and sure, that one is over."""
    open_ms: tuple[float, float] = (240, 640)
    """The same in a pause before the last of the `spoken` words."""
    next_utterance_ms: float = 600
    """Speech after this much silence is the next utterance."""
    spoken: tuple[tuple[TimedWord, ...], ...] = ()
    """When the words of each utterance are said. Where it is given nothing is known before it was said: words come
    `final_s` after their sound, and `final_s` counts from the last sound, not from being told of a pause."""

    @property
    def lag_ms(self) -> float:
        """How long after their sound words are known at the earliest."""
        return self.final_s * 1000 if self.spoken else 0.0

    def reply_to(self, turn: int) -> str:
        """What is answered in a turn, counted from 0; after the last it begins again."""
        return self.replies[turn % len(self.replies)]


@dataclass
class Stamps:
    """When things happened at the fake, in the loop's time, by name: what a client's overhead is measured from."""

    times: dict[str, list[float]] = field(default_factory=dict)

    def now(self, name: str) -> None:
        """It happened now."""
        self.times.setdefault(name, []).append(asyncio.get_running_loop().time())


class Ear:
    """Tells speech from silence in 16-bit mono sound, and gives an utterance of the script for each run of speech.

    The whole utterance is given as final words the first time they are wanted after it has begun; where speech goes
    on after a short pause, the rest of it has no words of its own. Where the script says when each word is said,
    final words are those that were said since the last ones.
    """

    def __init__(self, script: Script, rate_hz: int) -> None:
        self._script = script
        self._rate_hz = rate_hz
        self._pending = b""
        self._utterance = -1
        self._given = True
        self._told = 0
        self._loud_at = 0.0
        self.heard_ms = 0.0
        """All the sound that came."""
        self.speech_ms = 0.0
        """Speech of the utterance so far."""
        self.silence_ms = float(script.next_utterance_ms)
        """Silence since the last speech."""
        self.start_ms = 0.0
        """Where the utterance began, in milliseconds of sound."""

    @property
    def speaking(self) -> bool:
        """The last frame was loud."""
        return self.silence_ms == 0

    @property
    def unfinished(self) -> bool:
        """The last word of the utterance has not begun; False where the script does not say when words are said."""
        if not self._script.spoken or self._utterance < 0:
            return False
        _, start, _ = self._script.spoken[self._utterance % len(self._script.spoken)][-1]
        return start >= self.heard_ms - self.start_ms - self.silence_ms

    def hear(self, pcm: bytes) -> bool:
        """The next sound; True when a new utterance has begun in it."""
        self._pending += pcm
        size = self._rate_hz * FRAME_MS // 1000 * 2
        began = False
        while len(self._pending) >= size:
            frame, self._pending = self._pending[:size], self._pending[size:]
            began = self._frame(np.frombuffer(frame, dtype="<i2")) or began
        return began

    def _frame(self, samples: np.typing.NDArray[np.int16]) -> bool:
        loud = float(np.sqrt(np.mean(np.square(samples / 32768.0)))) > LOUD
        began = loud and self.silence_ms >= self._script.next_utterance_ms
        if began:
            self._utterance += 1
            self._given = False
            self._told = 0
            self.speech_ms = 0.0
            self.start_ms = self.heard_ms
        self.silence_ms = 0.0 if loud else self.silence_ms + FRAME_MS
        if loud and self._script.spoken:
            self._loud_at = asyncio.get_running_loop().time()
        self.speech_ms += FRAME_MS if loud else 0
        self.heard_ms += FRAME_MS
        return began

    @property
    def utterance(self) -> str:
        """What is being said, to its end; empty where nothing is."""
        if self._script.spoken:
            return self.so_far()
        if self._utterance < 0 or self._given:
            return ""
        return self._script.utterances[self._utterance % len(self._script.utterances)]

    def so_far(self) -> str:
        """The words that have been said of the utterance and are not final yet."""
        if self._script.spoken:
            return " ".join(self._said(self._script.lag_ms))
        words = self.utterance.split()
        return " ".join(words[: 1 + int(self.speech_ms / WORD_MS)])

    def final(self) -> str:
        """The utterance as final words, once. Who gives them away waits until they are `due`."""
        if self._script.spoken:
            words = self._said(0.0)
            self._told += len(words)
            return " ".join(words)
        text, self._given = self.utterance, True
        return text

    def due(self, asked: float) -> float:
        """When final words that were asked for at a moment of the loop's time may be given."""
        return max(asked, self._loud_at + self._script.final_s) if self._script.spoken else asked + self._script.final_s

    def _said(self, lag_ms: float) -> list[str]:
        """The words that are not final yet and were said at least so long ago; in a pause, all that were begun."""
        if self._utterance < 0:
            return []
        at = self.heard_ms - self.start_ms
        words = self._script.spoken[self._utterance % len(self._script.spoken)][self._told :]
        begun_by = at - self.silence_ms if self.silence_ms >= lag_ms else 0.0
        return [word for word, start, end in words if end <= at - lag_ms or start < begun_by]

    def timed(self, text: str) -> list[tuple[str, float, float]]:
        """The words of a text with start and end, in seconds of sound, spread over the utterance."""
        words = text.split()
        start, step = self.start_ms / 1000, max(self.speech_ms, 1) / 1000 / max(len(words), 1)
        return [(word, start + index * step, start + (index + 1) * step) for index, word in enumerate(words)]


def voice(text: str, rate_hz: int) -> bytes:
    """A voice that says nothing: 60 ms a character, a swell for each word, audible from the first sample on."""
    pieces = []
    for word in text.split():
        count = len(f"{word} ") * CHARACTER_MS * rate_hz // 1000
        times = np.arange(count) / rate_hz
        buzz = np.cos(2 * np.pi * 140 * times) + 0.5 * np.cos(2 * np.pi * 700 * times)
        swell = 0.55 + 0.45 * np.cos(2 * np.pi * np.arange(count) / max(count, 1))
        pieces.append(0.25 * buzz * swell)
    sound = np.concatenate(pieces) if pieces else np.zeros(0)
    return (sound * 32767).astype("<i2").tobytes()


def spoken_words(text: str) -> list[tuple[str, float, float]]:
    """The words of `voice` with start and end, in seconds."""
    words, at = [], 0.0
    for word in text.split():
        length = len(f"{word} ") * CHARACTER_MS / 1000
        words.append((word, at, at + length))
        at += length
    return words


def pieces(pcm: bytes, rate_hz: int, length_ms: int = 100) -> list[bytes]:
    """Sound in pieces of this length."""
    size = rate_hz * length_ms // 1000 * 2
    return [pcm[start : start + size] for start in range(0, len(pcm), size)]


async def until(moment: float) -> None:
    """Sleep until a moment of the loop's time."""
    await asyncio.sleep(max(0.0, moment - asyncio.get_running_loop().time()))
