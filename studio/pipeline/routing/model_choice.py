"""Which language model answers what the user says: the level's own where the preset has one, else its `[llm]`.

Must not know how a level is found, nor what is done with the answer.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from studio.model.preset import Preset
from studio.model.terms import Level, Stage
from studio.model.turn_events import IntentGuessed, Routed
from studio.pipeline import words
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import Candidate, LanguageModel, Parts
from studio.pipeline.retry.chain import Chain
from studio.pipeline.retry.llm import RetryingLlm
from studio.pipeline.routing.router import Router, took_ms


@dataclass(frozen=True, slots=True)
class Models:
    """The language models of a call, each with those that take over for it."""

    usual: RetryingLlm
    """The preset's `[llm]`."""
    own: Mapping[Level, RetryingLlm]
    """Those of the levels that have one of their own."""


class ModelChoice:
    """Chooses the model of each reply, and says so."""

    def __init__(self, models: Models, router: Router | None, clock: Clock, bus: Bus) -> None:
        """Without a router, all is answered by the usual model and nothing is said about it."""
        self._models = models
        self._router = router
        self._clock = clock
        self._bus = bus
        self._told: Routed | None = None
        self._told_of = ""

    @property
    def usual(self) -> RetryingLlm:
        """The preset's own `[llm]`, which says what no user asked for."""
        return self._models.usual

    def likely(self, text: str, intent: IntentGuessed | None = None) -> RetryingLlm:
        """Who would answer these words; says nothing."""
        return self._of(self._router.route(text, intent).level) if self._router is not None else self.usual

    def choose(self, turn: int, text: str, intent: IntentGuessed | None = None) -> RetryingLlm:
        """Who answers these words; told once for words of a turn that are the same, as they sound."""
        if self._router is None:
            return self.usual
        sounds = words.normalised(text)  # what lets a reply on speculation be heard: it has its model already
        if self._told is not None and (self._told.turn, self._told_of) == (turn, sounds):
            return self._of(self._told.level)
        began = time.perf_counter()
        route = self._router.route(text, intent)
        model = self._of(route.level)
        self._told = Routed(
            self._clock.now(),
            turn,
            route.level,
            model.use,
            route.reason,
            route.words,
            round(route.confidence, 3),
            took_ms(began),
        )
        self._told_of = sounds
        self._bus.publish(self._told)
        return model

    def _of(self, level: Level) -> RetryingLlm:
        return self._models.own.get(level, self.usual)


def model_choice(parts: Parts, preset: Preset, clock: Clock, bus: Bus) -> ModelChoice:
    """The choice that a preset makes among the models of a call."""

    def chain(*candidates: Candidate[LanguageModel]) -> RetryingLlm:
        return RetryingLlm(Chain(Stage.LLM, candidates, clock, bus))

    usual = chain(Candidate(preset.llm.use, parts.llm), *parts.fallbacks.llm)
    own = {level: chain(*candidates) for level, candidates in parts.levels.items()}
    router = Router(parts.classifiers.levels, preset.router) if parts.classifiers and preset.router.on else None
    return ModelChoice(Models(usual, own), router, clock, bus)
