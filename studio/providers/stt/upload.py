"""Any server that transcribes an upload as OpenAI's `/audio/transcriptions` does: the vendor's own, Groq's, one's own.

Each stretch of speech goes up as soon as it has ended; there are no words before that.

Must not know when a stretch has ended (that is `segmented`), nor retry a failed request.
"""

import io
import wave
from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel, Field, ValidationError

from studio.model.audio import LISTENING_RATE_HZ, Samples, to_pcm16
from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.providers.kept_connection import Form, KeptConnection
from studio.providers.settings import HostedSettings
from studio.providers.stt.segmented import Recognised, Segmentation, SegmentedStream

SHORTEST_MS = 100
"""OpenAI refuses less sound than this; silence makes up for it."""


class UploadSettings(Segmentation, HostedSettings):
    """The server, and what it is told about the words to expect."""

    model: str = "gpt-transcribe"
    interim_ms: int = Field(default=0, ge=0, le=10_000)
    """Speech after which what was said so far is uploaded for words in between; each costs a request. 0: none."""
    language: str | None = "en"
    """Two letters; None: found out by the server."""
    prompt: str = ""
    """What the conversation is about, or words that it would not know."""
    keywords: tuple[str, ...] = Field(default=(), strict=False)
    """Names and words that it would not know; only some models heed them."""
    temperature: float | None = Field(default=None, ge=0, le=1)
    word_times: bool = False
    """Ask for the times of words: Whisper models know them, and take longer for it."""
    least_billed_ms: float = Field(default=0, ge=0)
    """A request is billed as if it were at least this long."""


class _Word(BaseModel):
    word: str
    start: float
    end: float


class _Answer(BaseModel):
    text: str
    words: tuple[_Word, ...] | None = None


class Upload:
    """Speech to text by uploading (port `SpeechToText`)."""

    Settings: ClassVar = UploadSettings

    def __init__(self, settings: UploadSettings) -> None:
        self._settings = settings
        self._connection = KeptConnection(settings)

    async def open(self) -> None:
        """Connect, and learn now rather than in the first turn that the key is refused.

        Raises:
            ProviderError: no key, no connection, or no access.
        """
        await self._connection.open()

    async def close(self) -> None:
        """Hang up. Safe to call twice."""
        await self._connection.close()

    async def stream(self) -> "UploadStream":
        """Start transcribing one call."""
        return UploadStream(self._connection, self._settings)


class UploadStream(SegmentedStream):
    """One call's transcription, which counts what it uploads."""

    def __init__(self, connection: KeptConnection, settings: UploadSettings) -> None:
        super().__init__(self, settings)
        self._connection = connection
        self._settings = settings

    def speech_started(self) -> None:
        """The local VAD hears the user: there is time to connect anew until the end of the speech."""
        self._connection.warm()
        super().speech_started()

    async def transcribe(self, samples: Samples) -> Recognised:
        """The words in a stretch of sound at 16 kHz.

        Raises:
            ProviderError: any failure.
        """
        self.billed_ms += max(samples.size * 1000 / LISTENING_RATE_HZ, self._settings.least_billed_ms)
        form = Form(fields(self._settings), {"file": ("speech.wav", wav(samples), "audio/wav")})
        response = await self._connection.post("audio/transcriptions", form)
        body = await self._connection.read(response)
        try:
            answer = _Answer.model_validate_json(body)
        except ValidationError as error:
            message = f"{self._connection.server.host} sent something that is no transcription; check base_url."
            raise ProviderError(message, ErrorCategory.BROKEN_ANSWER) from error
        words = (TimedWord(each.word.strip(), each.start * 1000, each.end * 1000) for each in answer.words or ())
        return Recognised(answer.text.strip(), tuple(words))


def fields(settings: UploadSettings) -> Mapping[str, str | Sequence[str]]:
    """The form that goes with a recording; what is not set is left to the server."""
    form: dict[str, str | Sequence[str]] = {
        "model": settings.model,
        "response_format": "verbose_json" if settings.word_times else "json",
    }
    if settings.word_times:
        form["timestamp_granularities[]"] = ["word"]
    if settings.language:
        form["language"] = settings.language
    if settings.prompt:
        form["prompt"] = settings.prompt
    if settings.keywords:
        form["keywords[]"] = settings.keywords
    if settings.temperature is not None:
        form["temperature"] = f"{settings.temperature:g}"
    return form


def wav(samples: Samples) -> bytes:
    """Sound at 16 kHz as a 16-bit WAV file, not shorter than servers take."""
    missing = SHORTEST_MS * LISTENING_RATE_HZ // 1000 - samples.size
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(LISTENING_RATE_HZ)
        out.writeframes(to_pcm16(samples).tobytes() + bytes(2 * max(0, missing)))
    return file.getvalue()
