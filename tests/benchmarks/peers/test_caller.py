from itertools import pairwise

import numpy as np
import pytest

from benchmarks.peers.caller import (
    LOUD,
    PAUSES_MS,
    Utterance,
    compose,
    from_json,
    lines,
    spoken_ms,
    timed,
    to_json,
    trim,
)
from benchmarks.peers.servers import BETWEEN_UTTERANCES_MS, script
from benchmarks.peers.systems import HERE
from studio.model.audio import LISTENING_RATE_HZ, Samples, to_float
from tests.fakes.script import Ear, voice

WORDS = HERE / "words.toml"
MS = LISTENING_RATE_HZ // 1000


def said(piece: str) -> Samples:
    return trim(to_float(np.frombuffer(voice(piece, LISTENING_RATE_HZ), dtype="<i2")))


def spoken() -> tuple[Samples, list[Utterance]]:
    plan = lines(WORDS, 8, 3)
    return compose(plan, {piece: said(piece) for line in plan for piece in line.pieces})


def test_every_fourth_turn_has_a_pause_and_interruptions_come_last() -> None:
    plan = lines(WORDS, 26, 3)
    assert [index for index, line in enumerate(plan) if line.pause_ms] == [3, 7, 11, 15, 19, 23]
    assert [line.pause_ms for line in plan if line.pause_ms] == list(PAUSES_MS)
    assert [line.interrupts for line in plan[26:]] == [False, True] * 3
    assert [line.wait_ms for line in plan[26::2]] == [2000, 2500, 3000]


def test_the_truth_is_the_first_and_the_last_sample_of_speech() -> None:
    samples, truth = spoken()
    for each in truth:
        start, end = round(each.start_ms * MS), round(each.end_ms * MS)
        before, first = samples[start - 10 * MS : start], samples[start : start + 10 * MS]
        last, after = samples[end - 10 * MS : end], samples[end : end + 10 * MS]
        level = [float(np.sqrt(np.mean(np.square(part)))) for part in (before, first, last, after)]
        assert [value > LOUD for value in level] == [False, True, True, False]


def test_an_answer_has_its_time_unless_it_is_interrupted() -> None:
    _, truth = spoken()
    for each, following in pairwise(truth):
        room_ms = following.start_ms - each.end_ms
        assert room_ms > BETWEEN_UTTERANCES_MS
        assert (room_ms > 1700 + spoken_ms(each.reply)) is not each.interrupted
        assert following.interrupts is each.interrupted


def test_the_truth_survives_its_file() -> None:
    _, truth = spoken()
    assert from_json(to_json(truth)) == truth


def test_words_share_a_piece_by_their_letters() -> None:
    assert timed("I am four", 100, 700) == [("I", 100, 200), ("am", 200, 400), ("four", 400, 800)]


def test_what_is_no_speech_is_refused() -> None:
    with pytest.raises(ValueError, match="no speech"):
        trim(np.zeros(1600, dtype=np.float32))


async def test_the_stand_ins_know_every_word_of_the_caller_150_ms_after_it_and_none_before() -> None:
    samples, truth = spoken()
    ear = Ear(script(truth), LISTENING_RATE_HZ)
    pcm = (samples * 32767).astype("<i2")
    at, heard = 0, []
    for each in truth:
        end = round((each.end_ms + 145) * MS)
        ear.hear(pcm[at:end].tobytes())
        heard.append(ear.so_far())
        ear.hear(pcm[end : end + 20 * MS].tobytes())
        at = end + 20 * MS
        assert ear.so_far() == each.text
        ear.final()
    assert all(before != each.text for before, each in zip(heard, truth, strict=True))
