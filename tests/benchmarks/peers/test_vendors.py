from pathlib import Path

import httpx
import pytest

from benchmarks.peers.caller import Utterance, to_json
from benchmarks.peers.vendors import Asked, serving

ROME = Utterance("What is the capital of Italy?", "Rome.", 0, 1000, (("What", 0, 500), ("Italy?", 500, 1000)))


def ask(url: str, said: str) -> str:
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": said}]}
    return httpx.post(f"{url}/openai/chat/completions", json=body, trust_env=False).raise_for_status().text


def test_who_asks_too_early_is_answered_something_else_and_both_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "truth.json").write_text(to_json([ROME]))
    with serving(tmp_path / "truth.json", tmp_path / "log") as vendors:
        assert "Pardon?" in ask(vendors.url, "What is the capital")
        assert "Rome." in ask(vendors.url, ROME.text)
    assert vendors.asked == Asked(replies=2, characters=0)
    assert capsys.readouterr().err == ""
