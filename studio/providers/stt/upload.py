"""Any server that transcribes an upload as OpenAI's `/audio/transcriptions` does: the vendor's own, Groq's, one's own.

Each stretch of speech goes up as soon as it has ended; there are no words before that.

Must not know when a stretch has ended (that is `segmented`), nor retry a failed request.
"""

import io
import wave
from contextlib import aclosing
from typing import Any, ClassVar

import httpx
from pydantic import BaseModel, Field, ValidationError

from studio.model.audio import LISTENING_RATE_HZ, Samples, to_pcm16
from studio.model.errors import ErrorCategory, ProviderError
from studio.providers import catalog
from studio.providers.endpoint import Endpoint, endpoint
from studio.providers.settings import HostedSettings
from studio.providers.stt.segmented import Segmentation, SegmentedStream


class UploadSettings(Segmentation, HostedSettings):
    """The server, and what it is told about the words to expect."""

    model: str = "gpt-transcribe"
    interim_ms: int = Field(default=0, ge=0)
    """Speech after which what was said so far is uploaded for words in between; each costs a request. 0: none."""
    language: str | None = None
    """Two letters; None: found out by the server."""
    prompt: str = ""
    """Names and words that it would not know."""
    temperature: float | None = Field(default=None, ge=0, le=1)
    least_billed_ms: float = Field(default=0, ge=0)
    """A request is billed as if it were at least this long (Groq: 10 s)."""


class _Answer(BaseModel):
    text: str


class Upload:
    """Speech to text by uploading (ports `SpeechToText` and, for `SegmentedStream`, `Recogniser`)."""

    Settings: ClassVar = UploadSettings

    def __init__(self, settings: UploadSettings) -> None:
        self._settings = settings
        self._server: Endpoint | None = None
        self._http: httpx.AsyncClient | None = None

    async def open(self) -> None:
        """Connect, and learn now rather than in the first turn that the key is refused.

        Raises:
            ProviderError: no key, no connection, or no access.
        """
        self._server = await endpoint(self._settings)
        self._http = self._server.http()
        check = catalog.provider(self._settings.provider).check or "/models"
        try:
            await self._send(self._http.build_request("GET", check.lstrip("/")))
        except ProviderError as error:
            if error.category is not ErrorCategory.INVALID_REQUEST:  # a small server may have no such list
                raise

    async def close(self) -> None:
        """Hang up. Safe to call twice."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def stream(self) -> "UploadStream":
        """Start transcribing one call."""
        return UploadStream(self, self._settings)

    async def transcribe(self, samples: Samples) -> str:
        """The words in a stretch of sound at 16 kHz.

        Raises:
            ProviderError: any failure.
        """
        settings = self._settings
        fields: dict[str, Any] = {"model": settings.model, "response_format": "json"}
        if settings.language:
            fields["language"] = settings.language
        if settings.prompt:
            fields["prompt"] = settings.prompt
        if settings.temperature is not None:
            fields["temperature"] = f"{settings.temperature:g}"
        server, http = self._open()
        file = ("speech.wav", wav(samples), "audio/wav")
        body = await self._send(http.build_request("POST", "audio/transcriptions", data=fields, files={"file": file}))
        try:
            return _Answer.model_validate_json(body).text.strip()
        except ValidationError as error:
            message = f"{server.host} sent something that is no transcription; check base_url."
            raise ProviderError(message, ErrorCategory.BROKEN_ANSWER) from error

    async def _send(self, request: httpx.Request) -> bytes:
        """The whole answer, within the limits of time."""
        server, http = self._open()
        response = await server.send(http, request, self._settings.answer_timeout_s)
        async with server.patience(self._settings.stall_timeout_s), aclosing(response):
            return await response.aread()

    def _open(self) -> tuple[Endpoint, httpx.AsyncClient]:
        if self._server is None or self._http is None:
            raise RuntimeError("Upload is used before open() or after close()")
        return self._server, self._http


class UploadStream(SegmentedStream):
    """One call's transcription, which counts what it uploads."""

    def __init__(self, upload: Upload, settings: UploadSettings) -> None:
        self._upload = upload
        self._least_ms = settings.least_billed_ms
        super().__init__(self, settings)

    async def transcribe(self, samples: Samples) -> str:
        """As of `Upload`, counted."""
        self.billed_ms += max(samples.size * 1000 / LISTENING_RATE_HZ, self._least_ms)
        return await self._upload.transcribe(samples)


def wav(samples: Samples) -> bytes:
    """Sound at 16 kHz as a 16-bit WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(LISTENING_RATE_HZ)
        out.writeframes(to_pcm16(samples).tobytes())
    return file.getvalue()
