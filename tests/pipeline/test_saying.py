import asyncio
from collections.abc import AsyncGenerator, AsyncIterable

import numpy as np
import pytest

from studio.audio.wav_file import WavSink
from studio.model.audio import peak
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.events import AgentSilent, ReplyText
from studio.model.terms import Track
from studio.model.time import NS_PER_MS
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import Sound
from studio.pipeline.saying import Saying
from studio.pipeline.stages.play import Play, PlayListener
from studio.pipeline.stages.speak import Speak
from studio.pipeline.tasks import Tasks
from tests.pipeline.stages.readers import Reader, reply_to, virtually

BROKEN = ProviderError("It failed.", ErrorCategory.SERVER)


class Voice:
    """Ten milliseconds a character; fails for what holds one of these words."""

    use = "fake/voice"
    rate_hz = 48_000
    opening_words = ()

    def __init__(self, *fails: str) -> None:
        self._fails = fails

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        if any(word in text for word in self._fails):
            raise BROKEN
        yield Sound(np.full(len(text) * 480, 0.3, dtype=np.float32))

    async def speak_stream(self, texts: AsyncIterable[str]) -> AsyncGenerator[Sound, None]:
        raise AssertionError(texts)
        yield


async def replies(*clauses: str | Exception) -> AsyncGenerator[str, None]:
    for clause in clauses:
        await asyncio.sleep(0.1)
        if isinstance(clause, Exception):
            raise clause
        yield clause


def say(voice: Voice, apology: str, *clauses: str | Exception) -> tuple[list[str], list[str], float, Reader]:
    """What was heard, what failed, the loudest sample that was played, and what was told."""

    async def run() -> tuple[list[str], list[str], float, Reader]:
        clock, bus, reader = Clock(asyncio.get_running_loop()), Bus(), Reader()
        bus.subscribe(reader)
        failures: list[str] = []
        tasks = Tasks(lambda name, _error: failures.append(name))
        sink = WavSink(None, clock)
        play = Play(sink, PlayListener(lambda _turn: None, lambda _turn, _heard, _cut: None), clock, bus)
        saying = Saying(Speak(voice, sink.rate_hz, clock, bus), play, tasks, clock, bus)
        playing = tasks.start("play", play.run())
        play.begin(0)
        try:
            await saying.say(reply_to(turn=0), replies(*clauses), apology)
        except ProviderError:
            failures.append("say")
        play.finish()
        await asyncio.sleep(2)
        await sink.close()
        await asyncio.wait([playing])
        await tasks.close()
        loudest = peak(reader.sound(Track.PLAYED))
        return [event.heard for event in reader.of(AgentSilent)], failures, loudest, reader

    return virtually(run())


def test_the_first_clause_is_spoken_while_the_next_is_still_written() -> None:
    heard, failures, _, reader = say(Voice(), "Sorry.", "One.", "Two.")
    assert (heard, failures) == (["One. Two."], [])
    assert reader.of(AgentSilent)[0].at > 300 * NS_PER_MS


def test_a_reply_that_fails_is_an_apology() -> None:
    heard, failures, _, reader = say(Voice(), "Sorry.", BROKEN)
    assert (heard, failures) == (["Sorry."], ["think"])
    assert [event.text for event in reader.of(ReplyText)] == ["Sorry."]


def test_a_reply_that_breaks_off_needs_none() -> None:
    heard, failures, _, _ = say(Voice(), "Sorry.", "One.", BROKEN)
    assert (heard, failures) == (["One."], ["think"])


@pytest.mark.parametrize(
    ("voice", "apology", "clause", "failed"),
    [
        (Voice("One"), "Sorry.", "One.", ["say"]),
        (Voice("Sorry"), "Sorry.", BROKEN, ["think", "say"]),
        (Voice(), "", BROKEN, ["think"]),
    ],
    ids=["no voice for the reply", "no voice for the apology", "no apology"],
)
def test_where_no_word_can_be_said_a_sound_is_heard(
    voice: Voice, apology: str, clause: str | Exception, failed: list[str]
) -> None:
    heard, failures, loudest, _ = say(voice, apology, clause)
    assert (heard, failures) == ([], failed)
    assert 0.1 < loudest < 0.13


def test_a_reply_without_words_is_told() -> None:
    heard, failures, _, _ = say(Voice(), "Sorry.")
    assert (heard, failures) == (["Sorry."], ["say"])


@pytest.mark.parametrize(("voice_ahead", "early"), [(True, ["One."]), (False, [])])
def test_on_speculation_no_more_than_the_first_clause_is_given_a_voice(voice_ahead: bool, early: list[str]) -> None:
    class Noting(Voice):
        async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
            said.append(text)
            async for sound in super().speak(text):
                yield sound

    said: list[str] = []

    async def run() -> list[str]:
        clock, bus, tasks = Clock(asyncio.get_running_loop()), Bus(), Tasks(lambda _name, _error: None)
        play = Play(WavSink(None, clock), PlayListener(lambda _turn: None, lambda *_over: None), clock, bus)
        reply = reply_to(committed=False)
        reply.voice_ahead = voice_ahead
        saying = Saying(Speak(Noting(), 48_000, clock, bus), play, tasks, clock, bus)
        saying_it = tasks.start("say", saying.say(reply, replies("One.", "Two."), ""))
        await asyncio.sleep(1)
        before = list(said)
        reply.may_be_heard.set()
        await asyncio.wait([saying_it])
        return before

    assert virtually(run()) == early
    assert said == ["One.", "Two."]
