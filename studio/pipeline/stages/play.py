"""Voice in, sound at the device out: knows what was really heard, and cuts it off at once when told."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studio.model.audio import AUDIBLE_DB, AudioBlock, Samples, peak
from studio.model.conversation import TimedWord
from studio.model.events import AgentAudio, AgentSilent, AgentSpeaking, TrackStarted
from studio.model.preset import Playout
from studio.model.terms import Track
from studio.model.time import Instant, later, of_samples, to_ms
from studio.model.turn_events import PlayoutDelayed, PlayoutUnderrun
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.jitter import JitterBuffer
from studio.pipeline.ports import AudioSink, EchoCanceller, PlayedBlock
from studio.pipeline.reply_voice import ReplyVoice, heard_text

_REPORT_MS = 30
"""How often the played level is published."""


class _Reply:
    """One reply on its way to the ear."""

    def __init__(self, turn: int, rate_hz: int) -> None:
        self.turn = turn
        self.voice = ReplyVoice(rate_hz)
        self.finished = False
        """Nothing more will be written."""
        self.cut = False
        self.held = False
        self.dropped = False
        """What the sink had been sent was taken from it."""
        self.threshold = 0.0
        """Magnitude from which a sample counts as audible."""
        self.speaking = False
        self.last_audible: Instant | None = None
        self.dry_since: Instant | None = None
        """The sink has had nothing to play from then on."""


@dataclass(frozen=True, slots=True)
class PlayListener:
    """Whom to tell."""

    audible: Callable[[int], None]
    """The reply of this turn is being heard."""
    over: Callable[[int, str, bool], None]
    """The reply of this turn is over; these words of it were heard; True when it was cut."""


class Play:
    """The agent's side of the call, from samples to the device."""

    def __init__(
        self, sink: AudioSink, listener: PlayListener, clock: Clock, bus: Bus, settings: Playout | None = None
    ) -> None:
        self._sink = sink
        self._listener = listener
        self._clock = clock
        self._bus = bus
        self._jitter = JitterBuffer((settings or Playout()).jitter_max_ms)
        self._echo: EchoCanceller | None = None
        self._on_played: Callable[[AudioBlock, int], None] | None = None
        self._reply: _Reply | None = None
        self._written = 0
        """Samples the sink was given in all."""
        self._cleared = 0
        """Of them, those up to here were to be dropped."""
        self._settled = True
        """The sink has told of all it played before it was cleared."""
        self._unreported: list[PlayedBlock] = []

    def feed_echo(self, echo: EchoCanceller) -> None:
        """From now on tell `echo` what is played."""
        self._echo = echo

    def tell_played(self, listener: Callable[[AudioBlock, int], None]) -> None:
        """From now on tell `listener` each block that is played, and its rate."""
        self._on_played = listener

    @property
    def busy(self) -> bool:
        """True while a reply is being played or written."""
        return self._reply is not None

    @property
    def has_voice(self) -> bool:
        """False while a reply is under way that has no words to be heard yet."""
        return self._reply is None or self._reply.voice.spoken > 0

    def begin(self, turn: int) -> None:
        """A reply starts; one that was cut is over, even if the sink has not told its end yet."""
        if self._reply is not None:
            self.cut()
            self._end(self._reply)
        self._reply = _Reply(turn, self._sink.rate_hz)
        self._jitter.begin()

    def write(self, text: str, samples: Samples, last: bool, words: tuple[TimedWord, ...] = ()) -> None:
        """The next samples of a clause, at the sink's rate; `last` completes the clause."""
        reply = self._reply
        if reply is None or reply.cut:
            return
        if reply.threshold == 0:
            reply.threshold = peak(samples) * 10 ** (AUDIBLE_DB / 20)
        reply.voice.add(text, samples, last, words)
        if text:  # the pause after a clause is made here, and never late
            self._jitter.arrived(self._clock.now(), of_samples(samples.size, self._sink.rate_hz), last)
        self._send(reply)

    def signal(self, sound: Callable[[int], Samples]) -> None:
        """Play what is no speech, made for the sink's rate; nobody waits for its end."""
        self._give(sound(self._sink.rate_hz))

    def finish(self) -> None:
        """Nothing more comes for this reply; it is over once it has been played."""
        reply = self._reply
        if reply is not None:
            reply.finished = True
            self._send(reply)
            if not reply.voice.clauses:
                self._end(reply)

    def hold(self) -> None:
        """Silence at the next block, until `resume` or `cut`; nothing is lost, and more may be written."""
        reply = self._reply
        if reply is not None and not reply.cut and not reply.held:
            reply.held = True
            reply.dry_since = None
            if not reply.voice.dry:
                reply.dropped = True
                self._clear()

    def resume(self) -> None:
        """Go on with what was held: from the beginning of the word that was cut off, or a quiet point before it."""
        if self._reply is not None and self._reply.held:
            self._reply.held = False
            self._send(self._reply)

    def cut(self) -> None:
        """Silence at the next block. What was heard is told when that block has gone out."""
        if self._reply is not None:
            self._reply.cut = True
            self._clear()

    def _clear(self) -> None:
        self._sink.clear()
        self._cleared, self._settled = self._written, False

    def _give(self, samples: Samples) -> int:
        start = self._sink.write(samples)
        self._written = start + samples.size
        return start

    def _send(self, reply: _Reply) -> None:
        """Give the sink what it may play now."""
        if reply.cut or reply.held or (reply.dropped and not self._settled):
            return
        if reply.dropped:
            reply.voice.rewind()
            reply.dropped = False
        samples = reply.voice.unsent()
        if not samples.size:
            return
        now = self._clock.now()
        waited_ms = self._jitter.release(now, complete=reply.finished or reply.voice.complete)
        if waited_ms is None:
            return
        if waited_ms > 0:
            self._bus.publish(PlayoutDelayed(now, reply.turn, waited_ms))
        reply.voice.sent(self._give(samples))

    async def run(self) -> None:
        """Follow the sink until it is closed."""
        started = False
        try:
            async for played in self._sink.blocks():
                if not started:
                    started = True
                    self._bus.publish(TrackStarted(played.block.at, Track.PLAYED, self._sink.rate_hz))
                self._take(played)
        finally:  # also when the speaker dies: what was heard of a reply was heard
            if self._reply is not None:
                self._reply.cut = True
                self._end(self._reply)

    def _take(self, played: PlayedBlock) -> None:
        self._bus.audio(Track.PLAYED, played.block, self._sink.rate_hz)
        if self._echo is not None:
            self._echo.far(played.block.samples, self._sink.rate_hz)
        if self._on_played is not None:
            self._on_played(played.block, self._sink.rate_hz)
        self._report(played)
        # A sink that was cleared still tells of blocks that were under way; the first after them begins behind the cut.
        self._settled = self._settled or played.written_start >= self._cleared
        if self._reply is not None:
            self._follow(self._reply, played)

    def _follow(self, reply: _Reply, played: PlayedBlock) -> None:
        position, within = reply.voice.take(played)
        if within.stop > within.start:
            self._listen(reply, played.block, within)
            self._tell_gap(reply, later(played.block.at, of_samples(within.start, self._sink.rate_hz)), position)
        everything = reply.finished and reply.voice.heard >= reply.voice.spoken
        if everything or (reply.cut and self._settled):
            self._end(reply)
            return
        if reply.voice.dry and self._settled:
            self._jitter.ran_dry()
            if reply.voice.heard and not reply.held and reply.dry_since is None:
                reply.dry_since = later(played.block.at, of_samples(within.stop, self._sink.rate_hz))
        self._send(reply)

    def _listen(self, reply: _Reply, block: AudioBlock, within: slice) -> None:
        """What of a block is audible; what was cut before it was heard stays unheard, even if a block was under way."""
        audible = within.start + np.flatnonzero(np.abs(block.samples[within]) >= max(reply.threshold, 1e-6))
        if not audible.size or (reply.cut and not reply.speaking):
            return
        rate_hz = self._sink.rate_hz
        reply.last_audible = later(block.at, of_samples(int(audible[-1]) + 1, rate_hz))
        if not reply.speaking:
            reply.speaking = True
            start = later(block.at, of_samples(int(audible[0]), rate_hz))
            self._bus.publish(AgentSpeaking(self._clock.now(), reply.turn, start))
            self._listener.audible(reply.turn)

    def _tell_gap(self, reply: _Reply, end: Instant, position: int) -> None:
        """The voice goes on at `end` with this sample; silence that nothing follows is no gap but the reply's end."""
        if reply.dry_since is not None and end > reply.dry_since:
            gap_ms, inside = to_ms(end - reply.dry_since), reply.voice.inside_clause(position)
            self._bus.publish(PlayoutUnderrun(self._clock.now(), reply.turn, reply.dry_since, gap_ms, inside))
        reply.dry_since = None

    def _end(self, reply: _Reply) -> None:
        self._reply = None
        heard = heard_text(reply.voice.clauses, reply.voice.heard, self._sink.rate_hz) if reply.speaking else ""
        if reply.last_audible is not None:
            self._bus.publish(AgentSilent(self._clock.now(), reply.turn, reply.last_audible, heard, reply.cut))
        self._listener.over(reply.turn, heard, reply.cut)

    def _report(self, played: PlayedBlock) -> None:
        self._unreported.append(played)
        rate = self._sink.rate_hz
        length = sum(p.block.samples.size for p in self._unreported)
        if length * 1000 < _REPORT_MS * rate:
            return
        loudest = max(peak(p.block.samples) for p in self._unreported)
        start = self._unreported[0].block.at
        self._unreported.clear()
        self._bus.publish(
            AgentAudio(self._clock.now(), start, length * 1000 / rate, round(loudest, 4), played.buffered * 1000 / rate)
        )
