"""Whether a tool call's arguments fit its JSON schema, as far as a model gets it wrong: missing, unknown, wrong type.

The rest of JSON schema (ranges, formats, combinations) is left to the tool itself, which knows what it wants. A schema
may be a stranger's: what makes no sense in it demands nothing. Pure.
"""

from collections.abc import Mapping
from typing import Any

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def schema_of(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Vendors want an object's schema, also where there are no parameters."""
    return {"type": "object", "properties": {}, **parameters}


def complaint(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> str | None:
    """What is wrong with the arguments, as the end of a sentence; None where nothing is."""
    properties = _table(schema.get("properties"))
    if missing := [name for name in _names(schema.get("required")) if name not in arguments]:
        return f"{', '.join(missing)} is missing"
    if schema.get("additionalProperties") is False and (unknown := sorted(set(arguments) - set(properties))):
        return f"it knows no {', '.join(unknown)}"
    for name, value in arguments.items():
        if (wrong := _mismatch(name, value, _table(properties.get(name)))) is not None:
            return wrong
    return None


def _mismatch(name: str, value: Any, schema: Mapping[str, Any]) -> str | None:
    wanted = schema.get("type")
    kinds = [wanted] if isinstance(wanted, str) else _names(wanted)
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"{name} must be {' or '.join(kinds)}"
    choices = schema.get("enum")
    if isinstance(choices, list) and value not in choices:
        return f"{name} must be one of {', '.join(map(str, choices))}"
    return None


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind in _TYPES:
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(kind, (object,)))


def _table(part: Any) -> Mapping[str, Any]:
    return part if isinstance(part, Mapping) else {}


def _names(part: Any) -> list[str]:
    return [name for name in part if isinstance(name, str)] if isinstance(part, list) else []
