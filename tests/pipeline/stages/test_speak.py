import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing, suppress

import numpy as np
import pytest

from studio.model.audio import Samples, audible_span, silence
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.events import SpeechSynthesised, TrackStarted
from studio.model.provider_events import UnitsUsed
from studio.model.terms import Track
from studio.model.time import NS_PER_MS
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import Sound
from studio.pipeline.stages.speak import Speak, VoicePiece
from studio.pipeline.trimming import BREAK_MS, SENTENCE_MS
from tests.pipeline.stages.readers import Reader, reply_to, tone, virtually

VOICE_HZ = 24_000


class Voice:
    """Speaks each clause in these pieces, one every 20 ms."""

    rate_hz = VOICE_HZ
    use = "fake/voice"

    def __init__(self, pieces: dict[str, list[Samples]], kept: Collection[str] = ()) -> None:
        """`kept` are the clauses that come from the voice cache."""
        self._pieces = pieces
        self._kept = kept
        self.closed: list[str] = []

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        try:
            for piece in self._pieces[text]:
                await asyncio.sleep(0.02)
                yield Sound(piece, cached=text in self._kept)
        finally:
            self.closed.append(text)


async def clauses(texts: list[str]) -> AsyncGenerator[str, None]:
    for text in texts:
        yield text


def speak(pieces: dict[str, list[Samples]], speaker_hz: int = VOICE_HZ) -> tuple[list[VoicePiece], Reader]:
    async def run() -> tuple[list[VoicePiece], Reader]:
        bus, reader = Bus(), Reader()
        bus.subscribe(reader)
        stage = Speak(Voice(pieces), speaker_hz, Clock(asyncio.get_running_loop()), bus)
        return [piece async for piece in stage.voice(reply_to(turn=7), clauses(list(pieces)))], reader

    return virtually(run())


def sound_of(pieces: list[VoicePiece]) -> Samples:
    return np.concatenate([piece.samples for piece in pieces])


@pytest.mark.parametrize("lead_in_ms", [0, 5, 10, 250, 300])
def test_silence_before_a_clause_is_cut_to_ten_milliseconds(lead_in_ms: int) -> None:
    sound = np.concatenate([silence(lead_in_ms * 24), tone(VOICE_HZ, 0.2)])
    pieces, _ = speak({"One.": [sound], "Two.": [sound]})
    for text in ("One.", "Two."):
        said = sound_of([piece for piece in pieces if piece.text == text])
        span = audible_span(said, VOICE_HZ)
        assert span is not None
        assert span[0] <= 20 * 24
        assert np.array_equal(said[-4800:], tone(VOICE_HZ, 0.2)), "nothing audible was cut"


def test_pieces_of_silence_before_a_reply_are_left_out() -> None:
    pieces, reader = speak({"Hello.": [silence(2400), silence(2400), tone(VOICE_HZ, 0.1)]})
    assert sound_of([piece for piece in pieces if piece.text]).size == 2400
    made = reader.of(SpeechSynthesised)[0]
    assert (made.turn, made.clause, made.position, made.samples) == (7, 0, 0, 2400)
    assert (made.asked, made.at) == (0, 60 * NS_PER_MS)


def test_every_clause_has_one_last_piece_and_then_its_pause() -> None:
    pieces, reader = speak({"One,": [tone(VOICE_HZ, 0.1)] * 2, "Nothing.": [], "Two.": [tone(VOICE_HZ, 0.1)]})
    assert [(piece.text, piece.last, piece.samples.size) for piece in pieces] == [
        ("One,", False, 2400),
        ("One,", False, 2400),
        ("One,", True, 0),
        ("", True, BREAK_MS * 24),
        ("Nothing.", True, 0),
        ("Two.", False, 2400),
        ("Two.", True, 0),
        ("", True, SENTENCE_MS * 24),
    ]
    assert [made.clause for made in reader.of(SpeechSynthesised)] == [0, 0, 0, 2, 2]
    made, blocks = reader.of(SpeechSynthesised), reader.blocks[Track.AGENT]
    assert [event.position for event in made] == [block.position for block in blocks] == [0, 2400, 4800, 7680, 10080]
    assert [event.samples for event in made] == [block.samples.size for block in blocks]
    assert len(reader.of(TrackStarted)) == 1


@pytest.mark.parametrize("speaker_hz", [8_000, 16_000, 44_100, 48_000])
def test_the_speaker_gets_its_own_rate_and_the_track_the_engines(speaker_hz: int) -> None:
    pieces, reader = speak({"One.": [tone(VOICE_HZ, 0.1)] * 5}, speaker_hz)
    assert abs(sound_of([piece for piece in pieces if piece.text]).size / speaker_hz - 0.5) < 0.001
    assert abs(sound_of(pieces).size / speaker_hz - 0.5 - SENTENCE_MS / 1000) < 0.001
    assert reader.sound(Track.AGENT).size == 12_000 + SENTENCE_MS * 24
    [started] = reader.of(TrackStarted)
    assert (started.track, started.rate_hz) == (Track.AGENT, VOICE_HZ)


def test_closing_stops_the_engine() -> None:
    async def run() -> list[str]:
        voice = Voice({"One.": [tone(VOICE_HZ, 0.1)] * 100})
        stage = Speak(voice, VOICE_HZ, Clock(asyncio.get_running_loop()), Bus())
        async with aclosing(clauses(["One."])) as texts, aclosing(stage.voice(reply_to(), texts)) as pieces:
            await anext(pieces)
        return voice.closed

    assert virtually(run()) == ["One."]


async def count(voice: Voice, texts: list[str], cut: bool = False) -> tuple[Reader, int]:
    """Who reads along, and the characters that the reply has used."""
    bus, reader, reply = Bus(), Reader(), reply_to(turn=7)
    bus.subscribe(reader)
    stage = Speak(voice, VOICE_HZ, Clock(asyncio.get_running_loop()), bus)
    with suppress(ProviderError, TimeoutError):
        async with (
            asyncio.timeout(0.01 if cut else None),
            aclosing(clauses(texts)) as said,
            aclosing(stage.voice(reply, said)) as pieces,
        ):
            async for _ in pieces:
                pass
    return reader, reply.characters


def test_a_clause_from_the_cache_is_marked_and_used_nothing() -> None:
    pieces = {"One,": [tone(VOICE_HZ, 0.1)], "Two two.": [tone(VOICE_HZ, 0.1)] * 2}
    reader, characters = virtually(count(Voice(pieces, kept=["Two two."]), list(pieces)))
    assert [(made.clause, made.cached) for made in reader.of(SpeechSynthesised)] == [
        (0, False),
        (0, False),
        (1, True),
        (1, True),
        (1, True),
    ]
    assert [(used.provider, used.characters) for used in reader.of(UnitsUsed)] == [("fake/voice", 4)]
    assert characters == 4


class Mute(Voice):
    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        raise ProviderError("No.", ErrorCategory.SERVER)
        yield Sound(silence(0))


@pytest.mark.parametrize(("voice", "cut"), [(Mute({}), False), (Voice({"One.": [tone(VOICE_HZ, 0.1)]}), True)])
def test_who_was_asked_and_gave_nothing_was_asked_all_the_same(voice: Voice, cut: bool) -> None:
    reader, characters = virtually(count(voice, ["One."], cut))
    assert reader.of(SpeechSynthesised) == []
    assert [used.characters for used in reader.of(UnitsUsed)] == [4]
    assert characters == 4
