from pathlib import Path

import moonshine_voice
import pytest
import soundfile
import soxr

from studio.model.audio import LISTENING_RATE_HZ, Samples
from studio.model.errors import ErrorCategory, PresetError, ProviderError
from studio.model.preset import Part, Role
from studio.model.terms import TranscriptKind
from studio.providers import catalog
from studio.providers.stt import moonshine
from studio.providers.stt.moonshine import Moonshine, MoonshineSettings
from tests.providers.contract import longest_stop
from tests.providers.speech import spoken, words

TWO_CITIES = """It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of
foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the season of light, it was the season
of darkness, it was the spring of hope, it was the winter of despair, we had everything before us, we had nothing
before us, we were all going direct to heaven, we were all going direct the other way"""


def shipped(name: str) -> Samples:
    """A recording of a person that is part of the engine's package, at 16 kHz."""
    package = Path(moonshine_voice.__file__).parent
    samples, rate_hz = soundfile.read(package / "assets" / f"{name}.wav", dtype="float32")
    resampled: Samples = soxr.resample(samples, rate_hz, LISTENING_RATE_HZ)
    return resampled


@pytest.mark.parametrize("setting", [{"segment_s": 60}, {"segment_s": 1}, {"interim_ms": -1}, {"interim_ms": "often"}])
def test_settings_out_of_range_are_refused(setting: dict[str, object]) -> None:
    with pytest.raises(PresetError, match=next(iter(setting))):
        catalog.settings(Role.STT, Part.model_validate({"use": "moonshine", **setting}))


@pytest.mark.weights
async def test_a_person_is_understood_word_for_word() -> None:
    engine = Moonshine(MoonshineSettings())
    await engine.open()
    text = await engine.transcribe(shipped("beckett"))
    assert words(text) == words("Ever tried, ever failed, no matter, try again, fail again, fail better")
    await engine.close()


@pytest.mark.weights
async def test_speech_longer_than_a_segment_is_understood() -> None:
    engine = Moonshine(MoonshineSettings(interim_ms=0))
    await engine.open()
    stream = await engine.stream()
    stream.speech_started()
    speech = shipped("two_cities")[: 28 * LISTENING_RATE_HZ]
    for start in range(0, speech.size, 160):
        stream.push(speech[start : start + 160])
    stream.speech_paused()
    async for transcript in stream.transcripts():
        if transcript.kind is TranscriptKind.END:
            break
    await stream.close()
    await engine.close()
    expected, heard = words(TWO_CITIES), words(transcript.text)
    assert len(set(expected) - set(heard)) <= 1  # the recording goes on: its last word is cut
    assert abs(len(heard) - len(expected)) <= 3


@pytest.mark.weights
@pytest.mark.parametrize("word", ["Thank you.", "Two.", "Yes.", "No.", "Stop."])
async def test_a_single_word_is_not_taken_for_noise(word: str) -> None:
    engine = Moonshine(MoonshineSettings())
    await engine.open()
    assert words(await engine.transcribe(spoken(word))) == words(word)
    await engine.close()


@pytest.mark.weights
async def test_the_loop_turns_while_it_decodes() -> None:
    engine = Moonshine(MoonshineSettings())
    await engine.open()
    assert await longest_stop(engine.transcribe(shipped("beckett"))) < 0.5
    await engine.close()


@pytest.mark.weights
async def test_a_failure_of_the_library_is_one_of_the_provider() -> None:
    engine = Moonshine(MoonshineSettings())
    await engine.open()
    engine._transcriber.close()  # as if the native side had given up
    with pytest.raises(ProviderError, match="Moonshine failed") as raised:
        await engine.transcribe(shipped("beckett"))
    assert raised.value.category is ErrorCategory.SERVER
    await engine.close()


@pytest.mark.weights
async def test_a_library_that_does_not_load_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "encoder_model.ort").write_bytes(b"not a model")
    monkeypatch.setattr(moonshine, "locate", lambda _name: tmp_path)
    engine = Moonshine(MoonshineSettings())
    with pytest.raises(ProviderError, match="cannot be loaded"):
        await engine.open()
    await engine.close()
