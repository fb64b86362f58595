import re
import sys
from pathlib import Path

import pytest

from benchmarks.peers.running import CallFailedError, call
from benchmarks.peers.systems import HERE, STUDIO, SYSTEMS, System, Wires, chosen, command, environment
from studio.app.presets import load

WIRES = Wires("http://127.0.0.1:1", Path("caller.wav"), Path("agent.wav"), Path("session"))


def test_systems_are_chosen_by_framework_or_in_full() -> None:
    assert chosen([]) == list(SYSTEMS)
    assert {each.framework for each in chosen(["pipecat", "studio:nova"])} == {"pipecat", "studio"}
    assert [each.name for each in chosen(["studio:nova"])] == ["studio:nova"]
    with pytest.raises(ValueError, match="no such system: vapi"):
        chosen(["vapi"])


@pytest.mark.parametrize("system", [each for each in SYSTEMS if each.framework == STUDIO], ids=lambda each: each.name)
def test_every_setting_of_the_studio_is_a_preset_and_is_recorded(system: System) -> None:
    line = command(system, Path("python"), WIRES)
    assert load(line[line.index("--preset") + 1]).llm.use == "openai/gpt-5.4-mini"
    assert "--record" in line
    assert environment(STUDIO, Path()) == Path(sys.executable)


@pytest.mark.parametrize("system", [each for each in SYSTEMS if each.framework != STUDIO], ids=lambda each: each.name)
def test_every_setting_of_a_peer_is_known_to_its_agent_and_pinned(system: System) -> None:
    source = (HERE / f"{system.framework}_agent.py").read_text("utf-8")
    assert f'"{system.setting}"' in source[source.index("SETTINGS") :].splitlines()[0]
    pins = (HERE / "requirements" / f"{system.framework}.txt").read_text("utf-8").splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    assert command(system, Path("python"), WIRES)[:4] == [
        "python", "-m", f"benchmarks.peers.{system.framework}_agent", system.setting,
    ]  # fmt: skip


def test_a_call_costs_what_it_and_its_children_use(tmp_path: Path) -> None:
    child = "import time\nend = time.monotonic() + 1.2\nwhile time.monotonic() < end: pass"
    parent = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])"
    cost = call([sys.executable, "-c", parent], tmp_path / "log", 1.0)
    assert 5 < cost.cpu_s_per_minute < 80
    assert cost.peak_rss_mb > 10


def test_a_call_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(CallFailedError, match="ended with 3"):
        call([sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log", 1.0)
