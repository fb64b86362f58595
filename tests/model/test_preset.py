from typing import Any

import pytest
from pydantic import ValidationError

from studio.model.preset import PRESET_FORMAT, Part, Preset, Role, Routing, TurnTaking
from studio.model.terms import Level

SMALLEST: dict[str, Any] = {
    "format": 1,
    "title": "Small",
    "agent": {"persona": "You help."},
    "stt": {"use": "moonshine"},
    "llm": {"use": "openai/gpt-5.4-mini", "temperature": 0.5},
    "tts": {"use": "hibari"},
}


def test_the_smallest_preset_and_what_it_stands_for() -> None:
    preset = Preset.model_validate(SMALLEST)
    assert (preset.vad.use, preset.turn.use) == ("silero", "smart-turn")
    assert preset.turn_taking == TurnTaking()
    assert preset.agent.greeting == ""
    assert Preset.model_validate(preset.model_dump(mode="json")) == preset


@pytest.mark.parametrize(
    ("use", "provider", "model"),
    [
        ("moonshine", "moonshine", None),
        ("openai/gpt-5.4-mini", "openai", "gpt-5.4-mini"),
        ("openai/org/model", "openai", "org/model"),
    ],
)
def test_a_part_is_a_provider_and_perhaps_a_model(use: str, provider: str, model: str | None) -> None:
    part = Part.model_validate({"use": use, "speed": 1.5})
    assert (part.provider, part.model, part.settings) == (provider, model, {"speed": 1.5})


@pytest.mark.parametrize("use", ["", "/", "Openai", "open ai", "openai/", "-openai", 7, None])
def test_what_is_no_part(use: object) -> None:
    with pytest.raises(ValidationError):
        Part.model_validate({"use": use})


@pytest.mark.parametrize(
    "change",
    [
        {"format": 0},
        {"format": PRESET_FORMAT + 1},
        {"format": "1"},
        {"title": ""},
        {"colour": "red"},
        {"agent": {"persona": ""}},
        {"agent": {"persona": "x", "greeting": 7}},
        {"agent": {"persona": "x", "tone": "kind"}},
        {"turn_taking": {"silence_ms": 10}},
        {"turn_taking": {"silence_ms": 160.0}},
        {"turn_taking": {"vad_threshold": 1.0}},
        {"playout": {"buffer_ms": 0}},
        {"playout": {"echo_cancellation": "yes"}},
        {"playout": {"voice_cache": 1}},
    ],
)
def test_unknown_keys_wrong_types_and_values_out_of_bounds_are_errors(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Preset.model_validate({**SMALLEST, **change})


def test_every_role_of_a_cascade_has_its_part() -> None:
    preset = Preset.model_validate(SMALLEST)
    assert [preset.part(role).provider for role in Role if role is not Role.S2S] == [
        "silero",
        "smart-turn",
        "moonshine",
        "openai",
        "hibari",
    ]
    with pytest.raises(KeyError):
        preset.part(Role.S2S)


def test_a_preset_does_not_change() -> None:
    preset = Preset.model_validate(SMALLEST)
    with pytest.raises(ValidationError):
        preset.title = "Other"


@pytest.mark.parametrize(
    ("agent", "filler", "said"),
    [
        ({"greeting": "Hi.", "apology": "Oh."}, "Wait.", ("Hi.", "Oh.", "Wait.")),
        ({"greeting": "", "apology": ""}, "", ()),
        ({"greeting": "Hi.", "apology": "Hi."}, "", ("Hi.",)),
    ],
)
def test_fixed_phrases_are_what_is_said_word_for_word(
    agent: dict[str, str], filler: str, said: tuple[str, ...]
) -> None:
    content = {**SMALLEST, "agent": {"persona": "x", **agent}, "tools": {"filler": filler}}
    assert Preset.model_validate(content).fixed_phrases == said


def test_without_a_router_there_is_nothing_to_choose() -> None:
    preset = Preset.model_validate(SMALLEST)
    assert (preset.router.on, preset.router.own) == (False, {})
    assert preset.parts(Role.LLM) == preset.candidates(Role.LLM)


def test_what_may_be_asked_is_named_once() -> None:
    """A level that is answered by a model of [llm], with the same settings, is the same engine."""
    routed = {
        "llm": {"use": "a/one", "fallback": [{"use": "b/two"}]},
        "router": {
            "simple": {"use": "b/two", "fallback": [{"use": "c/three"}]},
            "moderate": {"use": "a/one", "temperature": 0.9},
            "complex": {"use": "a/one"},
        },
    }
    preset = Preset.model_validate({**SMALLEST, **routed})
    assert [part.use for part in preset.candidates(Role.LLM)] == ["a/one", "b/two"]
    assert [(part.use, part.settings) for part in preset.parts(Role.LLM)] == [
        ("a/one", {}),
        ("b/two", {}),
        ("c/three", {}),
        ("a/one", {"temperature": 0.9}),
    ]
    assert set(preset.router.own) == set(Level)


def test_a_level_may_be_set_for_all() -> None:
    assert Routing.model_validate({"always": "complex"}).always is Level.COMPLEX
    assert Routing.model_validate({"always": "complex"}).on


def test_an_intent_may_have_a_level() -> None:
    own = {"own": [{"name": "loyalty", "examples": ["my points", "pay with points"]}]}
    routed = {**SMALLEST, "intent": own, "router": {"by_intent": {"complaint": "complex", "loyalty": "simple"}}}
    assert Preset.model_validate(routed).router.by_intent == {"complaint": Level.COMPLEX, "loyalty": Level.SIMPLE}
    with pytest.raises(ValidationError, match=r"by_intent: there is no intent 'loyalty'; there are: greeting"):
        Preset.model_validate({**routed, "intent": {}})


def test_no_silence_that_ends_a_turn_is_longer_than_patience() -> None:
    assert TurnTaking(silence_ms=160, patience_ms=1200).soonest_ms == 160
    assert TurnTaking(silence_ms=600, patience_ms=400).soonest_ms == 400
