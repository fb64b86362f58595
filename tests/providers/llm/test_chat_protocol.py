import json
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from studio.model.conversation import Message, Tokens, Tool, ToolCall
from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.ports import ReplyPiece
from studio.providers.llm.chat_protocol import OpenAiChatSettings, Reading, first_model, request_body

TOOL = Tool("f", "Does f.", {"type": "object", "properties": {}})
HELLO = (Message("user", "Hello."),)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def body(messages: tuple[Message, ...] = HELLO, tools: tuple[Tool, ...] = (), **settings: Any) -> dict[str, Any]:
    return request_body(OpenAiChatSettings(model="m", **settings), messages, tools, {})


def read(*events: object, kept: dict[str, JsonValue] | None = None) -> list[ReplyPiece]:
    reading = Reading("host.example", {} if kept is None else kept)
    pieces = [piece for each in events for piece in reading.read(json.dumps(each))]
    return [*pieces, *reading.end()]


def says(finish: str | None = None, **delta: object) -> dict[str, object]:
    return {"choices": [{"delta": delta, "finish_reason": finish}]}


def calls(*parts: object, finish: str | None = None) -> dict[str, object]:
    return says(finish, tool_calls=list(parts))


def part(index: int | None = None, call: str | None = None, name: str | None = None, arguments: Any = None) -> object:
    return {"index": index, "id": call, "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({}, {}),
        ({"temperature": 0.0}, {"temperature": 0.0}),
        ({"max_tokens": 9}, {"max_completion_tokens": 9}),
        ({"max_tokens": 9, "max_tokens_field": "max_tokens"}, {"max_tokens": 9}),
        ({"reasoning_effort": "none"}, {"reasoning_effort": "none"}),
        ({"request": {"top_k": 3, "temperature": 1}}, {"top_k": 3, "temperature": 1}),
    ],
)
def test_a_request_says_what_is_set(settings: dict[str, Any], sent: dict[str, Any]) -> None:
    assert body(**settings) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hello."}],
        "stream": True,
        "stream_options": {"include_usage": True},
        **sent,
    }


def test_a_server_that_refuses_the_question_for_counts_is_not_asked() -> None:
    assert "stream_options" not in body(count_tokens=False)


def test_an_effort_is_a_word() -> None:
    with pytest.raises(ValidationError):
        OpenAiChatSettings(model="m", reasoning_effort="high, please")


def test_tools_and_their_answers_in_a_request() -> None:
    asked = Message("assistant", "", (ToolCall("c1", "f", "{}"), ToolCall("c2", "f", '{"a":1}')))
    history = (*HELLO, asked, Message("tool", "1", (), "c1"), Message("tool", "2", (), "c2"))
    settings = OpenAiChatSettings(model="m")
    sent = request_body(settings, history, (TOOL,), {"c2": {"signed": 1}})
    assert sent["tools"] == [
        {"type": "function", "function": {"name": "f", "description": "Does f.", "parameters": TOOL.parameters}}
    ]
    assert sent["messages"][1] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            {
                "id": "c2",
                "type": "function",
                "function": {"name": "f", "arguments": '{"a":1}'},
                "extra_content": {"signed": 1},
            },
        ],
    }
    assert sent["messages"][2] == {"role": "tool", "tool_call_id": "c1", "content": "1"}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([calls(part(0, "a", "f", "")), calls(part(0, None, None, "{}"), finish="tool_calls")], [("a", "f", "{}")]),
        (
            [calls(part(0, "a", "f", "{}")), calls(part(1, "b", "g", "{}")), says("tool_calls")],
            [("a", "f", "{}"), ("b", "g", "{}")],
        ),
        ([calls(part(0, "a", "f"), part(0, "b", "g")), says("stop")], [("a", "f", "{}"), ("b", "g", "{}")]),
        ([calls(part(None, "a", "f", {"x": 1})), says("stop")], [("a", "f", '{"x": 1}')]),
        ([calls(part(0, "a", "f", '{"x"')), calls(part(0, "a", None, ":1}")), says("stop")], [("a", "f", '{"x":1}')]),
        ([calls(part(0, "a", "f")), says(content="Wait."), says("stop")], [("a", "f", "{}")]),
    ],
    ids=["in pieces", "two", "two with the same index", "no index, an object", "its id each time", "between words"],
)
def test_calls_are_put_together(events: list[object], expected: list[tuple[str, str, str]]) -> None:
    asked = [piece.call for piece in read(*events) if piece.call is not None]
    assert [(call.id, call.name, call.arguments) for call in asked] == expected


def test_a_call_without_an_id_gets_one() -> None:
    [first], [second] = read(calls(part(0, "", "f")), says("stop")), read(calls(part(0, None, "f")), says("stop"))
    assert first.call is not None
    assert second.call is not None
    assert "" != first.call.id != second.call.id


def test_what_comes_with_a_call_is_kept() -> None:
    kept: dict[str, JsonValue] = {}
    signed = {"index": 0, "id": "a", "function": {"name": "f"}, "extra_content": {"google": {"thought_signature": "s"}}}
    read(calls(signed), says("stop"), kept=kept)
    assert kept == {"a": {"google": {"thought_signature": "s"}}}


@pytest.mark.parametrize(
    ("events", "tokens"),
    [
        ([says("stop"), {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}], Tokens(5, 2)),
        ([{**says("stop"), "usage": {"prompt_tokens": 5, "completion_tokens": 2}}], Tokens(5, 2)),
        ([{**says(content="x"), "usage": {"prompt_tokens": 5}}, {**says("stop"), "usage": None}], Tokens(5, 0)),
        (
            [
                says("stop"),
                {
                    "usage": {
                        "prompt_tokens": 9,
                        "completion_tokens": 2,
                        "prompt_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 1},
                    }
                },
            ],
            Tokens(9, 2, 8, 1),
        ),
        ([says("stop"), {"usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 20}}], Tokens(9, 11)),
        ([says("stop"), {"usage": {"prompt_tokens": 9, "prompt_tokens_details": None}}], Tokens(9, 0)),
    ],
    ids=["alone", "with the end", "with each word", "cached", "thinking in the total only", "no details"],
)
def test_counts_are_found_wherever_a_server_puts_them(events: list[object], tokens: Tokens) -> None:
    assert read(*events)[-1].tokens == tokens


def test_a_model_that_refuses_is_heard() -> None:
    assert read(says(refusal="I cannot."), says("stop")) == [ReplyPiece("I cannot.")]


def test_thinking_is_not_said() -> None:
    assert read(says(reasoning_content="Hm."), says(reasoning="Hm."), says("stop", content="Yes.")) == [
        ReplyPiece("Yes.")
    ]


@pytest.mark.parametrize(
    ("error", "category"),
    [
        ({"message": "busy", "type": "server_error"}, ErrorCategory.SERVER),
        ({"message": "busy", "code": 502}, ErrorCategory.SERVER),
        ({"message": "slow", "code": "rate_limit_exceeded"}, ErrorCategory.RATE_LIMIT),
        ({"message": "slow", "code": 429}, ErrorCategory.RATE_LIMIT),
        ({"message": "pay", "type": "insufficient_quota"}, ErrorCategory.QUOTA),
        ({"message": "long", "code": "context_length_exceeded"}, ErrorCategory.INVALID_REQUEST),
        ("it broke", ErrorCategory.SERVER),
        ({}, ErrorCategory.SERVER),
    ],
)
def test_an_error_in_the_middle_has_its_category(error: JsonValue, category: ErrorCategory) -> None:
    with pytest.raises(ProviderError) as caught:
        read(says(content="a"), {"error": error})
    assert caught.value.category is category


def test_what_the_filter_withholds_is_an_error() -> None:
    with pytest.raises(ProviderError, match="content filter"):
        read(says("content_filter"))


def test_a_call_without_a_name_is_an_error() -> None:
    with pytest.raises(ProviderError, match="without saying which"):
        read(calls(part(0, "a")), says("stop"))


@given(event=st.text(max_size=30) | ANY_JSON.map(json.dumps))
def test_whatever_comes_is_read_or_refused(event: str) -> None:
    with suppress(ProviderError):
        list(Reading("host.example", {}).read(event))


@given(arguments=st.text(max_size=20), cuts=st.lists(st.integers(0, 20), max_size=4))
def test_however_arguments_are_cut_they_are_the_same(arguments: str, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(arguments)) for cut in cuts), len(arguments)]
    parts = [arguments[start:end] for start, end in pairwise(edges)]
    events = [calls(part(0, "a", "f", "")), *(calls(part(0, None, None, each)) for each in parts), says("stop")]
    [piece] = read(*events)
    assert piece.call == ToolCall("a", "f", arguments or "{}")


def test_the_first_model_of_a_server() -> None:
    assert first_model(b'{"data": [{"id": "x"}, {"id": "y"}]}', "host.example") == "x"
    for listing in (b'{"data": []}', b"", b"[]"):
        with pytest.raises(ProviderError, match="serves no model"):
            first_model(listing, "host.example")
