import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from studio.providers.llm.llama_server import LlamaOptions
from studio.providers.weights import locate

SERVER = [sys.executable, "-m", "studio.providers.llm.llama_server"]


def options(gguf: Path) -> LlamaOptions:
    return LlamaOptions(gguf=str(gguf), context_tokens=512, decode_threads=1, prompt_threads=1, gpu_layers=0)


def test_says_why_it_cannot_load(tmp_path: Path) -> None:
    done = subprocess.run(
        SERVER, input=options(tmp_path / "no.gguf").to_line(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert json.loads(done.stdout).keys() == {"error"}


@pytest.mark.weights
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
def test_serves_on_loopback_until_stdin_closes_whatever_the_terminal_sends() -> None:
    with subprocess.Popen(SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(options(locate("qwen2.5-coder-0.5b-instruct")).to_line())
        server.stdin.flush()
        base_url = json.loads(server.stdout.readline())["base_url"]
        assert httpx.URL(base_url).host == "127.0.0.1"
        server.send_signal(signal.SIGINT)
        question = {"messages": [{"role": "user", "content": "Say yes."}], "max_tokens": 1}
        answer = httpx.post(f"{base_url}/chat/completions", json=question, trust_env=False)
        assert answer.json()["usage"]["completion_tokens"] == 1
        for private in ("slots", "props"):
            assert "prompt" not in httpx.get(base_url.replace("/v1", f"/{private}"), trust_env=False).json()
        server.communicate(timeout=10)
    assert server.returncode == 0
