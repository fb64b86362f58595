"""What a part of the pipeline must offer. Everything outside (devices, engines, vendors, recordings,
test fakes) comes in through one of these protocols; none of them knows another.

Every part is opened once (loading, connecting, warming up) and closed once. A failure during a call
is a `ProviderError` whose category says whether trying again can help; parts do not retry themselves.
"""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, runtime_checkable

from studio.model.audio import AudioBlock, Samples
from studio.model.conversation import Message, TimedWord, Tokens, Tool, ToolCall
from studio.model.terms import Level, TranscriptKind, Trigger
from studio.pipeline.routing.classifier import Classifiers


class AudioSource(Protocol):
    """Where the user is heard: a microphone or a recording, as mono at 16 kHz."""

    @property
    def name(self) -> str:
        """The device's or file's name."""

    @property
    def exhausted(self) -> bool:
        """True once a recording has been played through; silence follows until it is closed."""

    def blocks(self) -> AsyncIterator[AudioBlock]:
        """Consecutive blocks of 10 ms (160 samples), each handed over when it has been captured."""

    async def close(self) -> None:
        """Stop capturing; `blocks` ends."""


@dataclass(frozen=True, slots=True)
class PlayedBlock:
    """What a sink played during one of its blocks."""

    block: AudioBlock
    """The samples that went out, silence included; its position counts from the sink's start."""
    written_start: int
    """Index, in the stream of written samples, of the first one played in this block."""
    written_count: int
    """How many written samples the block begins with; the rest of it is silence."""
    buffered: int
    """Written samples that were waiting after this block."""


class AudioSink(Protocol):
    """Where the agent is heard: a speaker or a file, mono."""

    @property
    def name(self) -> str:
        """The device's or file's name."""

    @property
    def rate_hz(self) -> int:
        """Rate of what is written and played."""

    def write(self, samples: Samples) -> int:
        """Queue samples; returns their index in the stream of written samples. Never blocks."""

    def clear(self) -> None:
        """Drop everything that was written and not yet played, at the next block."""

    def blocks(self) -> AsyncIterator[PlayedBlock]:
        """Consecutive blocks, each told as soon as it went to the device."""

    async def close(self) -> None:
        """Stop playing; `blocks` ends."""


class EchoCanceller(Protocol):
    """Removes from the microphone what the speaker played."""

    def far(self, samples: Samples, rate_hz: int) -> None:
        """What was played, in order."""

    def near(self, samples: Samples) -> Samples:
        """10 ms (160 samples at 16 kHz) from the microphone in, as many without echo out."""


class Part(Protocol):
    """What every provider has in common."""

    async def open(self) -> None:
        """Load, connect and warm up, so that the first turn is as fast as the tenth.

        Raises:
            StudioError: weights, library, key or server missing, with what to do about it.
        """

    async def close(self) -> None:
        """Free what `open` took. Safe to call twice."""


class Vad(Part, Protocol):
    """Voice activity detection, one probability a frame. Runs in the loop's thread: must take well under 1 ms."""

    @property
    def frame_samples(self) -> int:
        """Frame length in samples at 16 kHz."""

    def speech_probability(self, frame: Samples) -> float:
        """0 to 1 for the next frame; consecutive frames share state."""

    def reset(self) -> None:
        """Forget what was heard: another call begins."""


class TurnDetector(Part, Protocol):
    """Judges from sound whether the user has finished."""

    async def end_probability(self, audio: Samples) -> float:
        """0 to 1 for the user's turn so far, at 16 kHz; the latest 8 s matter."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What an STT engine says; `text` is all the words of the turn so far."""

    kind: TranscriptKind
    text: str
    confidence: float | None = None
    """0 to 1, None where the engine gives none."""
    trigger: Trigger | None = None
    """VENDOR for an END that nobody asked for: the engine itself judges that the turn is over."""
    words: tuple[TimedWord, ...] = ()
    """Those of `text` whose times are known, from the first sample that was pushed into the stream."""


class SttStream(Protocol):
    """One call's transcription. All methods but `transcripts` and `close` return at once."""

    def push(self, block: Samples) -> None:
        """The next samples of the user, speech or not, 16 kHz."""

    def speech_started(self) -> None:
        """The local VAD hears the user; up to 500 ms before this moment belong to the speech."""

    def speech_paused(self) -> None:
        """The local VAD hears silence: answer with an END for what was said so far, at once."""

    def turn_committed(self) -> None:
        """The turn is over: what follows is a new one and starts with no words."""

    def transcripts(self) -> AsyncGenerator[Transcript, None]:
        """What the engine says, as it says it.

        Every `speech_paused` is answered by exactly one END without a trigger, unless speech started again
        before it. An engine that judges turns adds SPEECH_START, EAGER_END, RESUME and END with `Trigger.VENDOR`.

        Raises:
            ProviderError: the engine failed; what was said since the last commitment may be lost.
        """

    @property
    def billed_ms(self) -> float:
        """Milliseconds of sound that were sent to whoever bills them, so far."""

    async def close(self) -> None:
        """End the stream; `transcripts` ends."""


class SpeechToText(Part, Protocol):
    """An STT engine."""

    async def stream(self) -> SttStream:
        """Start transcribing one call."""


@dataclass(frozen=True, slots=True)
class ReplyPiece:
    """A piece of a language model's streamed reply: some text, a whole tool call, or at the end the token counts."""

    text: str = ""
    call: ToolCall | None = None
    tokens: Tokens | None = None


class LanguageModel(Part, Protocol):
    """A chat model."""

    async def warm(self, messages: Sequence[Message]) -> None:
        """Evaluate a prompt's beginning, so that the next reply starts sooner; may do nothing."""

    def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        """Stream the reply to a conversation that ends with the user or with tools' answers.

        Closing the iterator cancels it.
        """


class Toolbox(Part, Protocol):
    """The tools of an agent."""

    @property
    def tools(self) -> Sequence[Tool]:
        """What there is; known once open."""

    async def use(self, call: ToolCall) -> str:
        """The tool's answer, for the model.

        Raises:
            ProviderError: it failed; the message is told to the model instead.
        """


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of a clause's voice."""

    samples: Samples
    """May be empty where only words come."""
    words: tuple[TimedWord, ...] = ()
    """Words whose times are known now, from the clause's first sample."""
    cached: bool = False
    """Whether it was kept from an earlier time: nothing was asked of the engine."""


class TextToSpeech(Part, Protocol):
    """A TTS engine."""

    @property
    def rate_hz(self) -> int:
        """Rate of what `speak` yields; known once open."""

    def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """Stream the voice for one clause. Closing the iterator cancels it."""


@runtime_checkable
class StreamingVoice(Protocol):
    """What a TTS engine can do beside `TextToSpeech` that takes a reply's text as it comes, and times its words."""

    @property
    def opening_words(self) -> tuple[int, ...]:
        """How many words each of a reply's first pieces has at least; those that follow are clauses. Never empty."""

    def speak_stream(self, texts: AsyncIterable[str]) -> AsyncGenerator[Sound, None]:
        """Stream the voice for one reply, whose melody carries over its pieces. Closing the iterator cancels it.

        `texts` gives consecutive pieces, each ending at the end of a word and with the space that follows; gone
        through again, it gives them all again from the first one. Words' times count from the reply's first sample.
        """


P_co = TypeVar("P_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Candidate(Generic[P_co]):
    """A provider that takes over when the one before it fails; open."""

    use: str
    """PROVIDER/MODEL."""
    engine: P_co


@dataclass(frozen=True, slots=True)
class Fallbacks:
    """Who takes over, in this order."""

    stt: tuple[Candidate[SpeechToText], ...] = ()
    llm: tuple[Candidate[LanguageModel], ...] = ()
    tts: tuple[Candidate[TextToSpeech], ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one conversation."""

    source: AudioSource
    sink: AudioSink
    echo: EchoCanceller | None
    vad: Vad
    turn: TurnDetector
    stt: SpeechToText
    llm: LanguageModel
    tts: TextToSpeech
    tools: Toolbox | None = None
    fallbacks: Fallbacks = Fallbacks()
    open_air: bool = False
    """Whether the microphone may hear the speaker."""
    levels: Mapping[Level, tuple[Candidate[LanguageModel], ...]] = field(default_factory=dict)
    """The models of those levels that have their own, in the order of who takes over; the last are those of `llm`."""
    classifiers: Classifiers | None = None
    """What tells levels and intents from words; None: neither is told."""
