"""A voice that is asked again, or followed by the next one, as long as nothing of the clause has come."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing

from studio.model.errors import ProviderError
from studio.pipeline.ports import Sound, StreamingVoice, TextToSpeech
from studio.pipeline.resampling import StreamResampler
from studio.pipeline.retry.chain import Chain


class VoiceChanged(Exception):
    """In the middle of a stream another voice has taken over: it is to say what was not begun."""


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

    @property
    def opening_words(self) -> tuple[int, ...]:
        """As of `StreamingVoice`; empty where who is asked now does not take a reply's text as it comes."""
        engine = self._chain.engine
        return engine.opening_words if isinstance(engine, StreamingVoice) else ()

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """As the port's. A clause that broke off ends there, and the next provider begins with the next one.

        Raises:
            ProviderError: nobody answers, or the last provider broke off.
        """
        async with aclosing(self._tried(lambda voice: voice.speak(text))) as sounds:
            try:
                async for sound in sounds:
                    yield sound
            except VoiceChanged:
                return

    async def speak_stream(self, texts: AsyncIterable[str]) -> AsyncGenerator[Sound, None]:
        """As the port's.

        Raises:
            VoiceChanged: it broke off after some sound, or who takes over does not stream.
            ProviderError: nobody answers, or the last provider broke off.
        """

        def ask(voice: TextToSpeech) -> AsyncGenerator[Sound, None]:
            if not isinstance(voice, StreamingVoice):
                raise VoiceChanged
            return voice.speak_stream(texts)

        async with aclosing(self._tried(ask)) as sounds:
            async for sound in sounds:
                yield sound

    async def _tried(self, ask: Callable[[TextToSpeech], AsyncGenerator[Sound, None]]) -> AsyncGenerator[Sound, None]:
        attempts = self._chain.attempts()
        while True:
            begun = cached = False
            resampler = StreamResampler(self._chain.engine.rate_hz, self.rate_hz)
            try:
                async with aclosing(ask(self._chain.engine)) as sounds:
                    async for sound in sounds:
                        begun, cached = begun or sound.samples.size > 0, sound.cached
                        yield Sound(resampler.push(sound.samples), sound.words, cached)
                if (rest := resampler.flush()).size:
                    yield Sound(rest, cached=cached)
                return
            except ProviderError as error:
                if begun:
                    self._chain.fall_back(error)  # to say it again would repeat what was heard
                    raise VoiceChanged from error
                await attempts.after(error)
