"""A clause keeps its sound, and of the silence around it what its punctuation asks for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.audio import Samples, silence
from studio.pipeline.trimming import BREAK_MS, LEAD_IN_MS, PHRASE_MS, SENTENCE_MS, ClauseTrimmer

RATE_HZ = 16_000


def tone(ms: int) -> Samples:
    return np.full(RATE_HZ * ms // 1000, 0.5, dtype=np.float32)


def quiet(ms: int) -> Samples:
    return silence(RATE_HZ * ms // 1000)


def trimmed(text: str, pieces: list[Samples]) -> Samples:
    trimmer = ClauseTrimmer(text, RATE_HZ)
    return np.concatenate([*(trimmer.push(piece) for piece in pieces), trimmer.flush()])


@pytest.mark.parametrize(
    ("text", "pause_ms"),
    [
        ("When it rains,", BREAK_MS),
        ("You should wear a raincoat", PHRASE_MS),
        ("It is Rome.", SENTENCE_MS),
        ('"Stop!"', SENTENCE_MS),
        ("그래요。", SENTENCE_MS),
    ],
)
@pytest.mark.parametrize("tail_ms", [0, 50, 600])
def test_the_pause_after_a_clause_is_the_punctuations(text: str, pause_ms: int, tail_ms: int) -> None:
    sound = trimmed(text, [np.concatenate([quiet(300), tone(400), quiet(tail_ms)])])
    assert sound.size == RATE_HZ * (LEAD_IN_MS + 400 + pause_ms) // 1000


def test_silence_within_a_clause_stays() -> None:
    pieces = [quiet(200), tone(100), quiet(250), quiet(250), tone(100), quiet(90)]
    assert trimmed("One, two,", pieces).size == RATE_HZ * (100 + 500 + 100 + BREAK_MS) // 1000


def test_a_clause_without_sound_makes_none() -> None:
    assert trimmed("...", [quiet(100), quiet(100)]).size == 0
    assert trimmed("...", []).size == 0


@given(cuts=st.lists(st.integers(1, 15), max_size=6))
def test_how_the_engine_cuts_its_answer_changes_nothing(cuts: list[int]) -> None:
    # In whole 10 ms windows, the grain in which audibility is measured.
    whole = np.concatenate([tone(60), quiet(50), tone(40), quiet(30)])
    edges = sorted({min(cut * RATE_HZ // 100, whole.size) for cut in cuts})
    pieces = [piece for piece in np.split(whole, edges) if piece.size]
    assert np.array_equal(trimmed("One,", pieces), trimmed("One,", [whole]))


def test_a_pause_can_be_let_go_but_not_the_silence_before_the_beginning() -> None:
    trimmer = ClauseTrimmer("One.", RATE_HZ)
    assert trimmer.push(quiet(100)).size + trimmer.release().size == 0
    assert trimmer.push(np.concatenate([tone(100), quiet(200)])).size == RATE_HZ * 100 // 1000
    assert trimmer.release().size == RATE_HZ * 200 // 1000
    assert trimmer.release().size == 0
    assert trimmer.flush().size == RATE_HZ * SENTENCE_MS // 1000
