"""What an answer is planned to take, piece by piece, and to cost, before anybody has talked to the agent. Pure.

Each piece says where its figure comes from: the preset, this user's own calls, the vendor, or nowhere.
Must not know how anything is measured, nor where prices come from.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from studio.app.plan_cost import NO_PRICES, TYPICAL, Assumptions, PlannedCost, planned_cost
from studio.model.measures import Span, SpanName
from studio.model.preset import Part, Preset, Role
from studio.model.price import Price
from studio.model.time import NS_PER_MS, Duration, Instant
from studio.providers import catalog

NOT_MEASURED: Mapping[str, float] = {}

FIRST_CLAUSE_TOKENS = 4
"""About three words, after which the first clause may end."""
TOKENS_A_SECOND = 100.0
"""Of a language model whose rate was not measured."""
CLAUSE = "clause"
"""Stands for a role in the name of a measured time from the first token to the first clause."""

Tier = Literal["ultra-fast", "fast", "standard"]


class Source(StrEnum):
    """Where a planned figure comes from."""

    SET = "set"
    """The preset."""
    MEASURED = "measured"
    """This user's own calls or comparisons."""
    PUBLISHED = "published"
    """The vendor, or a stranger's comparison: a prior until it is measured."""
    ASSUMED = "assumed"
    """`TOKENS_A_SECOND` and `FIRST_CLAUSE_TOKENS`."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Figure:
    """A time in milliseconds and where it comes from; None where it is unknown."""

    ms: float | None
    source: Source


@dataclass(frozen=True, slots=True)
class PlannedSpan:
    """A piece of the planned wait."""

    name: SpanName
    ms: float | None
    """What it adds to the wait; None: not known. What the wait for the turn's end covers adds nothing."""
    source: Source
    whole_ms: float | None
    """How long it takes, shadow included."""


@dataclass(frozen=True, slots=True)
class Badge:
    """How fast a language model is."""

    tier: Tier
    ms: float
    """To its first token."""
    source: Source
    """MEASURED, or PUBLISHED: a prior."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a preset is planned to take and to cost."""

    spans: tuple[PlannedSpan, ...]
    """In the order of the critical path, each beginning where the one before it ends."""
    cost: PlannedCost
    badge: Badge | None
    """Of the language model; None: its speed is not known."""

    @property
    def total_ms(self) -> float:
        """The planned wait from the user's last sound to the agent's first; see `lower_bound`."""
        return sum(span.ms for span in self.spans if span.ms is not None)

    @property
    def lower_bound(self) -> bool:
        """True where the figure of a piece is not known, so that the answer takes longer than `total_ms`."""
        return any(span.ms is None for span in self.spans)

    def contiguous(self) -> tuple[Span, ...]:
        """The known pieces as the spans of a turn that begins at 0."""
        spans, reached = [], Instant(0)
        for span in self.spans:
            length = Duration(round((span.ms or 0) * NS_PER_MS))
            spans.append(Span(span.name, reached, length))
            reached = Instant(reached + length)
        return tuple(spans)


def plan(
    preset: Preset,
    measured: Mapping[str, float] | None = None,
    prices: Mapping[str, Price] = NO_PRICES,
    assumptions: Assumptions = TYPICAL,
) -> Plan:
    """The plan of a preset's own choices, none of which has failed.

    `measured` are milliseconds by `measured_name`; `prices` by PROVIDER/MODEL come before the catalog's.

    Raises:
        PresetError: a provider is unknown or closed.
    """
    known = measured or NOT_MEASURED
    llm = first(Role.LLM, preset.llm, known)
    return Plan(tuple(_spans(preset, llm, known)), planned_cost(preset, prices, assumptions), _badge(llm))


def _spans(preset: Preset, llm: Figure, known: Mapping[str, float]) -> Iterator[PlannedSpan]:
    """The pieces with the moments at which they end, in milliseconds from the user's last sound.

    What is begun early, on speculation too, may end before the piece ahead of it does: it then adds nothing.
    """
    timers, ahead = preset.turn_taking, preset.speculation
    silence = float(timers.soonest_ms)
    asked = min(float(timers.eager_ms), silence)
    turn, stt = first(Role.TURN, preset.turn, known), first(Role.STT, preset.stt, known)
    tts, clause = first(Role.TTS, preset.tts, known), _clause(preset.llm, known)
    judged, words = asked + (turn.ms or 0), asked + (stt.ms or 0)
    over = max(silence, judged, words)
    interim = ahead.partial_words and "interim" in catalog.known(Role.STT, preset.stt).capabilities
    begun = over if not ahead.reply else asked if interim else words
    said = begun + (llm.ms or 0) + (clause.ms or 0)
    voiced = (said if ahead.voice_ahead else max(said, over)) + (tts.ms or 0)
    buffer = float(preset.playout.buffer_ms)
    pieces = (
        (SpanName.ENDPOINTING_WAIT, silence, Figure(silence, Source.SET)),
        (SpanName.TURN_DETECTION, judged, turn),
        (SpanName.TRANSCRIPTION, words, stt),
        (SpanName.LLM_FIRST_TOKEN, begun + (llm.ms or 0), llm),
        (SpanName.SENTENCE_AGGREGATION, said, clause),
        (SpanName.SPEECH_SYNTHESIS, voiced, tts),
        (SpanName.PLAYOUT, max(voiced, over) + buffer, Figure(buffer, Source.SET)),
    )
    reached = 0.0
    for name, end, whole in pieces:
        adds = max(0.0, end - reached)
        reached += adds
        yield PlannedSpan(name, None if whole.ms is None else adds, whole.source, whole.ms)


def tier(first_ms: float) -> Tier:
    """How fast a language model is that takes so long to its first token."""
    return "ultra-fast" if first_ms < 350 else "fast" if first_ms < 700 else "standard"


def badge(part: Part, measured: Mapping[str, float] = NOT_MEASURED) -> Badge | None:
    """The tier of a language model by what was measured of it, else by what is published; None: neither.

    Raises:
        PresetError: the provider is unknown or closed.
    """
    return _badge(first(Role.LLM, part, measured))


def measured_name(role: str, part: Part, model: str) -> str:
    """The name under which a part's measured time is known: ROLE PROVIDER/MODEL, and where, if not at the vendor's."""
    url = str(part.settings.get("base_url") or "").rstrip("/")
    place = f" at {url}" if url and url != catalog.provider(part.provider).base_url else ""
    return f"{role} {part.provider}/{model}{place}"


def first(role: Role, part: Part, measured: Mapping[str, float] = NOT_MEASURED) -> Figure:
    """How long a part takes to its judgement, its final words, its first token or its first sound.

    Raises:
        PresetError: the provider is unknown or closed.
    """
    model = catalog.known(role, part)
    own = measured.get(measured_name(role, part, model.name))
    if own is not None:
        return Figure(own, Source.MEASURED)
    return Figure(model.first_ms, Source.UNKNOWN if model.first_ms is None else Source.PUBLISHED)


def _clause(llm: Part, measured: Mapping[str, float]) -> Figure:
    own = measured.get(measured_name(CLAUSE, llm, catalog.known(Role.LLM, llm).name))
    if own is not None:
        return Figure(own, Source.MEASURED)
    return Figure(1000 * FIRST_CLAUSE_TOKENS / TOKENS_A_SECOND, Source.ASSUMED)


def _badge(llm: Figure) -> Badge | None:
    return None if llm.ms is None else Badge(tier(llm.ms), llm.ms, llm.source)
