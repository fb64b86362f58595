from datetime import date
from typing import Any

import pytest

from studio.app.plan_cost import Assumptions, planned_cost, price_of, runs_here
from studio.model.preset import Agent, Part, Preset, Role
from studio.model.price import Price
from studio.model.terms import Stage
from studio.providers import catalog


def preset(persona: str = "You help.", **parts: str) -> Preset:
    uses = {"stt": "moonshine", "llm": "embedded", "tts": "hibari"} | parts
    chosen: dict[str, Any] = {role: Part(use=use) for role, use in uses.items()}
    return Preset(format=1, title="Test", agent=Agent(persona=persona), **chosen)


def price(**units: float) -> Price:
    return Price(as_of=date(2026, 11, 23), **units)


def test_what_runs_on_this_machine_costs_nothing() -> None:
    cost = planned_cost(preset())
    assert cost.usd == 0
    assert cost.unpriced == ()
    assert set(cost.stages) == {Stage.STT, Stage.LLM, Stage.TTS}


def test_a_stream_is_billed_for_the_whole_minute_and_a_voice_by_its_characters() -> None:
    prices = {"deepgram/nova-3": price(audio_minute=0.0043), "elevenlabs/eleven_flash_v2_5": price(characters_1k=0.05)}
    cost = planned_cost(preset(stt="deepgram/nova-3", tts="elevenlabs/eleven_flash_v2_5"), prices)
    assert cost.stages[Stage.STT] == pytest.approx(0.0043)
    assert cost.stages[Stage.TTS] == pytest.approx(0.05 * 450 / 1000)


def test_what_is_sent_one_utterance_at_a_time_is_billed_for_what_the_user_says() -> None:
    batch = {"deepgram/a-batch-model": price(audio_minute=0.01)}
    assert planned_cost(preset(stt="deepgram/a-batch-model"), batch).stages[Stage.STT] == pytest.approx(0.0035)


def test_a_model_without_a_known_price_is_told_apart_from_a_free_one() -> None:
    cost = planned_cost(preset(stt="deepgram/new", llm="openai/new", tts="elevenlabs/new"))
    assert cost.unpriced == (Stage.STT, Stage.LLM, Stage.TTS)
    assert cost.usd == 0


def test_a_price_for_other_units_is_no_price() -> None:
    cost = planned_cost(preset(tts="elevenlabs/new"), {"elevenlabs/new": price(audio_minute=1)})
    assert cost.unpriced == (Stage.TTS,)


def test_a_price_of_zero_is_a_price() -> None:
    cost = planned_cost(preset(tts="elevenlabs/new"), {"elevenlabs/new": price(characters_1k=0)})
    assert cost.unpriced == ()


def test_a_users_own_price_comes_before_the_catalogs() -> None:
    own = {"deepgram/nova-3": price(audio_minute=0.002)}
    assert price_of(Role.STT, Part(use="deepgram"), own) == own["deepgram/nova-3"]
    assert planned_cost(preset(stt="deepgram/nova-3"), own).stages[Stage.STT] == pytest.approx(0.002)


def test_the_prompt_grows_with_the_call_and_each_reply_pays_for_it() -> None:
    call = Assumptions(call_minutes=2, turns_a_minute=1, user_share=1 / 3, agent_share=2 / 3)
    # 75 tokens a turn of the user's, 150 of the agent's, a persona of 100.
    prices = {"openai/new": price(prompt_1m=1.0, written_1m=10.0)}
    cost = planned_cost(preset(persona="x" * 400, llm="openai/new"), prices, call)
    assert cost.stages[Stage.LLM] * 1e6 == pytest.approx(100 + 225 + 75 + 10 * 150)


def test_history_is_never_longer_than_the_agents_memory() -> None:
    prices = {"openai/new": price(prompt_1m=1.0)}
    endless = planned_cost(preset(llm="openai/new"), prices, Assumptions(call_minutes=1000))
    longer = planned_cost(preset(llm="openai/new"), prices, Assumptions(call_minutes=2000))
    assert endless.usd == longer.usd


def test_a_prompt_is_kept_only_where_the_vendor_keeps_prompts_and_it_is_long_enough() -> None:
    name = next(m.name for m in catalog.provider("anthropic").of_role(Role.LLM) if "cache" in m.capabilities)
    use = f"anthropic/{name}"
    plain = {use: price(prompt_1m=1.0)}
    cached = {use: price(prompt_1m=1.0, cache_read_1m=0.1, cache_write_1m=1.25)}
    short, long = preset(llm=use), preset(persona="x" * 8000, llm=use)
    brief = Assumptions(call_minutes=1)
    assert planned_cost(short, cached, brief).usd == planned_cost(short, plain, brief).usd
    share = planned_cost(long, cached).usd / planned_cost(long, plain).usd
    assert share == pytest.approx(0.9 * 0.1 + 0.1 * 1.25, rel=0.01)  # tokens are whole


def test_the_assumptions_are_said_in_one_sentence() -> None:
    said = Assumptions().sentence()
    assert said.endswith(".")
    assert "the user talks 35%" in said


@pytest.mark.parametrize(
    ("use", "here"), [("moonshine", True), ("ollama", True), ("openai", False), ("deepgram", False)]
)
def test_a_server_on_this_machine_runs_here(use: str, here: bool) -> None:
    assert runs_here(Part(use=use)) is here
