from pathlib import Path

import pytest

from studio.__main__ import main
from studio.app.plan import plan
from studio.commands.presets import plan_lines
from studio.model.preset import Part
from tests.virtual_call import PRESET, scripted


def test_presets_are_listed_with_what_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STUDIO_PRESETS", str(tmp_path))
    (tmp_path / "mine.toml").write_text("format = 1\n")
    assert main(["presets", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("embedded         Embedded: ") for line in lines)
    assert any(line.startswith("mine") and "missing" in line for line in lines)


def test_a_plan_tells_each_wait_and_where_its_figure_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets", "show", str(PRESET), "--plan"]) == 0
    out = capsys.readouterr().out
    assert "Planned wait for the answer: 4" in out
    assert "  endpointing_wait         160 ms  set\n" in out
    assert "60 ms of which 60 run while the turn's end is waited for" in out
    assert "Planned cost of a minute: $0.0000" in out
    assert "Planned for a call of 5 minutes" in out


def test_a_plan_that_does_not_know_everything_says_so() -> None:
    preset = scripted().model_copy(update={"llm": Part(use="openai/new"), "tts": Part(use="cartesia/new")})
    text = "\n".join(plan_lines(plan(preset)))
    assert "at least " in text.splitlines()[0]
    assert "llm_first_token            ? ms  unknown" in text
    assert "not known: llm, tts" in text
    assert "The language model is" not in text


def test_a_badge_that_was_measured_says_so() -> None:
    measured = plan(scripted(), {"llm scripted/script": 800.0})
    assert "The language model is standard (measured)." in list(plan_lines(measured))
    assert "(as published, not yet measured)" in "\n".join(plan_lines(plan(scripted())))


def test_a_plan_may_be_of_servers_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets", "show", "natural", "--plan", "--base-url", "nobody=http://x"]) == 2
    assert "uses no provider called 'nobody'" in capsys.readouterr().err
    assert main(["presets", "show", "natural", "--plan", "--base-url", "*=http://127.0.0.1:1/{provider}"]) == 0
