"""Turn taking as tables of small plays, and as rules that no play may break.

A play is a string: `#` a frame of speech, `.` a frame of silence, 32 ms each; between them, taking no time: `w`
words, `e` empty words, `m` a mere `mm-hm`, `y` and `n` the turn detector's yes and no, all about the latest pause,
and in capitals about the one before; `U` unfinished final words; `s` the same words so far, `t` other ones, `b` a
mere `mm-hm` so far, `u` unfinished ones; `v` the STT vendor's own end of the turn, `k` that it may be over, `r` that
it goes on; `g` a greeting begins, `G` one that is protected, `a` the reply is audible, `o` the reply is over.
"""

from dataclasses import dataclass, replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.preset import Speculation, TurnTaking
from studio.model.terms import Trigger
from studio.model.time import NS_PER_MS, Instant
from studio.pipeline.floor import (
    Agent,
    CancelReply,
    Commit,
    Decision,
    Dismiss,
    Draft,
    DropDraft,
    ExpectEnd,
    FinalWords,
    Frame,
    HearSpeech,
    Hold,
    Input,
    Interrupt,
    Pause,
    ReplyAudible,
    ReplyBegins,
    ReplyOver,
    Resume,
    Rules,
    State,
    TurnEndProbability,
    User,
    VendorEager,
    VendorEnd,
    VendorResume,
    Wait,
    WordsSoFar,
)
from studio.pipeline.turn_taking import step

FRAME_MS = 32
TIMERS = TurnTaking(
    speech_ms=64, eager_ms=96, silence_ms=160, patience_ms=320, barge_in_ms=128, interruption_ms=256, resume_ms=256
)
WAITING = Rules(TIMERS, Speculation(reply=False))
GUESSING = Rules(TIMERS, Speculation(tries=2))


def inputs_of(letter: str, pause: int) -> Input:
    length = FRAME_MS * NS_PER_MS
    made: dict[str, Input] = {
        "#": Frame(True, length),
        ".": Frame(False, length),
        "w": FinalWords(pause, "Words."),
        "e": FinalWords(pause, ""),
        "m": FinalWords(pause, "Mm-hm."),
        "y": TurnEndProbability(pause, 0.9),
        "n": TurnEndProbability(pause, 0.1),
        "U": FinalWords(pause, "Words and"),
        "W": FinalWords(pause - 1, "stale"),
        "Y": TurnEndProbability(pause - 1, 0.9),
        "s": WordsSoFar("words"),
        "t": WordsSoFar("words more"),
        "b": WordsSoFar("mm-hm"),
        "u": WordsSoFar("words and"),
        "v": VendorEnd("Words."),
        "k": VendorEager("words"),
        "r": VendorResume(),
        "g": ReplyBegins(),
        "G": ReplyBegins(protected=True),
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


def play(letters: str, rules: Rules = WAITING) -> list[Moment]:
    state, now, moments = State(), 0, []
    for letter in letters:
        event = inputs_of(letter, state.pause)
        now += event.length_ns if isinstance(event, Frame) else 0
        after, decisions = step(state, event, Instant(now), rules)
        moments.append(Moment(state, event, after, decisions, Instant(now)))
        state = after
    return moments


NAMES = {
    HearSpeech: "hear",
    ExpectEnd: "expect",
    Dismiss: "dismiss",
    CancelReply: "cancel",
    Hold: "hold",
    Interrupt: "interrupt",
    DropDraft: "drop",
}


def told(moments: list[Moment]) -> str:
    """The decisions with their times in ms."""
    told = []
    for moment in moments:
        for decision in moment.decisions:
            match decision:
                case Commit():
                    word = f"commit({decision.text} by {decision.trigger})"
                case Pause():
                    word = f"pause({decision.waited_ns // NS_PER_MS})"
                case Draft():
                    word = f"draft({decision.text})"
                case Resume():
                    word = f"resume({decision.cause})"
                case Wait():
                    continue  # told apart
                case _:
                    word = NAMES[type(decision)]
            told.append(f"{moment.now // NS_PER_MS}:{word}")
    return " ".join(told)


HEARD = "64:hear 160:expect"
"""After `##...`"""
ANSWERED = f"{HEARD} 224:pause(160) 224:commit(Words. by turn_detector)"
"""After `##...yw..`"""


@pytest.mark.parametrize(
    ("letters", "decisions"),
    [
        ("........", ""),
        ("#.#.#.#.", ""),  # clicks
        ("##...", HEARD),
        ("##...yw", HEARD),  # everybody agrees; the silence is too short yet
        ("##...yw..", f"{HEARD} 224:pause(160) 224:commit(Words. by turn_detector)"),
        ("##...w..y", f"{HEARD} 224:pause(160) 224:commit(Words. by turn_detector)"),
        ("##...w...y", f"{HEARD} 224:pause(160) 256:commit(Words. by turn_detector)"),
        ("##...y..w", f"{HEARD} 224:pause(160) 224:commit(Words. by turn_detector)"),
        # The less sure, the longer the wait.
        ("##...nw......", f"{HEARD} 224:pause(160) 352:commit(Words. by silence)"),
        ("##...n......w", f"{HEARD} 224:pause(160) 352:commit(Words. by silence)"),
        ("##...w.......", f"{HEARD} 224:pause(160) 352:commit(Words. by silence)"),  # the detector failed
        ("##..##..##", "64:hear"),  # pauses within a sentence
        ("##...#...", f"{HEARD} 192:hear 288:expect"),
        ("##...#...YW..yw", f"{HEARD} 192:hear 288:expect 352:pause(160) 352:commit(Words. by turn_detector)"),
        ("##...ye..", f"{HEARD} 224:pause(160) 224:dismiss"),  # a cough
        ("##...ne......", f"{HEARD} 224:pause(160) 352:dismiss"),
        # The agent thinks: one go back, same turn.
        ("##...yw..##", f"{HEARD} 224:pause(160) 224:commit(Words. by turn_detector) 288:cancel 288:hear"),
        ("##...yw..#.#.", f"{HEARD} 224:pause(160) 224:commit(Words. by turn_detector)"),
        # The agent speaks: it pauses, and is interrupted once that is certain.
        ("##...yw..a####", f"{ANSWERED} 352:hold 352:hear"),
        ("##...yw..a########", f"{ANSWERED} 352:hold 352:hear 480:interrupt"),
        ("##...yw..a####t", f"{ANSWERED} 352:hold 352:hear 352:interrupt"),
        # Who says no more than `mm-hm` has twice as long, and no longer.
        ("##...yw..a####b###########", f"{ANSWERED} 352:hold 352:hear"),
        ("##...yw..a####b############", f"{ANSWERED} 352:hold 352:hear 736:interrupt"),
        ("##...yw..a####b####t", f"{ANSWERED} 352:hold 352:hear 480:interrupt"),
        ("##...yw..a####b####...m", f"{ANSWERED} 352:hold 352:hear 576:expect 576:resume(backchannel)"),
        ("##...yw..a####...w", f"{ANSWERED} 352:hold 352:hear 448:expect 448:interrupt"),
        ("##...yw..a####...m", f"{ANSWERED} 352:hold 352:hear 448:expect 448:resume(backchannel)"),
        ("##...yw..a####...e", f"{ANSWERED} 352:hold 352:hear 448:expect 448:resume(no_words)"),
        ("##...yw..a####........", f"{ANSWERED} 352:hold 352:hear 448:expect 512:pause(160) 608:resume(no_words)"),
        ("##...yw..a####...mo##", f"{ANSWERED} 352:hold 352:hear 448:expect 448:resume(backchannel) 512:hear"),
        ("##...yw..a###.###.", ANSWERED),
        ("##...yw..ao##", f"{ANSWERED} 288:hear"),
        # It became audible while the user had begun: the longer time counts.
        ("##...yw..#a###", f"{ANSWERED} 352:hold 352:hear"),
        # The vendor's own end of turn counts in a pause, whatever the detector says, and nowhere else.
        ("##...v", f"{HEARD} 160:pause(96) 160:commit(Words. by vendor)"),
        ("##...n.v", f"{HEARD} 192:pause(128) 192:commit(Words. by vendor)"),
        ("##...n..v", f"{HEARD} 224:pause(160) 224:commit(Words. by vendor)"),
        ("##v...", HEARD),
        ("v##...w.......v", f"{HEARD} 224:pause(160) 352:commit(Words. by silence)"),
        # A greeting is a reply like any other.
        ("g##", "64:cancel 64:hear"),
        ("ga####", "128:hold 128:hear"),
        ("Ga####", ""),
        ("G####", ""),
        ("Gao##", "64:hear"),
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
        ({"silence_ms": 1000}, "##...w.......", f"{HEARD} 384:pause(320) 384:commit(Words. by silence)"),
        ({"patience_ms": 32}, "##.w", "64:hear 96:expect 96:pause(32) 96:commit(Words. by silence)"),
        ({"eager_ms": 500}, "##.....yw", "64:hear 224:expect 224:pause(160) 224:commit(Words. by turn_detector)"),
        ({"turn_threshold": 0.95}, "##...yw..", f"{HEARD} 224:pause(160)"),
        ({"vendor_end": False}, "##...v", HEARD),
        ({"barge_in_ms": 32}, "ga#", "32:hold 32:hear"),
        # A click is no voice: the agent does not wait for the words of it.
        ({"barge_in_ms": 32}, "ga#....", "32:hold 32:hear 128:expect 128:resume(no_words)"),
        ({"barge_in_ms": 32}, "ga##....", "32:hold 32:hear 160:expect"),
        ({"barge_in_ms": 32, "barge_in_words": 2}, "ga####...t", "32:hear 224:expect 224:interrupt"),
        # Words must be known before the agent stops, and until then it goes on.
        ({"barge_in_words": 2}, "ga####s##", "128:hear"),
        ({"barge_in_words": 2}, "ga####t", "128:hear 128:interrupt"),
        ({"barge_in_words": 2}, "ga####...w", "128:hear 224:expect 224:resume(too_few_words)"),
    ],
)
def test_other_timers(timers: dict[str, float], letters: str, decisions: str) -> None:
    assert told(play(letters, replace(WAITING, timers=TIMERS.model_copy(update=timers)))) == decisions


@pytest.mark.parametrize(
    ("letters", "decisions"),
    [
        ("##.s..", f"{HEARD} 160:draft(words)"),
        ("##s...", HEARD),  # told while he spoke: the last word is still on its way
        ("##s...s", f"{HEARD} 160:draft(words)"),
        ("##.s..w", f"{HEARD} 160:draft(words)"),  # the final words are the same, as they sound
        ("##.t..w", f"{HEARD} 160:draft(words more) 160:draft(Words.)"),
        (
            "##.t..wy..",
            f"{HEARD} 160:draft(words more) 160:draft(Words.) 224:pause(160) 224:commit(Words. by turn_detector)",
        ),
        ("##...w", f"{HEARD} 160:draft(Words.)"),
        ("##...ns", HEARD),  # the detector doubts it
        ("##.u..", HEARD),  # and so do the words
        ("##.s..t", f"{HEARD} 160:draft(words) 160:drop 160:draft(words more)"),
        ("##.s..t##", f"{HEARD} 160:draft(words) 160:drop 160:draft(words more) 192:hear"),
        ("##.s..#t", f"{HEARD} 160:draft(words) 192:hear 192:drop"),
        ("##.s..#s...w", f"{HEARD} 160:draft(words) 192:hear 288:expect"),  # kept: he only coughed
        ("##.s..tsw", f"{HEARD} 160:draft(words) 160:drop 160:draft(words more) 160:drop"),  # two tries
        ("##...k", f"{HEARD} 160:draft(words)"),
        ("##.s..e", f"{HEARD} 160:draft(words)"),
        ("##.s..v", f"{HEARD} 160:draft(words) 160:pause(96) 160:commit(Words. by vendor)"),
    ],
)
def test_a_reply_is_begun_before_the_turn_is_over(letters: str, decisions: str) -> None:
    assert told(play(letters, GUESSING)) == decisions


def test_only_final_words_are_answered_early_where_the_preset_says_so() -> None:
    rules = replace(GUESSING, speculation=Speculation(partial_words=False))
    assert told(play("##s...s", rules)) == HEARD
    assert told(play("##s...sw", rules)) == f"{HEARD} 160:draft(Words.)"


@pytest.mark.parametrize(
    ("letters", "waits"),
    [
        ("##...", [(278, "not judged")]),
        ("##...y", [(278, "not judged"), (160, "sure")]),
        ("##...n", [(278, "not judged"), (270, "unsure")]),
        ("##u...y", [(319, "not judged"), (271, "unfinished words")]),
        ("##...nk", [(278, "not judged"), (270, "unsure"), (189, "unsure")]),
        ("##...nkr", [(278, "not judged"), (270, "unsure"), (189, "unsure"), (270, "unsure")]),
        # He has paused for so long before: the wait is a fifth longer than that.
        ("##...n....#...n", [(278, "not judged"), (270, "unsure")] * 2),
        ("##...n.....#...n", [(278, "not judged"), (270, "unsure"), (307, "not judged"), (307, "slow speaker")]),
        ("##...n.....#...y", [(278, "not judged"), (270, "unsure"), (307, "not judged"), (160, "sure")]),
    ],
)
def test_every_wait_is_told(letters: str, waits: list[tuple[int, str]]) -> None:
    decided = [decision for moment in play(letters) for decision in moment.decisions]
    ends = [decision.endpoint for decision in decided if isinstance(decision, Wait)]
    assert [(end.wait_ns // NS_PER_MS, end.reason) for end in ends] == waits


def test_a_commit_says_which_wait_led_to_it() -> None:
    [detector] = commits(play("##...nw..y"))
    assert (detector.silence_met, detector.judged) == (224 * NS_PER_MS, 224 * NS_PER_MS)
    [late] = commits(play("##...w...y"))
    assert (late.silence_met, late.judged) == (224 * NS_PER_MS, 256 * NS_PER_MS)
    [patience] = commits(play("##...w......."))
    assert (patience.silence_met, patience.judged) == (352 * NS_PER_MS, 352 * NS_PER_MS)


def test_final_words_that_are_unfinished_take_back_an_end_that_was_decided_without_them() -> None:
    assert not commits(play("##...y..U..."))
    [late] = commits(play("##...y..U...."))
    assert (late.text, late.trigger) == ("Words and", Trigger.SILENCE)


def commits(moments: list[Moment]) -> list[Commit]:
    return [decision for moment in moments for decision in moment.decisions if isinstance(decision, Commit)]


runs = st.builds(lambda letter, count: letter * count, st.sampled_from("#."), st.integers(1, 14))
answers = st.sampled_from(list("wemynUWYstbuvkrao"))
plays = st.builds(
    lambda greeting, parts: greeting + "".join(parts),
    st.sampled_from(["", "g", "G"]),
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
    interruption_ms=milliseconds(500),
    barge_in_words=st.integers(0, 2),
    resume_ms=st.integers(100, 400),
)


rulings = st.builds(Rules, timings, st.builds(Speculation, reply=st.booleans(), partial_words=st.booleans()))


@given(plays, rulings)
def test_decisions_fit_what_was_before(letters: str, rules: Rules) -> None:
    spoken = False
    for moment in play(letters, rules):
        speech = isinstance(moment.event, Frame) and moment.event.speech
        for decision in moment.decisions:
            match decision:
                case HearSpeech():
                    assert speech
                    spoken = True
                case Hold():
                    assert speech
                    assert moment.before.agent is Agent.SPEAKING
                    assert not moment.before.protected
                case Interrupt() | Resume():
                    assert moment.before.agent in (Agent.SPEAKING, Agent.HELD)
                    assert moment.before.user is not User.SILENT
                    if isinstance(decision, Resume):
                        assert spoken
                        spoken = False
                case CancelReply():
                    assert speech
                    assert moment.before.agent is Agent.THINKING
                case ExpectEnd() | Pause():
                    assert not speech
                    assert moment.before.user is not User.SILENT
                case Draft():
                    assert moment.after.agent is not Agent.SPEAKING
                    assert moment.before.user is not User.SILENT
                case Commit():
                    assert decision.text
                    assert spoken, "two commits without speech between them"
                    assert decision.silence_met <= decision.judged <= moment.now
                    assert moment.before.agent is Agent.IDLE or Interrupt() in moment.decisions
                    spoken = False
                case Dismiss():
                    assert spoken
                    spoken = False


@given(plays, rulings)
def test_each_commit_is_about_a_pause_that_was_told(letters: str, rules: Rules) -> None:
    """Who builds the turn's times relies on it: the last audible sample is looked for when the pause is told."""
    expected = told_pause = False
    for moment in play(letters, rules):
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
                case Resume():
                    expected = told_pause = False
                case _:
                    pass


@given(plays, rulings)
def test_agent_and_user_never_hold_the_floor_together(letters: str, rules: Rules) -> None:
    for moment in play(letters, rules):
        if moment.after.user is not User.SILENT and not rules.timers.barge_in_words:
            assert moment.after.agent in (Agent.IDLE, Agent.HELD)


@given(plays, st.sampled_from("WY"))
def test_answers_about_an_earlier_pause_change_nothing(letters: str, stale: str) -> None:
    moments = play(letters + stale)
    assert moments[-1].before == moments[-1].after
    assert moments[-1].decisions == []


@given(plays, rulings)
def test_patience_ends_every_turn(letters: str, rules: Rules) -> None:
    """However it was reached: once its words are there, a long silence leaves nobody holding the floor."""
    moments = play(letters + "." * 40 + "w", rules)
    assert moments[-1].after.user is User.SILENT


@given(plays, rulings, st.integers(1, 200))
def test_nothing_is_decided_while_everybody_is_silent(letters: str, rules: Rules, silent: int) -> None:
    moments = play(letters + "." * 40 + "w" + "o" + "." * silent, rules)
    for moment in moments[-silent:]:
        assert moment.decisions == []
        assert moment.after == replace(moment.before, silence_ns=moment.after.silence_ns)


@given(plays, rulings)
def test_what_is_remembered_of_a_pause_ends_with_it(letters: str, rules: Rules) -> None:
    for moment in play(letters, rules):
        if moment.after.user is not User.PAUSING:
            after = moment.after
            remembered = (after.silence_met, after.over, after.over_at, after.end_probability, after.words)
            assert (*remembered, after.endpoint) == (None,) * 6
        assert (moment.after.over is None) == (moment.after.over_at is None)


@given(st.integers(1, 40))
def test_the_longest_pause_is_in_audio_not_in_time(frames: int) -> None:
    """A frame that comes late ends nothing early: the clock is only told, never compared."""
    state, decided = State(), []
    for number, letter in enumerate("##...w" + "." * frames):
        event = inputs_of(letter, state.pause)
        state, decisions = step(state, event, Instant(number * 10_000 * NS_PER_MS), WAITING)
        decided += decisions
    assert bool([one for one in decided if isinstance(one, Commit)]) == (3 + frames >= 9)
    assert all(one.trigger is Trigger.SILENCE for one in decided if isinstance(one, Commit))
