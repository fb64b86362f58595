from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.providers.tools.arguments import complaint, schema_of

SCHEMA = {
    "type": "object",
    "properties": {
        "day": {"type": "string", "enum": ["today", "tomorrow"]},
        "people": {"type": "integer"},
        "outside": {"type": ["boolean", "null"]},
        "budget": {"type": "number"},
        "anything": {},
    },
    "required": ["day"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"day": "today"}, None),
        ({"day": "today", "people": 2, "outside": None, "budget": 3, "anything": [1]}, None),
        ({"day": "today", "people": 2.0}, None),
        ({}, "day is missing"),
        ({"day": "today", "colour": "red"}, "it knows no colour"),
        ({"day": 3}, "day must be string"),
        ({"day": "yesterday"}, "day must be one of today, tomorrow"),
        ({"day": "today", "people": "two"}, "people must be integer"),
        ({"day": "today", "people": True}, "people must be integer"),
        ({"day": "today", "people": 2.5}, "people must be integer"),
        ({"day": "today", "outside": "yes"}, "outside must be boolean or null"),
    ],
)
def test_what_a_model_gets_wrong_is_named(arguments: dict[str, Any], says: str | None) -> None:
    assert complaint(arguments, SCHEMA) == says


@given(st.dictionaries(st.text(), st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text()))))
def test_a_schema_that_says_nothing_takes_everything(arguments: dict[str, Any]) -> None:
    assert complaint(arguments, {}) is None


WORDS = ("type", "properties", "required", "enum", "additionalProperties", "a")
JUNK = st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(WORDS), st.lists(st.sampled_from(WORDS)))
PART = st.one_of(JUNK, st.dictionaries(st.sampled_from(WORDS), JUNK), st.lists(JUNK))


@given(st.dictionaries(st.sampled_from(WORDS), st.one_of(PART, st.dictionaries(st.sampled_from(WORDS), PART))))
def test_a_strangers_schema_that_makes_no_sense_breaks_nothing(schema: dict[str, Any]) -> None:
    said = complaint({"a": 1}, schema)
    assert said is None or said


@pytest.mark.parametrize("parameters", [{}, {"type": "object", "properties": {"x": {"type": "string"}}}])
def test_a_schema_is_always_an_objects(parameters: dict[str, object]) -> None:
    assert schema_of(parameters)["type"] == "object"
    assert "properties" in schema_of(parameters)
