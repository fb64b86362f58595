import numpy as np
import pytest

from benchmarks.peers.caller import Utterance, spoken_ms
from benchmarks.peers.listening import Heard, Stretch, hear, same_words, stretches
from studio.model.audio import Samples, to_float
from tests.fakes.script import voice

RATE_HZ = 24_000
REPLY = "The capital of Italy is Rome."


def utterance(start_ms: float, end_ms: float, *, interrupts: bool = False, interrupted: bool = False) -> Utterance:
    return Utterance("What?", REPLY, start_ms, end_ms, (), interrupts=interrupts, interrupted=interrupted)


def silent(length_ms: int) -> Samples:
    return np.zeros(length_ms * RATE_HZ // 1000, dtype=np.float32)


def spoken(text: str) -> Samples:
    return to_float(np.frombuffer(voice(text, RATE_HZ), dtype="<i2"))


def did(truth: list[Utterance], *parts: Samples) -> list[Heard]:
    sound = np.concatenate(parts)
    return hear(truth, stretches(sound, RATE_HZ), len(sound) * 1000 / RATE_HZ)


def test_v2v_is_measured_to_the_sample() -> None:
    [heard] = did([utterance(500, 1000)], silent(1000), np.zeros(18_001, dtype=np.float32), spoken(REPLY), silent(500))
    assert heard.v2v_ms == pytest.approx(18_001 / 24, abs=1 / 24)
    assert heard.missing_ms == pytest.approx(0, abs=5)


def test_a_short_gap_is_part_of_an_answer_but_no_speech() -> None:
    [stretch] = stretches(np.concatenate([spoken("Well."), silent(150), spoken("Rome.")]), RATE_HZ)
    assert stretch.end_ms - stretch.start_ms == pytest.approx(stretch.audible_ms + 150, abs=5)
    assert stretch.audible_ms == pytest.approx(spoken_ms("Well. Rome."), abs=5)


def test_who_speaks_before_the_end_has_cut_in_and_has_no_latency() -> None:
    [heard] = did([utterance(0, 2000)], silent(1000), spoken("Yes."), silent(1500), spoken(REPLY))
    assert heard == Heard(0, None, cut_in=True)


def test_who_says_nothing_until_the_next_utterance_has_not_answered() -> None:
    truth = [utterance(0, 1000), utterance(2000, 3000)]
    first, second = did(truth, silent(3500), spoken(REPLY))
    assert (first.v2v_ms, first.cut_in, first.missing_ms) == (None, False, None)
    assert second.v2v_ms == pytest.approx(500, abs=1)


def test_an_interruption_is_measured_from_its_onset_to_the_last_sound() -> None:
    truth = [utterance(0, 1000, interrupted=True), utterance(2000, 3000, interrupts=True)]
    first, second = did(truth, silent(1500), spoken(REPLY * 3)[: 24 * 620], silent(1500), spoken(REPLY), silent(100))
    assert first.missing_ms is None
    assert second.stop_ms == pytest.approx(120, abs=1)
    assert second.v2v_ms == pytest.approx(620, abs=1)
    assert not second.cut_in


def test_an_agent_that_was_silent_anyway_has_not_stopped() -> None:
    truth = [utterance(0, 500, interrupted=True), utterance(3000, 4000, interrupts=True)]
    _, second = did(truth, silent(1000), spoken("Yes."), silent(4000))
    assert second.stop_ms is None


@pytest.mark.parametrize(("missing_ms", "same"), [(0, True), (140, True), (-140, True), (300, False), (-300, False)])
def test_another_length_is_another_text(missing_ms: float, same: bool) -> None:
    assert same_words(utterance(0, 1000), Heard(0, 700, cut_in=False, missing_ms=missing_ms)) is same


def test_silence_has_no_stretches() -> None:
    assert stretches(silent(100), RATE_HZ) == []
    assert hear([utterance(0, 50)], [], 100) == [Heard(0, None, cut_in=False)]
    assert hear([utterance(0, 50)], [Stretch(60, 70, 10)], 100)[0].v2v_ms == 10


def test_who_falls_silent_and_goes_on_against_the_user_has_not_stopped() -> None:
    truth = [utterance(0, 1000, interrupted=True), utterance(2000, 3500, interrupts=True)]
    _, second = did(truth, silent(1500), spoken(REPLY)[: 24 * 580], silent(400), spoken("And."), silent(2000))
    assert second.stop_ms == pytest.approx(480 + 300, abs=5)
    assert second.cut_in
