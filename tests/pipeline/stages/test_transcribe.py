import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest

from studio.model.audio import AudioBlock, Samples, silence
from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.events import Transcribed
from studio.model.provider_events import UnitsUsed
from studio.model.terms import TranscriptKind, Trigger
from studio.model.time import NS_PER_MS, Instant
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.floor import FinalWords, VendorEager, VendorEnd, VendorResume, WordsSoFar
from studio.pipeline.ports import Transcript
from studio.pipeline.stages.transcribe import Transcribe, Words, words_unasked
from studio.pipeline.tasks import Tasks
from tests.pipeline.stages.readers import Reader, virtually


class Stream:
    """An engine that says what the test says, and notes what it is told."""

    billed_ms = 0.0
    use = "fake/ears"

    def __init__(self) -> None:
        self.told: list[str] = []
        self.said: asyncio.Queue[Transcript | Exception | None] = asyncio.Queue()

    def push(self, block: Samples) -> None:
        self.told.append(f"push {block.size}")

    def speech_started(self) -> None:
        self.told.append("started")

    def speech_paused(self) -> None:
        self.told.append("paused")

    def turn_committed(self) -> None:
        self.told.append("committed")

    async def transcripts(self) -> AsyncGenerator[Transcript, None]:
        while (said := await self.said.get()) is not None:
            if isinstance(said, Exception):
                raise said
            yield said

    async def close(self) -> None:
        self.said.put_nowait(None)


Act = Callable[[Transcribe, Stream], None]


Heard = list[Words]


def transcribe(*acts: Act) -> tuple[Heard, Reader, list[tuple[str, Exception]]]:
    """Act every 10 ms."""

    async def run() -> tuple[Heard, Reader, list[tuple[str, Exception]]]:
        bus, reader, stream = Bus(), Reader(), Stream()
        heard: Heard = []
        failures: list[tuple[str, Exception]] = []
        bus.subscribe(reader)
        stage = Transcribe(stream, Clock(asyncio.get_running_loop()), bus)
        tasks = Tasks(lambda name, error: failures.append((name, error)))
        tasks.start("transcribe", stage.run(heard.append))
        for act in acts:
            await asyncio.sleep(0.01)
            act(stage, stream)
        await asyncio.sleep(0.01)
        await tasks.close()
        return heard, reader, failures

    return virtually(run())


def started(stage: Transcribe, stream: Stream) -> None:
    stage.speech_started(4)


def paused(number: int) -> Act:
    return lambda stage, _stream: stage.paused(number)


def says(kind: TranscriptKind, text: str) -> Act:
    return lambda _stage, stream: stream.said.put_nowait(Transcript(kind, text, 0.9))


END, INTERIM = TranscriptKind.END, TranscriptKind.INTERIM


def test_a_pause_is_answered_with_its_words() -> None:
    heard, reader, _ = transcribe(started, says(INTERIM, " hel"), paused(1), says(END, " hello "))
    assert heard == [WordsSoFar("hel"), FinalWords(1, "hello")]
    interim, end = reader.of(Transcribed)
    assert (interim.turn, interim.kind, interim.text, interim.asked) == (4, INTERIM, " hel", None)
    assert (end.kind, end.asked, end.at, end.confidence) == (END, 30 * NS_PER_MS, 40 * NS_PER_MS, 0.9)


def test_an_answer_that_speech_overtook_is_dropped() -> None:
    heard, reader, _ = transcribe(started, paused(1), started, says(END, "old"), paused(2), says(END, "old and new"))
    assert heard == [FinalWords(2, "old and new")]
    assert [event.text for event in reader.of(Transcribed)] == ["old and new"]


def test_a_second_answer_to_the_same_pause_is_dropped() -> None:
    heard, _, _ = transcribe(started, paused(1), says(END, "one"), says(END, "two"))
    assert heard == [FinalWords(1, "one")]


def test_after_the_turn_an_answer_is_about_nothing() -> None:
    heard, _, _ = transcribe(started, paused(1), lambda stage, _stream: stage.turn_over(8), says(END, "late"))
    assert heard == []


def test_the_engine_is_told_what_happens() -> None:
    streams: list[Stream] = []

    def hear(stage: Transcribe, stream: Stream) -> None:
        streams.append(stream)
        stage.hear(AudioBlock(silence(160), 0, Instant(0)))

    transcribe(hear, started, paused(1), lambda stage, _stream: stage.turn_over(8))
    assert streams[0].told == ["push 160", "started", "paused", "committed"]


def test_a_failure_comes_through() -> None:
    error = ProviderError("gone", ErrorCategory.CONNECTION)
    _, _, failures = transcribe(started, lambda _stage, stream: stream.said.put_nowait(error))
    assert failures == [("transcribe", error)]


def test_an_engine_that_just_ends_has_failed() -> None:
    """Otherwise the call would go on and never hear a word again."""
    _, _, failures = transcribe(started, lambda _stage, stream: stream.said.put_nowait(None))
    [(name, error)] = failures
    assert name == "transcribe"
    assert isinstance(error, ProviderError)
    with pytest.raises(ProviderError, match=r"^The speech recognition ended .+\.$"):
        raise error


def test_what_a_vendor_hears_before_the_vad_belongs_to_the_next_turn() -> None:
    _, reader, _ = transcribe(
        lambda stage, _stream: stage.turn_over(4),
        lambda _stage, stream: stream.said.put_nowait(Transcript(TranscriptKind.INTERIM, "Thank")),
    )
    assert [event.turn for event in reader.of(Transcribed)] == [4]


def test_the_vendors_own_end_is_told_apart_and_sound_that_was_sent_is_counted() -> None:
    def sends(_stage: Transcribe, stream: Stream) -> None:
        stream.billed_ms = 1500.0
        stream.said.put_nowait(Transcript(TranscriptKind.END, "Hi.", trigger=Trigger.VENDOR))

    heard, reader, _ = transcribe(started, sends, lambda stage, _stream: stage.turn_over(8))
    assert heard == [VendorEnd("Hi.")]
    assert [event.trigger for event in reader.of(Transcribed)] == [Trigger.VENDOR]
    [used] = reader.of(UnitsUsed)
    assert (used.provider, used.audio_ms) == ("fake/ears", 1500.0)


def test_words_keep_their_times_on_the_sessions_clock() -> None:
    said = Transcript(TranscriptKind.INTERIM, "Hi", words=(TimedWord("Hi", 120, 300),))
    _, reader, _ = transcribe(
        lambda stage, _stream: stage.hear(AudioBlock(silence(160), 0, Instant(50 * NS_PER_MS))),
        lambda _stage, stream: stream.said.put_nowait(said),
    )
    assert reader.of(Transcribed)[0].words == (TimedWord("Hi", 170, 350),)


def test_a_vendor_that_judges_turns_says_that_one_may_be_over_and_that_it_goes_on() -> None:
    eager, resume = TranscriptKind.EAGER_END, TranscriptKind.RESUME
    heard, _, _ = transcribe(started, says(eager, " hello "), says(resume, "hello"))
    assert heard == [VendorEager("hello"), VendorResume()]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (Transcript(TranscriptKind.SPEECH_START, ""), None),
        (Transcript(TranscriptKind.INTERIM, " Two "), WordsSoFar("Two")),
        (Transcript(TranscriptKind.EAGER_END, "Two."), VendorEager("Two.")),
        (Transcript(TranscriptKind.RESUME, "Two."), VendorResume()),
        (Transcript(TranscriptKind.END, "Two.", trigger=Trigger.VENDOR), VendorEnd("Two.")),
        (Transcript(TranscriptKind.END, "Two."), None),
    ],
)
def test_what_turn_taking_is_told_unasked(said: Transcript, told: Words | None) -> None:
    assert words_unasked(said) == told
