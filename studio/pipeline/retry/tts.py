"""A voice that is asked again, or followed by the next one, as long as nothing of the clause has come."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from studio.model.errors import ProviderError
from studio.pipeline.ports import Sound, TextToSpeech
from studio.pipeline.resampling import StreamResampler
from studio.pipeline.retry.chain import Chain


class RetryingTts:
    """The voices of a call, as one at the rate of the preset's own choice."""

    def __init__(self, chain: Chain[TextToSpeech]) -> None:
        self._chain = chain

    @property
    def use(self) -> str:
        """PROVIDER/MODEL of who is asked now."""
        return self._chain.use

    @property
    def rate_hz(self) -> int:
        """Rate of what `speak` yields, whoever speaks."""
        return self._chain.first.rate_hz

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """As the port's. A clause that broke off ends there, and the next provider begins with the next one.

        Raises:
            ProviderError: nobody answers, or the last provider broke off.
        """
        attempts = self._chain.attempts()
        while True:
            begun = cached = False
            resampler = StreamResampler(self._chain.engine.rate_hz, self.rate_hz)
            try:
                async with aclosing(self._chain.engine.speak(text)) as sounds:
                    async for sound in sounds:
                        begun, cached = begun or sound.samples.size > 0, sound.cached
                        yield Sound(resampler.push(sound.samples), sound.words, cached)
                if (rest := resampler.flush()).size:
                    yield Sound(rest, cached=cached)
                return
            except ProviderError as error:
                if begun:
                    self._chain.fall_back(error)  # to say the clause again would repeat what was heard
                    return
                await attempts.after(error)
