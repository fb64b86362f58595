import pytest

from studio.model.errors import PresetError
from studio.providers.tts.kokoro import Kokoro, KokoroSettings
from tests.providers.contract import needs

pytestmark = needs("kokoro-82m-int8")


async def test_an_unknown_voice_names_those_there_are() -> None:
    tts = Kokoro(KokoroSettings(voice="af_nobody"))
    with pytest.raises(PresetError, match="am_michael"):
        await tts.open()
    await tts.close()


async def test_it_lists_the_voices_that_are_there() -> None:
    tts = Kokoro(KokoroSettings())
    voices = dict(await tts.voices())
    await tts.close()
    assert len(voices) == 28
    assert voices["af_heart"] == "Heart (en-US, female)"
    assert voices["bm_george"] == "George (en-GB, male)"


async def test_voices_and_paces_differ() -> None:
    lengths = {}
    for settings in (KokoroSettings(), KokoroSettings(voice="bm_george"), KokoroSettings(speed=2.0)):
        tts = Kokoro(settings)
        await tts.open()
        lengths[settings] = sum([piece.samples.size async for piece in tts.speak("How are you this fine morning?")])
        await tts.close()
    assert len(set(lengths.values())) == 3
    assert lengths[KokoroSettings(speed=2.0)] < 0.7 * lengths[KokoroSettings()]
