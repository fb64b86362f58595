"""ElevenLabs' voices over one websocket, a context for each clause or reply (`multi-stream-input`).

Must not know sockets, time or the conversation; `tts/socket.py` does.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.providers.elevenlabs_errors import reported
from studio.providers.endpoint import endpoint
from studio.providers.http_errors import refusal
from studio.providers.settings import HostedSettings
from studio.providers.tts.socket import Frame, Piece
from studio.providers.tts.text_stream import StreamingTts

RATE_HZ = 24_000
_IDLE_S = 60
"""Without a word for so long the vendor hangs up; its own limit, where it did not heed ours, is 20 s."""
_NOBODY = "keep-alive"
"""The context that keeps the connection: a message without any would open a nameless one that nothing closes."""
_PAGE, _MOST_PAGES = 100, 50
"""Voices in one answer, and answers to ask for."""


class ElevenSettings(HostedSettings):
    """ElevenLabs' model and voice, and how it speaks; what is None is left to the voice's own settings."""

    model: str = "eleven_flash_v2_5"
    voice: str = Field(pattern=r"^[\w-]+$")
    """The voice's id, from `voices` or the vendor's library."""
    language: str = ""
    """Two letters: the language of the text; empty: the model finds it out. Only the 2.5 models take it."""
    stability: float | None = Field(default=None, ge=0, le=1)
    """Low: livelier; high: more even."""
    similarity_boost: float | None = Field(default=None, ge=0, le=1)
    """How closely it keeps to the original voice."""
    style: float | None = Field(default=None, ge=0, le=1)
    """How much it exaggerates; above 0 it takes longer."""
    speed: float | None = Field(default=None, ge=0.7, le=1.2)
    """1: the voice's own pace."""


class Eleven(StreamingTts):
    """Text to speech with ElevenLabs."""

    Settings: ClassVar = ElevenSettings

    def __init__(self, settings: ElevenSettings) -> None:
        super().__init__(settings, lambda: ElevenDialect(settings))
        self._hosted = settings

    async def voices(self) -> list[tuple[str, str]]:
        """Ids of the account's voices and what people call them, with the language; may be asked before `open`.

        Raises:
            ProviderError: any failure.
        """
        server = await endpoint(self._hosted)
        found: list[tuple[str, str]] = []
        query: dict[str, str | int] = {"page_size": _PAGE, "include_total_count": "false"}
        async with server.http() as client:
            for _ in range(_MOST_PAGES):
                async with server.patience(self._hosted.answer_timeout_s):
                    answer = await client.get("/v2/voices", params=query)
                if answer.is_error:
                    raise refusal(answer, server.key_name)
                try:
                    page = answer.json()
                    found += map(_titled, page["voices"])
                    more = page["next_page_token"] if page["has_more"] else None
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise ProviderError(
                        f"{server.host} sent no list of voices.", ErrorCategory.BROKEN_ANSWER
                    ) from error
                if not more:
                    break
                query["next_page_token"] = more
        return found


class ElevenDialect:
    """Messages of `/multi-stream-input`, as elevenlabs 2.78 defines them."""

    rate_hz = RATE_HZ
    keep_alive_s = 15.0
    context_idle_s = _IDLE_S / 2
    opening_words = (2,)
    """What is flushed is spoken as it stands: one word alone would have a melody of its own."""

    def __init__(self, settings: ElevenSettings) -> None:
        self._settings = settings
        self._clauses: dict[str, _Clause] = {}

    def path(self) -> str:
        """The voice is part of it."""
        return f"/v1/text-to-speech/{self._settings.voice}/multi-stream-input"

    def query(self) -> Mapping[str, str | int | float | bool]:
        """Nothing is held back for longer texts, and every piece of sound comes with its characters."""
        language = {"language_code": self._settings.language} if self._settings.language else {}
        return {
            "model_id": self._settings.model,
            "output_format": f"pcm_{RATE_HZ}",
            "auto_mode": True,
            "sync_alignment": True,
            "inactivity_timeout": _IDLE_S,
            **language,
        }

    def headers(self) -> Mapping[str, str]:
        """None beside the key's."""
        return {}

    def greeting(self) -> Sequence[Frame]:
        """None is wanted."""
        return ()

    def speak(self, context: str, text: str) -> Sequence[Frame]:
        """A context for the clause, closed at once: what was flushed is still spoken, and `isFinal` ends it."""
        return (*self.add(context, text, first=True), *self.finish(context))

    def add(self, context: str, text: str, first: bool) -> Sequence[Frame]:
        """The text, and that it is not to wait for more; before the first one how it is to be spoken."""
        names = ("stability", "similarity_boost", "style", "speed")
        manner = {name: value for name in names if (value := getattr(self._settings, name)) is not None}
        begin = {"text": " ", "context_id": context, **({"voice_settings": manner} if manner else {})}
        say = {"text": f"{text.strip()} ", "context_id": context, "flush": True}
        return tuple(json.dumps(frame, ensure_ascii=False) for frame in ((begin, say) if first else (say,)))

    def finish(self, context: str) -> Sequence[Frame]:
        """The context is closed; what was flushed is still spoken, and `isFinal` ends it."""
        return (json.dumps(_close(context)),)

    def cancel(self, context: str) -> Sequence[Frame]:
        """The context is closed; what the vendor has begun to say it may still send."""
        return (json.dumps(_close(context)),)

    def keep_alive(self) -> Sequence[Frame]:
        """No text, for a context that is not left open: one that stands idle ends the connection."""
        return (json.dumps({"text": "", "context_id": _NOBODY}), json.dumps(_close(_NOBODY)))

    def goodbye(self) -> Sequence[Frame]:
        """The end."""
        return (json.dumps({"close_socket": True}),)

    def read(self, message: Frame) -> Iterator[Piece]:
        """Sound with its characters, the end of a clause, and errors."""
        content = json.loads(message)
        if not isinstance(content, dict):
            raise TypeError("no object")
        context = str(content.get("contextId") or "")
        if content.get("error"):
            yield self._failed(context, content)
        elif content.get("isFinal"):
            spoken = self._clauses.pop(context, _Clause())
            yield Piece(context, words=tuple(spoken.rest()), last=True)
        else:
            pcm = base64.b64decode(content["audio"] or "", validate=True)
            clause = self._clauses.setdefault(context, _Clause())
            spelt = content.get("alignment") or content.get("normalizedAlignment") or {}
            words = tuple(clause.spell(*(spelt.get(name) or () for name in _ALIGNMENT)))
            clause.pcm_bytes += len(pcm)
            yield Piece(context, pcm, words)

    def _failed(self, context: str, content: Mapping[str, Any]) -> Piece:
        error = reported(str(content["error"]), content.get("message"), self._settings)
        if not context:
            raise error
        self._clauses.pop(context, None)
        return Piece(context, error=error)


_ALIGNMENT = ("chars", "charStartTimesMs", "charDurationsMs")


class _Clause:
    """The words of a clause, put together from the characters of its pieces."""

    def __init__(self) -> None:
        self.pcm_bytes = 0
        """Sound of the pieces before: a piece's times count from its own first sample."""
        self._word = ""
        self._start_ms = self._end_ms = 0.0

    def spell(
        self, characters: Sequence[str], starts_ms: Sequence[float], lengths_ms: Sequence[float]
    ) -> Iterator[TimedWord]:
        """The words that end within a piece."""
        before_ms = self.pcm_bytes / 2 / RATE_HZ * 1000
        for character, start_ms, length_ms in zip(characters, starts_ms, lengths_ms, strict=True):
            if not character.strip():
                yield from self.rest()
                continue
            if not self._word:
                self._start_ms = before_ms + start_ms
            self._word += character
            self._end_ms = before_ms + start_ms + length_ms

    def rest(self) -> Iterator[TimedWord]:
        """The word that is under way."""
        if self._word:
            yield TimedWord(self._word, self._start_ms, self._end_ms)
            self._word = ""


def _close(context: str) -> dict[str, str | bool]:
    return {"context_id": context, "close_context": True}


def _titled(voice: Mapping[str, Any]) -> tuple[str, str]:
    """`George - Warm Storyteller (en, british)`."""
    labels = voice.get("labels") or {}
    verified = [each["language"] for each in voice.get("verified_languages") or ()]
    spoken = labels.get("language") or next(iter(verified), None)
    about = ", ".join(part for part in (spoken, labels.get("accent")) if part)
    name = voice.get("name") or voice["voice_id"]
    return str(voice["voice_id"]), f"{name} ({about})" if about else str(name)
