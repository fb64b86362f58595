import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from studio.audio.playout_buffer import FADE_SAMPLES
from studio.audio.wav_file import WavSink
from studio.model.audio import AudioBlock, Samples, silence
from studio.model.events import AgentAudio, AgentSilent, AgentSpeaking, TrackStarted
from studio.model.measures import SpanName
from studio.model.preset import Playout
from studio.model.terms import Track
from studio.model.time import NS_PER_MS, NS_PER_S, Instant
from studio.model.turn_events import PlayoutDelayed, PlayoutUnderrun
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import PlayedBlock, Sound
from studio.pipeline.reply_voice import SpokenClause, heard_text
from studio.pipeline.stages.play import Play, PlayListener
from studio.pipeline.tasks import Tasks
from studio.providers.scripted import ScriptedTts, TtsSettings
from tests import virtual_call
from tests.pipeline.stages.readers import Reader, tone, virtually

RATE_HZ = 48_000


def no_failure(name: str, error: Exception) -> None:
    raise AssertionError(name) from error


class Played:
    """A stage that plays, and what came of it."""

    def __init__(self, clock: Clock, jitter_max_ms: int) -> None:
        self.reader = Reader()
        self.told: list[tuple[object, ...]] = []
        bus = Bus()
        bus.subscribe(self.reader)
        listener = PlayListener(
            lambda turn: self.told.append(("audible", turn)),
            lambda turn, heard, cut: self.told.append(("over", turn, heard, cut)),
        )
        self.sink = WavSink(None, clock)
        self.stage = Play(self.sink, listener, clock, bus, Playout(jitter_max_ms=jitter_max_ms))


Act = Callable[[Played], None]


def play(acts: dict[int, Act] | list[tuple[int, Act]], until_ms: int = 1500, jitter_max_ms: int = 200) -> Played:
    """Do something with the stage at these times in ms, half a millisecond after the sink's block."""

    async def run() -> Played:
        clock = Clock(asyncio.get_running_loop())
        played, tasks = Played(clock, jitter_max_ms), Tasks(no_failure)
        playing = tasks.start("play", played.stage.run())
        for moment_ms, act in acts.items() if isinstance(acts, dict) else acts:
            await clock.sleep_until(moment_ms * NS_PER_MS + NS_PER_MS // 2)
            act(played)
        await clock.sleep_until(until_ms * NS_PER_MS)
        await played.sink.close()
        await asyncio.wait([playing])
        await tasks.close()
        return played

    return virtually(run())


def say(text: str, samples: Samples, turn: int = 0, finished: bool = True) -> Act:
    def act(played: Played) -> None:
        played.stage.begin(turn)
        played.stage.write(text, samples, last=True)
        if finished:
            played.stage.finish()

    return act


def cut(played: Played) -> None:
    played.stage.cut()


@pytest.mark.parametrize(("before", "sounding"), [(0, 4800), (1, 4800), (479, 4801), (480, 10), (731, 9999)])
def test_the_first_and_the_last_audible_sample_are_exact(before: int, sounding: int) -> None:
    sound = np.concatenate([silence(before), np.full(sounding, 0.3, dtype=np.float32), silence(600)])
    played = play({105: say("Hello.", sound)})
    written_at = 110 * NS_PER_MS  # the block after 105.5 ms
    [speaking], [silent] = played.reader.of(AgentSpeaking), played.reader.of(AgentSilent)
    assert speaking.start == written_at + before * NS_PER_S // RATE_HZ
    assert abs(silent.end - (written_at + (before + sounding) * NS_PER_S // RATE_HZ)) <= 1
    assert (silent.heard, silent.interrupted) == ("Hello.", False)
    assert played.told == [("audible", 0), ("over", 0, "Hello.", False)]
    at = (written_at // NS_PER_MS) * RATE_HZ // 1000
    assert np.array_equal(played.reader.sound(Track.PLAYED)[at : at + sound.size], sound)


def test_the_track_of_what_was_played_is_whole_and_starts_at_zero() -> None:
    played = play({100: say("Hello.", tone(RATE_HZ, 0.2))})
    assert [(event.track, event.at, event.rate_hz) for event in played.reader.of(TrackStarted)] == [
        (Track.PLAYED, 0, RATE_HZ)
    ]
    blocks = played.reader.blocks[Track.PLAYED]
    assert [block.position for block in blocks] == [number * 480 for number in range(len(blocks))]
    assert len(blocks) == 150
    levels = played.reader.of(AgentAudio)
    assert sum(event.length_ms for event in levels) == 1500
    assert max(event.peak for event in levels) == 0.3
    assert max(event.buffered_ms for event in levels) > 150


def test_cutting_is_silence_at_the_next_block() -> None:
    played = play({100: say("One two three four five six seven eight nine ten.", tone(RATE_HZ, 1.0)), 605: cut})
    sound = played.reader.sound(Track.PLAYED)
    assert sound[610 * 48 - 480 : 610 * 48].any()
    assert not sound[610 * 48 + FADE_SAMPLES :].any()
    [silent] = played.reader.of(AgentSilent)
    assert abs(silent.end - 615 * NS_PER_MS) < NS_PER_MS
    assert silent.interrupted
    assert silent.heard == "One two three four five"
    assert silent.at == 620 * NS_PER_MS
    assert played.told[-1] == ("over", 0, "One two three four five", True)
    assert not played.stage.busy


def test_cut_before_the_first_block_nothing_was_heard() -> None:
    played = play({101: say("Hello.", tone(RATE_HZ, 1.0)), 102: cut})
    assert played.told == [("over", 0, "", True)]
    assert not played.reader.of(AgentSpeaking)
    assert not played.reader.of(AgentSilent)
    assert not played.reader.sound(Track.PLAYED).any()


def test_a_pause_after_the_last_clause_is_not_waited_out() -> None:
    def answer(played: Played) -> None:
        played.stage.begin(0)
        played.stage.write("Hello there.", tone(RATE_HZ, 0.2), last=True)
        played.stage.write("", silence(RATE_HZ // 4), last=True)
        played.stage.finish()

    played = play({100: answer, 405: cut})
    [silent] = played.reader.of(AgentSilent)
    assert (silent.heard, silent.interrupted) == ("Hello there.", False)
    assert silent.at == 300 * NS_PER_MS


def test_what_is_written_after_the_cut_is_not_played() -> None:
    def go_on(played: Played) -> None:
        played.stage.write("More.", tone(RATE_HZ, 0.5), last=True)

    played = play({100: say("Hello.", tone(RATE_HZ, 0.3), finished=False), 205: cut, 206: go_on, 300: go_on})
    assert not played.reader.sound(Track.PLAYED)[210 * 48 + FADE_SAMPLES :].any()
    assert len(played.reader.of(AgentSilent)) == 1


def test_a_reply_that_begins_right_after_a_cut_is_told_apart() -> None:
    def cut_and_say(played: Played) -> None:
        played.stage.cut()
        say("Second.", tone(RATE_HZ, 0.1), turn=1)(played)

    played = play({100: say("First, which is long.", tone(RATE_HZ, 1.0)), 605: cut_and_say})
    assert [what[:2] for what in played.told] == [("audible", 0), ("over", 0), ("audible", 1), ("over", 1)]
    # From 610 ms on the first one fades, which is no sound of the second.
    assert [event.start for event in played.reader.of(AgentSpeaking)] == [110 * NS_PER_MS, 620 * NS_PER_MS]
    assert played.told[-1] == ("over", 1, "Second.", False)


def test_a_reply_whose_sound_comes_late_is_one_reply() -> None:
    def more(played: Played) -> None:
        played.stage.write("Second.", tone(RATE_HZ, 0.1), last=True)
        played.stage.finish()

    played = play({100: say("First.", tone(RATE_HZ, 0.1), finished=False), 505: more})
    [silent] = played.reader.of(AgentSilent)
    assert silent.heard == "First. Second."
    assert silent.end - 610 * NS_PER_MS < NS_PER_MS
    assert len(played.reader.of(AgentSpeaking)) == 1


def test_finished_after_everything_was_played_it_is_over() -> None:
    played = play(
        {100: say("First.", tone(RATE_HZ, 0.1), finished=False), 505: lambda played: played.stage.finish()}, 600
    )
    assert played.told[-1] == ("over", 0, "First.", False)


def test_a_reply_of_silence_is_over_and_was_never_audible() -> None:
    assert play({100: say("Hello.", silence(4800))}).told == [("over", 0, "", False)]
    assert play({100: say("Hello.", silence(0))}).told == [("over", 0, "", False)]


def test_a_reply_of_nothing_is_over_at_once() -> None:
    def nothing(played: Played) -> None:
        played.stage.begin(3)
        played.stage.finish()
        assert played.told == [("over", 3, "", False)]
        played.stage.finish()
        played.stage.cut()

    assert len(play({100: nothing}).told) == 1


def test_a_sink_that_closes_cuts_the_reply() -> None:
    played = play({100: say("One two three four.", tone(RATE_HZ, 10.0))}, until_ms=5100)
    assert played.told[-1] == ("over", 0, "One two", True)


class LateSink:
    """A device that had one more block under way when it was told to be silent."""

    name, rate_hz = "late", RATE_HZ

    def __init__(self) -> None:
        self._written = silence(0)
        self.on_taken: Callable[[], None] = lambda: None

    def write(self, samples: Samples) -> int:
        self._written = samples
        return 0

    def clear(self) -> None:
        pass

    async def blocks(self) -> AsyncIterator[PlayedBlock]:
        self.on_taken()
        yield PlayedBlock(AudioBlock(self._written[:480], 0, Instant(0)), 0, 480, 0)
        yield PlayedBlock(AudioBlock(silence(480), 480, Instant(10)), 480, 0, 0)

    async def close(self) -> None:
        pass


def test_a_block_that_was_under_way_does_not_bring_a_dropped_reply_back() -> None:
    """It was told to be cancelled before it was heard; then it is not told to be audible."""

    async def run() -> list[object]:
        told: list[object] = []
        sink = LateSink()
        listener = PlayListener(lambda turn: told.append(turn), lambda *over: told.append(over))
        stage = Play(sink, listener, Clock(asyncio.get_running_loop()), Bus())
        stage.begin(0)
        stage.write("Hello.", tone(RATE_HZ, 0.01), last=True)
        sink.on_taken = stage.cut
        await stage.run()
        return told

    assert virtually(run()) == [(0, "", True)]


# --- late voice --------------------------------------------------------------------------------


def write(text: str, samples: Samples, last: bool) -> Act:
    return lambda played: played.stage.write(text, samples, last)


def piece(text: str, length_ms: int, last: bool = False) -> Act:
    return write(text, tone(RATE_HZ, length_ms / 1000), last)


def begin(turn: int) -> Act:
    return lambda played: played.stage.begin(turn)


def finish(played: Played) -> None:
    played.stage.finish()


def late_clause(turn: int, from_ms: int) -> dict[int, Act]:
    """Its second piece comes 50 ms after the first has been played."""
    return {
        from_ms - 1: begin(turn),
        from_ms: piece("One two.", 100),
        from_ms + 150: piece("One two.", 100),
        from_ms + 200: piece("One two.", 100, last=True),
        from_ms + 201: finish,
    }


def test_words_that_are_torn_apart_are_an_underrun_and_the_next_reply_waits_for_as_long() -> None:
    played = play({**late_clause(0, 100), **late_clause(1, 1000)}, until_ms=2000)
    [torn] = played.reader.of(PlayoutUnderrun)
    # The first piece plays from 110 ms; once torn, the clause is complete before as long again is over.
    assert (torn.turn, torn.start, torn.gap_ms, torn.within_clause) == (0, 210 * NS_PER_MS, 100.0, True)
    [again, before] = played.reader.of(PlayoutDelayed)
    assert (again.turn, again.at - again.delay_ms * NS_PER_MS) == (0, 250.5 * NS_PER_MS)
    assert before.turn == 1
    assert before.delay_ms == 50
    first, second = played.reader.of(AgentSpeaking)
    assert (first.start, second.start) == (110 * NS_PER_MS, 1070 * NS_PER_MS)
    assert [silent.heard for silent in played.reader.of(AgentSilent)] == ["One two."] * 2


def test_a_clause_that_is_not_there_yet_tears_nothing() -> None:
    acts = {100: begin(0), 101: piece("One.", 100, last=True), 505: piece("Two.", 100, last=True), 506: finish}
    played = play(acts)
    [late] = played.reader.of(PlayoutUnderrun)
    assert (late.start, late.gap_ms, late.within_clause) == (210 * NS_PER_MS, 300.0, False)
    assert not played.reader.of(PlayoutDelayed)


def test_the_end_of_a_reply_and_what_is_held_are_no_gaps() -> None:
    played = play({100: say("One.", tone(RATE_HZ, 0.105)), 150: hold, 405: resume})
    assert played.told[-1] == ("over", 0, "One.", False)
    assert not played.reader.of(PlayoutUnderrun)


def test_nothing_is_held_back_by_a_preset_that_allows_no_delay() -> None:
    played = play({**late_clause(0, 100), **late_clause(1, 1000)}, until_ms=2000, jitter_max_ms=0)
    assert not played.reader.of(PlayoutDelayed)
    assert [torn.gap_ms for torn in played.reader.of(PlayoutUnderrun)] == [50.0, 50.0]


def test_cutting_off_empties_the_jitter_buffer_within_one_block() -> None:
    first = late_clause(0, 100)
    acts = {999: begin(1), 1000: piece("Three four.", 100), 1030: cut}
    played = play({**first, **acts, 1031: piece("Three four.", 100, last=True)}, until_ms=2000)
    assert played.told[-1] == ("over", 1, "", True)
    assert not played.stage.busy
    assert not played.reader.sound(Track.PLAYED)[1000 * 48 :].any()


class LateVoice(ScriptedTts):
    """Its second piece comes 100 ms after the first has been played."""

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        for wait_s in (0.0, 0.2, 0.1):
            await asyncio.sleep(wait_s)
            yield Sound(tone(self.rate_hz, 0.1))


def test_the_delay_is_part_of_the_playout_that_v2v_tells(tmp_path: Path) -> None:
    script = virtual_call.Script(
        [(500, 1500), (6000, 7000)],
        {"llm": {"replies": ["One two three."]}},
        parts=lambda parts: replace(parts, tts=LateVoice(TtsSettings())),
    )
    held = virtual_call.hold(script, tmp_path)
    first, second = held.turns
    [delayed] = [delayed for delayed in held.of(PlayoutDelayed) if delayed.turn == second.index]
    [before] = [span for span in first.spans if span.name is SpanName.PLAYOUT]
    [playout] = [span for span in second.spans if span.name is SpanName.PLAYOUT]
    assert playout.length >= delayed.delay_ms * NS_PER_MS >= 90 * NS_PER_MS > before.length
    assert sum(span.length for span in second.spans) == second.v2v
    assert [torn.turn for torn in held.of(PlayoutUnderrun)] == [first.index]


# --- hold and resume ---------------------------------------------------------------------------


def hold(played: Played) -> None:
    played.stage.hold()


def resume(played: Played) -> None:
    played.stage.resume()


def test_held_it_is_silent_at_the_next_block_and_goes_on_where_it_was_heard() -> None:
    played = play({100: say("One two three four.", noise(0, 48_000)), 505: hold, 805: resume}, until_ms=2500)
    sound = played.reader.sound(Track.PLAYED)
    assert sound[510 * 48 - 480 : 510 * 48].all()
    assert not sound[510 * 48 + FADE_SAMPLES : 810 * 48].any()
    assert sound[811 * 48 : 1400 * 48].all()
    [silent] = played.reader.of(AgentSilent)
    assert (silent.heard, silent.interrupted) == ("One two three four.", False)
    assert silent.end > 1400 * NS_PER_MS
    assert played.told == [("audible", 0), ("over", 0, "One two three four.", False)]


def test_cut_while_held_it_ends_with_what_was_heard_before() -> None:
    ten = "One two three four five six seven eight nine ten."
    played = play({100: say(ten, tone(RATE_HZ, 1.0)), 605: hold, 905: cut})
    [silent] = played.reader.of(AgentSilent)
    assert (silent.heard, silent.interrupted) == ("One two three four five", True)
    assert abs(silent.end - 615 * NS_PER_MS) < NS_PER_MS
    assert silent.at == 910 * NS_PER_MS
    assert not played.stage.busy


def test_held_before_it_was_heard_it_begins_at_its_beginning() -> None:
    voice = noise(0, 4800)
    played = play(
        {100: begin(0), 101: hold, 102: lambda p: p.stage.write("One.", voice, True), 103: finish, 405: resume}
    )
    assert [speaking.start for speaking in played.reader.of(AgentSpeaking)] == [410 * NS_PER_MS]
    assert np.array_equal(played.reader.sound(Track.PLAYED)[410 * 48 :][:4800], voice)


def test_hold_and_resume_without_a_reply_do_nothing() -> None:
    played = play({100: hold, 102: resume, 105: say("One.", tone(RATE_HZ, 0.1)), 107: resume})
    assert played.told[-1] == ("over", 0, "One.", False)


def noise(position: int, count: int) -> Samples:
    """A voice of which each sample is another, so that it can be told where it comes from; never quiet."""
    values = np.random.default_rng(7).permutation(100_000)[position : position + count]
    return (0.2 + values * 1e-6).astype(np.float32)


def positions_in(voice: Samples, sound: Samples) -> npt.NDArray[np.int64]:
    """Which samples of the voice are heard one after another in a sound, at their full level."""
    order = np.argsort(voice).astype(np.int64)
    found: npt.NDArray[np.int64] = order[np.clip(np.searchsorted(voice[order], sound), 0, voice.size - 1)]
    found = np.where(voice[found] == sound, found, -9)
    # A sample that fades may look like another one, but not like that one's neighbour as well.
    follows = np.diff(found) == 1
    return np.extract(np.append(follows, False) | np.append(False, follows), found)


def spoken(pieces: list[tuple[int, int, bool]], until_ms: int) -> tuple[list[tuple[int, Act]], list[SpokenClause]]:
    """Pieces of a reply, one after the other; and the clauses that they make until then."""
    acts: list[tuple[int, Act]] = []
    clauses: list[SpokenClause] = []
    now, position = 100, 0
    for wait, length_ms, last in pieces:
        voice, start = noise(position, length_ms * 48), position
        position += voice.size
        going_on = clauses.pop() if clauses and not clauses[-1].complete else None
        start = going_on.start if going_on else start
        text = f"a{len(clauses)} b c d."
        acts.append((now, write(text, voice, last)))
        if now <= until_ms:
            clauses.append(SpokenClause(text, start, position - start, last))
        elif going_on:
            clauses.append(going_on)
        now += wait
    return [*acts, (now, finish)], clauses


pieces_of_a_reply = st.lists(st.tuples(st.integers(0, 150), st.integers(1, 120), st.booleans()), max_size=5)
holds = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=3)


@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(pieces_of_a_reply, holds, st.none() | st.integers(100, 900))
def test_what_was_heard_is_the_reply_however_it_is_held(
    pieces: list[tuple[int, int, bool]], holds: list[tuple[int, int]], cut_at: int | None
) -> None:
    speaking, clauses = spoken([*pieces, (10, 50, True)], 10_000 if cut_at is None else cut_at)
    acts, quiet, at = [(99, begin(0)), *speaking], list[tuple[int, int]](), 100
    for after, length in holds:
        quiet.append((at + after, at + after + length))
        acts += [(at + after, hold), (at + after + length, resume)]
        at += after + length
    acts += [(cut_at, cut)] if cut_at is not None else []
    played = play(sorted(acts, key=lambda act: act[0]), until_ms=2800)

    sound, whole = played.reader.sound(Track.PLAYED), noise(0, 600 * 48 + 50 * 48)
    heard = positions_in(whole, sound)
    # Nothing is lost: one sample after another was heard, each at its full level.
    reached = int(heard.max()) + 1 if heard.size else 0
    assert np.array_equal(np.unique(heard), np.arange(reached))
    back = 1 - np.diff(heard)[np.diff(heard) != 1]
    assert len(back) <= len(holds)
    assert ((back > 0) & (back <= 320 * 48)).all()
    for begun, over in quiet:
        assert not sound[(begun // 10 + 1) * 480 + FADE_SAMPLES : over * 48].any()
    [(_, _, text, was_cut)] = [told for told in played.told if told[0] == "over"]
    # A reply of which only what fades was left is over.
    assert was_cut or reached >= sum(clause.count for clause in clauses) - FADE_SAMPLES
    assert len(played.reader.of(AgentSilent)) == (1 if reached else 0)
    # What fades as it is cut off was played, too.
    assert text in {heard_text(clauses, reached + faded, RATE_HZ) for faded in range(FADE_SAMPLES + 1)}
