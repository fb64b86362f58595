"""What a settings class can be told, as fields of a form: kind, bounds, choices, default and help.

Reads pydantic models and the docstrings under their fields; must not know any provider or widget.
"""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from studio.model.preset import Part


class Kind(StrEnum):
    """What is entered."""

    SWITCH = "switch"
    WHOLE = "whole"
    NUMBER = "number"
    TEXT = "text"
    CHOICE = "choice"
    WORDS = "words"
    """Several short texts."""
    PART = "part"
    """Another provider's model, as PROVIDER/MODEL."""
    TABLE = "table"
    """Names and values, as JSON."""


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting."""

    key: str
    kind: Kind
    default: Any
    """What holds where the preset says nothing; None: nothing is sent, or the provider decides."""
    optional: bool
    """Whether it can be left to the provider although it has no value of its own."""
    help: str
    """What its author says about it; empty: nothing."""
    least: float | None = None
    most: float | None = None
    choices: tuple[str | int, ...] = ()
    inherited: bool = False
    """Whether it is the same for every provider of its kind, such as how long to wait for a server."""


_CLOSE = 0.01
"""How near a number may come to a bound that it must not reach."""

_KINDS = {
    "boolean": Kind.SWITCH,
    "integer": Kind.WHOLE,
    "number": Kind.NUMBER,
    "string": Kind.TEXT,
    "array": Kind.WORDS,
}


@cache
def fields_of(settings: type[BaseModel]) -> tuple[SettingField, ...]:
    """The fields of a settings class: its own first, then those it shares with others."""
    schema = settings.model_json_schema()
    told = help_of(settings)
    own = inspect.get_annotations(settings)
    fields = [
        _field(key, _resolved(schema["properties"][key], schema), settings, told.get(key, ""), key not in own)
        for key in settings.model_fields
    ]
    return tuple(sorted(fields, key=lambda field: field.inherited))


def _field(key: str, said: Mapping[str, Any], settings: type[BaseModel], told: str, inherited: bool) -> SettingField:
    default = settings.model_fields[key].get_default(call_default_factory=True, validated_data={})
    choices = tuple(said.get("enum", ()) or ((said["const"],) if "const" in said else ()))
    kind = Kind.CHOICE if choices else _KINDS.get(said.get("type", ""), Kind.TABLE)
    if Part in get_args(settings.model_fields[key].annotation):
        kind = Kind.PART
    if kind is Kind.WORDS and said.get("items", {}).get("type") != "string":
        kind = Kind.TABLE
    step = 1 if kind is Kind.WHOLE else _CLOSE
    above, below = said.get("exclusiveMinimum"), said.get("exclusiveMaximum")
    return SettingField(
        key,
        kind,
        None if default is PydanticUndefined else as_written(default),
        said.get("optional", False),
        told,
        said.get("minimum", above + step if above is not None else None),
        said.get("maximum", below - step if below is not None else None),
        choices,
        inherited,
    )


def _resolved(said: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of one value, references followed; `optional` says whether it may be null."""
    if "$ref" in said:
        return _resolved(schema["$defs"][said["$ref"].rpartition("/")[2]], schema)
    if "allOf" in said and len(said["allOf"]) == 1:
        return _resolved({**said["allOf"][0], **{k: v for k, v in said.items() if k != "allOf"}}, schema)
    options = [_resolved(option, schema) for option in said.get("anyOf", ())]
    values = [option for option in options if option.get("type") != "null"]
    if not options:
        return dict(said)
    chosen = values[0] if len(values) == 1 else {}
    return {**chosen, "optional": len(values) < len(options)}


def help_of(settings: type[BaseModel]) -> dict[str, str]:
    """The docstring under each field; empty where the sources are not at hand."""
    told: dict[str, str] = {}
    for cls in reversed(settings.__mro__):
        if issubclass(cls, BaseModel) and cls is not BaseModel:
            told.update(_docstrings(cls))
    return told


@cache
def _docstrings(cls: type[BaseModel]) -> dict[str, str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except OSError:  # a frozen program has no sources: the fields then have no help
        return {}
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    told = {}
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            value = text.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                told[field.target.id] = " ".join(value.value.split()).replace("`", "")
    return told


def as_written(value: Any) -> Any:
    """A value as a preset's file gives it: lists, not tuples."""
    return list(value) if isinstance(value, tuple) else value
