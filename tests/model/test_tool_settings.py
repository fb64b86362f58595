import pytest
from pydantic import ValidationError

from studio.model.tool_settings import ToolSettings

HOOK = {"name": "hours", "description": "When it is open.", "url": "https://example.com/hours"}


def test_without_tools_it_is_empty() -> None:
    assert ToolSettings().empty
    assert not ToolSettings.model_validate({"webhooks": [HOOK]}).empty


@pytest.mark.parametrize(
    "settings",
    [
        {"webhooks": [{**HOOK, "name": "opening hours"}]},
        {"webhooks": [{**HOOK, "url": "ftp://example.com"}]},
        {"webhooks": [{**HOOK, "url": "https://user:secret@example.com/"}]},
        {"webhooks": [{**HOOK, "url": "https://example.com:99999/"}]},
        {"webhooks": [{**HOOK, "url": "https://example.com:0/"}]},
        {"webhooks": [{**HOOK, "url": "https://example.com\\.other.example/"}]},
        {"webhooks": [{**HOOK, "url": "https://exam%70le.com/"}]},
        {"webhooks": [{**HOOK, "method": "DELETE"}]},
        {"webhooks": [{**HOOK, "key_env": "two words"}]},
        {"webhooks": [{**HOOK, "parameters": {"type": "string"}}]},
        {"webhooks": [{**HOOK, "parameters": {"properties": {"day": "string"}}}]},
        {"webhooks": [{**HOOK, "parameters": {"properties": {"day": {}}, "required": ["time"]}}]},
        {"webhooks": [{**HOOK, "parameters": {"required": [["time"]]}}]},
        {"webhooks": [HOOK, HOOK]},
        {"webhooks": [HOOK], "functions": [{"name": "hours", "description": "x", "answer": "x"}]},
        {"servers": [{"name": "a", "command": ["x"]}, {"name": "a", "command": ["y"]}]},
        {"servers": [{"name": "a", "command": ["", "y"]}]},
        {"webhooks": [{**HOOK, "key": "secret"}]},
        {"servers": [{"name": "both", "url": "https://example.com", "command": ["x"]}]},
        {"servers": [{"name": "neither"}]},
        {"functions": [{"name": "f", "description": "", "answer": "x"}]},
        {"rounds": 0},
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ToolSettings.model_validate(settings)


@pytest.mark.parametrize(
    "url",
    ["http://localhost", "https://example.com:8443/a/b?c=d", "http://[::1]:8751/mcp", "https://예시.example/x@y"],
)
def test_any_address_that_can_only_be_read_one_way(url: str) -> None:
    assert ToolSettings.model_validate({"webhooks": [{**HOOK, "url": url}]}).webhooks[0].url == url


def test_a_whole_table_is_read_as_toml_gives_it() -> None:
    day = {"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]}
    read = ToolSettings.model_validate(
        {
            "filler": "One moment.",
            "timeout_s": 3.0,
            "functions": [{"name": "f", "description": "x", "parameters": day, "answer": "On {day}."}],
            "webhooks": [{**HOOK, "method": "GET", "key_env": "HOURS_KEY", "side_effects": False}],
            "servers": [
                {"name": "a", "url": "http://127.0.0.1:8751/mcp", "allow": ["book_table"]},
                {"name": "b", "command": ["npx", "server"], "key_env": "B_KEY"},
            ],
        }
    )
    assert (read.filler_after_ms, read.rounds, read.servers[0].allow) == (700, 4, ("book_table",))
    assert read.servers[1].command == ("npx", "server")
