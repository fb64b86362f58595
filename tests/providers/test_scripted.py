import asyncio
from collections.abc import Coroutine
from typing import TypeVar

import numpy as np
import pytest
from pydantic import ValidationError

from studio.model.audio import silence
from studio.model.conversation import Message, Tokens
from studio.model.time import NS_PER_MS
from studio.pipeline.clock import Clock, VirtualTimeLoop
from studio.providers.scripted import (
    SPEECH_PEAK,
    LlmSettings,
    ScriptedLlm,
    ScriptedStt,
    ScriptedTts,
    ScriptedTurn,
    ScriptedVad,
    SttSettings,
    TtsSettings,
    TurnSettings,
    VadSettings,
)

_T = TypeVar("_T")
ASKED = [Message("system", "Be brief."), Message("user", "Hello there.")]


def virtually(work: Coroutine[None, None, _T]) -> _T:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


def test_speech_is_what_is_loud() -> None:
    vad = ScriptedVad(VadSettings())
    assert vad.speech_probability(silence(512)) < 0.5
    assert vad.speech_probability(np.full(512, SPEECH_PEAK * 1.01, dtype=np.float32)) > 0.5


def test_every_pause_is_judged_alike_after_its_delay() -> None:
    async def judge() -> tuple[float, int]:
        clock = Clock(asyncio.get_running_loop())
        turn = ScriptedTurn(TurnSettings(probability=0.25, delay_ms=40))
        return await turn.end_probability(silence(16_000)), clock.now()

    assert virtually(judge()) == (0.25, 40 * NS_PER_MS)


def test_each_turn_has_its_text_and_the_last_one_stays() -> None:
    async def transcribe() -> list[tuple[str, int]]:
        clock = Clock(asyncio.get_running_loop())
        stream = await ScriptedStt(SttSettings(texts=("One.", "Two."), delay_ms=60)).stream()
        said: list[tuple[str, int]] = []
        transcripts = stream.transcripts()
        stream.turn_committed()  # a greeting: the caller has said nothing yet
        for _ in range(3):
            stream.speech_started()
            stream.speech_paused()
            stream.speech_started()  # goes on: that pause is not answered
            await asyncio.sleep(0.1)
            stream.speech_paused()
            said.append(((await anext(transcripts)).text, clock.now() // NS_PER_MS))
            stream.turn_committed()
        await stream.close()
        assert [transcript async for transcript in transcripts] == []
        return said

    assert virtually(transcribe()) == [("One.", 160), ("Two.", 320), ("Two.", 480)]


def test_replies_come_word_by_word_and_the_last_one_stays() -> None:
    async def ask() -> list[tuple[str, int, int]]:
        clock = Clock(asyncio.get_running_loop())
        llm = ScriptedLlm(LlmSettings(replies=("Good day.", "Yes."), first_token_ms=100, token_ms=20))
        await llm.warm(ASKED)
        told: list[tuple[str, int, int]] = []
        for _ in range(3):
            pieces = [piece async for piece in llm.reply(ASKED)]
            told.append(
                (
                    "".join(piece.text for piece in pieces),
                    (pieces[-1].tokens or Tokens(0, 0)).prompt,
                    clock.now() // NS_PER_MS,
                )
            )
        return told

    assert virtually(ask()) == [("Good day.", 4, 120), ("Yes.", 4, 220), ("Yes.", 4, 320)]


def test_a_voice_is_as_long_as_its_text() -> None:
    async def speak() -> tuple[int, int]:
        clock = Clock(asyncio.get_running_loop())
        tts = ScriptedTts(TtsSettings(first_audio_ms=50, character_ms=10))
        [sound] = [sound.samples async for sound in tts.speak("0123456789")]
        assert sound.dtype == np.float32
        assert sound[0] > 0.29, "audible from its first sample on"
        return sound.size * 1000 // tts.rate_hz, clock.now() // NS_PER_MS

    assert virtually(speak()) == (100, 50)


def test_a_script_has_at_least_one_line() -> None:
    with pytest.raises(ValidationError):
        SttSettings(texts=())
    with pytest.raises(ValidationError):
        LlmSettings(replies=())
