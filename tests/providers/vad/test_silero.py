import numpy as np
import pytest

from studio.model.audio import silence
from studio.model.errors import PresetError, WeightsError
from studio.model.preset import Part, Role
from studio.providers import catalog
from studio.providers.vad.silero import FRAME_SAMPLES, Silero, SileroSettings
from tests.providers.speech import SENTENCES, spoken


def test_an_unknown_model_is_refused_when_the_preset_is_read() -> None:
    with pytest.raises(PresetError, match="v6"):
        catalog.settings(Role.VAD, Part(use="silero/v1"))


async def test_missing_weights_are_told(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_WEIGHTS_CACHE", str(tmp_path))
    with pytest.raises(WeightsError, match="silero-vad"):
        await Silero(SileroSettings()).open()


def test_asking_before_opening_is_a_bug() -> None:
    with pytest.raises(RuntimeError, match="before it was opened"):
        Silero(SileroSettings()).speech_probability(silence(FRAME_SAMPLES))


@pytest.mark.weights
async def test_a_frame_of_another_length_is_refused() -> None:
    vad = Silero(SileroSettings())
    await vad.open()
    with pytest.raises(ValueError, match="512"):
        vad.speech_probability(silence(480))


@pytest.mark.weights
async def test_the_numbers_are_those_of_the_model_for_all_rates() -> None:
    """What `silero_vad.onnx` of 6.2.3 gave for the same buzz at 16 kHz."""
    at = np.arange(9 * FRAME_SAMPLES) / 16_000
    pitch = 2 * np.pi * np.cumsum(120 + 20 * np.sin(2 * np.pi * 3 * at)) / 16_000
    buzz = sum(np.sin(n * pitch) / (1 + ((n * 120 - 600) / 300) ** 2) for n in range(1, 30))
    frames = (0.1 * buzz * (0.5 + 0.5 * np.sin(2 * np.pi * 4 * at))).astype(np.float32).reshape(-1, FRAME_SAMPLES)
    vad = Silero(SileroSettings())
    await vad.open()
    vad.reset()
    known = [0.3053, 0.1109, 0.0695, 0.0234, 0.0211, 0.0217, 0.0702, 0.0288, 0.0760]
    assert [vad.speech_probability(frame) for frame in frames] == pytest.approx(known, abs=1e-4)


@pytest.mark.weights
async def test_frames_share_state_and_two_calls_do_not() -> None:
    first, second = Silero(SileroSettings()), Silero(SileroSettings())
    await first.open()
    await second.open()
    speech = spoken(SENTENCES[0])
    frames = speech[: speech.size // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    heard = [first.speech_probability(frame) for frame in frames]
    assert heard == [second.speech_probability(frame) for frame in frames]
    after_speech = first.speech_probability(frames[20])
    assert after_speech != pytest.approx(heard[20], abs=1e-6)


@pytest.mark.weights
async def test_it_hears_speech_in_noise_at_ten_decibels() -> None:
    vad = Silero(SileroSettings())
    await vad.open()
    speech = spoken(SENTENCES[1])
    loud = float(np.sqrt(np.mean(np.square(speech))))
    noise = np.random.default_rng(3).normal(0, loud / np.sqrt(10), speech.size)
    frames = (speech + noise).astype(np.float32)[: speech.size // FRAME_SAMPLES * FRAME_SAMPLES]
    heard = [vad.speech_probability(frame) for frame in frames.reshape(-1, FRAME_SAMPLES)]
    assert sum(each > 0.5 for each in heard) > len(heard) / 3
    assert max(heard[:12]) < 0.5
