"""A preset: which part does each job, with its settings, and the agent's persona.

Pure data with its rules; reading files is `app/presets.py`, knowing the parts is `providers/catalog.py`.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator, model_validator

from studio.model.intent_settings import IntentSettings
from studio.model.strict import Strict
from studio.model.terms import Level
from studio.model.tool_settings import ToolSettings

PRESET_FORMAT = 1


class Role(StrEnum):
    """The jobs in a pipeline that a provider can do."""

    VAD = "vad"
    TURN = "turn"
    STT = "stt"
    LLM = "llm"
    TTS = "tts"
    S2S = "s2s"


CASCADE = (Role.VAD, Role.TURN, Role.STT, Role.LLM, Role.TTS)
"""The roles of a pipeline with text between its stages, in the order of the conversation."""


class Part(BaseModel):
    """The provider of one role. Keys besides `use` and `fallback` are that provider's own settings."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    use: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*(/.+)?$")
    """PROVIDER or PROVIDER/MODEL, for example `moonshine/tiny-en`."""
    fallback: "tuple[Part, ...]" = Field(default=(), strict=False)
    """Who takes over, in this order, when the provider fails in the middle of a call."""

    @property
    def provider(self) -> str:
        """The part before the first slash."""
        return self.use.partition("/")[0]

    @property
    def model(self) -> str | None:
        """The part after the first slash, None for the provider's default."""
        return self.use.partition("/")[2] or None

    @property
    def candidates(self) -> "tuple[Part, ...]":
        """It, and those that take over when it fails."""
        return (self, *self.fallback)

    def same_engine(self, other: "Part") -> bool:
        """Whether both are the same provider with the same settings, whoever takes over for them."""
        return (self.use, self.settings) == (other.use, other.settings)

    @property
    def settings(self) -> dict[str, JsonValue]:
        """The provider's own settings, not yet checked against its schema."""
        return dict(self.model_extra or {})


class Agent(Strict):
    """Who the agent is."""

    persona: str = Field(min_length=1)
    """The system prompt."""
    greeting: str = ""
    """What the agent says before the user has spoken; empty: the user speaks first."""
    apology: str = "I am sorry, I have a technical problem. Please try again."
    """What the agent says instead of an answer that failed; empty: a sound."""
    memory_characters: int = Field(default=12_000, ge=500)
    """How much of the conversation the model is given, about four characters a token. Beyond it the older half is
    forgotten at once, so that what is left stays in the model's prompt cache for many turns."""


class TurnTaking(Strict):
    """Every timer and threshold of turn taking; there are no others.

    `eagerness` sets those of the turn's end together; each that is written beside it keeps its own value.
    """

    eagerness: float = Field(default=0.5, ge=0, le=1)
    """0: waits long and never cuts anybody off; 1: answers as soon as it can."""
    speech_ms: int = Field(default=64, ge=32, le=1000)
    """Speech that must be heard before the user counts as speaking, in milliseconds."""
    eager_ms: int = Field(default=96, ge=32, le=2000)
    """Silence after which transcription and turn detection start on speculation."""
    silence_ms: int = Field(default=160, ge=32, le=3000)
    """Silence after which the turn ends if that is sure."""
    patience_ms: int = Field(default=1200, ge=32, le=10_000)
    """Silence after which the turn ends whatever is known. The less sure its end, the nearer the wait is to this."""
    vad_threshold: float = Field(default=0.5, gt=0, lt=1)
    """Speech probability from which a frame counts as speech."""
    turn_threshold: float = Field(default=0.5, gt=0, lt=1)
    """Turn-end probability from which a turn counts as surely over."""
    learn_pace: bool = True
    """Whether the agent waits longer for users who pause within their turns, once it has heard them do so."""
    vendor_end: bool = True
    """Whether a pause in which the STT vendor holds the turn for over ends it."""
    barge_in_ms: int = Field(default=64, ge=32, le=2000)
    """Speech that must be heard before the agent pauses for it, in milliseconds."""
    interruption_ms: int = Field(default=800, ge=32, le=5000)
    """Speech over the agent that is an interruption, twice as much of mere `mm-hm`; shorter speech is one if its words
    are, in milliseconds."""
    barge_in_words: int = Field(default=0, ge=0, le=20)
    """Words that must be known before the user interrupts the agent; 0: the agent pauses at the voice alone."""
    resume_ms: int = Field(default=800, ge=100, le=5000)
    """Silence after which a paused agent goes on, if no words have come by then; after a sound shorter than `speech_ms`
    it is `eager_ms`."""
    protect_greeting: bool = False
    """Whether the agent's first message is said to its end."""

    @property
    def soonest_ms(self) -> int:
        """The least silence that ends a turn."""
        return min(self.silence_ms, self.patience_ms)

    @model_validator(mode="before")
    @classmethod
    def _follow_eagerness(cls, given: object) -> object:
        if not isinstance(given, dict) or not isinstance(eagerness := given.get("eagerness"), int | float):
            return given
        return {**at_eagerness(min(max(eagerness, 0.0), 1.0)), **given}


def at_eagerness(eagerness: float) -> dict[str, int | float]:
    """The timers and thresholds of the turn's end for an eagerness of 0 to 1; those of 0.5 are the defaults."""
    slower = 4 ** (0.5 - eagerness)
    silence_ms = round(160 * slower)
    return {
        "eager_ms": min(96, silence_ms),
        "silence_ms": silence_ms,
        "patience_ms": round(1200 * slower),
        "turn_threshold": round(0.5 + 0.6 * (0.5 - eagerness), 3),
    }


class Speculation(Strict):
    """What is begun before the turn is over, and thrown away unheard where it goes on."""

    reply: bool = True
    """Whether the language model begins as soon as the turn may be over. What is thrown away is paid all the same."""
    partial_words: bool = True
    """Whether words that the STT engine may still change are enough for that."""
    voice_ahead: bool = True
    """Whether the first clause is given a voice, too."""
    tries: int = Field(default=3, ge=1, le=10)
    """Replies that may be begun for one turn."""


class Playout(Strict):
    """How speech goes to the speaker."""

    buffer_ms: int = Field(default=80, ge=20, le=500)
    """Device output buffer; 80 ms survive a busy two-core machine, 40 ms do not."""
    jitter_max_ms: int = Field(default=200, ge=0, le=1000)
    """The longest that speech which comes unsteadily is held back so that it plays without gaps."""
    echo_cancellation: bool = True
    voice_cache: bool = True
    """Whether phrases that come up again are kept and said at once: greeting, filler, apology, what is repeated."""


class Routing(Strict):
    """A language model for each level of difficulty; a level without its own is answered by `[llm]`."""

    simple: Part | None = None
    moderate: Part | None = None
    complex: Part | None = None
    always: Level | None = Field(default=None, strict=False)
    """The level that everything counts as, whatever is asked."""
    by_intent: dict[str, Annotated[Level, Field(strict=False)]] = Field(default_factory=dict)
    """The level that an intent counts as, whatever its words are, once it is surely that."""

    @property
    def on(self) -> bool:
        """Whether there is anything to choose or to tell."""
        return bool(self.own) or self.always is not None

    @property
    def own(self) -> dict[Level, Part]:
        """The models of those levels that have one."""
        parts = {Level.SIMPLE: self.simple, Level.MODERATE: self.moderate, Level.COMPLEX: self.complex}
        return {level: part for level, part in parts.items() if part is not None}


class Preset(Strict):
    """One agent: the parts of its pipeline, its persona and its manners."""

    format: int = Field(ge=1, le=PRESET_FORMAT)
    title: str = Field(min_length=1)
    description: str = ""
    agent: Agent
    vad: Part = Part(use="silero")
    turn: Part = Part(use="smart-turn")
    stt: Part
    llm: Part
    intent: IntentSettings = IntentSettings()
    router: Routing = Routing()
    tts: Part
    turn_taking: TurnTaking = TurnTaking()
    speculation: Speculation = Speculation()
    playout: Playout = Playout()
    tools: ToolSettings = ToolSettings()

    @field_validator("router")
    @classmethod
    def _known_intents(cls, router: Routing, before: ValidationInfo) -> Routing:
        if (intent := before.data.get("intent")) is not None:
            intent.check_names(router.by_intent, "by_intent")
        return router

    @property
    def fixed_phrases(self) -> tuple[str, ...]:
        """What the agent says word for word, whatever the conversation is about."""
        said = (self.agent.greeting, self.agent.apology, self.tools.filler, *self.intent.fillers.values())
        return tuple(dict.fromkeys(text for text in said if text))

    def candidates(self, role: Role) -> tuple[Part, ...]:
        """The provider chosen for `role`, and those that take over when it fails."""
        return self.part(role).candidates

    def parts(self, role: Role) -> tuple[Part, ...]:
        """Everything that may be asked in `role`, each once: its candidates, and after them the router's models."""
        found = list(self.candidates(role))
        if role is Role.LLM:
            for own in self.router.own.values():
                found += [part for part in own.candidates if not any(map(part.same_engine, found))]
        return tuple(found)

    def part(self, role: Role) -> Part:
        """The provider chosen for `role`."""
        match role:
            case Role.VAD:
                return self.vad
            case Role.TURN:
                return self.turn
            case Role.STT:
                return self.stt
            case Role.LLM:
                return self.llm
            case Role.TTS:
                return self.tts
            case Role.S2S:
                raise KeyError(role)
