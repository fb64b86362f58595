from types import SimpleNamespace
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.conversation import Message, Tokens, Tool, ToolCall
from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.ports import ReplyPiece
from studio.providers.llm.anthropic_messages import OPENER, AnthropicSettings, Reading, billed, request_body

TOOL = Tool("f", "Does f.", {"type": "object", "properties": {}})
MARK = {"cache_control": {"type": "ephemeral", "ttl": "5m"}}
ROLES: list[Literal["system", "user", "assistant"]] = ["system", "user", "assistant"]


def body(*messages: Message, tools: tuple[Tool, ...] = (), **settings: Any) -> dict[str, Any]:
    return request_body(AnthropicSettings(**settings), messages, tools)


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def said(*messages: Message) -> list[tuple[str, list[Any]]]:
    """The turns, without the mark at their end."""
    turns = [(turn["role"], turn["content"]) for turn in body(*messages)["messages"]]
    assert turns[-1][1][-1].pop("cache_control") == MARK["cache_control"]
    return turns


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({}, {}),
        ({"temperature": 0.5}, {"temperature": 0.5}),
        ({"thinking": "disabled"}, {"thinking": {"type": "disabled"}}),
        ({"effort": "low"}, {"output_config": {"effort": "low"}}),
        ({"request": {"speed": "fast"}}, {"speed": "fast"}),
    ],
)
def test_a_request_says_what_is_set(settings: dict[str, Any], sent: dict[str, Any]) -> None:
    asked = body(Message("system", "Be brief."), Message("user", "Hi."), **settings)
    assert asked == {
        "system": [{**text("Be brief."), **MARK}],
        "messages": [{"role": "user", "content": [{**text("Hi."), **MARK}]}],
        **sent,
    }


def test_tools_stand_before_the_persona_whose_end_is_marked_for_the_cache() -> None:
    asked = body(Message("system", "Be brief."), Message("user", "Hi."), tools=(TOOL,), cache_ttl="1h")
    assert asked["tools"] == [{"name": "f", "description": "Does f.", "input_schema": TOOL.parameters}]
    assert asked["system"][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}


def test_turns_of_one_side_are_one() -> None:
    assert said(
        Message("user", "Hi."), Message("user", "There."), Message("assistant", "Yes?"), Message("user", "x")
    ) == [
        ("user", [text("Hi."), text("There.")]),
        ("assistant", [text("Yes?")]),
        ("user", [text("x")]),
    ]


def test_an_agent_that_speaks_first_answers_the_call() -> None:
    turns = said(Message("system", "p"), Message("assistant", "Hello!"), Message("user", "Hi."))
    assert turns == [("user", [text(OPENER)]), ("assistant", [text("Hello!")]), ("user", [text("Hi.")])]


def test_tools_answers_come_back_in_one_turn_of_the_user() -> None:
    calls = (ToolCall("a", "f", '{"x": 1}'), ToolCall("b", "f", ""))
    history = (Message("user", "Hi."), Message("assistant", "", calls), Message("tool", "1", (), "a"))
    assert said(*history, Message("tool", "2", (), "b"), Message("user", "And?"))[1:] == [
        (
            "assistant",
            [
                {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}},
                {"type": "tool_use", "id": "b", "name": "f", "input": {}},
            ],
        ),
        (
            "user",
            [
                {"type": "tool_result", "tool_use_id": "a", "content": "1"},
                {"type": "tool_result", "tool_use_id": "b", "content": "2"},
                text("And?"),
            ],
        ),
    ]


def test_tools_that_were_used_are_told_even_when_none_is_offered_any_more() -> None:
    history = (
        Message("user", "x"),
        Message("assistant", "", (ToolCall("a", "f", "{}"),)),
        Message("tool", "1", (), "a"),
    )
    for known, description in ((TOOL,), "Does f."), ((), ""):
        asked = request_body(AnthropicSettings(), history, (), known)
        assert [(tool["name"], tool["description"]) for tool in asked["tools"]] == [("f", description)]
        assert asked["tool_choice"] == {"type": "none"}
    assert "tool_choice" not in request_body(AnthropicSettings(), history, (TOOL,))
    assert "tools" not in request_body(AnthropicSettings(), history[:1], (), (TOOL,))


@pytest.mark.parametrize("arguments", ["", "{half", "[1]", "null"])
def test_arguments_that_were_no_object_are_sent_as_an_empty_one(arguments: str) -> None:
    history = (Message("user", "x"), Message("assistant", "", (ToolCall("a", "f", arguments),)))
    assert said(*history, Message("tool", "No.", (), "a"))[1][1][0]["input"] == {}


@given(st.lists(st.builds(Message, st.sampled_from(ROLES), st.sampled_from(["", " ", "a", "b"])), max_size=6))
def test_any_history_is_one_that_the_vendor_takes(history: list[Message]) -> None:
    turns = said(*history)
    assert [role for role, _ in turns] == [("user", "assistant")[at % 2] for at in range(len(turns))]
    assert all(block["text"].strip() for _, blocks in turns for block in blocks)


def event(kind: str, **content: Any) -> SimpleNamespace:
    return SimpleNamespace(type=kind, **content)


def usage(**counts: int | None) -> SimpleNamespace:
    return SimpleNamespace(**counts)


def stop(reason: str = "end_turn", **counts: int | None) -> list[SimpleNamespace]:
    delta = SimpleNamespace(stop_reason=reason)
    return [event("message_delta", delta=delta, usage=usage(**counts)), event("message_stop")]


def read(*events: SimpleNamespace) -> list[ReplyPiece]:
    reading = Reading("host.example")
    pieces = [piece for each in events for piece in reading.read(each)]
    return [*pieces, *reading.end()]


def test_counts_are_cumulative_and_told_once() -> None:
    start = usage(input_tokens=10, cache_read_input_tokens=100, cache_creation_input_tokens=20, output_tokens=1)
    [piece] = read(
        event("message_start", message=SimpleNamespace(usage=start)), *stop(output_tokens=7, input_tokens=None)
    )
    assert piece.tokens == Tokens(130, 7, 100, 20)
    assert billed({}) == Tokens(0, 0)


def test_two_calls_and_words_in_one_answer() -> None:
    def block(index: int, **content: Any) -> SimpleNamespace:
        return event("content_block_start", index=index, content_block=SimpleNamespace(**content))

    def delta(index: int, **content: Any) -> SimpleNamespace:
        return event("content_block_delta", index=index, delta=SimpleNamespace(**content))

    pieces = read(
        block(0, type="thinking"),
        delta(0, type="thinking_delta", thinking="Hm."),
        event("content_block_stop", index=0),
        block(1, type="text"),
        delta(1, type="text_delta", text="Wait."),
        event("content_block_stop", index=1),
        block(2, type="tool_use", id="a", name="f"),
        delta(2, type="input_json_delta", partial_json='{"x"'),
        delta(2, type="input_json_delta", partial_json=":1}"),
        event("content_block_stop", index=2),
        block(3, type="tool_use", id="b", name="g"),
        event("content_block_stop", index=3),
        event("something_new"),
        *stop("tool_use"),
    )
    assert pieces[:-1] == [
        ReplyPiece("Wait."),
        ReplyPiece(call=ToolCall("a", "f", '{"x":1}')),
        ReplyPiece(call=ToolCall("b", "g", "{}")),
    ]


def test_an_answer_that_only_thinks_has_not_begun() -> None:
    reading = Reading("host.example")
    block = SimpleNamespace(type="thinking")
    assert reading.read(event("content_block_start", index=0, content_block=block)) == []
    assert not reading.begun


def test_a_declined_answer_and_one_cut_short_are_errors() -> None:
    with pytest.raises(ProviderError, match="declined") as caught:
        read(*stop("refusal"))
    assert caught.value.category is ErrorCategory.INVALID_REQUEST
    with pytest.raises(ProviderError, match="in the middle"):
        read(*stop()[:1])
