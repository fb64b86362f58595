"""Changes the rate of mono sound, in one go or as it streams. Must not know where the sound comes from."""

from studio.model.audio import Samples, silence


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """The whole of `samples` at another rate."""
    if from_hz == to_hz:
        return samples
    import soxr

    changed: Samples = soxr.resample(samples, from_hz, to_hz)
    return changed


class StreamResampler:
    """A stream at another rate; what goes in at time t comes out at time t, within 0.5 ms.

    soxr's variable-rate engine is used at a constant ratio: it holds back a constant 10 to 15 ms (30 from
    8 kHz) and answers every 10 ms with 10 ms, where the fixed-rate one at the same quality (7.5 kHz kept,
    aliases below -86 dB at 48 to 16 kHz) holds back 6 to 37 ms and answers in bursts of 30 ms.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream = None
        if from_hz != to_hz:
            import soxr

            self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality="HQ", vr=True)

    def push(self, samples: Samples) -> Samples:
        """The next samples in; what is ready out."""
        return samples if self._stream is None else self._stream.resample_chunk(samples)

    def flush(self) -> Samples:
        """The stream is over: what was held back. Nothing may be pushed afterwards."""
        return silence(0) if self._stream is None else self._stream.resample_chunk(silence(0), last=True)
