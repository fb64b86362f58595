from typing import Literal

import pytest
from pydantic import BaseModel, Field, JsonValue

from studio.app.setting_fields import Kind, SettingField, as_written, fields_of, help_of
from studio.model.preset import CASCADE, Part
from studio.providers import catalog


class Common(BaseModel):
    wait_s: float = Field(default=5, gt=0)
    """How long to wait,
    at most."""


class Settings(Common):
    """All kinds."""

    on: bool = True
    count: int = Field(default=3, gt=1, le=9)
    """How `many`."""
    share: float | None = Field(default=None, ge=0, lt=1)
    name: str | None = None
    size: Literal["small", "large"] = "small"
    words: tuple[str, ...] = ()
    request: dict[str, JsonValue] = Field(default_factory=dict)
    pairs: tuple[tuple[str, str], ...] = ()
    other: Part | None = None


def field(key: str) -> SettingField:
    return next(each for each in fields_of(Settings) if each.key == key)


@pytest.mark.parametrize(
    ("key", "kind", "default", "optional"),
    [
        ("on", Kind.SWITCH, True, False),
        ("count", Kind.WHOLE, 3, False),
        ("share", Kind.NUMBER, None, True),
        ("name", Kind.TEXT, None, True),
        ("size", Kind.CHOICE, "small", False),
        ("words", Kind.WORDS, [], False),
        ("request", Kind.TABLE, {}, False),
        ("pairs", Kind.TABLE, [], False),
        ("other", Kind.PART, None, True),
        ("wait_s", Kind.NUMBER, 5, False),
    ],
)
def test_each_kind_is_told_from_its_type(key: str, kind: Kind, default: object, optional: bool) -> None:
    found = field(key)
    assert (found.kind, found.default, found.optional) == (kind, default, optional)


def test_bounds_are_those_a_value_may_have() -> None:
    assert (field("count").least, field("count").most) == (2, 9)
    assert (field("share").least, field("share").most) == (0, 0.99)
    assert (field("wait_s").least, field("wait_s").most) == (0.01, None)
    assert field("size").choices == ("small", "large")


def test_help_is_the_docstring_under_a_field() -> None:
    assert help_of(Settings) == {"count": "How many.", "wait_s": "How long to wait, at most."}


def test_own_settings_come_before_those_that_are_shared() -> None:
    fields = fields_of(Settings)
    assert [each.key for each in fields if each.inherited] == ["wait_s"]
    assert fields[-1].key == "wait_s"


def test_values_are_as_a_file_has_them() -> None:
    assert as_written(("a", "b")) == ["a", "b"]
    assert as_written(True) is True


@pytest.mark.parametrize("role", CASCADE)
def test_every_setting_of_the_catalog_has_a_control(role: str) -> None:
    for about in catalog.providers().values():
        for model in about.models:
            if model.role == role:
                module, _, name = model.target.partition(":")
                engine = getattr(__import__(module, fromlist=[name]), name)
                for each in fields_of(engine.Settings):
                    assert each.kind in Kind
                    assert each.kind is not Kind.CHOICE or each.choices
