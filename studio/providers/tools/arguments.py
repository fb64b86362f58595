"""Whether a tool call's arguments fit its JSON schema, as far as a model gets it wrong: missing, unknown, wrong type.

The rest of JSON schema (ranges, formats, combinations) is left to the tool itself, which knows what it wants. Pure.
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


def complaint(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> str | None:
    """What is wrong with the arguments, as the end of a sentence; None where nothing is."""
    properties = schema.get("properties") or {}
    if missing := [name for name in schema.get("required") or () if name not in arguments]:
        return f"{', '.join(missing)} is missing"
    if schema.get("additionalProperties") is False and (unknown := sorted(set(arguments) - set(properties))):
        return f"it knows no {', '.join(unknown)}"
    for name, value in arguments.items():
        if (wrong := _mismatch(name, value, properties.get(name) or {})) is not None:
            return wrong
    return None


def _mismatch(name: str, value: Any, schema: Mapping[str, Any]) -> str | None:
    wanted = schema.get("type")
    kinds = [wanted] if isinstance(wanted, str) else list(wanted or ())
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"{name} must be {' or '.join(kinds)}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{name} must be one of {', '.join(map(str, schema['enum']))}"
    return None


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(kind, (object,)))
