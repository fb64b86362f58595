import numpy as np
import pytest

from studio.providers.tts.hibari import Hibari, HibariSettings


async def say(text: str, speed: float = 1.0) -> list[np.typing.NDArray[np.float32]]:
    tts = Hibari(HibariSettings(speed=speed))
    await tts.open()
    pieces = [piece.samples async for piece in tts.speak(text)]
    await tts.close()
    return pieces


@pytest.mark.weights
async def test_the_same_text_sounds_the_same() -> None:
    first, second = await say("Good morning."), await say("Good morning.")
    assert np.array_equal(first[0], second[0])


@pytest.mark.weights
async def test_a_title_does_not_end_a_sentence() -> None:
    assert len(await say("Dr. Smith is here. He is early.")) == 2


@pytest.mark.weights
async def test_a_faster_voice_is_shorter() -> None:
    slow, fast = await say("How are you this fine morning?"), await say("How are you this fine morning?", speed=2.0)
    assert fast[0].size < 0.7 * slow[0].size
