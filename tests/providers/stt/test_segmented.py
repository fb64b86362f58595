import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model.audio import Samples, silence
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.terms import TranscriptKind
from studio.pipeline.clock import VirtualTimeLoop
from studio.pipeline.ports import Transcript
from studio.providers.stt.segmented import Segmentation, SegmentedStream

PER_MS = 16
BLOCK_MS = 10
WORD_MS, GAP_MS = 150, 250


class CountingSettings(Segmentation):
    model: str = "scripted"


class WordReader:
    """A recogniser of a made-up language: word number k is 150 ms of the level 0.5 + k/1000."""

    def __init__(self, costs: Sequence[float] = (0.05,)) -> None:
        self._costs = costs
        self.lengths: list[int] = []
        self.texts: list[str] = []
        self.began: list[float] = []
        self.failure: ProviderError | None = None

    async def transcribe(self, samples: Samples) -> str:
        self.began.append(asyncio.get_running_loop().time())
        self.lengths.append(samples.size)
        await asyncio.sleep(self._costs[len(self.lengths) % len(self._costs)])
        if self.failure is not None:
            raise self.failure
        numbers = np.rint((samples[samples > 0] - 0.5) * 1000).astype(int)
        changes = np.flatnonzero(np.diff(numbers, prepend=-1))
        self.texts.append(" ".join(f"w{number}" for number in numbers[changes]))
        return self.texts[-1]


class Caller:
    """Someone who talks into a stream in real time, with the VAD's hints, and notes what comes back."""

    def __init__(self, reader: WordReader, interim_ms: int = 480, segment_s: int = 30) -> None:
        self.reader = reader
        self.stream = SegmentedStream(reader, CountingSettings(interim_ms=interim_ms, segment_s=segment_s))
        self.heard: list[tuple[float, Transcript]] = []
        self.on_transcript: Callable[[Transcript], None] | None = None

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def texts(self, kind: TranscriptKind) -> list[str]:
        return [transcript.text for _, transcript in self.heard if transcript.kind is kind]

    @property
    def ends(self) -> list[str]:
        return self.texts(TranscriptKind.END)

    @property
    def interims(self) -> list[str]:
        return self.texts(TranscriptKind.INTERIM)

    async def listen(self) -> None:
        async for transcript in self.stream.transcripts():
            self.heard.append((self.now, transcript))
            if self.on_transcript is not None:
                self.on_transcript(transcript)

    async def play(self, samples: Samples) -> None:
        for start in range(0, samples.size, BLOCK_MS * PER_MS):
            await asyncio.sleep(BLOCK_MS / 1000)
            self.stream.push(samples[start : start + BLOCK_MS * PER_MS])

    async def quiet(self, ms: int) -> None:
        await self.play(silence(ms * PER_MS))

    async def say(self, *numbers: int, gap_ms: int = 0) -> None:
        for number in numbers:
            await self.play(np.full(WORD_MS * PER_MS, 0.5 + number / 1000, dtype=np.float32))
            await self.quiet(gap_ms)

    async def speak(self, *numbers: int) -> None:
        """Words with the hints around them: the start after 60 ms of the first, the pause after 100 ms of silence."""
        first = np.full(WORD_MS * PER_MS, 0.5 + numbers[0] / 1000, dtype=np.float32)
        await self.play(first[: 60 * PER_MS])
        self.stream.speech_started()
        await self.play(first[60 * PER_MS :])
        await self.say(*numbers[1:])
        await self.quiet(100)
        self.stream.speech_paused()


def call(caller: Caller, script: Callable[[Caller], Coroutine[None, None, None]]) -> Caller:
    """Plays the script on virtual time, then lets everything that is due arrive."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        reading = loop.create_task(caller.listen())
        await script(caller)
        await asyncio.sleep(10)
        await caller.stream.close()
        await reading

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(run())
    return caller


def test_the_end_has_all_words_with_those_from_before_the_hint() -> None:
    async def script(caller: Caller) -> None:
        await caller.quiet(1000)
        await caller.say(1, 2)
        caller.stream.speech_started()
        await caller.say(3)
        caller.stream.speech_paused()

    caller = call(Caller(WordReader()), script)
    assert caller.ends == ["w1 w2 w3"]
    assert caller.reader.lengths[-1] == (500 + WORD_MS) * PER_MS


def test_sound_from_long_before_the_hint_is_forgotten() -> None:
    async def script(caller: Caller) -> None:
        await caller.say(1)
        await caller.quiet(600)
        await caller.speak(2)

    assert call(Caller(WordReader()), script).ends == ["w2"]


def test_interims_grow_and_none_is_said_twice() -> None:
    caller = call(Caller(WordReader()), lambda caller: caller.speak(*range(1, 15)))
    assert len(caller.interims) >= 3
    assert caller.interims == sorted(set(caller.interims), key=len)
    whole = caller.ends[0]
    assert all(whole.startswith(text) for text in caller.interims)


@pytest.mark.parametrize(
    ("cost", "interim_ms", "least_apart"),
    [(0.02, 480, 0.48), (0.1, 480, 0.48), (0.2, 480, 0.8), (0.05, 1000, 1.0)],
)
def test_interims_take_a_quarter_of_the_engines_time_at_most(cost: float, interim_ms: int, least_apart: float) -> None:
    caller = call(Caller(WordReader([cost]), interim_ms), lambda caller: caller.speak(*range(1, 40)))
    apart = np.diff(caller.reader.began[:-1])
    assert len(apart) >= 3
    assert apart[1:].min() >= least_apart - 1e-6  # before the second the cost is not known yet


@pytest.mark.parametrize(("cost", "interim_ms", "decodings"), [(0.05, 0, 1), (0.6, 480, 2)])
def test_no_interims_when_off_or_too_slow(cost: float, interim_ms: int, decodings: int) -> None:
    caller = call(Caller(WordReader([cost]), interim_ms), lambda caller: caller.speak(*range(1, 40)))
    assert len(caller.reader.lengths) == decodings


@pytest.mark.parametrize("words", range(1, 12))
def test_an_interim_of_a_fast_engine_never_delays_the_end(words: int) -> None:
    paused = 0.0

    async def script(caller: Caller) -> None:
        nonlocal paused
        await caller.speak(*range(1, words + 1))
        paused = caller.now

    caller = call(Caller(WordReader([0.09])), script)
    (ended,) = [at for at, transcript in caller.heard if transcript.kind is TranscriptKind.END]
    assert ended - paused == pytest.approx(0.09)


def test_speech_that_goes_on_withdraws_the_end_and_a_later_one_has_everything() -> None:
    async def script(caller: Caller) -> None:
        await caller.speak(1, 2)
        await asyncio.sleep(0.1)  # the decoding takes 300 ms
        await caller.speak(3)

    caller = call(Caller(WordReader([0.3])), script)
    assert caller.ends == ["w1 w2 w3"]
    assert caller.interims == ["w1 w2"]


@pytest.mark.parametrize(("pause_ms", "decoded_last"), [(300, "w1 w2 w3"), (800, "w3")])
def test_a_long_pause_freezes_what_was_said(pause_ms: int, decoded_last: str) -> None:
    async def script(caller: Caller) -> None:
        for number in (1, 2, 3):
            await caller.speak(number)
            await caller.quiet(pause_ms)

    caller = call(Caller(WordReader()), script)
    assert caller.ends == ["w1", "w1 w2", "w1 w2 w3"]
    assert caller.reader.texts[-1] == decoded_last


def test_two_turns_may_say_the_same() -> None:
    async def script(caller: Caller) -> None:
        for _ in range(2):
            await caller.speak(1, 1, 1, 1, 1)
            await asyncio.sleep(0.5)
            caller.stream.turn_committed()

    caller = call(Caller(WordReader()), script)
    assert caller.ends == ["w1", "w1"]
    assert caller.interims == ["w1", "w1"]


def test_nothing_of_a_committed_turn_comes_late() -> None:
    async def script(caller: Caller) -> None:
        await caller.speak(1)
        caller.stream.turn_committed()  # while 1 is being decoded
        await caller.quiet(150)
        await caller.speak(2)

    caller = call(Caller(WordReader([0.5])), script)
    assert caller.ends == ["w2"]
    assert "w1" not in "".join(caller.interims)


def test_the_next_turns_lead_reaches_back_to_the_pause_at_most() -> None:
    async def script(caller: Caller) -> None:
        await caller.speak(1)
        await asyncio.sleep(0.1)
        caller.stream.turn_committed()
        await caller.speak(2)

    assert call(Caller(WordReader()), script).ends == ["w1", "w2"]


def test_a_commit_while_the_user_speaks_begins_a_turn_in_the_middle_of_speech() -> None:
    async def script(caller: Caller) -> None:
        caller.stream.speech_started()
        await caller.say(1, 2)
        caller.stream.turn_committed()
        await caller.say(3)
        caller.stream.speech_paused()

    assert call(Caller(WordReader()), script).ends == ["w3"]


def test_pauses_without_speech_have_no_words_and_cost_nothing() -> None:
    async def script(caller: Caller) -> None:
        await caller.quiet(200)
        caller.stream.speech_paused()
        caller.stream.turn_committed()
        caller.stream.speech_paused()

    caller = call(Caller(WordReader()), script)
    assert caller.ends == [""]  # the first was withdrawn by the commit
    assert caller.reader.lengths == []


def test_each_of_two_pauses_is_answered_and_decoded_once() -> None:
    async def script(caller: Caller) -> None:
        await caller.speak(1)
        caller.stream.speech_paused()
        await asyncio.sleep(1)
        caller.stream.speech_paused()

    caller = call(Caller(WordReader()), script)
    assert caller.ends == ["w1", "w1", "w1"]
    assert len(caller.reader.lengths) == 1


def test_a_second_start_changes_nothing() -> None:
    async def script(caller: Caller) -> None:
        caller.stream.speech_started()
        await caller.say(1)
        caller.stream.speech_started()
        await caller.say(2)
        caller.stream.speech_paused()

    assert call(Caller(WordReader()), script).ends == ["w1 w2"]


def test_long_speech_is_cut_between_words() -> None:
    async def script(caller: Caller) -> None:
        caller.stream.speech_started()
        await caller.say(*range(1, 61), gap_ms=GAP_MS)
        caller.stream.speech_paused()

    caller = call(Caller(WordReader(), segment_s=5), script)
    assert caller.ends == [" ".join(f"w{number}" for number in range(1, 61))]
    assert max(caller.reader.lengths) <= 5 * 1000 * PER_MS


def test_sound_whose_words_are_known_is_freed() -> None:
    async def script(caller: Caller) -> None:
        for number in range(1, 21):
            await caller.speak(number)
            await caller.quiet(600)
        held = sum(segment.samples().size for segment in caller.stream._turn if segment._blocks)
        assert held <= 1000 * PER_MS

    assert len(call(Caller(WordReader()), script).ends) == 20


async def first(stream: SegmentedStream) -> Transcript:
    async with aclosing(stream.transcripts()) as transcripts:
        return await anext(transcripts)


def test_an_engine_that_cannot_keep_up_is_an_error_and_takes_no_more() -> None:
    async def run() -> None:
        stream = SegmentedStream(WordReader(), CountingSettings())
        stream.speech_started()
        for _ in range(200):
            stream.push(np.full(1000 * PER_MS, 0.5, dtype=np.float32))
        assert sum(segment.length for segment in stream._turn) <= 121_000 * PER_MS
        with pytest.raises(ProviderError, match="behind") as raised:
            await first(stream)
        assert raised.value.category is ErrorCategory.TIMEOUT

    asyncio.run(run())


def test_the_engines_failure_reaches_the_reader_and_the_end_can_be_asked_for_again() -> None:
    async def run() -> None:
        reader = WordReader()
        reader.failure = ProviderError("The engine broke.", ErrorCategory.SERVER)
        stream = SegmentedStream(reader, CountingSettings())
        stream.speech_started()
        stream.push(np.full(1000 * PER_MS, 0.501, dtype=np.float32))
        stream.speech_paused()
        with pytest.raises(ProviderError, match="broke"):
            await first(stream)
        reader.failure = None
        assert await first(stream) == Transcript(TranscriptKind.END, "w1")

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(run())


def test_closing_ends_the_transcripts_and_drops_what_is_being_decoded() -> None:
    async def script(caller: Caller) -> None:
        await caller.speak(1)
        await asyncio.sleep(0.1)
        await caller.stream.close()

    assert call(Caller(WordReader([5.0])), script).heard == []


class Model:
    """What must come back, from the port's words alone."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._next = 1
        self._speaking = False
        self._words: list[str] = []
        self._due = 0
        caller.on_transcript = self.check

    def check(self, transcript: Transcript) -> None:
        words = transcript.text.split()
        if transcript.kind is TranscriptKind.END:
            assert self._due > 0, "an END that nothing asked for"
            self._due -= 1
            assert words == self._words
        else:
            assert words, "an interim result without words"
            assert words == self._words[: len(words)], "not the words of this turn so far"

    async def do(self, step: str) -> None:
        stream = self._caller.stream
        match step:
            case "start":
                stream.speech_started()
                self._speaking, self._due = True, 0
            case "pause":
                stream.speech_paused()
                self._speaking = False
                self._due += 1
            case "commit":
                stream.turn_committed()
                self._words, self._due = [], 0
            case "say" if self._speaking:
                self._words.append(f"w{self._next}")
                self._next += 1
                await self._caller.say(self._next - 1, gap_ms=GAP_MS)
            case "say" | "short":
                await self._caller.quiet(200)
            case "long":
                await self._caller.quiet(700)
            case "settle":
                await asyncio.sleep(30)
                assert self._due == 0, "a pause that was not answered"


STEPS = ["start", "pause", "commit", "say", "say", "say", "short", "long", "settle"]


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(st.sampled_from(STEPS), max_size=40),
    costs=st.lists(st.sampled_from([0.0, 0.02, 0.1, 0.4, 1.5]), min_size=1, max_size=5),
    interim_ms=st.sampled_from([0, 200, 480]),
)
def test_any_order_of_hints_keeps_the_ports_promises(steps: list[str], costs: list[float], interim_ms: int) -> None:
    async def script(caller: Caller) -> None:
        model = Model(caller)
        for step in [*steps, "settle"]:
            await model.do(step)

    call(Caller(WordReader(costs), interim_ms, segment_s=5), script)
