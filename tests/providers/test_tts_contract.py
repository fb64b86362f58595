import asyncio
import time
from collections.abc import AsyncGenerator, Coroutine
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
import soxr

from studio.model.audio import LISTENING_RATE_HZ, Samples, rms_windows, silence
from studio.model.preset import Part, Role
from studio.pipeline.clock import VirtualTimeLoop
from studio.pipeline.ports import Sound, TextToSpeech
from studio.providers.catalog import build
from studio.providers.stt.moonshine import Moonshine, MoonshineSettings
from tests.providers import contract
from tests.providers.speech import SENTENCES, words

each_tts = pytest.mark.parametrize("use", contract.embedded(Role.TTS), scope="module")
each_trained_tts = pytest.mark.parametrize("use", contract.trained(Role.TTS), scope="module")
in_one_loop = pytest.mark.asyncio(loop_scope="module")
TWO_SENTENCES = "The capital of Italy is Rome. It is a very old city."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tts(use: str) -> AsyncGenerator[TextToSpeech, None]:
    engine = build(Role.TTS, Part(use=use))
    await engine.open()
    yield engine
    await engine.close()


async def spoken(tts: TextToSpeech, text: str) -> list[Samples]:
    return [sound.samples async for sound in tts.speak(text)]


def errors(heard: list[str], said: list[str]) -> int:
    """Words to insert, drop or change to make one of the other (Levenshtein)."""
    row = list(range(len(said) + 1))
    for index, word in enumerate(heard, 1):
        before, row = row, [index]
        for position, other in enumerate(said):
            row.append(min(before[position] + (word != other), before[position + 1] + 1, row[position] + 1))
    return row[-1]


@each_tts
@in_one_loop
async def test_speaks_mono_float_within_full_scale(tts: TextToSpeech) -> None:
    assert 8_000 <= tts.rate_hz <= 48_000
    pieces = await spoken(tts, TWO_SENTENCES)
    voice = np.concatenate(pieces)
    assert voice.ndim == 1
    assert voice.dtype == np.float32
    assert 0.05 < np.abs(voice).max() <= 1
    assert 2 < voice.size / tts.rate_hz < 10


@each_trained_tts
@in_one_loop
async def test_sentences_come_one_by_one(tts: TextToSpeech) -> None:
    assert len(await spoken(tts, TWO_SENTENCES)) == 2


@each_trained_tts
@pytest.mark.parametrize("text", ["", " ", "...", "!?", "—"])
@in_one_loop
async def test_what_has_no_words_has_no_voice(tts: TextToSpeech, text: str) -> None:
    assert await spoken(tts, text) == []


@each_trained_tts
@in_one_loop
async def test_a_sentence_longer_than_the_model_takes_is_spoken_whole(tts: TextToSpeech) -> None:
    listed = "apples and pears and plums and cherries and " * 14
    voice = np.concatenate(await spoken(tts, f"I would like to buy {listed}nothing else."))
    assert voice.size / tts.rate_hz > 20


@each_trained_tts
@in_one_loop
async def test_stopping_in_the_middle_lets_the_next_clause_start_at_once(tts: TextToSpeech) -> None:
    await spoken(tts, "Hi.")
    began = time.perf_counter()
    await spoken(tts, "Hi.")
    alone = time.perf_counter() - began
    interrupted = tts.speak(" ".join(SENTENCES).replace("?", ",").replace(".", ","))
    waiting = asyncio.get_running_loop().create_task(_first(interrupted))
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.wait([waiting])
    began = time.perf_counter()
    await spoken(tts, "Hi.")
    assert time.perf_counter() - began < 3 * alone + 0.5


async def _first(voice: AsyncGenerator[Sound, None]) -> Sound:
    return await anext(voice)


@each_trained_tts
@in_one_loop
async def test_what_is_said_is_understood(tts: TextToSpeech) -> None:
    stt = Moonshine(MoonshineSettings())
    await stt.open()
    wrong = total = 0
    for sentence in SENTENCES:
        voice = soxr.resample(np.concatenate(await spoken(tts, sentence)), tts.rate_hz, LISTENING_RATE_HZ)
        pause = silence(LISTENING_RATE_HZ // 2)
        heard = await stt.transcribe(np.concatenate([pause, voice, pause]).astype(np.float32))
        wrong += errors(words(heard), words(sentence))
        total += len(words(sentence))
    await stt.close()
    assert wrong / total <= 0.05


@each_trained_tts
@in_one_loop
async def test_numbers_and_abbreviations_are_read_out(tts: TextToSpeech) -> None:
    short = np.concatenate(await spoken(tts, "It costs dollars."))
    long = np.concatenate(await spoken(tts, "It costs $1,234.56."))
    assert long.size > 1.5 * short.size
    assert rms_windows(long, tts.rate_hz).max() > 0.02


@each_tts
def test_opens_and_closes_twice(use: str) -> None:
    contract.opens_and_closes_twice(build(Role.TTS, Part(use=use)))


@each_tts
def test_can_be_abandoned_while_opening(use: str) -> None:
    contract.can_be_abandoned_while_opening(build(Role.TTS, Part(use=use)))


@each_trained_tts
def test_takes_real_time_on_a_virtual_clock(use: str) -> None:
    async def run() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        engine = build(Role.TTS, Part(use=use))
        await engine.open()
        virtual, real = loop.time(), time.perf_counter()
        await spoken(engine, TWO_SENTENCES)
        took = loop.time() - virtual, time.perf_counter() - real
        await engine.close()
        return took

    virtual_s, real_s = _on_virtual_time(run())
    assert virtual_s == pytest.approx(real_s, rel=0.5)


def _on_virtual_time(work: Coroutine[Any, Any, tuple[float, float]]) -> tuple[float, float]:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)
