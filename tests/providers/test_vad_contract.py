import numpy as np
import pytest

from studio.model.preset import Part, Role
from studio.providers.catalog import build
from tests.providers import contract
from tests.providers.speech import NOISES, SENTENCES, spoken

each_vad = pytest.mark.parametrize("use", contract.embedded(Role.VAD))
each_trained_vad = pytest.mark.parametrize("use", contract.trained(Role.VAD))


@each_vad
def test_opens_and_closes_twice(use: str) -> None:
    contract.opens_and_closes_twice(build(Role.VAD, Part(use=use)))


@each_vad
def test_can_be_abandoned_while_opening(use: str) -> None:
    contract.can_be_abandoned_while_opening(build(Role.VAD, Part(use=use)))


@each_trained_vad
async def test_tells_speech_from_everything_else(use: str) -> None:
    vad = build(Role.VAD, Part(use=use))
    await vad.open()

    def probabilities(samples: np.typing.NDArray[np.float32]) -> list[float]:
        frames = samples[: samples.size // vad.frame_samples * vad.frame_samples].reshape(-1, vad.frame_samples)
        return [vad.speech_probability(frame) for frame in frames]

    for name in ("silence", "hiss", "loud hiss", "a tone"):
        heard = probabilities(NOISES[name])
        assert all(isinstance(each, float) and 0 <= each <= 1 for each in heard)
        assert max(heard) < 0.5, name
    voice = probabilities(spoken(SENTENCES[0]))
    assert max(voice[:10]) < 0.5, "the silence before the first word"
    assert sum(each > 0.5 for each in voice) > len(voice) / 2
    await vad.close()
