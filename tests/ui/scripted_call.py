"""A call as a list of real events: a greeting, two answers and a barge-in; and the link that plays it.

The moments are those of the embedded pipeline on two cores. Only events are written here: every figure
the window shows comes out of the same code as in a live call.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from studio.app.voice_link import CallOver, CallRequest, Message, Progress
from studio.model.events import (
    AgentAudio,
    AgentSilent,
    AgentSpeaking,
    BargeIn,
    CallEnded,
    ClauseReady,
    DeviceChanged,
    Event,
    Muted,
    ReplyEnded,
    ReplyStarted,
    ReplyText,
    SpeechPaused,
    SpeechStarted,
    SpeechSynthesised,
    StageReady,
    TrackStarted,
    Transcribed,
    TurnCommitted,
    TurnJudged,
    UserAudio,
)
from studio.model.terms import FalseInterruption, Level, Stage, Track, TranscriptKind, Trigger
from studio.model.time import Instant, milliseconds
from studio.model.turn_events import (
    AgentHeld,
    AgentResumed,
    EndpointSet,
    IntentGuessed,
    Routed,
    SpeculationEnded,
    SpeculationStarted,
)

BASE_URLS = (("openai", "http://127.0.0.1:9/v1"),)
"""The servers that the window of the tests is told."""
LLM = "embedded/qwen2.5-coder-0.5b-instruct"


def ms(value: float) -> Instant:
    return Instant(milliseconds(value))


@dataclass(frozen=True)
class Exchange:
    """One turn; times in milliseconds from the session's start."""

    turn: int
    said: str
    start: float
    end: float
    reply: str
    waited: float = 160
    first_token: float = 150
    clause: float = 220
    synthesis: float = 90
    playout: float = 95
    speaks_for: float = 3000
    heard: str | None = None
    """None: everything."""
    interrupted_at: float | None = None

    @property
    def audible(self) -> float:
        return self.end + self.waited + 28 + 12 + 2 + self.first_token + self.clause + 3 + self.synthesis + self.playout

    @property
    def over(self) -> float:
        return self.audible + self.speaks_for if self.interrupted_at is None else self.interrupted_at + 190


EXCHANGES = (
    Exchange(
        1,
        "Hi, I would like to book a table for two tomorrow evening.",
        3600,
        6900,
        "I can help with that. What time would you like to come, and is there anything we should know?",
        speaks_for=4300,
    ),
    Exchange(
        2,
        "Around seven. Do you have something by the window?",
        13_100,
        15_850,
        "We have one table by the window at half past seven. At seven there is a quiet table in the back, near the "
        "garden door, which many guests like in summer.",
        waited=700,
        first_token=310,
        clause=160,
        synthesis=120,
        playout=110,
        speaks_for=8000,
        heard="We have one table by the window at half past seven. At seven there is",
        interrupted_at=20_900,
    ),
    Exchange(
        3,
        "Half past seven is fine, thank you.",
        20_900,
        22_700,
        "Good. I have noted half past seven, by the window.",
        waited=96,
        first_token=110,
        clause=80,
        synthesis=60,
        playout=70,
        speaks_for=2600,
    ),
)


def loading() -> list[Message]:
    return [
        Progress("smart-turn-v3.2", Stage.TURN, 0.35),
        Progress("qwen2.5-coder-0.5b-instruct.gguf", Stage.LLM, 0.61),
        Progress("hibari-heart", Stage.TTS, None),
        StageReady(ms(0), Stage.VAD, "silero/v6", 61.0),
        StageReady(ms(0), Stage.STT, "moonshine/tiny-en", 412.0),
    ]


def ready() -> list[Event]:
    return [
        StageReady(ms(0), Stage.VAD, "silero/v6", 61.0),
        StageReady(ms(0), Stage.TURN, "smart-turn/v3.2", 148.0),
        StageReady(ms(0), Stage.STT, "moonshine/tiny-en", 412.0),
        StageReady(ms(0), Stage.LLM, LLM, 1840.0),
        StageReady(ms(0), Stage.TTS, "hibari/heart", 655.0),
        DeviceChanged(ms(0), Track.USER, "Built-in Microphone", "chosen"),
        DeviceChanged(ms(0), Track.PLAYED, "Built-in Speakers", "chosen"),
        TrackStarted(ms(0), Track.USER, 16_000),
        TrackStarted(ms(0), Track.PLAYED, 24_000),
    ]


def greeting() -> list[Event]:
    text = "Hello, this is the Blue Heron restaurant. How can I help you?"
    return [
        ClauseReady(ms(60), 0, 0, text),
        SpeechSynthesised(ms(140), 0, 0, ms(62), 0, 4800),
        AgentSpeaking(ms(260), 0, ms(260)),
        AgentSilent(ms(2980), 0, ms(2960), text, False),
    ]


def exchange(x: Exchange) -> list[Event]:
    met = x.end + x.waited
    judged, final = met + 28, met + 40
    asked = final + 2
    token = asked + x.first_token
    clause = token + x.clause
    synthesised = clause + 3 + x.synthesis
    words, pieces = x.said.split(), x.reply.split(" ")
    sure = x.waited < 500
    probability = 0.93 if sure else 0.38
    events: list[Event] = [
        SpeechStarted(ms(x.start + 90), x.turn, ms(x.start)),
        *(
            Transcribed(
                ms(x.start + 320 + 230 * n), x.turn, TranscriptKind.INTERIM, " ".join(words[: n + 1]), None, None
            )
            for n in range(0, len(words) - 1, 2)
            if x.start + 320 + 230 * n < x.end
        ),
        SpeechPaused(ms(met), x.turn, ms(x.end), x.waited),
        TurnJudged(ms(x.end + 96 + 25), x.turn, ms(x.end + 96), probability, 0.5),
        Transcribed(ms(final), x.turn, TranscriptKind.END, x.said, ms(met - 64), 0.94),
        TurnJudged(ms(judged), x.turn, ms(met), max(probability, 0.61), 0.5),
        TurnCommitted(ms(final), x.turn, x.said, Trigger.TURN_DETECTOR, ms(x.start), ms(x.end), ms(met), ms(judged)),
        *weighed(x, probability),
        SpeculationStarted(ms(x.end + 121), x.turn, x.turn, x.said, True),
        SpeculationEnded(
            ms(final if sure else met), x.turn, x.turn, sure, 15.0 if sure else 0.0, *((0, 0) if sure else (23, 41))
        ),
        ReplyStarted(ms(x.end + 121 if sure else asked), x.turn, LLM),
        *(
            ReplyText(ms(token + n * x.clause / 7), x.turn, piece if n == 0 else f" {piece}")
            for n, piece in enumerate(pieces)
        ),
        ReplyEnded(ms(token + len(pieces) * x.clause / 7), x.turn, 214, len(pieces) + 6),
        ClauseReady(ms(clause), x.turn, 0, x.reply.partition(". ")[0] + "."),
        SpeechSynthesised(ms(synthesised), x.turn, 0, ms(clause + 3), 0, 4800),
        SpeechSynthesised(ms(synthesised + 60), x.turn, 0, ms(clause + 3), 4800, 4800),
        SpeechSynthesised(ms(synthesised + 420), x.turn, 1, ms(synthesised + 230), 9600, 9600),
        AgentSpeaking(ms(x.audible), x.turn, ms(x.audible)),
        AgentSilent(ms(x.over + 8), x.turn, ms(x.over), x.heard or x.reply, x.interrupted_at is not None),
    ]
    if x.interrupted_at is not None:
        events.append(AgentHeld(ms(x.audible + 1200), x.turn, ms(x.audible + 1100)))
        events.append(AgentResumed(ms(x.audible + 1750), x.turn, FalseInterruption.BACKCHANNEL, "mm-hm"))
        events.append(BargeIn(ms(x.interrupted_at + 150), x.turn, ms(x.interrupted_at)))
    return events


def weighed(x: Exchange, probability: float) -> list[Event]:
    """The timer before and after the turn detector has judged: sure words, or those that sound unfinished."""
    fused = (0.972, 1.0, "sure") if x.waited < 500 else (0.048, -2.5, "unfinished words")
    return [
        EndpointSet(ms(x.end + 96), x.turn, 1200.0, None, None, 0.0, "not judged"),
        EndpointSet(ms(x.end + 121), x.turn, x.waited, fused[0], probability, fused[1], fused[2]),
    ]


def _voice(length_ms: float, step: float, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The loudness of someone speaking: syllables of about 180 ms, with pauses between words."""
    generator = np.random.default_rng(seed)
    t = np.arange(0, length_ms, step)
    syllables = np.abs(np.sin(np.pi * t / 180 + generator.uniform(0, 3))) ** 0.7
    words = (np.sin(2 * np.pi * t / 1150 + 1.2) > -0.86).astype(float)
    edges = np.clip(np.minimum(t, length_ms - t) / 60, 0, 1)
    return np.asarray(
        edges
        * (0.06 + words * syllables * (0.35 + 0.3 * np.sin(2 * np.pi * t / 2700) ** 2))
        * generator.uniform(0.75, 1.0, t.size)
    )


def sound(until: float) -> list[Event]:
    """The VAD's frames of 32 ms and the speaker's blocks of 10 ms, silence included."""
    end = EXCHANGES[-1].over + 10_000
    user = np.random.default_rng(1).uniform(0.002, 0.012, int(end // 32))
    agent = np.zeros(int(end // 10))
    replies = [(260.0, _voice(2700, 10, 99))]
    for x in EXCHANGES:
        words = _voice(x.end - x.start, 32, x.turn)
        user[int(x.start // 32) :][: words.size] += words
        replies.append((x.audible, _voice(x.over - x.audible, 10, 10 + x.turn)))
    for start, reply in replies:
        agent[int(start // 10) :][: reply.size] += reply
    smooth = np.convolve(user, np.ones(4) / 4, mode="same")
    probability = 1 / (1 + np.exp(-(smooth - 0.055) * 90))
    frames: list[Event] = [
        UserAudio(ms(n * 32 + 33), ms(n * 32), 32.0, float(probability[n]), 0.5, float(min(1.0, peak)))
        for n, peak in enumerate(user[: int(until // 32)])
    ]
    blocks: list[Event] = [
        AgentAudio(ms(n * 10 + 10), ms(n * 10), 10.0, float(min(1.0, peak)), 80.0 if peak > 0 else 0.0)
        for n, peak in enumerate(agent[: int(until // 10)])
    ]
    return frames + blocks


UNDERSTOOD = {
    1: ("booking", 0.58, Level.SIMPLE, ("wants a booking",), ("book",), 0.81),
    2: ("question", 0.44, Level.MODERATE, ("asks for a fact",), (), 0.63),
    3: ("confirm", 0.71, Level.SIMPLE, ("a short sentence",), ("thank",), 0.93),
}


def understood(x: Exchange) -> list[Event]:
    """The intent, guessed in the middle of the words and judged at their end, and the model with its reason."""
    intent, confidence, level, reason, words, sure = UNDERSTOOD[x.turn]
    middle, final = (x.start + x.end) / 2, x.end + x.waited + 40
    so_far = x.said[: len(x.said) // 2]
    return [
        IntentGuessed(ms(middle), x.turn, intent, confidence, so_far, False, 0.2),
        IntentGuessed(ms(final), x.turn, intent, 0.96, x.said, True, 0.2),
        Routed(ms(final + 2), x.turn, level, LLM, reason, words, sure, 0.4),
    ]


def call(until: float = 27_000) -> list[Event]:
    """Everything up to `until` milliseconds, in the order it happened."""
    events = [*ready(), *greeting(), *sound(until)]
    for x in EXCHANGES:
        events += [*exchange(x), *understood(x)]
    return sorted((event for event in events if event.at <= ms(until)), key=lambda event: event.at)


@dataclass
class ScriptedLink:
    """A `VoiceLink` that plays a script: what is due by `now_ms` comes out of `poll`."""

    script: list[Event] = field(default_factory=call)
    now_ms: float = 0.0
    started: CallRequest | None = None
    waiting: list[Message] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _next: int = 0

    def start(self, request: CallRequest) -> None:
        self.started = request
        self.asked.append("start")
        self._next = 0

    def hang_up(self) -> None:
        self.asked.append("hang_up")
        self.waiting += [CallEnded(ms(self.now_ms), "hung_up"), CallOver("/sessions/2026-11-23T10-00-00", 0)]
        self.started = None

    def mute(self, on: bool) -> None:
        self.asked.append(f"mute {on}")
        self.waiting.append(Muted(ms(self.now_ms), on))

    def stop_agent(self) -> None:
        self.asked.append("stop_agent")

    def record_audio(self, on: bool) -> None:
        self.asked.append(f"record {on}")

    def use_microphone(self, name: str | None) -> None:
        self.asked.append(f"microphone {name}")

    def use_speaker(self, name: str | None) -> None:
        self.asked.append(f"speaker {name}")

    def poll(self) -> list[Message]:
        messages, self.waiting = self.waiting, []
        while self.started and self._next < len(self.script) and self.script[self._next].at <= ms(self.now_ms):
            messages.append(self.script[self._next])
            self._next += 1
        return messages

    def close(self) -> None:
        self.asked.append("close")


DEMO = Path("demo.wav")
