"""Does what is played come back at all? With headphones it does not, and then there is nothing to take out.

WebRTC's canceller begins with the suspicion that all it hears is echo: until its filter has found a path it takes away
a user who speaks over the agent, whole sentences of it. Where there is no path that never ends well.
Must not know how an echo is taken out.
"""

from collections import deque

import numpy as np

from studio.model.audio import LISTENING_RATE_HZ, Samples, silence
from studio.pipeline.echo_check import EARLIEST, ECHO_LIKENESS, LATEST, likeness
from studio.pipeline.resampling import resample

_CELL = LISTENING_RATE_HZ // 10
"""Samples that are judged at once."""
_LATEST_CELLS = 5
"""An echo comes back within 400 ms."""
_ABSENT_CELLS = 3
"""So long the agent was loud and nothing came back, before it is believed that nothing ever will."""
_ROOM_CELLS = 100
"""Ten seconds."""
_LOUD = 1e-5
"""Mean power of what was played, -50 dB, from which on an echo of it would matter."""
_SOFTER = 10**-4.5
"""An echo that much softer than what was played (45 dB) is not taken for speech."""
_ABOVE_ROOM = 1.5
"""An echo adds to the room's noise, and what is not louder than that (1.8 dB) is none."""
_HEARD = 3 * _CELL
"""So much is compared, once all of it is loud: `likeness` is wrong about less."""
_VOICE_HZ = (200, 4000)
"""Hum and hiss are no echo, and hide none."""


class EchoPath:
    """Compares loudness, and where the microphone is loud while the agent speaks, the sounds themselves."""

    def __init__(self) -> None:
        self._played: deque[Samples] = deque()
        self._played_count = 0
        self._rate_hz = LISTENING_RATE_HZ
        """Of what was played."""
        self._untold = 0
        """Samples played since the last cell."""
        self._heard = silence(0)
        self._fresh: list[Samples] = []
        """Heard since the last cell."""
        self._cells: deque[tuple[float, float]] = deque(maxlen=_LATEST_CELLS)
        """Mean power played and heard."""
        self._room: deque[float] = deque(maxlen=_ROOM_CELLS)
        """Mean power heard while no echo could be."""
        self._without_echo = 0
        self.absent = False
        """Whether what is played does not come back."""

    def played(self, samples: Samples, rate_hz: int) -> None:
        """What was played, in order; always at the same rate."""
        self._rate_hz = rate_hz
        self._played.append(samples)
        self._played_count += samples.size
        self._untold += samples.size
        while self._played_count - self._played[0].size >= self._at_rate(LATEST + _HEARD):
            self._played_count -= self._played.popleft().size

    def heard(self, samples: Samples) -> None:
        """The next block from the microphone, at 16 kHz."""
        self._fresh.append(samples)
        if sum(piece.size for piece in self._fresh) >= _CELL:
            self._heard = np.concatenate((self._heard, *self._fresh))[-_HEARD:]
            self._fresh.clear()
            if self._untold >= self._at_rate(_CELL) // 2:  # else a device is being swapped, and nothing can be told
                self._judge()
            self._untold = 0

    def _judge(self) -> None:
        played = np.concatenate(self._played)
        cell = played[-self._at_rate(_CELL) :]
        self._cells.append((_power(cell, self._rate_hz), _power(self._heard[-_CELL:], LISTENING_RATE_HZ)))
        loudest = max(power for power, _ in self._cells)
        if loudest < _LOUD:
            self._room.append(self._cells[-1][1])
        if len(self._cells) < _LATEST_CELLS or self._cells[0][0] < _LOUD:
            return
        soft = max(loudest * _SOFTER, min(self._room, default=0.0) * _ABOVE_ROOM)
        loud = [power > soft for _, power in self._cells]
        if not any(loud):
            self._without_echo += 1
            self.absent = self.absent or self._without_echo >= _ABSENT_CELLS
        elif not self.absent:
            self._without_echo = 0
        elif all(loud[-3:]) and self._is_like(played):
            self._without_echo, self.absent = 0, False

    def _is_like(self, played: Samples) -> bool:
        around = resample(played[-self._at_rate(LATEST + _HEARD) :], self._rate_hz, LISTENING_RATE_HZ)
        if around.size < LATEST + _HEARD:
            return False
        return likeness(self._heard, np.concatenate((around, silence(EARLIEST)))).likeness >= ECHO_LIKENESS

    def _at_rate(self, count: int) -> int:
        """As many samples of what was played."""
        return count * self._rate_hz // LISTENING_RATE_HZ


def _power(samples: Samples, rate_hz: int) -> float:
    """Mean power in the band of a voice."""
    window = np.hanning(samples.size)
    low, high = (hertz * samples.size // rate_hz for hertz in _VOICE_HZ)
    spectrum = np.fft.rfft(samples * window)[low:high]
    return float(2 * np.sum(np.abs(spectrum) ** 2) / samples.size / np.sum(window**2))
