"""What providers really took, in this user's calls and comparisons: kept in one file, for plans and badges.

A time is kept under ROLE PROVIDER/MODEL (`plan.measured_name`) and belongs to the user, not to a machine: whoever
copies the file takes it along. Must not know how a plan is made of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import median

from pydantic import Field, ValidationError

from studio.app.folders import measured_file
from studio.app.plan import CLAUSE, measured_name
from studio.model.audio import AudioBlock
from studio.model.errors import StudioError
from studio.model.events import (
    AgentAudio,
    ClauseReady,
    Event,
    ReplyStarted,
    ReplyText,
    SpeechSynthesised,
    Transcribed,
    TurnJudged,
    UserAudio,
)
from studio.model.measures import turns
from studio.model.preset import Part, Preset, Role
from studio.model.provider_events import FellBack, Retried
from studio.model.strict import Strict
from studio.model.terms import Stage, Track, TranscriptKind
from studio.model.time import Instant, to_ms
from studio.providers import catalog
from studio.providers.whole_file import write_whole

KEPT = 100
"""Of each provider, so many of the latest times count."""
_LARGEST = 200
"""So many providers are remembered; those measured longest ago are forgotten."""

Times = Mapping[str, Sequence[float]]
"""Milliseconds by name."""


class Measure(Strict):
    """What is known of one provider."""

    latest_ms: tuple[float, ...] = Field(min_length=1, max_length=KEPT, strict=False)
    """The oldest first."""
    as_of: date = Field(strict=False)
    """When the last of them was measured."""

    @property
    def n(self) -> int:
        """How many times the median is of."""
        return len(self.latest_ms)

    @property
    def p50_ms(self) -> float:
        """The median."""
        return round(median(self.latest_ms), 1)


class _File(Strict):
    format: int = Field(default=1, ge=1, le=1)
    measured: dict[str, Measure] = Field(default_factory=dict)


def measures(path: Path | None = None) -> dict[str, Measure]:
    """Everything that was measured; nothing where there is no file, or a damaged one."""
    try:
        return _File.model_validate_json((path or measured_file()).read_bytes()).measured
    except (OSError, ValidationError):  # measuring begins anew
        return {}


def medians(path: Path | None = None) -> dict[str, float]:
    """The median in milliseconds of each provider that was measured: what `plan` takes."""
    return {name: measure.p50_ms for name, measure in measures(path).items()}


def keep(times: Times, today: date, path: Path | None = None) -> None:
    """Add times to those that are kept.

    Raises:
        StudioError: the file cannot be written.
    """
    if not any(times.values()):
        return
    target = path or measured_file()
    known = measures(target)
    for name, new in times.items():
        before = known.pop(name).latest_ms if name in known else ()
        rounded = [round(ms, 1) for ms in new]
        if latest := (*before, *rounded)[-KEPT:]:
            known[name] = Measure(latest_ms=latest, as_of=today)
    newest = dict(list(known.items())[-_LARGEST:])
    try:
        write_whole(target, _File(measured=newest).model_dump_json(indent=1))
    except OSError as error:
        raise StudioError(f"What was measured cannot be kept in {target}: {error.strerror}.") from error


def learn(events: Iterable[Event], preset: Preset, today: date, path: Path | None = None) -> None:
    """Keep what the providers of a call took in its turns.

    Raises:
        StudioError: the file cannot be written.
    """
    keep(times_of(events, preset), today, path)


class Learner:
    """Reads a call (port Subscriber) and knows at its end what its providers took."""

    def __init__(self, preset: Preset) -> None:
        self._preset = preset
        self._events: list[Event] = []

    def on_audio(self, track: Track, block: AudioBlock, rate_hz: int) -> None:
        """Sound takes as long as it is."""

    def on_event(self, event: Event) -> None:
        """Take in the next event."""
        if not isinstance(event, UserAudio | AgentAudio):
            self._events.append(event)

    def keep(self) -> None:
        """Keep what was measured. Blocks.

        Raises:
            StudioError: the file cannot be written.
        """
        learn(self._events, self._preset, date.today())


def times_of(events: Iterable[Event], preset: Preset) -> dict[str, list[float]]:
    """What the providers of a call took, by name. An answer that came by a retry or a fallback does not count."""
    all_events = list(events)
    cast = _Cast(preset, all_events)
    found: defaultdict[str, list[float]] = defaultdict(list)

    def note(role: str, stage: Stage, asked: Instant, answered: Instant) -> None:
        if (name := cast.name(role, stage, asked, answered)) is not None:
            found[name].append(to_ms(answered - asked))

    for event in all_events:
        match event:
            case Transcribed(kind=TranscriptKind.END, asked=int() as asked):
                note(Role.STT, Stage.STT, asked, event.at)
            case TurnJudged():
                note(Role.TURN, Stage.TURN, event.asked, event.at)
            case _:
                pass
    replies = _replies(all_events)
    for turn in turns(all_events):
        if turn.spans and not turn.tools:  # with tools the model was asked more than once
            for role, stage, asked, answered in replies[turn.index]:
                note(role, stage, asked, answered)
    return dict(found)


_Answered = tuple[str, Stage, Instant, Instant]
"""A role, or `CLAUSE`, its stage, and when it was asked and had the first of its answer."""


def _replies(events: Iterable[Event]) -> Mapping[int, Sequence[_Answered]]:
    """What the last reply of each turn took. A turn's spans would tell less: what was begun early is cut off there."""
    found: defaultdict[int, list[_Answered]] = defaultdict(list)
    asked: dict[int, Instant] = {}
    token: dict[int, Instant] = {}
    silent: set[int] = set()
    for event in events:
        match event:
            case ReplyStarted(turn=turn):
                found[turn], asked[turn] = [], event.at
                silent.add(turn)
            case ReplyText(turn=turn) if turn in asked:
                found[turn].append((Role.LLM.value, Stage.LLM, asked.pop(turn), event.at))
                token[turn] = event.at
            case ClauseReady(turn=turn) if turn in token:
                found[turn].append((CLAUSE, Stage.LLM, token.pop(turn), event.at))
            case SpeechSynthesised(turn=turn) if turn in silent:
                silent.remove(turn)
                if not event.cached:  # else nobody was asked
                    found[turn].append((Role.TTS.value, Stage.TTS, event.asked, event.at))
            case _:
                pass
    return found


class _Cast:
    """Who served each stage when."""

    def __init__(self, preset: Preset, events: Iterable[Event]) -> None:
        self._preset = preset
        self._troubles: list[FellBack | Retried] = [e for e in events if isinstance(e, FellBack | Retried)]
        self._begun = [e for e in events if isinstance(e, ReplyStarted)]

    def name(self, role: str, stage: Stage, asked: Instant, answered: Instant) -> str | None:
        """Under which name an answer's time is kept; None for one that was not given at the first attempt."""
        troubles = [each for each in self._troubles if each.stage is stage]
        if any(asked <= each.at <= answered for each in troubles):
            return None
        of_stage = Role(stage.value)
        candidates = self._preset.parts(of_stage)
        serving = candidates[0]
        for each in troubles:
            if isinstance(each, FellBack) and each.at < asked:
                serving = next((part for part in candidates if part.use == each.to), serving)
        if of_stage is Role.LLM:  # each reply says who was asked for it: the router chooses anew each time
            model = next((each.model for each in reversed(self._begun) if each.at <= asked), None)
            serving = next((part for part in candidates if part.use == model), serving)
        return measured_name(role, serving, _model(of_stage, serving))


def _model(role: Role, part: Part) -> str:
    return catalog.known(role, part).name
