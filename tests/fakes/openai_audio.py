"""The stand-in of every server that hears and speaks as OpenAI's: uploads, speech, realtime transcription.

Written from openai 3.54 and the documentation of OpenAI and Groq; what they say to a wrong request is roughly theirs.
Paths are relative to the base URL: mount it at `/v1`.
"""

import io
import re
import wave
from typing import Any

from tests.fakes.openai_realtime import Transcribing
from tests.fakes.script import Script, Stamps, pieces, spoken_words, voice
from tests.fakes.server import Answer, Refuse, Request, Socket

UPLOAD_FIELDS = {
    "file", "model", "language", "prompt", "response_format", "temperature", "timestamp_granularities[]", "stream",
    "chunking_strategy", "include[]", "keywords[]", "languages[]",
}  # fmt: skip
SPEECH_FIELDS = {"model", "voice", "input", "instructions", "response_format", "speed", "stream_format"}
RATE_HZ = 24_000
KEYWORD_MODELS = ("gpt-transcribe",)
JSON_ONLY_MODELS = ("gpt-",)
"""Their answers are plain; Whisper models also tell the times of words."""
WAV_ONLY_MODELS = ("canopylabs/",)
"""Groq's: they take 200 characters at once."""


class OpenAiAudio:
    """Hears what the script says, and speaks."""

    def __init__(self, script: Script | None = None, key: str | None = None) -> None:
        self.script = script or Script()
        self.stamps = Stamps()
        self.transcribing = Transcribing(self.script, self.stamps, key)
        """Its realtime sessions."""
        self.uploads: list[dict[str, Any]] = []
        """The fields of each form."""
        self.speeches: list[dict[str, Any]] = []
        """What was to be said, and how."""
        self._key = key
        self._utterance = -1
        self._last = b""

    async def http(self, request: Request, answer: Answer) -> None:
        """The list of models, transcriptions and speech."""
        sent = request.headers.get("authorization", "")
        if self._key is not None and sent != f"Bearer {self._key}":
            message = f"Incorrect API key provided: {sent[:12]}***{sent[-4:]}."
            await _refuse(answer, message, 401, "invalid_api_key")
            return
        match request.method, request.path:
            case "GET", "/models":
                await answer.json({"object": "list", "data": [_model("gpt-transcribe"), _model("gpt-4o-mini-tts")]})
            case "POST", "/audio/transcriptions":
                await self._transcribe(_form(request), answer)
            case "POST", "/audio/speech":
                assert request.headers["content-type"] == "application/json"
                await self._speak(request.json(), answer)

    def greet(self, request: Request) -> Refuse | None:
        """A session is opened to anybody; who may use it is told then."""
        return self.transcribing.greet(request)

    async def talk(self, request: Request, socket: Socket) -> None:
        """Transcribe."""
        await self.transcribing.talk(request, socket)

    async def _transcribe(self, form: dict[str, Any], answer: Answer) -> None:
        self.stamps.now("asked")
        self.uploads.append(form)
        if (wrong := _wrong_upload(form)) is not None:
            await _refuse(answer, wrong)
            return
        seconds, text = _length_s(form["file"]), self._text(form["file"])
        await answer.pause(self.script.final_s)
        self.stamps.now("answered")
        usage = {"type": "duration", "seconds": seconds}
        if form.get("response_format", "json") == "json":
            await answer.json({"text": text, "usage": usage})
            return
        words = [{"word": word, "start": start, "end": end} for word, start, end in _timed(text, seconds)]
        timed = {"words": words} if form.get("timestamp_granularities[]") == "word" else {}
        verbose = {"task": "transcribe", "language": "english", "duration": seconds, "text": f" {text}"}
        await answer.json({**verbose, **timed, "usage": usage})

    def _text(self, file: bytes) -> str:
        """The next utterance, or the same one where the recording is the last one, grown."""
        sound = file[44:]
        self._utterance += not (self._last and len(sound) > len(self._last) and sound.startswith(self._last))
        self._last = sound
        return self.script.utterances[self._utterance % len(self.script.utterances)]

    async def _speak(self, body: Any, answer: Answer) -> None:
        self.stamps.now("asked")
        self.speeches.append(body)
        if (wrong := _wrong_speech(body)) is not None:
            await _refuse(answer, wrong)
            return
        sound, kind = voice(body["input"], RATE_HZ), body["response_format"]
        head = b"" if kind == "pcm" else _wav_head()
        await answer.start(200, {"Content-Type": f"audio/{kind}"})
        await answer.pause(self.script.first_audio_s)
        self.stamps.now("answered")
        for piece in pieces(head + sound, RATE_HZ):
            await answer.send(piece)
            await answer.pause(0.002)
        await answer.end()


def _wrong_upload(form: dict[str, Any]) -> str | None:
    """What the vendor holds against a form."""
    model, kind, language = form.get("model", ""), form.get("response_format", "json"), form.get("language", "en")
    plain = model.startswith(JSON_ONLY_MODELS)
    if unknown := sorted(form.keys() - UPLOAD_FIELDS):
        return f"Unrecognized request argument supplied: {', '.join(unknown)}"
    if not model:
        return "you must provide a model parameter"
    if not isinstance(form.get("file"), bytes):
        return "[{'type': 'missing', 'loc': ('body', 'file'), 'msg': 'Field required'}]"
    if not re.fullmatch("[a-z]{2}", language):
        return f"Language '{language}' is not supported."
    if kind not in (("json",) if plain else ("json", "verbose_json")):
        return f"response_format '{kind}' is not compatible with model '{model}'. Use 'json' instead."
    if "timestamp_granularities[]" in form and kind != "verbose_json":
        return "timestamp_granularities can only be used with response_format verbose_json"
    if "keywords[]" in form and model not in KEYWORD_MODELS:
        return f"keywords is not supported for model '{model}'."
    if not 0 <= float(form.get("temperature", 0)) <= 1:
        return "temperature must be between 0 and 1"
    if _length_s(form["file"]) < 0.1:
        return "Audio file is too short. Minimum audio length is 0.1 seconds."
    return None


def _wrong_speech(body: Any) -> str | None:
    """What the vendor holds against a body."""
    if not isinstance(body, dict):
        return "We could not parse the JSON body of your request."
    if unknown := sorted(body.keys() - SPEECH_FIELDS):
        return f"Unrecognized request argument supplied: {', '.join(unknown)}"
    if missing := [name for name in ("model", "voice", "input") if not body.get(name)]:
        return f"[{{'type': 'missing', 'loc': ('body', '{missing[0]}'), 'msg': 'Field required'}}]"
    wav_only = body["model"].startswith(WAV_ONLY_MODELS)
    if len(body["input"]) > (200 if wav_only else 4096):
        return "Input should be shorter"
    if body.get("response_format") not in (("wav",) if wav_only else ("pcm", "wav")):
        return f"This stand-in does not speak {body.get('response_format', 'mp3')}"
    if body.get("stream_format", "audio") != "audio":
        return "This stand-in knows no sse"
    if not 0.25 <= body.get("speed", 1) <= 4:
        return "speed must be between 0.25 and 4"
    return None


async def _refuse(answer: Answer, message: str, status: int = 400, code: str | None = None) -> None:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    await answer.json({"error": error}, status)


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1, "owned_by": "system"}


def _form(request: Request) -> dict[str, Any]:
    """The fields of a multipart body; a file as bytes, a list joined by commas."""
    kind = request.headers.get("content-type", "")
    found = re.fullmatch(r"multipart/form-data; boundary=(\S+)", kind)
    assert found, f"an upload is a form, not {kind}"
    fields: dict[str, Any] = {}
    for part in request.body.split(f"--{found[1]}".encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)
        assert name, "every field has a name"
        if b"filename=" in head:
            assert re.search(rb'filename="[^"]+\.wav"', head), "the vendor tells the format by the name"
            fields[name[1].decode()] = content
        else:
            text = content.decode()
            before = fields.get(name[1].decode())
            fields[name[1].decode()] = text if before is None else f"{before},{text}"
    return fields


def _length_s(file: bytes) -> float:
    with wave.open(io.BytesIO(file)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 16_000)
        assert sound.getnframes() * 2 == len(file) - 44, "the file says how long it is"
        return float(sound.getnframes() / sound.getframerate())


def _timed(text: str, seconds: float) -> list[tuple[str, float, float]]:
    """The words of a text spread over a recording."""
    words = spoken_words(text)
    scale = seconds / words[-1][2] if words else 1.0
    return [(word, start * scale, end * scale) for word, start, end in words]


def _wav_head() -> bytes:
    """Of a file that is sent while it is spoken, so that its sizes are not known."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(b"")
    unknown = b"\xff\xff\xff\xff"
    head = file.getvalue()
    return head[:4] + unknown + head[8:40] + unknown
