import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.model.errors import WeightsError
from studio.providers.weights import fetch, locate
from studio.providers.weights.__main__ import main
from studio.providers.weights.manifest import WeightSet
from tests.providers.weights.loopback import LoopbackHub, weight_file, weight_set

CONTENT = b"weights of a parrot"
PARROT = weight_set(weight_file(CONTENT))

Publish = Callable[[WeightSet], Path]


def test_what_is_missing_comes_and_is_located(hub: LoopbackHub, weights_cache: Path, publish: Publish) -> None:
    publish(PARROT)
    hub.files["model.bin"] = CONTENT
    fetch(["parrot"])
    assert locate("parrot").read_bytes() == CONTENT


def test_what_is_here_costs_no_heavy_import(hub: LoopbackHub, weights_cache: Path, publish: Publish) -> None:
    hub.files["model.bin"] = CONTENT
    manifest = publish(PARROT)
    fetch(["parrot"])
    script = (
        "import sys, pathlib; from studio.providers.weights import fetch, manifest;"
        "manifest.MANIFEST_PATH = pathlib.Path(sys.argv[1]); fetch(['parrot']);"
        "print({'httpx', 'pydantic', 'filelock', 'huggingface_hub', 'subprocess'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(manifest)], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_damaged_package_is_not_fetched_but_named(weights_cache: Path, publish: Publish, tmp_path: Path) -> None:
    manifest = publish(PARROT)
    table = 'installed = { requirement = "hypothesis==6.0", package = "hypothesis", folder = "." }\ndefault = true'
    manifest.write_text(manifest.read_text().replace("default = true", table))
    with pytest.raises(WeightsError, match=r"model\.bin missing or changed; install hypothesis==6\.0 again\."):
        fetch(["parrot"])


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["weights", *arguments])
    return main()


@pytest.mark.parametrize("arguments", [[], ["--all"], ["parrot"]])
def test_the_command_shows_progress_once_and_is_then_silent(
    arguments: list[str],
    hub: LoopbackHub,
    weights_cache: Path,
    publish: Publish,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    publish(PARROT)
    hub.files["model.bin"] = CONTENT
    assert run(monkeypatch, *arguments) == 0
    assert capsys.readouterr().err == "weights     0.0 of 0.0 MB  parrot\n"
    assert run(monkeypatch, *arguments) == 0
    assert capsys.readouterr().err == ""


def test_the_command_says_one_sentence_when_it_fails(
    hub: LoopbackHub,
    weights_cache: Path,
    publish: Publish,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    publish(PARROT)
    assert run(monkeypatch) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("Cannot fetch model.bin of the weights 'parrot': the hub's publisher/model answered 404")
    assert errors.count("\n") == 1
