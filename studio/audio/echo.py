"""Takes out of the microphone what the speaker played: WebRTC's AEC3, through livekit, without a server.

Must not know where the sound comes from or goes to.
"""

import atexit
from functools import cache
from typing import Any

import numpy as np

from studio.audio.echo_path import EchoPath
from studio.model.audio import LISTENING_RATE_HZ, Samples, silence, to_float, to_pcm16


class WebRtcEchoCanceller:
    """Port EchoCanceller. Finds by itself how long after `far` the echo comes back: 0 to 400 ms.

    Hence `far` may be told as soon as the device fetched it, 100 ms ahead of its sound and in bursts
    of 30 ms; but a block must be told before its echo is captured, and neither side may skip time.
    """

    def __init__(self) -> None:
        """Loads the library, which takes about a second the first time: call it off the event loop."""
        rtc = _library()
        self._frame = rtc.AudioFrame
        self._processing = rtc.AudioProcessingModule(echo_cancellation=True, high_pass_filter=True)
        self._filtering = rtc.AudioProcessingModule(high_pass_filter=True)
        self._far_rest = silence(0)
        self._path = EchoPath()

    def far(self, samples: Samples, rate_hz: int) -> None:
        """What was played, in order, in pieces of any length; from 8 kHz up, always the same rate."""
        self._path.played(samples, rate_hz)
        waiting = np.concatenate([self._far_rest, samples])
        length = rate_hz // 100
        whole = len(waiting) // length * length
        for begin in range(0, whole, length):
            self._processing.process_reverse_stream(self._as_frame(waiting[begin : begin + length], rate_hz))
        self._far_rest = waiting[whole:]

    def near(self, samples: Samples) -> Samples:
        """10 ms (160 samples at 16 kHz) from the microphone in, as many without hum and echo out."""
        filtered = self._through(self._filtering, samples)
        self._path.heard(filtered)
        cancelled = self._through(self._processing, samples)
        return filtered if self._path.absent else cancelled

    def _through(self, processing: Any, samples: Samples) -> Samples:
        frame = self._as_frame(samples, LISTENING_RATE_HZ)
        processing.process_stream(frame)
        return to_float(np.frombuffer(frame.data, dtype=np.int16))

    def _as_frame(self, samples: Samples, rate_hz: int) -> Any:
        return self._frame(bytearray(to_pcm16(samples).tobytes()), rate_hz, 1, len(samples))


@cache
def _library() -> Any:
    from livekit import rtc
    from livekit.rtc._ffi_client import FfiClient

    _started = FfiClient.instance
    # At the end of the process it would log its goodbye from a thread of its own, some 30 ms later: where Python is
    # about to be gone by then, the thread is killed inside of Rust, and that aborts the process.
    atexit.register(setattr, FfiClient, "_ffi_disposed", True)
    return rtc
