"""One call: runs the stages and obeys turn taking. Nothing here is fast or clever; it only connects.

Everything comes in as ports, already open; everything goes out through the bus.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from studio.model.conversation import Message
from studio.model.errors import StudioError
from studio.model.events import (
    BargeIn,
    CallEnded,
    ReplyCancelled,
    SpeechPaused,
    SpeechStarted,
    TurnCommitted,
    TurnJudged,
)
from studio.model.preset import Part, Preset
from studio.model.terms import CancelReason, FalseInterruption, Stage
from studio.model.time import Instant, later, to_ms
from studio.model.turn_events import AgentHeld, AgentResumed, EndpointSet
from studio.pipeline import floor, turn_taking
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.endpointing import Endpoint
from studio.pipeline.failures import as_known, trouble
from studio.pipeline.floor import Agent, User
from studio.pipeline.history import History
from studio.pipeline.own_voice import OwnVoice
from studio.pipeline.ports import Candidate, Parts, TurnDetector
from studio.pipeline.replies import Mouth, Replies
from studio.pipeline.reply import Reply
from studio.pipeline.retry.chain import Chain
from studio.pipeline.retry.stt import RetryingStt
from studio.pipeline.retry.tts import RetryingTts
from studio.pipeline.routing.insight import Insight
from studio.pipeline.saying import Saying
from studio.pipeline.stages.listen import HeardFrame, Listen
from studio.pipeline.stages.play import Play, PlayListener
from studio.pipeline.stages.speak import Speak
from studio.pipeline.stages.think import Think
from studio.pipeline.stages.transcribe import Transcribe, Words
from studio.pipeline.tasks import Tasks

_VITAL = frozenset({"play", "transcribe"})
"""Tasks without which a call cannot go on."""

_CLOSING_S = 1.0
"""How long the speaker may take to tell what it played last."""
_FAREWELL_S = 8.0
"""How long the user may be told why the call ends."""

P = TypeVar("P")

_BEGINNING = Instant(0)


@dataclass(slots=True)
class _UserTurn:
    """The turn that the user holds or will hold next."""

    index: int = 0
    start: Instant | None = None
    """First audible sample; None before the user has spoken in it."""
    speech_from: Instant = _BEGINNING
    """Where the latest run of speech begins."""
    end: Instant = _BEGINNING
    """Last audible sample before the latest pause."""


class Conversation:
    """A call between a user and an agent, from the first block to hanging up."""

    def __init__(self, parts: Parts, preset: Preset, clock: Clock, bus: Bus) -> None:
        self._parts = parts
        self._preset = preset
        self._rules = floor.Rules(preset.turn_taking, preset.speculation)
        self._clock = clock
        self._bus = bus
        self._tasks = Tasks(self._failed)
        self._listen = Listen(parts.source, parts.vad, preset.turn_taking.vad_threshold, clock, bus)
        others = parts.fallbacks
        self._stt = RetryingStt(self._chain(Stage.STT, preset.stt, parts.stt, others.stt))
        self._insight = Insight(parts, preset, clock, bus)
        tts = RetryingTts(self._chain(Stage.TTS, preset.tts, parts.tts, others.tts))
        speak = Speak(tts, parts.sink.rate_hz, clock, bus, preset.fixed_phrases)
        self._play = Play(parts.sink, PlayListener(self._audible, self._reply_over), clock, bus, preset.playout)
        think = Think(parts.tools, preset.tools, clock, bus, lambda: speak.lengths, self._insight.filler)
        saying = Saying(speak, self._play, self._tasks, clock, bus)
        self._replies = Replies(Mouth(think, saying, self._play), preset, self._tasks, clock, bus)
        if parts.echo is not None:
            self._listen.cancel_echo(parts.echo)
            self._play.feed_echo(parts.echo)
        self._own_voice = OwnVoice(self._listen, clock, bus) if parts.open_air else None
        if self._own_voice is not None:
            self._play.tell_played(self._own_voice.played)
        self._transcribe: Transcribe | None = None
        self._state = floor.State()
        self._user = _UserTurn()
        self._reading: asyncio.Task[None] | None = None
        self._answering: TurnCommitted | None = None
        """The turn that is being answered, until something of the answer is heard."""
        self._history = History(preset.agent.persona, preset.agent.memory_characters)
        self._silent = asyncio.Event()
        """A reply is over."""
        self._reads_ahead = True
        self._end_reason = "hung_up"
        self._failure: StudioError | None = None

    def _chain(self, stage: Stage, part: Part, engine: P, others: tuple[Candidate[P], ...]) -> Chain[P]:
        return Chain(stage, (Candidate(part.use, engine), *others), self._clock, self._bus)

    @property
    def history(self) -> tuple[Message, ...]:
        """The conversation as the language model knows it: of the agent only what was heard."""
        return self._history.messages

    @property
    def quiet(self) -> bool:
        """True while nobody speaks and nothing is under way."""
        state = self._state
        return state.user is User.SILENT and state.agent is Agent.IDLE and not self._play.busy

    async def run(self) -> None:
        """Hold the call until it is hung up or its source ends.

        Raises:
            StudioError: something without which a call cannot go on has failed.
        """
        transcribe = self._transcribe = Transcribe(await self._stt.stream(), self._clock, self._bus)
        playing = self._tasks.start("play", self._play.run())
        self._listen.tell_blocks(transcribe.hear)
        try:
            self._tasks.start("transcribe", transcribe.run(self._hear_words))
            if self._preset.agent.greeting:
                self._say_unasked(self._preset.agent.greeting, self._rules.timers.protect_greeting)
            async for frame in self._listen.frames():
                self._hear(frame)
        except Exception:
            self._end_reason = "failed"
            raise
        finally:
            self._replies.drop_draft()
            self._replies.drop()
            try:
                await self._parts.sink.close()
            finally:
                await asyncio.wait([playing], timeout=_CLOSING_S)
                await self._tasks.close()
                await transcribe.close()
                self._bus.publish(CallEnded(self._clock.now(), self._end_reason))
        if self._failure is not None:
            raise self._failure

    async def hang_up(self, reason: str = "hung_up") -> None:
        """End the call; `run` returns."""
        self._end_reason = reason
        await self._parts.source.close()

    def mute(self, on: bool) -> None:
        """Switch the microphone off or on."""
        self._listen.mute(on)

    def stop_agent(self) -> None:
        """Silence the agent and listen."""
        if self._state.agent is Agent.THINKING:
            self._bus.publish(ReplyCancelled(self._clock.now(), self._user.index, CancelReason.STOPPED))
            self._begin_turn(self._user.index + 1)
        self._replies.drop()
        self._step(floor.ReplyOver())

    # --- what comes in -------------------------------------------------------------------------

    def _hear(self, frame: HeardFrame) -> None:
        length = later(self._listen.end, -frame.start)
        self._step(floor.Frame(frame.speech and not self._is_own_voice(), length))

    def _is_own_voice(self) -> bool:
        return self._own_voice is not None and self._own_voice.returns(self._state, self._user.index - 1)

    def _hear_words(self, heard: Words) -> None:
        self._insight.heard(self._user.index, heard)  # first: what follows may be decided by it
        self._step(heard)
        match heard:
            case floor.WordsSoFar(text=text):
                self._read_ahead(text)
            case floor.FinalWords(text=text) if self._state.user is User.PAUSING:
                self._read_ahead(text)
            case _:
                pass

    def _read_ahead(self, text: str) -> None:
        """Let the model read what has been said so far: at the turn's end only the rest is new to it."""
        if not text or not self._reads_ahead or self._replies.drafting:
            return
        if self._reading is None or self._reading.done():
            self._reading = self._tasks.start("read ahead", self._insight.likely(text).warm(self._history.asking(text)))

    def _audible(self, turn: int) -> None:
        self._begin_turn(turn + 1)
        self._step(floor.ReplyAudible())

    def _reply_over(self, turn: int, heard: str, cut: bool) -> None:
        self._silent.set()
        if self._answering is None:  # else the user's words, which come before, are still open
            self._remember_tools()
        if heard:
            self._history.add(Message("assistant", heard))
        if cut:  # whoever cut a reply has already told turn taking
            return
        self._step(floor.ReplyOver())
        if self._user.index == turn:
            self._bus.publish(ReplyCancelled(self._clock.now(), turn, CancelReason.FAILED))
            self._begin_turn(turn + 1)

    def _begin_turn(self, index: int) -> None:
        """What the user says from now on is another turn; what they said before is remembered, answered or not."""
        if self._answering is not None:
            self._history.add(Message("user", self._answering.text))
            self._answering = None
            self._remember_tools()
        self._user = _UserTurn(index)
        self._forget_words()

    def _forget_words(self) -> None:
        if self._transcribe is not None:
            self._transcribe.turn_over(self._user.index)

    def _remember_tools(self) -> None:
        for message in self._replies.take_exchange():
            self._history.add(message)

    # --- what is decided -----------------------------------------------------------------------

    def _step(self, event: floor.Input) -> None:
        self._state, decisions = turn_taking.step(self._state, event, self._clock.now(), self._rules)
        for decision in decisions:
            self._obey(decision)

    def _obey(self, decision: floor.Decision) -> None:
        match decision:
            case floor.HearSpeech(speech_ns=speech):
                self._hear_speech(speech)
            case floor.ExpectEnd(pause=pause):
                self._expect_end(pause)
            case floor.Pause(waited_ns=waited):
                self._pause(waited)
            case floor.Wait(endpoint=endpoint):
                self._tell_wait(endpoint)
            case floor.Draft(text=text, final=final):
                self._begin_draft(text, final)
            case floor.DropDraft():
                self._replies.drop_draft()
            case floor.Commit():
                self._commit(decision)
            case floor.Dismiss():
                self._dismiss()
            case floor.CancelReply():
                reason = CancelReason.USER_RESUMED
                self._bus.publish(ReplyCancelled(self._clock.now(), self._user.index, reason))
                self._replies.drop()
            case floor.Hold():
                self._play.hold()
            case floor.Resume(cause=cause, text=text):
                self._resume(cause, text)
            case floor.Interrupt():
                self._interrupt()

    def _tell_wait(self, fits: Endpoint) -> None:
        probability = None if fits.probability is None else round(fits.probability, 4)
        detector = None if fits.detector is None else round(fits.detector, 4)
        now, turn = self._clock.now(), self._user.index
        self._bus.publish(EndpointSet(now, turn, to_ms(fits.wait_ns), probability, detector, fits.cue, fits.reason))

    def _interrupt(self) -> None:
        at = self._clock.now()
        onset = self._user.start if self._user.start is not None else at
        self._bus.publish(BargeIn(at, self._user.index - 1, onset))
        self._replies.drop()

    def _resume(self, cause: FalseInterruption, text: str) -> None:
        self._bus.publish(AgentResumed(self._clock.now(), self._user.index - 1, cause, text))
        self._play.resume()
        self._user.start = None
        self._forget_words()

    def _hear_speech(self, speech_ns: int) -> None:
        user = self._user
        user.speech_from = later(self._listen.end, -speech_ns)
        span = self._listen.audible_since(user.speech_from)
        start = span[0] if span else user.speech_from
        user.start = start if user.start is None else user.start
        self._bus.publish(SpeechStarted(self._clock.now(), user.index, start))
        if self._state.agent is Agent.HELD:
            self._bus.publish(AgentHeld(self._clock.now(), user.index - 1, start))
        if self._transcribe is not None:
            self._transcribe.speech_started(user.index)

    def _expect_end(self, pause: int) -> None:
        if self._transcribe is not None:
            self._transcribe.paused(pause)
        self._tasks.start("judge turn", self._judge_turn(self._parts.turn, pause))

    async def _judge_turn(self, detector: TurnDetector, pause: int) -> None:
        turn, asked = self._user.index, self._clock.now()
        audio = self._listen.since(self._user.start or self._user.speech_from)
        probability = await detector.end_probability(audio)
        now = self._clock.now()
        self._bus.publish(TurnJudged(now, turn, asked, round(probability, 4), self._rules.timers.turn_threshold))
        self._step(floor.TurnEndProbability(pause, probability))

    def _pause(self, waited_ns: int) -> None:
        span = self._listen.audible_since(self._user.speech_from)
        self._user.end = span[1] if span else later(self._listen.end, -waited_ns)
        self._bus.publish(SpeechPaused(self._clock.now(), self._user.index, self._user.end, to_ms(waited_ns)))

    def _dismiss(self) -> None:
        self._replies.drop_draft()
        self._forget_words()
        if self._answering is None:
            self._user.start = None
            return
        # A cough took back a turn that was over: answer it after all.
        self._step(floor.ReplyBegins())
        self._answer(replace(self._answering, at=self._clock.now()))

    def _commit(self, commit: floor.Commit) -> None:
        user = self._user
        start = user.start if user.start is not None else user.speech_from
        now = self._clock.now()
        self._answer(
            TurnCommitted(
                now, user.index, commit.text, commit.trigger, start, user.end, commit.silence_met, commit.judged
            )
        )

    # --- the agent's reply ---------------------------------------------------------------------

    def _answer(self, turn: TurnCommitted) -> None:
        self._bus.publish(turn)
        if self._answering is not None and self._replies.used_tools:
            # For an answer that nobody heard; what they did is done.
            self._history.add(Message("user", self._answering.text))
            self._remember_tools()
        self._answering = turn
        if self._reading is not None:
            self._reading.cancel()  # the reply itself reads on from where this got to
        self._play.begin(turn.turn)  # first, for it closes the reply before, whose words belong into the history
        self._replies.answer(turn, self._insight.committed(turn), self._history.asking(turn.text))

    def _begin_draft(self, text: str, final: bool) -> None:
        guess = Reply(self._user.index, self._insight.choose(self._user.index, text), text, self._clock.now())
        self._replies.draft(guess, self._history.asking(text), final)

    def _say_unasked(self, text: str, protected: bool = False) -> None:
        self._step(floor.ReplyBegins(protected))
        self._play.begin(self._user.index)
        self._replies.say(self._user.index, self._insight.usual, text)

    # --- what fails ----------------------------------------------------------------------------

    def _failed(self, task: str, error: Exception) -> None:
        self._bus.publish(trouble(task, error, self._clock.now()))
        # What a failed reply has already said is played to its end, and without a judgement a turn still ends.
        if task == "read ahead":
            self._reads_ahead = False  # told once; the reply itself will tell more
        elif task in _VITAL:
            self._failure = as_known(error)
            self._tasks.start("hang up", self._give_up(task))

    async def _give_up(self, task: str) -> None:
        """Hang up; whoever cannot be understood any more is told so first."""
        if task == "transcribe" and self._preset.agent.apology:
            self._replies.drop()
            self._say_unasked(self._preset.agent.apology, protected=True)  # nobody listens any more
            with suppress(TimeoutError):
                async with asyncio.timeout(_FAREWELL_S):
                    self._silent.clear()
                    await self._silent.wait()
        await self.hang_up("failed")
