from benchmarks.turns.acts import ANSWER_MS, STT_MS, Act, Done
from benchmarks.turns.ours import Studio
from benchmarks.turns.truth import PER_MS, Kind
from studio.model.preset import TurnTaking
from tests.benchmarks.turns.calls import heard, item

TIMERS = TurnTaking()
FRAME_MS = 32


def told(done: list[Done]) -> list[tuple[int, Act]]:
    return [(round(one.at / PER_MS), one.act) for one in done]


def test_a_sure_end_waits_for_the_short_silence_or_the_words() -> None:
    done = told(Studio(0.5).replay(heard(item(Kind.PLAIN, (1024, 2048, "what time do you open")))))
    commit, audible = done
    soonest = 2048 + max(TIMERS.silence_ms, TIMERS.eager_ms + STT_MS)
    assert commit[1] is Act.COMMIT
    assert soonest <= commit[0] <= soonest + FRAME_MS
    assert audible == (commit[0] + ANSWER_MS, Act.AUDIBLE)


def test_an_unsure_pause_is_waited_out() -> None:
    turn = item(Kind.PAUSING, (1024, 2048, "i would like to"), (2752, 3776, "book a table"))
    done = told(Studio(0.5).replay(heard(turn, ends=0.98, pauses=0.05)))
    assert [act for _, act in done] == [Act.COMMIT, Act.AUDIBLE]
    assert done[0][0] > 3776


def test_a_reply_that_was_not_heard_is_taken_back() -> None:
    turn = item(Kind.PAUSING, (1024, 2048, "what time do you open"), (2560, 3584, "on sunday"))
    acts = [act for _, act in told(Studio(0.5).replay(heard(turn, pauses=0.98, ends=0.98)))]
    assert acts == [Act.COMMIT, Act.COMMIT, Act.AUDIBLE]


def test_a_backchannel_holds_the_agent_and_it_goes_on() -> None:
    sound = item(Kind.BACKCHANNEL, (3008, 3328, "yeah"), agent=(1024, 7008))
    acts = [act for _, act in told(Studio(0.5).replay(heard(sound)))]
    assert acts == [Act.SILENT, Act.RESUME]


def test_an_interruption_stops_it_and_is_answered() -> None:
    sound = item(Kind.INTERRUPTION, (3008, 4000, "no the other one"), agent=(1024, 7008))
    done = told(Studio(0.5).replay(heard(sound, ends=0.98)))
    assert [act for _, act in done] == [Act.SILENT, Act.STOP, Act.COMMIT, Act.AUDIBLE]
    assert done[0][0] <= 3008 + TIMERS.barge_in_ms + FRAME_MS


def test_a_turn_after_the_reply_has_only_its_own_words() -> None:
    first = item(Kind.SHORT, (1024, 2048, "my number is one two"))
    second = item(Kind.SHORT, (8032, 9056, "thanks"))
    done = told(Studio(0.5).replay(heard(first, second, ends=0.6, length_ms=14_000)))
    commits = [at for at, act in done if act is Act.COMMIT]
    # "one two" would keep a number open; of "thanks" alone the end is sure.
    assert commits[1] - 9056 < commits[0] - 2048


def test_words_can_be_kept_from_it() -> None:
    turn = item(Kind.PLAIN, (1024, 2048, "i would like to"))
    with_words = told(Studio(0.5).replay(heard(turn, ends=0.6)))[0][0]
    without = told(Studio(0.5, without=frozenset({"words"})).replay(heard(turn, ends=0.6)))[0][0]
    assert without < with_words
