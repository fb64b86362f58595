import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from studio.model.preset import Preset, Role
from studio.model.terms import Level
from studio.model.time import Instant
from studio.model.turn_events import IntentGuessed, Routed
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import Candidate, Parts
from studio.pipeline.routing.model_choice import ModelChoice, model_choice
from studio.providers import catalog
from tests.pipeline.routing.trained import TRAINED
from tests.pipeline.stages.readers import Reader, virtually
from tests.virtual_call import scripted

EASY, HARD = "What time is it?", "Compare both loans and explain step by step which one is cheaper and why."


def chosen(work: Callable[[ModelChoice], None], router: dict[str, Any], trained: bool = True) -> list[Routed]:
    """What was told; the levels that `router` names have a model of their own."""
    preset = Preset.model_validate({**scripted().model_dump(mode="json"), "router": router})

    async def run() -> list[Routed]:
        bus, reader = Bus(), Reader()
        bus.subscribe(reader)
        engines: dict[str, Any] = {role.value: catalog.build(role, preset.part(role)) for role in Role if role != "s2s"}
        levels = {
            level: (Candidate(part.use, catalog.build(Role.LLM, part)), Candidate(preset.llm.use, engines["llm"]))
            for level, part in preset.router.own.items()
        }
        nothing: Any = None
        parts = Parts(source=nothing, sink=nothing, echo=None, **engines)
        parts = replace(parts, levels=levels, classifiers=TRAINED if trained else None)
        work(model_choice(parts, preset, Clock(asyncio.get_running_loop()), bus))
        return reader.of(Routed)

    return virtually(run())


def test_each_level_is_answered_by_its_own_model_and_the_rest_by_the_usual() -> None:
    def work(choice: ModelChoice) -> None:
        assert choice.choose(0, EASY) is choice.usual
        assert choice.choose(1, HARD) is choice.likely(HARD) is not choice.usual

    first, second = chosen(work, {"complex": {"use": "scripted/large"}})
    assert (first.turn, first.level, first.model) == (0, Level.SIMPLE, "scripted")
    assert (second.turn, second.level, second.model) == (1, Level.COMPLEX, "scripted/large")
    assert "asks to compare" in second.reason
    assert 0 < second.took_ms < 100


def test_the_same_words_of_a_turn_are_told_once() -> None:
    """They are asked for twice: for the draft and when the turn is over, maybe written otherwise."""

    def work(choice: ModelChoice) -> None:
        choice.likely(EASY)
        assert choice.choose(0, "what time is it") is choice.choose(0, EASY)
        choice.choose(0, HARD)
        choice.choose(1, HARD)

    told = chosen(work, {"complex": {"use": "scripted/large"}})
    assert [(event.turn, event.level) for event in told] == [(0, "simple"), (0, "complex"), (1, "complex")]


def test_the_preset_may_decide() -> None:
    def work(choice: ModelChoice) -> None:
        assert choice.choose(0, EASY) is not choice.usual

    [told] = chosen(work, {"always": "complex", "complex": {"use": "scripted/large"}})
    assert (told.level, told.reason) == (Level.COMPLEX, ("always",))


def test_what_the_user_wants_may_decide() -> None:
    guess = IntentGuessed(Instant(0), 0, "question", 0.7, EASY, False, 0.1)

    def work(choice: ModelChoice) -> None:
        assert choice.likely(EASY) is choice.choose(0, EASY) is choice.usual
        assert choice.likely(EASY, guess) is choice.choose(1, EASY, guess) is not choice.usual

    _, told = chosen(work, {"by_intent": {"question": "complex"}, "complex": {"use": "scripted/large"}})
    assert (told.level, told.reason, told.words, told.confidence) == ("complex", ("intent",), ("question",), 0.7)


@pytest.mark.parametrize(("router", "trained"), [({}, True), ({"complex": {"use": "scripted/large"}}, False)])
def test_without_a_router_nothing_is_told(router: dict[str, Any], trained: bool) -> None:
    def work(choice: ModelChoice) -> None:
        assert choice.choose(0, HARD) is choice.likely(HARD) is choice.usual

    assert chosen(work, router, trained) == []
