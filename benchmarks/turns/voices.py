"""Speaks lines with voices that are openly licensed and run here; everything is kept in the cache folder.

Korean comes from espeak-ng and from Kokoro, which is given espeak-ng's phonemes: an English voice with an accent, but
with a voice's melody, which espeak-ng lacks. Must not know of turns and pauses.
"""

import hashlib
import json
import subprocess
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import soundfile

from benchmarks.turns.folder import cache_file
from studio.model.audio import LISTENING_RATE_HZ, Samples
from studio.pipeline.resampling import resample
from studio.providers.weights import locate

_TO_KOKORO = {"tʃh": "ʧʰ", "tɕh": "ʨʰ", "tʃ": "ʧ", "tɕ": "ʨ", "dʒ": "ʤ", "dʑ": "ʥ", "ph": "pʰ", "th": "tʰ", "kh": "kʰ"}
_LETTERS = str.maketrans({"q": "k", "ɫ": "l", "ɐ": "a", "g": "ɡ"})


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody who can speak."""

    engine: str
    """`hibari`, `kokoro` or `espeak`."""
    name: str
    language: str
    """`en` or `ko`."""
    speed: float = 1.0
    pitch: float = 1.0
    """1.12: a smaller throat. Done by playing the voice faster, which speaks slower to make up for it."""

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.engine}/{self.name}" + "".join(
            f" {name} {value:g}" for name, value in (("speed", self.speed), ("pitch", self.pitch)) if value != 1
        )


def speak(voice: Voice, text: str) -> Samples:
    """The line at 16 kHz."""
    key = hashlib.sha256(f"{voice}|{text}".encode()).hexdigest()[:20]
    path = cache_file("lines", f"{key}.flac")
    if not path.exists():
        spoken = {"hibari": _hibari, "kokoro": _kokoro, "espeak": _espeak}[voice.engine](voice, text)
        soundfile.write(path, np.clip(spoken, -1, 1), LISTENING_RATE_HZ, subtype="PCM_16")
    samples, _ = soundfile.read(path, dtype="float32")
    return np.asarray(samples, dtype=np.float32)


def _hibari(voice: Voice, text: str) -> Samples:
    heart, speed = _hibari_voice(), voice.speed / voice.pitch
    spoken = [heart.from_phonemes(piece, speed, 0) for piece in heart.phonemize(text)]
    return resample(np.concatenate(spoken).astype(np.float32), round(24_000 * voice.pitch), LISTENING_RATE_HZ)


@cache
def _hibari_voice() -> Any:
    import hibari

    return hibari.Hibari(voice="heart", model=str(locate("hibari-heart") / "hibari.onnx"), threads=1)


def _kokoro(voice: Voice, text: str) -> Samples:
    session, vocabulary = _kokoro_model()
    phonemes = _english(text, voice.name.startswith("b")) if voice.language == "en" else _korean(text)
    ids = [vocabulary[phoneme] for phoneme in phonemes if phoneme in vocabulary]
    styles = np.fromfile(locate("kokoro-82m-int8") / "voices" / f"{voice.name}.bin", dtype=np.float32)
    inputs = {
        "tokens": np.array([[0, *ids, 0]], dtype=np.int64),
        "style": styles.reshape(-1, 1, 256)[len(ids)],
        "speed": np.array([voice.speed], dtype=np.float32),
    }
    (spoken,) = session.run(None, inputs)
    return resample(np.asarray(spoken, dtype=np.float32).reshape(-1), 24_000, LISTENING_RATE_HZ)


@cache
def _kokoro_model() -> tuple[Any, dict[str, int]]:
    from onnxruntime import InferenceSession, SessionOptions

    folder = locate("kokoro-82m-int8")
    options = SessionOptions()
    options.intra_op_num_threads = 2
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    return InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"]), vocabulary


@cache
def _to_phonemes(british: bool) -> Any:
    from hibari.g2p import G2P

    return G2P(british=british)


def _english(text: str, british: bool) -> str:
    return str(_to_phonemes(british)(text))


def _korean(text: str) -> str:
    """espeak-ng's reading in Kokoro's letters; marks, which it drops, are kept: the melody hangs on them."""
    phonemes = ""
    for piece, mark in _clauses(text):
        said = _run("-v", "ko", "--ipa", "-q", piece).decode().strip().replace("ˈ", "").replace("ˌ", "")
        for theirs, ours in _TO_KOKORO.items():
            said = said.replace(theirs, ours)
        phonemes += f" {said.translate(_LETTERS)}{mark}"
    return phonemes.strip()


def _clauses(text: str) -> list[tuple[str, str]]:
    """Stretches without marks, each with the mark after it."""
    clauses, so_far = [], ""
    for character in text:
        if character in ",.?!…—":
            clauses.append((so_far.strip(), character))
            so_far = ""
        else:
            so_far += character
    return [(piece, mark) for piece, mark in [*clauses, (so_far.strip(), "")] if piece]


def _espeak(voice: Voice, text: str) -> Samples:
    words_a_minute = str(round(165 * voice.speed))
    wave = _run("-v", voice.name, "-s", words_a_minute, "--stdout", text.replace("—", ",").replace("…", ","))
    samples, rate_hz = soundfile.read(BytesIO(wave), dtype="float32")
    return resample(np.asarray(samples, dtype=np.float32), rate_hz, LISTENING_RATE_HZ)


def _run(*arguments: str) -> bytes:
    return subprocess.run(["espeak-ng", *arguments], check=True, capture_output=True).stdout
