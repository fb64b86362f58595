"""What all stand-ins of language models share: what is said or asked for, and how many tokens that is."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.script import Script


@dataclass(frozen=True)
class Rule:
    """When a tool is asked for."""

    said: str
    """A pattern of what the user says."""
    tool: str
    """A pattern of the tool's name; the first one offered that fits is asked for."""
    arguments: str | None = None
    """A JSON object; None: whatever the tool's schema demands."""


RULES = (Rule("book|table|reserv", "book|avail"),)

_TOMORROW = '"date": "tomorrow", "time": "19:00", "people": 2'
AT_THE_RESTAURANT = (
    Rule("book the table", "book_table", f'{{"name": "Kim", {_TOMORROW}}}'),
    Rule("table for", "check_availability", f"{{{_TOMORROW}}}"),
    Rule("when .* open", "opening_hours"),
    *RULES,
)


@dataclass(frozen=True)
class Asks:
    """A tool is asked for."""

    name: str
    arguments: str


def think(
    script: Script, rules: Sequence[Rule], said: Sequence[str], tools: Mapping[str, Any], found: str | None
) -> str | Asks:
    """The reply to all that the user said; `tools` are schemas by name, `found` what a tool has just answered."""
    if found is not None:
        return f"Here is what I found: {found.strip().rstrip('.')}."
    for rule in rules:
        fitting = [name for name in tools if re.search(rule.tool, name, re.IGNORECASE)]
        if fitting and said and re.search(rule.said, said[-1], re.IGNORECASE):
            return Asks(fitting[0], rule.arguments or json.dumps(_example(tools[fitting[0]], said[-1])))
    last, utterances = said[-1] if said else "", script.utterances
    if (index := _meant(utterances, last)) is None and script.half_heard:
        return script.half_heard
    return script.reply_to(max(len(said) - 1, 0) if index is None else index)


def _meant(utterances: Sequence[str], last: str) -> int | None:
    """Which utterance has come to its end in these words, which may be a piece of it or more than it."""
    if last in utterances:
        return utterances.index(last)
    ends = (at for at, whole in enumerate(utterances) if last and (whole.endswith(last) or last.endswith(whole)))
    return next(ends, None)


def words(text: str) -> list[str]:
    """The text as the tokens it comes in: words with the space before them."""
    return re.findall(r"\s*\S+", text)


def count(content: object) -> int:
    """How many tokens something is."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return len(re.findall(r"\w+|[^\w\s]", text))


def _example(schema: Mapping[str, Any], said: str) -> Any:
    """Something that fits a JSON schema: what must be there, and of texts what the user said."""
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object" | None:
            properties = schema.get("properties", {})
            return {name: _example(properties.get(name, {}), said) for name in schema.get("required", properties)}
        case "integer" | "number":
            return 2
        case "boolean":
            return True
        case "array":
            return []
        case _:
            return said
