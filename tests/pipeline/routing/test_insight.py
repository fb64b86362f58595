import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from studio.model.events import TurnCommitted
from studio.model.preset import Preset, Role
from studio.model.terms import Level, Trigger
from studio.model.time import Instant
from studio.model.turn_events import IntentGuessed, Routed
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.floor import FinalWords, VendorEager, VendorEnd, VendorResume, WordsSoFar
from studio.pipeline.ports import Candidate, Parts
from studio.pipeline.routing.insight import Insight
from studio.pipeline.stages.transcribe import Words
from studio.providers import catalog
from tests.pipeline.routing.trained import TRAINED
from tests.pipeline.stages.readers import Reader, virtually
from tests.virtual_call import scripted

CANCEL = "Please cancel my appointment."
LARGE = {"complex": {"use": "scripted/large"}}


def told(work: Callable[[Insight], None], settings: dict[str, Any]) -> Reader:
    preset = Preset.model_validate({**scripted().model_dump(mode="json"), **settings})

    async def run() -> Reader:
        bus, reader = Bus(), Reader()
        bus.subscribe(reader)
        nothing: Any = None
        engines: dict[str, Any] = {role.value: catalog.build(role, preset.part(role)) for role in Role if role != "s2s"}
        parts = Parts(source=nothing, sink=nothing, echo=None, **engines)
        levels = {
            level: (Candidate(part.use, catalog.build(Role.LLM, part)),) for level, part in preset.router.own.items()
        }
        parts = replace(parts, levels=levels, classifiers=TRAINED)
        work(Insight(parts, preset, Clock(asyncio.get_running_loop()), bus))
        return reader

    return virtually(run())


def over(text: str) -> TurnCommitted:
    return TurnCommitted(Instant(9), 0, text, Trigger.SILENCE, Instant(0), Instant(5), Instant(7), Instant(8))


@pytest.mark.parametrize(
    ("words", "guesses"),
    [
        (WordsSoFar(CANCEL), 1),
        (FinalWords(1, CANCEL), 1),
        (VendorEager(CANCEL), 1),
        (VendorEnd(CANCEL), 1),
        (VendorResume(), 0),
    ],
)
def test_whoever_tells_words_has_them_guessed_from(words: Words, guesses: int) -> None:
    reader = told(lambda insight: insight.heard(0, words), {})
    assert [(event.intent, event.final) for event in reader.of(IntentGuessed)] == [("change", False)] * guesses


def test_a_turn_that_is_over_has_its_intent_its_model_and_its_filler() -> None:
    def work(insight: Insight) -> None:
        text = "Compare both loans and explain step by step which one is cheaper and why."
        assert insight.committed(over(text)) is insight.likely(text) is insight.choose(0, text) is not insight.usual
        assert insight.committed(over(CANCEL)) is insight.usual
        assert insight.filler(0) == "One moment."

    reader = told(work, {"router": LARGE, "intent": {"fillers": {"change": "One moment."}}})
    assert [event.level for event in reader.of(Routed)] == [Level.COMPLEX, Level.SIMPLE]
    assert all(event.final for event in reader.of(IntentGuessed))
