import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Collection
from contextlib import aclosing, suppress

import numpy as np
import pytest

from studio.model.audio import Samples, audible_span, silence
from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.events import SpeechSynthesised, TrackStarted
from studio.model.provider_events import UnitsUsed
from studio.model.terms import Track
from studio.model.time import NS_PER_MS
from studio.pipeline.bus import Bus
from studio.pipeline.clauses import SPOKEN_ALONE, ClauseLengths, streamed
from studio.pipeline.clock import Clock
from studio.pipeline.ports import Sound
from studio.pipeline.reply_voice import SpokenClause, heard_text
from studio.pipeline.retry.tts import VoiceChanged
from studio.pipeline.stages.speak import Speak, VoicePiece
from studio.pipeline.trimming import BREAK_MS, SENTENCE_MS
from tests.pipeline.stages.readers import Reader, reply_to, tone, virtually

VOICE_HZ = 24_000


class Voice:
    """Speaks each clause in these pieces, one every 20 ms."""

    rate_hz = VOICE_HZ
    use = "fake/voice"
    opening_words: tuple[int, ...] = ()

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

    async def speak_stream(self, texts: AsyncIterable[str]) -> AsyncGenerator[Sound, None]:
        raise AssertionError(texts)
        yield


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


# --- voices that take a reply's text as it comes -------------------------------------------------

MS = VOICE_HZ // 1000
WORD_MS = 200


class Streamer(Voice):
    """Says each word in 200 ms, with its time a piece later, after 30 ms of silence; may hand over before a word."""

    opening_words: tuple[int, ...] = (2,)

    def __init__(self, change_at: str = "", before_sound: bool = False) -> None:
        super().__init__({"Then two.": [tone(VOICE_HZ, 0.4)], "Or one": [tone(VOICE_HZ, 0.4)]})
        self._change_at = change_at
        self._before_sound = before_sound
        self.given: list[str] = []

    async def speak_stream(self, texts: AsyncIterable[str]) -> AsyncGenerator[Sound, None]:
        if self._before_sound:
            await anext(aiter(texts))
            self._change()
        said = 0
        try:
            async for text in texts:
                self.given.append(text)
                await asyncio.sleep(0.02)
                yield Sound(silence(0 if said else 30 * MS))
                for word in text.split():
                    if word == self._change_at:
                        self._change()
                    start_ms = 30 + said * WORD_MS
                    yield Sound(tone(VOICE_HZ, WORD_MS / 1000))
                    yield Sound(silence(0), (TimedWord(word.strip("."), start_ms, start_ms + WORD_MS),))
                    said += 1
            yield Sound(silence(500 * MS))
        finally:
            self.closed.append("stream")

    def _change(self) -> None:
        self.opening_words = ()
        raise VoiceChanged


async def written(texts: list[str], every_s: float = 1.0) -> AsyncGenerator[str, None]:
    for text in texts:
        yield text
        await asyncio.sleep(every_s)


def stream(voice: Streamer, texts: list[str], every_s: float = 1.0) -> tuple[list[VoicePiece], Reader]:
    async def run() -> tuple[list[VoicePiece], Reader]:
        bus, reader = Bus(), Reader()
        bus.subscribe(reader)
        stage = Speak(voice, VOICE_HZ, Clock(asyncio.get_running_loop()), bus)
        return [piece async for piece in stage.voice(reply_to(turn=7), written(texts, every_s))], reader

    return virtually(run())


def heard(pieces: list[VoicePiece], played_ms: int) -> str:
    """What `Play` would say was heard, of the last clause that is known when so much was written."""
    clauses: list[SpokenClause] = []
    written = 0
    for piece in pieces:
        begun = clauses.pop() if clauses and not clauses[-1].complete else SpokenClause("", written, 0, False)
        words = begun.words + piece.words
        clauses.append(SpokenClause(piece.text, begun.start, begun.count + piece.samples.size, piece.last, words))
        written += piece.samples.size
        if written >= played_ms * MS and not piece.samples.size:
            break
    return heard_text(clauses, played_ms * MS, VOICE_HZ)


REPLY = ["Or one", "of those.", "Then two."]


def test_a_streamed_reply_is_one_breath_whose_lead_in_alone_is_cut() -> None:
    voice = Streamer()
    pieces, reader = stream(voice, REPLY)
    assert voice.given == ["Or one ", "of those. ", "Then two. "]
    assert sound_of([piece for piece in pieces if piece.text]).size == 6 * WORD_MS * MS
    assert [piece.last for piece in pieces] == [False] * (len(pieces) - 2) + [True, True]
    assert pieces[-2].text == "Or one of those. Then two."
    assert (pieces[-1].text, pieces[-1].samples.size) == ("", BREAK_MS * MS)
    assert sum(event.characters or 0 for event in reader.of(UnitsUsed)) == len("".join(voice.given))


def test_a_fixed_phrase_is_said_by_itself_for_the_cache_may_know_it() -> None:
    async def run() -> list[str]:
        stage = Speak(voice, VOICE_HZ, Clock(asyncio.get_running_loop()), Bus(), fixed=["Then two."])
        return [piece.text async for piece in stage.voice(reply_to(), written(["Then two.", *REPLY])) if piece.last]

    voice = Streamer()
    assert virtually(run()) == ["Then two.", "", "Or one of those. Then two.", ""]
    assert voice.given == ["Or one ", "of those. ", "Then two. "]


@pytest.mark.parametrize(("voice", "lengths"), [(Voice({}), SPOKEN_ALONE), (Streamer(), streamed((2,)))])
def test_text_is_cut_for_whoever_speaks(voice: Voice, lengths: ClauseLengths) -> None:
    async def run() -> ClauseLengths:
        return Speak(voice, VOICE_HZ, Clock(asyncio.get_running_loop()), Bus()).lengths

    assert virtually(run()) == lengths


def test_sound_is_told_with_the_piece_it_belongs_to_and_when_that_was_given() -> None:
    _, reader = stream(Streamer(), REPLY)
    made = [(event.clause, event.asked // NS_PER_MS) for event in reader.of(SpeechSynthesised)]
    assert made == [*[(0, 0)] * 2, *[(1, 1000)] * 2, *[(2, 2000)] * 3]
    assert reader.of(SpeechSynthesised)[0].at == 20 * NS_PER_MS
    positions = np.cumsum([0, *[event.samples for event in reader.of(SpeechSynthesised)]])
    assert [event.position for event in reader.of(SpeechSynthesised)] == positions[:-1].tolist()


def test_a_pause_while_text_is_waited_for_is_not_held_back() -> None:
    class Pausing(Streamer):
        async def speak_stream(self, texts: AsyncIterable[str]) -> AsyncGenerator[Sound, None]:
            async for text in texts:
                yield Sound(np.concatenate([tone(VOICE_HZ, 0.2), silence(300 * MS)]), (TimedWord(text, 0, 200),))

    pieces, _ = stream(Pausing(), ["One", "two"])
    assert pieces[0].samples.size == 500 * MS


@pytest.mark.parametrize(
    ("played_ms", "words"),
    [
        (100, ""),
        (210, "Or"),
        (395, "Or"),
        (415, "Or one"),
        (700, "Or one of"),
        (820, "Or one of those."),
        (1215, "Or one of those. Then two."),
    ],
)
def test_what_was_heard_of_it_is_known_to_the_word(played_ms: int, words: str) -> None:
    for every_s in (0.0, 1.0):
        assert heard(stream(Streamer(), REPLY, every_s)[0], played_ms) == words


def test_who_takes_over_says_what_was_not_begun() -> None:
    voice = Streamer(change_at="those.")
    pieces, reader = stream(voice, REPLY, every_s=0)
    texts = [(piece.text, piece.last) for piece in pieces if piece.samples.size or piece.last]
    assert texts[-5:] == [("Or one of", True), ("", True), ("Then two.", False), ("Then two.", True), ("", True)]
    assert [event.clause for event in reader.of(SpeechSynthesised)][-2:] == [2, 2]
    assert sum(event.characters or 0 for event in reader.of(UnitsUsed)) == len("Or one of those. Then two.")


def test_who_takes_over_before_any_sound_says_everything() -> None:
    pieces, _ = stream(Streamer(before_sound=True), ["Or one", "Then two."])
    assert [piece.text for piece in pieces if piece.last] == ["Or one", "", "Then two.", ""]


def test_closing_a_streamed_reply_stops_the_engine_and_the_text() -> None:
    async def run() -> list[str]:
        voice = Streamer()
        stage = Speak(voice, VOICE_HZ, Clock(asyncio.get_running_loop()), Bus())
        async with aclosing(written(REPLY)) as texts, aclosing(stage.voice(reply_to(), texts)) as pieces:
            await anext(pieces)
        assert len(asyncio.all_tasks()) == 1
        return voice.closed

    assert virtually(run()) == ["stream"]


@pytest.mark.parametrize("voice", [Voice({"One.": [tone(VOICE_HZ, 0.1)]}), Streamer()])
def test_a_text_that_breaks_off_is_told_after_what_came_was_said(voice: Voice) -> None:
    async def broken() -> AsyncGenerator[str, None]:
        yield "One."
        raise ValueError("no more")

    async def run() -> list[VoicePiece]:
        stage = Speak(voice, VOICE_HZ, Clock(asyncio.get_running_loop()), Bus())
        said = []
        try:
            async for piece in stage.voice(reply_to(), broken()):
                said.append(piece)
        except ValueError:
            return said
        raise AssertionError("it was not told")

    assert "One." in [piece.text for piece in virtually(run())]
