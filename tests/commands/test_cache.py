import json
from pathlib import Path

import pytest

from studio.__main__ import main
from studio.app.voice_cache import voice_cache
from tests.virtual_call import PRESET

Told = pytest.CaptureFixture[str]


@pytest.fixture
def preset(tmp_path: Path) -> str:
    text = PRESET.read_text().replace("[agent]", '[agent]\ngreeting = "Hello there."\napology = "Sorry."')
    (path := tmp_path / "agent.toml").write_text(text)
    return str(path)


def test_filled_shown_and_cleared(preset: str, capsys: Told) -> None:
    assert main(["cache", "prefill", "--preset", preset]) == 0
    assert capsys.readouterr().out.splitlines() == [
        'scripted/tone  0.4 s  spoken: "Hello there."',
        'scripted/tone  0.2 s  spoken: "Sorry."',
    ]
    assert main(["cache", "prefill", "--preset", preset]) == 0
    assert capsys.readouterr().out.count("was there already") == 2
    for command in (["cache"], ["cache", "show"]):
        assert main(command) == 0
        assert capsys.readouterr().out.startswith("2 phrases, 0.0 of at most 200 MB, used 2 times: ")
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out == "2 phrases removed.\n"
    assert voice_cache().contents().phrases == 0


def test_as_json(preset: str, capsys: Told) -> None:
    assert main(["cache", "prefill", "--preset", preset, "--json"]) == 0
    [hello, _] = json.loads(capsys.readouterr().out)["phrases"]
    assert hello == {"use": "scripted/tone", "text": "Hello there.", "length_ms": 360.0, "already_there": False}
    assert main(["cache", "show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown.pop("bytes") > 2 * 9000
    assert shown == {"folder": str(voice_cache().folder), "phrases": 2, "hits": 0, "limit_bytes": 200_000_000}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["prefill", "--preset", "nobody"], "There is no preset 'nobody'"),
        (["prefill", "--preset", "OFF"], "voice_cache = false"),
        (["prefill", "--preset", "fastest"], "API key"),
    ],
)
def test_bad_input_gets_one_sentence(
    arguments: list[str], said: str, preset: str, tmp_path: Path, capsys: Told
) -> None:
    (off := tmp_path / "off.toml").write_text(Path(preset).read_text() + "\n[playout]\nvoice_cache = false\n")
    assert main(["cache", *(str(off) if word == "OFF" else word for word in arguments)]) == 2
    told = capsys.readouterr()
    [sentence] = [line for line in told.err.splitlines() if not line.startswith("Loading")]
    assert said in sentence
    assert told.out == ""
