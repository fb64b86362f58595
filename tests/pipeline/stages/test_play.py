import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.audio.playout_buffer import FADE_SAMPLES
from studio.audio.wav_file import WavSink
from studio.model.audio import AudioBlock, Samples, silence
from studio.model.events import AgentAudio, AgentSilent, AgentSpeaking, TrackStarted
from studio.model.terms import Track
from studio.model.time import NS_PER_MS, NS_PER_S, Instant
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import PlayedBlock
from studio.pipeline.stages.play import Play, PlayListener, SpokenClause, heard_text
from studio.pipeline.tasks import Tasks
from tests.pipeline.stages.readers import Reader, tone, virtually

RATE_HZ = 48_000


def no_failure(name: str, error: Exception) -> None:
    raise AssertionError(name) from error


class Played:
    """A stage that plays, and what came of it."""

    def __init__(self, clock: Clock) -> None:
        self.reader = Reader()
        self.told: list[tuple[object, ...]] = []
        bus = Bus()
        bus.subscribe(self.reader)
        listener = PlayListener(
            lambda turn: self.told.append(("audible", turn)),
            lambda turn, heard, cut: self.told.append(("over", turn, heard, cut)),
        )
        self.sink = WavSink(None, clock)
        self.stage = Play(self.sink, listener, clock, bus)


Act = Callable[[Played], None]


def play(acts: dict[int, Act], until_ms: int = 1500) -> Played:
    """Do something with the stage at these times in ms, half a millisecond after the sink's block."""

    async def run() -> Played:
        clock = Clock(asyncio.get_running_loop())
        played, tasks = Played(clock), Tasks(no_failure)
        playing = tasks.start("play", played.stage.run())
        for moment_ms, act in acts.items():
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
    assert [event.start for event in played.reader.of(AgentSpeaking)] == [110 * NS_PER_MS, 610 * NS_PER_MS]
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


@pytest.mark.parametrize(
    ("played", "heard"),
    [
        (0, ""),
        (1, ""),
        (540, "One"),
        (999, "One"),
        (1000, "One two."),
        (1001, "One two."),
        (1500, "One two."),
        (1600, "One two. Three"),
        (2000, "One two. Three four."),
        (9999, "One two. Three four."),
    ],
)
def test_heard_words(played: int, heard: str) -> None:
    clauses = [SpokenClause("One two.", 0, 1000, True), SpokenClause("Three four.", 1000, 1000, True)]
    assert heard_text(clauses, played, 1000) == heard


def test_an_unfinished_clause_is_not_yet_heard_to_its_end() -> None:
    assert heard_text([SpokenClause("One two three.", 0, 1000, False)], 600, 1000) == "One two"


def test_a_script_without_spaces_is_cut_at_the_character() -> None:
    assert heard_text([SpokenClause("下雨的时候，", 0, 600, True)], 300, 1000) == "下雨的"
    assert heard_text([SpokenClause("감사합니다.", 0, 600, True)], 300, 1000) == ""


words = st.text(st.sampled_from("abcdefg"), min_size=1, max_size=8)
clauses_of_words = st.lists(
    st.tuples(st.lists(words, min_size=1, max_size=8).map(" ".join), st.integers(0, 5000)), max_size=6
)


@given(clauses_of_words, st.integers(0, 30_000), st.integers(0, 3000))
def test_what_was_heard_is_the_beginning_in_whole_words_and_never_shrinks(
    texts: list[tuple[str, int]], played: int, more: int
) -> None:
    clauses, start = [], 0
    for text, count in texts:
        clauses.append(SpokenClause(text, start, count, True))
        start += count
    said = " ".join(clause.text for clause in clauses if clause.count).split()
    earlier, later = heard_text(clauses, played, 1000).split(), heard_text(clauses, played + more, 1000).split()
    assert said[: len(earlier)] == earlier
    assert later[: len(earlier)] == earlier
    if played >= start:
        assert earlier == said
