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
        {"webhooks": [{**HOOK, "method": "DELETE"}]},
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
