from benchmarks.turns.acts import ANSWER_MS, Act, Done
from benchmarks.turns.simple import FALLBACK_MS, SilenceOnly, SmartTurnAlone
from benchmarks.turns.truth import PER_MS, Kind
from tests.benchmarks.turns.calls import heard, item

WITH_A_PAUSE = item(Kind.PAUSING, (1024, 2048, "a table"), (2752, 3776, "for four"))
"""A pause of 704 ms."""


def commits(done: list[Done]) -> list[int]:
    return [round(one.at / PER_MS) for one in done if one.act is Act.COMMIT]


def test_silence_that_is_shorter_than_the_pause_cuts_in() -> None:
    assert commits(SilenceOnly(500).replay(heard(WITH_A_PAUSE))) == [2560, 4288]


def test_silence_that_is_longer_waits_for_the_end() -> None:
    assert commits(SilenceOnly(800).replay(heard(WITH_A_PAUSE))) == [3776 + 800]


def test_a_commit_waits_for_the_words() -> None:
    assert commits(SilenceOnly(100).replay(heard(item(Kind.SHORT, (1024, 2048, "yes"))))) == [2048 + 96 + 150]


def test_what_has_no_words_is_no_turn() -> None:
    assert commits(SilenceOnly(500).replay(heard(item(Kind.COUGH, (1024, 1408, ""))))) == []


def test_the_turn_detector_decides() -> None:
    right = heard(WITH_A_PAUSE, ends=0.9, pauses=0.1)
    assert commits(SmartTurnAlone(320).replay(right)) == [3776 + 320 + 30]
    assert right.asked == [(1024 * PER_MS, (2048 + 320) * PER_MS), (1024 * PER_MS, (3776 + 320) * PER_MS)]


def test_its_no_at_the_end_costs_the_long_wait() -> None:
    wrong = heard(WITH_A_PAUSE, ends=0.1, pauses=0.1)
    assert commits(SmartTurnAlone(320).replay(wrong)) == [3776 + FALLBACK_MS + 30]


def test_200_ms_of_anything_stop_the_agent_for_good() -> None:
    short = item(Kind.COUGH, (3008, 3136, ""), agent=(1024, 6016))
    long = item(Kind.COUGH, (3008, 3264, ""), agent=(1024, 6016))
    assert SilenceOnly(500).replay(heard(short)) == []
    stopped = SilenceOnly(500).replay(heard(long))
    assert [(round(one.at / PER_MS), one.act) for one in stopped] == [(3232, Act.SILENT), (3232, Act.STOP)]


def test_a_reply_that_was_not_heard_is_dropped_when_the_user_goes_on() -> None:
    done = SilenceOnly(400).replay(heard(WITH_A_PAUSE))
    assert commits(done)[0] + ANSWER_MS > 2752
    assert [round(one.at / PER_MS) for one in done if one.act is Act.AUDIBLE] == [commits(done)[-1] + ANSWER_MS]
