"""Turn taking as tables of small plays, and as rules that no play may break.

A play is a string: `#` a frame of speech, `.` a frame of silence, 32 ms each; between them, taking no time:
`w` words, `e` empty words, `y` and `n` the turn detector's yes and no, all about the latest pause, and in
capitals about the one before; `v` the STT vendor's own end of the turn; `g` a greeting begins, `a` the reply is
audible, `o` the reply is over.
"""

from dataclasses import dataclass, replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.preset import TurnTaking
from studio.model.terms import Trigger
from studio.model.time import NS_PER_MS, Instant
from studio.pipeline.turn_taking import (
    Agent,
    CancelReply,
    Commit,
    Decision,
    Dismiss,
    ExpectEnd,
    FinalWords,
    Frame,
    HearSpeech,
    Input,
    Interrupt,
    Pause,
    ReplyAudible,
    ReplyBegins,
    ReplyOver,
    State,
    TurnEndProbability,
    User,
    VendorEnd,
    step,
)

FRAME_MS = 32
TIMERS = TurnTaking(speech_ms=64, eager_ms=96, silence_ms=160, patience_ms=320, barge_in_ms=128)


def inputs_of(letter: str, pause: int) -> Input:
    length = FRAME_MS * NS_PER_MS
    made: dict[str, Input] = {
        "#": Frame(True, length),
        ".": Frame(False, length),
        "w": FinalWords(pause, "words"),
        "e": FinalWords(pause, ""),
        "y": TurnEndProbability(pause, 0.9),
        "n": TurnEndProbability(pause, 0.1),
        "W": FinalWords(pause - 1, "stale"),
        "Y": TurnEndProbability(pause - 1, 0.9),
        "v": VendorEnd("words"),
        "g": ReplyBegins(),
        "a": ReplyAudible(),
        "o": ReplyOver(),
    }
    return made[letter]


@dataclass(frozen=True)
class Moment:
    """One input, what was before, and what followed."""

    before: State
    event: Input
    after: State
    decisions: list[Decision]
    now: Instant


def play(letters: str, timers: TurnTaking = TIMERS) -> list[Moment]:
    state, now, moments = State(), 0, []
    for letter in letters:
        event = inputs_of(letter, state.pause)
        now += event.length_ns if isinstance(event, Frame) else 0
        after, decisions = step(state, event, Instant(now), timers)
        moments.append(Moment(state, event, after, decisions, Instant(now)))
        state = after
    return moments


def told(moments: list[Moment]) -> str:
    """The decisions with their times in ms."""
    names = {HearSpeech: "hear", ExpectEnd: "expect", Dismiss: "dismiss", CancelReply: "cancel"}
    words = []
    for moment in moments:
        for decision in moment.decisions:
            match decision:
                case Commit():
                    word = f"commit({decision.text} by {decision.trigger})"
                case Pause():
                    word = f"pause({decision.waited_ns // NS_PER_MS})"
                case Interrupt():
                    word = f"interrupt({decision.speech_ns // NS_PER_MS})"
                case _:
                    word = names[type(decision)]
            words.append(f"{moment.now // NS_PER_MS}:{word}")
    return " ".join(words)


HEARD = "64:hear 160:expect"
"""After `##...`"""


@pytest.mark.parametrize(
    ("letters", "decisions"),
    [
        ("........", ""),
        ("#.#.#.#.", ""),  # clicks
        ("##...", HEARD),
        ("##...yw", HEARD),  # everybody agrees; the silence is too short yet
        ("##...yw..", f"{HEARD} 224:pause(160) 224:commit(words by turn_detector)"),
        ("##...w..y", f"{HEARD} 224:pause(160) 224:commit(words by turn_detector)"),
        ("##...w...y", f"{HEARD} 224:pause(160) 256:commit(words by turn_detector)"),
        ("##...y..w", f"{HEARD} 224:pause(160) 224:commit(words by turn_detector)"),
        ("##...nw.......", f"{HEARD} 224:pause(160) 384:commit(words by silence)"),
        ("##...n.......w", f"{HEARD} 224:pause(160) 384:commit(words by silence)"),
        ("##...w.......", f"{HEARD} 224:pause(160) 384:commit(words by silence)"),  # the detector failed
        ("##..##..##", "64:hear"),  # pauses within a sentence
        ("##...#...", f"{HEARD} 192:hear 288:expect"),
        ("##...#...YW..yw", f"{HEARD} 192:hear 288:expect 352:pause(160) 352:commit(words by turn_detector)"),
        ("##...ye..", f"{HEARD} 224:pause(160) 224:dismiss"),  # a cough
        ("##...ne.......", f"{HEARD} 224:pause(160) 384:dismiss"),
        # The agent thinks: one go back, same turn.
        ("##...yw..##", f"{HEARD} 224:pause(160) 224:commit(words by turn_detector) 288:cancel 288:hear"),
        ("##...yw..#.#.", f"{HEARD} 224:pause(160) 224:commit(words by turn_detector)"),
        # The agent speaks: it takes longer to interrupt it.
        (
            "##...yw..a####",
            f"{HEARD} 224:pause(160) 224:commit(words by turn_detector) 352:interrupt(128) 352:hear",
        ),
        ("##...yw..a###.###.", f"{HEARD} 224:pause(160) 224:commit(words by turn_detector)"),
        ("##...yw..ao##", f"{HEARD} 224:pause(160) 224:commit(words by turn_detector) 288:hear"),
        # It became audible while the user had begun: the longer time counts.
        ("##...yw..#a###", f"{HEARD} 224:pause(160) 224:commit(words by turn_detector) 352:interrupt(128) 352:hear"),
        # The vendor's own end of turn counts in a pause, whatever the detector says, and nowhere else.
        ("##...v", f"{HEARD} 160:pause(96) 160:commit(words by vendor)"),
        ("##...n.v", f"{HEARD} 192:pause(128) 192:commit(words by vendor)"),
        ("##...n..v", f"{HEARD} 224:pause(160) 224:commit(words by vendor)"),
        ("##v...", HEARD),
        ("v##...w.......v", f"{HEARD} 224:pause(160) 384:commit(words by silence)"),
        # A greeting is a reply like any other.
        ("g##", "64:cancel 64:hear"),
        ("ga####", "128:interrupt(128) 128:hear"),
        ("gao##", "64:hear"),
        ("##a..", "64:hear"),  # audible too late: it was cancelled
    ],
)
def test_plays(letters: str, decisions: str) -> None:
    assert told(play(letters)) == decisions


@pytest.mark.parametrize(
    ("timers", "letters", "decisions"),
    [
        # Patience shorter than the silence that a turn's end needs: the silence is still told before the end.
        ({"silence_ms": 1000}, "##...w.......", f"{HEARD} 384:pause(320) 384:commit(words by silence)"),
        ({"patience_ms": 32}, "##.w", "64:hear 96:expect 96:pause(32) 96:commit(words by silence)"),
        ({"eager_ms": 500}, "##.....yw", "64:hear 224:expect 224:pause(160) 224:commit(words by turn_detector)"),
        ({"turn_threshold": 0.95}, "##...yw..", f"{HEARD} 224:pause(160)"),
        ({"vendor_end": False}, "##...v", HEARD),
        ({"barge_in_ms": 32}, "ga#", "32:interrupt(32) 32:hear"),
    ],
)
def test_other_timers(timers: dict[str, float], letters: str, decisions: str) -> None:
    assert told(play(letters, TIMERS.model_copy(update=timers))) == decisions


def test_a_commit_says_which_wait_led_to_it() -> None:
    [detector] = commits(play("##...nw..y"))
    assert (detector.silence_met, detector.judged) == (224 * NS_PER_MS, 224 * NS_PER_MS)
    [late] = commits(play("##...w...y"))
    assert (late.silence_met, late.judged) == (224 * NS_PER_MS, 256 * NS_PER_MS)
    [patience] = commits(play("##...w......."))
    assert (patience.silence_met, patience.judged) == (384 * NS_PER_MS, 384 * NS_PER_MS)


def commits(moments: list[Moment]) -> list[Commit]:
    return [decision for moment in moments for decision in moment.decisions if isinstance(decision, Commit)]


runs = st.builds(lambda letter, count: letter * count, st.sampled_from("#."), st.integers(1, 14))
answers = st.sampled_from(list("weynWYvao"))
plays = st.builds(
    lambda greeting, parts: greeting + "".join(parts),
    st.sampled_from(["", "g"]),
    st.lists(st.one_of(runs, answers), max_size=60),
)
milliseconds = partial(st.integers, 32)
timings = st.builds(
    TurnTaking,
    speech_ms=milliseconds(200),
    eager_ms=milliseconds(300),
    silence_ms=milliseconds(300),
    patience_ms=milliseconds(500),
    barge_in_ms=milliseconds(300),
)


@given(plays, timings)
def test_decisions_fit_what_was_before(letters: str, timers: TurnTaking) -> None:
    spoken = False
    for moment in play(letters, timers):
        speech = isinstance(moment.event, Frame) and moment.event.speech
        for decision in moment.decisions:
            match decision:
                case HearSpeech():
                    assert speech
                    spoken = True
                case Interrupt():
                    assert speech
                    assert moment.before.agent is Agent.SPEAKING
                case CancelReply():
                    assert speech
                    assert moment.before.agent is Agent.THINKING
                case ExpectEnd() | Pause():
                    assert isinstance(moment.event, Frame)
                    assert not speech
                    assert moment.before.user is not User.SILENT
                case Commit():
                    assert decision.text
                    assert spoken, "two commits without speech between them"
                    assert decision.silence_met <= decision.judged <= moment.now
                    assert moment.before.agent is Agent.IDLE
                    spoken = False
                case Dismiss():
                    assert spoken
                    spoken = False


@given(plays, timings)
def test_each_commit_is_about_a_pause_that_was_told(letters: str, timers: TurnTaking) -> None:
    """Who builds the turn's times relies on it: the last audible sample is looked for when the pause is told."""
    expected = told_pause = False
    for moment in play(letters, timers):
        for decision in moment.decisions:
            match decision:
                case HearSpeech():
                    expected = told_pause = False
                case ExpectEnd():
                    assert not expected
                    expected = True
                case Pause():
                    assert expected
                    assert not told_pause
                    told_pause = True
                case Commit() | Dismiss():
                    assert told_pause
                case _:
                    pass


@given(plays, timings)
def test_agent_and_user_never_hold_the_floor_together(letters: str, timers: TurnTaking) -> None:
    for moment in play(letters, timers):
        assert moment.after.user is User.SILENT or moment.after.agent is Agent.IDLE


@given(plays, st.sampled_from("WY"))
def test_answers_about_an_earlier_pause_change_nothing(letters: str, stale: str) -> None:
    moments = play(letters + stale)
    assert moments[-1].before == moments[-1].after
    assert moments[-1].decisions == []


@given(plays, timings)
def test_patience_ends_every_turn(letters: str, timers: TurnTaking) -> None:
    """However it was reached: once its words are there, a long silence leaves nobody holding the floor."""
    moments = play(letters + "." * 40 + "w", timers)
    assert moments[-1].after.user is User.SILENT


@given(plays, timings, st.integers(1, 200))
def test_nothing_is_decided_while_everybody_is_silent(letters: str, timers: TurnTaking, silent: int) -> None:
    moments = play(letters + "." * 40 + "w" + "o" + "." * silent, timers)
    for moment in moments[-silent:]:
        assert moment.decisions == []
        assert moment.after == replace(moment.before, silence_ns=moment.after.silence_ns)


@given(plays, timings)
def test_what_is_remembered_of_a_pause_ends_with_it(letters: str, timers: TurnTaking) -> None:
    for moment in play(letters, timers):
        if moment.after.user is not User.PAUSING:
            after = moment.after
            remembered = (after.silence_met, after.over, after.over_at, after.end_probability, after.words)
            assert remembered == (None,) * 5
        assert (moment.after.over is None) == (moment.after.over_at is None)


@given(st.integers(1, 40))
def test_the_longest_pause_is_in_audio_not_in_time(frames: int) -> None:
    """A frame that comes late ends nothing early: the clock is only told, never compared."""
    state, decided = State(), []
    for number, letter in enumerate("##...w" + "." * frames):
        event = inputs_of(letter, state.pause)
        state, decisions = step(state, event, Instant(number * 10_000 * NS_PER_MS), TIMERS)
        decided += decisions
    assert bool([one for one in decided if isinstance(one, Commit)]) == (3 + frames >= 10)
    assert all(one.trigger is Trigger.SILENCE for one in decided if isinstance(one, Commit))
