"""Whole calls in which the model is chosen and the intent is guessed, on the virtual clock."""

from dataclasses import replace
from pathlib import Path

import pytest

from studio.model.events import ReplyStarted
from studio.model.preset import Part, Role
from studio.model.terms import Level
from studio.model.turn_events import IntentGuessed, Routed
from studio.pipeline.ports import Candidate, Parts
from studio.providers import catalog
from tests.pipeline.routing.trained import TRAINED
from tests.virtual_call import Changes, Script, hold

SAID = ["What time is it?", "Compare both loans and explain step by step which one is cheaper and why."]
LARGE = Part.model_validate({"use": "scripted/large", "replies": ["The first one, because of its rate."]})


def routed(parts: Parts) -> Parts:
    large = Candidate(LARGE.use, catalog.build(Role.LLM, LARGE))
    return replace(parts, classifiers=TRAINED, levels={Level.COMPLEX: (large,)})


@pytest.mark.parametrize("ahead", [True, False], ids=["on speculation", "when the turn is over"])
def test_each_turn_is_answered_by_the_model_of_its_level(ahead: bool, tmp_path: Path) -> None:
    changes: Changes = {
        "stt": {"texts": SAID},
        "router": {"complex": LARGE.model_dump()},  # type: ignore[dict-item]
        "speculation": {"reply": ahead},
    }
    held = hold(Script([(300, 900), (5000, 5600)], changes, parts=routed), tmp_path)
    assert [(event.turn, event.level) for event in held.of(Routed)] == [(0, Level.SIMPLE), (1, Level.COMPLEX)]
    assert [event.model for event in held.of(ReplyStarted)] == ["scripted", "scripted/large"]
    assert held.heard[1] == "The first one, because of its rate."
    first, second = held.turns
    assert first.routed is not None
    assert second.routed is not None
    assert second.routed.model == "scripted/large"
    assert "asks to compare" in second.routed.reason


def test_an_intent_is_guessed_before_the_turn_is_over_and_scored(tmp_path: Path) -> None:
    changes: Changes = {
        "stt": {"texts": ["Please cancel my appointment."]},
        "turn_taking": {"silence_ms": 480},  # its words are there while the silence is still waited for
    }
    held = hold(Script([(300, 900)], changes, parts=routed), tmp_path)
    assert [(event.intent, event.final) for event in held.of(IntentGuessed)] == [("change", False), ("change", True)]
    [turn] = held.turns
    assert turn.intent is not None
    assert turn.intent.ahead
    assert turn.intent.right is None  # the script has no partial words
