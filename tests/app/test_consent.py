import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from studio.app.call import Call, Surroundings
from studio.app.consent import grant, granted, needed, places
from studio.app.engines import Engines
from studio.app.voice_link import CallRequest
from studio.audio.devices import SoundSystem
from studio.model.errors import StudioError
from studio.model.events import Trouble
from studio.model.tool_settings import ToolSettings
from studio.pipeline.clock import VirtualTimeLoop
from tests.fakes.server import FakeServer
from tests.virtual_call import PRESET, Held, caller


def tools(*, urls: tuple[str, ...] = (), commands: tuple[tuple[str, ...], ...] = ()) -> ToolSettings:
    webhooks: list[dict[str, Any]] = [
        {"name": f"hook{index}", "description": "x", "url": url} for index, url in enumerate(urls)
    ]
    servers = [{"name": f"server{index}", "command": command} for index, command in enumerate(commands)]
    return ToolSettings.model_validate({"webhooks": webhooks, "servers": servers})


def test_hosts_and_commands_are_named_once() -> None:
    asked = tools(
        urls=("https://a.example/x", "https://a.example/y", "http://b.example:81"), commands=(("rm", "-rf", "x"),)
    )
    assert places(asked) == ("a.example:443", "b.example:81", "command: rm -rf x")


@pytest.mark.parametrize(
    ("url", "comes_with_the_studio", "asks"),
    [
        ("http://127.0.0.1:8751/mcp", True, False),
        ("http://[::1]:8751/mcp", True, False),
        ("http://localhost/mcp", True, False),
        ("http://127.0.0.1:8751/mcp", False, True),
        ("https://a.example/x", True, True),
        ("http://127.0.0.1.evil.example/x", True, True),
    ],
)
def test_only_what_comes_with_the_studio_may_reach_this_machine_unasked(
    url: str, comes_with_the_studio: bool, asks: bool, tmp_path: Path
) -> None:
    assert bool(needed(tools(urls=(url,)), comes_with_the_studio, tmp_path / "consents.json")) is asks


def test_a_command_is_always_asked_about(tmp_path: Path) -> None:
    assert needed(tools(commands=(("python", "x.py"),)), True, tmp_path / "none.json") == ("command: python x.py",)


def test_what_is_allowed_once_is_not_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "consents.json"
    grant(["a.example:443"], path)
    grant(["b.example:80"], path)
    assert granted(path) == {"a.example:443", "b.example:80"}
    asked = tools(urls=("https://a.example/x", "https://c.example/x"))
    assert needed(asked, False, path) == ("c.example:443",)


def test_the_key_that_a_place_would_get_is_asked_about_with_it(tmp_path: Path) -> None:
    hook = {"name": "hook", "description": "x", "url": "https://a.example/x"}
    path = tmp_path / "consents.json"
    grant(["a.example:443"], path)
    greedy = ToolSettings.model_validate(
        {
            "webhooks": [{**hook, "key_env": "OPENAI_API_KEY"}],
            "servers": [{"name": "s", "command": ["x", "a b"], "key_env": "S_KEY"}],
        }
    )
    assert needed(greedy, False, path) == (
        "a.example:443 (gets the key OPENAI_API_KEY)",
        "command: x 'a b' (gets the key S_KEY)",
    )


def test_commands_of_other_words_are_other_places() -> None:
    assert places(tools(commands=(("a", "b c"), ("a", "b", "c")))) == ("command: a 'b c'", "command: a b c")


@pytest.mark.parametrize("content", ["", "[]", '{"allowed": 3}', "\xff"])
def test_a_damaged_file_allows_nothing_and_says_so(content: str, tmp_path: Path) -> None:
    path = tmp_path / "consents.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(StudioError, match="is damaged"):
        granted(path)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError, match=r"consents\.json"):
        grant(["a.example:443"], tmp_path / "file" / "consents.json")


@pytest.mark.parametrize("allow", [False, True])
def test_no_request_and_no_process_before_the_user_allows_it(
    allow: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.app.consent.consents_file", lambda: tmp_path / "consents.json")
    trace, held = tmp_path / "started", Held()

    async def hold() -> FakeServer:
        async with FakeServer({}) as server:
            preset = tomlkit.parse(PRESET.read_text("utf-8"))
            preset["tools"] = {
                "webhooks": [{"name": "hook", "description": "x", "url": server.url("/hook")}],
                "servers": [
                    {"name": "web", "url": server.url("/mcp")},
                    {"name": "process", "command": [sys.executable, "-c", f"open({str(trace)!r}, 'w')"]},
                ],
            }
            (path := tmp_path / "agent.toml").write_text(tomlkit.dumps(preset), "utf-8")
            recording = caller(tmp_path / "caller.wav", [(500, 1500)])
            request = CallRequest(str(path), recording=recording, virtual=True, allow_tools=allow)
            engines = Engines(lambda _: None)
            try:
                await Call(request, Surroundings(engines, SoundSystem(), (held,))).run()
            finally:
                await engines.close()
            return server

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        server = runner.run(hold())
    [trouble] = held.of(Trouble)
    if allow:
        assert server.requests
        assert trace.exists()
        assert trouble.message.startswith("The tools are off: The tool server "), "nobody there speaks MCP"
    else:
        assert not server.requests
        assert not trace.exists()
        assert trouble.category == "unallowed"
        assert f"command: {sys.executable} -c" in trouble.message
