from pathlib import Path
from typing import Any

import pytest

from studio.app.consent import grant, granted, needed, places
from studio.model.errors import StudioError
from studio.model.tool_settings import ToolSettings


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


@pytest.mark.parametrize("content", ["", "[]", '{"allowed": 3}', "\xff"])
def test_a_damaged_file_allows_nothing_and_says_so(content: str, tmp_path: Path) -> None:
    path = tmp_path / "consents.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(StudioError, match="is damaged"):
        granted(path)
